package media

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// TestSpatialSignal reads what Apple's own frameworks wrote; the values are
// those of the dumps beside the files.
func TestSpatialSignal(t *testing.T) {
	for name, want := range map[string]SpatialSignal{
		"mvhevc_videotoolbox_160x120.mp4": {Layers: 2, Baseline: 19.24, FOV: 63.4, Disparity: 2, Hero: "left"},
		"mvhevc_water_180_5frames.mov":    {Layers: 2, Baseline: 19.24, FOV: 64, Disparity: 2, Projection: "rect"},
	} {
		s := stereoBoxes(mediatest.Shared(t, "apple", name))
		if s == nil || s.Layout != "multiview" || s.Spatial == nil || *s.Spatial != want || !s.Spatial.Whole() {
			t.Errorf("%s: %+v, want %+v", name, s, want)
		}
	}
}

// TestSpatialSignalLacks: what a writer forgot is missed, and a negative
// adjustment stays negative.
func TestSpatialSignalLacks(t *testing.T) {
	raw, err := os.ReadFile(mediatest.Shared(t, "apple", "mvhevc_videotoolbox_160x120.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(from, to string) *SpatialSignal {
		t.Helper()
		if !bytes.Contains(raw, []byte(from)) {
			t.Fatalf("no %q", from)
		}
		path := filepath.Join(t.TempDir(), "x.mp4")
		if err := os.WriteFile(path, bytes.Replace(raw, []byte(from), []byte(to), 1), 0o644); err != nil {
			t.Fatal(err)
		}
		s := stereoBoxes(path)
		if s == nil {
			t.Fatalf("%q for %q: no stereo", to, from)
		}
		return s.Spatial
	}
	if s := read("lhvC", "free"); s.Layers != 1 || s.Whole() {
		t.Errorf("without the second layer: %+v", s)
	}
	if s := read("hfov", "free"); s.FOV != 0 || s.Whole() {
		t.Errorf("without the field of view: %+v", s)
	}
	if s := read("dadj\x00\x00\x00\x00\x00\x00\x00\xc8", "dadj\x00\x00\x00\x00\xff\xff\xff\x9c"); s.Disparity != -1 {
		t.Errorf("nearer by 1 %%: %+v", s)
	}
}

// TestDecodeSpatialPhoto: both eyes of a photo from a headset, which differ.
func TestDecodeSpatialPhoto(t *testing.T) {
	path := mediatest.Shared(t, "apple", "spatial_photo_visionpro_bedroom.heic")
	left, right, err := DecodeEyes(t.Context(), path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := DecodePhoto(t.Context(), path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	same := func(a, b *pix.Picture) bool { return bytes.Equal(a.Planes[0].Pix8, b.Planes[0].Pix8) }
	if left.W != 2560 || right.W != 2560 || !same(left, first.Picture) || same(left, right) {
		t.Errorf("eyes of %dx%d and %dx%d", left.W, left.H, right.W, right.H)
	}
	if _, _, err := DecodeEyes(t.Context(), mediatest.Shared(t, "photos", "heic_iphone13pro_portrait_depth.heic"), Limits{}); err == nil {
		t.Error("a photo without a pair has eyes")
	}
}
