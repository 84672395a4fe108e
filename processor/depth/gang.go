package depth

import (
	"context"
	"sync"
	"sync/atomic"
)

// gang runs row bands on goroutines that live as long as it does, so that a
// frame allocates nothing. One call at a time; close it when done.
type gang struct {
	wake []chan struct{}
	next atomic.Int64
	busy sync.WaitGroup
	home sync.WaitGroup

	ctx        context.Context // of the call under way
	rows, step int
	fn         func(worker, y0, y1 int)
}

// newGang starts workers-1 goroutines; the caller of run is the first worker.
func newGang(workers int) *gang {
	g := &gang{}
	for w := 1; w < workers; w++ {
		c := make(chan struct{}, 1)
		g.wake = append(g.wake, c)
		g.home.Go(func() {
			for range c {
				g.work(w)
				g.busy.Done()
			}
		})
	}
	return g
}

func (g *gang) workers() int { return len(g.wake) + 1 }

// run calls fn for bands of step rows and returns when all calls have, or
// ctx's error.
func (g *gang) run(ctx context.Context, rows, step int, fn func(worker, y0, y1 int)) error {
	g.ctx, g.rows, g.step, g.fn = ctx, rows, step, fn
	g.next.Store(0)
	helpers := min(len(g.wake), (rows+step-1)/step-1)
	for _, c := range g.wake[:max(helpers, 0)] {
		g.busy.Add(1)
		c <- struct{}{}
	}
	g.work(0)
	g.busy.Wait()
	g.ctx, g.fn = nil, nil
	return ctx.Err()
}

func (g *gang) work(w int) {
	for g.ctx.Err() == nil {
		y := int(g.next.Add(int64(g.step))) - g.step
		if y >= g.rows {
			return
		}
		g.fn(w, y, min(y+g.step, g.rows))
	}
}

// close ends the goroutines and waits for them.
func (g *gang) close() {
	for _, c := range g.wake {
		close(c)
	}
	g.home.Wait()
	g.wake = nil
}
