package media

import (
	"encoding/binary"
	"math"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// iccXYZ reads a colour tag of a profile.
func iccXYZ(icc []byte, tag string) (v [3]float64, ok bool) {
	for i := range int(binary.BigEndian.Uint32(icc[128:])) {
		e := icc[132+12*i:]
		if string(e[:4]) == tag {
			at := binary.BigEndian.Uint32(e[4:]) + 8
			for k := range v {
				v[k] = float64(int32(binary.BigEndian.Uint32(icc[at+uint32(4*k):]))) / 65536
			}
			return v, true
		}
	}
	return v, false
}

// TestProfileOf compares the profile made for Display P3 with Apple's own.
func TestProfileOf(t *testing.T) {
	apple := mustDecode(t, mediatest.Shared(t, "photos", "derived", "jpeg_p3_gps_orient1_reference.jpg")).Meta.ICC
	ours := profileOf(pix.Colour{Primaries: 12, Transfer: 13})
	if iccSpace(ours) != "RGB " || iccDescription(ours) != "Display P3" || int(binary.BigEndian.Uint32(ours)) != len(ours) {
		t.Fatalf("space %q, description %q, %d bytes", iccSpace(ours), iccDescription(ours), len(ours))
	}
	sum := [3]float64{}
	for _, tag := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		a, ok := iccXYZ(apple, tag)
		b, ok2 := iccXYZ(ours, tag)
		if !ok || !ok2 {
			t.Fatalf("no %s", tag)
		}
		for k := range a {
			sum[k] += b[k]
			if math.Abs(a[k]-b[k]) > 0.0005 {
				t.Errorf("%s is %.4f, Apple's %.4f", tag, b, a)
			}
		}
	}
	for k, w := range whiteD50 {
		if math.Abs(sum[k]-w) > 0.0002 {
			t.Errorf("the colours sum up to %.5f, not to white", sum)
		}
	}
	for _, c := range []pix.Colour{{Primaries: 1, Transfer: 13}, {Primaries: 12, Transfer: pix.TransferPQ}, {}, {Primaries: 2, Transfer: 2}} {
		if icc := profileOf(c); icc != nil {
			t.Errorf("%+v got a profile", c)
		}
	}
}

// TestWideColours checks that colours known by code points alone reach a JPEG.
func TestWideColours(t *testing.T) {
	p := gradient(8, 8)
	p.Colour.Primaries, p.Colour.Transfer = 12, 13
	for _, f := range []Format{FormatJPEG, FormatPNG, FormatTIFF, FormatWebP} {
		if got := decoded(t, encoded(t, p, Encoding{Format: f})); iccDescription(got.Meta.ICC) != "Display P3" {
			t.Errorf("%s: profile %q", f, iccDescription(got.Meta.ICC))
		}
	}
}
