package stereo

import (
	"math"
	"testing"

	"spatialmaker/processor/pix"
)

// split is a map whose left part has depth a and whose right part has depth b.
func split(at int, a, b float32) *pix.Map {
	m := pix.NewMap(100, 50)
	for i := range m.Pix {
		m.Pix[i] = a
		if i%m.W >= at {
			m.Pix[i] = b
		}
	}
	return m
}

func TestComfort(t *testing.T) {
	c := Comfort(split(50, 0, 1), Geometry{Strength: 5, Convergence: 0.5})
	if math.Abs(c.Nearest-2.5) > 0.05 || math.Abs(c.Farthest+2.5) > 0.05 {
		t.Errorf("nearest %v, farthest %v", c.Nearest, c.Farthest)
	}
	if math.Abs(c.Outside-0.5) > 1e-9 {
		t.Errorf("outside %v, want the near half", c.Outside)
	}
	if c := Comfort(split(50, 0, 1), Geometry{Strength: 2, Convergence: 0.5}); c.Outside != 0 {
		t.Errorf("outside %v of a gentle picture", c.Outside)
	}
}

func TestAutoConvergence(t *testing.T) {
	for name, c := range map[string]struct {
		m      *pix.Map
		lo, hi float64
	}{
		"constant":           {split(0, 0.3, 0.3), 0.29, 0.31},
		"subject right":      {split(40, 0.1, 0.8), 0.75, 0.85},
		"little foreground":  {split(95, 0.2, 0.9), 0.5, 0.6},
		"not a number":       {split(50, float32(math.NaN()), float32(math.NaN())), 0, 0.01},
		"one pixel":          {&pix.Map{W: 1, H: 1, Stride: 1, Pix: []float32{1}}, 0.99, 1},
		"unusable structure": {&pix.Map{}, 0.5, 0.5},
	} {
		if got := AutoConvergence(c.m); got < c.lo || got > c.hi {
			t.Errorf("%s: %v, want %v to %v", name, got, c.lo, c.hi)
		}
	}
}
