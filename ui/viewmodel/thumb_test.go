package viewmodel

import (
	"image"
	"testing"
)

// TestSharpThumb: the shape is kept, the colours stay, small pictures are left.
func TestSharpThumb(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 300, 150))
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []byte{200, 90, 40, 255})
	}
	got := sharpThumb(img, 100, 100)
	if got.Rect != image.Rect(0, 0, 100, 50) {
		t.Fatalf("300x150 in 100x100 is %v", got.Rect)
	}
	for i := 0; i < len(got.Pix); i += 4 {
		if [4]byte(got.Pix[i:]) != [4]byte{200, 90, 40, 255} {
			t.Fatalf("pixel %d is %v", i/4, got.Pix[i:i+4])
		}
	}
	if small := sharpThumb(img, 400, 400); small.Rect != img.Rect {
		t.Errorf("a small picture became %v", small.Rect)
	}
}
