package models

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errPaused ends an attempt because the user paused the download.
var errPaused = errors.New("paused")

// control lets other goroutines pause and resume a download. Pausing ends the
// request under way at once (its part stays); everything that reads from disk
// stops at the next gate.
type control struct {
	m       *meter
	mu      sync.Mutex
	resumed chan struct{} // open while paused, nil otherwise
	cancel  context.CancelCauseFunc
}

func (c *control) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.resumed == nil {
		c.resumed = make(chan struct{})
	}
	if c.cancel != nil {
		c.cancel(errPaused)
	}
}

func (c *control) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.resumed != nil {
		close(c.resumed)
		c.resumed = nil
	}
}

// attempt returns a context for one request, which pausing cancels. The caller
// calls end when the request is over.
func (c *control) attempt(ctx context.Context) (actx context.Context, end func()) {
	actx, cancel := context.WithCancelCause(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel = cancel
	if c.resumed != nil {
		cancel(errPaused)
	}
	return actx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.cancel = nil
		cancel(nil)
	}
}

// gate waits while the download is paused, showing that, and ends with ctx.
func (c *control) gate(ctx context.Context) error {
	c.mu.Lock()
	wait := c.resumed
	c.mu.Unlock()
	if wait == nil {
		return context.Cause(ctx)
	}
	before := c.m.snapshot()
	c.m.stage(StagePaused, "")
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-wait:
		c.m.stage(before.Stage, before.Note)
		return nil
	}
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
