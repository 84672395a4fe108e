package pack

import (
	"errors"
	"math"
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
	l := pix.Layout{W: 1920, H: 1080, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}
	dst, left, right := pix.New(l), pix.New(l), pix.New(l)
	for i := range left.Planes[0].Pix8 {
		left.Planes[0].Pix8[i], right.Planes[0].Pix8[i] = uint8(i), uint8(i>>3)
	}
	b.SetBytes(int64(l.Bytes()))
	b.ReportAllocs()
	for b.Loop() {
		if err := AnaglyphInto(b.Context(), dst, left, right, Dubois, 0); err != nil {
			b.Fatal(err)
		}
	}
}
