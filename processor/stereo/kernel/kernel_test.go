package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var widths = []int{1, 2, 3, 7, 8, 9, 16, 17, 31, 64, 100, 257, 640, 1921}

// rows gives displacements of many kinds: level, sloping, stepped, torn, wild.
func rows(rnd *rand.Rand, w int) map[string][]int32 {
	r := map[string][]int32{}
	for _, k := range []string{"level", "whole", "slope", "steep", "steps", "wild", "huge"} {
		r[k] = make([]int32, w)
	}
	v, s, t := int32(rnd.IntN(4000)-2000), float64(rnd.IntN(100))/10-5, 0.0
	for x := range w {
		if rnd.IntN(20) == 0 {
			v = int32(rnd.IntN(8000) - 4000)
			s = float64(rnd.IntN(400))/10 - 20
		}
		t += s
		r["level"][x] = 777
		r["whole"][x] = 5 * One
		r["slope"][x] = int32(float64(x) * 13.7)
		r["steep"][x] = int32(t * 20)
		r["steps"][x] = v + int32(t)
		r["wild"][x] = int32(rnd.IntN(40000) - 20000)
		r["huge"][x] = int32(rnd.Uint32())>>1 - 1<<29
	}
	return r
}

// row makes the ranges of displacements.
func row(d []int32) Row {
	r := Row{d, make([]Range, Blocks(len(d)))}
	refRanges(r.Ranges, d)
	return r
}

func eachRow(t *testing.T, fn func(t *testing.T, rnd *rand.Rand, disp []int32)) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, w := range widths {
		for name, d := range rows(rnd, w) {
			t.Run(fmt.Sprintf("%s%d", name, w), func(t *testing.T) { fn(t, rnd, d) })
		}
	}
}

func TestPaintAgrees(t *testing.T) {
	eachRow(t, func(t *testing.T, _ *rand.Rand, d []int32) {
		for _, mirror := range []bool{false, true} {
			got, want := make([]int32, len(d)), make([]int32, len(d))
			Paint(got, d, mirror)
			refPaint(want, d, mirror)
			if !slices.Equal(got, want) {
				for x := range got {
					if got[x] != want[x] {
						t.Fatalf("mirror %v, target %d: %d, want %d", mirror, x, got[x], want[x])
					}
				}
			}
			runs, wantRuns := make([]Run, len(d)/2+1), make([]Run, len(d)/2+1)
			n, m := Runs(runs, got), refRuns(wantRuns, want)
			if n != m || !slices.Equal(runs[:n], wantRuns[:m]) {
				t.Fatalf("runs %v, want %v", runs[:n], wantRuns[:m])
			}
			half, wantHalf := make([]int32, (len(d)+1)/2), make([]int32, (len(d)+1)/2)
			Subsample(half, got, 1)
			refSubsample(wantHalf, want, 1)
			if !slices.Equal(half, wantHalf) {
				t.Fatal("subsampled maps differ")
			}
		}
	})
}

func TestPaintIsTheMirrorImage(t *testing.T) {
	eachRow(t, func(t *testing.T, _ *rand.Rand, d []int32) {
		back := slices.Clone(d)
		slices.Reverse(back)
		a, b := make([]int32, len(d)), make([]int32, len(d))
		Paint(a, d, false)
		Paint(b, back, true)
		for x, s := range a {
			m := b[len(b)-1-x]
			if m != Hole {
				m = int32(len(d)-1)<<FracBits - m
			}
			if s != m {
				t.Fatalf("target %d: %d, mirrored %d", x, s, m)
			}
		}
	})
}

// Whatever is seen at a target is the nearest of what lands there.
func TestPaintShowsTheNearest(t *testing.T) {
	eachRow(t, func(t *testing.T, _ *rand.Rand, d []int32) {
		from := make([]int32, len(d))
		Paint(from, d, false)
		for x, v := range d {
			p := x<<FracBits - int(v)
			target := p >> FracBits
			if p&(One-1) != 0 || target < 0 || target >= len(d) {
				continue
			}
			if s := from[target]; s == Hole || s < int32(x)<<FracBits {
				t.Fatalf("source %d of displacement %d lands on %d, where %d/%d is seen", x, v, target, s, One)
			}
		}
	})
}

func TestDisplaceAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	odd := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), -1, 2, 0, 1, 1e30, -1e-30}
	for _, w := range widths {
		depth := make([]float32, w)
		for x := range depth {
			depth[x] = rnd.Float32()
			if rnd.IntN(5) == 0 {
				depth[x] = odd[rnd.IntN(len(odd))]
			}
		}
		for _, k := range [][2]float32{{0, 0}, {12345.6, -777.7}, {-9000, 4}, {4e9, -2e9}, {1e-3, 0.5}} {
			got, want := make([]int32, w), make([]int32, w)
			ranges, wantRanges := make([]Range, Blocks(w)), make([]Range, Blocks(w))
			Displace(got, ranges, depth, k[0], k[1])
			refDisplace(want, wantRanges, depth, k[0], k[1])
			if !slices.Equal(got, want) || !slices.Equal(ranges, wantRanges) {
				t.Fatalf("width %d, %v: %v %v, want %v %v", w, k, got, ranges, want, wantRanges)
			}
			clear(ranges)
			Ranges(ranges, got)
			if !slices.Equal(ranges, wantRanges) {
				t.Fatalf("width %d, %v: ranges %v, want %v", w, k, ranges, wantRanges)
			}
		}
	}
}

func TestEdgesAgree(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, w := range widths {
		for name := range rows(rnd, 1) {
			var r [3]Row
			for j := range r {
				r[j] = row(rows(rnd, w)[name])
			}
			for _, limit := range []int32{320, 30000} {
				got, want := make([]uint8, w), make([]uint8, w)
				any, wantAny := Edges(got, r[0], r[1], r[2], limit), refEdges(want, &r, limit)
				if any != wantAny || !slices.Equal(got, want) {
					t.Fatalf("%s%d: %v %v, want %v %v", name, w, any, got, wantAny, want)
				}
			}
		}
	}
}

func TestSamplesAgree(t *testing.T) {
	eachRow(t, func(t *testing.T, rnd *rand.Rand, d []int32) {
		from := make([]int32, len(d))
		Paint(from, d, false)
		for _, comps := range []int{1, 4} {
			n := (len(d) + 2*Pad) * comps
			a8, a16 := make([]uint8, n), make([]uint16, n)
			for i := range n {
				v := rnd.Uint32()
				if rnd.IntN(3) == 0 {
					v = uint32(-int32(v & 1))
				}
				a8[i], a16[i] = uint8(v), uint16(v)
			}
			for _, mirror := range []bool{false, true} {
				got, want := make([]uint8, len(d)*comps), make([]uint8, len(d)*comps)
				Sample8(got, a8, from, comps, mirror)
				refSample(want, a8, from, comps, 255, mirror)
				if !slices.Equal(got, want) {
					t.Fatalf("8 bits, %d components: %v, want %v", comps, got, want)
				}
				for _, top := range []int32{1023, 65535} {
					src := slices.Clone(a16)
					for i := range src {
						src[i] &= uint16(top)
					}
					got, want := make([]uint16, len(d)*comps), make([]uint16, len(d)*comps)
					Sample16(got, src, from, comps, top, mirror)
					refSample(want, src, from, comps, top, mirror)
					if !slices.Equal(got, want) {
						t.Fatalf("16 bits, %d components, mirror %v: %v, want %v", comps, mirror, got, want)
					}
				}
			}
		}
	})
}

func TestSplineKeepsAreasAndSamples(t *testing.T) {
	for f := int32(0); f < One; f++ {
		for _, v := range []int32{0, 1, 200, 255, 65535} {
			if got := spline(v, v, v, v, f, false); got != v {
				t.Fatalf("area of %d at %d: %d", v, f, got)
			}
		}
		// A ramp stays one.
		if got, want := spline(0, 1000, 2000, 3000, f, false), 1000+(1000*f+One/2)/One; got < want-1 || got > want+1 {
			t.Fatalf("ramp at %d: %d, want %d", f, got, want)
		}
	}
	if got := spline(9, 77, 200, 3, 0, false); got != 77 {
		t.Fatalf("a sample itself: %d", got)
	}
}

// band makes a neighbourhood with a silhouette in the middle.
func band(rnd *rand.Rand, w, bits, comps, step int) *Band {
	b := &Band{W: w, Disp: make([]int32, 5*w), Edge: make([]uint8, 5*w), Comps: comps, Bits: uint(bits), MinRange: 512, Luma: step == 1}
	for j := range 5 {
		b.DispRow[j], b.EdgeRow[j] = j*w, j*w
		v := int32(0)
		for x := range w {
			if rnd.IntN(6) == 0 {
				v = int32(rnd.IntN(3)) * 4000
			}
			b.Disp[j*w+x] = v + int32(rnd.IntN(100))
		}
	}
	for j := range 5 {
		var r [3]Row
		for i := range r {
			r[i] = row(b.Disp[min(max(j+i-1, 0), 4)*w:][:w])
		}
		refEdges(b.Edge[j*w:][:w], &r, 512)
	}
	for c := range comps {
		shift := uint(0)
		if step == 1 && c > 0 {
			shift = 1
		}
		n := 5 * w * step
		p8, p16 := make([]uint8, n+4), make([]uint16, n+4)
		for i := range p8 {
			v := rnd.Uint32()
			p8[i], p16[i] = uint8(v), uint16(v)>>(16-bits)
		}
		if bits == 8 {
			b.Pix8[c] = p8
		} else {
			b.Pix16[c] = p16
		}
		b.Step[c], b.Shift[c] = step, shift
		for j := range 5 {
			b.Row[c][j] = j * w * step
			if step == 4 { // interleaved
				b.Row[c][j] += c
				b.Pix8[c], b.Pix16[c] = b.Pix8[0], b.Pix16[0]
			}
		}
	}
	return b
}

func TestMixAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	found := 0
	for _, w := range widths {
		for _, bits := range []int{8, 10, 16} {
			for _, k := range [][2]int{{1, 1}, {3, 1}, {3, 4}, {4, 4}} {
				b := band(rnd, w, bits, k[0], k[1])
				got, want := make([]Mixed, w), make([]Mixed, w)
				n, m := Mix(got, b), refMix(want, b)
				if n != m {
					t.Fatalf("width %d, %d bits, %v: %d mixed pixels, want %d", w, bits, k, n, m)
				}
				for i := range n {
					for c := k[0]; c < 4; c++ {
						got[i].F[c], got[i].B[c], want[i].F[c], want[i].B[c] = 0, 0, 0, 0
					}
				}
				if !slices.Equal(got[:n], want[:m]) {
					t.Fatalf("width %d, %d bits, %v: %v, want %v", w, bits, k, got[:n], want[:m])
				}
				found += n
			}
		}
	}
	if found == 0 {
		t.Fatal("no mixed pixel was ever found")
	}
}

// A thin edge of half coverage between two plain surfaces is found as such.
func TestMixFindsCoverage(t *testing.T) {
	const w = 9
	b := &Band{W: w, Disp: make([]int32, 5*w), Edge: make([]uint8, 5*w), Comps: 1, Bits: 8, MinRange: 512, Luma: true}
	row := []uint8{20, 20, 20, 20, 110, 200, 200, 200, 200}
	for j := range 5 {
		b.DispRow[j], b.EdgeRow[j], b.Row[0][j] = j*w, j*w, j*w
		b.Pix8[0] = append(b.Pix8[0], row...)
		for x := 5; x < w; x++ {
			b.Disp[j*w+x] = 2560
		}
		b.Edge[j*w+4], b.Edge[j*w+5] = 1, 1
	}
	b.Step[0] = 1
	out := make([]Mixed, w)
	if n := Mix(out, b); n != 1 {
		t.Fatalf("%d mixed pixels: %v", n, out[:n])
	}
	m := out[0]
	if m.X != 4 || m.A < 100 || m.A > 156 || m.Near != 2560 || m.Far != 0 {
		t.Errorf("found %+v", m)
	}
}

func FuzzPaint(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, uint8(3), true)
	f.Fuzz(func(t *testing.T, b []byte, gain uint8, mirror bool) {
		if len(b) == 0 || len(b) > 4000 {
			return
		}
		d := make([]int32, len(b))
		for i, v := range b {
			d[i] = int32(int8(v)) << (gain % 24)
		}
		got, want := make([]int32, len(d)), make([]int32, len(d))
		Paint(got, d, mirror)
		refPaint(want, d, mirror)
		if !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
