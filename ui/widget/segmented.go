package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// Segmented is a row of choices of which one holds.
type Segmented struct {
	press
	labels    []string
	tips      []string
	chosen    int
	over      int
	OnChanged func(index int)
}

// NewSegmented returns a control with the given labels, the first chosen.
func NewSegmented(labels []string, onChanged func(int)) *Segmented {
	s := &Segmented{labels: labels, OnChanged: onChanged, over: -1}
	s.init(s)
	return s
}

// SetTips gives each segment its tool tip.
func (s *Segmented) SetTips(tips ...string) { s.tips = tips }

// Chosen is the index of the segment that holds.
func (s *Segmented) Chosen() int { return s.chosen }

// SetChosen marks a segment without calling OnChanged.
func (s *Segmented) SetChosen(i int) {
	if i != s.chosen && i >= 0 && i < len(s.labels) {
		s.chosen = i
		s.Refresh()
	}
}

func (s *Segmented) choose(i int) {
	if s.disabled || i == s.chosen || i < 0 || i >= len(s.labels) {
		return
	}
	s.SetChosen(i)
	if s.OnChanged != nil {
		s.OnChanged(i)
	}
}

// widths shares the width among the segments by the length of their words.
func (s *Segmented) widths(total float32) []float32 {
	w := make([]float32, len(s.labels))
	var sum float32
	for i, l := range s.labels {
		w[i] = fyne.MeasureText(l, s.textSize(), fyne.TextStyle{}).Width + 20
		sum += w[i]
	}
	extra := (total - 2*segInset - sum) / float32(max(1, len(w)))
	for i := range w {
		w[i] = max(0, w[i]+extra)
	}
	return w
}

const segInset = 2

func (s *Segmented) textSize() float32 { return size(theme.SizeNameText) - 0.5 }

func (s *Segmented) at(x float32) int {
	x -= segInset
	for i, w := range s.widths(s.Size().Width) {
		if x < w {
			return i
		}
		x -= w
	}
	return len(s.labels) - 1
}

// Tapped implements fyne.Tappable.
func (s *Segmented) Tapped(e *fyne.PointEvent) { s.choose(s.at(e.Position.X)) }

// MouseMoved implements desktop.Hoverable.
func (s *Segmented) MouseMoved(e *desktop.MouseEvent) {
	i := s.at(e.Position.X)
	if i == s.over {
		return
	}
	s.over = i
	hideTip(s)
	if i < len(s.tips) {
		s.tipTimer = startTip(s, s.tips[i], s.tipTimer)
	}
	s.Refresh()
}

// MouseOut implements desktop.Hoverable.
func (s *Segmented) MouseOut() {
	s.over = -1
	s.press.MouseOut()
}

// TypedKey implements fyne.Focusable.
func (s *Segmented) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		s.choose(s.chosen - 1)
	case fyne.KeyRight:
		s.choose(s.chosen + 1)
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter: // the next, and from the last the first
		if len(s.labels) > 0 {
			s.choose((s.chosen + 1) % len(s.labels))
		}
	default:
		s.press.TypedKey(e)
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Segmented) CreateRenderer() fyne.WidgetRenderer {
	r := &segmentedRenderer{s: s, ground: canvas.NewRectangle(nil), mark: canvas.NewRectangle(nil), ring: newRing()}
	for range s.labels {
		r.words = append(r.words, canvas.NewText("", nil))
	}
	r.Refresh()
	return r
}

type segmentedRenderer struct {
	s      *Segmented
	ground *canvas.Rectangle
	mark   *canvas.Rectangle
	ring   *canvas.Rectangle
	words  []*canvas.Text
}

func (r *segmentedRenderer) Destroy() {}

func (r *segmentedRenderer) Objects() []fyne.CanvasObject {
	objs := []fyne.CanvasObject{r.ground, r.mark}
	for _, w := range r.words {
		objs = append(objs, w)
	}
	return append(objs, r.ring)
}

func (r *segmentedRenderer) MinSize() fyne.Size {
	w := float32(2 * segInset)
	for _, l := range r.s.labels {
		w += fyne.MeasureText(l, r.s.textSize(), fyne.TextStyle{}).Width + 20
	}
	return fyne.NewSize(w, size(SizeControl))
}

func (r *segmentedRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	layRing(r.ring, fyne.Position{}, s)
	x := float32(segInset)
	for i, w := range r.s.widths(s.Width) {
		if i == r.s.chosen {
			r.mark.Move(fyne.NewPos(x, segInset))
			r.mark.Resize(fyne.NewSize(w, s.Height-2*segInset))
		}
		h := r.words[i].MinSize().Height
		r.words[i].Move(fyne.NewPos(x, (s.Height-h)/2))
		r.words[i].Resize(fyne.NewSize(w, h))
		x += w
	}
}

func (r *segmentedRenderer) Refresh() {
	radius := size(theme.SizeNameInputRadius)
	r.ground.FillColor = paint(theme.ColorNameButton)
	r.ground.CornerRadius = radius + 1
	r.mark.FillColor = paint(ColorRaised)
	r.mark.CornerRadius = radius - 1
	r.mark.Shadow = canvas.Shadow{Color: faded(paint(theme.ColorNameShadow), 0.8), BlurRadius: 2, Offset: fyne.NewPos(0, 1)}
	for i, w := range r.words {
		w.Text = r.s.labels[i]
		w.TextSize = r.s.textSize()
		w.Alignment = fyne.TextAlignCenter
		switch {
		case r.s.disabled:
			w.Color = paint(theme.ColorNameDisabled)
		case i == r.s.chosen || i == r.s.over:
			w.Color = paint(theme.ColorNameForeground)
		default:
			w.Color = paint(ColorSecondary)
		}
	}
	showRing(r.ring, r.s.focused)
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}
