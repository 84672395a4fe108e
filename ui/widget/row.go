package widget

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// Action is something to be done with a row, drawn as an icon at its end.
type Action struct {
	Icon Icon
	Tip  string
	Do   func()
}

// RowData is what a Row shows.
type RowData struct {
	Name, Detail string
	DetailColor  fyne.ThemeColorName
	Wrap         bool // Detail may take two lines: why a file failed
	Thumb        *image.RGBA
	Kind         Icon // shown while there is no Thumb
	Mark         Icon // state, at the end of the row; "" for none
	MarkColor    fyne.ThemeColorName
	Bar          bool
	Part         float64
	BarColor     fyne.ThemeColorName
	Selected     bool
	Tip          string   // the whole of what the row has no room for
	Actions      []Action // shown in place of Mark under the pointer
}

// Row is a line of the file list: a picture, a name, what is the matter with
// it, and what can be done. It finds out itself which part was clicked, since
// buttons inside it would take the pointer away from it.
type Row struct {
	press
	data     RowData
	overAct  int     // index of the action under the pointer, -1 for none
	pulled   float32 // how far a drag has gone since the row last moved
	grabbed  bool
	OnSelect func()
	OnMenu   func(at fyne.Position) // absolute
	OnGrab   func()                 // a drag begins
	OnMove   func(places int)       // the drag has gone that many rows down
}

const (
	rowHeight  = 60
	rowThumbW  = 56
	rowThumbH  = 42
	rowAction  = 24
	rowPadding = 8
	rowGutter  = 8 // at the right of every row, where the list's scroll bar is
)

// NewRow returns an empty row.
func NewRow() *Row {
	r := &Row{overAct: -1}
	r.init(r)
	return r
}

// Disabled implements fyne.Disableable: the focus passes rows by and stays on
// their list, which has the keys.
func (r *Row) Disabled() bool { return true }

// Set shows other data.
func (r *Row) Set(d RowData) {
	r.data = d
	if r.overAct >= len(d.Actions) {
		r.overAct = -1
	}
	r.Refresh()
}

// Data is what the row shows.
func (r *Row) Data() RowData { return r.data }

func (r *Row) showsActions() bool { return r.hovered && len(r.data.Actions) > 0 }

// actionAt is the index of the action under a point, -1 for none.
func (r *Row) actionAt(p fyne.Position) int {
	if !r.showsActions() {
		return -1
	}
	n := len(r.data.Actions)
	left := r.Size().Width - rowGutter - rowPadding - float32(n)*rowAction
	i := int((p.X - left) / rowAction)
	if p.X < left || i >= n || p.Y < 4 || p.Y > rowHeight-4 {
		return -1
	}
	return i
}

// Tapped implements fyne.Tappable.
func (r *Row) Tapped(e *fyne.PointEvent) {
	hideTip(r)
	if i := r.actionAt(e.Position); i >= 0 {
		r.data.Actions[i].Do()
		return
	}
	if r.OnSelect != nil {
		r.OnSelect()
	}
}

// Dragged implements fyne.Draggable: the row is pulled up or down the list.
func (r *Row) Dragged(e *fyne.DragEvent) {
	if !r.grabbed {
		r.grabbed = true
		hideTip(r)
		if r.OnGrab != nil {
			r.OnGrab()
		}
	}
	r.pulled += e.Dragged.DY
	pitch := rowHeight + size(theme.SizeNamePadding)
	if places := int(r.pulled / pitch * 1.5); places != 0 && r.OnMove != nil {
		r.pulled -= float32(places) * pitch
		r.OnMove(places)
	}
}

// DragEnd implements fyne.Draggable.
func (r *Row) DragEnd() { r.grabbed, r.pulled = false, 0 }

// TappedSecondary implements fyne.SecondaryTappable.
func (r *Row) TappedSecondary(e *fyne.PointEvent) {
	stopTip(r.tipTimer)
	hideTip(r)
	if r.OnMenu != nil {
		r.OnMenu(e.AbsolutePosition)
	}
}

// MouseMoved implements desktop.Hoverable.
func (r *Row) MouseMoved(e *desktop.MouseEvent) {
	i := r.actionAt(e.Position)
	if i == r.overAct {
		return
	}
	r.overAct = i
	hideTip(r)
	r.restTip()
	r.Refresh()
}

// restTip has the tip of what is under the pointer shown if it rests there.
func (r *Row) restTip() {
	text := r.data.Tip
	if r.overAct >= 0 {
		text = r.data.Actions[r.overAct].Tip
	}
	r.tipTimer = startTip(r, text, r.tipTimer)
}

// MouseIn implements desktop.Hoverable.
func (r *Row) MouseIn(e *desktop.MouseEvent) {
	r.hovered = true
	r.restTip()
	r.MouseMoved(e)
	r.Refresh()
}

// MouseOut implements desktop.Hoverable.
func (r *Row) MouseOut() {
	r.overAct = -1
	r.press.MouseOut()
}

// CreateRenderer implements fyne.Widget.
func (r *Row) CreateRenderer() fyne.WidgetRenderer {
	x := &rowRenderer{
		r: r, ground: canvas.NewRectangle(nil), frame: canvas.NewRectangle(nil),
		thumb: &canvas.Image{FillMode: canvas.ImageFillCover, ScaleMode: canvas.ImageScaleSmooth},
		kind:  newGlyph(), name: NewText(""), detail: NewCaption(""),
		why: NewPara(""), bar: NewBar(), mark: newGlyph(), spot: canvas.NewRectangle(nil),
	}
	x.name.Cut, x.detail.Cut = CutMiddle, CutParts
	x.why.Most, x.why.Lead = 2, 0
	x.thumb.CornerRadius = 4
	x.Refresh()
	return x
}

type rowRenderer struct {
	r            *Row
	ground       *canvas.Rectangle
	frame        *canvas.Rectangle
	thumb        *canvas.Image
	kind         *glyph
	name, detail *Text
	why          *Para // in place of detail when it may wrap
	bar          *Bar
	mark         *glyph
	spot         *canvas.Rectangle // behind the action under the pointer
	actions      []*glyph
}

func (x *rowRenderer) Destroy()           {}
func (x *rowRenderer) MinSize() fyne.Size { return fyne.NewSize(150, rowHeight) }

func (x *rowRenderer) Objects() []fyne.CanvasObject {
	objs := []fyne.CanvasObject{x.ground}
	if x.r.data.Thumb != nil {
		objs = append(objs, x.thumb)
	} else {
		objs = append(objs, x.frame, x.kind.image)
	}
	if x.r.data.Wrap {
		objs = append(objs, x.name, x.why)
	} else {
		objs = append(objs, x.name, x.detail)
	}
	if x.r.data.Bar {
		objs = append(objs, x.bar)
	}
	if x.r.showsActions() {
		if x.r.overAct >= 0 {
			objs = append(objs, x.spot)
		}
		for _, a := range x.actions {
			objs = append(objs, a.image)
		}
	} else if x.r.data.Mark != "" {
		objs = append(objs, x.mark.image)
	}
	return objs
}

func (x *rowRenderer) Layout(s fyne.Size) {
	d := &x.r.data
	s.Width -= rowGutter
	x.ground.Resize(s)
	top := (s.Height - rowThumbH) / 2
	x.frame.Move(fyne.NewPos(rowPadding, top))
	x.frame.Resize(fyne.NewSize(rowThumbW, rowThumbH))
	x.thumb.Move(fyne.NewPos(rowPadding, top))
	x.thumb.Resize(fyne.NewSize(rowThumbW, rowThumbH))
	x.kind.image.Move(fyne.NewPos(rowPadding+(rowThumbW-20)/2, top+(rowThumbH-20)/2))
	x.kind.image.Resize(fyne.NewSquareSize(20))

	end := s.Width - rowPadding
	if x.r.showsActions() {
		end -= float32(len(d.Actions))*rowAction + 2
	} else if d.Mark != "" {
		end -= 20
	}
	left := float32(rowPadding + rowThumbW + 10)
	w := max(end-left, 10)
	h1, h2 := x.name.MinSize().Height, x.detail.MinSize().Height
	if d.Wrap {
		x.why.Resize(fyne.NewSize(w, h2*2))
		h2 = x.why.MinSize().Height
	}
	whole := h1 + h2 + 1
	if d.Bar {
		whole += 8
	}
	y := (s.Height - whole) / 2
	x.name.Move(fyne.NewPos(left, y))
	x.name.Resize(fyne.NewSize(w, h1))
	x.detail.Move(fyne.NewPos(left, y+h1+1))
	x.detail.Resize(fyne.NewSize(w, h2))
	x.why.Move(x.detail.Position())
	x.bar.Move(fyne.NewPos(left, y+h1+h2+5))
	x.bar.Resize(fyne.NewSize(w, 4))

	x.mark.image.Move(fyne.NewPos(s.Width-rowPadding-16, (s.Height-16)/2))
	x.mark.image.Resize(fyne.NewSquareSize(16))
	from := s.Width - rowPadding - float32(len(d.Actions))*rowAction
	for i, a := range x.actions {
		at := fyne.NewPos(from+float32(i)*rowAction, (s.Height-rowAction)/2)
		a.image.Move(at.AddXY(4, 4))
		a.image.Resize(fyne.NewSquareSize(16))
		if i == x.r.overAct {
			x.spot.Move(at)
			x.spot.Resize(fyne.NewSquareSize(rowAction))
		}
	}
}

func (x *rowRenderer) Refresh() {
	d := &x.r.data
	x.ground.FillColor, x.ground.CornerRadius = color.Transparent, size(theme.SizeNameSelectionRadius)
	switch {
	case d.Selected:
		x.ground.FillColor = paint(theme.ColorNameSelection)
	case x.r.hovered:
		x.ground.FillColor = paint(theme.ColorNameHover)
	}
	x.frame.FillColor, x.frame.CornerRadius = paint(ColorSunken), 4
	x.spot.FillColor, x.spot.CornerRadius = paint(theme.ColorNamePressed), 5
	if x.thumb.Image != d.Thumb && d.Thumb != nil {
		x.thumb.Image = d.Thumb
		x.thumb.Refresh()
	}
	if d.Kind != "" {
		x.kind.set(d.Kind, ColorSecondary)
	}
	x.name.text, x.name.Color = d.Name, theme.ColorNameForeground
	x.name.Refresh()
	x.detail.text, x.detail.Color = d.Detail, d.DetailColor
	if d.DetailColor == "" {
		x.detail.Color = ColorSecondary
	}
	x.detail.Refresh()
	x.why.text, x.why.Color = d.Detail, x.detail.Color
	x.why.Refresh()
	x.bar.Set(d.Part, d.BarColor)
	if d.Mark != "" {
		x.mark.set(d.Mark, d.MarkColor)
	}
	for len(x.actions) < len(d.Actions) {
		x.actions = append(x.actions, newGlyph())
	}
	x.actions = x.actions[:len(d.Actions)]
	for i, a := range d.Actions {
		ink := ColorSecondary
		if i == x.r.overAct {
			ink = theme.ColorNameForeground
		}
		x.actions[i].set(a.Icon, ink)
	}
	x.Layout(x.r.Size())
	canvas.Refresh(x.r)
}
