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
	n := &around{planes: make([]float32, 3*w*h), bgra: make([]byte, 4*w*h), values: make([]float32, w*h)}
	for i := range n.values {
		n.values[i] = float32(i%w) / w
	}
	l := depth.NewLooker(n, depth.LookerConfig{
		Descriptor: depth.Descriptor{FixedW: w, FixedH: h, Polarity: depth.Disparity}, Workers: 1, Doubt: &depth.Doubt{}, Pool: pix.NewPool(1 << 20),
	})
	defer l.Close()
	b.ReportAllocs()
	b.SetBytes(4 * w * h)
	for b.Loop() {
		m, err := l.Estimate(context.Background(), pic)
		if err != nil {
			b.Fatal(err)
		}
		m.Release()
	}
}

// around is all of a prediction but the prediction.
type around struct {
	planes, values []float32
	bgra           []byte
}

func (a *around) Input(int, int) ([]float32, error) { return a.planes, nil }

func (a *around) Run(context.Context) (depth.Answer, error) {
	interleave(a.bgra, a.planes)
	return depth.Answer{V: a.values, W: 518, H: 392}, nil
}
