package view

import (
	"path/filepath"
	"slices"
	"strconv"

	"fyne.io/fyne/v2/container"

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
}

// depthPatterns are the names of depth maps.
var depthPatterns = []string{"*.png", "*.tif", "*.tiff"}

var (
	refineWords   = []processor.Auto{processor.AutoRefine, processor.On, processor.Off}
	fillWords     = []string{"good", "fast"}
	depthSizes    = []int{0, 392, 518, 714, 1036}
	anaglyphWords = []string{"dubois", "color", "half-color", "gray", "optimized"}
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
	p.fold = own.NewFold(words.T("advanced.title"), container.New(own.Column(14),
		field(words.T("advanced.existing"), "", nil, p.existing),
		field(words.T("advanced.source"), words.T("advanced.source.about"), nil, p.source),
		field(words.T("advanced.refine"), words.T("advanced.refine.about"), nil, p.refine),
		field(words.T("advanced.fill"), words.T("advanced.fill.about"), nil, p.fill),
		field(words.T("advanced.depth_size"), words.T("advanced.depth_size.about"), nil, p.size),
		field(words.T("advanced.anaglyph"), "", nil, p.anaglyph),
		field(words.T("advanced.depth_format"), "", nil, p.depth),
	))
	p.fold.OnToggle = func(open bool) {
		w.app.SetAdvanced(open)
		w.controls.root.Refresh()
	}
	return p
}

func labelled[T ~string](words *viewmodel.Words, prefix string, all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = words.T(prefix + string(v))
	}
	return out
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
