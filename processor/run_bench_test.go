package processor

import (
	"bufio"
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/media"
	"spatialmaker/processor/models"
)

// benchPhoto is a 12-megapixel JPEG with the detail of a photo.
func benchPhoto(b *testing.B) (path string, data []byte) {
	b.Helper()
	img := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420)
	for y := range 3000 {
		for x := range 4000 {
			v := (x*x/900 + y*y/700) & 127
			if dx, dy := x-2000, y-1800; dx*dx+dy*dy < 900*900 {
				v = 90 + (x*7^y*5)&63
			}
			img.Y[y*img.YStride+x] = uint8(40 + v)
		}
	}
	for i := range img.Cb {
		c := color.YCbCr{Cb: uint8(100 + i>>14&31), Cr: uint8(120 + i&15)}
		img.Cb[i], img.Cr[i] = c.Cb, c.Cr
	}
	var w bytes.Buffer
	if err := jpeg.Encode(&w, img, &jpeg.Options{Quality: 92}); err != nil {
		b.Fatal(err)
	}
	path = filepath.Join(b.TempDir(), "p.jpg")
	if err := os.WriteFile(path, w.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	return path, w.Bytes()
}

// BenchmarkPhotoJob is a whole job of a 12-megapixel photo without inference;
// BenchmarkPhotoCodec, to be read beside it, decodes and encodes the same
// sizes and does nothing else. The job may cost 1.5 times the codec.
func BenchmarkPhotoJob(b *testing.B) {
	in, data := benchPhoto(b)
	e := NewEngine(Config{Models: oneModel{}, Open: func(context.Context, models.Model, NetworkUse) (depth.Estimator, error) {
		return &depthtest.Gradient{W: 686, H: 518}, nil
	}})
	defer e.Close()
	o := DefaultOptions()
	o.Overwrite = true
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := e.Run(context.Background(), Job{Inputs: []string{in}, Options: o}, &recorder{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPhotoCodec(b *testing.B) {
	in, data := benchPhoto(b)
	src, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	one := src.(*image.YCbCr)
	packed := image.NewYCbCr(image.Rect(0, 0, 8000, 3000), one.SubsampleRatio)
	for y := range 3000 {
		copy(packed.Y[y*packed.YStride:], one.Y[y*one.YStride:y*one.YStride+4000])
		copy(packed.Y[y*packed.YStride+4000:], one.Y[y*one.YStride:y*one.YStride+4000])
	}
	for y := range 1500 {
		for _, p := range []struct{ dst, src []uint8 }{{packed.Cb, one.Cb}, {packed.Cr, one.Cr}} {
			copy(p.dst[y*packed.CStride:], p.src[y*one.CStride:y*one.CStride+2000])
			copy(p.dst[y*packed.CStride+2000:], p.src[y*one.CStride:y*one.CStride+2000])
		}
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
		f, err := os.Create(in + ".out")
		if err != nil {
			b.Fatal(err)
		}
		w := bufio.NewWriter(f)
		if err := jpeg.Encode(w, packed, &jpeg.Options{Quality: media.DefaultQuality}); err != nil {
			b.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
