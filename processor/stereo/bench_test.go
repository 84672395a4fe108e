package stereo

import (
	"context"
	"fmt"
	"math"
	"testing"

	"spatialmaker/processor/pix"
)

// filmLike draws a picture with the depth structure of a film frame: a sloping
// ground, a far background, some round bodies in front, and noise everywhere.
func filmLike(l pix.Layout) (*pix.Picture, *pix.Map) {
	p, m := noise(pix.New(l), 1), pix.NewMap(l.W, l.H)
	bodies := [][4]float64{{0.22, 0.62, 0.09, 0.75}, {0.47, 0.55, 0.13, 0.9}, {0.74, 0.5, 0.1, 0.6}, {0.6, 0.8, 0.05, 0.97}, {0.1, 0.3, 0.04, 0.5}, {0.88, 0.75, 0.07, 0.8}}
	aspect := float64(l.H) / float64(l.W)
	at := func(u, v float64) (depth, tone float64) {
		depth, tone = 0.15+0.05*math.Sin(5*u), 0.3+0.2*math.Sin(40*u)*math.Cos(31*v)
		if v > 0.55 {
			depth, tone = depth+(v-0.55)*1.1, 0.5+0.2*math.Sin(90*u)
		}
		for i, b := range bodies {
			x, y := (u-b[0])/b[2], (v-b[1])*aspect/b[2]/1.8
			if r := x*x + y*y; r < 1 {
				depth, tone = b[3]+0.05*math.Sqrt(1-r), 0.2+0.12*float64(i)+0.1*math.Sin(60*v)
			}
		}
		return depth, tone
	}
	peak := float64(int(1)<<p.Bits - 1)
	for y := range l.H {
		for x := range l.W {
			d, t := at(float64(x)/float64(l.W), float64(y)/float64(l.H))
			m.Pix[y*l.W+x] = float32(d)
			pl := &p.Planes[0]
			for c := range pl.Comps {
				k := y*pl.Stride + x*pl.Comps + c
				if pl.Pix16 != nil {
					pl.Pix16[k] = uint16(float64(pl.Pix16[k])*0.1 + 0.9*t*peak)
				} else {
					pl.Pix8[k] = uint8(float64(pl.Pix8[k])*0.1 + 0.9*t*peak)
				}
			}
		}
	}
	return p, m
}

var benchLayouts = []struct {
	name string
	l    pix.Layout
}{
	{"rgba", pix.Layout{Bits: 8, Model: pix.RGBA}},
	{"yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
	{"yuv420p10", pix.Layout{Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
}

func eachBench(b *testing.B, fn func(b *testing.B, src *pix.Picture, m *pix.Map)) {
	for _, size := range [][2]int{{1920, 1080}, {3840, 2160}} {
		for _, k := range benchLayouts {
			b.Run(fmt.Sprintf("%s/%dp", k.name, size[1]), func(b *testing.B) {
				src, m := filmLike(k.l.Resized(size[0], size[1]))
				b.ReportAllocs()
				b.SetBytes(int64(pix.LayoutOf(src).Bytes()))
				fn(b, src, m)
			})
		}
	}
}

func benchRender(b *testing.B, views int, fill Fill) {
	eachBench(b, func(b *testing.B, src *pix.Picture, m *pix.Map) {
		r := newRenderer(b, Options{Fill: fill})
		left, right := pix.New(pix.LayoutOf(src)), pix.New(pix.LayoutOf(src))
		if views == 1 {
			left = nil
		}
		g := Geometry{Strength: 2.5, Convergence: 0.5}
		ctx := context.Background()
		for i := 0; b.Loop(); i++ {
			if err := r.Render(ctx, left, right, src, m, g); err != nil {
				b.Fatal(err)
			}
			if i == 0 {
				b.ResetTimer() // the first frame sizes the scratch
			}
		}
	})
}

// BenchmarkRenderFilm renders one eye of a film that stands still.
func BenchmarkRenderFilm(b *testing.B) {
	eachBench(b, func(b *testing.B, src *pix.Picture, m *pix.Map) {
		r := newRenderer(b, Options{})
		right := pix.New(pix.LayoutOf(src))
		for i := 0; b.Loop(); i++ {
			if err := r.RenderNext(b.Context(), nil, right, src, m, Geometry{Strength: 2.5, Convergence: 0.5}, i == 0); err != nil {
				b.Fatal(err)
			}
			if i == 2 {
				b.ResetTimer()
			}
		}
	})
}

func BenchmarkRenderOneEye(b *testing.B)     { benchRender(b, 1, FillGood) }
func BenchmarkRenderBothEyes(b *testing.B)   { benchRender(b, 2, FillGood) }
func BenchmarkRenderOneEyeFast(b *testing.B) { benchRender(b, 1, FillFast) }

// BenchmarkRefine is at the size that photos are estimated at, BenchmarkRefineFilm
// at that of films.
func BenchmarkRefine(b *testing.B)     { benchRefine(b, 924, 518) }
func BenchmarkRefineFilm(b *testing.B) { benchRefine(b, 448, 252) }

func benchRefine(b *testing.B, w, h int) {
	eachBench(b, func(b *testing.B, src *pix.Picture, m *pix.Map) {
		r := newRenderer(b, Options{})
		low, dst := pix.NewMap(w, h), pix.NewMap(m.W, m.H)
		if err := Resize(low, m); err != nil {
			b.Fatal(err)
		}
		ctx := context.Background()
		for i := 0; b.Loop(); i++ {
			if err := r.Refine(ctx, dst, low, src, RefineOptions{}); err != nil {
				b.Fatal(err)
			}
			if i == 0 {
				b.ResetTimer()
			}
		}
	})
}
