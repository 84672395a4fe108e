package stereo

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"spatialmaker/processor/pix"
)

// A soft ramp across a sharp colour edge becomes a step at that edge.
func TestRefineSharpensAtTheColourEdge(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	for _, l := range []pix.Layout{
		{W: 80, H: 40, Bits: 8, Model: pix.RGBA},
		{W: 80, H: 40, Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
		{W: 80, H: 40, Bits: 8, Model: pix.Gray},
	} {
		src, soft := pix.New(l), pix.NewMap(l.W, l.H)
		for y := range l.H {
			for x := range l.W {
				soft.Pix[y*l.W+x] = 0.2 + 0.6*min(max((float32(x)-36)/8, 0), 1)
				if x >= 40 {
					p := &src.Planes[0]
					for c := range p.Comps {
						if p.Pix16 != nil {
							p.Pix16[y*p.Stride+x*p.Comps+c] = 700
						} else {
							p.Pix8[y*p.Stride+x*p.Comps+c] = 200
						}
					}
				}
			}
		}
		got := pix.NewMap(l.W, l.H)
		if err := r.Refine(context.Background(), got, soft, src, RefineOptions{Span: 20}); err != nil {
			t.Fatal(err)
		}
		for y := range l.H {
			for x, v := range got.Row(y) {
				want := float32(0.2)
				if x >= 40 {
					want = 0.8
				}
				if v < want-0.07 || v > want+0.07 {
					t.Fatalf("%s (%d,%d): %v, want %v", nameOf(l), x, y, v, want)
				}
			}
		}
	}
}

func TestRefineRefuses(t *testing.T) {
	r := newRenderer(t, Options{Workers: 1})
	p := pix.New(pix.Layout{W: 10, H: 10, Bits: 8, Model: pix.Gray})
	err := r.Refine(context.Background(), pix.NewMap(9, 10), pix.NewMap(3, 3), p, RefineOptions{})
	if !errors.Is(err, pix.ErrShape) {
		t.Errorf("got %v", err)
	}
}

func refined(t testing.TB, r *Renderer, m *pix.Map, p *pix.Picture, o RefineOptions) *pix.Map {
	t.Helper()
	dst := pix.NewMap(p.W, p.H)
	if err := r.Refine(context.Background(), dst, m, p, o); err != nil {
		t.Fatal(err)
	}
	return dst
}

// mapOf draws a map from a function of the place, 0..1 across and down.
func mapOf(w, h int, fn func(u, v float64) float64) *pix.Map {
	m := pix.NewMap(w, h)
	for y := range h {
		for x := range w {
			m.Pix[y*w+x] = float32(fn((float64(x)+0.5)/float64(w), (float64(y)+0.5)/float64(h)))
		}
	}
	return m
}

// ball is a disc before a background, blurred by soft of the width.
func ball(soft float64) func(u, v float64) float64 {
	return func(u, v float64) float64 {
		return 0.45 + 0.35*math.Erf((0.3-math.Hypot(u-0.5, v-0.5))/(soft*math.Sqrt2))
	}
}

// A soft map is brought back to the steps it came from, to within a pixel, at
// any ratio of the sizes and without help from the picture.
func TestRefineFindsTheSteps(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	for _, k := range []struct {
		w    int
		soft float64
	}{{360, 0.006}, {180, 0.006}, {180, 0.01}, {90, 0.015}, {45, 0.03}} {
		p := pix.New(pix.Layout{W: 360, H: 360, Bits: 8, Model: pix.Gray})
		got := refined(t, r, mapOf(k.w, k.w, ball(k.soft)), p, RefineOptions{})
		wrong := 0
		for y := range 360 {
			for x, v := range got.Row(y) {
				d := 0.3*360 - math.Hypot(float64(x)-179.5, float64(y)-179.5)
				want := 0.1
				if d > 0 {
					want = 0.8
				}
				if math.Abs(d) > 1 && math.Abs(float64(v)-want) > 0.07 {
					wrong++
				}
			}
		}
		if most := 360 * 360 / 200; wrong > most {
			t.Errorf("map of %d, softness %g: %d pixels wrong, want at most %d", k.w, k.soft, wrong, most)
		}
	}
}

// Where depth and picture disagree on a silhouette's place, the picture's counts.
func TestRefineFollowsThePicture(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	p := pix.New(pix.Layout{W: 240, H: 240, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
	noise(p, 3)
	for y := range 240 {
		for x := range 240 {
			v := p.Planes[0].Pix8[y*p.Planes[0].Stride+x] / 8
			if math.Hypot(float64(x)-119.5, float64(y)-119.5) < 0.3*240 {
				v += 160
			}
			p.Planes[0].Pix8[y*p.Planes[0].Stride+x] = v
		}
	}
	// The map's disc is a pixel and a half too small.
	m := mapOf(120, 120, func(u, v float64) float64 {
		return 0.45 + 0.35*math.Erf((0.3-1.5/240-math.Hypot(u-0.5, v-0.5))/(0.012*math.Sqrt2))
	})
	area := func(m *pix.Map) (n int) {
		for _, v := range m.Pix {
			if v > 0.45 {
				n++
			}
		}
		return n
	}
	want := math.Pi * 72 * 72
	plain := refined(t, r, m, pix.New(pix.LayoutOf(p)), RefineOptions{})
	got := refined(t, r, m, p, RefineOptions{})
	if a, b := math.Abs(float64(area(plain))-want), math.Abs(float64(area(got))-want); b > 0.7*a {
		t.Errorf("area off by %.0f without and %.0f with the picture", a, b)
	}
}

// Slopes, level depth and steps that are sharp already stay as they are, whatever
// the picture shows.
func TestRefineLeavesAlone(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	p := noise(pix.New(pix.Layout{W: 200, H: 150, Bits: 8, Model: pix.RGBA}), 1)
	for name, m := range map[string]*pix.Map{
		"level": mapOf(200, 150, func(_, _ float64) float64 { return 0.4 }),
		"slope": mapOf(200, 150, func(u, v float64) float64 { return 0.7*u + 0.2*v }),
		"bowl":  mapOf(200, 150, func(u, v float64) float64 { return u*u + v*v - u*v }),
		"sharp": mapOf(200, 150, ball(1e-6)),
		"small": mapOf(50, 40, func(u, v float64) float64 { return 0.5*u + 0.5*v }),
	} {
		want := pix.NewMap(200, 150)
		if err := Resize(want, m); err != nil {
			t.Fatal(err)
		}
		got := refined(t, r, m, p, RefineOptions{})
		for i, v := range got.Pix {
			x, y := i%200, i/200
			if x < 20 || x >= 180 || y < 20 || y >= 130 {
				continue // slopes end where the map does
			}
			if d := v - want.Pix[i]; d > 0.004 || d < -0.004 {
				t.Fatalf("%s: %v at (%d,%d), want %v", name, v, x, y, want.Pix[i])
			}
		}
	}
}

func TestRefineWidens(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	p := pix.New(pix.Layout{W: 200, H: 200, Bits: 8, Model: pix.Gray})
	m := mapOf(200, 200, ball(0.01))
	near := func(widen float64) (n int) {
		for _, v := range refined(t, r, m, p, RefineOptions{Widen: widen}).Pix {
			if v > 0.45 {
				n++
			}
		}
		return n
	}
	if a, b, c := near(-0.5), near(0), near(0.5); !(a < b && b < c) {
		t.Errorf("near pixels %d, %d, %d for -0.5, 0 and 0.5", a, b, c)
	}
	if err := r.Refine(context.Background(), pix.NewMap(200, 200), m, p, RefineOptions{Widen: math.NaN()}); !errors.Is(err, ErrGeometry) {
		t.Errorf("not-a-number: %v", err)
	}
}

// Whatever the map holds and whatever its size, the result is within 0..1 and the
// same for any number of workers.
func FuzzRefine(f *testing.F) {
	f.Add(uint64(1), uint8(40), uint8(30), uint8(20), uint8(10))
	f.Add(uint64(2), uint8(1), uint8(1), uint8(1), uint8(1))
	f.Add(uint64(3), uint8(1), uint8(90), uint8(200), uint8(1))
	f.Add(uint64(4), uint8(90), uint8(2), uint8(3), uint8(200))
	f.Add(uint64(5), uint8(65), uint8(64), uint8(65), uint8(64))
	one, two := newRenderer(f, Options{Workers: 1}), newRenderer(f, Options{Workers: 3})
	f.Fuzz(func(t *testing.T, seed uint64, w, h, mw, mh uint8) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		layouts := []pix.Layout{
			{Bits: 8, Model: pix.RGBA}, {Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, {Bits: 8, Model: pix.YUV, ShiftX: 1}, {Bits: 16, Model: pix.Gray},
		}
		p := noise(pix.New(layouts[seed%4].Resized(int(w)+1, int(h)+1)), seed)
		m := mapOf(int(mw)+1, int(mh)+1, ball(0.02*rnd.Float64()))
		odd := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), -3, 1e30, 5e-39}
		for range rnd.IntN(20) {
			m.Pix[rnd.IntN(len(m.Pix))] = odd[rnd.IntN(len(odd))]
		}
		a, b := refined(t, one, m, p, RefineOptions{}), refined(t, two, m, p, RefineOptions{})
		for i, v := range a.Pix {
			if !(v >= 0 && v <= 1) || v != b.Pix[i] {
				t.Fatalf("%d: %v and %v", i, v, b.Pix[i])
			}
		}
	})
}
