package depth

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// Pictures of several shapes from many goroutines, with one run at a time and
// with two: each gets its own answer.
func TestEstimateFromManyGoroutines(t *testing.T) {
	shapes := [][2]int{{160, 120}, {120, 160}, {200, 112}}
	for _, parallel := range []int{1, 2} {
		e := open(t, Config{ModelPath: mediatest.Model(t, "tiny.onnx"), ShortSide: 56, Threads: 2, Parallel: parallel, Pool: pix.NewPool(1 << 20)})
		want := make([]Map, len(shapes))
		for i, s := range shapes {
			m, err := e.Estimate(t.Context(), noise(pix.Layout{W: s[0], H: s[1], Model: pix.RGBA}, uint64(i)))
			if err != nil {
				t.Fatal(err)
			}
			want[i] = m
		}
		var wg sync.WaitGroup
		for g := range 6 {
			wg.Go(func() {
				for round := range 5 {
					i := (g + round) % len(shapes)
					p := noise(pix.Layout{W: shapes[i][0], H: shapes[i][1], Model: pix.RGBA}, uint64(i))
					m, err := e.Estimate(t.Context(), p)
					if err != nil {
						t.Error(err)
						return
					}
					for k, v := range m.Pix {
						if d := v - want[i].Pix[k]; d > 1e-4 || d < -1e-4 {
							t.Errorf("shape %d differs by %g", i, d)
							return
						}
					}
					m.Release()
				}
			})
		}
		wg.Wait()
	}
}

// Who waits for a turn can be cancelled, and Close waits for who has it.
func TestWaitingIsCancelled(t *testing.T) {
	e := open(t, Config{ModelPath: mediatest.Model(t, "tiny.onnx"), ShortSide: 56})
	busy := <-e.slots
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := noise(pix.Layout{W: 64, H: 64, Model: pix.RGBA}, 1)
	if _, err := e.Estimate(ctx, p); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	e.slots <- busy
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Estimate(t.Context(), p); !errors.Is(err, errClosed) {
		t.Errorf("error %v after Close", err)
	}
}

// What allocates in a frame is the binding: it makes two slices of one pointer.
func TestFramesAllocateLittle(t *testing.T) {
	e := open(t, Config{ModelPath: mediatest.Model(t, "tiny.onnx"), ShortSide: 112, Threads: 2})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := noise(pix.Layout{W: 640, H: 360, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 1)
	frame := func() {
		m, err := e.Estimate(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		m.Release()
	}
	frame()
	if n := testing.AllocsPerRun(20, frame); n > 3 {
		t.Errorf("%.0f allocations a frame, want the binding's 2", n)
	}
}

// The same picture gives the same map, whatever was estimated between.
func TestEstimateIsRepeatable(t *testing.T) {
	e := open(t, Config{ModelPath: mediatest.Model(t, "tiny.onnx"), ShortSide: 56, CacheDir: t.TempDir(), Expect: struct{ X, Y int }{160, 120}})
	estimate := func(w, h int) []float32 {
		m, err := e.Estimate(t.Context(), noise(pix.Layout{W: w, H: h, Model: pix.RGBA}, 4))
		if err != nil {
			t.Fatal(err)
		}
		return m.Pix
	}
	first := estimate(160, 120)
	estimate(120, 160)
	estimate(9000, 90)
	if !slices.Equal(first, estimate(160, 120)) {
		t.Error("the second answer differs")
	}
}
