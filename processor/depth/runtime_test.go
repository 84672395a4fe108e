package depth

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestTooOld(t *testing.T) {
	tests := map[string]bool{"1.23.9": true, "1.24.0": false, "1.24.3": false, "1.30.0": false, "0.9": true, "2.0.1": false, "": false, "strange": false}
	for version, want := range tests {
		if got := tooOld(version); got != want {
			t.Errorf("tooOld(%q) = %v, want %v", version, got, want)
		}
	}
}

// installed returns the runtime that the Makefile unpacked.
func installed(t testing.TB) string {
	t.Helper()
	path, err := FindRuntime(RuntimeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRuntimeVersion(t *testing.T) {
	v, err := RuntimeVersion(installed(t))
	if err != nil || tooOld(v) || v == "" {
		t.Fatalf("version %q, error %v", v, err)
	}
	if _, err := RuntimeVersion(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want not exist", err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := RuntimeVersion(text); err == nil {
		t.Errorf("a text file has version %q", v)
	}
}

func TestFindRuntimePlaces(t *testing.T) {
	lib := installed(t)
	name := runtimeNames(runtime.GOOS)[0]
	tests := []struct {
		name, at string // where the library lies in the folder
		opts     func(dir string) RuntimeOptions
	}{
		{"given file", "x/other.name", func(d string) RuntimeOptions { return RuntimeOptions{Path: d + "/x/other.name"} }},
		{"given folder", "x/" + name, func(d string) RuntimeOptions { return RuntimeOptions{Path: d + "/x"} }},
		{"beside the binary", "bin/" + name, func(d string) RuntimeOptions { return RuntimeOptions{Exe: d + "/bin/spatialmaker"} }},
		{"bundle", "A.app/Contents/Frameworks/" + name, func(d string) RuntimeOptions {
			return RuntimeOptions{Exe: d + "/A.app/Contents/MacOS/spatialmaker"}
		}},
		{"binary in build", "build/runtime/" + name, func(d string) RuntimeOptions { return RuntimeOptions{Exe: d + "/build/spatialmaker"} }},
		{"binary at the top", "build/runtime/" + name, func(d string) RuntimeOptions { return RuntimeOptions{Exe: d + "/spatialmaker"} }},
		{"repository", "build/runtime/" + name, func(d string) RuntimeOptions { return RuntimeOptions{Dir: d + "/a/b"} }},
		{"system", "usr/" + name, func(d string) RuntimeOptions { return RuntimeOptions{System: []string{d + "/none", d + "/usr"}} }},
		{"a folder of odd name", "x[1]*/" + name, func(d string) RuntimeOptions { return RuntimeOptions{Path: d + "/x[1]*"} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(RuntimeVariable, "")
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			want := filepath.Join(dir, filepath.FromSlash(tt.at))
			for _, d := range []string{filepath.Dir(want), filepath.Join(dir, "a", "b")} {
				if err := os.MkdirAll(d, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(os.Symlink(lib, want), os.WriteFile(filepath.Join(dir, "go.mod"), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			o := tt.opts(dir)
			if o.Exe == "" {
				o.Exe = filepath.Join(dir, "elsewhere", "spatialmaker")
			}
			if o.Dir == "" {
				o.Dir = os.TempDir()
			}
			if o.System == nil {
				o.System = []string{filepath.Join(dir, "none")}
			}
			got, err := FindRuntime(o)
			if err != nil || got != want {
				t.Errorf("found %q, error %v, want %q", got, err, want)
			}
		})
	}
}

func TestFindRuntimeMissing(t *testing.T) {
	t.Setenv(RuntimeVariable, "")
	dir := t.TempDir()
	none := filepath.Join(dir, "none")
	o := RuntimeOptions{Exe: filepath.Join(dir, "bin", "spatialmaker"), Dir: dir, System: []string{none}}
	_, err := FindRuntime(o)
	var re *RuntimeError
	if !errors.Is(err, ErrNoRuntime) || !errors.As(err, &re) {
		t.Fatalf("error %v, want ErrNoRuntime", err)
	}
	for _, part := range []string{runtimeNames(runtime.GOOS)[0], none, filepath.Join(dir, "Frameworks"), "make run", RuntimeVariable} {
		if !strings.Contains(err.Error()+re.Hint(), part) {
			t.Errorf("the error does not mention %q: %v", part, err)
		}
	}
	if strings.Contains(err.Error()+re.Hint(), "\n") {
		t.Errorf("the error has more than one line: %v", err)
	}

	// A variable that points nowhere is not passed over.
	t.Setenv(RuntimeVariable, none)
	_, err = FindRuntime(RuntimeOptions{})
	if !errors.As(err, &re) || len(re.Looked) != 1 || re.Looked[0] != none {
		t.Errorf("error %v, want only %s looked at", err, none)
	}

	// A file that is no library is named with its fault.
	bad := filepath.Join(dir, runtimeNames(runtime.GOOS)[0])
	if err := os.WriteFile(bad, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = FindRuntime(RuntimeOptions{Path: dir})
	if !errors.Is(err, ErrNoRuntime) || !strings.Contains(err.Error(), bad+": not a library") {
		t.Errorf("error %v, want the fault of %s", err, bad)
	}
}

// An older library is recognised without being loaded.
func TestFindRuntimeOld(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the version is patched into an ELF file")
	}
	data, err := os.ReadFile(installed(t))
	if err != nil {
		t.Fatal(err)
	}
	version, err := RuntimeVersion(installed(t))
	if err != nil {
		t.Fatal(err)
	}
	old := "1.18" + version[4:]
	patched := strings.ReplaceAll(string(data), "VERS_"+version, "VERS_"+old)
	path := filepath.Join(t.TempDir(), "libonnxruntime.so.1")
	if err := os.WriteFile(path, []byte(patched), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = FindRuntime(RuntimeOptions{Path: path})
	if !errors.Is(err, ErrOldRuntime) || !strings.Contains(err.Error(), path+" is version "+old) {
		t.Fatalf("error %v, want ErrOldRuntime with version %s", err, old)
	}
}

func BenchmarkRuntimeVersion(b *testing.B) {
	path := installed(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := RuntimeVersion(path); err != nil {
			b.Fatal(err)
		}
	}
}
