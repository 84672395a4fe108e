package depth

import (
	"context"
	"errors"
	"math"
	"testing"

	"spatialmaker/processor/pix"
)

func TestFeeder(t *testing.T) {
	pic := pix.New(pix.Layout{W: 9, H: 7, Bits: 8, Model: pix.RGBA})
	for i := range pic.Planes[0].Pix8 {
		pic.Planes[0].Pix8[i] = [4]uint8{51, 102, 204, 255}[i%4]
	}
	for _, normalise := range []bool{false, true} {
		f := NewFeeder(2, normalise)
		dst := make([]float32, 3*14*28)
		if err := f.Fill(context.Background(), dst, 14, 28, pic); err != nil {
			t.Fatal(err)
		}
		f.Close()
		for c, want := range []float64{0.2, 0.4, 0.8} {
			if normalise {
				want = (want - []float64{0.485, 0.456, 0.406}[c]) / []float64{0.229, 0.224, 0.225}[c]
			}
			if got := float64(dst[c*14*28+200]); math.Abs(got-want) > 1e-3 {
				t.Errorf("normalise %v: channel %d is %g, want %g", normalise, c, got, want)
			}
		}
	}
}

func TestFinisher(t *testing.T) {
	var f Finisher
	m, isFlat, err := f.Finish([]float32{2, 4, 3, 6}, 2, 2, Disparity)
	if err != nil || isFlat || m.Lo != 2 || m.Hi != 6 || m.Row(0)[1] != 0.5 || m.Row(1)[1] != 1 {
		t.Errorf("disparity: %v %v %+v", err, isFlat, m)
	}
	m, isFlat, err = f.Finish([]float32{1, 2, 4, 4}, 4, 1, Distance)
	if err != nil || isFlat || m.Hi != 1 || m.Row(0)[0] != 1 || m.Row(0)[3] != 0 {
		t.Errorf("distance: %v %v %+v", err, isFlat, m)
	}
	m, isFlat, err = f.Finish([]float32{5, 5}, 2, 1, Disparity)
	if err != nil || !isFlat || m.Row(0)[0] != flatLevel {
		t.Errorf("flat: %v %v %+v", err, isFlat, m)
	}
	if _, _, err = f.Finish([]float32{1, float32(math.NaN())}, 2, 1, Disparity); !errors.Is(err, ErrBadOutput) {
		t.Errorf("no number: %v", err)
	}
	probe := make([]float32, 3*10*8)
	DrawProbe(probe, 10, 8)
	if lo, hi, err := extent(probe); err != nil || flat(lo, hi) {
		t.Error("the probe shows nothing")
	}
}
