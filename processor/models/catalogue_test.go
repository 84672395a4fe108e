package models

import (
	"encoding/json"
	"strings"
	"testing"
)

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What issue and user rely on: the families of the command line, a default for
// each backend, licences that say what they are, pinned addresses.
func TestCatalogueHoldsWhatItPromises(t *testing.T) {
	c := DefaultCatalogue()
	defaults := map[string]int{}
	for i := range c.Models {
		e := &c.Models[i]
		lic := c.Licence(e)
		if e.Good == "" || !strings.HasSuffix(e.Good, ".") || strings.Count(e.Good, ". ") > 0 {
			t.Errorf("%s: what it is good for is not one sentence: %q", e.Name, e.Good)
		}
		if len(lic.Text) < 900 || lic.Summary == "" || lic.URL == "" {
			t.Errorf("%s: licence %s lacks its text", e.Name, e.LicenceID)
		}
		if large := strings.Contains(e.Name, "-v2-base") || strings.Contains(e.Name, "-v2-large"); large == lic.Commercial {
			t.Errorf("%s: commercial use %v", e.Name, lic.Commercial)
		}
		if !strings.HasPrefix(e.Name, e.Family) {
			t.Errorf("%s is not of family %s", e.Name, e.Family)
		}
		if n, exact := e.Bytes(); n == 0 && (exact || c.model(e).Size() != "size unknown") {
			t.Errorf("%s: an unknown size is not marked", e.Name)
		}
		if e.Default {
			defaults[e.Family+" "+string(e.Backend)]++
		}
		if d := e.Descriptor; (d.Input != InputTensor && d.Input != InputImage) || (d.Polarity != Disparity && d.Polarity != Distance) ||
			(d.FixedW == 0) == (d.Multiple == 0) {
			t.Errorf("%s: descriptor %+v", e.Name, d)
		}
	}
	for _, want := range []string{
		"depth-anything-v2-small onnx", "depth-anything-v2-small coreml", "depth-anything-v2-base onnx", "depth-anything-v2-base coreml",
		"depth-anything-v2-large onnx", "depth-anything-v2-large coreml", "depth-anything-3-small onnx", "depth-anything-3-small coreml",
		"depth-anything-3-base onnx", "depth-anything-3-base coreml", "depth-anything-3-mono-large coreml",
		"distill-any-depth-small onnx", "distill-any-depth-base onnx", "distill-any-depth-large onnx",
	} {
		if defaults[want] != 1 {
			t.Errorf("%d defaults for %s", defaults[want], want)
		}
	}
}

func TestParseCatalogueRefuses(t *testing.T) {
	good := `{"hosts":["h.org"],"licences":{"mit":{"name":"MIT"}},"models":[{"name":"a","family":"a","backend":"onnx","licence":"mit","main":"m","files":[{"name":"m","url":"https://h.org/m","sha256":""}]}]}`
	if _, err := ParseCatalogue([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"plain http":       {"https://h.org/m", "http://h.org/m"},
		"another host":     {"https://h.org/m", "https://evil.org/m"},
		"a lookalike host": {"https://h.org/m", "https://h.org.evil.org/m"},
		"a bad hash":       {`"sha256":""`, `"sha256":"abc"`},
		"path outside":     {`"name":"m"`, `"name":"../m"`},
		"absolute path":    {`"name":"m"`, `"name":"/m"`},
		"no licence":       {`"licence":"mit"`, `"licence":"x"`},
		"unknown backend":  {`"onnx"`, `"cuda"`},
		"no address":       {`"url":"https://h.org/m",`, ``},
		"not JSON":         {`{"hosts"`, `{hosts`},
	} {
		if _, err := ParseCatalogue([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestFormatBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 180_471: "180 kB", 5_775_869: "5.8 MB", 9_949_999: "9.9 MB",
		9_950_000: "10 MB", 99_060_839: "99 MB", 999_700_000: "1.0 GB", 1_300_000_000: "1.3 GB", 1 << 62: "4.6 EB",
	} {
		if got := FormatBytes(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
