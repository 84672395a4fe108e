package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Meter draws how far a picture reaches behind and in front of the screen: a
// groove, a notch for the screen, and the picture's range.
type Meter struct {
	widget.BaseWidget
	near, far float64
	reach     float64
	color     fyne.ThemeColorName
}

// NewMeter returns an empty meter that shows values of -reach..reach.
func NewMeter(reach float64) *Meter {
	m := &Meter{reach: reach, color: theme.ColorNameSuccess}
	m.ExtendBaseWidget(m)
	return m
}

// Set shows a range, farthest to nearest, positive in front of the screen.
func (m *Meter) Set(far, near float64, c fyne.ThemeColorName) {
	if m.far != far || m.near != near || m.color != c {
		m.far, m.near, m.color = far, near, c
		m.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (m *Meter) CreateRenderer() fyne.WidgetRenderer {
	r := &meterRenderer{m: m, groove: canvas.NewRectangle(nil), span: canvas.NewRectangle(nil), screen: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type meterRenderer struct {
	m      *Meter
	groove *canvas.Rectangle
	span   *canvas.Rectangle
	screen *canvas.Rectangle
}

func (r *meterRenderer) Destroy()           {}
func (r *meterRenderer) MinSize() fyne.Size { return fyne.NewSize(84, 14) }

func (r *meterRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.groove, r.span, r.screen}
}

func (r *meterRenderer) Layout(s fyne.Size) {
	x := func(v float64) float32 {
		v = min(max(v/r.m.reach, -1), 1)
		return s.Width * float32(v+1) / 2
	}
	y := s.Height/2 - 2
	r.groove.Move(fyne.NewPos(0, y))
	r.groove.Resize(fyne.NewSize(s.Width, 4))
	a, b := x(r.m.far), x(r.m.near)
	r.span.Move(fyne.NewPos(a, y))
	r.span.Resize(fyne.NewSize(max(b-a, 3), 4))
	r.screen.Move(fyne.NewPos(s.Width/2-1, s.Height/2-6))
	r.screen.Resize(fyne.NewSize(2, 12))
}

func (r *meterRenderer) Refresh() {
	r.groove.FillColor, r.groove.CornerRadius = paint(ColorTrack), 2
	r.span.FillColor, r.span.CornerRadius = paint(r.m.color), 2
	r.screen.FillColor, r.screen.CornerRadius = paint(ColorSecondary), 1
	r.Layout(r.m.Size())
	canvas.Refresh(r.m)
}
