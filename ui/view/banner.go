package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// bannerBar says across the top what is wrong with the program as a whole.
type bannerBar struct {
	app   *viewmodel.App
	root  *fyne.Container
	title *own.Text
	next  *own.Para
}

func newBanner(app *viewmodel.App) *bannerBar {
	b := &bannerBar{app: app, title: own.NewText(""), next: own.NewPara("")}
	b.title.Style = fyne.TextStyle{Bold: true}
	b.title.Cut = own.CutEnd
	close := own.NewIconButton(own.IconRemove, app.Words().T("action.close"), app.DismissBanner)
	plate := newPlate(own.ColorSurface)
	text := container.New(own.Column(2), b.title, b.next)
	line := container.New(own.Line(12, 1), own.NewGlyph(own.IconWarning, theme.ColorNameWarning, 20), text, close)
	b.root = container.NewStack(plate, own.NewEdges(nil, newRule(own.ColorBorder), nil, nil,
		container.New(own.Inset(16, 8, 12, 8), line)))
	b.root.Hide()
	return b
}

func (b *bannerBar) update() {
	p := b.app.Banner()
	if p == nil {
		b.root.Hide()
		return
	}
	b.title.SetText(p.Title)
	b.next.SetText(p.Next)
	b.root.Show()
}
