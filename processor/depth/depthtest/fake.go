// Package depthtest holds an estimator without a network, for tests of the
// stages around it.
package depthtest

import (
	"context"
	"sync/atomic"
	"time"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/pix"
)

// Gradient answers every picture with nearness that grows from 0 at the top to
// 1 at the bottom, on a map of W x H. Safe for concurrent use.
type Gradient struct {
	W, H  int           // of the map; a quarter of the picture's size when zero
	Delay time.Duration // what one answer takes, for tests of progress and cancelling
	Err   error         // returned instead of a map

	calls  atomic.Int64
	closed atomic.Bool
}

var _ depth.Estimator = (*Gradient)(nil)

// Estimate returns the gradient, or ctx's error when that comes first.
func (g *Gradient) Estimate(ctx context.Context, pic *pix.Picture) (depth.Map, error) {
	g.calls.Add(1)
	if g.Delay > 0 {
		t := time.NewTimer(g.Delay)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-t.C:
		}
	}
	if err := ctx.Err(); err != nil {
		return depth.Map{}, err
	}
	if g.Err != nil {
		return depth.Map{}, g.Err
	}
	if err := pic.Check(); err != nil {
		return depth.Map{}, err
	}
	w, h := g.W, g.H
	if w < 1 || h < 1 {
		w, h = max(pic.W/4, 1), max(pic.H/4, 1)
	}
	m := pix.NewMap(w, h)
	for y := range h {
		row := m.Row(y)
		for x := range row {
			row[x] = float32(y) / float32(max(h-1, 1))
		}
	}
	return depth.Map{Map: m, Lo: 0, Hi: 1, Inference: g.Delay}, nil
}

// Describe calls itself "gradient" and no file.
func (g *Gradient) Describe() depth.Description {
	return depth.Description{
		Model: "gradient", Backend: "test", Device: "cpu",
		Descriptor: depth.Descriptor{Input: depth.InputTensor, Output: depth.OutputF32, Polarity: depth.Disparity},
	}
}

// Close remembers that it was called.
func (g *Gradient) Close() error {
	g.closed.Store(true)
	return nil
}

// Calls returns how many estimates were asked for.
func (g *Gradient) Calls() int { return int(g.calls.Load()) }

// Closed reports whether Close was called.
func (g *Gradient) Closed() bool { return g.closed.Load() }
