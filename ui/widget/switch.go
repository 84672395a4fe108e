package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
)

// Switch is a choice between on and off that takes effect at once.
type Switch struct {
	press
	on        bool
	OnChanged func(on bool)
}

// NewSwitch returns a switch that is off.
func NewSwitch(onChanged func(bool)) *Switch {
	s := &Switch{OnChanged: onChanged}
	s.onPress = func() {
		s.SetOn(!s.on)
		if s.OnChanged != nil {
			s.OnChanged(s.on)
		}
	}
	s.init(s)
	return s
}

// On says whether the switch is on.
func (s *Switch) On() bool { return s.on }

// SetOn sets the switch without calling OnChanged.
func (s *Switch) SetOn(on bool) {
	if on != s.on {
		s.on = on
		s.Refresh()
	}
}

const (
	switchW = 34
	switchH = 20
)

// CreateRenderer implements fyne.Widget.
func (s *Switch) CreateRenderer() fyne.WidgetRenderer {
	r := &switchRenderer{s: s, track: canvas.NewRectangle(nil), knob: canvas.NewRectangle(nil), ring: newRing()}
	r.Refresh()
	return r
}

type switchRenderer struct {
	s     *Switch
	track *canvas.Rectangle
	knob  *canvas.Rectangle
	ring  *canvas.Rectangle
}

func (r *switchRenderer) Destroy()           {}
func (r *switchRenderer) MinSize() fyne.Size { return fyne.NewSize(switchW, switchH) }

func (r *switchRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.track, r.knob, r.ring}
}

func (r *switchRenderer) Layout(s fyne.Size) {
	y := (s.Height - switchH) / 2
	r.track.Move(fyne.NewPos(0, y))
	r.track.Resize(fyne.NewSize(switchW, switchH))
	x := float32(2)
	if r.s.on {
		x = switchW - switchH + 2
	}
	r.knob.Move(fyne.NewPos(x, y+2))
	r.knob.Resize(fyne.NewSquareSize(switchH - 4))
	layRing(r.ring, fyne.NewPos(0, y), fyne.NewSize(switchW, switchH))
}

func (r *switchRenderer) Refresh() {
	r.track.FillColor, r.track.CornerRadius = paint(theme.ColorNameInputBorder), switchH/2
	r.knob.FillColor, r.knob.CornerRadius = paint(ColorRaised), switchH/2-2
	if dark(paint(theme.ColorNameBackground)) {
		r.knob.FillColor = paint(theme.ColorNameForeground)
	}
	if r.s.on {
		r.track.FillColor = paint(theme.ColorNamePrimary)
	}
	if r.s.hovered {
		r.track.FillColor = over(r.track.FillColor, paint(theme.ColorNameHover))
	}
	showRing(r.ring, r.s.focused)
	r.ring.CornerRadius = switchH/2 + 1
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}
