package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentedEvents holds the example of docs/json.md against the events
// that are written: every field is known, and writing it again gives the line.
func TestDocumentedEvents(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "json.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, ok := strings.Cut(string(doc), "```json\n")
	if !ok {
		t.Fatal("docs/json.md has no example")
	}
	example, _, _ = strings.Cut(example, "```")
	var events []string
	for line := range strings.Lines(example) {
		line = strings.TrimSpace(line)
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		var e Event
		if err := d.Decode(&e); err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		var out bytes.Buffer
		(&jsonVoice{w: json.NewEncoder(&out)}).emit(e)
		if got := strings.TrimSpace(out.String()); got != line {
			t.Errorf("documented\n%s\nwritten\n%s", line, got)
		}
		events = append(events, e.Event)
	}
	if got := strings.Join(events, " "); got != "start progress progress output done" {
		t.Errorf("the example shows %s", got)
	}
	fields := "event input stage done total fps eta_s output error seconds frames outputs depth_ms stereo_ms model backend comfort notes"
	for field := range strings.FieldsSeq(fields) {
		if !strings.Contains(string(doc), "`"+field+"`") {
			t.Errorf("docs/json.md does not tell of %s", field)
		}
	}
}
