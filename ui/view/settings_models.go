package view

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// modelsPage is the catalogue. Its cards stay where they are while it is open,
// wherever they would stand by now: they must not change under the pointer.
type modelsPage struct {
	root  fyne.CanvasObject
	w     *Window
	box   *fyne.Container
	cards map[string]*modelCard // by the model's name
}

func newModelsPage(w *Window) *modelsPage {
	p := &modelsPage{w: w, box: container.New(own.Column(0))}
	p.root = page(p.box)
	return p
}

func (p *modelsPage) update(s viewmodel.ModelsState) {
	same := len(s.Rows) == len(p.cards)
	for i := range s.Rows {
		same = same && p.cards[s.Rows[i].Name] != nil
	}
	if !same {
		p.cards = map[string]*modelCard{}
		p.box.RemoveAll()
		more := container.New(own.Column(0))
		for i, r := range s.Rows {
			c := newModelCard(p.w, r.Name)
			p.cards[r.Name] = c
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
		p.cards[s.Rows[i].Name].update(&s.Rows[i])
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
