package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"testing"

	"golang.org/x/image/bmp"

	"spatialmaker/processor/pix"
)

// fuzzLimits keep a single input cheap.
var fuzzLimits = Limits{MaxPixels: 1 << 16}

// seeds returns a small file of every format, with metadata.
func seeds(t testing.TB) [][]byte {
	t.Helper()
	meta := Metadata{EXIF: exifWith(binary.BigEndian, 6), ICC: profile("RGB ", "x"), XMP: []byte("<x/>")}
	var out [][]byte
	for _, p := range []*pix.Picture{
		gradient(17, 9), scene(pix.Layout{W: 20, H: 12, Bits: 16, Model: pix.RGBA}, true),
		scene(pix.Layout{W: 33, H: 19, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, false),
		scene(pix.Layout{W: 9, H: 9, Bits: 8, Model: pix.Gray}, false),
	} {
		for _, f := range []Format{FormatJPEG, FormatPNG, FormatTIFF, FormatWebP} {
			out = append(out, encoded(t, p, Encoding{Format: f, Meta: meta, Lossless: p.Bits > 8}))
		}
	}
	rgba := image.NewRGBA(image.Rect(0, 0, 5, 4))
	draw.Draw(rgba, rgba.Rect, image.White, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := bmp.Encode(&b, rgba); err != nil {
		t.Fatal(err)
	}
	yuv := scene(pix.Layout{W: 33, H: 19, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, false)
	out = append(out, b.Bytes(), gifOf(2), pngOf(40, 40), rawTIFF(), arithmeticFile(t, yuv, false, 0), arithmeticFile(t, yuv, true, 2))
	for name := range coded {
		out = append(out, codedFile(t, name))
	}
	return out
}

// FuzzDecodePhoto decodes anything: a picture that is whole, or one error of a
// known kind. The sandboxed decoders are left to TestPrefixes: each run of one
// takes longer than a thousand others, and cannot harm more than itself.
func FuzzDecodePhoto(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		format, err := sniff(b[:min(len(b), sniffLen)])
		if format == FormatHEIC || format == FormatAVIF || format == FormatJXL || err != nil {
			return
		}
		p, err := decodePhoto(context.Background(), b, fuzzLimits)
		if err != nil {
			if !classified(err) {
				t.Errorf("an error without a kind: %v", err)
			}
			return
		}
		if err := p.Picture.Check(); err != nil {
			t.Fatal(err)
		}
		if n := int64(p.Picture.W) * int64(p.Picture.H); n > fuzzLimits.MaxPixels {
			t.Fatalf("%dx%d is above the limit", p.Picture.W, p.Picture.H)
		}
		p.Meta.forOutput(p.Picture)
	})
}

// FuzzProbe reads the headers of anything.
func FuzzProbe(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		format, err := sniff(b[:min(len(b), sniffLen)])
		if err != nil || format == FormatVideo {
			return
		}
		i := &Info{Format: format}
		if err := probePhoto(b, i); err != nil {
			if !classified(err) || errors.Is(err, errHeaderPanic) {
				t.Errorf("%s: %v", format, err)
			}
			return
		}
		if i.Width < 0 || i.Height < 0 || i.Orientation < 1 || i.Orientation > 8 {
			t.Errorf("%s: %+v", format, i)
		}
	})
}

// FuzzExif reads any EXIF block and makes outputs of it.
func FuzzExif(f *testing.F) {
	f.Add(exifWith(binary.LittleEndian, 3))
	f.Add(exifWith(binary.BigEndian, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o := exifOrientation(b); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
		before := bytes.Clone(b)
		out := outputEXIF(b, 100, 50)
		if !bytes.Equal(b, before) {
			t.Error("the source was changed")
		}
		if out != nil && exifOrientation(out) != 1 {
			t.Errorf("orientation %d in an output", exifOrientation(out))
		}
		cameraInfo(Metadata{EXIF: b})
		if tf, first, err := openTIFF(b); err == nil {
			if d, ok := tf.directory(first); ok {
				tf.collectEXIF(&d)
			}
		}
		iccDescription(b)
		mpfPictures(&jpegHeader{mpf: b})
		mpfNumber(&jpegHeader{mpf: b})
	})
}

// FuzzBoxes reads any HEIF index and any JPEG XL header.
func FuzzBoxes(f *testing.F) {
	for name := range coded {
		f.Add(codedFile(f, name))
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		if h, err := openHEIF(b, fuzzLimits); err == nil {
			h.metadata(h.primary)
			h.notes()
			h.withChroma()
			if t := h.tiles(); t != nil {
				t.file(0)
			}
			insideHEIF(h)
		}
		if h, err := parseJXL(b); err == nil && (h.w < 0 || h.h < 0) {
			panic("a negative size")
		}
		sequenceFrames(b)
	})
}

// FuzzArithmetic decodes any bytes as the scans of an arithmetic-coded JPEG.
// What comes out is a stream that the standard decoder must take.
func FuzzArithmetic(f *testing.F) {
	yuv := scene(pix.Layout{W: 33, H: 19, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, false)
	noisy(yuv)
	for _, progressive := range []bool{false, true} {
		f.Add(arithmeticFile(f, yuv, progressive, 0))
		f.Add(arithmeticFile(f, yuv, progressive, 3))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		j, err := parseJPEG(b)
		if err != nil || fuzzLimits.check(int64(j.w), int64(j.h)) != nil || !j.arithmetic() || j.supported() != nil {
			return
		}
		out, err := transcodeArithmetic(context.Background(), b, j)
		if err != nil {
			if !classified(err) {
				t.Errorf("an error without a kind: %v", err)
			}
			return
		}
		head, err := parseJPEG(out)
		if err != nil || head.w != j.w || head.h != j.h || len(head.comps) != len(j.comps) {
			t.Errorf("the stream made of it: %v, %v", head, err)
		}
	})
}
