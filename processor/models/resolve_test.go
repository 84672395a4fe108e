package models

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// place writes a file with its folders.
func place(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// sparse makes a file of n bytes that takes no room.
func sparse(t *testing.T, path string, n int64) {
	t.Helper()
	place(t, path, nil)
	if err := os.Truncate(path, n); err != nil {
		t.Fatal(err)
	}
}

// env is a Getenv over a map: nothing of the tester's machine leaks in.
func env(m map[string]string) func(string) string {
	return func(k string) string { return m[k] }
}

// pretend puts a receipt and a file for an entry of the catalogue, as an
// installation would leave them.
func pretend(t *testing.T, s *Store, name string) {
	t.Helper()
	e, ok := s.cat.Find(name)
	if !ok {
		t.Fatalf("no entry %s", name)
	}
	files := []kept{{Name: e.Main, Bytes: 1, SHA256: strings.Repeat("a", 64)}}
	r := &receipt{Name: e.Name, Content: contentID(files), Main: e.Main, Files: files}
	place(t, filepath.Join(s.contentPath(r.Content), e.Main), []byte("x"))
	place(t, s.receiptPath(e.Name), mustJSON(t, r))
}

func testStore(t *testing.T, coreml bool) *Store {
	t.Helper()
	dir := t.TempDir()
	return New(Config{
		Home: filepath.Join(dir, "home"), CoreML: &coreml, Exe: filepath.Join(dir, "bin", "spatialmaker"),
		Getenv: env(map[string]string{"HOME": filepath.Join(dir, "user")}),
	})
}

func TestResolvePicksTheVariantForTheMachine(t *testing.T) {
	const small = "depth-anything-v2-small"
	for _, c := range []struct {
		name    string
		coreml  bool
		have    []string
		ask     string
		backend Backend
		want    string
		err     error
	}{
		{name: "nothing at all", ask: "", err: ErrNoModel},
		{name: "family, nothing installed", ask: small, want: small + "-onnx", err: ErrNotInstalled},
		{name: "family on a Mac, nothing installed", coreml: true, ask: small, want: small + "-coreml", err: ErrNotInstalled},
		{name: "family with the plain variant", have: []string{small + "-onnx"}, ask: small, want: small + "-onnx"},
		{name: "family with a reduced variant only", have: []string{small + "-onnx-int8"}, ask: small, want: small + "-onnx-int8"},
		{name: "family with both", have: []string{small + "-onnx-int8", small + "-onnx"}, ask: small, want: small + "-onnx"},
		{name: "Core ML first on a Mac", coreml: true, have: []string{small + "-onnx", small + "-coreml-p6"}, ask: small, want: small + "-coreml-p6"},
		{name: "ONNX asked for on a Mac", coreml: true, have: []string{small + "-onnx", small + "-coreml"}, ask: small, backend: ONNX, want: small + "-onnx"},
		{name: "ONNX on a Mac without a package", coreml: true, have: []string{small + "-onnx"}, ask: small, want: small + "-onnx"},
		{name: "no Core ML elsewhere", have: []string{small + "-coreml"}, ask: small, want: small + "-onnx", err: ErrNotInstalled},
		{name: "exact name", have: []string{small + "-onnx", small + "-onnx-int8"}, ask: small + "-onnx-int8", want: small + "-onnx-int8"},
		{name: "alias", have: []string{small + "-onnx"}, ask: small + "-onnx-fp32", want: small + "-onnx"},
		{name: "best of all", have: []string{small + "-onnx", "depth-anything-v2-base-onnx-fp16"}, want: "depth-anything-v2-base-onnx-fp16"},
		{name: "a larger ONNX beats a smaller package", coreml: true, have: []string{"depth-anything-v2-base-onnx", small + "-coreml"}, want: "depth-anything-v2-base-onnx"},
		{name: "unknown", ask: "depth-anything-v2-smal", err: ErrUnknownModel},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := testStore(t, c.coreml)
			for _, n := range c.have {
				pretend(t, s, n)
			}
			m, err := s.Resolve(c.ask, c.backend)
			if !errors.Is(err, c.err) || m.Name != c.want {
				t.Fatalf("got %q, %v; want %q, %v", m.Name, err, c.want, c.err)
			}
			if err == nil && (!m.Installed || m.Path == "") {
				t.Errorf("resolved without a path: %+v", m)
			}
			var hint interface{ Hint() string }
			if err != nil && (!errors.As(err, &hint) || hint.Hint() == "") {
				t.Errorf("error %v offers no next step", err)
			}
		})
	}
}

func TestUnknownNameIsCorrected(t *testing.T) {
	_, err := testStore(t, false).Resolve("depth-anythin-v2-large", Auto)
	var hint *HintError
	if !errors.As(err, &hint) || !strings.Contains(hint.Next, "depth-anything-v2-large?") {
		t.Errorf("got %v, hint %+v", err, hint)
	}
}

func TestShippedModelIsFound(t *testing.T) {
	const size = 5775869
	for _, c := range []struct{ name, at, runtimeEnv string }{
		{name: "folder of the runtime's file", at: "rt/fastdepth.onnx", runtimeEnv: "rt/libonnxruntime.so.1"},
		{name: "runtime given as a folder", at: "rt/fastdepth.onnx", runtimeEnv: "rt"},
		{name: "beside the program", at: "bin/fastdepth.onnx"},
		{name: "app bundle", at: "Resources/fastdepth.onnx"},
		{name: "build tree", at: "bin/runtime/fastdepth.onnx"},
		{name: "above the program", at: "build/runtime/fastdepth.onnx"},
		{name: "installed prefix", at: "share/spatialmaker/fastdepth.onnx"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			sparse(t, filepath.Join(dir, c.at), size)
			place(t, filepath.Join(dir, "bin", "spatialmaker"), nil)
			vars := map[string]string{"HOME": filepath.Join(dir, "user")}
			if c.runtimeEnv != "" {
				vars["SPATIALMAKER_RUNTIME"] = filepath.Join(dir, c.runtimeEnv)
			}
			s := New(Config{Home: filepath.Join(dir, "home"), Exe: filepath.Join(dir, "bin", "spatialmaker"), Getenv: env(vars)})
			m, err := s.Resolve("", Auto)
			if err != nil || m.Name != "fastdepth" || m.Origin != Shipped {
				t.Fatalf("got %+v, %v", m, err)
			}
			if !sizeIs(m.Path, size) || !filepath.IsAbs(m.Path) {
				t.Errorf("path %s", m.Path)
			}
		})
	}
}

func TestEarlierToolsModelsAreFound(t *testing.T) {
	dir := t.TempDir()
	mac := true
	vars := map[string]string{"HOME": dir, "SPATIAL_MAKER_CHECKPOINTS": filepath.Join(dir, "elsewhere")}
	s := New(Config{Home: filepath.Join(dir, "home"), CoreML: &mac, Exe: filepath.Join(dir, "bin", "x"), Getenv: env(vars)})
	pkg := func(root, name string, spec, weights int64) {
		p := filepath.Join(root, name)
		place(t, filepath.Join(p, "Manifest.json"), []byte(strings.Repeat(" ", 617)))
		sparse(t, filepath.Join(p, "Data/com.apple.CoreML/model.mlmodel"), spec)
		if weights >= 0 {
			sparse(t, filepath.Join(p, "Data/com.apple.CoreML/weights/weight.bin"), weights)
		}
	}
	old := filepath.Join(dir, ".spatial-maker", "checkpoints")
	pkg(old, "DepthAnythingV2BaseF16.mlpackage", 400_000, 190_000_000)
	pkg(old, "DepthAnythingV2LargeF16.mlpackage", 400_000, -1)                                     // unpacking was cut short
	pkg(filepath.Join(dir, "elsewhere"), "DepthAnythingV2SmallF16.mlpackage", 399_433, 49_419_072) // Apple's sizes
	pkg(old, "DepthAnythingV2SmallF16.mlpackage", 310_000, 48_000_000)                             // the earlier tool's own

	for name, want := range map[string]string{
		"depth-anything-v2-base":             filepath.Join(old, "DepthAnythingV2BaseF16.mlpackage"),
		"depth-anything-v2-small-coreml":     filepath.Join(dir, "elsewhere", "DepthAnythingV2SmallF16.mlpackage"),
		"depth-anything-v2-small-coreml-518": filepath.Join(old, "DepthAnythingV2SmallF16.mlpackage"),
	} {
		m, err := s.Resolve(name, Auto)
		if err != nil || m.Path != want || m.Origin != Earlier {
			t.Errorf("%s: %s %s, %v; want %s", name, m.Path, m.Origin, err, want)
		}
	}
	if m, err := s.Resolve("depth-anything-v2-large", Auto); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("half a package was taken: %+v, %v", m, err)
	}
}

func TestDefaultHome(t *testing.T) {
	for _, c := range []struct {
		vars map[string]string
		goos string
		want string
	}{
		{map[string]string{"SPATIALMAKER_HOME": "/x", "XDG_DATA_HOME": "/y", "HOME": "/h"}, "linux", "/x"},
		{map[string]string{"XDG_DATA_HOME": "/y", "HOME": "/h"}, "linux", "/y/spatialmaker"},
		{map[string]string{"XDG_DATA_HOME": "relative", "HOME": "/h"}, "linux", "/h/.local/share/spatialmaker"},
		{map[string]string{"HOME": "/h"}, "linux", "/h/.local/share/spatialmaker"},
		{map[string]string{"XDG_DATA_HOME": "/y", "HOME": "/h"}, "darwin", "/h/Library/Application Support/Spatial Maker"},
	} {
		if got, err := defaultHome(env(c.vars), c.goos); err != nil || got != c.want {
			t.Errorf("%v on %s: %q, %v; want %q", c.vars, c.goos, got, err, c.want)
		}
	}
}
