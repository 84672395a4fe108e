package view

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// newEmptyState is what fills the window before anything was dropped: it says
// what to do and offers the one button that does it.
type emptyState struct {
	w     *Window
	root  fyne.CanvasObject
	offer *fyne.Container // of a better model than the shipped one
	text  *own.Text
	load  *own.Button
	name  string
}

func newEmptyState(win *Window) *emptyState {
	w := win.app.Words()
	e := &emptyState{w: win, text: own.NewCaption("")}
	e.load = own.NewButton("", own.IconDownload, own.Plain, func() { win.app.Models.Load(e.name, false) })
	e.load.Small = true
	e.text.Align = fyne.TextAlignCenter
	e.offer = container.New(own.Column(8), e.text, container.NewCenter(e.load))
	e.offer.Hide()
	title := own.NewText(w.T("empty.title"))
	title.Scale, title.Style, title.Align = theme.SizeNameHeadingText, fyne.TextStyle{Bold: true}, fyne.TextAlignCenter
	text := own.NewText(w.T("empty.text"))
	text.Color, text.Align = own.ColorSecondary, fyne.TextAlignCenter
	formats := own.NewCaption(w.T("empty.formats"))
	formats.Align = fyne.TextAlignCenter
	button := own.NewButton(w.T("empty.button"), own.IconAdd, own.Primary, win.chooseFiles)
	middle := container.New(own.Column(0),
		container.NewCenter(own.NewGlyph(own.IconDrop, theme.ColorNamePrimary, 52)),
		gap(14), title, gap(6), text, gap(20),
		container.NewCenter(button), gap(16), formats,
	)
	e.root = container.New(own.Inset(20, 20, 20, 20), newDashes(), container.NewCenter(middle),
		own.NewEdges(nil, container.New(own.Inset(0, 0, 0, 24), e.offer), nil, nil, gap(1)))
	return e
}

// update offers the recommended model while there is none as good.
func (e *emptyState) update(s viewmodel.ModelsState) {
	words := e.w.app.Words()
	e.offer.Hide()
	for i := range s.Rows {
		r := &s.Rows[i]
		if !r.Recommended {
			continue
		}
		e.name = r.Name
		e.load.SetText(words.T("empty.load", "name", r.Title, "size", r.Size))
		e.load.Hidden = !r.CanLoad
		e.text.SetText(words.T("empty.better"))
		if r.Loading || r.Problem != nil {
			e.text.SetText(r.Title + ": " + r.Detail)
		}
		if r.Problem != nil {
			e.text.SetText(r.Title + ": " + r.Detail + ". " + r.Problem.Next)
		}
		e.offer.Show()
	}
	e.root.Refresh()
}

// gap is an empty space of a height.
func gap(h float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, h))
	return r
}

// dashes is a rounded frame of broken lines: things may be dropped here.
type dashes struct{ widget.BaseWidget }

func newDashes() *dashes {
	d := &dashes{}
	d.ExtendBaseWidget(d)
	return d
}

func (d *dashes) CreateRenderer() fyne.WidgetRenderer {
	r := &dashesRenderer{d: d, plate: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type dashesRenderer struct {
	d     *dashes
	plate *canvas.Rectangle
	lines []fyne.CanvasObject
}

const (
	dashOn     = 9
	dashOff    = 8
	dashCorner = 14
)

func (r *dashesRenderer) Destroy()           {}
func (r *dashesRenderer) MinSize() fyne.Size { return fyne.NewSize(100, 100) }

func (r *dashesRenderer) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{r.plate}, r.lines...)
}

func (r *dashesRenderer) Refresh() {
	r.plate.FillColor, r.plate.CornerRadius = theme.Color(own.ColorSurface), dashCorner
	r.Layout(r.d.Size())
	canvas.Refresh(r.d)
}

func (r *dashesRenderer) Layout(s fyne.Size) {
	r.plate.Resize(s)
	r.lines = r.lines[:0]
	ink := theme.Color(theme.ColorNameInputBorder)
	dash := func(x, y, w, h float32) {
		l := canvas.NewRectangle(ink)
		l.CornerRadius = 1
		l.Move(fyne.NewPos(x, y))
		l.Resize(fyne.NewSize(w, h))
		r.lines = append(r.lines, l)
	}
	const thick = 2
	for x := float32(dashCorner); x < s.Width-dashCorner; x += dashOn + dashOff {
		w := min(dashOn, s.Width-dashCorner-x)
		dash(x, 0, w, thick)
		dash(x, s.Height-thick, w, thick)
	}
	for y := float32(dashCorner); y < s.Height-dashCorner; y += dashOn + dashOff {
		h := min(dashOn, s.Height-dashCorner-y)
		dash(0, y, thick, h)
		dash(s.Width-thick, y, thick, h)
	}
	const d = 2 * dashCorner
	for i, at := range []fyne.Position{{X: 0, Y: 0}, {X: s.Width - d, Y: 0}, {X: s.Width - d, Y: s.Height - d}, {X: 0, Y: s.Height - d}} {
		a := canvas.NewArc(float32(-90+90*i), float32(90*i), 1-thick/float32(dashCorner), ink)
		a.Move(at)
		a.Resize(fyne.NewSquareSize(d))
		r.lines = append(r.lines, a)
	}
}
