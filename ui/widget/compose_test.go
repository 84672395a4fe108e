package widget

import (
	"fmt"
	"image"
	"image/color"
	"testing"
)

// graded is a picture whose pixels tell where they are.
func graded(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), uint8(x + y), 255})
		}
	}
	return img
}

func TestFittedPictureIsCopiedPixelByPixel(t *testing.T) {
	for _, s := range []struct{ w, h, pw, ph int }{{120, 90, 4000, 3000}, {121, 91, 4000, 3001}, {200, 90, 4032, 3024}} {
		view := image.NewRGBA(image.Rect(0, 0, s.w, s.h))
		scale := min(float64(s.w-20)/float64(s.pw), float64(s.h-20)/float64(s.ph))
		l := &Layer{Image: graded(int(float64(s.pw)*scale)&^1, int(float64(s.ph)*scale)&^1), W: s.pw, H: s.ph}
		f := placeFit(l, s.w, s.h, 10)
		draw(view, l, f, 0, s.w)
		x0, y0 := int(f.x0), int(f.y0)
		for y := range l.Image.Rect.Dy() {
			for x := range l.Image.Rect.Dx() {
				if got, want := view.RGBAAt(x0+x, y0+y), l.Image.RGBAAt(x, y); got != want {
					t.Fatalf("%dx%d: pixel %d,%d is %v, not %v", s.w, s.h, x, y, got, want)
				}
			}
		}
		if view.RGBAAt(x0-1, y0) != (color.RGBA{}) || view.RGBAAt(x0, y0-1) != (color.RGBA{}) {
			t.Errorf("%dx%d: painted outside the picture", s.w, s.h)
		}
	}
}

func TestZoomedPictureShowsItsPixels(t *testing.T) {
	l := &Layer{Image: graded(60, 40), W: 60, H: 40}
	for _, scale := range []float64{1, 2, 3, 8} {
		view := image.NewRGBA(image.Rect(0, 0, 50, 30))
		f := placeZoom(l, 50, 30, scale, 0.5, 0.5)
		draw(view, l, f, 0, 50)
		for y := range 30 {
			for x := range 50 {
				px := int((float64(x) + 0.5 - f.x0) / scale)
				py := int((float64(y) + 0.5 - f.y0) / scale)
				if got, want := view.RGBAAt(x, y), l.Image.RGBAAt(px, py); got != want {
					t.Fatalf("scale %g: %d,%d shows %v, not pixel %d,%d %v", scale, x, y, got, px, py, want)
				}
			}
		}
	}
}

func TestDrawingKeepsToItsColumns(t *testing.T) {
	l := &Layer{Image: graded(40, 40), W: 40, H: 40}
	for _, scale := range []float64{0.7, 1, 2.5} { // each way of drawing
		view := image.NewRGBA(image.Rect(0, 0, 40, 40))
		draw(view, l, placeZoom(l, 40, 40, scale, 0.5, 0.5), 15, 25)
		for y := range 40 {
			for x := range 40 {
				painted := view.RGBAAt(x, y).A != 0
				if painted && (x < 15 || x >= 25) {
					t.Fatalf("scale %g painted column %d", scale, x)
				}
			}
		}
		if view.RGBAAt(20, 20).A == 0 {
			t.Errorf("scale %g painted nothing", scale)
		}
	}
}

func TestBilinearIsBetweenItsNeighbours(t *testing.T) {
	l := &Layer{Image: graded(100, 100), W: 200, H: 200} // half of the pixels
	view := image.NewRGBA(image.Rect(0, 0, 150, 150))
	f := placeZoom(l, 150, 150, 0.75, 0.5, 0.5)
	draw(view, l, f, 0, 150)
	for _, x := range []int{10, 75, 140} {
		want := (float64(x)+0.5)*100/150 - 0.5
		got := float64(view.RGBAAt(x, 75).R)
		if got < want-1 || got > want+1 {
			t.Errorf("column %d is %g, want %g", x, got, want)
		}
	}
}

func TestEyesOfEvenWidthAreNotStretched(t *testing.T) {
	// two eyes of 960 x 720 in a room of 635 x 600: 317.5 wide each, 316 as made
	l := &Layer{Image: graded(632, 236), W: 1920, H: 720}
	if f := placeFit(l, 635, 600, 0); f.w != 632 || f.h != 236 {
		t.Errorf("632x236 pixels are drawn as %gx%g", f.w, f.h)
	}
	if f := placeFit(&Layer{Image: graded(300, 112), W: 1920, H: 720}, 635, 600, 0); f.w != 635 {
		t.Errorf("a smaller picture is drawn %g wide, not 635", f.w)
	}
}

func TestLayersOfAnotherShapeFitInside(t *testing.T) {
	first := &Layer{Image: graded(200, 100), W: 400, H: 200}
	f := placeFit(first, 220, 120, 10)
	if g := f.within(&Layer{Image: graded(20, 10), W: 40, H: 20}, first); g != f {
		t.Errorf("the same shape lies at %+v, not %+v", g, f)
	}
	// two pictures side by side: twice as wide for its height
	g := f.within(&Layer{Image: graded(200, 50), W: 800, H: 200}, first)
	if g.x0 != 10 || g.y0 != 35 || g.w != 200 || g.h != 50 {
		t.Errorf("twice as wide it lies at %+v", g)
	}
}

func TestClearFillsEverything(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 37, 5))
	c := color.RGBA{10, 20, 30, 255}
	clearTo(img, c)
	for i := 0; i < len(img.Pix); i += 4 {
		if got := (color.RGBA{img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3]}); got != c {
			t.Fatalf("pixel %d is %v", i/4, got)
		}
	}
}

func BenchmarkCompose(b *testing.B) {
	const w, h = 1300, 1000
	for _, c := range []struct {
		name string
		l    *Layer
		f    func(l *Layer) frame
	}{
		{"fitted", &Layer{Image: graded(1280, 960), W: 4000, H: 3000}, func(l *Layer) frame { return placeFit(l, w, h, 10) }},
		{"bilinear", &Layer{Image: graded(1000, 750), W: 4000, H: 3000}, func(l *Layer) frame { return placeFit(l, w, h, 10) }},
		{"pixels", &Layer{Image: graded(4000, 3000), W: 4000, H: 3000}, func(l *Layer) frame { return placeZoom(l, w, h, 4, 0.5, 0.5) }},
	} {
		b.Run(fmt.Sprintf("%s %dx%d", c.name, w, h), func(b *testing.B) {
			dst := image.NewRGBA(image.Rect(0, 0, w, h))
			b.SetBytes(int64(len(dst.Pix)))
			b.ReportAllocs()
			for b.Loop() {
				clearTo(dst, color.Black)
				draw(dst, c.l, c.f(c.l), 0, w)
			}
		})
	}
}
