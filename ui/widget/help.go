package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// Help is a small sign beside a label that explains it under the pointer, or
// at a click for who has no pointer to rest.
type Help struct{ press }

// NewHelp returns a sign that shows text.
func NewHelp(text string) *Help {
	h := &Help{}
	h.tip = text
	h.onPress = func() {
		if l := tipLayer(h); l != nil {
			l.ShowFor(h, text)
		}
	}
	h.init(h)
	return h
}

// Cursor implements desktop.Cursorable.
func (h *Help) Cursor() desktop.Cursor { return desktop.DefaultCursor }

// CreateRenderer implements fyne.Widget.
func (h *Help) CreateRenderer() fyne.WidgetRenderer {
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
