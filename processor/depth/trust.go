package depth

import (
	"context"
	"fmt"
)

// trust decides what a constant answer means. A picture of one colour, or of
// nothing but sky, may honestly have one; a broken model gives one for
// everything. So on the first constant answer the model is shown a picture
// with something in it. A model that is constant there too is ErrBadOutput.
// The slot's tensors are overwritten.
func (e *onnxEstimator) trust(ctx context.Context, s *slot) error {
	e.probing.Lock()
	defer e.probing.Unlock()
	if e.alive {
		return nil
	}
	drawProbe(s.in.GetData(), s.in.w, s.in.h)
	if err := s.run(ctx); err != nil {
		return err
	}
	lo, hi, err := extent(s.out.GetData())
	if err != nil {
		return err
	}
	if flat(lo, hi) {
		return fmt.Errorf("the same value everywhere, whatever the picture: %w", ErrBadOutput)
	}
	e.alive = true
	return nil
}

// drawProbe draws a sloping ground with a bright box on it.
func drawProbe(v []float32, w, h int) {
	n := w * h
	for y := range h {
		for x := range w {
			c := float32(x+2*y) / float32(w+2*h)
			if x > w/3 && x < w/2 && y > h/3 && y < 2*h/3 {
				c = 1 - c
			}
			for k := range 3 {
				v[k*n+y*w+x] = c * float32(3-k) / 3
			}
		}
	}
}
