package view

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"spatialmaker/processor"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// settingsPanel lies over the window: models, general things, disk space.
type settingsPanel struct {
	w      *Window
	popup  *widget.PopUp
	tabs   *own.Segmented
	pages  []fyne.CanvasObject
	models *modelsPage
	disk   *diskPage
	gone   func() // it lies over the window no more
}

// The pages, in the order of their tabs.
const (
	PageModels = iota
	PageGeneral
	PageDisk
)

// ShowSettings opens the panel at a page.
func (w *Window) ShowSettings(page int) {
	if w.settings != nil {
		w.settings.turn(page)
		return
	}
	words := w.app.Words()
	s := &settingsPanel{w: w}
	s.models, s.disk = newModelsPage(w), newDiskPage(w)
	s.pages = []fyne.CanvasObject{s.models.root, newGeneralPage(w), s.disk.root}
	s.tabs = own.NewSegmented([]string{words.T("settings.models"), words.T("settings.general"), words.T("settings.disk")}, s.turn)
	title := own.NewHeading(words.T("settings.title"))
	done := own.NewIconButton(own.IconRemove, words.T("action.close"), s.close)
	head := container.New(own.Inset(20, 14, 14, 10), container.New(own.Line(12, 1), title, gap(1), done))
	tabs := container.New(own.Inset(20, 0, 20, 12), container.NewCenter(s.tabs))
	body := own.NewEdges(container.New(own.Column(0), head, tabs, newRule(own.ColorBorder)), nil, nil, nil,
		container.NewStack(s.pages...))
	s.popup = widget.NewModalPopUp(body, w.win.Canvas())
	s.fit()
	w.settings = s
	w.app.Models.Refresh() // how much lies on the disk may have changed
	s.turn(page)
	w.updateModels()
	s.popup.Show()
	s.gone = w.lay(s.close)
	w.win.Canvas().Focus(s.tabs)
}

// fit sizes the panel to the window.
func (s *settingsPanel) fit() {
	win := s.w.win.Canvas().Size()
	s.popup.Resize(fyne.NewSize(min(700, win.Width-40), min(620, win.Height-40)))
}

func (s *settingsPanel) turn(page int) {
	s.tabs.SetChosen(page)
	for i, p := range s.pages {
		if i == page {
			p.Show()
		} else {
			p.Hide()
		}
	}
}

func (s *settingsPanel) update(state viewmodel.ModelsState) {
	s.models.update(state)
	s.disk.update(state)
}

func (s *settingsPanel) close() {
	s.w.settings = nil
	s.gone()
	s.popup.Hide()
}

// setting puts a name, and what it means, before a control.
func setting(name, about string, control fyne.CanvasObject) fyne.CanvasObject {
	label := own.NewText(name)
	text := fyne.CanvasObject(label)
	if about != "" {
		text = container.New(own.Column(2), label, own.NewPara(about))
	}
	return container.New(own.Inset(0, 9, 0, 9), container.New(own.Line(16, 0), text, control))
}

// ruled stacks settings with hairlines between them.
func ruled(objs ...fyne.CanvasObject) *fyne.Container {
	c := container.New(own.Column(0))
	for i, o := range objs {
		if i > 0 {
			c.Add(newRule(own.ColorBorder))
		}
		c.Add(o)
	}
	return c
}

// page gives a page its margins and lets it scroll.
func page(content fyne.CanvasObject) *container.Scroll {
	return container.NewVScroll(container.New(own.Inset(20, 8, 20, 20), content))
}

var looks = []viewmodel.Look{viewmodel.LookSystem, viewmodel.LookLight, viewmodel.LookDark}

// newGeneralPage has the settings that are not about models or disks.
func newGeneralPage(w *Window) fyne.CanvasObject {
	words, p := w.app.Words(), w.app.Settings.Prefs()
	look := own.NewSegmented(labelled(words, "settings.look.", looks), func(i int) {
		w.app.Settings.Change(func(p *viewmodel.Prefs) { p.Look = looks[i] })
		w.applyLook()
	})
	look.SetChosen(slices.Index(looks, p.Look))
	flip := func(on bool, set func(*viewmodel.Prefs, bool)) *own.Switch {
		s := own.NewSwitch(func(on bool) { w.app.Settings.Change(func(p *viewmodel.Prefs) { set(p, on) }) })
		s.SetOn(on)
		return s
	}
	rows := []fyne.CanvasObject{
		setting(words.T("settings.look"), "", look),
		setting(words.T("settings.language"), "", wide(180, newLanguagePicker(w, p.Language))),
		setting(words.T("settings.notify"), words.T("settings.notify.about"), flip(p.Notify, func(p *viewmodel.Prefs, on bool) { p.Notify = on })),
		setting(words.T("settings.sound"), "", flip(p.Sound, func(p *viewmodel.Prefs, on bool) { p.Sound = on })),
		setting(words.T("settings.awake"), words.T("settings.awake.about"), flip(p.KeepAwake, func(p *viewmodel.Prefs, on bool) { p.KeepAwake = on })),
		setting(words.T("settings.workers"), words.T("settings.workers.about"), wide(180, newWorkersPicker(w, p.Workers))),
	}
	if len(w.backends) > 1 {
		rows = append(rows, setting(words.T("settings.backend"), words.T("settings.backend.about"), wide(180, newBackendPicker(w))))
	} else {
		only := own.NewText(words.T("settings.backend.onnx"))
		only.Color = own.ColorSecondary
		rows = append(rows, setting(words.T("settings.backend"), words.T("settings.backend.only"), only))
	}
	return page(ruled(rows...))
}

// wide gives a control a fixed width.
func wide(w float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(fixedWidth(w), o)
}

func newLanguagePicker(w *Window, chosen string) *own.Picker {
	words := w.app.Words()
	codes := append([]string{""}, viewmodel.Languages()...)
	options := make([]own.Option, len(codes))
	for i, c := range codes {
		options[i].Title = words.T("settings.language.system")
		if c != "" {
			options[i].Title = words.T("language." + c)
		}
	}
	p := own.NewPicker(func(i int, _ bool) { w.setLanguage(codes[i]) })
	p.SetOptions(options, slices.Index(codes, chosen))
	return p
}

func newWorkersPicker(w *Window, chosen int) *own.Picker {
	words := w.app.Words()
	counts := []int{0}
	options := []own.Option{{Title: words.T("settings.workers.all")}}
	for n := 1; n < w.cores; n *= 2 {
		counts = append(counts, n)
		options = append(options, own.Option{Title: words.N("settings.workers.n", n)})
	}
	p := own.NewPicker(func(i int, _ bool) {
		w.app.Settings.Change(func(p *viewmodel.Prefs) { p.Workers = counts[i] })
	})
	p.SetOptions(options, slices.Index(counts, chosen))
	return p
}

func newBackendPicker(w *Window) *own.Picker {
	words := w.app.Words()
	o := w.app.Controls.Options()
	p := own.NewPicker(func(i int, _ bool) {
		w.app.Controls.Change("", func(o *processor.Options) { o.Backend = w.backends[i] })
	})
	p.SetOptions(titled(labelled(words, "settings.backend.", w.backends)), slices.Index(w.backends, o.Backend))
	return p
}
