package pack

import (
	"errors"
	"fmt"
	"math"
)

// ErrSpatial reports numbers that no pair of cameras could have.
var ErrSpatial = errors.New("these numbers describe no stereo camera")

// Defaults for what a picture without camera data cannot tell. AssumedHFOV is
// between Apple's spatial video (63.4 to 64 degrees in the files we read) and
// a phone's main camera (26 mm equivalent, 67 degrees on a 4:3 picture).
// AssumedNearest makes the default strength of 2.5 % come out at 63.7 mm, the
// distance between human eyes, so that a scene looks life-sized.
const (
	AssumedHFOV    = 65.0 // degrees
	AssumedNearest = 2.0  // metres from the camera to nearness 1
)

// diagonal35mm is the diagonal of a 36 x 24 mm frame, to which "35 mm
// equivalent" focal lengths refer (CIPA DCG-001).
const diagonal35mm = 43.2666

// SpatialGeometry is how a pair of eyes was rendered and how it is to be seen.
type SpatialGeometry struct {
	Strength float64 // disparity between nearness 0 and 1, percent of the eye's width, above 0
	Rendered float64 // convergence the eyes were rendered with, 0..1
	Screen   float64 // nearness that is to lie on the window's plane, 0..1
	// Left is the share of the disparity the left eye took: 0.5 for both
	// eyes, 0 when the left eye is the untouched original, 1 for the right.
	Left    float64
	W, H    int     // of one eye, pixels
	HFOV    float64 // horizontal field of view in degrees; 0 is AssumedHFOV
	Nearest float64 // metres to nearness 1; 0 is AssumedNearest
}

// SpatialCamera is what Apple's spatial photos and videos say about their cameras,
// in the files' own units.
type SpatialCamera struct {
	BaselineMicrometres uint32 // between the eyes' cameras, 1 um
	HFOVMillidegrees    uint32 // 1/1000 degree, the same for both eyes
	Adjustment          int32  // horizontal disparity adjustment, 1/10000 of the width; positive is farther
	Focal               float64
	LeftX, RightX, Y    float64 // principal points of the eyes in pixels; Y is shared
}

// DeriveSpatial computes the camera data of a rendered pair.
//
// A rectified pair of pinhole cameras of focal length f (pixels), baseline B
// and parallel axes sees a point at distance Z with the disparity
//
//	x_left - x_right = f*B/Z                                            (1)
//
// and W being the width, tan(HFOV/2) = (W/2)/f, so f = W / (2 tan(HFOV/2)). (2)
//
// What was rendered is D = s*W*(d - r), s = Strength/100, d the nearness and r
// the convergence (shared design/cli.md). Nearness is proportional to 1/Z and
// is 1 at the nearest point, Zn: d = Zn/Z. The part of D that depends on the
// scene is s*W*Zn/Z, and comparing it with (1) gives f*B = s*W*Zn, with (2)
//
//	B = 2 * s * Zn * tan(HFOV/2)                                         (3)
//
// Nothing in a flat picture says how large the scene is: Zn is an assumption,
// and strength then is what a stereographer sets, the distance of the cameras.
//
// The rest of D, -s*W*r, is the same everywhere: the pictures have been slid
// over each other. The left camera's principal point moved by its share of
// that from the middle, W/2 - Left*s*r*W, the right one's to
// W/2 + (1-Left)*s*r*W. Apple's adjustment slides further by the fraction a of
// the width, positive pushing away: a viewer shows D - a*W. It must be zero on
// the screen plane, s*W*(Screen-r) - a*W = 0, so
//
//	a = s * (Screen - r)                                                 (4)
//
// Eyes rendered with convergence 0 are the parallel cameras Apple asks for,
// and (4) carries the whole convergence. Apple's usual advice, the nearest
// object just behind the window, is Screen = 1.
func DeriveSpatial(g SpatialGeometry) (SpatialCamera, error) {
	if g.HFOV == 0 {
		g.HFOV = AssumedHFOV
	}
	if g.Nearest == 0 {
		g.Nearest = AssumedNearest
	}
	if err := g.check(); err != nil {
		return SpatialCamera{}, err
	}
	s := g.Strength / 100
	half := math.Tan(g.HFOV / 2 * math.Pi / 180)
	baseline := math.Round(2 * s * g.Nearest * half * 1e6)
	if baseline < 1 || baseline > math.MaxInt32 {
		return SpatialCamera{}, fmt.Errorf("baseline of %.0f micrometres: %w", baseline, ErrSpatial)
	}
	w := float64(g.W)
	return SpatialCamera{
		BaselineMicrometres: uint32(baseline),
		HFOVMillidegrees:    uint32(math.Round(g.HFOV * 1000)),
		Adjustment:          int32(math.Round(s * (g.Screen - g.Rendered) * 10000)),
		Focal:               w / (2 * half),
		LeftX:               w/2 - g.Left*s*g.Rendered*w,
		RightX:              w/2 + (1-g.Left)*s*g.Rendered*w,
		Y:                   float64(g.H) / 2,
	}, nil
}

// check refuses what would give no camera, or one no format can store.
func (g SpatialGeometry) check() error {
	in := func(v, lo, hi float64) bool { return v >= lo && v <= hi } // false for NaN
	switch {
	case g.W < 1 || g.H < 1:
		return fmt.Errorf("eye of %dx%d: %w", g.W, g.H, ErrSpatial)
	case !in(g.Strength, 1e-6, 100):
		return fmt.Errorf("strength %g %%: %w", g.Strength, ErrSpatial)
	case !in(g.Rendered, 0, 1) || !in(g.Screen, 0, 1) || !in(g.Left, 0, 1):
		return fmt.Errorf("convergence %g, screen %g, left share %g: %w", g.Rendered, g.Screen, g.Left, ErrSpatial)
	case !in(g.HFOV, 1, 179):
		return fmt.Errorf("field of view %g degrees: %w", g.HFOV, ErrSpatial)
	case !in(g.Nearest, 0.01, 1e4):
		return fmt.Errorf("nearest point at %g m: %w", g.Nearest, ErrSpatial)
	}
	return nil
}

// HFOVFrom35mm gives the horizontal field of view in degrees of a w x h
// picture whose EXIF names a 35 mm equivalent focal length, or 0 when that is
// not usable. Equivalence is by the diagonal: the picture's width stands for
// diagonal * w/sqrt(w^2+h^2) millimetres of film.
func HFOVFrom35mm(focal float64, w, h int) float64 {
	if !(focal >= 1 && focal <= 5000) || w < 1 || h < 1 {
		return 0
	}
	film := diagonal35mm * float64(w) / math.Hypot(float64(w), float64(h))
	return 2 * math.Atan(film/(2*focal)) * 180 / math.Pi
}
