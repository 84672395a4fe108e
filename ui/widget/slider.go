package widget

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// Slider chooses a number between Min and Max in steps. A double tap goes back
// to Default, which a notch marks.
type Slider struct {
	press
	Min, Max, Step, Default float64
	Plain                   bool // no notch, and a double tap goes nowhere
	value                   float64
	dragging                bool
	OnChanged               func(v float64) // at every step, also while dragging
	OnSettled               func(v float64) // when the hand lets go
}

const (
	sliderThumb  = 14
	sliderGroove = 4
)

// NewSlider returns a slider standing at its default.
func NewSlider(lo, hi, step, def float64, onChanged func(float64)) *Slider {
	s := &Slider{Min: lo, Max: hi, Step: step, Default: def, value: def, OnChanged: onChanged}
	s.init(s)
	return s
}

// Value is where the slider stands.
func (s *Slider) Value() float64 { return s.value }

// SetValue moves the slider without calling OnChanged.
func (s *Slider) SetValue(v float64) {
	v = s.snap(v)
	if v != s.value {
		s.value = v
		s.Refresh()
	}
}

func (s *Slider) snap(v float64) float64 {
	if s.Step > 0 {
		v = s.Min + math.Round((v-s.Min)/s.Step)*s.Step
		v = math.Round(v*1e6) / 1e6
	}
	return min(max(v, s.Min), s.Max)
}

func (s *Slider) move(v float64) {
	v = s.snap(v)
	if s.disabled || v == s.value {
		return
	}
	s.value = v
	s.Refresh()
	if s.OnChanged != nil {
		s.OnChanged(v)
	}
}

func (s *Slider) settle() {
	if s.OnSettled != nil && !s.disabled {
		s.OnSettled(s.value)
	}
}

func (s *Slider) valueAt(x float32) float64 {
	span := s.Size().Width - sliderThumb
	if span <= 0 {
		return s.value
	}
	return s.Min + float64((x-sliderThumb/2)/span)*(s.Max-s.Min)
}

// Tapped implements fyne.Tappable.
func (s *Slider) Tapped(e *fyne.PointEvent) {
	s.move(s.valueAt(e.Position.X))
	s.settle()
}

// DoubleTapped implements fyne.DoubleTappable.
func (s *Slider) DoubleTapped(e *fyne.PointEvent) {
	if s.Plain {
		s.move(s.valueAt(e.Position.X))
	} else {
		s.move(s.Default)
	}
	s.settle()
}

// MouseDown implements desktop.Mouseable: the thumb follows from the press on,
// not only from the first movement.
func (s *Slider) MouseDown(e *desktop.MouseEvent) {
	if e.Button == desktop.MouseButtonPrimary {
		s.move(s.valueAt(e.Position.X))
	}
}

// MouseUp implements desktop.Mouseable.
func (s *Slider) MouseUp(*desktop.MouseEvent) {}

// Dragged implements fyne.Draggable.
func (s *Slider) Dragged(e *fyne.DragEvent) {
	s.dragging = true
	s.move(s.valueAt(e.Position.X))
}

// DragEnd implements fyne.Draggable.
func (s *Slider) DragEnd() {
	s.dragging = false
	s.settle()
	s.Refresh()
}

// TypedKey implements fyne.Focusable.
func (s *Slider) TypedKey(e *fyne.KeyEvent) {
	step := s.Step
	if step <= 0 {
		step = (s.Max - s.Min) / 100
	}
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyDown:
		s.move(s.value - step)
	case fyne.KeyRight, fyne.KeyUp:
		s.move(s.value + step)
	case fyne.KeyPageDown:
		s.move(s.value - 10*step)
	case fyne.KeyPageUp:
		s.move(s.value + 10*step)
	case fyne.KeyHome:
		s.move(s.Min)
	case fyne.KeyEnd:
		s.move(s.Max)
	default:
		return
	}
	s.settle()
}

// CreateRenderer implements fyne.Widget.
func (s *Slider) CreateRenderer() fyne.WidgetRenderer {
	r := &sliderRenderer{
		s: s, groove: canvas.NewRectangle(nil), filled: canvas.NewRectangle(nil),
		notch: canvas.NewRectangle(nil), halo: canvas.NewRectangle(nil), thumb: canvas.NewRectangle(nil),
	}
	r.Refresh()
	return r
}

type sliderRenderer struct {
	s      *Slider
	groove *canvas.Rectangle
	filled *canvas.Rectangle
	notch  *canvas.Rectangle
	halo   *canvas.Rectangle
	thumb  *canvas.Rectangle
}

func (r *sliderRenderer) Destroy() {}

func (r *sliderRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.groove, r.filled, r.notch, r.halo, r.thumb}
}

func (r *sliderRenderer) MinSize() fyne.Size { return fyne.NewSize(80, 22) }

func (r *sliderRenderer) part(v float64) float32 {
	if r.s.Max <= r.s.Min {
		return 0
	}
	return float32((v - r.s.Min) / (r.s.Max - r.s.Min))
}

func (r *sliderRenderer) Layout(s fyne.Size) {
	span := s.Width - sliderThumb
	mid := s.Height / 2
	x := sliderThumb/2 + span*r.part(r.s.value)
	r.groove.Move(fyne.NewPos(0, mid-sliderGroove/2))
	r.groove.Resize(fyne.NewSize(s.Width, sliderGroove))
	r.filled.Move(fyne.NewPos(0, mid-sliderGroove/2))
	r.filled.Resize(fyne.NewSize(x, sliderGroove))
	r.notch.Move(fyne.NewPos(sliderThumb/2+span*r.part(r.s.Default)-1, mid-4))
	r.notch.Resize(fyne.NewSize(2, 8))
	r.thumb.Move(fyne.NewPos(x-sliderThumb/2, mid-sliderThumb/2))
	r.thumb.Resize(fyne.NewSquareSize(sliderThumb))
	r.halo.Move(fyne.NewPos(x-11, mid-11))
	r.halo.Resize(fyne.NewSquareSize(22))
}

func (r *sliderRenderer) Refresh() {
	accent := paint(theme.ColorNamePrimary)
	thumb := paint(ColorSurface)
	if dark(paint(theme.ColorNameBackground)) {
		thumb = paint(theme.ColorNameForeground)
	}
	if r.s.disabled {
		accent = paint(theme.ColorNameDisabled)
		thumb = paint(theme.ColorNameDisabledButton)
	}
	r.groove.FillColor, r.groove.CornerRadius = paint(ColorTrack), sliderGroove/2
	r.filled.FillColor, r.filled.CornerRadius = accent, sliderGroove/2
	r.notch.FillColor, r.notch.CornerRadius = over(paint(ColorTrack), faded(paint(theme.ColorNameForeground), 0.25)), 1
	r.notch.Hidden = r.s.Plain
	r.thumb.FillColor, r.thumb.CornerRadius = thumb, sliderThumb/2
	r.thumb.StrokeColor, r.thumb.StrokeWidth = accent, 2
	r.halo.FillColor, r.halo.CornerRadius = faded(paint(theme.ColorNameFocus), 0.6), 11
	r.halo.Hidden = r.s.disabled || !r.s.focused && !r.s.dragging
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}
