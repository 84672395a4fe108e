package stereo

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"spatialmaker/processor/pix"
)

// passing is a film of a body that moves by pace pixels a frame before a
// textured and noisy background, which itself moves by pan.
type passing struct {
	fill       Fill
	pace, pan  int
	noise      float64
	fade       float64 // levels that the picture loses each frame
	remembered bool    // as a film; else every frame by itself
}

// unsteady tells how the background comes out: the root mean square of how
// far a place of it lies from the middle of the frames before and after, where it
// is filled in all three, and the same where it is seen. What
// changes evenly as the body moves on counts as nothing. wrong is the root mean
// square of how far what is filled lies from what is hidden there.
func (p passing) unsteady(tb testing.TB) (filled, seen, wrong float64) {
	const w, h, frames, near = 320, 120, 24, 16
	r := newRenderer(tb, Options{Workers: 2, Fill: p.fill})
	rnd := rand.New(rand.NewPCG(5, 6))
	ground := func(x, y int) float64 {
		u, v := float64(x), float64(y)
		return 120 + 40*math.Sin(u/9+v/23) + 25*math.Sin(v/5) + 15*math.Sin(u/3.1)*math.Cos(v/4.3)
	}
	g := Geometry{Strength: 100 * near / float64(w), Eyes: RightEye}
	var last [2]*pix.Picture
	var ss, sf, sw float64
	var ns, nf, nw int
	hidden := func(x, y, at int) (body, hole bool) {
		dx, dy := x-at, y-h/2
		half := 50 - dy*dy/60 // the body's half width in this row
		return dx > -half && dx < half, dx >= half-near+3 && dx < half
	}
	start := 100
	if p.pace < 0 {
		start = 220
	}
	for k := range frames {
		at := start + p.pace*k
		src, m := pix.New(pix.Layout{W: w, H: h, Bits: 8, Model: pix.Gray}), pix.NewMap(w, h)
		for y := range h {
			for x := range w {
				v := ground(x+p.pan*k, y)
				if body, _ := hidden(x, y, at); body {
					v, m.Pix[y*w+x] = 230, 1
				}
				src.Planes[0].Pix8[y*w+x] = uint8(max(v+rnd.NormFloat64()*p.noise-p.fade*float64(k)+0.5, 0))
			}
		}
		right := pix.New(pix.LayoutOf(src))
		if err := r.draw(context.Background(), nil, right, src, m, g, p.remembered, k == 0); err != nil {
			tb.Fatal(err)
		}
		for y := 1; y < h-1 && last[0] != nil; y++ {
			for x := 60; x < w-20; x++ {
				i := y*w + x
				if x+2*p.pan >= w {
					continue
				}
				v := [3]float64{float64(right.Planes[0].Pix8[i]), float64(last[1].Planes[0].Pix8[i+p.pan]), float64(last[0].Planes[0].Pix8[i+2*p.pan])}
				d := v[1] - (v[0]+v[2])/2
				body, hole := hidden(x, y, at)
				_, was := hidden(x+p.pan, y, at-p.pace)
				_, held := hidden(x+2*p.pan, y, at-2*p.pace)
				switch {
				case hole && was && held:
					sf, nf = sf+d*d, nf+1
				case !body && !hole && x > at+60:
					ss, ns = ss+d*d, ns+1
				}
				if hole {
					e := v[0] + p.fade*float64(k) - ground(x+p.pan*k, y)
					sw, nw = sw+e*e, nw+1
				}
			}
		}
		last[0], last[1] = last[1], right
	}
	return math.Sqrt(sf / float64(nf)), math.Sqrt(ss / float64(ns)), math.Sqrt(sw / float64(nw))
}

// Noise of the camera is not made larger where the background is filled, and a
// body that passes does not make it flicker more than half above what noise does.
func TestFillHoldsStill(t *testing.T) {
	for _, c := range []struct {
		pace int
		most float64 // of what is seen
	}{{0, 1}, {2, 1.5}} {
		p := passing{pace: c.pace, noise: 4}
		good, seen, _ := p.unsteady(t)
		t.Logf("%d pixels a frame: %.2f levels; seen %.2f", c.pace, good, seen)
		if good > c.most*seen {
			t.Errorf("%d pixels a frame: %.2f levels, %.2f where it is seen", c.pace, good, seen)
		}
	}
}

// In a film what is filled is steadier than what is seen, and is what was seen
// before the body came there, also where the camera moves.
func TestFilmFillRemembers(t *testing.T) {
	for _, c := range []struct {
		name          string
		p             passing
		filled, wrong float64 // at most, of a picture's own
	}{
		{"still", passing{}, 0.6, 1.01},
		{"coming", passing{pace: 2}, 0.5, 0.4},
		{"coming fast", passing{pace: 5}, 0.35, 0.3},
		{"going", passing{pace: -2}, 0.85, 1.1},
		{"going out", passing{pace: 2, fade: 2}, 0.6, 0.6},
		{"slow pan", passing{pace: 2, pan: 1}, 0.9, 0.6},
		{"pan", passing{pace: 2, pan: 3}, 0.5, 0.4},
		{"fast pan", passing{pace: 2, pan: 4}, 0.5, 0.4},
	} {
		c.p.noise = 4
		filled, seen, wrong := c.p.unsteady(t)
		c.p.remembered = true
		f, _, w := c.p.unsteady(t)
		t.Logf("%s: changes by %.2f levels, remembered %.2f (seen %.2f); wrong by %.2f and %.2f", c.name, filled, f, seen, wrong, w)
		if f > c.filled*filled || w > c.wrong*wrong {
			t.Errorf("%s: changes by %.2f levels, %.2f without memory; wrong by %.2f, %.2f without", c.name, f, filled, w, wrong)
		}
	}
}
