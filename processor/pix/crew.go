package pix

import (
	"context"
	"sync"
	"sync/atomic"
)

// Crew is a fixed set of goroutines that work through row bands together, so
// that a frame starts none and allocates nothing. Bands of one crew run one
// after another: callers queue on its lock. Close ends the goroutines and
// waits for them.
type Crew struct {
	mu      sync.Mutex // held while a job runs; guards closed
	closed  bool
	workers int
	start   []chan struct{} // one per goroutine beyond the caller's own
	done    sync.WaitGroup  // goroutines still on the current job
	alive   sync.WaitGroup  // goroutines not yet ended

	// The current job; written before start is signalled.
	ctx  context.Context
	fn   func(worker, y0, y1 int)
	rows int
	step int
	next atomic.Int64
}

// NewCrew starts a crew of Workers(workers), the caller of Bands being one.
func NewCrew(workers int) *Crew {
	c := &Crew{workers: Workers(workers)}
	c.start = make([]chan struct{}, c.workers-1)
	for i := range c.start {
		ch := make(chan struct{}, 1)
		c.start[i] = ch
		c.alive.Go(func() {
			for range ch {
				c.run(i + 1)
				c.done.Done()
			}
		})
	}
	return c
}

// Workers is the number of distinct worker indices fn can be called with.
func (c *Crew) Workers() int { return c.workers }

// Bands does what the function of that name does, without allocating as long
// as fn is a value kept by the caller (a closure made for the call escapes).
// After Close everything runs on the caller's goroutine.
func (c *Crew) Bands(ctx context.Context, rows, step int, fn func(worker, y0, y1 int)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx, c.fn, c.rows, c.step = ctx, fn, rows, max(step, 1)
	c.next.Store(0)
	helpers := min(len(c.start), (rows-1)/c.step)
	if c.closed {
		helpers = 0
	}
	if helpers > 0 {
		c.done.Add(helpers)
		for _, ch := range c.start[:helpers] {
			ch <- struct{}{}
		}
	}
	c.run(0)
	c.done.Wait()
	c.ctx, c.fn = nil, nil
	return ctx.Err()
}

// run takes bands until none is left or the context ends.
func (c *Crew) run(worker int) {
	for c.ctx.Err() == nil {
		y := int(c.next.Add(int64(c.step))) - c.step
		if y >= c.rows {
			return
		}
		c.fn(worker, y, min(y+c.step, c.rows))
	}
}

// Close ends the crew's goroutines and waits for them. It may be called more
// than once.
func (c *Crew) Close() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		for _, ch := range c.start {
			close(ch)
		}
	}
	c.mu.Unlock()
	c.alive.Wait()
}
