package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// fillGrid makes a grid with random runs, some of them above each other.
func fillGrid(rnd *rand.Rand, n, w, h int, shift uint) *FillGrid {
	g := &FillGrid{N: n, W: w, H: h, ShiftX: shift, ShiftY: shift}
	at := int32(0)
	for y := range h {
		g.First = append(g.First, int32(len(g.Runs)))
		for x := int32(rnd.IntN(6)); ; {
			q := FillRun{X0: x, X1: x + int32(rnd.IntN(12)), At: at, Y: int32(y << shift)}
			if rnd.IntN(9) == 0 {
				q.X1 += 70
			}
			if int(q.X1) >= w {
				break
			}
			q.Side, q.From, q.Other = int32(rnd.IntN(3)-1), int32(rnd.IntN(3)-1), -1
			q.Clean = int32(rnd.IntN(4))
			if rnd.IntN(3) == 0 {
				q.Other = int32(rnd.IntN(w << shift))
			}
			if q.Side != 0 && rnd.IntN(2) == 0 {
				q.Fall, q.Coherent = rnd.Float32()*6-3, rnd.Float32()
			}
			for c := range q.A {
				q.A[c], q.B[c] = rnd.Float32()*255, rnd.Float32()*255
			}
			at += Room(q.X1 - q.X0 + 1)
			g.Runs = append(g.Runs, q)
			x = q.X1 + 2 + int32(rnd.IntN(9))
		}
	}
	g.First = append(g.First, int32(len(g.Runs)))
	g.Start, g.Down, g.Keep = make([]float32, int(at)*n), make([]float32, int(at)*n), make([]float32, at)
	g.Mean, g.Row = make([]float32, w*n), make([]int32, w)
	return g
}

// fillPlanes are what a grid is drawn into.
func fillPlanes(g *FillGrid, bits, step int) *FillPlanes {
	p := &FillPlanes{Stride: g.W * step, Step: step}
	for i := range g.N / step {
		if bits == 8 {
			p.Pix8[i] = make([]uint8, g.W*g.H*step)
		} else {
			p.Pix16[i] = make([]uint16, g.W*g.H*step)
		}
	}
	return p
}

func TestFillAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	for _, size := range [][2]int{{1, 1}, {3, 9}, {40, 1}, {64, 30}, {333, 47}} {
		for _, k := range []struct {
			n, step, bits int
			shift         uint
		}{{1, 1, 8, 0}, {2, 1, 8, 1}, {4, 4, 8, 0}, {1, 1, 16, 0}, {2, 1, 10, 1}, {3, 1, 8, 0}, {4, 4, 16, 0}} {
			t.Run(fmt.Sprintf("%v%v", size, k), func(t *testing.T) {
				g := fillGrid(rnd, k.n, size[0], size[1], k.shift)
				r := *g
				r.Start, r.Down, r.Keep = make([]float32, len(g.Start)), make([]float32, len(g.Down)), make([]float32, len(g.Keep))
				got, want := fillPlanes(g, k.bits, k.step), fillPlanes(g, k.bits, k.step)
				g.Begin(0, g.H/2)
				g.Begin(g.H/2, g.H)
				refFillBegin(&r, 0, r.H)
				filled := func(a []float32, comps int) (v []float32) {
					for i := range g.Runs {
						q := &g.Runs[i]
						for c := range comps {
							for k := range int(q.X1 - q.X0 + 1) {
								v = append(v, a[int(q.At)*comps+c*int(Room(q.X1-q.X0+1))+k])
							}
						}
					}
					return v
				}
				near(t, "start", filled(g.Start, g.N), filled(r.Start, g.N))
				near(t, "keep", filled(g.Keep, 1), filled(r.Keep, 1))
				g.Sweep(0, g.W/3, got)
				g.Sweep(g.W/3, g.W, got)
				refFillSweep(&r, 0, r.W, want)
				near(t, "result", filled(g.Start, g.N), filled(r.Start, g.N))
				for i := range got.Pix8 {
					within1(t, got.Pix8[i], want.Pix8[i])
					within1(t, got.Pix16[i], want.Pix16[i])
				}
			})
		}
	}
}

func within1[T uint8 | uint16](t *testing.T, got, want []T) {
	t.Helper()
	for i := range got {
		if d := int(got[i]) - int(want[i]); d > 1 || d < -1 {
			t.Fatalf("sample %d: %d, want %d", i, got[i], want[i])
		}
	}
}

// A hole beside an even background is filled with its colour, and one between
// two colours leads from one to the other.
func TestFillContinues(t *testing.T) {
	g := &FillGrid{N: 1, W: 8, H: 1, First: []int32{0, 2}, Runs: []FillRun{
		{X0: 0, X1: 2, Side: 1, From: 1, Clean: 1, Other: -1, A: [4]float32{90}},
		{X0: 4, X1: 6, At: 8, Other: -1, A: [4]float32{90}, B: [4]float32{130}},
	}}
	g.Start, g.Down, g.Keep = make([]float32, 16), make([]float32, 16), make([]float32, 16)
	g.Mean, g.Row = make([]float32, 8), make([]int32, 8)
	p := fillPlanes(g, 8, 1)
	g.Begin(0, 1)
	g.Sweep(0, 8, p)
	if got, want := fmt.Sprint(p.Pix8[0]), "[90 90 90 0 100 110 120 0]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
