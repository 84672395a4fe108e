package media

import (
	"io"
	"os"
	"runtime"
	"testing"

	"spatialmaker/processor/pix"
)

// TestMemory holds what decoding allocates, in all, against the multiples of
// the picture's own size that the decoders state, and 2 MB. What is allocated
// in all is never less than the peak.
func TestMemory(t *testing.T) {
	size := pix.Layout{W: 2000, H: 1500, Bits: 8}
	layout := func(m pix.Model, bits int, shift uint8) pix.Layout {
		l := size
		l.Model, l.Bits, l.ShiftX, l.ShiftY = m, bits, shift, shift
		return l
	}
	yuv := scene(layout(pix.YUV, 8, 1), false)
	rgb, rgba := scene(layout(pix.RGBA, 8, 0), false), scene(layout(pix.RGBA, 8, 0), true)
	deep := scene(layout(pix.RGBA, 16, 0), true)
	for name, c := range map[string]struct {
		file  []byte
		times float64
	}{
		"jpeg":            {encoded(t, yuv, Encoding{Format: FormatJPEG}), 1},
		"jpeg 4:4:4":      {encoded(t, rgb, Encoding{Format: FormatJPEG}), 1},
		"arithmetic":      {arithmeticFile(t, yuv, true, 0), 3.5},
		"png":             {encoded(t, rgba, Encoding{Format: FormatPNG}), 1},
		"png 16":          {encoded(t, deep, Encoding{Format: FormatPNG}), 2},
		"tiff":            {encoded(t, rgba, Encoding{Format: FormatTIFF}), 1.3},
		"tiff 16":         {encoded(t, deep, Encoding{Format: FormatTIFF}), 2.3},
		"webp":            {encoded(t, yuv, Encoding{Format: FormatWebP}), 1},
		"webp with alpha": {encoded(t, rgba, Encoding{Format: FormatWebP}), 2.7},
		"webp lossless":   {encoded(t, rgba, Encoding{Format: FormatWebP, Lossless: true}), 1},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p := decoded(t, c.file)
		runtime.ReadMemStats(&after)
		own := float64(pix.LayoutOf(p.Picture).Bytes())
		if got := float64(after.TotalAlloc - before.TotalAlloc); got > c.times*own+2<<20 {
			t.Errorf("%s: %.2f times the picture's %.1f MB, stated %.1f", name, got/own, own/1e6, c.times)
		}
	}
}

// benchScene is a 12-megapixel picture with the detail of a photo.
func benchScene(b *testing.B, l pix.Layout) *pix.Picture {
	b.Helper()
	l.W, l.H = 4032, 3024
	p := scene(l, false)
	v := uint32(1)
	for i := range p.N {
		px := p.Planes[i].Pix8
		for k := range px {
			v = v*1664525 + 1013904223
			if l.Model != pix.RGBA || k&3 != 3 {
				px[k] = uint8(max(0, min(255, int(px[k])+int(v>>29)-4)))
			}
		}
	}
	return p
}

func BenchmarkDecodeJPEG(b *testing.B) {
	path := writeTemp(b, "a.jpg", encoded(b, benchScene(b, pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}), Encoding{Format: FormatJPEG}))
	fi, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(fi.Size())
	b.ReportAllocs()
	for b.Loop() {
		mustDecode(b, path)
	}
}

func BenchmarkEncode(b *testing.B) {
	yuv := benchScene(b, pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
	rgb := benchScene(b, pix.Layout{Bits: 8, Model: pix.RGBA})
	for name, c := range map[string]struct {
		p *pix.Picture
		f Format
	}{"jpeg/420": {yuv, FormatJPEG}, "jpeg/rgb": {rgb, FormatJPEG}, "png": {rgb, FormatPNG}, "tiff": {rgb, FormatTIFF}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(pix.LayoutOf(c.p).Bytes()))
			b.ReportAllocs()
			for b.Loop() {
				if err := EncodePhoto(b.Context(), io.Discard, c.p, Encoding{Format: c.f}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncodeMap(b *testing.B) {
	m := ramp(4032, 3024)
	for _, f := range DepthFormats {
		b.Run(string(f), func(b *testing.B) {
			b.SetBytes(int64(4 * m.W * m.H))
			b.ReportAllocs()
			for b.Loop() {
				if err := EncodeMap(b.Context(), io.Discard, m, MapEncoding{Format: f}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
