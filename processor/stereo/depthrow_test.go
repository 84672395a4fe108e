package stereo

import (
	"math"
	"testing"

	"spatialmaker/processor/pix"
)

// TestMapScaleGrows holds the short way of maps that grow against the general
// one, on maps that hold nonsense too.
func TestMapScaleGrows(t *testing.T) {
	for _, c := range []struct{ mw, mh, w, h int }{{480, 270, 1920, 1080}, {7, 5, 16, 16}, {2, 2, 9, 5}, {1, 3, 8, 6}, {9, 4, 9, 8}} {
		m := pix.NewMap(c.mw, c.mh)
		for i := range m.Pix {
			m.Pix[i] = float32(i*37%101)/90 - 0.05
		}
		m.Pix[len(m.Pix)/2] = float32(math.NaN())
		var fast, slow mapScale
		fast.set(m, c.w, c.h)
		slow.set(m, c.w, c.h)
		slow.index = nil
		if want := c.mw > 1; (len(fast.index) > 0) != want {
			t.Fatalf("%+v: %d columns", c, len(fast.index))
		}
		got, want, lines := make([]float32, c.w), make([]float32, c.w), make([]float32, c.mw+1)
		for y := range c.h {
			fast.row(got, lines, m, y)
			slow.row(want, lines, m, y)
			for x := range got {
				if d := math.Abs(float64(got[x] - want[x])); !(d < 1e-6) {
					t.Fatalf("%+v: row %d, column %d is %v, want %v", c, y, x, got[x], want[x])
				}
			}
		}
	}
	var shrinking mapScale
	shrinking.set(pix.NewMap(100, 100), 10, 10)
	if len(shrinking.index) > 0 {
		t.Error("a map that shrinks is taken for one that grows")
	}
}
