package stereo

import (
	"math"
	"slices"
	"testing"

	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
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

// The reading is of what is rendered: what stands at the sides has less parallax
// with easing, and none at the very edge.
func TestComfortCountsEasing(t *testing.T) {
	m := pix.NewMap(400, 20) // near at the sides, on the screen between
	for i := range m.Pix {
		m.Pix[i] = 0.5
		if x := i % m.W; x < 20 || x >= m.W-20 {
			m.Pix[i] = 1
		}
	}
	g := Geometry{Strength: 5, Convergence: 0.5}
	if c := Comfort(m, g); math.Abs(c.Outside-0.1) > 1e-9 || math.Abs(c.Nearest-2.5) > 0.05 {
		t.Errorf("without easing %+v, want a tenth outside", c)
	}
	g.Shape.EaseEdges = true
	eased := Comfort(m, g)
	if eased.Outside != 0 || eased.Nearest > 1.5 {
		t.Errorf("with easing %+v, want all within the limits", eased)
	}
	// The nearest of what is drawn: the row as it is rendered.
	row := make([]int32, m.W)
	for x := range row {
		row[x] = int32(g.displacement(m.W, float64(m.Pix[x])) * kernel.One)
	}
	var s shaping
	s.of(g, m.W)
	s.row(row)
	most := float64(slices.Max(row)) / kernel.One * 2 / float64(m.W) * 100
	if eased.Nearest > most+0.05 || eased.Nearest < 0.6*most {
		t.Errorf("nearest %v, drawn up to %v", eased.Nearest, most)
	}
	// Beyond the reach of easing the readings agree.
	g.Strength = 2
	inner := split(0, 0.9, 0.9)
	a := Comfort(inner, g)
	g.Shape.EaseEdges = false
	if b := Comfort(inner, g); math.Abs(a.Nearest-b.Nearest) > 0.01 {
		t.Errorf("nearest of an even picture %v with easing and %v without", a.Nearest, b.Nearest)
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
