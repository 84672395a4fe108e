package pack

import (
	"errors"
	"math"
	"testing"
)

func TestDeriveSpatial(t *testing.T) {
	tests := []struct {
		name                 string
		g                    SpatialGeometry
		baseline, hfov       uint32
		adjustment           int32
		focal, leftX, rightX float64
	}{
		{
			// 2 * 0.025 * 2 m * tan(32.5 deg) = 63.707 mm, and 0.025 * 0.5.
			"parallel cameras, defaults",
			SpatialGeometry{Strength: 2.5, Screen: 0.5, Left: 0.5, W: 1920, H: 1080},
			63707, 65000, 125, 1506.898, 960, 960,
		},
		{
			// Nearest object at the window: Apple's usual +2 % at strength 2.
			"screen at the nearest point",
			SpatialGeometry{Strength: 2, Screen: 1, Left: 0.5, W: 1000, H: 1000, HFOV: 90, Nearest: 1},
			40000, 90000, 200, 500, 500, 500,
		},
		{
			"rendered as seen: nothing left to adjust",
			SpatialGeometry{Strength: 4, Rendered: 0.5, Screen: 0.5, Left: 0.5, W: 1000, H: 500, HFOV: 90, Nearest: 1},
			80000, 90000, 0, 500, 490, 510,
		},
		{
			"left eye untouched",
			SpatialGeometry{Strength: 4, Rendered: 0.5, Screen: 0.25, W: 1000, H: 500, HFOV: 90, Nearest: 1},
			80000, 90000, -100, 500, 500, 520,
		},
		{
			"right eye untouched",
			SpatialGeometry{Strength: 4, Rendered: 0.5, Left: 1, W: 1000, H: 500, HFOV: 90, Nearest: 1},
			80000, 90000, -200, 500, 480, 500,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := DeriveSpatial(tt.g)
			if err != nil {
				t.Fatal(err)
			}
			if s.BaselineMicrometres != tt.baseline || s.HFOVMillidegrees != tt.hfov || s.Adjustment != tt.adjustment {
				t.Errorf("baseline %d um, hfov %d, adjustment %d; want %d, %d, %d", s.BaselineMicrometres,
					s.HFOVMillidegrees, s.Adjustment, tt.baseline, tt.hfov, tt.adjustment)
			}
			if !spatialNear(s.Focal, tt.focal, 1e-3) || !spatialNear(s.LeftX, tt.leftX, 1e-9) || !spatialNear(s.RightX, tt.rightX, 1e-9) {
				t.Errorf("focal %g, centres %g and %g; want %g, %g, %g", s.Focal, s.LeftX, s.RightX, tt.focal, tt.leftX, tt.rightX)
			}
			if s.Y != float64(tt.g.H)/2 {
				t.Errorf("centre at y %g", s.Y)
			}
		})
	}
}

// TestSpatialReprojects follows points of a scene through the cameras that the
// numbers describe and compares with where the renderer puts them.
func TestSpatialReprojects(t *testing.T) {
	for _, left := range []float64{0, 0.5, 1} {
		g := SpatialGeometry{Strength: 3, Rendered: 0.4, Screen: 0.7, Left: left, W: 1440, H: 1080, HFOV: 63.4, Nearest: 1.5}
		s, err := DeriveSpatial(g)
		if err != nil {
			t.Fatal(err)
		}
		base := float64(s.BaselineMicrometres) * 1e-6
		for _, d := range []float64{0, 0.1, 0.4, 0.7, 1} {
			inv := d / g.Nearest // 1/Z
			camera := (s.LeftX - s.RightX) + s.Focal*base*inv
			rendered := g.Strength / 100 * float64(g.W) * (d - g.Rendered)
			if !spatialNear(camera, rendered, 0.01) {
				t.Errorf("left share %g, nearness %g: the cameras see %g px, rendered %g", left, d, camera, rendered)
			}
			shown := rendered - float64(s.Adjustment)/1e4*float64(g.W)
			if want := g.Strength / 100 * float64(g.W) * (d - g.Screen); !spatialNear(shown, want, 0.08) {
				t.Errorf("nearness %g: shown at %g px from the window, want %g", d, shown, want)
			}
		}
	}
}

func TestDeriveSpatialRefuses(t *testing.T) {
	good := SpatialGeometry{Strength: 2.5, Screen: 0.5, Left: 0.5, W: 100, H: 100}
	tests := map[string]func(*SpatialGeometry){
		"no strength":     func(g *SpatialGeometry) { g.Strength = 0 },
		"strength NaN":    func(g *SpatialGeometry) { g.Strength = math.NaN() },
		"turned inside":   func(g *SpatialGeometry) { g.Strength = -1 },
		"no width":        func(g *SpatialGeometry) { g.W = 0 },
		"fov of 180":      func(g *SpatialGeometry) { g.HFOV = 180 },
		"negative fov":    func(g *SpatialGeometry) { g.HFOV = -60 },
		"screen beyond":   func(g *SpatialGeometry) { g.Screen = 1.1 },
		"rendered NaN":    func(g *SpatialGeometry) { g.Rendered = math.NaN() },
		"share above one": func(g *SpatialGeometry) { g.Left = 2 },
		"nearest at zero": func(g *SpatialGeometry) { g.Nearest = -1 },
		"baseline of 0":   func(g *SpatialGeometry) { g.Strength, g.Nearest, g.HFOV = 1e-6, 0.01, 1 },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			g := good
			spoil(&g)
			if _, err := DeriveSpatial(g); !errors.Is(err, ErrSpatial) {
				t.Errorf("error %v, want ErrSpatial", err)
			}
		})
	}
}

func TestHFOVFrom35mm(t *testing.T) {
	tests := []struct {
		focal float64
		w, h  int
		want  float64
	}{
		{18, 36, 24, 90},       // the frame itself: 2 atan(36/36)
		{12, 24, 36, 90},       // upright
		{26, 4032, 3024, 67.3}, // a phone's main camera
		{0, 4032, 3024, 0},
		{math.NaN(), 10, 10, 0},
		{26, 0, 3024, 0},
	}
	for _, tt := range tests {
		if got := HFOVFrom35mm(tt.focal, tt.w, tt.h); !spatialNear(got, tt.want, 0.05) {
			t.Errorf("HFOVFrom35mm(%g, %d, %d) = %g, want %g", tt.focal, tt.w, tt.h, got, tt.want)
		}
	}
}

func spatialNear(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }
