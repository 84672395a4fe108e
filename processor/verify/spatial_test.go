package verify

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pack"
)

// TestAppleFiles: files that Apple's cameras and frameworks made say themselves
// what they are, and are found good.
func TestAppleFiles(t *testing.T) {
	for _, name := range []string{"mvhevc_videotoolbox_160x120.mp4", "mvhevc_water_180_5frames.mov", "spatial_photo_visionpro_bedroom.heic"} {
		r, err := File(t.Context(), mediatest.Shared(t, "apple", name), "")
		if err != nil {
			t.Fatal(err)
		}
		if !r.OK || r.Layout != pack.Spatial {
			t.Errorf("%s: %+v", name, r)
		}
		if film := filepath.Ext(name) != ".heic"; film != (len(r.Notes) > 0) || film == (r.Nearest > r.Farthest) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestSpatialLacks takes from Apple's film what makes it spatial, one by one.
func TestSpatialLacks(t *testing.T) {
	raw, err := os.ReadFile(mediatest.Shared(t, "apple", "mvhevc_videotoolbox_160x120.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	for box, want := range map[string]string{"vexu": "not told", "lhvC": "layer is missing", "blin": "not spatial", "hfov": "not spatial"} {
		path := filepath.Join(t.TempDir(), "x_spatial.mp4")
		if err := os.WriteFile(path, bytes.Replace(raw, []byte(box), []byte("free"), 1), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := File(t.Context(), path, "")
		if err != nil {
			t.Fatal(err)
		}
		if r.OK || !strings.Contains(strings.Join(r.Problems, ";"), want) {
			t.Errorf("without %s: %q", box, r.Problems)
		}
	}
}
