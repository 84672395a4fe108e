package depth

import (
	"context"

	"spatialmaker/processor/pix"
)

// Feeder prepares pictures for a network whose runtime lives in another
// package; it is the same code that feeds ONNX models. Not safe for concurrent
// use; close it when done.
type Feeder struct {
	crew    *pix.Crew
	sampler *sampler
}

// NewFeeder returns a feeder of so many workers. With normalise the samples
// are ImageNet-normalised, else they are RGB of about 0..1: cubic resizing
// overshoots a little at edges.
func NewFeeder(workers int, normalise bool) *Feeder {
	c := pix.NewCrew(max(workers, 1))
	return &Feeder{crew: c, sampler: newSampler(c, normalise)}
}

// Fill stretches the whole picture to w x h and writes its planes R, G, B, one
// after the other, to dst, which has room for 3*w*h values.
func (f *Feeder) Fill(ctx context.Context, dst []float32, w, h int, p *pix.Picture) error {
	return f.sampler.fill(ctx, dst, w, h, p, wholePart(p), false)
}

// Close ends the feeder's goroutines.
func (f *Feeder) Close() { f.crew.Close() }

// DrawProbe fills the planes of a w x h input with a sloping ground and a box
// on it, a picture no working depth network answers with a constant.
func DrawProbe(dst []float32, w, h int) { drawProbe(dst, w, h) }

// Finisher turns a network's answers into maps, as is done with those of ONNX
// models. The zero value allocates its maps. Not safe for concurrent use.
type Finisher struct {
	Pool *pix.Pool

	ranger ranger
}

// Finish reads the w x h values of v, which it may change, and returns their
// map: nearness 0..1, with the model's range in Lo and Hi. flat says that the
// answer was the same everywhere; the map is then all at one middle level. The
// error wraps ErrBadOutput.
func (f *Finisher) Finish(v []float32, w, h int, polarity Polarity) (m Map, isFlat bool, err error) {
	if polarity == Distance {
		invert(v)
	}
	lo, hi, err := extent(v)
	if err != nil {
		return Map{}, false, err
	}
	m = Map{Map: f.Pool.Map(w, h), Lo: lo, Hi: hi}
	if flat(lo, hi) {
		for i := range m.Pix {
			m.Pix[i] = flatLevel
		}
		m.Hi = lo
		return m, true, nil
	}
	m.Lo, m.Hi = f.ranger.robust(v, lo, hi)
	rescale(m.Pix, v, m.Lo, m.Hi)
	return m, false, nil
}
