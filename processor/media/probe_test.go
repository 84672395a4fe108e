package media

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spatialmaker/processor/media/mediatest"
)

// TestProbePhotos checks facts of the shared photos that exiftool and the
// recorded box lists of the Apple files tell as well.
func TestProbePhotos(t *testing.T) {
	for name, check := range map[string]func(i *Info) bool{
		"photos/derived/jpeg_p3_gps_orient6.jpg": func(i *Info) bool {
			m := i.Metadata
			return i.Width == 592 && i.Height == 800 && i.Rotation == 90 && !i.Mirrored && i.Colour.ICC == "Display P3" &&
				i.Colour.Chroma == "4:2:0" && m.Make == "Apple" && m.Model == "iPhone 6s" && m.Time == "2018-02-17T16:39:33" &&
				m.GPS.Latitude == 35.657231 && m.GPS.Longitude == 139.74965 && *m.GPS.Altitude == -4.31 && m.Focal == 4.15
		},
		"photos/heic_iphone13pro_portrait_depth.heic": func(i *Info) bool {
			return i.Width == 4032 && i.Height == 3024 && i.Metadata.Time == "2023-02-21T14:33:08+03:00" &&
				find(i, InsideDepth).Width == 768 && find(i, InsideDepth).Height == 576 && find(i, InsideGainMap).Width == 2016 &&
				i.Colour.Range == "full" && i.Colour.Coding == "grid of 48 tiles"
		},
		"photos/heic_iphoneXS_orient6_p3_gps.heic": func(i *Info) bool {
			return i.Width == 3024 && i.Height == 4032 && i.Orientation == 6 && i.Colour.ICC == "Display P3"
		},
		"apple/spatial_photo_visionpro_bedroom.heic": func(i *Info) bool {
			s := find(i, InsideStereo)
			return i.Width == 2560 && s.From == "ster" && s.Baseline == 63.774 && s.FOV == 80 && s.Disparity == 2.93 && s.Width == 2560
		},
		"photos/mpo_nintendo3ds_frozenpond.mpo": func(i *Info) bool {
			s := find(i, InsideStereo)
			return i.Format == FormatJPEG && s.From == "MPF" && s.Width == 640 && s.Height == 480 && i.Metadata.Make == "Nintendo"
		},
		"photos/derived/jps_cones_cross_eyed.jps": func(i *Info) bool { return find(i, InsideStereo).Layout == "cross" },
		"photos/jps_header_only_exiftool.jps":     func(i *Info) bool { return find(i, InsideStereo).Layout == "tb" },
		"photos/avif_irot1_labelled.avif": func(i *Info) bool {
			return i.Width == 640 && i.Height == 427 && i.Orientation == 5 && i.Rotation == 270 && i.Mirrored
		},
		"photos/avif_10bit_hdr_p3_tiny.avif": func(i *Info) bool {
			return i.Colour.Bits == 10 && i.Colour.HDR && i.Colour.Primaries == "Display P3" && find(i, InsideGainMap).From == "auxC"
		},
		"photos/derived/avif_alpha.avif":     func(i *Info) bool { return i.Colour.Alpha && find(i, InsideAlpha).Width == 330 },
		"photos/derived/webp_animated.webp":  func(i *Info) bool { return i.Frames == 5 },
		"photos/derived/webp_lossless.webp":  func(i *Info) bool { return i.Colour.Coding == "lossless" && i.Frames == 1 },
		"photos/derived/jpeg_arithmetic.jpg": func(i *Info) bool { return i.Colour.Coding == "arithmetic sequential" },
		"photos/jpeg_cmyk_tiny.jpg":          func(i *Info) bool { return i.Colour.Model == "cmyk" },
		"photos/jpeg_gray_icc.jpg":           func(i *Info) bool { return i.Colour.Model == "gray" && i.Colour.ICCSpace == "GRAY" },
		"photos/tiff_16bit_rgb_tiny.tiff":    func(i *Info) bool { return i.Colour.Bits == 16 && i.Colour.Model == "rgb" },
		"photos/derived/png_1bit.png":        func(i *Info) bool { return i.Colour.Bits == 1 && i.Colour.Model == "gray" },
		"photos/derived/png_interlaced.png":  func(i *Info) bool { return i.Colour.Coding == "interlaced" },
		"photos/derived/jxl_from_jpeg_lossless.jxl": func(i *Info) bool {
			return i.Width == 660 && i.Height == 480 && i.Colour.Coding == "recompressed JPEG" && i.Colour.Transfer == "sRGB"
		},
	} {
		path := mediatest.Shared(t, filepath.FromSlash(name))
		i, err := Probe(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text, _ := json.Marshal(i); i.Kind != KindPhoto || i.Path != path || !check(i) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// find returns the first thing of a kind inside a photo, empty without one.
func find(i *Info, kind string) Inside {
	for _, in := range i.Inside {
		if in.Kind == kind {
			return in
		}
	}
	return Inside{}
}

// TestProbeAgreesWithDecode holds the sizes of Probe against decoded pictures.
func TestProbeAgreesWithDecode(t *testing.T) {
	for name, size := range sizes {
		i, err := Probe(t.Context(), mediatest.Shared(t, "photos", filepath.FromSlash(name)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if i.Width != size[0] || i.Height != size[1] {
			t.Errorf("%s: %dx%d, want %v", name, i.Width, i.Height, size)
		}
	}
}

// TestProbeGenerated covers what no shared photo has.
func TestProbeGenerated(t *testing.T) {
	i := probeBytes(t, "huge.png", pngOf(30000, 30000))
	if i.Width != 30000 || i.Height != 30000 {
		t.Errorf("a PNG beyond the limit of decoding: %dx%d", i.Width, i.Height)
	}
	i = probeBytes(t, "a.gif", gifOf(3))
	if i.Frames != 3 || i.Width != 4 {
		t.Errorf("a GIF of 3 frames: %+v", i)
	}
	jpeg := encoded(t, gradient(8, 8), Encoding{Format: FormatJPEG, Meta: Metadata{
		XMP: []byte(`<x xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/"/>`),
	}})
	if i := probeBytes(t, "plain.jpg", jpeg); len(i.Inside) != 0 {
		t.Errorf("an output promises %v", i.Inside)
	}
	jpeg = withSegment(jpeg, 0xe1, xmpName+`<x xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GCamera:MicroVideoOffset="1"/>`)
	i = probeBytes(t, "depth.jpg", jpeg)
	if find(i, InsideDepth).From != "GDepth" || find(i, InsideMotion).From != "GCamera" {
		t.Errorf("GDepth in XMP: %v", i.Inside)
	}
}

func probeBytes(t *testing.T, name string, b []byte) *Info {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	i, err := Probe(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestProbeErrors(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "photo.jpg")
	if err := os.WriteFile(text, []byte("hello there\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{dir: ErrNotRegular, text: ErrUnknownKind, filepath.Join(dir, "none"): os.ErrNotExist} {
		if _, err := Probe(t.Context(), path); !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
