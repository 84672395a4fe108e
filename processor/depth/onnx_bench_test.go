package depth

import (
	"fmt"
	"testing"

	"spatialmaker/processor/pix"
)

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
