package media

import (
	"bytes"
	"context"
	"errors"
	"image"
	"os"
	"runtime"
	"testing"
	"time"

	"spatialmaker/processor/pix"
)

// writtenFiles has a 40x30 picture in every format that is written.
func writtenFiles(t *testing.T) map[Format][][]byte {
	t.Helper()
	p := scene(pix.Layout{W: 40, H: 30, Bits: 8, Model: pix.RGBA}, false)
	deep := scene(pix.Layout{W: 40, H: 30, Bits: 16, Model: pix.RGBA}, true)
	out := map[Format][][]byte{FormatWebP: {encoded(t, p, Encoding{Format: FormatWebP, Lossless: true})}}
	for _, f := range []Format{FormatJPEG, FormatPNG, FormatWebP, FormatTIFF} {
		out[f] = append(out[f], encoded(t, p, Encoding{Format: f}), encoded(t, deep, Encoding{Format: f}))
	}
	var b bytes.Buffer
	if err := EncodeMPO(t.Context(), &b, p, p, Encoding{}); err != nil {
		t.Fatal(err)
	}
	out[FormatMPO] = [][]byte{bytes.Clone(b.Bytes())}
	b.Reset()
	m := pix.NewMap(40, 30)
	for i := range m.Pix {
		m.Pix[i] = float32(i%7) / 7
	}
	if err := EncodeMap(context.Background(), &b, m, MapEncoding{Format: DepthEXR, Lo: 1, Hi: 2}); err != nil {
		t.Fatal(err)
	}
	out[FormatEXR] = [][]byte{bytes.Clone(b.Bytes())}
	b.Reset()
	frame := image.NewRGBA(image.Rect(0, 0, 40, 30))
	if err := EncodeGIF(context.Background(), &b, []*image.RGBA{frame}, []int{0}, time.Second); err != nil {
		t.Fatal(err)
	}
	out[FormatGIF] = [][]byte{b.Bytes()}
	return out
}

func TestCheckPhoto(t *testing.T) {
	check := func(b []byte, as Format, w, h int) error {
		return CheckPhoto(context.Background(), writeTemp(t, "x", b), as, w, h)
	}
	for f, files := range writtenFiles(t) {
		for i, file := range files {
			if err := check(file, f, 40, 30); err != nil {
				t.Errorf("%s %d: %v", f, i, err)
			}
			if err := check(file, f, 41, 30); !errors.Is(err, ErrWritten) {
				t.Errorf("%s %d of another width: %v", f, i, err)
			}
			if err := check(file, f, 40, 29); !errors.Is(err, ErrWritten) {
				t.Errorf("%s %d of another height: %v", f, i, err)
			}
			for other := range writtenChecks {
				if err := check(file, other, 40, 30); other != f && !errors.Is(err, ErrWritten) {
					t.Errorf("%s %d taken for %s: %v", f, i, other, err)
				}
			}
			checkCuts(t, file, f)
		}
	}
}

// checkCuts shortens a file from its end.
func checkCuts(t *testing.T, file []byte, f Format) {
	t.Helper()
	path := writeTemp(t, "x", file)
	for n := len(file) - 1; n >= 0; n -= 1 + n/100 {
		if err := os.Truncate(path, int64(n)); err != nil {
			t.Fatal(err)
		}
		if err := CheckPhoto(context.Background(), path, f, 40, 30); !errors.Is(err, ErrWritten) {
			t.Errorf("%s cut at %d of %d: %v", f, n, len(file), err)
		}
	}
}

func TestCheckPhotoDamage(t *testing.T) {
	files := writtenFiles(t)
	png := files[FormatPNG][0]
	for at := len(pngSignature) + 4; at < len(png); at++ {
		b := bytes.Clone(png)
		b[at] ^= 4
		if err := CheckPhoto(context.Background(), writeTemp(t, "x", b), FormatPNG, 40, 30); !errors.Is(err, ErrWritten) {
			t.Fatalf("a PNG with byte %d changed: %v", at, err)
		}
	}
	exr := bytes.Clone(files[FormatEXR][0])
	at := bytes.LastIndex(exr, []byte{exrBlockRows, 0, 0, 0}) // the second block's row
	exr[at]++
	if err := CheckPhoto(context.Background(), writeTemp(t, "x", exr), FormatEXR, 40, 30); !errors.Is(err, ErrWritten) {
		t.Errorf("an EXR with a block out of its place: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := CheckPhoto(ctx, writeTemp(t, "x", png), FormatPNG, 40, 30); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestCheckPhotoMemory: a large file takes no more memory than a small one.
func TestCheckPhotoMemory(t *testing.T) {
	const large = 64 << 20
	var b bytes.Buffer
	b.WriteString(pngSignature)
	for _, c := range []struct {
		name string
		body []byte
	}{{"IHDR", []byte{0, 0, 0, 40, 0, 0, 0, 30, 8, 2, 0, 0, 0}}, {"IDAT", make([]byte, large)}, {"IEND", nil}} {
		if err := writeChunk(&b, c.name, c.body); err != nil {
			t.Fatal(err)
		}
	}
	path := writeTemp(t, "x", b.Bytes())
	defer os.Remove(path)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := CheckPhoto(context.Background(), path, FormatPNG, 40, 30); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes of memory for a file of %d", n, large)
	}
}
