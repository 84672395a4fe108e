package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// Help explains something under the pointer, or at a click for who has no
// pointer to rest: a small sign beside a label, or something that speaks for
// itself.
type Help struct {
	press
	about fyne.CanvasObject // nil: the sign
}

// NewHelp returns a sign that shows text.
func NewHelp(text string) *Help { return newHelp(nil, text) }

// NewExplained returns an object that is explained by text.
func NewExplained(about fyne.CanvasObject, text string) *Help { return newHelp(about, text) }

func newHelp(about fyne.CanvasObject, text string) *Help {
	h := &Help{about: about}
	h.tip = text
	h.onPress = func() {
		if l := tipLayer(h); l != nil && h.tip != "" {
			l.ShowFor(h, h.tip)
		}
	}
	h.init(h)
	return h
}

// Cursor implements desktop.Cursorable.
func (h *Help) Cursor() desktop.Cursor { return desktop.DefaultCursor }

// CreateRenderer implements fyne.Widget.
func (h *Help) CreateRenderer() fyne.WidgetRenderer {
	if h.about != nil {
		r := &explainedRenderer{h: h, ring: newRing()}
		r.Refresh()
		return r
	}
	r := &helpRenderer{h: h, glyph: newGlyph()}
	r.Refresh()
	return r
}

type helpRenderer struct {
	h     *Help
	glyph *glyph
}

func (r *helpRenderer) Destroy()                     {}
func (r *helpRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(14) }
func (r *helpRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.glyph.image} }
func (r *helpRenderer) Layout(s fyne.Size)           { r.glyph.image.Resize(s) }

func (r *helpRenderer) Refresh() {
	ink := theme.ColorNameDisabled
	if r.h.hovered || r.h.focused {
		ink = theme.ColorNamePrimary
	}
	r.glyph.set(IconInfo, ink)
}

type explainedRenderer struct {
	h    *Help
	ring *canvas.Rectangle
}

func (r *explainedRenderer) Destroy()           {}
func (r *explainedRenderer) MinSize() fyne.Size { return r.h.about.MinSize() }

func (r *explainedRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.h.about, r.ring}
}

func (r *explainedRenderer) Layout(s fyne.Size) {
	r.h.about.Resize(s)
	layRing(r.ring, fyne.NewPos(-2, -1), s.AddWidthHeight(4, 2))
}

func (r *explainedRenderer) Refresh() {
	showRing(r.ring, r.h.focused)
	r.Layout(r.h.Size())
	canvas.Refresh(r.h)
}
