package depth

import (
	"context"
	"fmt"
	"math"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// A strip seen in tiles is the same picture: through identity.onnx it must come
// out as the reference makes it, without a seam.
func TestStripHasNoSeams(t *testing.T) {
	e := open(t, Config{ModelPath: mediatest.Model(t, "identity.onnx"), ShortSide: 56})
	for _, size := range [][2]int{{3000, 60}, {60, 3000}, {9200, 400}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			short := e.sig.ShortSide
			if size[0] == 9200 {
				e.sig.ShortSide = 112
				defer func() { e.sig.ShortSide = short }()
			}
			p := noise(pix.Layout{W: size[0], H: size[1], Model: pix.RGBA}, 3)
			if parts := e.sig.strip(p.W, p.H); len(parts) < 3 {
				t.Fatalf("seen in %d parts", len(parts))
			}
			m, err := e.Estimate(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := float64(m.W)/float64(m.H), float64(p.W)/float64(p.H); math.Abs(a/b-1) > 0.03 {
				t.Errorf("the map of %dx%d has the shape of %dx%d", p.W, p.H, m.W, m.H)
			}
			want := referenceMean(rgbaColours(p), p.W, p.H, m.W, m.H)
			sum := 0.0
			for i, w := range want {
				got := float64(m.Lo) + float64(m.Pix[i])*float64(m.Hi-m.Lo)
				sum += math.Abs(got - max(float64(m.Lo), min(w, float64(m.Hi))))
			}
			if mean := sum / float64(len(want)) / float64(m.Hi-m.Lo); mean > 0.02 {
				t.Errorf("differs from the whole picture by %.3f of its range on average", mean)
			}
		})
	}
}

// Tiles of one scene with a gain and a level of their own, as networks give
// them, become one.
func TestJoinStrip(t *testing.T) {
	scene := func(x, y float64) float64 { return 3 + math.Sin(x/90) + math.Cos(y/40) + 0.3*math.Sin(x/11) }
	sig := signature{Descriptor: Descriptor{ShortSide: 518, Multiple: 14}}
	parts := sig.strip(4600, 200)
	tiles := make([]*tile, len(parts))
	for i, p := range parts {
		tl := &tile{part: p, w: 200, h: 100, v: make([]float32, 20000), a: 1}
		gain, level := 1+0.4*math.Sin(float64(3*i)), 0.5*math.Cos(float64(5*i))
		for k := range tl.v {
			x := p.x0 + (float64(k%200)+0.5)*(p.x1-p.x0)/200
			y := (float64(k/200) + 0.5) * 2
			tl.v[k] = float32((scene(x, y) - level) / gain)
		}
		tiles[i] = tl
	}
	before := seam(tiles)
	joinStrip(tiles, false)
	after := seam(tiles)
	t.Logf("neighbours differ by %.4f, before by %.4f", after, before)
	if after > 0.02*before {
		t.Errorf("neighbours differ by %.4f, before by %.4f", after, before)
	}
}

// seam is the mean difference between neighbours where they overlap.
func seam(tiles []*tile) float64 {
	sum := 0.0
	for i := 1; i < len(tiles); i++ {
		sum += overlapRest(tiles[i-1], tiles[i])
	}
	return sum / float64(len(tiles)-1)
}

func TestStripPlans(t *testing.T) {
	dynamic := signature{Descriptor: Descriptor{ShortSide: 518, Multiple: 14}}
	fixed := signature{Descriptor: Descriptor{FixedW: 224, FixedH: 224, Fit: Letterbox}}
	tests := []struct {
		name  string
		s     signature
		w, h  int
		tiles int
	}{
		{"ordinary", dynamic, 4000, 3000, 0},
		{"as wide as one look reaches", dynamic, 2058, 518, 0},
		{"a little wider", dynamic, 2200, 518, 3},
		{"panorama", dynamic, 11914, 518, 17},
		{"tower", dynamic, 518, 11914, 17},
		{"one line", dynamic, 60000, 1, mostTiles},
		{"film", fixed, 2400, 1000, 0},
		{"strip", fixed, 4000, 1000, 4},
	}
	for _, tt := range tests {
		parts := tt.s.strip(tt.w, tt.h)
		if len(parts) != tt.tiles {
			t.Errorf("%s: %d tiles, want %d", tt.name, len(parts), tt.tiles)
		}
		if len(parts) == 0 {
			continue
		}
		first, last := parts[0], parts[len(parts)-1]
		if first.x0 != 0 || first.y0 != 0 || math.Abs(last.x1-float64(tt.w)) > 1e-6 || math.Abs(last.y1-float64(tt.h)) > 1e-6 {
			t.Errorf("%s: tiles from %v to %v do not cover %dx%d", tt.name, first, last, tt.w, tt.h)
		}
	}
}

// With a letterbox every pixel of the picture is seen once, in its own shape.
func TestLetterboxKeepsShape(t *testing.T) {
	s := signature{Descriptor: Descriptor{FixedW: 224, FixedH: 224, Fit: Letterbox}}
	for _, size := range [][2]int{{1920, 1080}, {1080, 1920}, {500, 500}, {3000, 1000}, {1, 3}} {
		p := pix.New(pix.Layout{W: size[0], H: size[1], Model: pix.Gray})
		v := s.view(wholePart(p))
		aspect := float64(v.inner.Dx()) / float64(v.inner.Dy())
		if want := float64(p.W) / float64(p.H); math.Abs(aspect/want-1) > 0.02 {
			t.Errorf("%v is seen as %v", size, v.inner)
		}
		sx := (v.from.x1 - v.from.x0) / 224
		sy := (v.from.y1 - v.from.y0) / 224
		x0, y0 := v.from.x0+sx*float64(v.inner.Min.X), v.from.y0+sy*float64(v.inner.Min.Y)
		x1, y1 := v.from.x0+sx*float64(v.inner.Max.X), v.from.y0+sy*float64(v.inner.Max.Y)
		if math.Abs(x0)+math.Abs(y0)+math.Abs(x1-float64(p.W))+math.Abs(y1-float64(p.H)) > 1e-6*float64(p.W+p.H) {
			t.Errorf("%v: the inner part shows %g,%g to %g,%g", size, x0, y0, x1, y1)
		}
	}
}

// Averaging before resizing leaves the mean of every stretch and no more.
func TestSmoothSampling(t *testing.T) {
	for _, l := range []pix.Layout{
		{W: 1001, H: 760, Model: pix.Gray},
		{W: 1000, H: 760, Model: pix.RGBA},
		{W: 1003, H: 757, Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
	} {
		// A checkerboard of single samples is gray to the eye.
		p := pix.New(l)
		for i := range p.N {
			pl := &p.Planes[i]
			for y := range pl.H {
				for x := range pl.W * pl.Comps {
					on := (x/pl.Comps+y)%2 == 0 && i == 0
					if pl.Pix16 != nil {
						pl.Pix16[y*pl.Stride+x] = 512
						if i == 0 {
							pl.Pix16[y*pl.Stride+x] = 0
						}
						if on {
							pl.Pix16[y*pl.Stride+x] = 1023
						}
					} else if on {
						pl.Pix8[y*pl.Stride+x] = 255
					}
				}
			}
		}
		p.Colour.FullRange = true
		c := pix.NewCrew(2)
		s := newSampler(c, false)
		dst := make([]float32, 3*64*48)
		if err := s.fill(context.Background(), dst, 64, 48, p, wholePart(p), true); err != nil {
			t.Fatal(err)
		}
		for i, v := range dst {
			if math.Abs(float64(v)-0.5) > 0.02 {
				t.Fatalf("%+v: value %d is %g, want 0.5", l, i, v)
			}
		}
		c.Close()
	}
}

func TestReducerAverages(t *testing.T) {
	for _, l := range []pix.Layout{
		{W: 101, H: 37, Model: pix.Gray},
		{W: 33, H: 50, Model: pix.RGBA},
		{W: 46, H: 31, Bits: 16, Model: pix.RGBA},
		{W: 61, H: 45, Bits: 12, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
		{W: 600, H: 300, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
	} {
		for _, k := range [][2]int{{2, 2}, {3, 5}, {7, 4}, {30, 255}} {
			p := noise(l, 5)
			c := pix.NewCrew(2)
			var r reducer
			r.bandFn = r.band
			r.prepare(p, k[0], k[1])
			if err := r.reduce(t.Context(), c, p); err != nil {
				t.Fatal(err)
			}
			c.Close()
			for i := range p.N {
				if at := firstWrongMean(&p.Planes[i], &r.out[i], r.fx[i], r.fy[i]); at != "" {
					t.Fatalf("%+v by %v, plane %d: %s", l, k, i, at)
				}
			}
		}
	}
}

// firstWrongMean compares reduced samples with the plain mean of their blocks.
func firstWrongMean(src, dst *pix.Plane, fx, fy int) string {
	get := func(p *pix.Plane, x, y, c int) int {
		if p.Pix16 != nil {
			return int(p.Pix16[y*p.Stride+x*p.Comps+c])
		}
		return int(p.Pix8[y*p.Stride+x*p.Comps+c])
	}
	for y := range dst.H {
		for x := range dst.W {
			for c := range min(src.Comps, 3) {
				sum, n := 0, 0
				for j := y * fy; j < min((y+1)*fy, src.H); j++ {
					for i := x * fx; i < min((x+1)*fx, src.W); i++ {
						sum += get(src, i, j, c)
						n++
					}
				}
				if got, want := get(dst, x, y, c), (sum+n/2)/n; got != want {
					return fmt.Sprintf("sample %d,%d component %d is %d, want %d", x, y, c, got, want)
				}
			}
		}
	}
	return ""
}
