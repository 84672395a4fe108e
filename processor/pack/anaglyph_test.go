package pack

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"spatialmaker/processor/pix"
)

func plain(l pix.Layout, r, g, b uint16) *pix.Picture {
	p := pix.New(l)
	for i := 0; i < len(p.Planes[0].Pix8); i += 4 {
		copy(p.Planes[0].Pix8[i:], []uint8{uint8(r), uint8(g), uint8(b), 200})
	}
	for i := 0; i < len(p.Planes[0].Pix16); i += 4 {
		copy(p.Planes[0].Pix16[i:], []uint16{r * 257, g * 257, b * 257, 200 * 257})
	}
	return p
}

func TestAnaglyphColours(t *testing.T) {
	for _, bits := range []int{8, 16} {
		l := pix.Layout{W: 3, H: 2, Bits: bits, Model: pix.RGBA}
		left, right := plain(l, 200, 100, 50), plain(l, 40, 80, 120)
		for m, want := range map[Method][3]float64{
			Color:     {200, 80, 120},
			HalfColor: {0.299*200 + 0.587*100 + 0.114*50, 80, 120},
			GrayCyan:  {124.2, 0.299*40 + 0.587*80 + 0.114*120, 72.6},
			Optimized: {0.7*100 + 0.3*50, 80, 120},
		} {
			dst := pix.New(l)
			if err := AnaglyphInto(t.Context(), dst, left, right, m, 2); err != nil {
				t.Fatal(err)
			}
			for c, v := range want {
				got := 0.0
				if bits == 8 {
					got = float64(dst.Planes[0].Pix8[4*5+c])
				} else {
					got = float64(dst.Planes[0].Pix16[4*5+c]) / 257
				}
				if math.Abs(got-v) > 0.6 {
					t.Errorf("%s, %d bits: component %d is %.2f, want %.2f", m, bits, c, got, v)
				}
			}
		}
	}
}

// TestDubois holds the method against its definition in exact arithmetic.
func TestDubois(t *testing.T) {
	l := pix.Layout{W: 1, H: 1, Bits: 16, Model: pix.RGBA}
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	coded := func(v float64) float64 {
		if v <= 0.0031308 {
			return math.Max(0, v*12.92)
		}
		return math.Min(1, 1.055*math.Pow(v, 1/2.4)-0.055)
	}
	for _, c := range [][6]uint16{{255, 255, 255, 255, 255, 255}, {0, 0, 0, 0, 0, 0}, {10, 20, 30, 30, 20, 10}, {250, 10, 60, 90, 200, 130}, {3, 1, 2, 1, 2, 3}} {
		left, right, dst := plain(l, c[0], c[1], c[2]), plain(l, c[3], c[4], c[5]), pix.New(l)
		if err := AnaglyphInto(t.Context(), dst, left, right, Dubois, 1); err != nil {
			t.Fatal(err)
		}
		for i, row := range mixes[Dubois].m {
			sum := 0.0
			for j, k := range row {
				sum += float64(k) * linear(float64(c[j])/255)
			}
			if got, want := float64(dst.Planes[0].Pix16[i])/65535, coded(sum); math.Abs(got-want) > 0.001 {
				t.Errorf("%v component %d: %.5f, want %.5f", c, i, got, want)
			}
		}
	}
}

func TestAnaglyphRefuses(t *testing.T) {
	l := pix.Layout{W: 4, H: 4, Bits: 8, Model: pix.RGBA}
	if err := AnaglyphInto(t.Context(), pix.New(l), pix.New(l), pix.New(l), "green", 1); !errors.Is(err, ErrAnaglyph) {
		t.Errorf("an unknown method gives %v", err)
	}
	if err := AnaglyphInto(t.Context(), pix.New(l), pix.New(l), pix.New(l.Resized(2, 4)), Color, 1); !errors.Is(err, pix.ErrShape) {
		t.Errorf("eyes of two sizes give %v", err)
	}
}

// TestAnaglyphOfOneEye: the same grey eye twice stays as it is in every model.
func TestAnaglyphOfOneEye(t *testing.T) {
	for _, l := range []pix.Layout{
		{W: 5, H: 3, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
		{W: 5, H: 3, Bits: 10, Model: pix.YUV, ShiftX: 1},
		{W: 5, H: 3, Bits: 8, Model: pix.Gray},
	} {
		eye, dst := pix.New(l), pix.New(l)
		for i := range eye.N {
			v := []int{150, 128, 128}[i]
			for j := range eye.Planes[i].Pix8 {
				eye.Planes[i].Pix8[j] = uint8(v)
			}
			for j := range eye.Planes[i].Pix16 {
				eye.Planes[i].Pix16[j] = uint16(v << (l.Bits - 8))
			}
		}
		for _, m := range []Method{Color, HalfColor, GrayCyan, Optimized} {
			if err := AnaglyphInto(t.Context(), dst, eye, eye, m, 1); err != nil {
				t.Fatal(err)
			}
			for i := range eye.N {
				for j := range eye.Planes[i].Pix8 {
					if d := int(eye.Planes[i].Pix8[j]) - int(dst.Planes[i].Pix8[j]); d < -1 || d > 1 {
						t.Fatalf("%s %+v: plane %d is %d", m, l, i, dst.Planes[i].Pix8[j])
					}
				}
				for j := range eye.Planes[i].Pix16 {
					if d := int(eye.Planes[i].Pix16[j]) - int(dst.Planes[i].Pix16[j]); d < -2 || d > 2 {
						t.Fatalf("%s %+v: plane %d is %d", m, l, i, dst.Planes[i].Pix16[j])
					}
				}
			}
		}
	}
}

func BenchmarkAnaglyph1080(b *testing.B) {
	for name, l := range map[string]pix.Layout{
		"rgba":      {W: 1920, H: 1080, Bits: 8, Model: pix.RGBA},
		"yuv420p":   {W: 1920, H: 1080, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
		"yuv420p10": {W: 1920, H: 1080, Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
	} {
		b.Run(name, func(b *testing.B) {
			dst, left, right := pix.New(l), pix.New(l), pix.New(l)
			for i := range left.Planes[0].Pix8 {
				left.Planes[0].Pix8[i], right.Planes[0].Pix8[i] = uint8(i), uint8(i>>3)
			}
			b.SetBytes(int64(3 * l.Bytes())) // two read, one written
			x := NewMixer(0)
			b.Cleanup(x.Close)
			b.ReportAllocs()
			for b.Loop() {
				if err := x.Into(b.Context(), dst, left, right, Dubois); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestTablesAgree: the tables give what the same mix gives in floating point,
// to one level.
func TestTablesAgree(t *testing.T) {
	for _, l := range []pix.Layout{
		{W: 67, H: 21, Bits: 8, Model: pix.RGBA},
		{W: 67, H: 21, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
		{W: 67, H: 21, Bits: 8, Model: pix.YUV},
		{W: 66, H: 20, Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
		{W: 66, H: 20, Bits: 10, Model: pix.YUV, ShiftX: 1},
		{W: 1, H: 1, Bits: 12, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
	} {
		for _, full := range []bool{false, true} {
			left, right, got, want := pix.New(l), pix.New(l), pix.New(l), pix.New(l)
			rnd := rand.New(rand.NewPCG(uint64(l.Bits), 9))
			for _, p := range []*pix.Picture{left, right} {
				for i := range p.N {
					for k := range p.Planes[i].Pix8 {
						p.Planes[i].Pix8[k] = uint8(rnd.Uint32())
						if l.Model == pix.YUV { // colours that exist: the tables have no others
							p.Planes[i].Pix8[k] = uint8(108 + rnd.IntN(40))
						}
					}
					for k := range p.Planes[i].Pix16 {
						p.Planes[i].Pix16[k] = uint16((108 + rnd.IntN(40)) << (l.Bits - 8))
					}
				}
			}
			for _, p := range []*pix.Picture{left, right, got, want} {
				p.Colour = pix.Colour{Matrix: pix.MatrixBT709, FullRange: full}
			}
			for m, mx := range mixes {
				if err := AnaglyphInto(t.Context(), got, left, right, m, 2); err != nil {
					t.Fatal(err)
				}
				mx.rows(newAnaglyphRows(want), want, left, right, 0, l.H)
				if worst := farthest(got, want); worst > 1<<(l.Bits-8) {
					t.Errorf("%s of %+v, full range %v: %d of %d bits apart", m, l, full, worst, l.Bits)
				}
			}
		}
	}
}

// farthest is the largest difference of two pictures' samples.
func farthest(a, b *pix.Picture) int {
	worst := 0
	for i := range a.N {
		for k, v := range a.Planes[i].Pix8 {
			d := int(v) - int(b.Planes[i].Pix8[k])
			worst = max(worst, d, -d)
		}
		for k, v := range a.Planes[i].Pix16 {
			d := int(v) - int(b.Planes[i].Pix16[k])
			worst = max(worst, d, -d)
		}
	}
	return worst
}

// TestMixerAllocatesNothing for pictures of the kind it has had, in tables or in
// floating point.
func TestMixerAllocatesNothing(t *testing.T) {
	x := NewMixer(2)
	t.Cleanup(x.Close)
	for _, l := range []pix.Layout{
		{W: 67, H: 41, Bits: 8, Model: pix.RGBA},
		{W: 67, H: 41, Bits: 16, Model: pix.RGBA},
		{W: 66, H: 40, Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
	} {
		dst, eye := pix.New(l), pix.New(l)
		mixed := func() {
			if err := x.Into(t.Context(), dst, eye, eye, Dubois); err != nil {
				t.Fatal(err)
			}
		}
		for range 4 { // both workers come to have their memory
			mixed()
		}
		if n := testing.AllocsPerRun(20, mixed); n > 0 {
			t.Errorf("%+v: %g allocations", l, n)
		}
	}
}
