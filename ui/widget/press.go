package widget

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// press is what everything that can be clicked has in common: hover, focus,
// keys, the disabled state and a tool tip. The embedding widget sets self and
// onPress and draws from the flags in its renderer.
type press struct {
	widget.BaseWidget
	self     fyne.Widget
	onPress  func()
	tip      string
	tipTimer *time.Timer
	hovered  bool
	focused  bool
	disabled bool
	// OnEscape is called for the Escape key; without it the canvas gets the key,
	// as if nothing had the focus.
	OnEscape func()
}

func (p *press) init(self fyne.Widget) {
	p.self = self
	p.ExtendBaseWidget(self)
}

// SetTip sets the text shown when the pointer rests on the widget.
func (p *press) SetTip(s string) { p.tip = s }

// Disabled says whether the widget takes no clicks.
func (p *press) Disabled() bool { return p.disabled }

// Disable stops the widget from taking clicks.
func (p *press) Disable() { p.SetEnabled(false) }

// Enable lets the widget take clicks again.
func (p *press) Enable() { p.SetEnabled(true) }

// SetEnabled is Enable or Disable.
func (p *press) SetEnabled(on bool) {
	if p.disabled == !on {
		return
	}
	p.disabled = !on
	p.self.Refresh()
}

// Tapped implements fyne.Tappable.
func (p *press) Tapped(*fyne.PointEvent) {
	stopTip(p.tipTimer) // what it says may not hold any more
	hideTip(p.self)
	if !p.disabled && p.onPress != nil {
		p.onPress()
	}
}

// MouseIn implements desktop.Hoverable.
func (p *press) MouseIn(e *desktop.MouseEvent) {
	p.hovered = true
	p.tipTimer = startTip(p.self, p.tip, p.tipTimer)
	p.self.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (p *press) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (p *press) MouseOut() {
	p.hovered = false
	stopTip(p.tipTimer)
	hideTip(p.self)
	p.self.Refresh()
}

// FocusGained implements fyne.Focusable.
func (p *press) FocusGained() {
	p.focused = true
	p.self.Refresh()
}

// FocusLost implements fyne.Focusable.
func (p *press) FocusLost() {
	p.focused = false
	p.self.Refresh()
}

// TypedRune implements fyne.Focusable.
func (p *press) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (p *press) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		p.Tapped(nil)
	case fyne.KeyEscape:
		p.escape(e)
	}
}

func (p *press) escape(e *fyne.KeyEvent) {
	if p.OnEscape != nil {
		p.OnEscape()
		return
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.self); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(e)
	}
}

// ring is the focus mark around a control.
func newRing() *canvas.Rectangle {
	r := canvas.NewRectangle(nil)
	r.FillColor = color.Transparent
	r.StrokeWidth = 2
	r.Hide()
	return r
}

func showRing(r *canvas.Rectangle, on bool) {
	r.StrokeColor = paint(theme.ColorNameFocus)
	r.CornerRadius = size(theme.SizeNameInputRadius) + 1
	r.Hidden = !on
	r.Refresh()
}

func layRing(r *canvas.Rectangle, at fyne.Position, s fyne.Size) {
	r.Move(at.SubtractXY(1, 1))
	r.Resize(s.AddWidthHeight(2, 2))
}
