package widget

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Wrap breaks text into lines no wider than width at spaces, and inside a word
// only where the word alone is too long.
func Wrap(text string, width, textSize float32, style fyne.TextStyle) []string {
	fits := func(s string) bool { return fyne.MeasureText(s, textSize, style).Width <= width }
	var lines []string
	for para := range strings.SplitSeq(text, "\n") {
		line := ""
		for _, word := range strings.Fields(para) {
			if line != "" && fits(line+" "+word) {
				line += " " + word
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for !fits(word) {
				n := head(word, fits)
				if n == len(word) {
					break // one letter, in no room at all
				}
				lines = append(lines, word[:n])
				word = word[n:]
			}
			line = word
		}
		lines = append(lines, line)
	}
	return lines
}

// head is the length in bytes of the longest start of word that fits, at least
// one letter and never the whole.
func head(word string, fits func(string) bool) int {
	n := 0
	for i := range word {
		if i > 0 {
			if n > 0 && !fits(word[:i]) {
				return n
			}
			n = i
		}
	}
	if n == 0 {
		return len(word)
	}
	return n
}

// Para is a paragraph that wraps, without the padding of Fyne's Label.
type Para struct {
	widget.BaseWidget
	text  string
	Color fyne.ThemeColorName
	Scale fyne.ThemeSizeName
	Style fyne.TextStyle
	Align fyne.TextAlign
	// Lead is the space between lines, in parts of the line's height.
	Lead float32
	// Most is the largest number of lines, 0 for any: the last is shortened.
	Most int
}

// NewPara returns a paragraph in caption size and secondary colour.
func NewPara(text string) *Para {
	p := &Para{text: text, Color: ColorSecondary, Scale: theme.SizeNameCaptionText, Lead: 0.12}
	p.ExtendBaseWidget(p)
	return p
}

// SetText shows another text.
func (p *Para) SetText(s string) {
	if s != p.text {
		p.text = s
		p.Refresh()
	}
}

// Text returns the paragraph's text.
func (p *Para) Text() string { return p.text }

// Resize implements fyne.CanvasObject: another width means other lines.
func (p *Para) Resize(s fyne.Size) {
	narrower := s.Width != p.Size().Width
	p.BaseWidget.Resize(s)
	if narrower {
		p.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (p *Para) CreateRenderer() fyne.WidgetRenderer {
	r := &paraRenderer{p: p}
	r.Refresh()
	return r
}

type paraRenderer struct {
	p     *Para
	lines []*canvas.Text
}

func (r *paraRenderer) Destroy() {}

func (r *paraRenderer) Objects() []fyne.CanvasObject {
	objs := make([]fyne.CanvasObject, len(r.lines))
	for i, l := range r.lines {
		objs[i] = l
	}
	return objs
}

func (r *paraRenderer) lineHeight() float32 {
	return fyne.MeasureText("Åg", size(r.p.Scale), r.p.Style).Height * (1 + r.p.Lead)
}

// MinSize depends on the width the paragraph was last given; the canvas asks
// again after each layout, so a change of width settles in the next frame.
func (r *paraRenderer) MinSize() fyne.Size {
	if r.p.text == "" {
		return fyne.Size{}
	}
	return fyne.NewSize(40, r.lineHeight()*float32(max(1, len(r.lines))))
}

func (r *paraRenderer) Layout(s fyne.Size) {
	h := r.lineHeight()
	for i, l := range r.lines {
		l.Move(fyne.NewPos(0, h*float32(i)))
		l.Resize(fyne.NewSize(s.Width, h))
	}
}

func (r *paraRenderer) Refresh() {
	width := r.p.Size().Width
	var texts []string
	switch {
	case r.p.text == "":
	case width <= 0:
		texts = []string{r.p.text}
	default:
		texts = Wrap(r.p.text, width, size(r.p.Scale), r.p.Style)
		if n := r.p.Most; n > 0 && len(texts) > n {
			last := strings.Join(texts[n-1:], " ")
			texts = append(texts[:n-1], Shorten(last, CutEnd, func(s string) bool {
				return fyne.MeasureText(s, size(r.p.Scale), r.p.Style).Width <= width
			}))
		}
	}
	r.lines = r.lines[:0]
	for _, s := range texts {
		t := canvas.NewText(s, paint(r.p.Color))
		t.TextSize, t.TextStyle, t.Alignment = size(r.p.Scale), r.p.Style, r.p.Align
		r.lines = append(r.lines, t)
	}
	r.Layout(r.p.Size())
	canvas.Refresh(r.p)
}
