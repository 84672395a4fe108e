package scenetest

import (
	"bytes"
	"testing"

	"spatialmaker/testdata/scene"
)

// TestPicture: what is kept is what was drawn, each for its own options.
func TestPicture(t *testing.T) {
	o := scene.Options{Parallax: 4}
	want := scene.Render(24, 18, o, scene.Left).Picture
	for range 2 { // drawn, if it was not, and read
		if got := Picture(t, 24, 18, o, scene.Left); got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) {
			t.Error("another picture than the scene's")
		}
	}
	if right := Picture(t, 24, 18, o, scene.Right); bytes.Equal(right.Pix, want.Pix) {
		t.Error("the same picture for both eyes")
	}
}
