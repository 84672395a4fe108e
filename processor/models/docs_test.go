package models

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	tableBegins = "<!-- catalogue begins -->\n"
	tableEnds   = "<!-- catalogue ends -->\n"
)

// The table in docs/models.md is the catalogue's. MODELS_UPDATE_DOCS=1 writes
// it anew.
func TestDocsShowTheCatalogue(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "models.md")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), tableBegins)
	_, tail, ok2 := strings.Cut(rest, tableEnds)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", path)
	}
	want := head + tableBegins + docsTable(DefaultCatalogue()) + tableEnds + tail
	if string(b) == want {
		return
	}
	if os.Getenv("MODELS_UPDATE_DOCS") == "" {
		t.Fatalf("%s is out of date: MODELS_UPDATE_DOCS=1 go test ./processor/models -run Docs", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// docsTable writes the catalogue as Markdown, one table a backend.
func docsTable(c *Catalogue) string {
	var b strings.Builder
	for _, part := range []struct {
		backend Backend
		title   string
	}{{ONNX, "ONNX (every system)"}, {CoreML, "Core ML (Macs)"}} {
		fmt.Fprintf(&b, "\n### %s\n\n| name | good for | size | licence | hash | from |\n| --- | --- | --- | --- | --- | --- |\n", part.title)
		for i := range c.Models {
			e := &c.Models[i]
			if e.Backend != part.backend {
				continue
			}
			m := c.model(e)
			name := "`" + e.Name + "`"
			if e.Default {
				name = "**" + name + "**"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", name, e.Good, m.Size(), docsLicence(m.Licence), docsHash(e), docsFrom(e))
		}
	}
	b.WriteString("\nBold: what a family's name stands for when none of it is installed.\n")
	return b.String()
}

func docsLicence(l Licence) string {
	s := fmt.Sprintf("[%s](%s)", l.Name, l.URL)
	if !l.Commercial {
		s += ", not commercial"
	}
	return s
}

func docsHash(e *Entry) string {
	if e.Verified() {
		return "published"
	}
	return "*first use*"
}

// docsFrom names the hosts in the order they are asked.
func docsFrom(e *Entry) string {
	if e.Shipped {
		return "comes with the program"
	}
	var hosts []string
	add := func(addr string) {
		h := hostOf(addr)
		if len(hosts) == 0 || hosts[len(hosts)-1] != h {
			hosts = append(hosts, h)
		}
	}
	if len(e.Files) > 0 {
		add(e.Files[0].URL)
		for _, m := range e.Files[0].Mirrors {
			add(m)
		}
	}
	for _, a := range e.Archives {
		add(a.URL)
	}
	return strings.Join(hosts, ", ")
}
