package depth

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"testing"

	"spatialmaker/processor/pix"
)

// sampled runs the sampler without ImageNet's statistics.
func sampled(t *testing.T, p *pix.Picture, ow, oh int) []float32 {
	t.Helper()
	g := pix.NewCrew(2)
	defer g.Close()
	dst := make([]float32, 3*ow*oh)
	if err := newSampler(g, false).fill(t.Context(), dst, ow, oh, p, wholePart(p), false); err != nil {
		t.Fatal(err)
	}
	return dst
}

// yuvColours is the plain way: chroma enlarged linearly with centred siting,
// then the matrix of H.273.
func yuvColours(p *pix.Picture, kr, kb float64) [][3]float64 {
	at := func(pl *pix.Plane, x, y int) float64 {
		x, y = max(0, min(x, pl.W-1)), max(0, min(y, pl.H-1))
		if p.Bits > 8 {
			return float64(pl.Pix16[y*pl.Stride+x])
		}
		return float64(pl.Pix8[y*pl.Stride+x])
	}
	chroma := func(pl *pix.Plane, x, y int) float64 {
		fx := (float64(x)+0.5)/float64(int(1)<<pl.ShiftX) - 0.5
		fy := (float64(y)+0.5)/float64(int(1)<<pl.ShiftY) - 0.5
		x0, y0 := int(math.Floor(fx)), int(math.Floor(fy))
		fx -= float64(x0)
		fy -= float64(y0)
		return (at(pl, x0, y0)*(1-fx)+at(pl, x0+1, y0)*fx)*(1-fy) + (at(pl, x0, y0+1)*(1-fx)+at(pl, x0+1, y0+1)*fx)*fy
	}
	step := float64(int(1) << (p.Bits - 8))
	top := float64(int(1)<<p.Bits - 1)
	out := make([][3]float64, p.W*p.H)
	for y := range p.H {
		for x := range p.W {
			l, u, v := at(&p.Planes[0], x, y), chroma(&p.Planes[1], x, y)-128*step, chroma(&p.Planes[2], x, y)-128*step
			if p.Colour.FullRange {
				l, u, v = l/top, u/top, v/top
			} else {
				l, u, v = (l-16*step)/(219*step), u/(224*step), v/(224*step)
			}
			r, b := l+2*(1-kr)*v, l+2*(1-kb)*u
			out[y*p.W+x] = [3]float64{r, (l - kr*r - kb*b) / (1 - kr - kb), b}
		}
	}
	return out
}

// muted is noise with chroma near the middle, so that no colour leaves R'G'B'.
func muted(l pix.Layout) *pix.Picture {
	p := noise(l, 11)
	for i := 1; i < 3; i++ {
		pl := &p.Planes[i]
		for k := range pl.Pix8 {
			pl.Pix8[k] = 128 + uint8(int8(pl.Pix8[k]-128)/6)
		}
		mid := uint16(1) << (p.Bits - 1)
		for k := range pl.Pix16 {
			pl.Pix16[k] = mid - mid/12 + pl.Pix16[k]/12
		}
	}
	return p
}

func TestSamplerYUV(t *testing.T) {
	tests := []struct {
		layout pix.Layout
		colour pix.Colour
		kr, kb float64
	}{
		{pix.Layout{W: 401, H: 303, ShiftX: 1, ShiftY: 1}, pix.Colour{FullRange: true}, 0.299, 0.114},
		{pix.Layout{W: 400, H: 300, ShiftX: 1, ShiftY: 1}, pix.Colour{Matrix: pix.MatrixBT601}, 0.299, 0.114},
		{pix.Layout{W: 1300, H: 722, ShiftX: 1, ShiftY: 1}, pix.Colour{}, 0.2126, 0.0722},
		{pix.Layout{W: 400, H: 300, ShiftX: 1}, pix.Colour{Matrix: pix.MatrixBT709}, 0.2126, 0.0722},
		{pix.Layout{W: 400, H: 300}, pix.Colour{Matrix: pix.MatrixBT709}, 0.2126, 0.0722},
		{pix.Layout{W: 400, H: 300, Bits: 10, ShiftX: 1, ShiftY: 1}, pix.Colour{Matrix: pix.MatrixBT2020}, 0.2627, 0.0593},
		{pix.Layout{W: 400, H: 300, Bits: 12, ShiftX: 1, ShiftY: 1}, pix.Colour{Matrix: pix.MatrixBT709}, 0.2126, 0.0722},
		{pix.Layout{W: 40, H: 30, Bits: 16, ShiftX: 1, ShiftY: 1}, pix.Colour{Matrix: pix.MatrixBT709, FullRange: true}, 0.2126, 0.0722},
		{pix.Layout{W: 7, H: 5, ShiftX: 1, ShiftY: 1}, pix.Colour{Matrix: pix.MatrixBT709}, 0.2126, 0.0722},
		{pix.Layout{W: 300, H: 200, ShiftX: 2}, pix.Colour{Matrix: pix.MatrixBT601}, 0.299, 0.114},
	}
	for _, tt := range tests {
		tt.layout.Model = pix.YUV
		t.Run(fmt.Sprintf("%+v", tt.layout), func(t *testing.T) {
			p := muted(tt.layout)
			p.Colour = tt.colour
			const ow, oh = 56, 42
			got := sampled(t, p, ow, oh)
			colours := yuvColours(p, tt.kr, tt.kb)
			mean := referenceMean(colours, p.W, p.H, ow, oh)
			n := ow * oh
			for i, want := range mean {
				have := 0.0
				for c := range 3 {
					have += (float64(got[c*n+i]) - imageNetMean[c]) / imageNetDev[c] / 3
				}
				if math.Abs(have-want) > 1e-4 {
					t.Fatalf("value %d is %g, want %g", i, have, want)
				}
			}
		})
	}
}

// A part of a larger picture is sampled as a picture of its own.
func TestSamplerSub(t *testing.T) {
	p := muted(pix.Layout{W: 300, H: 200, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
	sub, err := p.Sub(image.Rect(40, 60, 241, 181))
	if err != nil {
		t.Fatal(err)
	}
	alone := pix.New(pix.LayoutOf(sub))
	if err := sub.CopyTo(alone); err != nil {
		t.Fatal(err)
	}
	a, b := sampled(t, sub, 56, 42), sampled(t, alone, 56, 42)
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("value %d is %g in the part, %g in the copy", i, a[i], b[i])
		}
	}
}

// HDR pictures reach the network looking like ordinary ones: what an SDR
// master would show at the same light comes out much the same.
func TestSamplerTone(t *testing.T) {
	pq := func(nits float64) float64 {
		y := math.Pow(nits/10000, 2610.0/16384)
		return math.Pow((0.8359375+18.8515625*y)/(1+18.6875*y), 78.84375)
	}
	hlg := func(nits float64) float64 { // of a 1000-nit display
		l := math.Pow(nits/1000, 1/1.2)
		if l <= 1.0/12 {
			return math.Sqrt(3 * l)
		}
		return 0.17883277*math.Log(12*l-0.28466892) + 0.55991073
	}
	for name, transfer := range map[uint8]func(float64) float64{pix.TransferPQ: pq, pix.TransferHLG: hlg} {
		last := -1.0
		for _, nits := range []float64{0.1, 1, 5, 20, 50, 100, 203, 600, 1000} {
			p := pix.New(pix.Layout{W: 16, H: 16, Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
			p.Colour = pix.Colour{Primaries: 9, Transfer: name, Matrix: pix.MatrixBT2020}
			for i := range p.Planes[0].Pix16 {
				p.Planes[0].Pix16[i] = uint16(64 + 876*transfer(nits) + 0.5)
			}
			for c := 1; c < 3; c++ {
				for i := range p.Planes[c].Pix16 {
					p.Planes[c].Pix16[i] = 512
				}
			}
			got := sampled(t, p, 14, 14)
			r, g, b := float64(got[100]), float64(got[196+100]), float64(got[2*196+100])
			if math.Abs(r-g) > 0.01 || math.Abs(b-g) > 0.01 {
				t.Errorf("transfer %d: gray of %g nits has the colour %.3f %.3f %.3f", name, nits, r, g, b)
			}
			if g <= last || g > 1 {
				t.Errorf("transfer %d: %g nits give %g after %g", name, nits, g, last)
			}
			if sdr := math.Pow(nits/203, 1/2.2); nits <= 100 && math.Abs(g-sdr) > 0.03 {
				t.Errorf("transfer %d: %g nits give %.3f, an ordinary picture has %.3f", name, nits, g, sdr)
			}
			last = g
		}
	}
}

func TestSamplerStopsWhenCancelled(t *testing.T) {
	g := pix.NewCrew(2)
	defer g.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := pix.New(pix.Layout{W: 64, H: 64, Model: pix.RGBA})
	if err := newSampler(g, true).fill(ctx, make([]float32, 3*56*56), 56, 56, p, wholePart(p), false); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestWorkingSize(t *testing.T) {
	tests := []struct{ w, h, short, ow, oh int }{
		{4000, 3000, 518, 686, 518}, // 690.67/14 = 49.33
		{3000, 2000, 518, 784, 518}, // 3:2, from the reference's documents
		{1920, 1080, 518, 924, 518}, // 16:9, as above
		{1080, 1920, 518, 518, 924},
		{518, 518, 518, 518, 518},
		{100, 100, 518, 518, 518}, // smaller pictures are enlarged
		{1920, 1080, 252, 448, 252},
		{640, 480, 500, 672, 504}, // 500 is rounded to a multiple: 35.7 up
		{640, 480, 494, 658, 504}, // 35.3 would round below the bound, so up
		{3500, 1000, 518, 1820, 518},
		{23000, 1000, 518, 2058, 84}, // longer than the cap: scaled to that
		{50, 60000, 518, 14, 2058},
		{1, 1, 518, 518, 518},
		{1, 5000, 518, 14, 2058},
	}
	for _, tt := range tests {
		if ow, oh := workingSize(tt.w, tt.h, tt.short, 14); ow != tt.ow || oh != tt.oh {
			t.Errorf("%dx%d at %d: %dx%d, want %dx%d", tt.w, tt.h, tt.short, ow, oh, tt.ow, tt.oh)
		}
	}
}

func TestRobustRange(t *testing.T) {
	ramp := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = 2 + float32(i)/float32(n-1)
		}
		return v
	}
	with := func(v []float32, every int, x float32) []float32 {
		for i := 0; i < len(v); i += every {
			v[i] = x
		}
		return v
	}
	tests := []struct {
		name   string
		v      []float32
		lo, hi float32
	}{
		{"no outliers", ramp(10000), 2, 3},
		{"hot values", with(ramp(10000), 500, 1e6), 2, 3.1},
		{"cold values", with(ramp(10000), 500, -1e6), 1.9, 3},
		{"more than a tail", with(ramp(10000), 50, 10), 2, 10},
		{"one spot on a wall", with(make([]float32, 10000), 500, 1), 0, 1},
	}
	var r ranger
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lo, hi, err := extent(tt.v)
			if err != nil {
				t.Fatal(err)
			}
			lo, hi = r.robust(tt.v, lo, hi)
			if math.Abs(float64(lo-tt.lo)) > 0.02 || math.Abs(float64(hi-tt.hi)) > 0.02 {
				t.Errorf("range %g..%g, want %g..%g", lo, hi, tt.lo, tt.hi)
			}
		})
	}
}
