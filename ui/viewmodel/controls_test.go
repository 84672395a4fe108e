package viewmodel

import (
	"reflect"
	"slices"
	"testing"

	"spatialmaker/processor"
	"spatialmaker/processor/pack"
)

func TestControlsTellEveryStepOfASlider(t *testing.T) {
	c := NewControls(english(t))
	var got []float64
	c.OnOptions(func(o processor.Options) { got = append(got, o.Strength) })
	for _, v := range []float64{2.6, 2.7, 2.7, 3} {
		c.SetStrength(v)
	}
	if want := []float64{2.6, 2.7, 3}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

func TestControlsUndoTakesAWholeDragBack(t *testing.T) {
	c := NewControls(english(t))
	for _, v := range []float64{3, 4, 5} {
		c.SetStrength(v)
	}
	c.Settle()
	c.SetStrength(6)
	c.Settle()
	c.Change("", func(o *processor.Options) { o.Eyes = "left" })

	want := []struct {
		strength float64
		eyes     string
	}{{6, "both"}, {5, "both"}, {2.5, "both"}}
	for i, w := range want {
		c.Undo()
		if o := c.Options(); o.Strength != w.strength || o.Eyes != w.eyes {
			t.Errorf("undo %d: strength %g, eyes %s; want %+v", i+1, o.Strength, o.Eyes, w)
		}
	}
	if c.State().CanUndo {
		t.Error("there is more to undo")
	}
	c.Undo() // nothing: stays
	c.Redo()
	c.Redo()
	if o := c.Options(); o.Strength != 6 {
		t.Errorf("redo gave strength %g", o.Strength)
	}
	c.SetStrength(1)
	if c.State().CanRedo {
		t.Error("a change leaves something to redo")
	}
}

func TestControlsUndoIsBounded(t *testing.T) {
	c := NewControls(english(t))
	for i := range 3 * undoDepth {
		c.Change("", func(o *processor.Options) { o.DepthSize = 100 + i })
	}
	if n := len(c.undo); n != undoDepth {
		t.Errorf("%d steps kept", n)
	}
}

func TestControlsConvergence(t *testing.T) {
	c := NewControls(english(t))
	c.SetFound(true, 0.62, false)
	c.SetFound(false, 0, true)
	if !c.State().Video {
		t.Error("not a video")
	}
	c.SetAutoConvergence(false)
	if got := c.Options().Convergence; got.Auto || got.Value != 0.62 {
		t.Errorf("by hand begins at %v, not at what auto had found", got)
	}
	c.SetConvergence(0.3)
	c.SetAutoConvergence(false)
	if got := c.Options().Convergence; got.Value != 0.3 {
		t.Errorf("by hand twice gives %v", got)
	}
	c.SetAutoConvergence(true)
	if got := c.Options().Convergence; !got.Auto {
		t.Errorf("auto gives %v", got)
	}
}

func TestControlsFormats(t *testing.T) {
	c := NewControls(english(t))
	c.ToggleFormat(pack.Depth, true)
	c.ToggleFormat(pack.HalfSBS, true)
	if got, want := c.Options().Formats, []pack.Layout{pack.SBS, pack.HalfSBS, pack.Depth}; !slices.Equal(got, want) {
		t.Errorf("formats %v, want %v", got, want)
	}
	c.ToggleFormat(pack.SBS, false)
	c.ToggleFormat(pack.HalfSBS, false)
	c.ToggleFormat(pack.Depth, false)
	if got := c.Options().Formats; !slices.Equal(got, []pack.Layout{pack.Depth}) {
		t.Errorf("the last format went: %v", got)
	}
}

func TestOptionsAreTheirOwners(t *testing.T) {
	c := NewControls(english(t))
	o := c.Options()
	o.Formats[0] = pack.Depth
	if c.Options().Formats[0] != pack.SBS {
		t.Error("a reader changed the controls' options")
	}
}

func TestPresetsSetAndMatch(t *testing.T) {
	c := NewControls(english(t))
	c.Change("", func(o *processor.Options) { o.Output, o.Model = "/out", "fine" })
	for _, p := range c.State().Presets {
		c.UsePreset(p.Key)
		s := c.State()
		if s.Preset != p.Key {
			t.Errorf("after %s the preset is %q", p.Key, s.Preset)
		}
		if s.Options.Output != "/out" || s.Options.Model != "fine" {
			t.Errorf("%s changed folder or model", p.Key)
		}
		if err := s.Options.Validate(); err != nil {
			t.Errorf("%s: %v", p.Key, err)
		}
		if p.Name == "" || p.About == "" {
			t.Errorf("%s has no words", p.Key)
		}
	}
	c.SetStrength(7.7)
	if got := c.State().Preset; got != "" {
		t.Errorf("with an odd strength the preset is %q", got)
	}
}

func TestOwnPresetsAreKept(t *testing.T) {
	c := NewControls(english(t))
	var kept []Preset
	c.OnPresets(func(p []Preset) { kept = p })
	c.SetStrength(1.1)
	c.SavePreset("  Mine ")
	c.SetStrength(1.2)
	c.SavePreset("Mine") // replaces
	c.SavePreset("")     // no name: nothing
	if len(kept) != 1 || kept[0].Name != "Mine" || kept[0].Set.Strength != 1.2 {
		t.Fatalf("kept %+v", kept)
	}

	d := NewControls(english(t))
	broken := Preset{Key: "own:x", Name: "x", Set: processor.Options{Strength: -1}}
	d.LoadPresets(append([]Preset{broken}, kept...))
	d.UsePreset("own:Mine")
	if s := d.State(); s.Options.Strength != 1.2 || s.Preset != "own:Mine" || s.Presets[len(s.Presets)-1].Own != true {
		t.Errorf("state %+v", s)
	}
	if n := len(d.State().Presets) - len(builtIn(english(t))); n != 1 {
		t.Errorf("%d own presets: a broken one was taken", n)
	}
	d.RemovePreset("own:Mine")
	if n := len(d.State().Presets) - len(builtIn(english(t))); n != 0 {
		t.Errorf("%d own presets after removing", n)
	}
}

func TestControlsLoadRefusesNonsense(t *testing.T) {
	c := NewControls(english(t))
	c.Load(processor.Options{Strength: -5})
	if got := c.Options(); !reflect.DeepEqual(got, processor.DefaultOptions()) {
		t.Errorf("took %+v", got)
	}
}

func TestModelInForce(t *testing.T) {
	c := NewControls(english(t))
	if got := c.State().Model; got != "" {
		t.Errorf("without models %q", got)
	}
	c.SetModels([]ModelChoice{{Name: "b", Installed: true}, {Name: "a", Installed: true}})
	if got := c.State().Model; got != "b" {
		t.Errorf("by default %q", got)
	}
	c.Change("", func(o *processor.Options) { o.Model = "a" })
	if got := c.State().Model; got != "a" {
		t.Errorf("chosen %q", got)
	}
	c.SetModels([]ModelChoice{{Name: "b", Installed: true}, {Name: "a"}}) // removed meanwhile
	if s := c.State(); s.Model != "b" || s.Options.Model != "" {
		t.Errorf("after its removal %q, options %q", s.Model, s.Options.Model)
	}
	c.Change("", func(o *processor.Options) { o.Model = "/my/own.onnx" })
	c.SetModels([]ModelChoice{{Name: "b", Installed: true}})
	if got := c.State().Model; got != "/my/own.onnx" {
		t.Errorf("a file of one's own became %q", got)
	}
}

func TestCommand(t *testing.T) {
	with := func(change func(*processor.Options)) processor.Options {
		o := processor.DefaultOptions()
		change(&o)
		return o
	}
	cases := []struct {
		name    string
		options processor.Options
		files   []string
		want    string
	}{
		{"defaults", processor.DefaultOptions(), []string{"a.jpg"}, "spatialmaker convert a.jpg"},
		{
			"everything differs in one", with(func(o *processor.Options) {
				o.Formats = []pack.Layout{pack.SBS, pack.Depth}
				o.Strength, o.Eyes, o.Overwrite = 1.75, "left", true
				o.Convergence = processor.Convergence{Value: 0.25}
			}),
			[]string{"/p/a b.jpg"},
			"spatialmaker convert --format sbs,depth --strength 1.75 --convergence 0.25 --eyes left --overwrite '/p/a b.jpg'",
		},
		{
			"names a shell would trip over", processor.DefaultOptions(),
			[]string{"it's.jpg", "-f", "a\nb", "ü$(x)"},
			`spatialmaker convert 'it'\''s.jpg' ./-f 'a` + "\n" + `b' 'ü$(x)'`,
		},
		{"folder", with(func(o *processor.Options) { o.Output = "/my out" }), nil, "spatialmaker convert --output '/my out'"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := Command(c.options, c.files); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Whatever the controls can be set to, the command names it.
func TestCommandNamesEveryOption(t *testing.T) {
	plain := Command(processor.DefaultOptions(), nil)
	kind := reflect.TypeFor[processor.Options]()
	for i := range kind.NumField() {
		o := processor.DefaultOptions()
		f := reflect.ValueOf(&o).Elem().Field(i)
		switch v := f.Interface().(type) {
		case []pack.Layout:
			f.Set(reflect.ValueOf([]pack.Layout{pack.Depth}))
		case processor.Convergence:
			f.Set(reflect.ValueOf(processor.Convergence{Value: 0.3}))
		case processor.Limit:
			f.Set(reflect.ValueOf(processor.ComfortLimit))
		default:
			switch f.Kind() {
			case reflect.String:
				f.SetString("x")
			case reflect.Bool:
				f.SetBool(true)
			case reflect.Int, reflect.Int64:
				f.SetInt(7_000_000_000)
			case reflect.Float64:
				f.SetFloat(3.25)
			default:
				t.Fatalf("%s is a %T: teach the test about it", kind.Field(i).Name, v)
			}
		}
		if Command(o, nil) == plain {
			t.Errorf("the command does not tell of %s", kind.Field(i).Name)
		}
	}
}
