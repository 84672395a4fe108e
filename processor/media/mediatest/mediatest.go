// Package mediatest gives tests the shared media and the variants made from
// them. It is imported by tests only.
package mediatest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Shared returns a path inside the shared test media. Where they are absent
// the test is skipped, unless SPATIALMAKER_REQUIRE_MEDIA=1 makes it fail.
func Shared(t testing.TB, parts ...string) string {
	t.Helper()
	return shared(t, "media", "SPATIALMAKER_MEDIA", parts)
}

// Model returns a stand-in model of the shared folder, or skips as Shared does.
func Model(t testing.TB, name string) string {
	t.Helper()
	return shared(t, "models", "SPATIALMAKER_MODELS", []string{name})
}

func shared(t testing.TB, what, variable string, parts []string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		dir = filepath.Join(root(), "..", "shared", what)
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("SPATIALMAKER_REQUIRE_MEDIA") == "1" {
			t.Fatalf("the shared %s are required: %v", what, err)
		}
		t.Skipf("no shared %s: %v", what, err)
	}
	return filepath.Join(append([]string{dir}, parts...)...)
}

// root is the repository's folder, found from this file's place.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

var (
	once    sync.Once
	made    string
	makeErr error
	log     []byte
)

// Variant returns a path inside the variants that make_variants.sh makes
// (folders video and photos). They are made once into build/media, which all
// test processes share, and again when the script changes.
func Variant(t testing.TB, parts ...string) string {
	t.Helper()
	shared := Shared(t)
	once.Do(func() { made, log, makeErr = variants(shared) })
	if makeErr != nil {
		t.Fatalf("make the media variants: %v\n%s", makeErr, log)
	}
	return filepath.Join(append([]string{made}, parts...)...)
}

func variants(shared string) (dir string, output []byte, err error) {
	script := filepath.Join(shared, "make_variants.sh")
	text, err := os.ReadFile(script)
	if err != nil {
		return "", nil, err
	}
	if shared, err = filepath.Abs(shared); err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(text)
	dir = filepath.Join(root(), "build", "media")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", nil, err
	}
	unlock, err := lock(filepath.Join(dir, ".lock"))
	if err != nil {
		return "", nil, err
	}
	defer unlock()
	stamp, want := filepath.Join(dir, ".made"), hex.EncodeToString(sum[:])
	if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
		return dir, nil, nil
	}
	output, err = exec.Command("bash", script, shared, dir).CombinedOutput()
	if err != nil {
		return "", output, err
	}
	return dir, nil, os.WriteFile(stamp, []byte(want), 0o666)
}
