package processor

import (
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// screen follows the convergence of a film when it is left to the program: set
// at the beginning of a shot, and from there moving too slowly to be seen. It
// depends on the depth of the frames so far alone, so that a film that was
// interrupted goes on the same.
type screen struct {
	At  float64 `json:"at"`
	Set bool    `json:"set"`
}

// screenPace is the share of the way to a frame's own convergence that is gone
// in one frame: half of it in about two seconds and a half of film.
const screenPace = 0.01

// next returns the convergence for a frame of depth m, the first of its shot
// or a later one.
func (s *screen) next(o Options, m *pix.Map, first bool) float64 {
	if !o.Convergence.Auto {
		return o.Convergence.Value
	}
	return s.follow(stereo.AutoConvergence(m), first)
}

// follow goes on to a frame whose own convergence is want.
func (s *screen) follow(want float64, first bool) float64 {
	if first || !s.Set {
		s.At, s.Set = want, true
	} else {
		s.At += (want - s.At) * screenPace
	}
	return s.At
}
