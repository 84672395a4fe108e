package pix

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"testing"
)

// layouts are small pictures of every model, subsampling and depth.
func layouts() []Layout {
	var out []Layout
	for _, bits := range []int{8, 10, 16} {
		for _, s := range [][2]int{{6, 4}, {7, 5}, {1, 1}, {1, 9}} {
			out = append(out, Layout{W: s[0], H: s[1], Bits: bits, Model: RGBA}, Layout{W: s[0], H: s[1], Bits: bits, Model: Gray})
			for _, sub := range [][2]uint8{{0, 0}, {1, 0}, {0, 1}, {1, 1}, {2, 0}} {
				out = append(out, Layout{W: s[0], H: s[1], Bits: bits, Model: YUV, ShiftX: sub[0], ShiftY: sub[1]})
			}
		}
	}
	return out
}

// fill gives every sample its own value.
func fill(p *Picture) {
	n := 0
	for i := range p.N {
		pl := &p.Planes[i]
		for j := range pl.Pix8 {
			pl.Pix8[j] = uint8(n * 37)
			n++
		}
		for j := range pl.Pix16 {
			pl.Pix16[j] = uint16(n*379) & uint16(1<<p.Bits-1)
			n++
		}
	}
}

func TestNewAndSub(t *testing.T) {
	for _, l := range layouts() {
		p := New(l)
		if err := p.Check(); err != nil {
			t.Fatalf("%+v: %v", l, err)
		}
		if LayoutOf(p) != l {
			t.Fatalf("layout %+v became %+v", l, LayoutOf(p))
		}
		fill(p)
		q := New(l)
		if err := p.CopyTo(q); err != nil {
			t.Fatal(err)
		}
		cut := image.Rect(0, 0, (l.W+1)/2, l.H)
		part, err := q.Sub(cut)
		if err != nil {
			t.Fatalf("%+v: %v", l, err)
		}
		if err := part.Check(); err != nil {
			t.Fatalf("%+v: part: %v", l, err)
		}
		if _, err := q.Sub(image.Rect(0, 0, l.W+1, l.H)); !errors.Is(err, ErrShape) {
			t.Errorf("%+v: a part beyond the picture gives %v", l, err)
		}
	}
	p := New(Layout{W: 8, H: 8, Bits: 8, Model: YUV, ShiftX: 1, ShiftY: 1})
	if _, err := p.Sub(image.Rect(1, 0, 8, 8)); !errors.Is(err, ErrShape) {
		t.Errorf("a part off the chroma grid gives %v", err)
	}
	part, err := p.Sub(image.Rect(4, 2, 8, 8))
	if err != nil {
		t.Fatal(err)
	}
	part.Planes[1].Pix8[0] = 77
	if p.Planes[1].Pix8[p.Planes[1].Stride+2] != 77 {
		t.Error("a part does not share its picture's memory")
	}
}

func TestCheckRefuses(t *testing.T) {
	good := func() *Picture { return New(Layout{W: 8, H: 6, Bits: 8, Model: YUV, ShiftX: 1, ShiftY: 1}) }
	for name, spoil := range map[string]func(*Picture){
		"no size":       func(p *Picture) { p.W = 0 },
		"short buffer":  func(p *Picture) { p.Planes[2].Pix8 = p.Planes[2].Pix8[:3] },
		"narrow stride": func(p *Picture) { p.Planes[0].Stride = 7 },
		"wrong bits":    func(p *Picture) { p.Bits = 10 },
		"missing plane": func(p *Picture) { p.N = 2 },
		"wrong comps":   func(p *Picture) { p.Planes[1].Comps = 2 },
		"sampled luma":  func(p *Picture) { p.Planes[0].ShiftX = 1 },
		"plane size":    func(p *Picture) { p.Planes[1].W = 3 },
	} {
		p := good()
		spoil(p)
		if err := p.Check(); !errors.Is(err, ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPool(t *testing.T) {
	l := Layout{W: 10, H: 10, Bits: 8, Model: RGBA}
	pool := NewPool(l.Bytes())
	a, b := pool.Picture(l), pool.Picture(l)
	a.Release()
	a.Release()
	b.Release()
	if pool.Idle() != l.Bytes() {
		t.Errorf("%d bytes idle, the cap is %d", pool.Idle(), l.Bytes())
	}
	if c := pool.Picture(l); c != a || pool.Idle() != 0 {
		t.Error("the released picture does not come back")
	}
	m := pool.Map(3, 4)
	m.Release()
	if pool.Map(3, 4) != m {
		t.Error("the released map does not come back")
	}
	var none *Pool
	none.Picture(l).Release()
	none.Map(1, 1).Release()
}

func TestSanitize(t *testing.T) {
	m := NewMap(7, 1)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	copy(m.Pix, []float32{0.5, nan, inf, -inf, -1, 2, 1})
	if bad := m.Sanitize(); bad != 3 {
		t.Errorf("%d values were not finite, counted %d", 3, bad)
	}
	if got := fmt.Sprint(m.Pix); got != "[0.5 0 1 0 0 1 1]" {
		t.Error(got)
	}
}

func TestFullChroma(t *testing.T) {
	for _, l := range layouts() {
		p := New(l)
		fill(p)
		q := FullChroma(p, nil)
		if l.Model != YUV || (l.ShiftX == 0 && l.ShiftY == 0) {
			if q != p {
				t.Errorf("%+v was copied", l)
			}
			continue
		}
		for i := range 3 {
			s, d := &p.Planes[i], &q.Planes[i]
			for y := range l.H {
				for x := range l.W {
					a, b := y*d.Stride+x, (y>>s.ShiftY)*s.Stride+x>>s.ShiftX
					if (l.Bits == 8 && d.Pix8[a] != s.Pix8[b]) || (l.Bits > 8 && d.Pix16[a] != s.Pix16[b]) {
						t.Fatalf("%+v: plane %d differs at %d,%d", l, i, x, y)
					}
				}
			}
		}
	}
}

// TestToRGBA holds the conversion against the standard library's for what both
// know, and against exact values of limited-range BT.709.
func TestToRGBA(t *testing.T) {
	p := New(Layout{W: 16, H: 16, Bits: 8, Model: YUV})
	p.Colour = Colour{Matrix: MatrixBT601, FullRange: true}
	fill(p)
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	if err := ToRGBA(t.Context(), img, p, 2); err != nil {
		t.Fatal(err)
	}
	for i := range 256 {
		r, g, b := color.YCbCrToRGB(p.Planes[0].Pix8[i], p.Planes[1].Pix8[i], p.Planes[2].Pix8[i])
		for c, want := range []uint8{r, g, b} {
			if d := int(img.Pix[4*i+c]) - int(want); d < -1 || d > 1 {
				t.Fatalf("pixel %d component %d: %d, want %d", i, c, img.Pix[4*i+c], want)
			}
		}
	}
	q := New(Layout{W: 3, H: 1, Bits: 10, Model: YUV})
	q.Colour.Matrix = MatrixBT709
	copy(q.Planes[0].Pix16, []uint16{64, 940, 63 << 2})
	copy(q.Planes[1].Pix16, []uint16{512, 512, 102 << 2})
	copy(q.Planes[2].Pix16, []uint16{512, 512, 240 << 2})
	img = image.NewRGBA(image.Rect(0, 0, 3, 1))
	if err := ToRGBA(t.Context(), img, q, 1); err != nil {
		t.Fatal(err)
	}
	for i, want := range [][3]int{{0, 0, 0}, {255, 255, 255}, {255, 0, 0}} {
		for c := range 3 {
			if d := int(img.Pix[4*i+c]) - want[c]; d < -3 || d > 3 {
				t.Errorf("colour %d is %v, want %v", i, img.Pix[4*i:4*i+4], want)
				break
			}
		}
	}
}

func TestShrink(t *testing.T) {
	for _, l := range layouts() {
		p := New(l)
		fill(p)
		same := New(l)
		if err := Shrink(t.Context(), same, p, 2); err != nil {
			t.Fatalf("%+v: %v", l, err)
		}
		for i := range p.N {
			for j := range p.Planes[i].Pix8 {
				if p.Planes[i].Pix8[j] != same.Planes[i].Pix8[j] {
					t.Fatalf("%+v: shrinking to the same size changes plane %d", l, i)
				}
			}
		}
	}
	p := New(Layout{W: 5, H: 4, Bits: 8, Model: Gray})
	copy(p.Planes[0].Pix8, []uint8{0, 100, 200, 50, 250, 0, 100, 200, 50, 250, 10, 10, 10, 10, 10, 30, 30, 30, 30, 30})
	d := New(Layout{W: 2, H: 2, Bits: 8, Model: Gray})
	if err := Shrink(t.Context(), d, p, 1); err != nil {
		t.Fatal(err)
	}
	// 2.5 columns each: (0 + 100 + 100)/2.5 and (100 + 50 + 250)/2.5.
	if got := fmt.Sprint(d.Planes[0].Pix8); got != "[80 160 20 20]" {
		t.Error(got)
	}
	if err := Shrink(t.Context(), New(Layout{W: 6, H: 4, Bits: 8, Model: Gray}), p, 1); !errors.Is(err, ErrShape) {
		t.Errorf("growing gives %v", err)
	}
}

// TestRGBRow: loading and storing gives a picture back, within rounding.
func TestRGBRow(t *testing.T) {
	for _, l := range layouts() {
		for _, full := range []bool{true, false} {
			p := New(l)
			p.Colour = Colour{Matrix: MatrixBT709, FullRange: full}
			for i := range p.N { // colours that exist in RGB, the same in every block
				for j := range p.Planes[i].Pix8 {
					p.Planes[i].Pix8[j] = uint8(120 + 5*i)
				}
				for j := range p.Planes[i].Pix16 {
					p.Planes[i].Pix16[j] = uint16((120 + 5*i) << (l.Bits - 8))
				}
			}
			q := New(l)
			q.Colour = p.Colour
			row := NewRGBRow(p)
			for y := range l.H {
				row.Load(p, y)
				row.Alpha(p, y)
				row.Store(q, y)
			}
			for i := range p.N {
				for j := range p.Planes[i].Pix8 {
					if d := int(p.Planes[i].Pix8[j]) - int(q.Planes[i].Pix8[j]); d < -1 || d > 1 {
						t.Fatalf("%+v full %v: plane %d: %d became %d", l, full, i, p.Planes[i].Pix8[j], q.Planes[i].Pix8[j])
					}
				}
				for j := range p.Planes[i].Pix16 {
					if d := int(p.Planes[i].Pix16[j]) - int(q.Planes[i].Pix16[j]); d < -2 || d > 2 {
						t.Fatalf("%+v full %v: plane %d: %d became %d", l, full, i, p.Planes[i].Pix16[j], q.Planes[i].Pix16[j])
					}
				}
			}
		}
	}
}

func TestBands(t *testing.T) {
	for _, workers := range []int{1, 3} {
		seen := make([]int, 101)
		err := Bands(t.Context(), workers, len(seen), 7, func(_, y0, y1 int) {
			for y := y0; y < y1; y++ {
				seen[y]++
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for y, n := range seen {
			if n != 1 {
				t.Fatalf("row %d was worked on %d times", y, n)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := Bands(ctx, workers, 10, 1, func(int, int, int) { t.Error("ran after the end") }); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled run gives %v", err)
		}
	}
}

func BenchmarkToRGBA1080(b *testing.B) {
	p := New(Layout{W: 1920, H: 1080, Bits: 8, Model: YUV, ShiftX: 1, ShiftY: 1})
	img := image.NewRGBA(image.Rect(0, 0, 1920, 1080))
	b.SetBytes(int64(LayoutOf(p).Bytes()))
	b.ReportAllocs()
	for b.Loop() {
		if err := ToRGBA(context.Background(), img, p, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShrink12MP(b *testing.B) {
	p := New(Layout{W: 4000, H: 3000, Bits: 8, Model: YUV, ShiftX: 1, ShiftY: 1})
	d := New(LayoutOf(p).Resized(900, 674))
	b.SetBytes(int64(LayoutOf(p).Bytes()))
	b.ReportAllocs()
	for b.Loop() {
		if err := Shrink(context.Background(), d, p, 0); err != nil {
			b.Fatal(err)
		}
	}
}
