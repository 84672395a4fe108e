package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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
	for field := range fieldsOf(reflect.TypeFor[Event]()) {
		if !strings.Contains(string(doc), "`"+field+"`") {
			t.Errorf("docs/json.md does not tell of %s", field)
		}
	}
	shows := barOf(t, example)
	if want := []string{"busy", "25 %", "100 %", "100 %", "end"}; !slices.Equal(shows, want) {
		t.Errorf("a bar driven by the example shows %q, want %q", shows, want)
	}
}

// fieldsOf yields the names of an event's fields.
func fieldsOf(e reflect.Type) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range e.NumField() {
			name, _, _ := strings.Cut(e.Field(i).Tag.Get("json"), ",")
			if !yield(name) {
				return
			}
		}
	}
}

// barOf is another program's progress bar, as docs/json.md says it is driven:
// it knows a few fields and leaves the rest.
func barOf(t *testing.T, lines string) (shows []string) {
	t.Helper()
	bar := "busy"
	for line := range strings.Lines(lines) {
		var e struct {
			Event       string
			Done, Total int64
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		switch e.Event {
		case "progress":
			bar = "busy"
			if e.Total != 0 {
				bar = fmt.Sprintf("%d %%", 100*e.Done/e.Total)
			}
		case "done", "error", "cancelled":
			bar = "end"
		}
		shows = append(shows, bar)
	}
	return shows
}
