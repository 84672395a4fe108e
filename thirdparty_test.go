package main_test

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// namedModules reads the rows | `path` | licence | what for | of THIRD_PARTY.md.
func namedModules(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open("THIRD_PARTY.md")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	named := map[string]bool{}
	for in := bufio.NewScanner(f); in.Scan(); {
		rest, ok := strings.CutPrefix(in.Text(), "| `")
		if !ok {
			continue
		}
		path, rest, _ := strings.Cut(rest, "`")
		if columns := strings.Split(rest, "|"); len(columns) < 3 || strings.TrimSpace(columns[1]) == "" {
			t.Errorf("%s stands in THIRD_PARTY.md without a licence", path)
		}
		named[path] = true
	}
	return named
}

// shippedModules are those of the builds that people get; what only tests use
// is not among them.
func shippedModules(t *testing.T) map[string]bool {
	t.Helper()
	built := map[string]bool{}
	for _, target := range targets {
		if target.name == "tests" {
			continue
		}
		for _, p := range list(t, target.env, target.tags, ".") {
			if p.Module != nil && !p.Module.Main {
				built[p.Module.Path] = true
			}
		}
	}
	return built
}

// Every module that ends up in a binary is named, with its licence, in
// THIRD_PARTY.md, and nothing is named there that go.mod does not know.
func TestThirdPartyListsTheBuild(t *testing.T) {
	named := namedModules(t)
	for path := range shippedModules(t) {
		if !named[path] {
			t.Errorf("%s is in the build but not in THIRD_PARTY.md", path)
		}
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Path}}", "all").Output()
	if err != nil {
		t.Fatalf("go list -m: %v", err)
	}
	known := strings.Fields(string(out))
	for path := range named {
		if !slices.Contains(known, path) {
			t.Errorf("%s stands in THIRD_PARTY.md but not in go.mod", path)
		}
	}
}
