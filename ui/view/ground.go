package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// ground is a filled rectangle in a colour of the theme, which it follows.
type ground struct {
	widget.BaseWidget
	fill   fyne.ThemeColorName
	stroke fyne.ThemeColorName
	radius float32
	thick  float32 // of the stroke, 1 by default
	least  fyne.Size
}

func newPlate(fill fyne.ThemeColorName) *ground {
	g := &ground{fill: fill}
	g.ExtendBaseWidget(g)
	return g
}

// newRule is a hairline, across or down.
func newRule(color fyne.ThemeColorName) *ground {
	g := newPlate(color)
	g.least = fyne.NewSize(1, 1)
	return g
}

// onPlate puts an object on a filled ground.
func onPlate(fill fyne.ThemeColorName, o fyne.CanvasObject) *fyne.Container {
	return container.NewStack(newPlate(fill), o)
}

func (g *ground) CreateRenderer() fyne.WidgetRenderer {
	r := &groundRenderer{g: g, rect: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type groundRenderer struct {
	g    *ground
	rect *canvas.Rectangle
}

func (r *groundRenderer) Destroy()                     {}
func (r *groundRenderer) Layout(s fyne.Size)           { r.rect.Resize(s) }
func (r *groundRenderer) MinSize() fyne.Size           { return r.g.least }
func (r *groundRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }

func (r *groundRenderer) Refresh() {
	r.rect.FillColor = theme.Color(r.g.fill)
	r.rect.CornerRadius = r.g.radius
	if r.g.stroke != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = theme.Color(r.g.stroke), max(1, r.g.thick)
	}
	r.rect.Refresh()
}
