package viewmodel

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"spatialmaker/processor"
	"spatialmaker/processor/pack"
)

func TestSettingsSurviveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sub", "settings.json")
	s, err := OpenSettings(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Prefs(); !reflect.DeepEqual(got, DefaultPrefs()) {
		t.Errorf("without a file %+v", got)
	}
	s.Change(func(p *Prefs) {
		p.Look, p.Language, p.Sound, p.Width = LookDark, "de", false, 900
		p.Options.Strength = 4.5
		p.Presets = []Preset{{Key: "own:x", Name: "x", Set: processor.DefaultOptions()}}
	})
	want := s.Prefs()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = OpenSettings(file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.Prefs(); !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v\nwant %+v", got, want)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "settings.json.*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSettingsThatCannotBeRead(t *testing.T) {
	for name, content := range map[string]string{
		"no JSON":     "\x00\xff{",
		"wrong shape": `{"version":1,"look":17}`,
		"from future": `{"version":99}`,
		"empty":       "",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "settings.json")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := OpenSettings(file)
			if err == nil || !strings.Contains(err.Error(), ".unreadable") {
				t.Errorf("error %v", err)
			}
			if got := s.Prefs(); !reflect.DeepEqual(got, DefaultPrefs()) {
				t.Errorf("prefs %+v", got)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if kept, err := os.ReadFile(file + ".unreadable"); err != nil || string(kept) != content {
				t.Errorf("the old file was not kept: %q, %v", kept, err)
			}
		})
	}
}

func TestSettingsWithInvalidOptionsKeepTheRest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(`{"version":1,"look":"dark","options":{"strength":-3}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSettings(file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := s.Prefs()
	if p.Look != LookDark || p.Options.Strength != processor.DefaultOptions().Strength || !p.Notify {
		t.Errorf("prefs %+v", p)
	}
}

func TestSettingsReportAFullDisk(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "taken", "settings.json")
	if err := os.WriteFile(filepath.Join(dir, "taken"), nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	s, err := OpenSettings(file)
	if err == nil {
		t.Error("no error for a folder that is a file")
	}
	s.Change(func(p *Prefs) { p.Sound = false })
	if err := s.Close(); err == nil {
		t.Error("the failed write went unsaid")
	}
}

// TestPresetsOfAnOlderVersion: a preset kept before an option existed has that
// option's default, and is not thrown away.
func TestPresetsOfAnOlderVersion(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.json")
	old := `{"version":1,"presets":[{"key":"own:mine","name":"mine","options":{"formats":["anaglyph"],"strength":1.5}}]}`
	if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSettings(file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := NewControls(english(t))
	c.LoadPresets(s.Prefs().Presets)
	c.UsePreset("own:mine")
	want := processor.DefaultOptions()
	want.Formats, want.Strength = []pack.Layout{pack.Anaglyph}, 1.5
	if got := c.Options(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}
