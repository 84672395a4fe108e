package assets

import (
	"bytes"
	"image/png"
	"testing"
)

// Icons for the systems' menus are scaled down from this one picture, whose
// corners must be transparent and whose middle must not.
func TestIcon(t *testing.T) {
	m, err := png.Decode(bytes.NewReader(IconPNG))
	if err != nil {
		t.Fatal(err)
	}
	if b := m.Bounds(); b.Dx() != 1024 || b.Dy() != 1024 {
		t.Errorf("icon is %v, wanted 1024 x 1024", b)
	}
	if _, _, _, a := m.At(2, 2).RGBA(); a != 0 {
		t.Errorf("corner has alpha %d, wanted none", a)
	}
	if _, _, _, a := m.At(512, 200).RGBA(); a != 0xffff {
		t.Errorf("middle has alpha %d, wanted an opaque one", a)
	}
	if len(IconPNG) > 100_000 {
		t.Errorf("icon takes %d bytes, wanted under 100 kB", len(IconPNG))
	}
}
