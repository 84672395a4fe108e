package widget

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// Viewport is what a Viewer shows: W x H device pixels, and the scale in
// device pixels per picture pixel, 0 when the picture is fitted in.
type Viewport struct {
	W, H  int
	Scale float64
}

// Viewer shows a picture, zoomed and moved by hand, or two with a divider that
// wipes between them. It composes its pixels itself at the size of the
// display's pixels: Fyne's own scaling runs in software at every repaint.
type Viewer struct {
	press
	first, second *Layer
	wipe          bool
	alternate     bool
	split         float64 // where the divider stands, in parts of the picture
	scale         float64 // 0 is fitted
	cx, cy        float64 // picture point in the middle, in parts
	margin        float32
	view          Viewport
	frame         frame
	moving        bool // the divider, not the picture, follows the hand
	touched       bool // a click is giving it the focus
	quiet         bool // a click gave it the focus
	raster        *canvas.Raster
	buffer        *image.RGBA
	firstName     string
	secondName    string

	OnView  func(Viewport)      // the viewport changed, as first painted
	OnZoom  func(scale float64) // the scale in force changed, also by fitting
	OnSplit func(part float64)
}

// NewViewer returns an empty viewer.
func NewViewer() *Viewer {
	v := &Viewer{split: 0.5, cx: 0.5, cy: 0.5, margin: 12}
	v.raster = canvas.NewRaster(v.paint)
	v.raster.ScaleMode = canvas.ImageScaleFastest
	v.init(v)
	return v
}

// SetLayers shows one picture, or with wipe the second to the right of the
// divider. Nil layers show the bare ground.
func (v *Viewer) SetLayers(first, second *Layer, wipe bool) {
	changed := v.first.empty() != first.empty() || !first.empty() && (v.first.W != first.W || v.first.H != first.H)
	v.first, v.second, v.wipe = first, second, wipe && !second.empty()
	if changed {
		v.clampCentre()
	}
	v.Refresh()
}

// SetNames labels the two sides of the divider.
func (v *Viewer) SetNames(first, second string) {
	if first != v.firstName || second != v.secondName {
		v.firstName, v.secondName = first, second
		v.Refresh()
	}
}

// Alternate shows the second picture in place of the first (the flicker).
func (v *Viewer) Alternate(second bool) {
	if second != v.alternate {
		v.alternate = second
		v.raster.Refresh()
	}
}

// Showing is the layer in front, nil when there is none.
func (v *Viewer) Showing() *Layer {
	if v.alternate && !v.second.empty() {
		return v.second
	}
	return v.first
}

// Split is where the divider stands, 0 at the left edge and 1 at the right.
func (v *Viewer) Split() float64 { return v.split }

// SetSplit moves the divider.
func (v *Viewer) SetSplit(part float64) {
	part = min(max(part, 0), 1)
	if part != v.split {
		v.split = part
		v.Refresh()
		if v.OnSplit != nil {
			v.OnSplit(part)
		}
	}
}

// Scale is the zoom in force in device pixels per picture pixel; 0 without a
// picture.
func (v *Viewer) Scale() float64 { return v.frame.scale }

// Fitted says whether the picture follows the window's size.
func (v *Viewer) Fitted() bool { return v.scale == 0 }

// Fit shows the whole picture.
func (v *Viewer) Fit() {
	v.scale, v.cx, v.cy = 0, 0.5, 0.5
	v.Refresh()
}

const (
	zoomLeast = 0.02
	zoomMost  = 16
)

// ZoomTo shows the picture at scale with its middle where it is.
func (v *Viewer) ZoomTo(scale float64) { v.zoomAt(scale, v.Size().Width/2, v.Size().Height/2) }

// ZoomBy enlarges by a factor about the middle.
func (v *Viewer) ZoomBy(factor float64) { v.ZoomTo(v.frame.scale * factor) }

// zoomAt changes the scale and keeps the picture point under (x, y) there.
func (v *Viewer) zoomAt(scale float64, x, y float32) {
	if v.first.empty() || v.view.W == 0 || v.frame.scale == 0 {
		return
	}
	scale = min(max(scale, zoomLeast), zoomMost)
	for _, whole := range []float64{0.5, 1, 2, 4} { // a wheel stops at round values
		if math.Abs(scale/whole-1) < 0.06 {
			scale = whole
		}
	}
	k := float64(v.view.W) / float64(v.Size().Width)
	px, py := float64(x)*k, float64(y)*k
	u := (px - v.frame.x0) / v.frame.w
	w := (py - v.frame.y0) / v.frame.h
	pw, ph := float64(v.first.W)*scale, float64(v.first.H)*scale
	v.scale = scale
	v.cx = u + (float64(v.view.W)/2-px)/pw
	v.cy = w + (float64(v.view.H)/2-py)/ph
	v.clampCentre()
	v.Refresh()
}

// clampCentre keeps the picture from leaving the window.
func (v *Viewer) clampCentre() {
	if v.scale == 0 || v.first.empty() {
		v.cx, v.cy = 0.5, 0.5
		return
	}
	hold := func(c float64, view int, whole float64) float64 {
		half := float64(view) / 2 / whole
		if half >= 0.5 {
			return 0.5
		}
		return min(max(c, half), 1-half)
	}
	v.cx = hold(v.cx, v.view.W, float64(v.first.W)*v.scale)
	v.cy = hold(v.cy, v.view.H, float64(v.first.H)*v.scale)
}

func (v *Viewer) pan(dx, dy float64) {
	if v.scale == 0 || v.frame.w == 0 {
		return
	}
	v.cx -= dx / v.frame.w
	v.cy -= dy / v.frame.h
	v.clampCentre()
	v.Refresh()
}

// Compose draws the viewport at a size in device pixels, as painting does.
func (v *Viewer) Compose(w, h int) image.Image { return v.paint(w, h) }

// paint composes the viewport; Fyne calls it on its own goroutine with the
// size in device pixels.
func (v *Viewer) paint(w, h int) image.Image {
	if v.buffer == nil || v.buffer.Rect.Dx() != w || v.buffer.Rect.Dy() != h {
		v.buffer = image.NewRGBA(image.Rect(0, 0, max(w, 1), max(h, 1)))
	}
	clearTo(v.buffer, paint(ColorSunken))
	v.place(w, h)
	if l := v.Showing(); !l.empty() {
		at := w
		if v.wipe {
			at = int(math.Round(v.frame.x0 + v.split*v.frame.w))
			draw(v.buffer, v.second, v.frame.within(v.second, v.first), at, w)
		}
		draw(v.buffer, l, v.frame, 0, at)
	}
	return v.buffer
}

// place finds where the picture lies and tells who wants to know.
func (v *Viewer) place(w, h int) {
	view := Viewport{W: w, H: h, Scale: v.scale}
	was := v.frame.scale
	v.frame = frame{}
	if l := v.Showing(); !l.empty() {
		if v.scale == 0 {
			v.frame = placeFit(l, w, h, v.deviceMargin(w))
		} else {
			v.frame = placeZoom(l, w, h, v.scale, v.cx, v.cy)
		}
	}
	if view != v.view {
		v.view = view
		v.clampCentre()
		if v.OnView != nil {
			v.OnView(view)
		}
	}
	if was != v.frame.scale && v.OnZoom != nil {
		v.OnZoom(v.frame.scale)
	}
}

func (v *Viewer) deviceMargin(w int) int {
	if v.Size().Width <= 0 {
		return 0
	}
	return int(v.margin * float32(w) / v.Size().Width)
}

// Inner is the room for a fitted picture in device pixels, inside the margin.
func (v *Viewer) Inner(view Viewport) (w, h int) {
	m := v.deviceMargin(view.W)
	return max(view.W-2*m, 1), max(view.H-2*m, 1)
}

// dividerX is where the divider is drawn, in Fyne's units.
func (v *Viewer) dividerX() float32 {
	if v.view.W == 0 {
		return v.Size().Width * float32(v.split)
	}
	return float32(v.frame.x0+v.split*v.frame.w) * v.Size().Width / float32(v.view.W)
}

// Dragged implements fyne.Draggable.
func (v *Viewer) Dragged(e *fyne.DragEvent) {
	k := float64(v.view.W) / float64(max(v.Size().Width, 1))
	if v.wipe && (v.moving || v.Fitted()) {
		v.moving = true
		if v.frame.w > 0 {
			v.SetSplit((float64(e.Position.X)*k - v.frame.x0) / v.frame.w)
		}
		return
	}
	v.pan(float64(e.Dragged.DX)*k, float64(e.Dragged.DY)*k)
}

// DragEnd implements fyne.Draggable.
func (v *Viewer) DragEnd() { v.moving = false }

// MouseDown implements desktop.Mouseable.
func (v *Viewer) MouseDown(e *desktop.MouseEvent) {
	v.moving = v.wipe && math.Abs(float64(e.Position.X-v.dividerX())) < 14
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil {
		v.touched = true
		c.Focus(v)
		v.touched = false
	}
}

// FocusGained implements fyne.Focusable. Who takes the keys by a click knows
// that it did: the mark is for who came by the keyboard.
func (v *Viewer) FocusGained() {
	v.quiet = v.touched
	v.press.FocusGained()
}

// MouseUp implements desktop.Mouseable.
func (v *Viewer) MouseUp(*desktop.MouseEvent) { v.moving = false }

// MouseMoved implements desktop.Hoverable.
func (v *Viewer) MouseMoved(*desktop.MouseEvent) {}

// Cursor implements desktop.Cursorable.
func (v *Viewer) Cursor() desktop.Cursor {
	switch {
	case v.wipe && v.Fitted():
		return desktop.HResizeCursor
	case !v.Fitted():
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// Scrolled implements fyne.Scrollable: the wheel zooms at the pointer.
func (v *Viewer) Scrolled(e *fyne.ScrollEvent) {
	if v.frame.scale == 0 || e.Scrolled.DY == 0 {
		return
	}
	v.zoomAt(v.frame.scale*math.Pow(1.2, float64(e.Scrolled.DY)/10), e.Position.X, e.Position.Y)
}

// DoubleTapped implements fyne.DoubleTappable: whole picture or its pixels.
func (v *Viewer) DoubleTapped(e *fyne.PointEvent) {
	if v.Fitted() {
		v.zoomAt(1, e.Position.X, e.Position.Y)
		return
	}
	v.Fit()
}

// TypedRune implements fyne.Focusable.
func (v *Viewer) TypedRune(r rune) {
	switch r {
	case '+', '=':
		v.ZoomBy(1.25)
	case '-':
		v.ZoomBy(0.8)
	case '0':
		v.Fit()
	case '1':
		v.ZoomTo(1)
	}
}

// TypedKey implements fyne.Focusable.
func (v *Viewer) TypedKey(e *fyne.KeyEvent) {
	if v.wipe && v.Fitted() {
		switch e.Name {
		case fyne.KeyLeft:
			v.SetSplit(v.split - 0.02)
		case fyne.KeyRight:
			v.SetSplit(v.split + 0.02)
		}
		return
	}
	const step = 60
	switch e.Name {
	case fyne.KeyLeft:
		v.pan(step, 0)
	case fyne.KeyRight:
		v.pan(-step, 0)
	case fyne.KeyUp:
		v.pan(0, step)
	case fyne.KeyDown:
		v.pan(0, -step)
	}
}

// CreateRenderer implements fyne.Widget.
func (v *Viewer) CreateRenderer() fyne.WidgetRenderer {
	r := &viewerRenderer{
		v: v, line: canvas.NewRectangle(nil), knob: canvas.NewRectangle(nil), ring: newRing(),
		arrows: [2]*glyph{newGlyph(), newGlyph()},
	}
	for i := range r.names {
		r.names[i] = nameTag{ground: canvas.NewRectangle(nil), word: canvas.NewText("", nil)}
	}
	r.Refresh()
	return r
}

type nameTag struct {
	ground *canvas.Rectangle
	word   *canvas.Text
}

type viewerRenderer struct {
	v      *Viewer
	line   *canvas.Rectangle
	knob   *canvas.Rectangle
	arrows [2]*glyph
	names  [2]nameTag
	ring   *canvas.Rectangle
}

func (r *viewerRenderer) Destroy()           {}
func (r *viewerRenderer) MinSize() fyne.Size { return fyne.NewSize(120, 90) }

func (r *viewerRenderer) Objects() []fyne.CanvasObject {
	objs := []fyne.CanvasObject{r.v.raster}
	if r.v.wipe {
		objs = append(objs, r.line, r.knob, r.arrows[0].image, r.arrows[1].image)
		for _, n := range r.names {
			if n.word.Text != "" {
				objs = append(objs, n.ground, n.word)
			}
		}
	}
	return append(objs, r.ring)
}

func (r *viewerRenderer) Layout(s fyne.Size) {
	r.v.raster.Resize(s)
	layRing(r.ring, fyne.NewPos(2, 2), s.SubtractWidthHeight(4, 4))
	k := float32(1)
	if r.v.view.W > 0 {
		k = s.Width / float32(r.v.view.W)
	}
	x := r.v.dividerX()
	top := max(float32(r.v.frame.y0)*k, 0)
	bottom := min(float32(r.v.frame.y0+r.v.frame.h)*k, s.Height)
	r.line.Move(fyne.NewPos(x-1, top))
	r.line.Resize(fyne.NewSize(2, max(bottom-top, 0)))
	mid := (top + bottom) / 2
	r.knob.Move(fyne.NewPos(x-15, mid-15))
	r.knob.Resize(fyne.NewSquareSize(30))
	for i, a := range r.arrows {
		a.image.Move(fyne.NewPos(x-13+float32(i)*12, mid-7))
		a.image.Resize(fyne.NewSquareSize(14))
	}
	for i, n := range r.names {
		m := n.word.MinSize()
		tag := m.AddWidthHeight(14, 6)
		at := fyne.NewPos(x-tag.Width-10, top+10)
		if i == 1 {
			at.X = x + 10
		}
		n.ground.Move(at)
		n.ground.Resize(tag)
		n.word.Move(at.AddXY(7, 3))
		n.word.Resize(m)
	}
}

func (r *viewerRenderer) Refresh() {
	// where the picture lies is needed before it is painted next
	if r.v.view.W > 0 {
		if l := r.v.Showing(); !l.empty() {
			if r.v.scale == 0 {
				r.v.frame = placeFit(l, r.v.view.W, r.v.view.H, r.v.deviceMargin(r.v.view.W))
			} else {
				r.v.frame = placeZoom(l, r.v.view.W, r.v.view.H, r.v.scale, r.v.cx, r.v.cy)
			}
			if r.v.OnZoom != nil {
				r.v.OnZoom(r.v.frame.scale)
			}
		}
	}
	r.line.FillColor = paint(ColorSurface)
	r.knob.FillColor = paint(ColorSurface)
	r.knob.CornerRadius = 15
	r.knob.Shadow = canvas.Shadow{Color: paint(theme.ColorNameShadow), BlurRadius: 6, Offset: fyne.NewPos(0, 1)}
	r.arrows[0].set(IconLeft, theme.ColorNameForeground)
	r.arrows[1].set(IconRight, theme.ColorNameForeground)
	for i, s := range []string{r.v.firstName, r.v.secondName} {
		n := r.names[i]
		n.word.Text, n.word.Color = s, paint(ColorTipText)
		n.word.TextSize = size(theme.SizeNameCaptionText)
		n.ground.FillColor, n.ground.CornerRadius = faded(paint(ColorTip), 0.85), 5
	}
	showRing(r.ring, r.v.focused && !r.v.quiet)
	r.Layout(r.v.Size())
	r.v.raster.Refresh()
	canvas.Refresh(r.v)
}
