package stereo

import (
	"fmt"
	"math"

	"spatialmaker/processor/stereo/kernel"
)

// Shape bends the parallax of a Geometry to what eyes and frames bear. The zero
// Shape leaves it as it is. The order of depths is kept.
type Shape struct {
	Front, Behind float64 // percent by which parallax before and behind the screen is made larger, from -100
	// The most parallax before and behind the screen, in percent of the width of
	// one eye; 0: no limit. What comes near a limit is compressed towards it.
	MostFront, MostBehind float64
	// EaseEdges lets parallax fade to zero towards the sides of the frame: what
	// is cut off by the frame cannot stand before it.
	EaseEdges bool
}

// limitKnee is the share of a limit from which parallax is compressed.
const limitKnee = 0.7

// parallax bends p, in any unit in which one percent of the width is unit.
func (s *Shape) parallax(p, unit float32) float32 {
	if p > 0 {
		return below(p*(1+float32(s.Front)/100), float32(s.MostFront)*unit)
	}
	return -below(-p*(1+float32(s.Behind)/100), float32(s.MostBehind)*unit)
}

// below compresses what comes near a limit: straight up to the knee, from
// there a hyperbola that leaves it with slope one and never reaches the limit.
func below(p, most float32) float32 {
	knee := most * limitKnee
	if most <= 0 || p <= knee {
		return p
	}
	over := p - knee
	return knee + over/(1+over/(most-knee))
}

// Easing begins this many times the largest parallax from the frame's side,
// so that nothing is squeezed by more than a fifth, and at least easeLeast of
// the width; never beyond a quarter of it.
const (
	easeReach = 7.5 // a smooth step is at most 1.5 times as steep as a straight one
	easeLeast = 0.02
	easeMost  = 0.25
)

// shaping is a Shape made ready for rows of displacements.
type shaping struct {
	Shape
	on    bool
	bends bool // more than the sides change
	unit  float32
	ease  []float32 // factors from the side inwards
}

// set prepares rows of width w whose displacements have percent as one percent
// of the width and do not exceed reach.
func (s *shaping) set(g Shape, w int, percent, reach float32) {
	s.Shape, s.unit = g, percent
	s.bends = g != Shape{EaseEdges: g.EaseEdges}
	s.on = g != Shape{}
	s.ease = s.ease[:0]
	if !g.EaseEdges {
		return
	}
	most := max(s.parallax(reach, percent), -s.parallax(-reach, percent)) / kernel.One
	n := int(min(max(easeReach*float64(most), easeLeast*float64(w)), easeMost*float64(w)))
	for i := range n {
		t := float32(i) / float32(n)
		s.ease = append(s.ease, t*t*(3-2*t))
	}
}

// of prepares rows of width w of the eye that a geometry moves.
func (s *shaping) of(g Geometry, w int) {
	_, percent := g.share(float64(w) / 100) // of the width, in the eye that moves
	if g.Eyes == LeftEye {
		percent, _ = g.share(float64(w) / 100)
	}
	far, near := g.displacement(w, 0), g.displacement(w, 1)
	s.set(g.Shape, w, float32(math.Abs(percent)*kernel.One), float32(max(math.Abs(far), math.Abs(near))*kernel.One))
}

// eased is what is left of the parallax in column x of a row of n.
func (s *shaping) eased(x, n int) float32 {
	if i := min(x, n-1-x); i < len(s.ease) {
		return s.ease[i]
	}
	return 1
}

// row bends a row of displacements.
func (s *shaping) row(disp []int32) {
	if s.bends {
		for i, v := range disp {
			disp[i] = int32(math.Round(float64(s.parallax(float32(v), s.unit))))
		}
	}
	last := len(disp) - 1
	for i, k := range s.ease {
		if i > last-i {
			break
		}
		disp[i] = int32(float32(disp[i]) * k)
		if i < last-i {
			disp[last-i] = int32(float32(disp[last-i]) * k)
		}
	}
}

// check refuses what has no meaning.
func (s *Shape) check() error {
	if !(s.Front >= -100 && s.Front <= MaxShape) || !(s.Behind >= -100 && s.Behind <= MaxShape) {
		return fmt.Errorf("parallax changed by %v and %v percent: must be from -100 to %d: %w", s.Front, s.Behind, MaxShape, ErrGeometry)
	}
	if !(s.MostFront >= 0 && s.MostFront <= MaxStrength) || !(s.MostBehind >= 0 && s.MostBehind <= MaxStrength) {
		return fmt.Errorf("limits of %v and %v percent: must be from 0 to %d: %w", s.MostFront, s.MostBehind, MaxStrength, ErrGeometry)
	}
	return nil
}

// MaxShape is the most by which parallax on one side of the screen can be made
// larger, in percent.
const MaxShape = 400
