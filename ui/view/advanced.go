package view

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"spatialmaker/processor"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// advancedPart is the folded part of the controls.
type advancedPart struct {
	fold *own.Fold
	form form
	// of the part of a film
	start  *widget.Entry
	length *widget.Entry
}

// depthPatterns are the names of depth maps.
var depthPatterns = []string{"*.png", "*.tif", "*.tiff"}

var (
	sourceWords   = []processor.DepthSource{processor.AutoDepth, processor.ModelDepth, processor.FileDepth}
	detailWords   = []processor.Detail{processor.NormalDetail, processor.HighDetail}
	refineWords   = []processor.Auto{processor.AutoRefine, processor.On, processor.Off}
	fillWords     = []string{"good", "fast"}
	depthSizes    = []int{0, 392, 518, 714, 1036}
	anaglyphWords = []string{"dubois", "color", "half-color", "gray", "optimized"}
	codecs        = []string{"", "h264", "hevc", "av1", "prores"}
	qualities     = []int{0, 80, 90, 95, 100}
	depthFormats  = []string{"png16", "png8", "exr"}
	existingWords = []string{"error", "overwrite", "skip"}
)

func newAdvancedPart(w *Window) *advancedPart {
	words := w.app.Words()
	p := &advancedPart{}
	p.form = form{
		heading(words.T("advanced.group.depth")),
		newSourceField(w),
		segments(w, "advanced.detail", detailWords, func(o *processor.Options) *processor.Detail { return &o.Detail }).only(forPhotos),
		choice(w, "advanced.depth_size", depthSizes, depthSizeTitles(words), func(o *processor.Options) *int { return &o.DepthSize }),
		slide(w, "advanced.steady", 0, 1, 0.05, steadyText(words), func(o *processor.Options) *float64 { return &o.Steady }).only(forFilms),
		segments(w, "advanced.refine", refineWords, func(o *processor.Options) *processor.Auto { return &o.Refine }),
		slide(w, "advanced.widen", -100, 100, 5, changeText(words), func(o *processor.Options) *float64 { return &o.Widen }),
		heading(words.T("advanced.group.eyes")),
		slide(w, "advanced.front", -100, 100, 5, changeText(words), func(o *processor.Options) *float64 { return &o.Front }),
		slide(w, "advanced.behind", -100, 100, 5, changeText(words), func(o *processor.Options) *float64 { return &o.Behind }),
		newLimitField(w),
		toggle(w, "advanced.ease_edges", func(o *processor.Options) *bool { return &o.EaseEdges }),
		segments(w, "advanced.fill", fillWords, func(o *processor.Options) *string { return &o.Fill }),
		choice(w, "advanced.anaglyph", anaglyphWords, labelled(words, "advanced.anaglyph.", anaglyphWords),
			func(o *processor.Options) *string { return &o.Anaglyph }),
		heading(words.T("advanced.group.result")),
		newExistingField(w),
		p.newPartField(w),
		choice(w, "advanced.codec", codecs, codecTitles(words), func(o *processor.Options) *string { return &o.Codec }).only(forFilms),
		toggle(w, "advanced.even3d", func(o *processor.Options) *bool { return &o.Even3D }).only(forFilms),
		choice(w, "advanced.quality", qualities, qualityTitles(words), func(o *processor.Options) *int { return &o.Quality }).only(forPhotos),
		choice(w, "advanced.depth_format", depthFormats, labelled(words, "advanced.depth_format.", depthFormats),
			func(o *processor.Options) *string { return &o.DepthFormat }).only(forPhotos),
	}
	p.fold = own.NewFold(words.T("advanced.title"), container.New(own.Column(14), p.form.objects()...))
	p.fold.OnToggle = func(open bool) {
		w.app.SetAdvanced(open)
		w.controls.root.Refresh()
	}
	return p
}

// update reports whether the part has become another in height.
func (p *advancedPart) update(s *viewmodel.ControlsState) bool {
	turned := p.fold.Open() != s.Advanced
	p.fold.SetOpen(s.Advanced)
	changed := p.form.update(s)
	if changed {
		p.fold.Content.Refresh()
	}
	return turned || changed && s.Advanced
}

// newSourceField chooses where depth comes from: a network, the photo itself,
// or a map of the user's own, which comes before the others.
func newSourceField(w *Window) *formField {
	words, c := w.app.Words(), w.app.Controls
	picker := own.NewPicker(func(i int, _ bool) {
		switch has := c.Options().DepthMap != ""; {
		case i < len(sourceWords):
			c.Change("", func(o *processor.Options) { o.DepthFrom, o.DepthMap = sourceWords[i], "" })
		case i == len(sourceWords) && has:
		default: // the line is a command, not a choice
			w.controls.update()
			w.files.chooseFile(words, "dialog.depth", depthPatterns, func(path string) {
				c.Change("", func(o *processor.Options) { o.DepthMap = path })
			})
		}
	})
	update := func(s *viewmodel.ControlsState) {
		options := make([]own.Option, 0, len(sourceWords)+2)
		chosen := 0
		for i, d := range sourceWords {
			key := "advanced.source." + string(d)
			options = append(options, own.Option{Title: words.T(key), About: explained(words, key)})
			if d == s.Options.DepthFrom {
				chosen = i
			}
		}
		if s.Options.DepthMap != "" {
			chosen = len(options)
			options = append(options, own.Option{Title: filepath.Base(s.Options.DepthMap)})
		}
		options = append(options, own.Option{
			Title: words.T("advanced.source.own"), About: words.T("advanced.source.own.about"), Icon: own.IconFolder, Rule: true,
		})
		picker.SetOptions(options, chosen)
	}
	return &formField{key: "advanced.source", root: named(words, "advanced.source", nil, picker), control: picker, update: update}
}

// newExistingField chooses what is done where a result exists already.
func newExistingField(w *Window) *formField {
	words := w.app.Words()
	picker := own.NewPicker(func(i int, _ bool) {
		w.app.Controls.Change("", func(o *processor.Options) {
			o.Overwrite, o.SkipExisting = existingWords[i] == "overwrite", existingWords[i] == "skip"
		})
	})
	titles := titled(labelled(words, "advanced.existing.", existingWords))
	update := func(s *viewmodel.ControlsState) {
		chosen := 0
		switch {
		case s.Options.Overwrite:
			chosen = 1
		case s.Options.SkipExisting:
			chosen = 2
		}
		picker.SetOptions(titles, chosen)
	}
	return &formField{key: "advanced.existing", root: named(words, "advanced.existing", nil, picker), control: picker, update: update}
}

// newLimitField chooses how much parallax there may be at most. A limit given
// on the command line, or kept in a preset, is one more choice.
func newLimitField(w *Window) *formField {
	words := w.app.Words()
	var limits []processor.Limit
	picker := own.NewPicker(func(i int, _ bool) {
		w.app.Controls.Change("", func(o *processor.Options) { o.Limit = limits[i] })
	})
	update := func(s *viewmodel.ControlsState) {
		limits = []processor.Limit{{}, processor.ComfortLimit}
		titles := []string{words.T("advanced.limit.off"), words.T("advanced.limit.comfort")}
		chosen := slices.Index(limits, s.Options.Limit)
		if chosen < 0 {
			chosen = len(limits)
			limits = append(limits, s.Options.Limit)
			titles = append(titles, s.Options.Limit.String())
		}
		picker.SetOptions(titled(titles), chosen)
	}
	return &formField{key: "advanced.limit", root: named(words, "advanced.limit", nil, picker), control: picker, update: update}
}

// newPartField takes a part of a film: where it begins and how long it is.
func (p *advancedPart) newPartField(w *Window) *formField {
	words, c := w.app.Words(), w.app.Controls
	p.start = momentEntry(words.T("advanced.part.start"), func(d time.Duration) {
		c.Change("start", func(o *processor.Options) { o.Start = d })
	})
	p.length = momentEntry(words.T("advanced.part.length"), func(d time.Duration) {
		c.Change("length", func(o *processor.Options) { o.Duration = d })
	})
	both := container.NewGridWithColumns(2, p.start, p.length)
	return &formField{
		key: "advanced.part", root: named(words, "advanced.part", nil, both), control: both, applies: forFilms,
		update: func(s *viewmodel.ControlsState) {
			showMoment(p.start, s.Options.Start)
			showMoment(p.length, s.Options.Duration)
		},
	}
}

// momentEntry is a field for a time in a film; it takes what can be read.
func momentEntry(hint string, set func(time.Duration)) *widget.Entry {
	e := widget.NewEntry()
	e.SetPlaceHolder(hint)
	e.Validator = func(s string) error {
		if _, ok := viewmodel.ParseClock(s); !ok {
			return errMoment
		}
		return nil
	}
	e.OnChanged = func(s string) {
		if d, ok := viewmodel.ParseClock(s); ok {
			set(d)
		}
	}
	return e
}

var errMoment = errors.New("not a time such as 1:30")

// showMoment writes a time into a field unless it says the same in other
// words: who is typing must not be interrupted.
func showMoment(e *widget.Entry, d time.Duration) {
	if now, ok := viewmodel.ParseClock(e.Text); !ok || now == d {
		return
	}
	e.SetText(viewmodel.ClockText(d))
}

func depthSizeTitles(words *viewmodel.Words) []string {
	titles := make([]string, len(depthSizes))
	for i, n := range depthSizes {
		titles[i] = words.T("advanced.depth_size.value", "n", strconv.Itoa(n))
	}
	titles[0] = words.T("advanced.depth_size.own")
	return titles
}

func codecTitles(words *viewmodel.Words) []string {
	titles := labelled(words, "advanced.codec.", codecs)
	titles[0] = words.T("advanced.codec.auto")
	return titles
}

func qualityTitles(words *viewmodel.Words) []string {
	titles := make([]string, len(qualities))
	for i, q := range qualities {
		titles[i] = words.T("unit.percent", "n", q)
	}
	titles[0] = words.T("advanced.quality.auto")
	return titles
}

// changeText says by how many percent something is larger or smaller.
func changeText(words *viewmodel.Words) func(float64) string {
	return func(v float64) string { return words.T("unit.percent", "n", words.Signed(v, 0)) }
}

// steadyText says how much is steadied.
func steadyText(words *viewmodel.Words) func(float64) string {
	return func(v float64) string {
		if v == 0 {
			return words.T("advanced.steady.off")
		}
		return words.Percent(v)
	}
}
