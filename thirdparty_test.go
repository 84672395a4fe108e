package main_test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Every module that ends up in a binary is named, with its licence, in
// THIRD_PARTY.md, and nothing is named there that go.mod does not know.
func TestThirdPartyListsTheBuild(t *testing.T) {
	f, err := os.Open("THIRD_PARTY.md")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	named := map[string]bool{}
	for in := bufio.NewScanner(f); in.Scan(); {
		// A row of the table of modules: | `path` | licence | what for |
		if rest, ok := strings.CutPrefix(in.Text(), "| `"); ok {
			path, rest, _ := strings.Cut(rest, "`")
			columns := strings.Split(rest, "|")
			if len(columns) < 3 || strings.TrimSpace(columns[1]) == "" {
				t.Errorf("%s stands in THIRD_PARTY.md without a licence", path)
			}
			named[path] = true
		}
	}
	built := map[string]bool{}
	for _, target := range targets {
		if target.name == "tests" {
			continue // what only tests use is not shipped
		}
		for _, p := range list(t, target.env, target.tags, ".") {
			if p.Module != nil && !p.Module.Main {
				built[p.Module.Path] = true
			}
		}
	}
	for path := range built {
		if !named[path] {
			t.Errorf("%s is in the build but not in THIRD_PARTY.md", path)
		}
	}
	known := map[string]bool{}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Path}}", "all").Output()
	if err != nil {
		t.Fatalf("go list -m: %v", err)
	}
	for _, path := range strings.Fields(string(out)) {
		known[path] = true
	}
	for path := range named {
		if !known[path] {
			t.Errorf("%s stands in THIRD_PARTY.md but not in go.mod", path)
		}
	}
}
