package media

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

func mustDecode(t testing.TB, path string) *Photo {
	t.Helper()
	p, err := DecodePhoto(context.Background(), path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Picture.Check(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return p
}

// rgbAt returns the 8-bit colour of a pixel.
func rgbAt(p *pix.Picture, x, y int) [3]int {
	row := make([]byte, 4*p.W)
	rowRGBA8(row, p, y)
	return [3]int{int(row[4*x]), int(row[4*x+1]), int(row[4*x+2])}
}

// size is the upright size of every undamaged shared photo (SOURCES.md, with
// the orientation applied).
var sizes = map[string][2]int{
	"avif_10bit_hdr_p3_tiny.avif": {200, 200}, "avif_irot1_labelled.avif": {640, 427},
	"avif_street_3082x2048.avif": {3082, 2048}, "heic_iphone13pro_portrait_depth.heic": {4032, 3024},
	"heic_iphoneXS_orient6_p3_gps.heic": {3024, 4032}, "jpeg_1x1.jpg": {1, 1}, "jpeg_cmyk_noicc.jpg": {1080, 1080},
	"jpeg_cmyk_tiny.jpg": {100, 100}, "jpeg_elephant_660x480.jpg": {660, 480}, "jpeg_gray_icc.jpg": {640, 416},
	"jpeg_landscape_labelled_orient8.jpg": {1600, 1200}, "jpeg_portrait_labelled_orient6.jpg": {1200, 1600},
	"jpeg_progressive_pixel7pro_london.jpg": {1020, 768}, "jpeg_verywide_23to1.jpg": {1174, 50},
	"jpeg_wide_3to1_leopard.jpg": {1244, 416}, "jps_header_only_exiftool.jps": {8, 8},
	"mpo_nintendo3ds_frozenpond.mpo": {640, 480}, "tiff_16bit_rgb_tiny.tiff": {100, 40}, "webp_lossy_550x368.webp": {550, 368},
	"derived/avif_10bit.avif": {660, 480}, "derived/avif_alpha.avif": {330, 240}, "derived/avif_irot1.avif": {480, 660},
	"derived/gif_static.gif": {330, 240}, "derived/jpeg_422.jpg": {660, 480}, "derived/jpeg_444.jpg": {660, 480},
	"derived/jpeg_arithmetic.jpg": {660, 480}, "derived/jpeg_baseline.jpg": {1020, 768}, "derived/jpeg_cmyk_pil.jpg": {330, 240},
	"derived/jpeg_gray.jpg": {660, 480}, "derived/jpeg_p3_gps_orient1_reference.jpg": {592, 800},
	"derived/jpeg_p3_gps_orient6.jpg": {592, 800}, "derived/jpeg_p3_gps_orient8.jpg": {592, 800},
	"derived/jpeg_restart_markers.jpg": {660, 480}, "derived/jps_cones_cross_eyed.jps": {900, 375},
	"derived/jxl_from_jpeg_lossless.jxl": {660, 480}, "derived/png_1bit.png": {330, 240}, "derived/png_gray_alpha.png": {330, 240},
	"derived/png_interlaced.png": {330, 240}, "derived/png_palette64.png": {330, 240},
	"derived/png_palette_transparent.png": {330, 240}, "derived/png_rgba.png": {330, 240}, "derived/tiff_lzw_rgb8.tif": {330, 240},
	"derived/webp_alpha.webp": {330, 240}, "derived/webp_animated.webp": {165, 120}, "derived/webp_lossless.webp": {330, 240},
}

// TestSharedPhotos decodes every shared photo that is not marked damaged.
func TestSharedPhotos(t *testing.T) {
	root := mediatest.Shared(t, "photos")
	seen := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "corrupt") {
			return err
		}
		seen++
		name, _ := filepath.Rel(root, path)
		t.Run(name, func(t *testing.T) {
			want, ok := sizes[filepath.ToSlash(name)]
			if !ok {
				t.Fatal("this photo has no entry in the table of sizes")
			}
			p := mustDecode(t, path)
			if got := [2]int{p.Picture.W, p.Picture.H}; got != want {
				t.Errorf("size %v, want %v", got, want)
			}
			if dir := os.Getenv("SPATIALMAKER_SHOW"); dir != "" {
				show(t, dir, filepath.Base(name), p)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen != len(sizes) {
		t.Errorf("%d photos found, the table has %d", seen, len(sizes))
	}
}

// show saves what was decoded, for a look at it.
func show(t *testing.T, dir, name string, p *Photo) {
	t.Helper()
	out, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := EncodePhoto(t.Context(), out, p.Picture, Encoding{Format: FormatPNG}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %dx%d bits %d alpha %v orientation %d exif %d icc %d xmp %d notes %q", p.Picture.Model, p.Picture.W, p.Picture.H,
		p.Picture.Bits, p.Picture.Alpha, p.Orientation, len(p.Meta.EXIF), len(p.Meta.ICC), len(p.Meta.XMP), p.Notes)
}
