package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// openRow paints a row of displacements and draws planes of noise around it.
func openRow(rnd *rand.Rand, d []int32, comps, bits int, mirror bool) (*OpenRow, []Run) {
	w := len(d)
	r := &OpenRow{From: make([]int32, w), Disp: d, Above: slices.Clone(d), Below: slices.Clone(d)}
	Paint(r.From, d, mirror)
	for x := range d {
		if rnd.IntN(9) == 0 {
			r.Above[x] += 4000
		}
	}
	r.Layout = OpenLayout{W: w, Bits: bits, N: 3, Comps: comps, Luma: [3]int{0, w * comps, 2 * w * comps}, Limit: 320}
	if mirror {
		r.Layout.Mirror = 1
	}
	if comps == 4 {
		r.Layout.N = 1
	}
	noise := func(n int) (p8 []uint8, p16 []uint16) {
		for range n {
			v := rnd.Uint32()
			if bits == 8 {
				p8 = append(p8, uint8(v))
			} else {
				p16 = append(p16, uint16(v)>>(16-bits))
			}
		}
		return p8, p16
	}
	r.Luma8, r.Luma16 = noise(3 * w * comps)
	for i := range r.Layout.N {
		r.Layout.Width[i] = w
		if i > 0 {
			r.Layout.Shift[i], r.Layout.Width[i] = 1, (w+1)/2
		}
		r.Pix8[i], r.Pix16[i] = noise(w * comps)
	}
	runs := make([]Run, w/2+1)
	return r, runs[:Runs(runs, r.From)]
}

func TestOpenAgrees(t *testing.T) {
	found := 0
	eachRow(t, func(t *testing.T, rnd *rand.Rand, d []int32) {
		for _, k := range []struct {
			comps, bits int
			mirror      bool
		}{{1, 8, false}, {1, 10, true}, {4, 8, true}, {4, 16, false}} {
			r, runs := openRow(rnd, d, k.comps, k.bits, k.mirror)
			if len(runs) == 1 && int(runs[0].X1-runs[0].X0) == len(d)-1 {
				continue
			}
			got, want := make([]Opening, len(runs)), make([]Opening, len(runs))
			Open(got, runs, r)
			refOpen(want, runs, r)
			for i := range want {
				g, w := &got[i], &want[i]
				near(t, "structure", []float32{g.XX, g.XY, g.YY}, []float32{w.XX, w.XY, w.YY})
				g.XX, g.XY, g.YY, w.XX, w.XY, w.YY = 0, 0, 0, 0, 0, 0
				if w.Other >= 0 {
					found++
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%v: %v, want %v", k, got, want)
			}
		}
	})
	if found == 0 {
		t.Fatal("no background was ever seen on both sides")
	}
}

// The background of a hole beside a near surface is the far side, and seen again
// behind a thin one.
func TestOpenSeesBehind(t *testing.T) {
	const w = 64
	d := make([]int32, w)
	for x := 20; x < 32; x++ {
		d[x] = 6 * One
	}
	r, runs := openRow(rand.New(rand.NewPCG(1, 1)), d, 1, 8, false)
	out := make([]Opening, len(runs))
	Open(out, runs, r)
	if len(out) != 1 {
		t.Fatalf("holes %v", runs)
	}
	o := &out[0]
	if o.Side != 1 || o.Edge != o.X1+1 || o.Other < 0 || o.Other >= o.X0 || o.Clean[0] != 1 {
		t.Errorf("%+v", o)
	}
	if got, want := o.Beside[0][0], float32(r.Pix8[0][o.Edge]); got != want {
		t.Errorf("colour beside it %v, want %v", got, want)
	}
}
