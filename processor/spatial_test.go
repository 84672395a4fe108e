package processor

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"spatialmaker/coreml"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/stereo"
)

func TestSpatialNeedsAMac(t *testing.T) {
	if coreml.Linked() == nil {
		t.Log("the bridge is linked; TestSpatialPhotos looks at what it does")
		return
	}
	o := DefaultOptions()
	o.Formats = []pack.Layout{pack.SBS, pack.Spatial}
	err := o.Validate()
	if !errors.Is(err, ErrNoSpatial) || !strings.Contains(err.Error(), "macOS 14") || strings.Contains(err.Error(), "bridge") {
		t.Errorf("error %v", err)
	}
	if x := Explain(err); x.Kind != "unsupported" || !strings.Contains(x.Hint, "sbs") {
		t.Errorf("%+v", x)
	}
	if slices.Contains(Formats(), pack.Spatial) {
		t.Error("spatial is offered")
	}
}

// TestSpatialGeometry: the eye that stays the original takes none of the
// disparity, and is the one shown where one is.
func TestSpatialGeometry(t *testing.T) {
	for eyes, want := range map[stereo.Eyes]struct {
		left float64
		hero coreml.Eye
	}{stereo.BothEyes: {0.5, coreml.LeftEye}, stereo.RightEye: {0, coreml.LeftEye}, stereo.LeftEye: {1, coreml.RightEye}} {
		g := stereo.Geometry{Strength: 4, Convergence: 0.25, Eyes: eyes}
		s := spatialGeometry(g, 0.5, 1000, 600)
		c, err := spatialCamera(s)
		if err != nil {
			t.Fatal(err)
		}
		if s.Left != want.left || c.Hero != want.hero || c.Adjustment != 100 {
			t.Errorf("%v: %+v, %+v", eyes, s, c)
		}
		// A point at infinity: where the renderer puts it and where the
		// cameras' middles are must agree.
		l, r := g.Shifts(1000, 0)
		if math.Abs(c.LeftX-500-l) > 1e-9 || math.Abs(c.RightX-500-r) > 1e-9 {
			t.Errorf("%v: middles %g and %g, rendered at %g and %g", eyes, c.LeftX, c.RightX, 500+l, 500+r)
		}
	}
}
