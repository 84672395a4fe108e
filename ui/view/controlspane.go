package view

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"spatialmaker/processor"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// controlsPane is the settings of the conversion at the right, and the button
// that starts it.
type controlsPane struct {
	w           *Window
	root        fyne.CanvasObject
	preset      *own.Picker
	model       *own.Picker
	format      *own.Picker
	strength    *own.Slider
	strengthNow *own.Text
	auto        *own.Segmented
	plane       *own.Slider
	planeNow    *own.Text
	eyes        *own.Segmented
	folder      *own.Picker
	advanced    *advancedPart
	loads       *own.Text // the download under way
	loadBar     *own.Bar
	loading     *fyne.Container
	models      []viewmodel.ModelChoice // the lines of the model picker

	convert *own.Button
	cancel  *own.Button
	pause   *own.Button
	bar     *own.Bar
	status  *own.Text
	work    *fyne.Container
	busy    bool
	linger  time.Duration // how long the foot stays as it is when work ends
	ended   time.Time
}

// lingerTime is longer than a hand on its way to Pause takes to notice that the
// work has ended: it must not press what takes that place.
const lingerTime = 1200 * time.Millisecond

var eyesWords = []string{"both", "left", "right"}

func newControlsPane(w *Window) *controlsPane {
	words := w.app.Words()
	c := w.app.Controls
	p := &controlsPane{w: w, linger: lingerTime, strengthNow: own.NewCaption(""), planeNow: own.NewCaption(""), bar: own.NewBar(), status: own.NewCaption("")}
	p.preset = own.NewPicker(p.choosePreset)
	p.model = own.NewPicker(p.chooseModel)
	p.format = own.NewPicker(func(i int, on bool) { c.ToggleFormat(viewmodel.Formats()[i], on) })
	p.format.Multi = true
	p.strength = own.NewSlider(0, 8, 0.1, processor.DefaultOptions().Strength, c.SetStrength)
	p.strength.OnSettled = func(float64) { c.Settle() }
	p.plane = own.NewSlider(0, 1, 0.01, 0.5, c.SetConvergence)
	p.plane.OnSettled = func(float64) { c.Settle() }
	p.auto = own.NewSegmented([]string{words.T("controls.convergence.auto"), words.T("controls.convergence.manual")},
		func(i int) { c.SetAutoConvergence(i == 0) })
	labels := make([]string, len(eyesWords))
	for i, e := range eyesWords {
		labels[i] = words.T("controls.eyes." + e)
	}
	p.eyes = own.NewSegmented(labels, func(i int) { c.Change("", func(o *processor.Options) { o.Eyes = eyesWords[i] }) })
	p.folder = own.NewPicker(p.chooseFolder)
	p.advanced = newAdvancedPart(w)

	p.loads, p.loadBar = own.NewCaption(""), own.NewBar()
	p.loads.Cut = own.CutParts
	p.loading = container.New(own.Column(3), p.loads, p.loadBar)
	p.loading.Hide()

	copyCommand := own.NewButton(words.T("action.copy_command"), own.IconCopy, own.Quiet, w.copyCommand)
	copyCommand.Small = true
	form := container.New(own.Column(14),
		named(words, "controls.preset", nil, p.preset),
		container.New(own.Column(6), named(words, "controls.model", nil, p.model), p.loading),
		named(words, "controls.format", nil, p.format),
		named(words, "controls.strength", p.strengthNow, p.strength),
		named(words, "controls.convergence", p.planeNow, container.New(own.Column(4), p.auto, p.plane)),
		named(words, "controls.eyes", nil, p.eyes),
		named(words, "controls.folder", nil, p.folder),
		p.advanced.fold,
		container.New(own.Inset(-9, 0, 0, 0), container.NewHBox(copyCommand)), // its icon in line with the rest
	)
	scroll := container.NewVScroll(container.New(own.Inset(16, 12, 16, 16), form))
	scroll.SetMinSize(fyne.NewSize(240, 200))
	inner := own.NewEdges(nil, p.buildWork(words), nil, nil, scroll)
	p.root = onPlate(own.ColorSurface, own.NewEdges(nil, nil, newRule(own.ColorBorder), nil, inner))
	return p
}

// buildWork is the foot of the pane: progress and the button.
func (p *controlsPane) buildWork(words *viewmodel.Words) fyne.CanvasObject {
	p.convert = own.NewButton(words.N("action.convert", 1), own.IconStereo, own.Primary, p.w.app.Convert)
	p.convert.Tall = true
	p.cancel = own.NewIconButton(own.IconRemove, words.T("action.cancel_all"), p.w.app.Queue.CancelAll)
	p.pause = own.NewIconButton(own.IconPause, words.T("action.pause"), func() {
		p.w.app.Queue.SetPaused(!p.w.app.Queue.State().Paused)
	})
	p.status.Cut = own.CutEnd
	p.work = container.New(own.Line(4, 0), container.New(own.Column(5), p.status, p.bar), p.pause, p.cancel)
	p.work.Hide()
	foot := container.New(own.Inset(16, 12, 16, 14), container.New(own.Column(10), p.work, p.convert))
	return own.NewEdges(newRule(own.ColorBorder), nil, nil, nil, foot)
}

func (p *controlsPane) update() {
	words := p.w.app.Words()
	s := p.w.app.Controls.State()
	o := s.Options
	p.updatePreset(words, &s)
	p.updateModel(words, &s)
	p.updateFormat(words, &s)
	p.strength.SetValue(o.Strength)
	p.strengthNow.SetText(words.T("unit.percent", "n", words.Number(o.Strength, 1)))
	auto := o.Convergence.Auto
	if auto {
		p.auto.SetChosen(0)
		p.plane.SetValue(s.Auto)
	} else {
		p.auto.SetChosen(1)
		p.plane.SetValue(o.Convergence.Value)
	}
	p.planeNow.SetText(words.Number(p.plane.Value(), 2))

	p.eyes.SetChosen(slices.Index(eyesWords, o.Eyes))
	p.updateFolder(words, o.Output)
	if p.advanced.update(&s) {
		p.root.Refresh()
	}
}

func (p *controlsPane) updatePreset(words *viewmodel.Words, s *viewmodel.ControlsState) {
	options := make([]own.Option, 0, len(s.Presets)+1)
	chosen := -1
	for i, pre := range s.Presets {
		opt := own.Option{Title: pre.Name, About: pre.About}
		if pre.Own && (i == 0 || !s.Presets[i-1].Own) {
			opt.Before = words.T("controls.preset.own")
		}
		if pre.Key == s.Preset {
			chosen = i
		}
		options = append(options, opt)
	}
	options = append(options, own.Option{Title: words.T("controls.preset.save"), Icon: own.IconStar, Rule: true})
	if chosen >= 0 && s.Presets[chosen].Own {
		options = append(options, own.Option{Title: words.T("controls.preset.remove", "name", s.Presets[chosen].Name), Icon: own.IconTrash})
	}
	p.preset.SetOptions(options, chosen)
	p.preset.SetText("")
	if chosen < 0 {
		p.preset.SetText(words.T("controls.preset.none"))
	}
}

func (p *controlsPane) choosePreset(i int, _ bool) {
	s := p.w.app.Controls.State()
	if i < len(s.Presets) {
		p.w.app.Controls.UsePreset(s.Presets[i].Key)
		return
	}
	p.update() // the line is a command, not a choice
	if i == len(s.Presets) {
		p.w.askPresetName()
		return
	}
	p.w.app.Controls.RemovePreset(s.Preset)
}

func (p *controlsPane) updateModel(words *viewmodel.Words, s *viewmodel.ControlsState) {
	p.models = p.models[:0]
	var options []own.Option
	chosen := -1
	for _, m := range s.Models {
		if !m.Usual {
			continue
		}
		opt := own.Option{Title: m.Title, About: m.Good, Badge: m.Licence, Tint: own.ColorSecondary}
		if !m.Free {
			opt.Badge, opt.Tint = words.T("licence.noncommercial"), theme.ColorNameWarning
		}
		switch {
		case m.Installed && m.Speed > 0:
			opt.Note = words.T("model.speed", "time", words.Took(seconds(m.Speed)))
		case !m.Installed:
			opt.Note, opt.Icon = m.Size, own.IconDownload
		}
		if last := len(p.models) - 1; last < 0 || p.models[last].Installed != m.Installed {
			opt.Before = words.T("model.group.load")
			if m.Installed {
				opt.Before = words.T("model.group.here")
			}
		}
		if m.Name == s.Model {
			chosen = len(options)
		}
		options = append(options, opt)
		p.models = append(p.models, m)
	}
	if chosen < 0 && s.Model != "" { // a file of the user's own
		chosen = len(options)
		options = append(options, own.Option{Title: filepath.Base(s.Model)})
		p.models = append(p.models, viewmodel.ModelChoice{Name: s.Model, Installed: true})
	}
	options = append(options, own.Option{Title: words.T("controls.model.file"), Icon: own.IconFolder, Rule: true})
	p.model.SetOptions(options, chosen)
	p.model.SetText("")
	if chosen < 0 {
		p.model.SetText(words.T("controls.model.none"))
	}
}

// updateLoads shows the first download under way.
func (p *controlsPane) updateLoads(s viewmodel.ModelsState) {
	at := slices.IndexFunc(s.Rows, func(r viewmodel.ModelRow) bool { return r.Loading })
	if at >= 0 {
		r := &s.Rows[at]
		p.loads.SetText(r.Title + " · " + r.Detail)
		p.loadBar.Set(r.Part, theme.ColorNamePrimary)
	}
	if p.loading.Visible() != (at >= 0) {
		p.loading.Hidden = at < 0
		p.root.Refresh()
	}
}

// modelPatterns are the names of model files.
var modelPatterns = []string{"*.onnx", "*.mlpackage", "*.mlmodelc"}

func (p *controlsPane) chooseModel(i int, _ bool) {
	use := func(name string) {
		p.w.app.Controls.Change("", func(o *processor.Options) { o.Model = name })
	}
	if i >= len(p.models) {
		p.update()
		p.w.files.chooseFile(p.w.app.Words(), "dialog.model", modelPatterns, use)
		return
	}
	m := p.models[i]
	if !m.Installed { // it is chosen once it is there
		p.update()
		p.w.fetch(m.Name)
		return
	}
	use(m.Name)
}

func (p *controlsPane) updateFormat(words *viewmodel.Words, s *viewmodel.ControlsState) {
	all := viewmodel.Formats()
	options := make([]own.Option, len(all))
	var chosen []int
	for i, f := range all {
		options[i] = own.Option{Title: words.T("format." + string(f)), About: words.T("format." + string(f) + ".about")}
		if slices.Contains(s.Options.Formats, f) {
			chosen = append(chosen, i)
		}
	}
	p.format.SetOptions(options, chosen...)
}

func (p *controlsPane) updateFolder(words *viewmodel.Words, out string) {
	options := []own.Option{{Title: words.T("controls.folder.beside")}}
	chosen := 0
	if out != "" {
		options = append(options, own.Option{Title: shortPath(out)})
		chosen = 1
	}
	options = append(options, own.Option{Title: words.T("controls.folder.choose"), Icon: own.IconFolder})
	p.folder.SetOptions(options, chosen)
}

// shortPath is the end of a path: its last two folders.
func shortPath(path string) string {
	parts := strings.Split(filepath.Clean(path), string(filepath.Separator))
	if len(parts) > 3 {
		return "…" + string(filepath.Separator) + filepath.Join(parts[len(parts)-2:]...)
	}
	return path
}

func (p *controlsPane) chooseFolder(i int, _ bool) {
	set := func(out string) { p.w.app.Controls.Change("", func(o *processor.Options) { o.Output = out }) }
	o := p.w.app.Controls.Options()
	switch {
	case i == 0:
		set("")
	case i == 1 && o.Output != "":
	default:
		p.update()
		p.w.files.chooseFolder(p.w.app.Words(), set)
	}
}

// lingers says whether work has ended so lately that nothing may move yet, and
// says so in place of the progress.
func (p *controlsPane) lingers(words *viewmodel.Words, s *viewmodel.QueueState) bool {
	if p.busy && !s.Busy() {
		p.ended = time.Now()
		time.AfterFunc(p.linger, func() {
			p.w.post(func() { p.updateWork(p.w.app.Queue.State()) })
		})
	}
	p.busy = s.Busy()
	if p.busy || time.Since(p.ended) >= p.linger {
		return false
	}
	p.status.SetText(words.T("queue.ended"))
	p.bar.Set(1, theme.ColorNamePrimary)
	p.pause.Disable()
	p.cancel.Disable()
	p.convert.Disable()
	return true
}

// updateWork shows what the queue is doing.
func (p *controlsPane) updateWork(s viewmodel.QueueState) {
	words := p.w.app.Words()
	if p.lingers(words, &s) {
		return
	}
	p.pause.Enable()
	p.cancel.Enable()
	switch {
	case s.Ready > 0:
		p.convert.SetText(words.N("action.convert", s.Ready))
		p.convert.Enable()
	case s.Busy() || s.Len == 0:
		p.convert.SetText(words.N("action.convert", 1))
		p.convert.Disable()
	default:
		p.convert.SetText(words.T("action.convert_again"))
		p.convert.Enable()
	}
	// While all there is is under work there is nothing to start.
	idle := !s.Busy() || s.Ready > 0
	if s.Busy() != p.work.Visible() || idle != p.convert.Visible() {
		p.work.Hidden, p.convert.Hidden = !s.Busy(), !idle
		p.root.Refresh()
	}
	if !s.Busy() {
		return
	}
	text, tone, icon, tip := words.N("queue.working", s.Working), theme.ColorNamePrimary, own.IconPause, "action.pause"
	if left := words.Left(s.Left); left != "" {
		text += " · " + left
	}
	if s.Paused {
		text, tone, icon, tip = words.T("queue.paused"), theme.ColorNameWarning, own.IconPlay, "action.resume"
	}
	p.status.SetText(text)
	p.bar.Set(s.Part, tone)
	p.pause.SetIcon(icon)
	p.pause.SetTip(words.T(tip))
}
