package pix

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestCrewVisitsEveryRowOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		c := NewCrew(workers)
		for _, rows := range []int{0, 1, 7, 64, 1000} {
			for _, step := range []int{0, 1, 16, 5000} {
				seen := make([]atomic.Int32, rows+1)
				err := c.Bands(context.Background(), rows, step, func(w, y0, y1 int) {
					if w < 0 || w >= workers {
						t.Errorf("worker %d of %d", w, workers)
					}
					for y := y0; y < y1; y++ {
						seen[y].Add(1)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				for y := range rows {
					if n := seen[y].Load(); n != 1 {
						t.Fatalf("%d workers, %d rows by %d: row %d visited %d times", workers, rows, step, y, n)
					}
				}
			}
		}
		c.Close()
		c.Close()
		n := 0
		if err := c.Bands(context.Background(), 10, 3, func(_, y0, y1 int) { n += y1 - y0 }); err != nil || n != 10 {
			t.Fatalf("after Close: %d rows, %v", n, err)
		}
	}
}

func TestCrewStopsWhenCancelled(t *testing.T) {
	c := NewCrew(2)
	defer c.Close()
	ctx, cancel := context.WithCancel(context.Background())
	var rows atomic.Int64
	err := c.Bands(ctx, 100000, 1, func(_, y0, y1 int) {
		rows.Add(int64(y1 - y0))
		cancel()
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if rows.Load() > 1000 {
		t.Fatalf("%d rows after cancel", rows.Load())
	}
}

func TestCrewDoesNotAllocate(t *testing.T) {
	c := NewCrew(2)
	defer c.Close()
	var sum [2]int
	fn := func(w, y0, y1 int) { sum[w] += y1 - y0 }
	ctx := context.Background()
	if n := testing.AllocsPerRun(50, func() { _ = c.Bands(ctx, 64, 4, fn) }); n > 0 {
		t.Fatalf("%v allocations a job", n)
	}
}

func BenchmarkCrewEmptyJob(b *testing.B) {
	c := NewCrew(2)
	defer c.Close()
	fn := func(_, _, _ int) {}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Bands(ctx, 64, 1, fn); err != nil {
			b.Fatal(err)
		}
	}
}
