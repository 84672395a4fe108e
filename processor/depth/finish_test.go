package depth

import (
	"errors"
	"math"
	"testing"
)

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
}
