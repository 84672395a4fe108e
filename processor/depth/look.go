package depth

import (
	"context"
	"fmt"
	"sync"
	"time"

	"spatialmaker/processor/pix"
)

// Network is a loaded network as a Looker uses it, for one picture at a time.
type Network interface {
	// Input returns the memory of the picture that the next Run takes: the planes
	// R, G and B of w x h one after the other, 3*w*h values.
	Input(w, h int) ([]float32, error)
	// Run runs the network on it. When ctx is done it ends with an error.
	Run(ctx context.Context) (Answer, error)
}

// Answer is what a network said: W x H values, whose memory may be written to
// and is good until the next Run.
type Answer struct {
	V    []float32
	W, H int
	Took time.Duration // inside the runtime
}

// Looker shows pictures of any size and shape to a network and makes its
// answers into maps: whole, in tiles where the shape is extreme, or with tiles
// besides for more detail. All backends look at pictures through it. Not safe
// for concurrent use; close it when done.
type Looker struct {
	net     Network
	sig     *signature
	detail  int
	doubt   *Doubt
	crew    *pix.Crew
	sampler *sampler
	finish  Finisher
	w, h    int // of the last input
}

// LookerConfig says what a Looker needs to know.
type LookerConfig struct {
	Descriptor // of a network of a fixed size: FixedW, FixedH, Fit, Normalise and Polarity count

	Workers int       // for preparing pictures, at least 1
	Detail  int       // see Config.Detail
	Doubt   *Doubt    // shared by all lookers of one model
	Pool    *pix.Pool // where the maps come from; allocated when nil
}

// NewLooker returns a looker for a network of a fixed size whose runtime lives
// in another package.
func NewLooker(net Network, c LookerConfig) *Looker {
	return newLooker(net, &signature{Descriptor: c.Descriptor}, c.Workers, c.Detail, c.Doubt, c.Pool)
}

func newLooker(net Network, sig *signature, workers, detail int, doubt *Doubt, pool *pix.Pool) *Looker {
	c := pix.NewCrew(max(workers, 1))
	return &Looker{
		net: net, sig: sig, detail: min(detail, mostDetail), doubt: doubt,
		crew: c, sampler: newSampler(c, sig.Normalise), finish: Finisher{Pool: pool},
	}
}

// Close ends the looker's goroutines; the network is the caller's.
func (l *Looker) Close() { l.crew.Close() }

// Estimate is the whole way of a picture through the network; see Estimator.
func (l *Looker) Estimate(ctx context.Context, pic *pix.Picture) (Map, error) {
	if parts := l.sig.strip(pic.W, pic.H); parts != nil {
		return l.strip(ctx, pic, parts)
	}
	if l.detail > 1 {
		return l.detailed(ctx, pic, l.detail)
	}
	a, err := l.pass(ctx, pic, wholePart(pic))
	if err != nil {
		return Map{}, err
	}
	return l.finished(ctx, a, l.sig.Polarity)
}

// pass runs the network on a part of a picture. Of the answer only what shows
// the part is returned, without borders that were added.
func (l *Looker) pass(ctx context.Context, pic *pix.Picture, p part) (Answer, error) {
	v := l.sig.view(p)
	in, err := l.net.Input(v.w, v.h)
	if err != nil {
		return Answer{}, err
	}
	l.w, l.h = v.w, v.h
	if err := l.sampler.fill(ctx, in, v.w, v.h, pic, v.from, l.sig.smooth); err != nil {
		return Answer{}, err
	}
	a, err := l.net.Run(ctx)
	if err != nil {
		return Answer{}, err
	}
	a.W, a.H = v.crop(a.V, a.W, a.H)
	a.V = a.V[:a.W*a.H]
	return a, nil
}

// look runs the network on a part of a picture and keeps its answer.
func (l *Looker) look(ctx context.Context, pic *pix.Picture, p part) (*tile, time.Duration, error) {
	a, err := l.pass(ctx, pic, p)
	if err != nil {
		return nil, 0, err
	}
	if l.sig.Polarity == Distance {
		invert(a.V)
	}
	if _, _, err := extent(a.V); err != nil {
		return nil, 0, err
	}
	return &tile{part: p, w: a.W, h: a.H, v: append([]float32(nil), a.V...), a: 1}, a.Took, nil
}

// finished makes values into a map of the pool.
func (l *Looker) finished(ctx context.Context, a Answer, polarity Polarity) (Map, error) {
	m, flat, err := l.finish.Finish(a.V, a.W, a.H, polarity)
	if err != nil {
		return Map{}, err
	}
	m.Inference = a.Took
	if flat {
		if err := l.doubt.settle(ctx, l); err != nil {
			m.Release()
			return Map{}, err
		}
	}
	return m, nil
}

// Doubt decides what a constant answer means. A picture of one colour, or of
// nothing but sky, may honestly have one; a broken model gives one for
// everything. So on the first constant answer the model is shown a picture
// with something in it.
type Doubt struct {
	mu      sync.Mutex
	settled bool // the model has answered with more than a constant
}

// settle returns ErrBadOutput when the model's answer to a drawn picture is
// constant too. The network's last input and answer are overwritten.
func (d *Doubt) settle(ctx context.Context, l *Looker) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.settled {
		return nil
	}
	in, err := l.net.Input(l.w, l.h)
	if err != nil {
		return err
	}
	drawProbe(in, l.w, l.h)
	a, err := l.net.Run(ctx)
	if err != nil {
		return err
	}
	lo, hi, err := extent(a.V[:a.W*a.H])
	if err != nil {
		return err
	}
	if flat(lo, hi) {
		return fmt.Errorf("the same value everywhere, whatever the picture: %w", ErrBadOutput)
	}
	d.settled = true
	return nil
}

// drawProbe draws a sloping ground with a bright box on it, a picture no
// working depth network answers with a constant.
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
