//go:build unix

package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"syscall"
	"time"

	"spatialmaker/coreml"
)

// subject is what is predicted: a drawn picture and where the answer goes.
type subject struct {
	in, out coreml.Feature
	w, h    int // of the picture
	ow, oh  int // of the answer
}

// newSubject reads from the description how to ask the model.
func newSubject(d coreml.Description) (*subject, error) {
	s := &subject{in: d.Inputs[0], out: d.Outputs[0]}
	for _, f := range d.Outputs {
		if f.Name == "depth" {
			s.out = f
		}
	}
	s.w, s.h = s.in.Size()
	if s.ow, s.oh = s.out.Size(); s.ow == 0 {
		s.ow, s.oh = s.w, s.h
	}
	if s.w < 1 || s.h < 1 {
		return nil, fmt.Errorf("input %+v has no size", s.in)
	}
	return s, nil
}

// draw makes a picture with something near and something far in it: a ground
// that comes closer to the bottom, and a box.
func (s *subject) draw() (coreml.Image, coreml.Answer) {
	p := coreml.Image{W: s.w, H: s.h}
	value := func(x, y, c int) float32 {
		v := float32(y) / float32(s.h)
		if x > s.w/3 && x < s.w/2 && y > s.h/3 && y < 3*s.h/4 {
			v = 1 - v/2
		}
		if (x/16+y/16)%2 == 0 {
			v *= 0.8
		}
		return v * float32(3-c) / 3
	}
	if s.in.Kind == coreml.KindImage {
		data := make([]byte, 4*s.w*s.h)
		for i := range s.w * s.h {
			for c := range 3 {
				data[4*i+c] = byte(255 * value(i%s.w, i/s.w, 2-c))
			}
			data[4*i+3] = 255
		}
		p.Format, p.Planes[0] = coreml.BGRA8, coreml.Plane{Data: data, Stride: 4 * s.w}
	} else {
		p.Format = coreml.RGBF32
		for c := range 3 {
			plane := make([]float32, s.w*s.h)
			for i := range plane {
				plane[i] = 4*value(i%s.w, i/s.w, c) - 2 // about ImageNet's range
			}
			p.Planes[c] = coreml.Plane{Data: coreml.Bytes(plane), Stride: 4 * s.w}
		}
	}
	return p, coreml.Answer{Data: make([]float32, s.ow*s.oh), Stride: s.ow, W: s.ow, H: s.oh}
}

// times predicts n times from each of so many goroutines and returns the
// median of one prediction and how many were made a second, in all.
func (s *subject) times(ctx context.Context, m *coreml.Model, goroutines, n int) (median time.Duration, rate float64, err error) {
	var mu sync.Mutex
	var took []time.Duration
	var wg sync.WaitGroup
	begun := time.Now()
	for range goroutines {
		wg.Go(func() {
			p, a := s.draw()
			for range n {
				start := time.Now()
				failed := m.Predict(ctx, s.in.Name, s.out.Name, []coreml.Image{p}, []coreml.Answer{a})
				mu.Lock()
				took = append(took, time.Since(start))
				if failed != nil {
					err = failed
				}
				mu.Unlock()
				if failed != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	rate = float64(len(took)) / time.Since(begun).Seconds()
	slices.Sort(took)
	return took[len(took)/2], rate, err
}

// memory looks at what a long film would do.
func (r *report) memory(ctx context.Context, m *coreml.Model, s *subject, predictions int) {
	if _, _, err := s.times(ctx, m, 1, 100); err != nil {
		r.fail("predict", err)
		return
	}
	before := peak()
	median, rate, err := s.times(ctx, m, 1, predictions)
	if err != nil {
		r.fail("many predictions", err)
		return
	}
	grown := float64(peak()-before) / (1 << 20)
	r.must(grown < 64, "many predictions", "%d at %.1f ms, %.1f a second, on %v; memory grew by %.1f MB; notes %q",
		predictions, median.Seconds()*1e3, rate, m.Units(), grown, m.Notes())
}

// peak is the most memory the process has had, in bytes (macOS counts so).
func peak() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss
}

// devices runs the same picture on each device: they must agree, and the
// report wants their speed, one and two at a time.
func (r *report) devices(ctx context.Context, o coreml.Options, s *subject) {
	var reference []float32
	for _, u := range []coreml.Units{coreml.CPU, coreml.GPU, coreml.NeuralEngine} {
		for _, at := range []int{1, 2} {
			o.Units, o.Concurrency = u, at
			claim := fmt.Sprintf("%v, %d at once", u, at)
			m, err := coreml.Open(ctx, o)
			if err != nil {
				r.fail(claim, err)
				continue
			}
			p, a := s.draw()
			if err := m.Predict(ctx, s.in.Name, s.out.Name, []coreml.Image{p}, []coreml.Answer{a}); err != nil {
				r.fail(claim, err)
				_ = m.Close()
				continue
			}
			if reference == nil {
				reference = slices.Clone(a.Data)
			}
			off, span := apart(reference, a.Data)
			n := 60
			if u == coreml.CPU {
				n = 8
			}
			median, rate, err := s.times(ctx, m, at, n)
			holds := err == nil && m.Units() == u && off < 0.05 && span > 0
			r.must(holds, claim, "%.1f ms, %.1f a second, on %v; differs from the processor by %.2f %% of the range %g; %v, notes %q",
				median.Seconds()*1e3, rate, m.Units(), 100*off, span, err, m.Notes())
			_ = m.Close()
		}
	}
}

// apart returns the mean difference as a share of the reference's range.
func apart(reference, values []float32) (share, span float64) {
	lo, hi := slices.Min(reference), slices.Max(reference)
	span = float64(hi - lo)
	sum := 0.0
	for i, v := range reference {
		sum += math.Abs(float64(v - values[i]))
	}
	return sum / float64(len(reference)) / max(span, 1e-9), span
}
