package depth

import (
	"fmt"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"spatialmaker/processor/pix"
)

// BenchmarkEstimate stands beside BenchmarkBare: the difference is what we add.
func BenchmarkEstimate(b *testing.B) {
	pictures := []struct {
		name string
		l    pix.Layout
	}{
		{"12MP-yuv420", pix.Layout{W: 4000, H: 4000, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"1080-rgba", pix.Layout{W: 1080, H: 1080, Model: pix.RGBA}},
	}
	e := open(b, Config{ModelPath: modelFile(b, "small_dyn.onnx")})
	for _, tt := range pictures {
		b.Run(tt.name, func(b *testing.B) {
			p := noise(tt.l, 1)
			b.ReportAllocs()
			for b.Loop() {
				m, err := e.Estimate(b.Context(), p)
				if err != nil {
					b.Fatal(err)
				}
				m.Release()
			}
		})
	}
	b.Run("bare", func(b *testing.B) { benchmarkBare(b, e, 518, 518) })
}

// benchmarkBare calls the session alone, on tensors made beforehand.
func benchmarkBare(b *testing.B, e *onnxEstimator, w, h int) {
	in, err := ort.NewEmptyTensor[float32](ort.NewShape(1, 3, int64(h), int64(w)))
	if err != nil {
		b.Fatal(err)
	}
	drawProbe(in.GetData(), w, h)
	out, err := ort.NewEmptyTensor[float32](ort.NewShape(1, int64(h), int64(w)))
	if err != nil {
		b.Fatal(err)
	}
	s, err := e.sessions.acquire(w, h)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.ort.Run([]ort.Value{in}, []ort.Value{out}); err != nil {
			b.Fatal(err)
		}
	}
	if err := e.sessions.release(s); err != nil {
		b.Error(err)
	}
	if err := in.Destroy(); err != nil {
		b.Error(err)
	}
	if err := out.Destroy(); err != nil {
		b.Error(err)
	}
}

// BenchmarkSample times the way from a picture to the network's input.
func BenchmarkSample(b *testing.B) {
	tests := []struct {
		l      pix.Layout
		w, h   int
		smooth bool
	}{
		{pix.Layout{W: 4000, H: 3000, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 686, 518, false},
		{pix.Layout{W: 4000, H: 3000, Model: pix.RGBA}, 686, 518, false},
		{pix.Layout{W: 1920, H: 1080, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 448, 252, false},
		{pix.Layout{W: 1920, H: 1080, Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 924, 518, false},
		{pix.Layout{W: 4000, H: 3000, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 224, 168, true},
		{pix.Layout{W: 4000, H: 3000, Model: pix.RGBA}, 224, 168, true},
	}
	for _, tt := range tests {
		b.Run(fmt.Sprintf("%s%d-%dx%d-%dx%d", tt.l.Model, tt.l.Bits, tt.l.W, tt.l.H, tt.w, tt.h), func(b *testing.B) {
			p := noise(tt.l, 1)
			g := pix.NewCrew(2)
			defer g.Close()
			s := newSampler(g, true)
			dst := make([]float32, 3*tt.w*tt.h)
			b.ReportAllocs()
			b.SetBytes(int64(len(dst)) * 4)
			for b.Loop() {
				if err := s.fill(b.Context(), dst, tt.w, tt.h, p, wholePart(p), tt.smooth); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAnswer times the way from the network's output to a map.
func BenchmarkAnswer(b *testing.B) {
	v := make([]float32, 518*518)
	for i := range v {
		v[i] = float32(i%997) / 100
	}
	var r ranger
	dst := make([]float32, len(v))
	b.ReportAllocs()
	b.SetBytes(int64(len(v)) * 4)
	for b.Loop() {
		lo, hi, err := extent(v)
		if err != nil {
			b.Fatal(err)
		}
		lo, hi = r.robust(v, lo, hi)
		rescale(dst, v, lo, hi)
	}
}
