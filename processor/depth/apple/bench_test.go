package apple

import (
	"context"
	"testing"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/pix"
)

// BenchmarkAround times what stands around a prediction of Apple's Small: a
// frame of full HD goes to 518x392 and the answer becomes a map.
func BenchmarkAround(b *testing.B) {
	const w, h = 518, 392
	pic := pix.New(pix.Layout{W: 1920, H: 1080, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
	for i := range 3 {
		for k := range pic.Planes[i].Pix8 {
			pic.Planes[i].Pix8[k] = uint8(k)
		}
	}
	planes, bgra, values := make([]float32, 3*w*h), make([]byte, 4*w*h), make([]float32, w*h)
	for i := range values {
		values[i] = float32(i%w) / w
	}
	feeder := depth.NewFeeder(1, false)
	defer feeder.Close()
	finisher := depth.Finisher{Pool: pix.NewPool(1 << 20)}
	b.ReportAllocs()
	b.SetBytes(4 * w * h)
	for b.Loop() {
		if err := feeder.Fill(context.Background(), planes, w, h, pic); err != nil {
			b.Fatal(err)
		}
		interleave(bgra, planes)
		m, _, err := finisher.Finish(values, w, h, depth.Disparity)
		if err != nil {
			b.Fatal(err)
		}
		m.Release()
	}
}
