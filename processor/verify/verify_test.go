package verify

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
	"spatialmaker/testdata/scene"
	"spatialmaker/testdata/scene/scenetest"
)

const w, h = 400, 300

func write(t *testing.T, name string, parts ...image.Image) string {
	t.Helper()
	b := parts[0].Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx()*len(parts), b.Dy()))
	for i, p := range parts {
		draw.Draw(out, image.Rect(i*b.Dx(), 0, (i+1)*b.Dx(), b.Dy()), p, image.Point{}, draw.Src)
	}
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, out); err != nil {
		t.Fatal(err)
	}
	return path
}

func check(t *testing.T, path string, layout pack.Layout) *Report {
	t.Helper()
	r, err := File(t.Context(), path, layout)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", *r)
	return r
}

func eyes(t *testing.T) (left, right *image.NRGBA) {
	t.Helper()
	o := scene.Options{Parallax: 4}
	return scenetest.Picture(t, w, h, o, scene.Left), scenetest.Picture(t, w, h, o, scene.Right)
}

func picture(t *testing.T, m image.Image) *pix.Picture {
	t.Helper()
	p, err := openPhoto(t.Context(), write(t, "p.png", m))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMPO: both eyes are in one file, found through its index.
func TestMPO(t *testing.T) {
	left, right := eyes(t)
	path := filepath.Join(t.TempDir(), "a_3D.mpo")
	for _, c := range []struct {
		left, right *image.NRGBA
		ok          bool
	}{{left, right, true}, {right, left, false}, {left, left, false}} {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := media.EncodeMPO(t.Context(), f, picture(t, c.left), picture(t, c.right), media.Encoding{}); err != nil {
			t.Fatal(err)
		}
		if r := check(t, path, ""); r.Layout != pack.MPO || r.OK != c.ok {
			t.Errorf("%+v", r)
		}
	}
	if _, err := File(t.Context(), write(t, "one.png", left), pack.MPO); !errors.Is(err, media.ErrNoPair) {
		t.Errorf("a file of one eye: %v", err)
	}
}

func TestTrueEyes(t *testing.T) {
	left, right := eyes(t)
	r := check(t, write(t, "a_LRF_Full_SBS.png", left, right), "")
	if !r.OK || r.Eyes != EyesRight || r.Nearest-r.Farthest < 1 || r.Nearest > 4.5 {
		t.Errorf("true eyes: %+v", r)
	}
	r = check(t, write(t, "a_LRF_Full_SBS.png", right, left), "")
	if r.OK || r.Eyes != EyesSwapped || len(r.Problems) != 1 {
		t.Errorf("swapped eyes: %+v", r)
	}
	r = check(t, write(t, "a_RLF_cross.png", right, left), "")
	if !r.OK || r.Layout != pack.Cross {
		t.Errorf("cross-eyed: %+v", r)
	}
	r = check(t, write(t, "a_LRF_Full_SBS.png", left, left), "")
	if r.OK || !strings.Contains(strings.Join(r.Problems, " "), "flat") {
		t.Errorf("the same eye twice: %+v", r)
	}
	low := image.NewNRGBA(right.Rect)
	draw.Draw(low, low.Rect, right, image.Pt(0, 2), draw.Src)
	r = check(t, write(t, "a.png", left, low), pack.SBS)
	if r.OK || r.Vertical == 0 {
		t.Errorf("eyes two rows apart: %+v", r)
	}
	noise := image.NewNRGBA(right.Rect)
	for i := range noise.Pix {
		noise.Pix[i] = uint8(i*i>>3) | uint8(255*(i&3/3))
	}
	r = check(t, write(t, "a_LRF_Full_SBS.png", left, noise), "")
	if r.OK {
		t.Errorf("an eye of another picture: %+v", r)
	}
}

func TestDepthAndPairs(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 40, 30))
	if r := check(t, write(t, "a_depth.png", grey), ""); r.OK {
		t.Errorf("flat depth passes: %+v", r)
	}
	for x := range 40 {
		for y := range 30 {
			grey.SetGray(x, y, color.Gray{uint8(x * 6)})
		}
	}
	if r := check(t, write(t, "a_depth.png", grey), ""); !r.OK {
		t.Errorf("depth: %+v", r)
	}
	left, right := eyes(t)
	if r := check(t, write(t, "a_depth.png", left), ""); r.OK {
		t.Errorf("a colour picture passes as depth: %+v", r)
	}
	if r := check(t, write(t, "b_left.png", left), ""); r.OK || !strings.Contains(r.Problems[0], "b_right.png is missing") {
		t.Errorf("a lonely eye: %+v", r)
	}
	dir := filepath.Dir(write(t, "b_left.png", left))
	if err := os.Rename(write(t, "b_right.png", right), filepath.Join(dir, "b_right.png")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b_left.png", "b_right.png"} {
		if r := check(t, filepath.Join(dir, name), ""); !r.OK || r.Eyes != EyesRight {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if _, err := File(t.Context(), filepath.Join(dir, "b.png"), ""); err == nil {
		t.Error("a name that tells nothing passes")
	}
}
