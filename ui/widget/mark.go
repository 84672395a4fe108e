package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Badge is a word on a tinted ground.
type Badge struct {
	widget.BaseWidget
	text  string
	color fyne.ThemeColorName
}

// NewBadge returns a badge in the given colour.
func NewBadge(text string, c fyne.ThemeColorName) *Badge {
	b := &Badge{text: text, color: c}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows other words in another colour; without words the badge is gone.
func (b *Badge) Set(text string, c fyne.ThemeColorName) {
	if b.text != text || b.color != c {
		b.text, b.color = text, c
		b.Refresh()
	}
}

// Text returns the badge's words.
func (b *Badge) Text() string { return b.text }

// CreateRenderer implements fyne.Widget.
func (b *Badge) CreateRenderer() fyne.WidgetRenderer {
	r := &badgeRenderer{b: b, ground: canvas.NewRectangle(nil), word: canvas.NewText("", nil)}
	r.Refresh()
	return r
}

type badgeRenderer struct {
	b      *Badge
	ground *canvas.Rectangle
	word   *canvas.Text
}

func (r *badgeRenderer) Destroy() {}

func (r *badgeRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.word}
}

func (r *badgeRenderer) MinSize() fyne.Size {
	if r.b.text == "" {
		return fyne.Size{}
	}
	return r.word.MinSize().AddWidthHeight(12, 3)
}

func (r *badgeRenderer) Layout(s fyne.Size) {
	m := r.MinSize()
	r.ground.Move(fyne.NewPos(0, (s.Height-m.Height)/2))
	r.ground.Resize(m)
	r.word.Move(fyne.NewPos(6, (s.Height-m.Height)/2+1.5))
	r.word.Resize(r.word.MinSize())
}

func (r *badgeRenderer) Refresh() {
	c := paint(r.b.color)
	r.ground.FillColor, r.ground.CornerRadius = faded(c, 0.14), 4
	r.ground.Hidden = r.b.text == ""
	r.word.Text, r.word.Color = r.b.text, c
	r.word.TextSize = size(theme.SizeNameCaptionText) - 0.5
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

// Bar is a thin line of progress.
type Bar struct {
	widget.BaseWidget
	part  float64
	Color fyne.ThemeColorName
}

// NewBar returns an empty bar.
func NewBar() *Bar {
	b := &Bar{Color: theme.ColorNamePrimary}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows a part of 0..1 in the given colour.
func (b *Bar) Set(part float64, c fyne.ThemeColorName) {
	part = min(max(part, 0), 1)
	if part != b.part || c != b.Color {
		b.part, b.Color = part, c
		b.Refresh()
	}
}

// Part is the part shown.
func (b *Bar) Part() float64 { return b.part }

// CreateRenderer implements fyne.Widget.
func (b *Bar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{b: b, groove: canvas.NewRectangle(nil), filled: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type barRenderer struct {
	b      *Bar
	groove *canvas.Rectangle
	filled *canvas.Rectangle
}

func (r *barRenderer) Destroy()           {}
func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(20, 4) }

func (r *barRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.groove, r.filled}
}

func (r *barRenderer) Layout(s fyne.Size) {
	y := (s.Height - 4) / 2
	r.groove.Move(fyne.NewPos(0, y))
	r.groove.Resize(fyne.NewSize(s.Width, 4))
	w := s.Width * float32(r.b.part)
	if r.b.part > 0 {
		w = max(w, 4)
	}
	r.filled.Move(fyne.NewPos(0, y))
	r.filled.Resize(fyne.NewSize(w, 4))
}

func (r *barRenderer) Refresh() {
	r.groove.FillColor, r.groove.CornerRadius = paint(ColorTrack), 2
	r.filled.FillColor, r.filled.CornerRadius = paint(r.b.Color), 2
	r.filled.Hidden = r.b.part <= 0
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

// Glyph is an icon as an object of its own.
type Glyph struct {
	widget.BaseWidget
	icon  Icon
	color fyne.ThemeColorName
	side  float32
}

// NewGlyph returns an icon of the given side in a named colour.
func NewGlyph(i Icon, c fyne.ThemeColorName, side float32) *Glyph {
	g := &Glyph{icon: i, color: c, side: side}
	g.ExtendBaseWidget(g)
	return g
}

// Set shows another icon or colour.
func (g *Glyph) Set(i Icon, c fyne.ThemeColorName) {
	if i != g.icon || c != g.color {
		g.icon, g.color = i, c
		g.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (g *Glyph) CreateRenderer() fyne.WidgetRenderer {
	r := &glyphRenderer{g: g, glyph: newGlyph()}
	r.Refresh()
	return r
}

type glyphRenderer struct {
	g     *Glyph
	glyph *glyph
}

func (r *glyphRenderer) Destroy()                     {}
func (r *glyphRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(r.g.side) }
func (r *glyphRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.glyph.image} }
func (r *glyphRenderer) Refresh()                     { r.glyph.set(r.g.icon, r.g.color) }

func (r *glyphRenderer) Layout(s fyne.Size) {
	r.glyph.image.Move(fyne.NewPos((s.Width-r.g.side)/2, (s.Height-r.g.side)/2))
	r.glyph.image.Resize(fyne.NewSquareSize(r.g.side))
}
