package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

func writeTemp(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBadInput gives each kind of unusable file; the error must have its kind
// and name the file.
func TestBadInput(t *testing.T) {
	whole := encoded(t, gradient(64, 48), Encoding{Format: FormatJPEG})
	half := whole[:len(whole)/2]
	fifo := filepath.Join(t.TempDir(), "fifo.jpg")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(t.TempDir(), "link.jpg")
	if err := os.Symlink("nowhere", dangling); err != nil {
		t.Fatal(err)
	}
	corrupt := bytes.Clone(whole)
	scan := bytes.Index(corrupt, []byte{0xff, markSOS})
	copy(corrupt[scan+20:], []byte{0xff, 0x01, 0xff, 0x01})
	cmyk4 := bytes.Clone(whole)
	cmyk4[bytes.Index(cmyk4, []byte{0xff, markSOF0})+1] = 0xc3
	deep := bytes.Clone(whole)
	deep[bytes.Index(deep, []byte{0xff, markSOF0})+4] = 12
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"empty":            {writeTemp(t, "empty.jpg", nil), ErrEmpty},
		"text":             {writeTemp(t, "text.jpg", []byte("this is not a photo\n")), ErrUnknownKind},
		"pdf":              {writeTemp(t, "doc.png", []byte("%PDF-1.4\nxxxxxxxxxxxxxxxxxxx")), ErrUnknownKind},
		"cut JPEG":         {writeTemp(t, "cut.jpg", half), ErrTruncated},
		"JPEG head":        {writeTemp(t, "head.jpg", whole[:30]), ErrTruncated},
		"damaged JPEG":     {writeTemp(t, "bad.jpg", corrupt), ErrCorrupt},
		"lossless JPEG":    {writeTemp(t, "lossless.jpg", cmyk4), ErrUnsupported},
		"12-bit JPEG":      {writeTemp(t, "deep.jpg", deep), ErrUnsupported},
		"huge PNG":         {writeTemp(t, "bomb.png", pngOf(30000, 30000)), ErrTooLarge},
		"PNG without rows": {writeTemp(t, "rows.png", pngOf(64, 64)), ErrTruncated},
		"a folder":         {t.TempDir(), ErrNotRegular},
		"a pipe":           {fifo, ErrNotRegular},
		"a device":         {os.DevNull, ErrNotRegular},
		"nothing":          {filepath.Join(t.TempDir(), "none.jpg"), fs.ErrNotExist},
		"a dangling link":  {dangling, fs.ErrNotExist},
		"a film":           {writeTemp(t, "film.jpg", []byte("\x1a\x45\xdf\xa3 and so on")), ErrNotPhoto},
		"raw file":         {writeTemp(t, "raw.tif", rawTIFF()), ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodePhoto(t.Context(), c.path, Limits{})
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.path) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
			n := 0
			for _, k := range kinds {
				if errors.Is(err, k) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d kinds in %v", n, err)
			}
			if _, err := DecodeMap(t.Context(), c.path, Limits{}); !errors.Is(err, c.want) {
				t.Errorf("as depth map: %v, want %v", err, c.want)
			}
		})
	}
}

// rawTIFF looks like a camera's raw file: a small preview first, the picture in
// a sub-directory.
func rawTIFF() []byte {
	o := binary.LittleEndian
	dir := encodeDirectory(o, []entry{
		longEntry(o, tagSubfileType, subfileReduced), longEntry(o, tagImageWidth, 16), longEntry(o, tagImageLength, 16),
		longEntry(o, tagSubIFDs, 200),
	}, 8)
	return append([]byte("II*\x00\x08\x00\x00\x00"), dir...)
}

// TestPermission checks that an unreadable file matches fs.ErrPermission. As
// root the system lets everything through, so the cause is wrapped by hand.
func TestPermission(t *testing.T) {
	path := writeTemp(t, "secret.jpg", []byte("x"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	_, err := DecodePhoto(t.Context(), path, Limits{})
	if os.Geteuid() == 0 {
		err = classify(pathCause(&os.PathError{Op: "open", Path: path, Err: syscall.EACCES}))
	}
	if !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrCorrupt) {
		t.Errorf("an unreadable file: %v", err)
	}
}

// TestSharedDamage checks the damaged files that come with the shared media and
// with the script that makes variants.
func TestSharedDamage(t *testing.T) {
	for path, want := range map[string]error{
		mediatest.Shared(t, "photos", "jpeg_corrupt.jpg"):      ErrCorrupt,
		mediatest.Variant(t, "photos", "truncated.jpg"):        ErrTruncated,
		mediatest.Variant(t, "photos", "zero_bytes.jpg"):       ErrEmpty,
		mediatest.Variant(t, "photos", "text_named.heic"):      ErrUnknownKind,
		mediatest.Variant(t, "photos", "bomb_30000x30000.png"): ErrTooLarge,
		mediatest.Variant(t, "video", "base_640x360.mp4"):      ErrNotPhoto,
	} {
		if _, err := DecodePhoto(t.Context(), path, Limits{}); !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

// TestVariants decodes the whole ones of the generated variants.
func TestVariants(t *testing.T) {
	for name, want := range map[string]struct {
		w, h int
		f    Format
		bits int
	}{
		"animated.gif": {200, 150, FormatGIF, 8}, "bmp.bmp": {330, 240, FormatBMP, 8}, "png_1x1.png": {1, 1, FormatPNG, 8},
		"png_named.jpg": {1, 1, FormatPNG, 8}, "panorama_8000_wide.jpg": {8000, 1478, FormatJPEG, 8},
		"tall_40x480.jpg": {40, 480, FormatJPEG, 8}, "png16_from_10bit_hlg.png": {240, 426, FormatPNG, 16},
	} {
		p := mustDecode(t, mediatest.Variant(t, "photos", name))
		if p.Picture.W != want.w || p.Picture.H != want.h || p.Format != want.f || p.Picture.Bits != want.bits {
			t.Errorf("%s: %dx%d %s of %d bits", name, p.Picture.W, p.Picture.H, p.Format, p.Picture.Bits)
		}
	}
}

// TestPrefixes cuts a file of every format at many places. None may be taken
// for a whole picture, and none may end in anything but an error.
func TestPrefixes(t *testing.T) {
	src := gradient(40, 30)
	for _, f := range []Format{FormatJPEG, FormatPNG, FormatTIFF, FormatWebP} {
		b := encoded(t, src, Encoding{Format: f, Lossless: true})
		for n := 1; n < len(b)-8; n += 1 + len(b)/60 {
			if _, err := decodePhoto(t.Context(), b[:n], Limits{}); err == nil {
				t.Errorf("%s cut after %d of %d bytes was decoded", f, n, len(b))
			}
		}
	}
	for _, name := range []string{"g.heic", "k.avif", "g6.jxl"} {
		b := codedFile(t, name)
		for n := 1; n < len(b)-8; n += 1 + len(b)/12 {
			if _, err := decodePhoto(t.Context(), b[:n], Limits{}); err == nil {
				t.Errorf("%s cut after %d of %d bytes was decoded", name, n, len(b))
			}
		}
	}
}

// TestLimits holds every format's header against a limit below its size. The
// message must tell the size.
func TestLimits(t *testing.T) {
	src := gradient(40, 30)
	files := map[string][]byte{"gif": gifOf(1)}
	for _, f := range []Format{FormatJPEG, FormatPNG, FormatTIFF, FormatWebP} {
		files[string(f)] = encoded(t, src, Encoding{Format: f})
	}
	for name := range coded {
		files[name] = codedFile(t, name)
	}
	files["arithmetic"] = arithmeticOf(t, files["jpeg"])
	for name, b := range files {
		p := decoded(t, b)
		area := int64(p.Picture.W) * int64(p.Picture.H)
		_, err := decodePhoto(t.Context(), b, Limits{MaxPixels: area - 1})
		var large *TooLargeError
		if !errors.Is(err, ErrTooLarge) || !errors.As(err, &large) {
			t.Errorf("%s above the limit: %v", name, err)
			continue
		}
		if large.W*large.H != area {
			t.Errorf("%s: the error says %dx%d", name, large.W, large.H)
		}
		if !strings.HasSuffix(name, "heic") && !strings.HasSuffix(name, "avif") { // their coded size is larger
			if _, err := decodePhoto(t.Context(), b, Limits{MaxPixels: area}); err != nil {
				t.Errorf("%s at the limit: %v", name, err)
			}
		}
	}
	err := (Limits{}).check(30000, 30000)
	if want := "30000x30000 is 900.0 megapixels, the limit is 268.4"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q in it", err, want)
	}
	if err := (Limits{}).check(1<<62, 1<<62); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a size whose product overflows: %v", err)
	}
}

// TestClaims changes the size in headers to the largest their fields can say:
// it must be refused before memory is asked for.
func TestClaims(t *testing.T) {
	src := gradient(40, 30)
	jpg := encoded(t, src, Encoding{Format: FormatJPEG})
	at := bytes.Index(jpg, []byte{0xff, markSOF0})
	copy(jpg[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	bmp := []byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00")
	bmp = binary.LittleEndian.AppendUint32(bmp, 1<<30)
	bmp = binary.LittleEndian.AppendUint32(bmp, 1<<30)
	bmp = append(bmp, 1, 0, 24, 0)
	bmp = append(bmp, make([]byte, 24)...)
	tif := encoded(t, src, Encoding{Format: FormatTIFF})
	field := bytes.Index(tif, []byte{0x00, 0x01, 4, 0, 1, 0, 0, 0, 40, 0, 0, 0})
	copy(tif[field+8:], []byte{0xff, 0xff, 0xff, 0x7f})
	webp := encoded(t, src, Encoding{Format: FormatWebP, Meta: Metadata{XMP: []byte("<x/>")}})
	vp8x := bytes.Index(webp, []byte("VP8X"))
	copy(webp[vp8x+12:], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	heic := codedFile(t, "g.heic")
	for i := 0; ; {
		n := bytes.Index(heic[i:], []byte("ispe"))
		if n < 0 {
			break
		}
		i += n + 8
		copy(heic[i:], []byte{0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff})
	}
	for name, b := range map[string][]byte{
		"jpeg": jpg, "bmp": bmp, "tiff": tif, "webp": webp, "heic": heic, "png": pngOf(1<<31-1, 1<<31-1),
		"jxl": {0xff, 0x0a, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		if _, err := decodePhoto(t.Context(), b, Limits{}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCancel checks that a done context ends decoding before it begins, and
// that one done while reading ends it there.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := writeTemp(t, "a.jpg", encoded(t, gradient(40, 30), Encoding{Format: FormatJPEG}))
	if _, err := DecodePhoto(ctx, path, Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("decoding under a done context: %v", err)
	}
	for _, name := range []string{"g.heic", "k.avif", "g6.jxl"} {
		if _, err := decodePhoto(ctx, codedFile(t, name), Limits{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s under a done context: %v", name, err)
		}
	}
	ctx, cancel = context.WithCancel(t.Context())
	r := newCtxBytes(ctx, make([]byte, 100))
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := r.Read(make([]byte, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("reading under a done context: %v", err)
	}
	if _, err := (ctxReader{ctx, r}).Read(make([]byte, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("reading a file under a done context: %v", err)
	}
}

// TestJPEGKinds decodes what the standard encoder does not write.
func TestJPEGKinds(t *testing.T) {
	cmyk := mustDecode(t, mediatest.Shared(t, "photos", "jpeg_cmyk_tiny.jpg"))
	if c := rgbAt(cmyk.Picture, 3, 3); c[0] < 200 || c[1] > 60 || c[2] > 60 {
		t.Errorf("the red corner of an inverted CMYK picture is %v", c)
	}
	if cmyk.Meta.ICC != nil {
		t.Error("a CMYK profile came along with RGB")
	}
	// Without its Adobe segment the same file is plain CMYK: all inks inverted.
	data, err := os.ReadFile(mediatest.Shared(t, "photos", "jpeg_cmyk_tiny.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(data, []byte("\xff\xee\x00\x0eAdobe")) // the first is a thumbnail's
	plain := decoded(t, append(bytes.Clone(data[:at]), data[at+16:]...))
	if c := rgbAt(plain.Picture, 3, 3); c == rgbAt(cmyk.Picture, 3, 3) {
		t.Errorf("plain CMYK was read as inverted: %v", c)
	}
	gray := mustDecode(t, mediatest.Shared(t, "photos", "jpeg_gray_icc.jpg"))
	if gray.Picture.Model != pix.Gray || iccSpace(gray.Meta.ICC) != "GRAY" {
		t.Errorf("a grey JPEG: %s, profile %q", gray.Picture.Model, iccSpace(gray.Meta.ICC))
	}
	for name, shifts := range map[string][2]uint8{"jpeg_422.jpg": {1, 0}, "jpeg_444.jpg": {0, 0}, "jpeg_arithmetic.jpg": {1, 1}} {
		p := mustDecode(t, mediatest.Shared(t, "photos", "derived", name)).Picture
		if p.Model != pix.YUV || [2]uint8{p.Planes[1].ShiftX, p.Planes[1].ShiftY} != shifts || p.Colour != jpegColour {
			t.Errorf("%s: %+v", name, pix.LayoutOf(p))
		}
	}
}

// TestJPEGPlanes checks that planes are the standard decoder's own, bit by bit.
func TestJPEGPlanes(t *testing.T) {
	data, err := os.ReadFile(mediatest.Shared(t, "photos", "jpeg_elephant_660x480.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	want, err := fromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	got := decoded(t, data).Picture
	for i := range got.N {
		if !bytes.Equal(got.Planes[i].Pix8, want.Planes[i].Pix8) {
			t.Errorf("plane %d differs", i)
		}
	}
}

// TestNotes checks what a user is told about a picture that is 3D already, or
// moves.
func TestNotes(t *testing.T) {
	for path, word := range map[string]string{
		mediatest.Shared(t, "photos", "mpo_nintendo3ds_frozenpond.mpo"):      "2 pictures",
		mediatest.Shared(t, "photos", "derived", "jps_cones_cross_eyed.jps"): "stereo pair",
		mediatest.Shared(t, "photos", "derived", "webp_animated.webp"):       "5 frames",
		mediatest.Shared(t, "apple", "spatial_photo_visionpro_bedroom.heic"): "spatial photo",
		mediatest.Shared(t, "photos", "avif_10bit_hdr_p3_tiny.avif"):         "HDR",
		writeTemp(t, "three.gif", gifOf(3)):                                  "3 frames",
	} {
		p := mustDecode(t, path)
		if !strings.Contains(strings.Join(p.Notes, "\n"), word) {
			t.Errorf("%s: notes %q lack %q", path, p.Notes, word)
		}
	}
	g := decoded(t, gifOf(1)).Picture
	if g.W != 4 || !g.Alpha || g.Planes[0].Pix8[3] != 0 || rgbAt(g, 1, 0) != [3]int{200, 10, 10} {
		t.Errorf("a GIF frame smaller than its canvas: alpha %v, first pixels % x", g.Alpha, g.Planes[0].Pix8[:8])
	}
}
