package depth

import "spatialmaker/processor/pix"

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
