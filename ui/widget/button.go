package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
)

// Kind is the weight of a Button.
type Kind uint8

// The kinds of buttons.
const (
	Plain   Kind = iota // a grey ground
	Primary             // the one thing to do next
	Quiet               // no ground until the pointer is over it
	Danger              // red letters: takes something away
)

// Button is a button with text, an icon, or both.
type Button struct {
	press
	text string
	icon Icon
	Kind Kind
	// Tint colours the icon of a Quiet button; empty is the secondary colour.
	Tint fyne.ThemeColorName
	// Small buttons are as high as a line of text and a little more.
	Small bool
	// Tall is for the one button that matters most.
	Tall bool
}

// NewButton returns a button that calls onPress.
func NewButton(text string, icon Icon, kind Kind, onPress func()) *Button {
	b := &Button{text: text, icon: icon, Kind: kind}
	b.onPress = onPress
	b.init(b)
	return b
}

// NewIconButton returns a quiet button without text; tip says what it does.
func NewIconButton(icon Icon, tip string, onPress func()) *Button {
	b := NewButton("", icon, Quiet, onPress)
	b.tip = tip
	return b
}

// Text returns the button's words.
func (b *Button) Text() string { return b.text }

// SetText changes the words.
func (b *Button) SetText(s string) {
	if s != b.text {
		b.text = s
		b.Refresh()
	}
}

// SetIcon changes the drawing.
func (b *Button) SetIcon(i Icon) {
	if i != b.icon {
		b.icon = i
		b.Refresh()
	}
}

// SetOnPress changes what the button does.
func (b *Button) SetOnPress(f func()) { b.onPress = f }

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{
		b: b, ground: canvas.NewRectangle(nil), ring: newRing(),
		label: canvas.NewText("", nil), glyph: newGlyph(),
	}
	r.Refresh()
	return r
}

type buttonRenderer struct {
	b      *Button
	ground *canvas.Rectangle
	ring   *canvas.Rectangle
	label  *canvas.Text
	glyph  *glyph
}

func (r *buttonRenderer) Destroy() {}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.glyph.image, r.label, r.ring}
}

func (r *buttonRenderer) height() float32 {
	switch {
	case r.b.Small:
		return size(SizeControl) - 6
	case r.b.Tall:
		return size(SizeControl) + 8
	}
	return size(SizeControl)
}

func (r *buttonRenderer) MinSize() fyne.Size {
	h := r.height()
	if r.b.text == "" {
		return fyne.NewSize(h, h)
	}
	w := r.label.MinSize().Width + 24
	if r.b.Small {
		w -= 6
	}
	if r.b.icon != "" {
		w += size(theme.SizeNameInlineIcon) + 6
	}
	return fyne.NewSize(w, h)
}

func (r *buttonRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	layRing(r.ring, fyne.Position{}, s)
	side := size(theme.SizeNameInlineIcon)
	text := r.label.MinSize()
	if r.b.text == "" {
		text.Width = 0
	}
	whole := text.Width
	if r.b.icon != "" {
		whole += side
		if text.Width > 0 {
			whole += 6
		}
	}
	x := (s.Width - whole) / 2
	if r.b.icon != "" {
		r.glyph.image.Move(fyne.NewPos(x, (s.Height-side)/2))
		r.glyph.image.Resize(fyne.NewSquareSize(side))
		x += side + 6
	}
	r.label.Move(fyne.NewPos(x, (s.Height-text.Height)/2))
	r.label.Resize(text)
}

// colours gives the ground and the ink of the button in its present state.
func (r *buttonRenderer) colours() (ground, ink fyne.ThemeColorName) {
	switch {
	case r.b.Kind == Primary && r.b.disabled:
		return theme.ColorNameDisabledButton, theme.ColorNameDisabled
	case r.b.Kind == Primary:
		return theme.ColorNamePrimary, theme.ColorNameForegroundOnPrimary
	case r.b.disabled:
		ground, ink = theme.ColorNameDisabledButton, theme.ColorNameDisabled
	case r.b.Kind == Danger:
		ground, ink = theme.ColorNameButton, theme.ColorNameError
	default:
		ground, ink = theme.ColorNameButton, theme.ColorNameForeground
	}
	if r.b.Kind == Quiet {
		ground = ""
		if !r.b.disabled && r.b.text == "" {
			ink = ColorSecondary
			if r.b.Tint != "" {
				ink = r.b.Tint
			} else if r.b.hovered {
				ink = theme.ColorNameForeground
			}
		}
	}
	return ground, ink
}

func (r *buttonRenderer) Refresh() {
	ground, ink := r.colours()
	r.ground.FillColor = color.Transparent
	r.ground.CornerRadius = size(theme.SizeNameButtonRadius)
	if ground != "" {
		r.ground.FillColor = paint(ground)
	}
	if r.b.hovered && !r.b.disabled {
		if ground == "" {
			r.ground.FillColor = paint(theme.ColorNameHover)
		} else {
			r.ground.FillColor = over(paint(ground), paint(theme.ColorNamePressed))
		}
	}
	r.label.Text = r.b.text
	r.label.Color = paint(ink)
	r.label.TextSize = size(theme.SizeNameText)
	if r.b.Small {
		r.label.TextSize = size(theme.SizeNameCaptionText) + 0.5
	}
	r.label.TextStyle = fyne.TextStyle{Bold: r.b.Kind == Primary}
	if r.b.icon != "" {
		r.glyph.set(r.b.icon, ink)
	}
	r.glyph.image.Hidden = r.b.icon == ""
	showRing(r.ring, r.b.focused)
	r.Layout(r.b.Size())
	r.ground.Refresh()
	r.label.Refresh()
	canvas.Refresh(r.b)
}
