package view

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
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
	s.tabs.OnEscape = s.close
	done.OnEscape = s.close
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

// diskPage says where things lie, how much they take, and clears them.
type diskPage struct {
	root   fyne.CanvasObject
	w      *Window
	models *own.Para
	parts  *own.Para
	clear  *own.Button
	ready  *own.Para
	drop   *own.Button
	free   *own.Para
	films  *own.Para
	forget *own.Button
}

func newDiskPage(w *Window) *diskPage {
	words := w.app.Words()
	p := &diskPage{w: w, models: own.NewPara(""), parts: own.NewPara(""), ready: own.NewPara(""), free: own.NewPara(""), films: own.NewPara("")}
	p.clear = own.NewButton(words.T("settings.disk.clear"), "", own.Plain, w.app.Models.ClearUnfinished)
	p.forget = own.NewButton(words.T("settings.disk.clear"), "", own.Plain, w.app.Models.ClearDepths)
	p.drop = own.NewButton(words.T("settings.disk.clear"), "", own.Plain, w.app.Models.ClearCompiled)
	show := func(folder string) *own.Button {
		return own.NewButton(words.T("action.reveal"), own.IconFolder, own.Plain, func() { w.openFile(folder) })
	}
	line := func(title string, about *own.Para, act fyne.CanvasObject) fyne.CanvasObject {
		text := container.New(own.Column(2), own.NewText(title), about)
		return container.New(own.Inset(0, 9, 0, 9), container.New(own.Line(16, 0), text, act))
	}
	rows := []fyne.CanvasObject{
		line(words.T("settings.disk.models"), p.models, show(w.app.Models.State().Folder)),
		line(words.T("settings.disk.unfinished"), p.parts, p.clear),
		line(words.T("settings.disk.films"), p.films, p.forget),
	}
	if len(w.backends) > 1 {
		rows = append(rows, line(words.T("settings.disk.compiled"), p.ready, p.drop))
	}
	rows = append(rows, line(words.T("settings.disk.free"), p.free, gap(1)))
	if w.logs != "" {
		about := own.NewPara(w.logs)
		rows = append(rows, line(words.T("settings.disk.logs"), about, show(w.logs)))
	}
	p.root = page(ruled(rows...))
	return p
}

func (p *diskPage) update(s viewmodel.ModelsState) {
	words := p.w.app.Words()
	p.models.SetText(words.T("settings.disk.at", "size", words.Bytes(s.Use.Models), "folder", s.Folder))
	p.parts.SetText(words.Bytes(s.Use.Unfinished))
	p.clear.SetEnabled(s.Use.Unfinished > 0)
	p.ready.SetText(words.T("settings.disk.compiled.about", "size", words.Bytes(s.Use.Compiled)))
	p.drop.SetEnabled(s.Use.Compiled > 0)
	p.films.SetText(words.T("settings.disk.films.about", "size", words.Bytes(s.Depths)))
	p.forget.SetEnabled(s.Depths > 0)
	p.free.SetText(words.T("settings.disk.unknown"))
	if s.Use.Free >= 0 {
		p.free.SetText(words.Bytes(s.Use.Free))
	}
}

// modelsPage is the catalogue.
type modelsPage struct {
	root  fyne.CanvasObject
	w     *Window
	box   *fyne.Container
	cards []*modelCard
}

func newModelsPage(w *Window) *modelsPage {
	p := &modelsPage{w: w, box: container.New(own.Column(0))}
	p.root = page(p.box)
	return p
}

func (p *modelsPage) update(s viewmodel.ModelsState) {
	same := len(s.Rows) == len(p.cards)
	for i := range p.cards {
		same = same && p.cards[i].name == s.Rows[i].Name
	}
	if !same {
		p.cards = p.cards[:0]
		p.box.RemoveAll()
		more := container.New(own.Column(0))
		for i, r := range s.Rows {
			c := newModelCard(p.w, r.Name)
			p.cards = append(p.cards, c)
			to := p.box
			if !r.Usual {
				to = more
			}
			if i > 0 {
				to.Add(newRule(own.ColorBorder))
			}
			to.Add(c.root)
		}
		if len(more.Objects) > 0 {
			p.box.Add(newRule(own.ColorBorder))
			fold := own.NewFold(p.w.app.Words().T("model.more"), more)
			fold.OnToggle = func(bool) { p.root.Refresh() }
			p.box.Add(container.New(own.Inset(0, 8, 0, 0), fold))
		}
	}
	for i := range s.Rows {
		p.cards[i].update(&s.Rows[i])
	}
	p.box.Refresh()
}

// modelCard is one model: what it is, and what can be done with it.
type modelCard struct {
	w      *Window
	name   string
	root   *fyne.Container
	title  *own.Text
	badge  *own.Badge
	star   *own.Badge
	speed  *own.Text
	good   *own.Para
	detail *own.Text
	next   *own.Para
	bar    *own.Bar
	acts   *fyne.Container
	load   *own.Button
	pause  *own.Button
	cancel *own.Button
	verify *own.Button
	remove *own.Button
	row    viewmodel.ModelRow
}

func newModelCard(w *Window, name string) *modelCard {
	words, m := w.app.Words(), w.app.Models
	c := &modelCard{
		w: w, name: name, title: own.NewText(""), badge: own.NewBadge("", own.ColorSecondary), star: own.NewBadge("", theme.ColorNamePrimary), speed: own.NewCaption(""),
		good: own.NewPara(""), detail: own.NewCaption(""), next: own.NewPara(""), bar: own.NewBar(),
	}
	c.title.Style = fyne.TextStyle{Bold: true}
	c.detail.Cut, c.detail.Least = own.CutEnd, 60
	c.load = own.NewButton(words.T("model.load"), own.IconDownload, own.Plain, func() { c.w.load(c.row) })
	c.pause = own.NewIconButton(own.IconPause, words.T("action.pause"), func() { m.Pause(name, !c.row.Paused) })
	c.cancel = own.NewIconButton(own.IconRemove, words.T("action.cancel"), func() { m.Cancel(name) })
	c.verify = own.NewIconButton(own.IconShield, words.T("model.verify"), func() { m.Verify(name) })
	c.remove = own.NewIconButton(own.IconTrash, words.T("model.remove"), func() {
		w.ask(words.T("model.remove.title", "name", c.row.Title), words.T("model.remove.text"), words.T("model.remove"), func() { m.Remove(name) })
	})
	c.acts = container.New(own.Line(2), c.verify, c.remove, c.pause, c.cancel, c.load)
	head := container.New(own.Line(6), c.title, c.star, c.badge, c.speed)
	text := container.New(own.Column(3), head, c.good, c.detail, c.bar, c.next)
	c.root = container.New(own.Inset(0, 11, 0, 12), container.New(own.Line(16, 0), text, c.acts))
	return c
}

func (c *modelCard) update(r *viewmodel.ModelRow) {
	words := c.w.app.Words()
	c.row = *r
	c.title.SetText(r.Title)
	c.badge.Set(r.Licence, own.ColorSecondary)
	c.star.Set("", theme.ColorNamePrimary)
	if r.Recommended {
		c.star.Set(words.T("model.recommended"), theme.ColorNamePrimary)
	}
	if !r.Free {
		c.badge.Set(r.Licence+" · "+words.T("licence.noncommercial"), theme.ColorNameWarning)
	}
	c.speed.SetText("")
	if r.Speed > 0 {
		c.speed.SetText(words.T("model.speed_here", "time", words.Took(seconds(r.Speed))))
	}
	c.good.SetText(r.Good)
	c.detail.SetText(r.Detail)
	c.detail.SetColor(toneColor(r.Tone))
	c.bar.Hidden = !r.Loading
	c.bar.Set(r.Part, theme.ColorNamePrimary)
	c.next.SetText("")
	if r.Problem != nil {
		c.next.SetText(r.Problem.Next)
	}
	c.next.Hidden = r.Problem == nil
	c.load.Hidden = !r.CanLoad || r.Loading
	c.pause.Hidden, c.cancel.Hidden = !r.Loading, !r.Loading
	c.verify.Hidden, c.remove.Hidden = !r.CanVerify, !r.CanRemove
	c.pause.SetIcon(own.IconPause)
	c.pause.SetTip(words.T("action.pause"))
	if r.Paused {
		c.pause.SetIcon(own.IconPlay)
		c.pause.SetTip(words.T("action.resume"))
	}
	c.root.Refresh()
}

// load fetches a model, after its licence was accepted if that is needed.
func (w *Window) load(r viewmodel.ModelRow) {
	words := w.app.Words()
	if r.Consent == "" {
		w.app.Models.Load(r.Name, false)
		return
	}
	w.ask(words.T("model.consent.title", "licence", r.Licence), r.Consent, words.T("model.consent.accept"),
		func() { w.app.Models.Load(r.Name, true) })
}

// fetch offers to download a model that was chosen but is not there.
func (w *Window) fetch(name string) {
	words, s := w.app.Words(), w.app.Models.State()
	at := slices.IndexFunc(s.Rows, func(r viewmodel.ModelRow) bool { return r.Name == name })
	if at < 0 || s.Rows[at].Loading {
		w.ShowSettings(PageModels)
		return
	}
	r := s.Rows[at]
	parts := []string{r.Good, r.Detail + ". " + words.T("model.fetch.licence", "licence", r.Licence), r.Consent}
	text := strings.TrimSpace(strings.Join(parts, "\n\n"))
	yes := words.T("model.load")
	if r.Consent != "" {
		yes = words.T("model.consent.accept")
	}
	w.ask(words.T("model.fetch.title", "name", r.Title), text, yes, func() { w.app.Fetch(name, r.Consent != "") })
}
