package viewmodel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"spatialmaker/processor"
	"spatialmaker/processor/pack"
)

// usedKeys are the keys that stand as literals in calls of T and N in ui.
func usedKeys(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			lit, isLit := call.Args[0].(*ast.BasicLit)
			if !ok || !isLit || lit.Kind != token.STRING || sel.Sel.Name != "T" && sel.Sel.Name != "N" {
				return true
			}
			key, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Errorf("%s: %v", set.Position(lit.Pos()), err)
			}
			at := set.Position(lit.Pos()).String()
			if sel.Sel.Name == "N" {
				used[key+".one"], used[key+".other"] = at, at
			} else {
				used[key] = at
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func TestEveryKeyInTheCodeHasAText(t *testing.T) {
	w := english(t)
	used := usedKeys(t)
	if len(used) < 100 {
		t.Fatalf("only %d keys were found in the code", len(used))
	}
	for key, at := range used {
		if !w.Has(key) {
			t.Errorf("%s: no text for %q", at, key)
		}
	}
	// keys that are put together
	for _, l := range pack.Layouts() {
		for _, k := range []string{"format." + string(l), "format." + string(l) + ".about"} {
			if !w.Has(k) {
				t.Errorf("no text for %q", k)
			}
		}
	}
	for _, m := range Modes() {
		if k := "mode." + string(m); !w.Has(k) {
			t.Errorf("no text for %q", k)
		}
	}
	for _, v := range Sides() {
		if k := "view." + string(v); !w.Has(k) {
			t.Errorf("no text for %q", k)
		}
	}
}

var gapName = regexp.MustCompile(`\{[a-z_]+\}`)

func TestTranslationsAreComplete(t *testing.T) {
	en, err := readWords("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range Languages()[1:] {
		other, err := readWords(code)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range slices.Sorted(maps.Keys(en)) {
			text, ok := other[key]
			if !ok || text == "" {
				t.Errorf("%s lacks %q (%s)", code, key, en[key])
				continue
			}
			a, b := gapName.FindAllString(en[key], -1), gapName.FindAllString(text, -1)
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(a, b) {
				t.Errorf("%s %q puts in %v, English %v", code, key, b, a)
			}
		}
		for key := range other {
			if _, ok := en[key]; !ok {
				t.Errorf("%s has %q, which English has not", code, key)
			}
		}
	}
}

func TestLanguageFor(t *testing.T) {
	for locale, want := range map[string]string{
		"de_AT.UTF-8": "de", "de": "de", "DE-de": "de", "en_GB": "en", "fr_FR": "en", "C": "en", "": "en",
	} {
		if got := LanguageFor(locale); got != want {
			t.Errorf("%q: %s, want %s", locale, got, want)
		}
	}
}

func TestWordsOfAnUnknownLanguageAreEnglish(t *testing.T) {
	w, err := NewWords("xx")
	if err != nil || w.Code() != "en" || w.T("app.name") != "Spatial Maker" {
		t.Errorf("code %s, %v", w.Code(), err)
	}
	if got := w.T("no.such.key"); got != "no.such.key" {
		t.Errorf("a missing key reads %q", got)
	}
}

func TestFormats(t *testing.T) {
	en := english(t)
	de, err := NewWords("de")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, got, want string }{
		{"bytes", en.Bytes(999), "999 B"},
		{"kilobytes", en.Bytes(27_400), "27 KB"},
		{"megabytes", en.Bytes(99_092_268), "99.1 MB"},
		{"many megabytes", en.Bytes(388_917_010), "389 MB"},
		{"gigabytes", en.Bytes(1_340_000_000), "1.34 GB"},
		{"unknown bytes", en.Bytes(-1), ""},
		{"German bytes", de.Bytes(1_340_000_000), "1,34 GB"},
		{"moments", en.Left(3 * time.Second), "a few seconds left"},
		{"seconds", en.Left(31 * time.Second), "35 s left"},
		{"a minute", en.Left(61 * time.Second), "1 min left"},
		{"minutes", en.Left(14*time.Minute + 37*time.Second), "15 min left"},
		{"hours", en.Left(2*time.Hour + 5*time.Minute), "2 h 5 min left"},
		{"nothing left", en.Left(0), ""},
		{"clock", en.Clock(62 * time.Second), "1:02"},
		{"moment", en.Moment(62*time.Second + 484*time.Millisecond), "1:02.48"},
		{"moment before the full second", en.Moment(999 * time.Millisecond), "0:01.00"},
		{"signed", en.Signed(1.23, 1) + en.Signed(-0.56, 1) + en.Signed(-0.01, 1), "+1.2−0.60.0"},
		{"long clock", en.Clock(3723 * time.Second), "1:02:03"},
		{"count", en.Count(1234567), "1,234,567"},
		{"German count", de.Count(-1234567), "-1.234.567"},
		{"nearly whole", en.Percent(0.999), "99 %"},
		{"whole", en.Percent(1), "100 %"},
		{"took", en.Took(48 * time.Millisecond), "48 ms"},
		{"took longer", en.Took(1500 * time.Millisecond), "1.5 s"},
		{"one", en.N("queue.count", 1), "1 file"},
		{"many", en.N("queue.count", 1000), "1,000 files"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestClock(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"": 0, "90": 90 * time.Second, "1:30": 90 * time.Second, "00:01:30.5": 90500 * time.Millisecond, " 2,5 ": 2500 * time.Millisecond,
	} {
		got, ok := ParseClock(in)
		if !ok || got != want {
			t.Errorf("%q is %v, %v", in, got, ok)
		}
		if again, ok := ParseClock(ClockText(got)); !ok || again != got {
			t.Errorf("%v is written %q and read as %v", got, ClockText(got), again)
		}
	}
	for _, in := range []string{"x", "-1", "1:60", "1.5:30", "1:2:3:4", "Inf", "NaN", "1e300", ":"} {
		if got, ok := ParseClock(in); ok {
			t.Errorf("%q is taken for %v", in, got)
		}
	}
}

func FuzzParseClock(f *testing.F) {
	f.Add("1:30.5")
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := ParseClock(s); ok {
			if again, ok := ParseClock(ClockText(d)); !ok || again != d {
				t.Errorf("%q is %v, written %q, read as %v", s, d, ClockText(d), again)
			}
		}
	})
}

// Every kind of error the engine knows has words of the window's own: those of
// the command line speak of flags.
func TestEveryKindOfErrorHasWords(t *testing.T) {
	raw, err := os.ReadFile("../../processor/explain.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`, "([a-z0-9-]+)", "`).FindAllSubmatch(raw, -1)
	if len(kinds) < 30 {
		t.Fatalf("only %d kinds were found", len(kinds))
	}
	for _, code := range Languages() {
		texts, err := readWords(code)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range kinds {
			key := "problem." + string(k[1])
			if texts[key] == "" || texts[key+".next"] == "" {
				t.Errorf("%s has no words for %q", code, k[1])
			}
			if strings.Contains(texts[key+".next"], "--") {
				t.Errorf("%s %q speaks of flags: %s", code, k[1], texts[key+".next"])
			}
		}
	}
}

func TestDevice(t *testing.T) {
	w, err := NewWords("de")
	if err != nil {
		t.Fatal(err)
	}
	for device, want := range map[string]string{"cpu": "Prozessor", "gpu": "GPU", "neural engine": "Neural Engine", "tpu": "tpu"} {
		if got := w.Device(device); got != want {
			t.Errorf("%s is %q, want %q", device, got, want)
		}
	}
	p := Preview{words: w}
	answers := []processor.PreviewResult{{}, {Backend: "coreml", Device: "neural engine", Inference: 30 * time.Millisecond}}
	for n, want := range []string{"In 0,1 s erneuert", "Tiefe: Core ML, Neural Engine, 30 ms · In 0,1 s erneuert"} {
		if got := p.note(answers[:n+1], 100*time.Millisecond); got != want {
			t.Errorf("note %q, want %q", got, want)
		}
	}
}

func TestStageOfAFilm(t *testing.T) {
	w := english(t)
	for _, c := range []struct {
		s    processor.Snapshot
		want string
	}{
		{processor.Snapshot{Stage: processor.StageDecode, Total: 3}, "Reading"},
		{processor.Snapshot{Stage: processor.StageDecode, Done: 10, Total: 90}, "Converting"},
		{processor.Snapshot{Stage: processor.StageDecode, Done: 90, Total: 90}, "Saving"},
		{processor.Snapshot{Stage: processor.StageStereo, Done: 2, Total: 3}, "Making the eyes"},
	} {
		if got := w.stage(&c.s); got != c.want {
			t.Errorf("%+v: %q, want %q", c.s, got, c.want)
		}
	}
}
