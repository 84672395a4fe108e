package processor

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestParseLimit(t *testing.T) {
	for s, want := range map[string]Limit{"off": {}, "": {}, "comfort": ComfortLimit, "1, 3.5": {1, 3.5}, "0,2": {0, 2}} {
		got, err := ParseLimit(s)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", s, got, err)
		}
		if again, err := ParseLimit(got.String()); err != nil || again != got {
			t.Errorf("%q is written as %q, which reads %v, %v", s, got, again, err)
		}
	}
	for _, s := range []string{"2", "a,b", "-1,2", "1,101", "NaN,1", "comfortable"} {
		if _, err := ParseLimit(s); !errors.Is(err, ErrOption) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestShapeReachesTheRenderer(t *testing.T) {
	o := DefaultOptions()
	if err := json.Unmarshal([]byte(`{"front":-50,"behind":20,"limit":"comfort","ease_edges":true}`), &o); err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	s := o.geometry(0.5).Shape
	if s.Front != -50 || s.Behind != 20 || s.MostFront != 2 || s.MostBehind != 2.5 || !s.EaseEdges {
		t.Errorf("%+v", s)
	}
	if o.Front = -101; !errors.Is(o.Validate(), ErrOption) {
		t.Error("more than nothing is taken away")
	}
	if (DefaultOptions().geometry(0.5).Shape != DefaultOptions().geometry(0.1).Shape) || s == DefaultOptions().geometry(0).Shape {
		t.Error("the default shape is not the plain one")
	}
}
