package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is the part of `go list -json` that these tests look at.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
	CgoFiles   []string
	Module     *struct {
		Path    string
		Version string
		Main    bool
	}
}

// targets are the builds that are shipped or tested; together they see every
// file, behind whatever build tag it stands.
var targets = []struct {
	name string
	env  []string
	tags string
}{
	{"linux window", []string{"GOOS=linux", "CGO_ENABLED=1"}, "x11,nodynamic"},
	{"mac", []string{"GOOS=darwin", "GOARCH=arm64", "CGO_ENABLED=1"}, "nodynamic,coreml"},
	{"tests", nil, "ci,nodynamic"},
}

// list runs `go list -deps -json` over patterns; nothing is compiled.
func list(t *testing.T, env []string, tags string, patterns ...string) []listed {
	t.Helper()
	args := append([]string{"list", "-e", "-deps", "-json=ImportPath,Standard,Imports,Deps,CgoFiles,Module", "-tags", tags}, patterns...)
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	var pkgs []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatalf("answer of go list: %v", err)
		}
		pkgs = append(pkgs, p)
	}
}

const (
	engine = "spatialmaker/processor"
	window = "fyne.io/fyne/"
	bridge = "spatialmaker/coreml"
)

var stages = []string{"media", "depth", "stereo", "pack", "models"}

func within(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}

// stageOf names the stage that a package belongs to, "" for none.
func stageOf(path string) string {
	rest, ok := strings.CutPrefix(path, engine+"/")
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	if slices.Contains(stages, first) {
		return first
	}
	return ""
}

// rules are those of docs/architecture.md, each true of a dependency that
// breaks it.
var rules = []struct {
	why    string
	breaks func(from, to string) bool
}{
	{"the engine and the bridge stand below the front ends", func(from, to string) bool {
		return (within(from, engine) || within(from, bridge)) && within(to, "spatialmaker/ui")
	}},
	{"only ui/view, ui/widget, assets and main know Fyne", func(from, to string) bool {
		return strings.HasPrefix(to, window) && !mayShow(from)
	}},
	{"a stage never imports the engine", func(from, to string) bool {
		return stageOf(from) != "" && to == engine
	}},
	{"stages never import each other", func(from, to string) bool {
		return stageOf(from) != "" && stageOf(to) != "" && stageOf(from) != stageOf(to)
	}},
	{"among the stages only depth/apple knows Core ML", func(from, to string) bool {
		return stageOf(from) != "" && within(to, bridge) && !within(from, engine+"/depth/apple")
	}},
	{"pix and coreml stand on the standard library alone", func(from, to string) bool {
		first, _, _ := strings.Cut(to, "/")
		foreign := within(to, "spatialmaker") || strings.Contains(first, ".")
		return within(from, engine+"/pix") && foreign && !within(to, engine+"/pix") ||
			within(from, bridge) && foreign && !within(to, bridge)
	}},
}

// broken says which rule the dependency breaks, "" if none.
func broken(from, to string) string {
	for _, r := range rules {
		if r.breaks(from, to) {
			return r.why
		}
	}
	return ""
}

// mayShow lists who may stand above Fyne: its own modules aside, the window.
func mayShow(from string) bool {
	for _, above := range []string{"spatialmaker/ui/view", "spatialmaker/ui/widget", "spatialmaker/assets"} {
		if within(from, above) {
			return true
		}
	}
	return from == "spatialmaker" || !within(from, "spatialmaker")
}

func TestDependencyRule(t *testing.T) {
	for _, target := range targets {
		t.Run(target.name, func(t *testing.T) {
			ours := 0
			for _, p := range list(t, target.env, target.tags, "./...", "./testdata/scene/...") {
				if !within(p.ImportPath, "spatialmaker") {
					continue
				}
				ours++
				// Deps is transitive: a way round through a third package counts too.
				for _, dep := range p.Deps {
					if why := broken(p.ImportPath, dep); why != "" {
						t.Errorf("%s depends on %s: %s", p.ImportPath, dep, why)
					}
				}
			}
			if ours < 8 {
				t.Fatalf("go list saw only %d of our packages", ours)
			}
		})
	}
}

// The rules themselves are held against known cases, good and bad.
func TestBroken(t *testing.T) {
	for _, c := range []struct {
		from, to string
		bad      bool
	}{
		{"spatialmaker/processor/media", "spatialmaker/processor/pix", false},
		{"spatialmaker/processor/media", "spatialmaker/processor/depth", true},
		{"spatialmaker/processor/media", "spatialmaker/processor", true},
		{"spatialmaker/processor/depth/apple", "spatialmaker/processor/depth", false},
		{"spatialmaker/processor/depth/apple", "spatialmaker/coreml", false},
		{"spatialmaker/processor/depth", "spatialmaker/coreml", true},
		{"spatialmaker/processor", "spatialmaker/ui/cli", true},
		{"spatialmaker/processor", "spatialmaker/processor/depth/apple", false},
		{"spatialmaker/processor", "fyne.io/fyne/v2", true},
		{"spatialmaker/ui/cli", "fyne.io/fyne/v2/app", true},
		{"spatialmaker/ui/viewmodel", "fyne.io/fyne/v2", true},
		{"spatialmaker/ui/view", "fyne.io/fyne/v2", false},
		{"spatialmaker", "fyne.io/fyne/v2", false},
		{"spatialmaker/coreml", "unsafe", false},
		{"spatialmaker/coreml", "golang.org/x/sys/unix", true},
		{"spatialmaker/coreml", "spatialmaker/processor/pix", true},
		{"spatialmaker/processor/pix", "spatialmaker/processor/media", true},
	} {
		if why := broken(c.from, c.to); (why != "") != c.bad {
			t.Errorf("%s -> %s: %q, broken wanted: %v", c.from, c.to, why, c.bad)
		}
	}
}

// cgo is a wall with one door for Core ML and at most one for a kernel.
func TestCgoStaysInItsPlace(t *testing.T) {
	doors := []string{bridge, engine + "/stereo/kernel"}
	for _, target := range targets {
		for _, p := range list(t, target.env, target.tags, "./...") {
			if within(p.ImportPath, "spatialmaker") && len(p.CgoFiles) > 0 && !slices.Contains(doors, p.ImportPath) {
				t.Errorf(`%s: %s imports "C" in %v`, target.name, p.ImportPath, p.CgoFiles)
			}
		}
	}
}
