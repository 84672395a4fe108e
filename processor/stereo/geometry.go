package stereo

import "fmt"

// Eyes says which eyes are synthesised and which stays the original.
type Eyes uint8

// The choices of --eyes.
const (
	BothEyes Eyes = iota // each eye takes half of the disparity
	RightEye             // left is the untouched original
	LeftEye              // right is the untouched original
)

// ParseEyes reads the words of --eyes.
func ParseEyes(s string) (Eyes, error) {
	switch s {
	case "both":
		return BothEyes, nil
	case "right":
		return RightEye, nil
	case "left":
		return LeftEye, nil
	}
	return 0, fmt.Errorf("eyes %q: must be both, right or left", s)
}

// String gives the word of --eyes.
func (e Eyes) String() string {
	return [...]string{"both", "right", "left"}[e]
}

// Geometry places the scene against the screen. With W the width of one eye in
// pixels, d the nearness at a pixel and c the convergence, the disparity is
//
//	D = Strength/100 * W * (d - c)   pixels
//
// and a point at x in the source lies at x + D/2 in the left eye and x - D/2
// in the right; with one eye untouched the other takes all of D
// (RightEye: x and x - D; LeftEye: x + D and x). Source: shared design/cli.md.
type Geometry struct {
	Strength    float64 // percent of the width of one eye between depth 0 and 1
	Convergence float64 // nearness that lies on the screen plane, 0..1
	Eyes        Eyes
	Shape       Shape // how parallax is bent from this
}

// Shifts returns the horizontal displacement in pixels of a point of nearness d
// in the left and in the right eye of width w.
func (g Geometry) Shifts(w int, d float64) (left, right float64) {
	return g.share(g.Parallax(d) / 100 * float64(w))
}

// Parallax is the disparity of a point of nearness d in percent of the width of
// one eye, away from the sides of the frame: positive is before the screen.
func (g Geometry) Parallax(d float64) float64 {
	p := g.Strength * (d - g.Convergence)
	if g.Shape == (Shape{}) {
		return p
	}
	return float64(g.Shape.parallax(float32(p), 1))
}

// share gives each eye its part of a disparity.
func (g Geometry) share(disparity float64) (left, right float64) {
	switch g.Eyes {
	case RightEye:
		return 0, -disparity
	case LeftEye:
		return disparity, 0
	}
	return disparity / 2, -disparity / 2
}
