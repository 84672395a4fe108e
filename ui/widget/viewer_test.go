package widget

import (
	"image"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// openViewer shows a picture of 400 x 300 in a viewer of 224 x 174: room for
// 200 x 150 inside the margin, half of the picture's size.
func openViewer(t *testing.T) *Viewer {
	t.Helper()
	v := NewViewer()
	shown(t, v, 224, 174)
	v.SetLayers(&Layer{Image: graded(200, 150), W: 400, H: 300}, nil, false)
	v.paint(224, 174)
	return v
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

func TestViewerTellsItsViewport(t *testing.T) {
	v := NewViewer()
	shown(t, v, 224, 174)
	var views []Viewport
	v.OnView = func(p Viewport) { views = append(views, p) }
	v.paint(448, 348) // a display of double density
	v.paint(448, 348)
	if len(views) != 1 || views[0] != (Viewport{W: 448, H: 348}) {
		t.Fatalf("told %v", views)
	}
	if w, h := v.Inner(views[0]); w != 400 || h != 300 {
		t.Errorf("inside the margin there are %dx%d", w, h)
	}
}

func TestViewerZoomKeepsThePointUnderThePointer(t *testing.T) {
	v := openViewer(t)
	if !near(v.Scale(), 0.5) {
		t.Fatalf("fitted at %g", v.Scale())
	}
	x, y := float32(70), float32(60)
	v.ZoomTo(1) // a picture smaller than the window stays in its middle
	v.paint(224, 174)
	point := func() (float64, float64) {
		return (float64(x) - v.frame.x0) / v.frame.w, (float64(y) - v.frame.y0) / v.frame.h
	}
	u0, w0 := point()
	for range 6 {
		v.Scrolled(&fyne.ScrollEvent{PointEvent: *at(x, y), Scrolled: fyne.NewDelta(0, 10)})
		v.paint(224, 174)
	}
	u1, w1 := point()
	if v.Scale() < 2.5 || math.Abs(u0-u1) > 0.01 || math.Abs(w0-w1) > 0.01 {
		t.Errorf("scale %g; the point went from %g, %g to %g, %g", v.Scale(), u0, w0, u1, w1)
	}
	v.Fit()
	if !v.Fitted() || !near(v.Scale(), 0.5) {
		t.Errorf("fit gives %g", v.Scale())
	}
}

func TestViewerStopsAtItsLimits(t *testing.T) {
	v := openViewer(t)
	for range 60 {
		v.ZoomBy(1.5)
	}
	if v.Scale() != zoomMost {
		t.Errorf("largest scale %g", v.Scale())
	}
	for range 60 {
		v.ZoomBy(0.7)
	}
	if v.Scale() < zoomLeast*0.99 {
		t.Errorf("smallest scale %g", v.Scale())
	}
	v.ZoomTo(0.97)
	if v.Scale() != 1 {
		t.Errorf("near 1 it stops at %g", v.Scale())
	}
}

func TestViewerPansInsideThePicture(t *testing.T) {
	v := openViewer(t)
	v.ZoomTo(4)
	v.paint(224, 174)
	cx := v.cx
	v.Dragged(drag(100, 80, 10, 0))
	if !near(v.cx, cx-10/1600.0) {
		t.Errorf("10 pixels to the right moved the middle from %g to %g", cx, v.cx)
	}
	for range 300 {
		v.Dragged(drag(100, 80, 20, 20))
	}
	if v.frame.x0 > 0.5 || v.frame.y0 > 0.5 {
		t.Errorf("the picture left its corner: %+v", v.frame)
	}
	v.TypedKey(key(fyne.KeyRight))
	if v.frame.x0 > -50 {
		t.Errorf("an arrow did not move it: %+v", v.frame)
	}
}

func TestViewerWipes(t *testing.T) {
	v := openViewer(t)
	second := image.NewRGBA(image.Rect(0, 0, 200, 150)) // black
	for i := 3; i < len(second.Pix); i += 4 {
		second.Pix[i] = 255
	}
	v.SetLayers(v.first, &Layer{Image: second, W: 400, H: 300}, true)
	var told []float64
	v.OnSplit = func(p float64) { told = append(told, p) }
	v.Dragged(drag(12+50, 80, 0, 0)) // a quarter of the picture's width
	v.DragEnd()
	if len(told) != 1 || !near(told[0], 0.25) {
		t.Fatalf("told %v", told)
	}
	img := v.paint(224, 174).(*image.RGBA)
	left, right := img.RGBAAt(12+40, 12+70), img.RGBAAt(12+60, 12+70)
	if left != v.first.Image.RGBAAt(40, 70) || right.R != 0 || right.G != 0 {
		t.Errorf("left of the divider %v, right of it %v", left, right)
	}
	v.TypedKey(key(fyne.KeyRight))
	v.SetSplit(7)
	if v.Split() != 1 || v.Cursor() != desktop.HResizeCursor {
		t.Errorf("split %g", v.Split())
	}
	// zoomed in, a drag away from the divider moves the picture
	v.SetSplit(0.5)
	v.ZoomTo(4)
	v.paint(224, 174)
	before := v.cx
	v.MouseDown(&desktop.MouseEvent{PointEvent: *at(20, 80)})
	v.Dragged(drag(20, 80, 30, 0))
	if v.Split() != 0.5 || v.cx == before {
		t.Error("the drag moved the divider")
	}
}

func TestViewerAlternates(t *testing.T) {
	v := openViewer(t)
	second := &Layer{Image: graded(200, 150), W: 400, H: 300}
	v.SetLayers(v.first, second, false)
	if v.Showing() != v.first {
		t.Error("shows the second first")
	}
	v.Alternate(true)
	if v.Showing() != second {
		t.Error("does not alternate")
	}
	v.SetLayers(v.first, nil, false)
	if v.Showing() != v.first {
		t.Error("shows a picture that is gone")
	}
}

func TestViewerWithoutAPicture(t *testing.T) {
	v := NewViewer()
	shown(t, v, 224, 174)
	img := v.paint(224, 174).(*image.RGBA)
	if img.RGBAAt(0, 0) != img.RGBAAt(100, 80) {
		t.Error("something is drawn")
	}
	v.ZoomBy(2) // nothing to zoom, nothing to pan
	v.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 10)})
	v.Dragged(drag(1, 1, 5, 5))
	v.DoubleTapped(at(5, 5))
	if v.Scale() != 0 {
		t.Errorf("scale %g", v.Scale())
	}
}

func TestViewerKeys(t *testing.T) {
	v := openViewer(t)
	v.TypedRune('1')
	if v.Scale() != 1 {
		t.Errorf("1 gives %g", v.Scale())
	}
	v.TypedRune('+')
	if !near(v.Scale(), 1.25) {
		t.Errorf("+ gives %g", v.Scale())
	}
	v.TypedRune('-')
	v.TypedRune('0')
	if !v.Fitted() {
		t.Error("0 does not fit it in")
	}
	v.DoubleTapped(at(100, 80))
	if v.Scale() != 1 {
		t.Errorf("a double tap gives %g", v.Scale())
	}
}

func TestViewerMarksTheFocusOfKeysOnly(t *testing.T) {
	v := openViewer(t)
	ring := test.WidgetRenderer(v).(*viewerRenderer).ring
	c := fyne.CurrentApp().Driver().CanvasForObject(v)
	c.Focus(v)
	if !ring.Visible() {
		t.Error("no mark for who came by the keyboard")
	}
	c.Unfocus()
	v.MouseDown(&desktop.MouseEvent{})
	if c.Focused() != v || ring.Visible() {
		t.Errorf("after a click the focus is on %v, the mark is shown: %v", c.Focused(), ring.Visible())
	}
}
