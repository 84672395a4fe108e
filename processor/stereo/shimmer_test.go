package stereo

import (
	"math"
	"math/rand/v2"
	"testing"

	"spatialmaker/processor/pix"
)

// shimmer renders a film of a body that moves by pace pixels a frame before a
// textured, noisy but still background, and measures how unsteady the filled
// background is: the root mean square of how far a frame lies from the middle
// of those before and after it, at targets that are filled in all three, and
// the same of the background that is seen. What changes evenly as the body moves
// on counts as nothing.
func shimmer(tb testing.TB, fill Fill, pace int, noiseLevel float64) (filled, seen float64) {
	const w, h, frames, near = 320, 120, 12, 16
	r := newRenderer(tb, Options{Workers: 2, Fill: fill})
	rnd := rand.New(rand.NewPCG(5, 6))
	ground := func(x, y int) float64 {
		u, v := float64(x), float64(y)
		return 120 + 40*math.Sin(u/9+v/23) + 25*math.Sin(v/5) + 15*math.Sin(u/3.1)*math.Cos(v/4.3)
	}
	g := Geometry{Strength: 100 * near / float64(w), Eyes: RightEye}
	var last [2]*pix.Picture
	var ss, sf float64
	var ns, nf int
	hidden := func(x, y, at int) (body, hole bool) {
		dx, dy := x-at, y-h/2
		half := 50 - dy*dy/60 // the body's half width in this row
		return dx > -half && dx < half, dx >= half-near && dx < half
	}
	for k := range frames {
		at := 100 + pace*k
		src, m := pix.New(pix.Layout{W: w, H: h, Bits: 8, Model: pix.Gray}), pix.NewMap(w, h)
		for y := range h {
			for x := range w {
				v := ground(x, y)
				if body, _ := hidden(x, y, at); body {
					v, m.Pix[y*w+x] = 230, 1
				}
				src.Planes[0].Pix8[y*w+x] = uint8(v + rnd.NormFloat64()*noiseLevel + 0.5)
			}
		}
		_, right := render(tb, r, src, m, g)
		for y := 1; y < h-1 && last[0] != nil; y++ {
			for x := 60; x < w-20; x++ {
				i := y*w + x
				v := [3]float64{float64(right.Planes[0].Pix8[i]), float64(last[1].Planes[0].Pix8[i]), float64(last[0].Planes[0].Pix8[i])}
				d := v[1] - (v[0]+v[2])/2
				body, hole := hidden(x, y, at)
				_, held := hidden(x, y, at-2*pace)
				switch {
				case hole && held:
					sf, nf = sf+d*d, nf+1
				case !body && !hole && x > at+60:
					ss, ns = ss+d*d, ns+1
				}
			}
		}
		last[0], last[1] = last[1], right
	}
	return math.Sqrt(sf / float64(nf)), math.Sqrt(ss / float64(ns))
}

// Noise of the camera is not made larger where the background is filled, and a
// body that passes does not make it flicker more than half above what noise does.
func TestFillHoldsStill(t *testing.T) {
	for _, c := range []struct {
		pace int
		most float64 // of what is seen
	}{{0, 1}, {2, 1.5}} {
		good, seen := shimmer(t, FillGood, c.pace, 4)
		clean, _ := shimmer(t, FillGood, c.pace, 0)
		fast, _ := shimmer(t, FillFast, c.pace, 4)
		t.Logf("%d pixels a frame: good %.2f levels, %.2f without noise, fast %.2f; seen %.2f", c.pace, good, clean, fast, seen)
		if good > c.most*seen {
			t.Errorf("%d pixels a frame: %.2f levels, %.2f where it is seen", c.pace, good, seen)
		}
	}
}
