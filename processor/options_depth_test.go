package processor

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestParseSteady(t *testing.T) {
	for _, c := range []struct {
		in   string
		want float64
		ok   bool
	}{
		{"off", 0, true},
		{"0", 0, true},
		{"0.25", 0.25, true},
		{"1", 1, true},
		{"1.5", 0, false},
		{"-0.1", 0, false},
		{"NaN", 0, false},
		{"on", 0, false},
		{"", 0, false},
	} {
		got, err := ParseSteady(c.in)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("%q gives %v, %v", c.in, got, err)
		}
		if !c.ok {
			continue
		}
		if again, err := ParseSteady(FormatSteady(got)); err != nil || again != got {
			t.Errorf("%v is written %q, which reads as %v, %v", got, FormatSteady(got), again, err)
		}
	}
}

func TestDepthOptionsAreChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Options){
		"steady":     func(o *Options) { o.Steady = 1.01 },
		"detail":     func(o *Options) { o.Detail = "fine" },
		"depth-from": func(o *Options) { o.DepthFrom = "guess" },
	} {
		o := DefaultOptions()
		spoil(&o)
		if err := o.Validate(); !errors.Is(err, ErrOption) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHowTheNetworkIsUsed(t *testing.T) {
	o := DefaultOptions()
	if o.PhotoUse() != (NetworkUse{}) {
		t.Errorf("a photo by default: %+v", o.PhotoUse())
	}
	if u := o.FilmUse(); u.ShortSide != 252 || u.Parallel < 2 || u.Detail != 0 {
		t.Errorf("a film by default: %+v", u)
	}
	o.DepthSize, o.Detail = 392, HighDetail
	if u := o.PhotoUse(); u.ShortSide != 392 || u.Detail < 2 {
		t.Errorf("a photo in high detail: %+v", u)
	}
	if u := o.FilmUse(); u.ShortSide != 392 || u.Detail != 0 {
		t.Errorf("a film in high detail: %+v", u)
	}
}

func TestOlderQueueHasDefaults(t *testing.T) {
	var e savedEntry
	if err := json.Unmarshal([]byte(`{"input":"a.jpg","options":{"strength":1,"formats":["tb"]}}`), &e); err != nil {
		t.Fatal(err)
	}
	if err := e.Options.Validate(); err != nil || e.Options.Strength != 1 || e.Options.Steady != DefaultOptions().Steady {
		t.Errorf("%+v, %v", e.Options, err)
	}
}
