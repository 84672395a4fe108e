package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
)

// Fold is a heading that shows or hides what lies under it.
type Fold struct {
	press
	title    string
	open     bool
	Content  fyne.CanvasObject
	OnToggle func(open bool)
}

// NewFold returns a closed fold over content.
func NewFold(title string, content fyne.CanvasObject) *Fold {
	f := &Fold{title: title, Content: content}
	f.onPress = func() {
		f.SetOpen(!f.open)
		if f.OnToggle != nil {
			f.OnToggle(f.open)
		}
	}
	content.Hide()
	f.init(f)
	return f
}

// Open says whether the content is shown.
func (f *Fold) Open() bool { return f.open }

// SetOpen shows or hides the content without calling OnToggle.
func (f *Fold) SetOpen(open bool) {
	if open == f.open {
		return
	}
	f.open = open
	if open {
		f.Content.Show()
	} else {
		f.Content.Hide()
	}
	f.Refresh()
}

// Tapped implements fyne.Tappable; only the heading answers.
func (f *Fold) Tapped(e *fyne.PointEvent) {
	if e == nil || e.Position.Y <= foldHead {
		f.press.Tapped(e)
	}
}

const foldHead = 28

// CreateRenderer implements fyne.Widget.
func (f *Fold) CreateRenderer() fyne.WidgetRenderer {
	r := &foldRenderer{
		f: f, arrow: newGlyph(),
		title: canvas.NewText("", nil), ring: newRing(),
	}
	r.Refresh()
	return r
}

type foldRenderer struct {
	f     *Fold
	arrow *glyph
	title *canvas.Text
	ring  *canvas.Rectangle
}

func (r *foldRenderer) Destroy() {}

func (r *foldRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.arrow.image, r.title, r.f.Content, r.ring}
}

func (r *foldRenderer) MinSize() fyne.Size {
	s := fyne.NewSize(r.title.MinSize().Width+20, foldHead)
	if r.f.open {
		in := r.f.Content.MinSize()
		s = fyne.NewSize(max(s.Width, in.Width), foldHead+4+in.Height)
	}
	return s
}

func (r *foldRenderer) Layout(s fyne.Size) {
	r.arrow.image.Move(fyne.NewPos(-2, (foldHead-16)/2))
	r.arrow.image.Resize(fyne.NewSquareSize(16))
	h := r.title.MinSize().Height
	r.title.Move(fyne.NewPos(18, (foldHead-h)/2))
	r.title.Resize(fyne.NewSize(s.Width-18, h))
	layRing(r.ring, fyne.NewPos(-3, 1), fyne.NewSize(s.Width+6, foldHead-2))
	if r.f.open {
		r.f.Content.Move(fyne.NewPos(0, foldHead+4))
		r.f.Content.Resize(fyne.NewSize(s.Width, s.Height-foldHead-4))
	}
}

func (r *foldRenderer) Refresh() {
	icon := IconRight
	if r.f.open {
		icon = IconDown
	}
	ink := ColorSecondary
	if r.f.hovered {
		ink = theme.ColorNameForeground
	}
	r.arrow.set(icon, ink)
	r.title.Text, r.title.Color, r.title.TextSize = r.f.title, paint(theme.ColorNameForeground), size(theme.SizeNameText)
	r.title.TextStyle = fyne.TextStyle{Bold: true}
	showRing(r.ring, r.f.focused)
	r.Layout(r.f.Size())
	canvas.Refresh(r.f)
}
