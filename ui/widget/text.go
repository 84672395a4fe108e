package widget

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Cut says where a Text that does not fit loses letters.
type Cut uint8

// The places to cut.
const (
	CutNone   Cut = iota // asks for its whole width
	CutEnd               // "Holiday in the mou…"
	CutMiddle            // "IMG_20…0412.jpg": for file names, whose ends differ
	CutParts             // "4032 × 3024 · 3.2 MB": leaves out whole parts at the end
)

// PartRule stands between the parts of a line that CutParts leaves out.
const PartRule = " · "

// Text is one line without the padding of Fyne's Label.
type Text struct {
	widget.BaseWidget
	text  string
	Color fyne.ThemeColorName
	Scale fyne.ThemeSizeName
	Style fyne.TextStyle
	Align fyne.TextAlign
	Cut   Cut
	// Least is the smallest width asked for when the text may be cut.
	Least float32
	// All or nothing: a text, or a part of it with CutParts, that would have to be
	// cut is not shown.
	Whole bool
}

// NewText returns a line in the theme's text size and foreground.
func NewText(text string) *Text {
	t := &Text{text: text, Color: theme.ColorNameForeground, Scale: theme.SizeNameText}
	t.ExtendBaseWidget(t)
	return t
}

// NewCaption returns a small line of secondary weight.
func NewCaption(text string) *Text {
	t := NewText(text)
	t.Color, t.Scale = ColorSecondary, theme.SizeNameCaptionText
	return t
}

// NewHeading returns a line in the size of a sub-heading, bold.
func NewHeading(text string) *Text {
	t := NewText(text)
	t.Scale, t.Style = theme.SizeNameSubHeadingText, fyne.TextStyle{Bold: true}
	return t
}

// Text returns the whole text, cut or not.
func (t *Text) Text() string { return t.text }

// SetText shows another text.
func (t *Text) SetText(s string) {
	if s == t.text {
		return
	}
	t.text = s
	t.Refresh()
}

// SetColor shows the text in another colour.
func (t *Text) SetColor(c fyne.ThemeColorName) {
	if c == t.Color {
		return
	}
	t.Color = c
	t.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{t: t, line: canvas.NewText("", nil)}
	r.Refresh()
	return r
}

type textRenderer struct {
	t    *Text
	line *canvas.Text
	from string  // the text it was cut from
	wide float32 // the width it was cut for
}

func (r *textRenderer) Destroy() {}

func (r *textRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.line} }

func (r *textRenderer) Layout(s fyne.Size) {
	r.cut(s.Width)
	h := r.line.MinSize().Height
	r.line.Resize(fyne.NewSize(s.Width, h))
	r.line.Move(fyne.NewPos(0, (s.Height-h)/2))
}

func (r *textRenderer) MinSize() fyne.Size {
	whole := fyne.MeasureText(r.t.text, size(r.t.Scale), r.t.Style)
	if r.t.Cut != CutNone && whole.Width > r.t.Least {
		whole.Width = r.t.Least
	}
	return whole
}

func (r *textRenderer) Refresh() {
	r.line.Color = paint(r.t.Color)
	r.line.TextSize = size(r.t.Scale)
	r.line.TextStyle = r.t.Style
	r.line.Alignment = r.t.Align
	r.from = "\x00" // measured again: size or style may have changed
	r.Layout(r.t.Size())
	r.line.Refresh()
}

func (r *textRenderer) cut(width float32) {
	if r.from == r.t.text && r.wide == width {
		return
	}
	r.from, r.wide = r.t.text, width
	s := Shorten(r.t.text, r.t.Cut, func(s string) bool {
		return fyne.MeasureText(s, r.line.TextSize, r.line.TextStyle).Width <= width
	})
	if r.t.Whole && s != r.t.text && (r.t.Cut != CutParts || !strings.HasPrefix(r.t.text, s+PartRule)) {
		s = ""
	}
	if s != r.line.Text {
		r.line.Text = s
		r.line.Refresh()
	}
}

// oneLine makes what is no letter harmless: line ends, which would break a row,
// become spaces, and marks that turn the direction of writing, by which
// "gpj.exe" can be made to read as "exe.jpg", are left out.
func oneLine(s string) []rune {
	runes := make([]rune, 0, len(s))
	for _, c := range s {
		switch {
		case c < ' ' || c == 0x7f || c == 0x2028 || c == 0x2029:
			runes = append(runes, ' ')
		case c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069:
		default:
			runes = append(runes, c)
		}
	}
	return runes
}

// Shorten returns the longest form of s that fits, with an ellipsis where
// letters were left out, on one line.
func Shorten(s string, cut Cut, fits func(string) bool) string {
	runes := oneLine(s)
	if cut == CutNone || fits(string(runes)) {
		return string(runes)
	}
	if cut == CutParts {
		for head := s; ; {
			at := strings.LastIndex(head, PartRule)
			if at < 0 {
				return Shorten(head, CutEnd, fits)
			}
			if head = head[:at]; fits(head) {
				return string(oneLine(head))
			}
		}
	}
	form := func(n int) string {
		if cut == CutEnd {
			return string(runes[:n]) + "…"
		}
		tail := n * 2 / 5
		return string(runes[:n-tail]) + "…" + string(runes[len(runes)-tail:])
	}
	lo, hi := 0, len(runes)-1 // form(lo) is taken whether it fits or not
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if fits(form(mid)) {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return form(lo)
}
