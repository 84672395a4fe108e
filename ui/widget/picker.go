package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Option is a line of a Picker's list.
type Option struct {
	Title  string
	About  string // a second line, small
	Badge  string
	Tint   fyne.ThemeColorName // of the badge
	Note   string              // at the right end, small
	Icon   Icon                // "" for none
	Off    bool                // can be seen but not chosen
	Before string              // a heading above this line
	Rule   bool                // a line is drawn above: what follows is no choice
}

// Picker is a field that opens a list to choose from: one line, or with Multi
// as many as one likes.
type Picker struct {
	press
	Multi    bool
	options  []Option
	chosen   map[int]bool
	text     string // shown in place of the chosen titles
	OnChosen func(index int, on bool)
	popup    *widget.PopUp
}

// NewPicker returns a picker without options.
func NewPicker(onChosen func(index int, on bool)) *Picker {
	p := &Picker{OnChosen: onChosen, chosen: map[int]bool{}}
	p.onPress = p.open
	p.init(p)
	return p
}

// SetOptions fills the list and marks the chosen lines.
func (p *Picker) SetOptions(options []Option, chosen ...int) {
	p.options = options
	p.chosen = map[int]bool{}
	for _, i := range chosen {
		p.chosen[i] = true
	}
	p.Refresh()
	if p.popup != nil && p.popup.Visible() {
		p.popup.Content.Refresh()
	}
}

// Mark chooses the line at index i, and no other, without calling OnChosen.
func (p *Picker) Mark(i int) {
	if !p.chosen[i] || len(p.chosen) != 1 {
		p.chosen = map[int]bool{i: true}
		p.Refresh()
	}
}

// SetText shows these words in place of the chosen lines' titles; "" ends it.
func (p *Picker) SetText(s string) {
	if s != p.text {
		p.text = s
		p.Refresh()
	}
}

// Text is what the closed field shows.
func (p *Picker) Text() string {
	if p.text != "" {
		return p.text
	}
	s := ""
	for i, o := range p.options {
		if p.chosen[i] {
			if s != "" {
				s += ", "
			}
			s += o.Title
		}
	}
	return s
}

// Chosen says whether the line at index i is marked.
func (p *Picker) Chosen(i int) bool { return p.chosen[i] }

// Choose does what a click on the line at index i does.
func (p *Picker) Choose(i int) {
	if i < 0 || i >= len(p.options) || p.options[i].Off {
		return
	}
	on := true
	if p.Multi {
		on = !p.chosen[i]
		p.chosen[i] = on
	} else {
		p.chosen = map[int]bool{i: true}
		p.close()
	}
	p.Refresh()
	if p.OnChosen != nil {
		p.OnChosen(i, on)
	}
	if p.popup != nil && p.popup.Visible() {
		p.popup.Content.Refresh()
	}
}

// TypedKey implements fyne.Focusable.
func (p *Picker) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyDown || e.Name == fyne.KeyUp {
		p.open()
		return
	}
	p.press.TypedKey(e)
}

func (p *Picker) open() {
	c := fyne.CurrentApp().Driver().CanvasForObject(p)
	if c == nil || len(p.options) == 0 {
		return
	}
	lines := make([]fyne.CanvasObject, 0, len(p.options))
	for i := range p.options {
		if h := p.options[i].Before; h != "" {
			t := NewCaption(h)
			t.Style = fyne.TextStyle{Bold: true}
			lines = append(lines, container.New(inset{12, 8, 12, 2}, t))
		}
		if p.options[i].Rule {
			rule := canvas.NewRectangle(paint(ColorBorder))
			rule.SetMinSize(fyne.NewSize(1, 1))
			lines = append(lines, container.New(inset{8, 4, 8, 4}, rule))
		}
		lines = append(lines, newPickerLine(p, i))
	}
	list := container.New(&column{gap: 1}, lines...)
	scroll := container.NewVScroll(container.New(inset{4, 4, 4, 4}, list))
	p.popup = widget.NewPopUp(scroll, c)
	d := fyne.CurrentApp().Driver()
	at := d.AbsolutePositionForObject(p)
	want := list.MinSize().AddWidthHeight(8, 8)
	w := max(p.Size().Width, want.Width)
	below := c.Size().Height - at.Y - p.Size().Height - 12
	above := at.Y - 12
	h := min(want.Height, max(below, above))
	y := at.Y + p.Size().Height + 4
	if want.Height > below && above > below {
		y = at.Y - h - 4
	}
	x := min(at.X, c.Size().Width-w-6)
	p.popup.Resize(fyne.NewSize(w, h))
	p.popup.ShowAtPosition(fyne.NewPos(max(x, 6), y))
	for _, l := range lines {
		if l, ok := l.(*pickerLine); ok && p.chosen[l.index] {
			c.Focus(l)
			return
		}
	}
}

func (p *Picker) close() {
	if p.popup != nil {
		p.popup.Hide()
		p.popup = nil
		if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
			c.Focus(p)
		}
	}
}

// CreateRenderer implements fyne.Widget.
func (p *Picker) CreateRenderer() fyne.WidgetRenderer {
	r := &pickerRenderer{p: p, ground: canvas.NewRectangle(nil), ring: newRing(), label: NewText(""), arrow: newGlyph()}
	r.label.Cut, r.label.Least = CutEnd, 40
	r.Refresh()
	return r
}

type pickerRenderer struct {
	p      *Picker
	ground *canvas.Rectangle
	ring   *canvas.Rectangle
	label  *Text
	arrow  *glyph
}

func (r *pickerRenderer) Destroy() {}

func (r *pickerRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.label, r.arrow.image, r.ring}
}

func (r *pickerRenderer) MinSize() fyne.Size { return fyne.NewSize(90, size(SizeControl)) }

func (r *pickerRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	layRing(r.ring, fyne.Position{}, s)
	r.label.Move(fyne.NewPos(10, 0))
	r.label.Resize(fyne.NewSize(max(s.Width-38, 0), s.Height))
	r.arrow.image.Move(fyne.NewPos(s.Width-24, (s.Height-16)/2))
	r.arrow.image.Resize(fyne.NewSquareSize(16))
}

func (r *pickerRenderer) Refresh() {
	r.ground.FillColor = paint(theme.ColorNameInputBackground)
	if r.p.hovered && !r.p.disabled {
		r.ground.FillColor = over(r.ground.FillColor, paint(theme.ColorNameHover))
	}
	r.ground.StrokeColor, r.ground.StrokeWidth = paint(theme.ColorNameInputBorder), 1
	r.ground.CornerRadius = size(theme.SizeNameInputRadius)
	r.label.Color = theme.ColorNameForeground
	if r.p.disabled {
		r.label.Color = theme.ColorNameDisabled
	}
	r.label.text = r.p.Text()
	r.label.Refresh()
	r.arrow.set(IconDown, ColorSecondary)
	showRing(r.ring, r.p.focused)
	r.Layout(r.p.Size())
	canvas.Refresh(r.p)
}

// pickerLine is a line of the open list.
type pickerLine struct {
	press
	picker *Picker
	index  int
}

func newPickerLine(p *Picker, i int) *pickerLine {
	l := &pickerLine{picker: p, index: i}
	l.onPress = func() { p.Choose(i) }
	l.disabled = p.options[i].Off
	l.init(l)
	return l
}

// TypedKey implements fyne.Focusable.
func (l *pickerLine) TypedKey(e *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(l)
	switch e.Name {
	case fyne.KeyDown:
		c.FocusNext()
	case fyne.KeyUp:
		c.FocusPrevious()
	case fyne.KeyEscape:
		l.picker.close()
	default:
		l.press.TypedKey(e)
	}
}

// CreateRenderer implements fyne.Widget.
func (l *pickerLine) CreateRenderer() fyne.WidgetRenderer {
	r := &lineRenderer{
		l: l, ground: canvas.NewRectangle(nil), mark: newGlyph(),
		title: NewText(""), note: NewCaption(""), about: NewPara(""), badge: NewBadge("", theme.ColorNamePrimary),
	}
	r.Refresh()
	return r
}

type lineRenderer struct {
	l      *pickerLine
	ground *canvas.Rectangle
	mark   *glyph
	title  *Text
	note   *Text
	badge  *Badge
	about  *Para
}

func (r *lineRenderer) Destroy() {}

func (r *lineRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.mark.image, r.title, r.badge, r.note, r.about}
}

const lineAbout = 270 // width in which the second line is wrapped

func (r *lineRenderer) option() Option {
	if r.l.index < len(r.l.picker.options) {
		return r.l.picker.options[r.l.index]
	}
	return Option{}
}

func (r *lineRenderer) MinSize() fyne.Size {
	o := r.option()
	w := 32 + r.title.MinSize().Width + 12
	if o.Badge != "" {
		w += r.badge.MinSize().Width + 8
	}
	if o.Note != "" {
		w += r.note.MinSize().Width + 16
	}
	h := float32(28)
	if o.About != "" {
		w = max(w, lineAbout+44)
		h += r.about.MinSize().Height + 4
	}
	return fyne.NewSize(w, h)
}

func (r *lineRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	r.mark.image.Move(fyne.NewPos(8, 6))
	r.mark.image.Resize(fyne.NewSquareSize(16))
	t := r.title.MinSize()
	r.title.Move(fyne.NewPos(32, 0))
	r.title.Resize(fyne.NewSize(t.Width, 28))
	b := r.badge.MinSize()
	r.badge.Move(fyne.NewPos(32+t.Width+8, (28-b.Height)/2))
	r.badge.Resize(b)
	n := r.note.MinSize()
	r.note.Move(fyne.NewPos(s.Width-n.Width-12, 0))
	r.note.Resize(fyne.NewSize(n.Width, 28))
	r.about.Move(fyne.NewPos(32, 26))
	r.about.Resize(fyne.NewSize(max(s.Width-44, lineAbout), max(s.Height-28, 0)))
}

func (r *lineRenderer) Refresh() {
	o := r.option()
	r.ground.FillColor = color.Transparent
	if (r.l.hovered || r.l.focused) && !o.Off {
		r.ground.FillColor = paint(theme.ColorNameSelection)
	}
	r.ground.CornerRadius = size(theme.SizeNameSelectionRadius)
	icon, ink := o.Icon, ColorSecondary
	if r.l.picker.chosen[r.l.index] {
		icon, ink = IconCheck, theme.ColorNamePrimary
	}
	r.mark.image.Hidden = icon == ""
	if icon != "" {
		r.mark.set(icon, ink)
	}
	r.title.Color = theme.ColorNameForeground
	if o.Off {
		r.title.Color = theme.ColorNameDisabled
	}
	r.title.text = o.Title
	r.title.Refresh()
	r.note.SetText(o.Note)
	r.badge.Set(o.Badge, o.Tint)
	r.about.SetText(o.About)
	r.Layout(r.l.Size())
	canvas.Refresh(r.l)
}
