package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// rampCase is a map with everything the ramp functions work on.
type rampCase struct {
	p                        Ramp
	s, near, far, mid, mix   []float32
	d0, d1, res, fields, tmp []float32
	c                        [3][]float32
	flag, live               []uint8
}

func newRampCase(rnd *rand.Rand, w, h int) *rampCase {
	c := &rampCase{}
	p := &c.p
	p.Fit(w, h)
	p.LevelR, p.Step, p.Slack = 1+rnd.IntN(4), 0.05, 0.2
	p.Blur = []float32{0.4, 0.2, 0.1}
	for i := range 12 {
		p.Taps = append(p.Taps, Tap{DX: int32(rnd.IntN(11) - 5), DY: int32(rnd.IntN(11) - 5), Weight: 1 / float32(i+1)})
	}
	n := p.Stride * h
	for _, q := range []*[]float32{&c.s, &c.near, &c.far, &c.mid, &c.mix, &c.d0, &c.d1, &c.res, &c.c[0], &c.c[1], &c.c[2]} {
		*q = make([]float32, n)
	}
	c.tmp = make([]float32, p.Stride*(h+16))
	c.fields = make([]float32, p.Blocks*8*h*FieldCount)
	c.flag, c.live = make([]uint8, p.Blocks*h), make([]uint8, p.Blocks*h)
	row := make([]float32, w)
	for y := range h {
		for x := range row {
			edge := float64(w)/2 + 3*math.Sin(float64(y)/5)
			v := 0.3 + 0.4/(1+math.Exp((edge-float64(x))/1.3)) + 0.002*float64(x)/float64(w)
			row[x] = float32(v) + 0.001*rnd.Float32()
			if rnd.IntN(200) == 0 {
				row[x] = rnd.Float32()*3 - 1
			}
		}
		if y%7 == 3 {
			row[rnd.IntN(w)] = float32(math.NaN())
		}
		RampLoad(c.s[y*p.Stride:][:p.Stride], row)
		for i := range c.c {
			for x := range row {
				row[x] = 255 * rnd.Float32()
			}
			RampLoad(c.c[i][y*p.Stride:][:p.Stride], row)
			for x := range c.c[i][y*p.Stride:][:p.Stride] {
				c.c[i][y*p.Stride+x] *= 255
			}
		}
	}
	return c
}

// ramps runs all functions on a map, in bands of rows.
func (c *rampCase) ramps(ref bool) {
	p := &c.p
	levels, dilate, residual, gather, fields, blurred := rampLevels, rampDilate, rampResidual, rampGather, rampFields, rampBlurred
	if ref {
		levels, dilate, residual, gather, fields, blurred = refRampLevels, refRampDilate, refRampResidual, refRampGather, refRampFields, refRampBlurred
	}
	bands := func(fn func(y0, y1 int)) {
		for y := 0; y < p.H; y += 5 {
			fn(y, min(y+5, p.H))
		}
	}
	bands(func(a, b int) { blurred(p, a, b, c.s, c.mix, []float32{0.5, 0.25}, c.tmp) })
	c.s, c.mix = c.mix, c.s
	bands(func(a, b int) { levels(p, a, b, c.s, c.near, c.far, c.mid, c.mix, c.d0, c.d1, c.flag, c.tmp) })
	bands(func(a, b int) { dilate(p, a, b, c.live, c.flag, 5) })
	bands(func(a, b int) { residual(p, a, b, c.s, c.d0, c.res, c.live, c.tmp) })
	bands(func(a, b int) { gather(p, a, b, c.s, c.d0, c.res, c.near, c.far, c.mid, c.d1, c.flag) })
	bands(func(a, b int) {
		fields(p, a, b, c.s, c.d1, c.c, c.near, c.far, c.mid, c.mix, c.flag, c.live, c.fields)
	})
}

// zoom gives a row of a picture three times as wide, of 8 or 16 bit, RGBA or
// planes.
func (c *rampCase) zoom(rnd *rand.Rand, kind int) (*Zoom, []float32) {
	p := &c.p
	w := 3 * p.W
	z := &Zoom{Row0: p.H / 2, Row1: min(p.H/2+1, p.H-1), FY: 0.3, Comps: 3, Colour: 0.7, Reach: kind % 3, Widen: 0.1 * float32(kind%2)}
	for x := range w {
		at := min(max((float32(x)+0.5)/3-0.5, 0), float32(p.W-1))
		i := max(min(int(at), p.W-2), 0)
		z.Index, z.FX = append(z.Index, int32(i)), append(z.FX, at-float32(i))
	}
	for b := range p.Blocks {
		a, e := 0, 0
		for a < w && int(z.Index[a]) < 8*b-1 {
			a++
		}
		for e < w && int(z.Index[e]) < 8*b+8 {
			e++
		}
		z.First = append(z.First, int32(a), int32(e))
	}
	for i := range z.Scale {
		z.Scale[i], z.Step[i] = 1, 1
		pix8, pix16 := make([]uint8, 4*w*3), make([]uint16, 4*w*3)
		for k := range pix8 {
			pix8[k], pix16[k] = uint8(rnd.Uint32()), uint16(rnd.IntN(1024))
		}
		z.At[i], z.Above[i], z.Below[i] = 4*w, 0, 8*w
		switch kind % 4 {
		case 0:
			z.Pix8[i] = pix8
		case 1:
			z.Pix16[i], z.Scale[i] = pix16, 0.25
		case 2:
			z.Pix8[i], z.Shift[i] = pix8, uint(min(i, 1))
		case 3:
			z.Pix8[i], z.Step[i] = pix8, 4
			z.At[i], z.Above[i], z.Below[i] = 4*w+i, i, 8*w+i
		}
	}
	dst := make([]float32, w)
	rampRow(dst, c.s[z.Row0*p.Stride+RampPad:][:p.W], c.s[z.Row1*p.Stride+RampPad:][:p.W], z.FY, z.Index, z.FX, make([]float32, p.W+1))
	return z, dst
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if d := got[i] - want[i]; !(d > -1.0/1024 && d < 1.0/1024) && want[i] == want[i] {
			t.Fatalf("%s %d: %v, want %v", what, i, got[i], want[i])
		}
	}
}

func TestRampAgrees(t *testing.T) {
	for i, size := range [][2]int{{1, 1}, {1, 9}, {2, 3}, {7, 5}, {8, 8}, {9, 30}, {17, 2}, {64, 40}, {100, 33}, {257, 12}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			got := newRampCase(rand.New(rand.NewPCG(1, uint64(i))), size[0], size[1])
			want := newRampCase(rand.New(rand.NewPCG(1, uint64(i))), size[0], size[1])
			got.ramps(false)
			want.ramps(true)
			for y := range size[1] {
				for b := range got.p.Blocks {
					at := y*got.p.Blocks + b
					if got.flag[at] != want.flag[at] || got.live[at] != want.live[at] {
						t.Fatalf("block %d of row %d: %d %d, want %d %d", b, y, got.flag[at], got.live[at], want.flag[at], want.live[at])
					}
					if got.live[at] != 0 {
						near(t, "fields", got.fields[at*8*FieldCount:][:8*FieldCount], want.fields[at*8*FieldCount:][:8*FieldCount])
					}
				}
				near(t, "steps", got.d1[y*got.p.Stride:][:got.p.Stride], want.d1[y*got.p.Stride:][:got.p.Stride])
			}
			for kind := range 12 {
				rnd := rand.New(rand.NewPCG(2, uint64(kind)))
				z, a := got.zoom(rnd, kind)
				b := make([]float32, len(a))
				refRampRow(b, got.s[z.Row0*got.p.Stride+RampPad:][:size[0]], got.s[z.Row1*got.p.Stride+RampPad:][:size[0]], z.FY, z.Index, z.FX, make([]float32, size[0]+1))
				near(t, "enlarged", a, b)
				got.p.Draw(a, z, got.fields, got.flag)
				refRampDraw(&got.p, b, z, got.fields, got.flag)
				near(t, fmt.Sprintf("drawn %d", kind), a, b)
			}
		})
	}
}

func TestRampLoadAgrees(t *testing.T) {
	odd := []float32{0.5, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), -1, 2, 1, 0, 0.25, 5e-39}
	for n := range len(odd) {
		got, want := make([]float32, 2*RampPad+16), make([]float32, 2*RampPad+16)
		RampLoad(got, odd[:n+1])
		refRampLoad(want, odd[:n+1])
		near(t, "loaded", got, want)
	}
}

// A slope of any steepness is no ramp, and a blurred step is.
func TestRampLevelsTellsSlopesFromRamps(t *testing.T) {
	for name, v := range map[string]func(x int) float64{
		"gentle": func(x int) float64 { return 0.01 * float64(x) },
		"steep":  func(x int) float64 { return 0.05 * float64(x) },
		"step":   func(x int) float64 { return 0.5 + 0.3*math.Erf((float64(x)-10)/2) },
	} {
		c := newRampCase(rand.New(rand.NewPCG(1, 1)), 20, 20)
		c.p.LevelR = 3
		row := make([]float32, 20)
		for x := range row {
			row[x] = float32(v(x))
		}
		for y := range 20 {
			RampLoad(c.s[y*c.p.Stride:][:c.p.Stride], row)
		}
		c.p.Levels(0, 20, c.s, c.near, c.far, c.mid, c.mix, c.d0, c.d1, c.flag, c.tmp)
		at := 10*c.p.Stride + RampPad + 10
		if found := c.flag[10*c.p.Blocks+1] != 0 && c.mix[at] > 0; found != (name == "step") {
			t.Errorf("%s: a ramp %v", name, found)
		}
	}
}

func TestPickAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(13, 14))
	for _, w := range widths {
		p := &Ramp{}
		p.Fit(w, 1)
		live, columns := make([]uint8, p.Blocks), make([]int32, w)
		p8, p16 := make([]uint8, 4*w), make([]uint16, 4*w)
		for i := range p8 {
			p8[i], p16[i] = uint8(rnd.Uint32()), uint16(rnd.Uint32())
		}
		for i := range live {
			live[i] = uint8(rnd.IntN(2))
		}
		for i := range columns {
			columns[i] = int32(rnd.IntN(w))
		}
		for _, from := range []Samples{
			{Pix8: p8, Step: 4, Scale: 1}, {Pix8: p8[1:], Step: 1, Shift: 1, Scale: 1.5}, {Pix16: p16, Step: 1, Scale: 0.25}, {Pix16: p16, Step: 4, Scale: 1},
		} {
			got, want := make([]float32, w), make([]float32, w)
			p.Pick(got, live, columns, &from)
			refPick(want, live, columns, &from)
			near(t, "sample", got, want)
		}
	}
}
