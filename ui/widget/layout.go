package widget

import "fyne.io/fyne/v2"

// inset lays one object inside margins: left, top, right, bottom.
type inset [4]float32

func (m inset) MinSize(objs []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objs {
		if o.Visible() {
			s = s.Max(o.MinSize())
		}
	}
	return s.AddWidthHeight(m[0]+m[2], m[1]+m[3])
}

func (m inset) Layout(objs []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objs {
		o.Move(fyne.NewPos(m[0], m[1]))
		o.Resize(fyne.NewSize(max(s.Width-m[0]-m[2], 0), max(s.Height-m[1]-m[3], 0)))
	}
}

// Inset is a layout with margins around its content.
func Inset(left, top, right, bottom float32) fyne.Layout { return inset{left, top, right, bottom} }

// column stacks objects at full width.
type column struct{ gap float32 }

func (c *column) MinSize(objs []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	n := 0
	for _, o := range objs {
		if o.Visible() {
			m := o.MinSize()
			s = fyne.NewSize(max(s.Width, m.Width), s.Height+m.Height)
			n++
		}
	}
	return s.AddWidthHeight(0, c.gap*float32(max(n-1, 0)))
}

func (c *column) Layout(objs []fyne.CanvasObject, s fyne.Size) {
	var y float32
	for _, o := range objs {
		if !o.Visible() {
			continue
		}
		h := o.MinSize().Height
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(s.Width, h))
		// a wrapped text knows its height only now
		if again := o.MinSize().Height; again != h {
			h = again
			o.Resize(fyne.NewSize(s.Width, h))
		}
		y += h + c.gap
	}
}

// Column is a layout of objects one under the other with gaps.
func Column(gap float32) fyne.Layout { return &column{gap} }

// line lays objects side by side, each centred in height; those named in grow
// share the width that is left.
type line struct {
	gap  float32
	grow []int
}

func (l *line) grows(i int) bool {
	for _, g := range l.grow {
		if g == i {
			return true
		}
	}
	return false
}

func (l *line) MinSize(objs []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	n := 0
	for _, o := range objs {
		if o.Visible() {
			m := o.MinSize()
			s = fyne.NewSize(s.Width+m.Width, max(s.Height, m.Height))
			n++
		}
	}
	return s.AddWidthHeight(l.gap*float32(max(n-1, 0)), 0)
}

func (l *line) Layout(objs []fyne.CanvasObject, s fyne.Size) {
	spare := s.Width - l.MinSize(objs).Width
	growing := 0
	for i, o := range objs {
		if o.Visible() && l.grows(i) {
			growing++
		}
	}
	var x float32
	for i, o := range objs {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if growing > 0 && l.grows(i) {
			m.Width = max(m.Width+spare/float32(growing), 0)
		}
		o.Move(fyne.NewPos(x, (s.Height-m.Height)/2))
		o.Resize(m)
		x += m.Width + l.gap
	}
}

// Line is a layout of objects side by side with gaps; the objects at the
// indexes grow share what width is left.
func Line(gap float32, grow ...int) fyne.Layout { return &line{gap, grow} }

// either shows its first object where it fits and the second where not.
type either struct{}

func (either) MinSize(objs []fyne.CanvasObject) fyne.Size {
	if len(objs) != 2 {
		return fyne.Size{}
	}
	a, b := objs[0].MinSize(), objs[1].MinSize()
	return fyne.NewSize(min(a.Width, b.Width), max(a.Height, b.Height))
}

func (either) Layout(objs []fyne.CanvasObject, s fyne.Size) {
	if len(objs) != 2 {
		return
	}
	wide := objs[0].MinSize()
	fits := wide.Width <= s.Width
	show, hide := objs[0], objs[1]
	if !fits {
		show, hide = hide, show
	}
	hide.Hide()
	show.Show()
	m := show.MinSize()
	w := m.Width
	if !fits {
		w = s.Width
	}
	show.Move(fyne.NewPos((s.Width-w)/2, (s.Height-m.Height)/2))
	show.Resize(fyne.NewSize(w, m.Height))
}

// Either is a layout of two objects of which it shows the first where there is
// room for it, centred, and else the second.
func Either() fyne.Layout { return either{} }

// edges lays up to four objects along the edges, without gaps, and the last in
// the room that is left. Missing ones are nil.
type edges struct{ top, bottom, left, right fyne.CanvasObject }

func (e *edges) sizes() (top, bottom, left, right fyne.Size) {
	least := func(o fyne.CanvasObject) fyne.Size {
		if o == nil || !o.Visible() {
			return fyne.Size{}
		}
		return o.MinSize()
	}
	return least(e.top), least(e.bottom), least(e.left), least(e.right)
}

func (e *edges) MinSize(objs []fyne.CanvasObject) fyne.Size {
	t, b, l, r := e.sizes()
	var c fyne.Size
	if n := len(objs); n > 0 {
		c = objs[n-1].MinSize()
	}
	w := max(t.Width, b.Width, l.Width+c.Width+r.Width)
	return fyne.NewSize(w, t.Height+max(l.Height, c.Height, r.Height)+b.Height)
}

func (e *edges) Layout(objs []fyne.CanvasObject, s fyne.Size) {
	// What stands at the top and the bottom may hold text that wraps, and knows
	// its height only once it has its width.
	for _, o := range []fyne.CanvasObject{e.top, e.bottom} {
		if o != nil && o.Visible() {
			o.Resize(fyne.NewSize(s.Width, o.MinSize().Height))
		}
	}
	t, b, l, r := e.sizes()
	place := func(o fyne.CanvasObject, x, y, w, h float32) {
		if o != nil && o.Visible() {
			o.Move(fyne.NewPos(x, y))
			o.Resize(fyne.NewSize(max(w, 0), max(h, 0)))
		}
	}
	mid := s.Height - t.Height - b.Height
	place(e.top, 0, 0, s.Width, t.Height)
	place(e.bottom, 0, s.Height-b.Height, s.Width, b.Height)
	place(e.left, 0, t.Height, l.Width, mid)
	place(e.right, s.Width-r.Width, t.Height, r.Width, mid)
	if n := len(objs); n > 0 {
		place(objs[n-1], l.Width, t.Height, s.Width-l.Width-r.Width, mid)
	}
}

// NewEdges is Fyne's border container without its gaps.
func NewEdges(top, bottom, left, right, middle fyne.CanvasObject) *fyne.Container {
	c := &fyne.Container{Layout: &edges{top, bottom, left, right}}
	for _, o := range []fyne.CanvasObject{top, bottom, left, right, middle} {
		if o != nil {
			c.Objects = append(c.Objects, o)
		}
	}
	return c
}
