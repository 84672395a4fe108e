package processor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentedKinds: programs decide by the kind of an error, so that
// docs/json.md lists them all.
func TestDocumentedKinds(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "json.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hints {
		if !strings.Contains(string(doc), "`"+h.kind+"`") {
			t.Errorf("docs/json.md does not tell of the kind %s", h.kind)
		}
	}
}
