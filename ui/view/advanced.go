package view

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"spatialmaker/processor"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// advancedPart is the folded part of the controls.
type advancedPart struct {
	fold     *own.Fold
	refine   *own.Segmented
	fill     *own.Segmented
	size     *own.Picker
	existing *own.Picker
	anaglyph *own.Picker
	depth    *own.Picker
	source   *own.Picker
	codec    *own.Picker
	even3D   *own.Switch
	quality  *own.Picker
	start    *widget.Entry
	length   *widget.Entry
	film     *fyne.Container // what only videos have
}

// depthPatterns are the names of depth maps.
var depthPatterns = []string{"*.png", "*.tif", "*.tiff"}

var (
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
	words, c := w.app.Words(), w.app.Controls
	change := func(fn func(o *processor.Options)) { c.Change("", fn) }
	p := &advancedPart{}
	p.refine = own.NewSegmented(labelled(words, "advanced.refine.", refineWords), func(i int) {
		change(func(o *processor.Options) { o.Refine = refineWords[i] })
	})
	p.fill = own.NewSegmented(labelled(words, "advanced.fill.", fillWords), func(i int) {
		change(func(o *processor.Options) { o.Fill = fillWords[i] })
	})
	p.size = own.NewPicker(func(i int, _ bool) { change(func(o *processor.Options) { o.DepthSize = depthSizes[i] }) })
	p.existing = own.NewPicker(func(i int, _ bool) {
		change(func(o *processor.Options) {
			o.Overwrite, o.SkipExisting = existingWords[i] == "overwrite", existingWords[i] == "skip"
		})
	})
	p.anaglyph = own.NewPicker(func(i int, _ bool) { change(func(o *processor.Options) { o.Anaglyph = anaglyphWords[i] }) })
	p.depth = own.NewPicker(func(i int, _ bool) { change(func(o *processor.Options) { o.DepthFormat = depthFormats[i] }) })
	p.source = own.NewPicker(func(i int, _ bool) {
		use := func(path string) { change(func(o *processor.Options) { o.DepthMap = path }) }
		switch has := c.Options().DepthMap != ""; {
		case i == 0:
			use("")
		case i == 1 && has:
		default:
			w.controls.update()
			w.files.chooseFile(words, "dialog.depth", depthPatterns, use)
		}
	})
	p.codec = own.NewPicker(func(i int, _ bool) { change(func(o *processor.Options) { o.Codec = codecs[i] }) })
	p.start = momentEntry(words.T("advanced.part.start"), func(d time.Duration) {
		c.Change("start", func(o *processor.Options) { o.Start = d })
	})
	p.length = momentEntry(words.T("advanced.part.length"), func(d time.Duration) {
		c.Change("length", func(o *processor.Options) { o.Duration = d })
	})
	p.even3D = own.NewSwitch(func(on bool) { change(func(o *processor.Options) { o.Even3D = on }) })
	p.quality = own.NewPicker(func(i int, _ bool) { change(func(o *processor.Options) { o.Quality = qualities[i] }) })
	p.film = container.New(own.Column(14),
		field(words.T("advanced.codec"), "", nil, p.codec),
		field(words.T("advanced.part"), words.T("advanced.part.about"), nil, container.NewGridWithColumns(2, p.start, p.length)),
		toggle(words.T("advanced.even3d"), words.T("advanced.even3d.about"), p.even3D))
	p.fold = own.NewFold(words.T("advanced.title"), container.New(own.Column(14),
		field(words.T("advanced.existing"), "", nil, p.existing),
		p.film,
		field(words.T("advanced.source"), words.T("advanced.source.about"), nil, p.source),
		field(words.T("advanced.refine"), words.T("advanced.refine.about"), nil, p.refine),
		field(words.T("advanced.fill"), words.T("advanced.fill.about"), nil, p.fill),
		field(words.T("advanced.depth_size"), words.T("advanced.depth_size.about"), nil, p.size),
		field(words.T("advanced.anaglyph"), "", nil, p.anaglyph),
		field(words.T("advanced.depth_format"), "", nil, p.depth),
		field(words.T("advanced.quality"), "", nil, p.quality),
	))
	p.fold.OnToggle = func(open bool) {
		w.app.SetAdvanced(open)
		w.controls.root.Refresh()
	}
	return p
}

// toggle puts a name before a switch.
func toggle(label, about string, control fyne.CanvasObject) fyne.CanvasObject {
	return container.New(own.Line(5, 2), own.NewText(label), own.NewHelp(about), gap(1), control)
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

func labelled[T ~string](words *viewmodel.Words, prefix string, all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = words.T(prefix + string(v))
	}
	return out
}

func codecOptions(words *viewmodel.Words) []own.Option {
	labels := labelled(words, "advanced.codec.", codecs)
	labels[0] = words.T("advanced.codec.auto")
	return titled(labels)
}

// showMoment writes a time into a field unless it says the same in other
// words: who is typing must not be interrupted.
func showMoment(e *widget.Entry, d time.Duration) {
	if now, ok := viewmodel.ParseClock(e.Text); !ok || now == d {
		return
	}
	e.SetText(viewmodel.ClockText(d))
}

func titled(labels []string) []own.Option {
	out := make([]own.Option, len(labels))
	for i, l := range labels {
		out[i] = own.Option{Title: l}
	}
	return out
}

func (p *advancedPart) update(words *viewmodel.Words, s *viewmodel.ControlsState) {
	o := s.Options
	p.fold.SetOpen(s.Advanced)
	p.refine.SetChosen(slices.Index(refineWords, o.Refine))
	p.fill.SetChosen(slices.Index(fillWords, o.Fill))
	sizes := make([]string, len(depthSizes))
	for i, n := range depthSizes {
		sizes[i] = words.T("advanced.depth_size.value", "n", strconv.Itoa(n))
	}
	sizes[0] = words.T("advanced.depth_size.own")
	p.size.SetOptions(titled(sizes), slices.Index(depthSizes, o.DepthSize))
	p.film.Hidden = !s.Video
	p.codec.SetOptions(codecOptions(words), slices.Index(codecs, o.Codec))
	p.even3D.SetOn(o.Even3D)
	labels := []string{words.T("advanced.quality.auto")}
	for _, q := range qualities[1:] {
		labels = append(labels, words.T("unit.percent", "n", q))
	}
	p.quality.SetOptions(titled(labels), slices.Index(qualities, o.Quality))
	showMoment(p.start, o.Start)
	showMoment(p.length, o.Duration)
	existing := 0
	switch {
	case o.Overwrite:
		existing = 1
	case o.SkipExisting:
		existing = 2
	}
	p.existing.SetOptions(titled(labelled(words, "advanced.existing.", existingWords)), existing)
	sources := []own.Option{{Title: words.T("advanced.source.model")}}
	if o.DepthMap != "" {
		sources = append(sources, own.Option{Title: filepath.Base(o.DepthMap)})
	}
	p.source.SetOptions(append(sources, own.Option{Title: words.T("advanced.source.file"), Icon: own.IconFolder, Rule: true}), len(sources)-1)
	p.anaglyph.SetOptions(titled(labelled(words, "advanced.anaglyph.", anaglyphWords)), slices.Index(anaglyphWords, o.Anaglyph))
	p.depth.SetOptions(titled(labelled(words, "advanced.depth_format.", depthFormats)), slices.Index(depthFormats, o.DepthFormat))
}
