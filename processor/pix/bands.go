package pix

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Workers returns n when positive, else the number of processors Go may use.
func Workers(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// Bands splits rows into bands of at most step rows and calls fn for each,
// from up to workers goroutines, with the worker's index (for its scratch) and
// the band's first row and the row after its last. It returns when every call
// has; the context is looked at before each band and its error returned.
// With one worker everything runs on the caller's goroutine.
func Bands(ctx context.Context, workers, rows, step int, fn func(worker, y0, y1 int)) error {
	if step < 1 {
		step = 1
	}
	if most := (rows + step - 1) / step; workers > most {
		workers = most
	}
	if workers <= 1 {
		for y := 0; y < rows; y += step {
			if err := ctx.Err(); err != nil {
				return err
			}
			fn(0, y, min(y+step, rows))
		}
		return ctx.Err()
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	run := func(w int) {
		for ctx.Err() == nil {
			y := int(next.Add(int64(step))) - step
			if y >= rows {
				return
			}
			fn(w, y, min(y+step, rows))
		}
	}
	for w := 1; w < workers; w++ {
		wg.Go(func() { run(w) })
	}
	run(0)
	wg.Wait()
	return ctx.Err()
}
