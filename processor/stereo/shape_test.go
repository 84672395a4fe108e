package stereo

import (
	"errors"
	"math"
	"testing"

	"spatialmaker/processor/pix"
)

func TestParallaxKeepsOrderAndLimits(t *testing.T) {
	for _, s := range []Shape{
		{}, {Front: 100}, {Front: -100, Behind: -50}, {MostFront: 1}, {MostBehind: 0.5}, {Front: 300, MostFront: 2, MostBehind: 2.5},
	} {
		g := Geometry{Strength: 8, Convergence: 0.4, Shape: s}
		last := math.Inf(-1)
		for i := range 1001 {
			p := g.Parallax(float64(i) / 1000)
			if p < last-1e-6 {
				t.Fatalf("%+v: %v after %v", s, p, last)
			}
			last = p
			if s.MostFront > 0 && p > s.MostFront || s.MostBehind > 0 && p < -s.MostBehind {
				t.Fatalf("%+v: parallax %v", s, p)
			}
		}
		if p := g.Parallax(0.4); math.Abs(p) > 1e-6 {
			t.Errorf("%+v: the screen moves to %v", s, p)
		}
	}
	if p := (Geometry{Strength: 2, Convergence: 0.5, Shape: Shape{Front: 100}}).Parallax(1); math.Abs(p-2) > 1e-6 {
		t.Errorf("twice one percent is %v", p)
	}
}

func TestLimitsReachTheReading(t *testing.T) {
	m := split(50, 0, 1)
	g := Geometry{Strength: 20, Convergence: 0.5}
	if c := Comfort(m, g); c.Outside < 0.99 {
		t.Fatalf("outside %v", c.Outside)
	}
	g.Shape = Shape{MostFront: ComfortCrossed, MostBehind: ComfortUncrossed}
	if c := Comfort(m, g); c.Outside != 0 || c.Nearest > ComfortCrossed || c.Farthest < -ComfortUncrossed {
		t.Errorf("%+v", c)
	}
}

// The renderer draws what Shifts tells, in the middle of the frame, and the
// sides of an eased frame are the source's.
func TestShapeIsDrawn(t *testing.T) {
	r := newRenderer(t, Options{Workers: 1})
	const w, h = 200, 4
	src := pix.New(pix.Layout{W: w, H: h, Bits: 8, Model: pix.Gray})
	for i := range src.Planes[0].Pix8 {
		src.Planes[0].Pix8[i] = uint8(i % w)
	}
	m := pix.NewMap(1, 1)
	m.Pix[0] = 1
	for _, g := range []Geometry{
		{Strength: 10, Eyes: RightEye, Shape: Shape{Front: -50}},
		{Strength: 10, Eyes: RightEye, Shape: Shape{MostFront: 3}},
		{Strength: 10, Convergence: 2, Shape: Shape{Behind: -80}},
		{Strength: 4, Shape: Shape{EaseEdges: true}},
	} {
		left, right := render(t, r, src, m, g)
		l, rt := g.Shifts(w, 1)
		for eye, shift := range map[*pix.Picture]float64{left: l, right: rt} {
			want := 100 - shift // a ramp of one level a pixel
			if got := float64(eye.Planes[0].Pix8[2*w+100]); math.Abs(got-want) > 1 {
				t.Errorf("%+v: the middle shows %v, want %v", g, got, want)
			}
			if row := eye.Planes[0].Pix8[2*w:][:w]; g.Shape.EaseEdges && (row[0] != 0 || row[w-1] != w-1) {
				t.Errorf("%+v: the sides show %d and %d", g, row[0], row[w-1])
			}
		}
	}
	bad := Geometry{Shape: Shape{Front: math.NaN()}}
	if err := bad.Check(); !errors.Is(err, ErrGeometry) {
		t.Errorf("not-a-number: %v", err)
	}
	bad.Shape = Shape{MostBehind: -1}
	if err := bad.Check(); !errors.Is(err, ErrGeometry) {
		t.Errorf("a limit below zero: %v", err)
	}
}
