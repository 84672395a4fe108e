package widget

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

const (
	tipDelay = 600 * time.Millisecond
	tipWidth = 280
)

// TipLayer shows tool tips. It lies over the content of a window, as the last
// object of the window's root container, and lets every event through because
// it answers to none.
type TipLayer struct {
	widget.BaseWidget
	owner fyne.CanvasObject
	text  string
	at    fyne.Position
}

// NewTipLayer returns a layer that shows nothing yet.
func NewTipLayer() *TipLayer {
	l := &TipLayer{}
	l.ExtendBaseWidget(l)
	return l
}

// Show puts the text of a tip beside obj at once.
func (l *TipLayer) ShowFor(obj fyne.CanvasObject, text string) {
	d := fyne.CurrentApp().Driver()
	l.owner, l.text = obj, text
	l.at = d.AbsolutePositionForObject(obj).Subtract(d.AbsolutePositionForObject(l))
	l.Refresh()
}

// HideFor takes the tip away if it belongs to obj.
func (l *TipLayer) HideFor(obj fyne.CanvasObject) {
	if l.owner == obj && l.text != "" {
		l.owner, l.text = nil, ""
		l.Refresh()
	}
}

// tipLayer finds the layer over obj's window.
func tipLayer(obj fyne.CanvasObject) *TipLayer {
	c := fyne.CurrentApp().Driver().CanvasForObject(obj)
	if c == nil {
		return nil
	}
	root, ok := c.Content().(*fyne.Container)
	if !ok || len(root.Objects) == 0 {
		return nil
	}
	l, _ := root.Objects[len(root.Objects)-1].(*TipLayer)
	return l
}

func startTip(obj fyne.CanvasObject, text string, old *time.Timer) *time.Timer {
	stopTip(old)
	if text == "" {
		return nil
	}
	return time.AfterFunc(tipDelay, func() {
		fyne.Do(func() {
			if l := tipLayer(obj); l != nil && !gone(obj) && !covered(obj) {
				l.ShowFor(obj, text)
			}
		})
	})
}

// gone says that obj is not to be seen any more; it may have been hidden by what
// a click on it did.
func gone(obj fyne.CanvasObject) bool {
	return !obj.Visible() || fyne.CurrentApp().Driver().AbsolutePositionForObject(obj).IsZero() // of what is in hidden objects
}

// covered says that a menu or a dialog has opened over obj's window: a tip would
// stick out from under it.
func covered(obj fyne.CanvasObject) bool {
	c := fyne.CurrentApp().Driver().CanvasForObject(obj)
	return c != nil && c.Overlays().Top() != nil
}

func stopTip(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}

func hideTip(obj fyne.CanvasObject) {
	if l := tipLayer(obj); l != nil {
		l.HideFor(obj)
	}
}

// CreateRenderer implements fyne.Widget.
func (l *TipLayer) CreateRenderer() fyne.WidgetRenderer {
	r := &tipRenderer{l: l, box: canvas.NewRectangle(nil)}
	r.box.CornerRadius = 6
	r.Refresh()
	return r
}

type tipRenderer struct {
	l     *TipLayer
	box   *canvas.Rectangle
	lines []*canvas.Text
}

func (r *tipRenderer) Destroy()           {}
func (r *tipRenderer) MinSize() fyne.Size { return fyne.Size{} }

func (r *tipRenderer) Objects() []fyne.CanvasObject {
	if r.l.text == "" {
		return nil
	}
	objs := []fyne.CanvasObject{r.box}
	for _, t := range r.lines {
		objs = append(objs, t)
	}
	return objs
}

func (r *tipRenderer) Refresh() {
	r.box.FillColor = paint(ColorTip)
	r.box.Shadow = canvas.Shadow{Color: paint(theme.ColorNameShadow), BlurRadius: 8, Offset: fyne.NewPos(0, 2)}
	r.lines = r.lines[:0]
	for _, s := range Wrap(r.l.text, tipWidth, size(theme.SizeNameCaptionText), fyne.TextStyle{}) {
		t := canvas.NewText(s, paint(ColorTipText))
		t.TextSize = size(theme.SizeNameCaptionText)
		r.lines = append(r.lines, t)
	}
	r.Layout(r.l.Size())
	canvas.Refresh(r.l)
}

// Layout puts the tip under its owner, or above where there is no room, and
// always inside the window.
func (r *tipRenderer) Layout(win fyne.Size) {
	if len(r.lines) == 0 || r.l.owner == nil {
		return
	}
	const padX, padY = 9, 6
	var w float32
	h := r.lines[0].MinSize().Height
	for _, t := range r.lines {
		w = max(w, t.MinSize().Width)
	}
	box := fyne.NewSize(w+2*padX, h*float32(len(r.lines))+2*padY)
	own := r.l.owner.Size()
	x := min(max(r.l.at.X+own.Width/2-box.Width/2, 6), win.Width-box.Width-6)
	y := r.l.at.Y + own.Height + 6
	if y+box.Height > win.Height-4 {
		y = r.l.at.Y - box.Height - 6
	}
	r.box.Move(fyne.NewPos(x, y))
	r.box.Resize(box)
	for i, t := range r.lines {
		t.Move(fyne.NewPos(x+padX, y+padY+h*float32(i)))
		t.Resize(fyne.NewSize(w, h))
	}
}
