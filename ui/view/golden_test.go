package view

import (
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// goldenVariable makes the tests write the golden pictures they miss, or with
// "all" every one; look at them before they are committed.
const goldenVariable = "SPATIALMAKER_GOLDEN"

// Two pictures count as the same when no more than a few pixels differ by more
// than rounding does between processors.
const (
	goldenStep  = 24    // of a component's 255
	goldenShare = 0.002 // of the pixels
)

func toRGBA(img image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}

func writePNG(t testing.TB, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

// golden compares a picture with the one kept under a name. A failed one is
// kept in the system's temporary folder.
func golden(t *testing.T, name string, img image.Image) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".png")
	f, err := os.Open(path)
	if mode := os.Getenv(goldenVariable); mode == "all" || mode != "" && os.IsNotExist(err) {
		if err == nil {
			f.Close()
		}
		writePNG(t, path, img)
		return
	}
	if err != nil {
		t.Fatalf("%v; set %s=missing to make it", err, goldenVariable)
	}
	defer f.Close()
	kept, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	got, want := toRGBA(img), toRGBA(kept)
	off := 1.0
	if got.Rect == want.Rect {
		off = difference(got, want)
	}
	if off > goldenShare {
		failed := filepath.Join(os.TempDir(), "spatialmaker-golden", name+".png")
		writePNG(t, failed, img)
		t.Errorf("%s: %.2f %% of the pixels are other than in %s; see %s", name, off*100, path, failed)
	}
}

// difference is the share of pixels that differ by more than goldenStep.
func difference(a, b *image.RGBA) float64 {
	n := 0
	for i := 0; i < len(a.Pix); i += 4 {
		for k := range 3 {
			d := int(a.Pix[i+k]) - int(b.Pix[i+k])
			if d > goldenStep || d < -goldenStep {
				n++
				break
			}
		}
	}
	return float64(n) / float64(len(a.Pix)/4)
}
