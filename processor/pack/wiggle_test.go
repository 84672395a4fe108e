package pack

import (
	"math"
	"testing"
)

func TestSwing(t *testing.T) {
	for _, steps := range []int{12, 24} {
		views, order := Swing(steps)
		if len(order) != steps || len(views) != steps/2+1 {
			t.Fatalf("%d steps: %d shown, %d different", steps, len(order), len(views))
		}
		lo, hi := 1.0, -1.0
		for i, at := range order {
			lo, hi = min(lo, views[at]), max(hi, views[at])
			next := views[order[(i+1)%steps]]
			if d := math.Abs(next - views[at]); d > 2*math.Pi/float64(steps) {
				t.Errorf("a jump of %v behind step %d: the loop does not close", d, i)
			}
		}
		if views[order[0]] != 0 || lo != -1 || hi != 1 {
			t.Errorf("it begins at %v and swings from %v to %v", views[order[0]], lo, hi)
		}
	}
}
