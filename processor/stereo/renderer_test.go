package stereo

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"spatialmaker/processor/pix"
)

// layouts are the pictures every property is tested on.
var layouts = []pix.Layout{
	{W: 64, H: 32, Bits: 8, Model: pix.RGBA},
	{W: 63, H: 17, Bits: 16, Model: pix.RGBA},
	{W: 65, H: 33, Bits: 8, Model: pix.Gray},
	{W: 64, H: 34, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
	{W: 61, H: 31, Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
	{W: 64, H: 20, Bits: 10, Model: pix.YUV, ShiftX: 1},
	{W: 33, H: 20, Bits: 8, Model: pix.YUV},
	{W: 1, H: 1, Bits: 8, Model: pix.RGBA},
	{W: 1, H: 40, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
	{W: 40, H: 1, Bits: 12, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
}

func nameOf(l pix.Layout) string {
	return fmt.Sprintf("%s%d_%dx%d_%d%d", l.Model, l.Bits, l.W, l.H, l.ShiftX, l.ShiftY)
}

// noise fills a picture with repeatable random samples.
func noise(p *pix.Picture, seed uint64) *pix.Picture {
	rnd := rand.New(rand.NewPCG(seed, 1))
	for i := range p.N {
		for k := range p.Planes[i].Pix8 {
			p.Planes[i].Pix8[k] = uint8(rnd.Uint32())
		}
		for k := range p.Planes[i].Pix16 {
			p.Planes[i].Pix16[k] = uint16(rnd.Uint32() >> (32 - p.Bits))
		}
	}
	return p
}

// steps fills a map with random rectangles.
func steps(m *pix.Map, seed uint64) *pix.Map {
	rnd := rand.New(rand.NewPCG(seed, 2))
	for range 12 {
		v := rnd.Float32()
		x0, y0 := rnd.IntN(m.W), rnd.IntN(m.H)
		x1, y1 := min(m.W, x0+1+rnd.IntN(m.W)/2), min(m.H, y0+1+rnd.IntN(m.H)/2)
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				m.Pix[y*m.Stride+x] = v
			}
		}
	}
	return m
}

func newRenderer(tb testing.TB, o Options) *Renderer {
	tb.Helper()
	r := NewRenderer(o)
	tb.Cleanup(r.Close)
	return r
}

func render(tb testing.TB, r *Renderer, src *pix.Picture, m *pix.Map, g Geometry) (left, right *pix.Picture) {
	tb.Helper()
	left, right = pix.New(pix.LayoutOf(src)), pix.New(pix.LayoutOf(src))
	if err := r.Render(context.Background(), left, right, src, m, g); err != nil {
		tb.Fatal(err)
	}
	return left, right
}

func equal(a, b *pix.Picture) bool {
	for i := range a.N {
		if !slices.Equal(a.Planes[i].Pix8, b.Planes[i].Pix8) || !slices.Equal(a.Planes[i].Pix16, b.Planes[i].Pix16) {
			return false
		}
	}
	return true
}

func TestZeroStrengthIsTheSource(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	for _, l := range layouts {
		src, m := noise(pix.New(l), 1), steps(pix.NewMap(l.W, l.H), 1)
		left, right := render(t, r, src, m, Geometry{Convergence: 0.3})
		if !equal(left, src) || !equal(right, src) {
			t.Errorf("%s: an eye differs from the source", nameOf(l))
		}
	}
}

func TestTheUntouchedEyeIsTheSource(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	for _, l := range layouts {
		src, m := noise(pix.New(l), 1), steps(pix.NewMap(l.W, l.H), 1)
		left, _ := render(t, r, src, m, Geometry{Strength: 7, Eyes: RightEye})
		_, right := render(t, r, src, m, Geometry{Strength: 7, Eyes: LeftEye})
		if !equal(left, src) || !equal(right, src) {
			t.Errorf("%s: the untouched eye differs from the source", nameOf(l))
		}
	}
}

// A plane parallel to the screen moves as a whole.
func TestConstantDisparityIsAShift(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	for _, l := range layouts {
		if l.W < 32 {
			continue
		}
		src, m := noise(pix.New(l), 3), pix.NewMap(5, 3)
		for i := range m.Pix {
			m.Pix[i] = 1
		}
		const shift = 4 // on the chroma grid
		_, right := render(t, r, src, m, Geometry{Strength: 100 * shift / float64(l.W), Eyes: RightEye})
		left, _ := render(t, r, src, m, Geometry{Strength: 100 * shift / float64(l.W), Eyes: LeftEye})
		for i := range src.N {
			s := &src.Planes[i]
			n := shift >> s.ShiftX
			for y := range s.H {
				for x := n; x < s.W; x++ {
					for c := range s.Comps {
						want := value(s, x, y, c)
						if got := value(&right.Planes[i], x-n, y, c); got != want {
							t.Fatalf("%s right plane %d (%d,%d): %d, want %d", nameOf(l), i, x-n, y, got, want)
						}
						if x < s.W-n {
							want = value(s, x-n, y, c)
							if got := value(&left.Planes[i], x, y, c); got != want {
								t.Fatalf("%s left plane %d (%d,%d): %d, want %d", nameOf(l), i, x, y, got, want)
							}
						}
					}
				}
			}
		}
	}
}

func value(p *pix.Plane, x, y, c int) int {
	if p.Pix16 != nil {
		return int(p.Pix16[y*p.Stride+x*p.Comps+c])
	}
	return int(p.Pix8[y*p.Stride+x*p.Comps+c])
}

// smoothChroma replaces the chroma of a picture by even slopes.
func smoothChroma(p *pix.Picture) *pix.Picture {
	for i := 1; i < p.N; i++ {
		c := &p.Planes[i]
		for y := range c.H {
			for x := range c.W {
				v := (90 + 20*i + x + 2*y) << (p.Bits - 8)
				if c.Pix16 != nil {
					c.Pix16[y*c.Stride+x] = uint16(v)
				} else {
					c.Pix8[y*c.Stride+x] = uint8(v)
				}
			}
		}
	}
	return p
}

// The left eye of a picture is the mirror of the right eye of its mirror. Chroma
// samples sit left in their pair, so that those of a mirrored picture lie at the
// same places only where the width is odd, and luma columns between them find
// them on the other side: subsampled chroma is smooth here.
func TestEyesMirrorEachOther(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	for _, l := range append(layouts,
		pix.Layout{W: 121, H: 60, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
		pix.Layout{W: 121, H: 60, Bits: 10, Model: pix.YUV, ShiftX: 1}) {
		src, m := noise(pix.New(l), 4), steps(pix.NewMap(l.W, l.H), 4)
		if l.Model == pix.YUV && l.ShiftX > 0 {
			if l.W%2 == 0 {
				continue
			}
			smoothChroma(src)
		}
		g := Geometry{Strength: 12, Convergence: 0.4}
		left, right := render(t, r, src, m, g)
		mm := pix.NewMap(m.W, m.H)
		for y := range m.H {
			for x, v := range m.Row(y) {
				mm.Pix[y*m.W+m.W-1-x] = v
			}
		}
		left2, right2 := render(t, r, mirrored(src), mm, g)
		for eye, d := range [][2]*pix.Picture{{mirrored(left2), right}, {mirrored(right2), left}} {
			if worst, share := differ(d[0], d[1], 2); share > 0.01 {
				t.Errorf("%s eye %d: %.1f %% of the samples are no mirror image, by up to %d", nameOf(l), eye, share*100, worst)
			}
		}
	}
}

// differ finds the largest difference of two pictures, in 8-bit levels, and the
// share of samples that differ by more than most.
func differ(a, b *pix.Picture, most int) (worst int, share float64) {
	n, far := 0, 0
	for i := range a.N {
		p, q := &a.Planes[i], &b.Planes[i]
		for y := range p.H {
			for x := range p.W {
				for c := range p.Comps {
					d := value(p, x, y, c) - value(q, x, y, c)
					d = max(d, -d) >> (a.Bits - 8)
					worst = max(worst, d)
					n++
					if d > most {
						far++
					}
				}
			}
		}
	}
	return worst, float64(far) / float64(n)
}

func mirrored(p *pix.Picture) *pix.Picture {
	q := pix.New(pix.LayoutOf(p))
	for i := range p.N {
		a, b := &p.Planes[i], &q.Planes[i]
		for y := range a.H {
			for x := range a.W {
				for c := range a.Comps {
					from, to := y*a.Stride+x*a.Comps+c, y*b.Stride+(a.W-1-x)*a.Comps+c
					if a.Pix16 != nil {
						b.Pix16[to] = a.Pix16[from]
					} else {
						b.Pix8[to] = a.Pix8[from]
					}
				}
			}
		}
	}
	return q
}

// Where two surfaces meet on one target the nearer is seen, in both eyes.
func TestNearestWins(t *testing.T) {
	r := newRenderer(t, Options{Workers: 1})
	const w, h = 200, 4
	src, m := pix.New(pix.Layout{W: w, H: h, Bits: 8, Model: pix.Gray}), pix.NewMap(w, h)
	for y := range h {
		for x := 80; x < 120; x++ {
			src.Planes[0].Pix8[y*w+x], m.Pix[y*w+x] = 200, 1
		}
	}
	left, right := render(t, r, src, m, Geometry{Strength: 20}) // 20 px each
	for x := 62; x < 98; x++ {
		if got := right.Planes[0].Pix8[w+x]; got != 200 {
			t.Errorf("right eye at %d: %d", x, got)
		}
		if got := left.Planes[0].Pix8[w+x+40]; got != 200 {
			t.Errorf("left eye at %d: %d", x+40, got)
		}
	}
	for x := 102; x < 200; x++ { // the disocclusion shows the background only
		if got := right.Planes[0].Pix8[w+x]; got != 0 {
			t.Errorf("right eye at %d: %d", x, got)
		}
	}
}

func TestAnyDepthIsDrawn(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	maps := map[string]*pix.Map{
		"nan": {W: 2, H: 1, Stride: 2, Pix: []float32{nan, nan}}, "inf": {W: 2, H: 2, Stride: 2, Pix: []float32{inf, -inf, nan, 0.5}},
		"huge": {W: 1, H: 2, Stride: 1, Pix: []float32{1e30, -1e30}}, "constant": {W: 1, H: 1, Stride: 1, Pix: []float32{0.5}},
		"larger": steps(pix.NewMap(301, 97), 5), "other aspect": steps(pix.NewMap(7, 90), 6),
	}
	for _, l := range layouts {
		src := noise(pix.New(l), 1)
		for name, m := range maps {
			for _, strength := range []float64{0.1, 2.5, 100, MaxStrength, -3} {
				left, right := render(t, r, src, m, Geometry{Strength: strength, Convergence: 0.5})
				if left.Check() != nil || right.Check() != nil {
					t.Errorf("%s %s", nameOf(l), name)
				}
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	r := newRenderer(t, Options{Workers: 1})
	l := layouts[0]
	src, m := pix.New(l), pix.NewMap(8, 8)
	other := pix.New(l.Resized(32, 32))
	for name, c := range map[string]struct {
		left *pix.Picture
		m    *pix.Map
		g    Geometry
		want error
	}{
		"strength":    {nil, m, Geometry{Strength: math.NaN()}, ErrGeometry},
		"too strong":  {nil, m, Geometry{Strength: 1e9}, ErrGeometry},
		"convergence": {nil, m, Geometry{Convergence: math.Inf(1)}, ErrGeometry},
		"eye size":    {other, m, Geometry{}, ErrEyes},
		"map":         {nil, &pix.Map{W: 8, H: 8, Stride: 8}, Geometry{}, pix.ErrShape},
	} {
		if err := r.Render(context.Background(), c.left, nil, src, c.m, c.g); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Render(ctx, pix.New(l), nil, src, m, Geometry{Strength: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// An eye can be a part of a packed picture; nothing is written outside it.
func TestRendersIntoAPackedPicture(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	for _, l := range []pix.Layout{layouts[0], layouts[3]} {
		src, m := noise(pix.New(l), 8), steps(pix.NewMap(l.W, l.H), 8)
		g := Geometry{Strength: 6, Convergence: 0.5}
		left, right := render(t, r, src, m, g)
		packed := pix.New(l.Resized(l.W*2, l.H))
		part := func(x int) *pix.Picture {
			p, err := packed.Sub(image.Rect(x, 0, x+l.W, l.H))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		if err := r.Render(context.Background(), part(0), part(l.W), src, m, g); err != nil {
			t.Fatal(err)
		}
		a, b := pix.New(l), pix.New(l)
		if err := errors.Join(part(0).CopyTo(a), part(l.W).CopyTo(b)); err != nil {
			t.Fatal(err)
		}
		if !equal(a, left) || !equal(b, right) {
			t.Errorf("%s: packed eyes differ", nameOf(l))
		}
	}
}
