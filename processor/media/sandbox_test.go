package media

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spatialmaker/processor/pix"
)

// TestSandboxCache compiles a codec with a cache folder that is new, that
// holds damaged files, and that cannot be a folder: it must run each time.
func TestSandboxCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "codecs")
	open := func(dir string) {
		t.Helper()
		s := &sandbox{name: "JPEG XL", packed: &jxlWasm}
		if err := s.open(dir); err != nil {
			t.Fatal(err)
		}
		data := codedFile(t, "k.jxl")
		pic, err := runRGBA(t.Context(), s, data, Limits{}, jxlRules)
		if err != nil || pic.W != 37 {
			t.Fatalf("%v", err)
		}
	}
	open(dir)
	kept := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kept++
		return os.WriteFile(path, []byte("damaged"), 0o600)
	})
	if err != nil || kept == 0 {
		t.Errorf("%d compiled codecs were kept: %v", kept, err)
	}
	open(dir)
	open(writeTemp(t, "file", []byte("not a folder")))
	t.Setenv("SPATIALMAKER_HOME", dir)
	if got := CodecCache(); !strings.HasPrefix(got, dir) {
		t.Errorf("the cache is at %s", got)
	}
}

// TestSandboxLimits ends codecs that do not come to an end, by the context
// and by the limit of time. The turn must be free afterwards.
func TestSandboxLimits(t *testing.T) {
	data := codedFile(t, "k.jxl")
	stuck := make(chan struct{})
	defer close(stuck)
	endless := func(*sandboxed) (*pix.Picture, error) {
		<-stuck
		return nil, errors.New("ended late")
	}
	if _, err := runSandbox(t.Context(), libjxl, time.Nanosecond, endless); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "no end") {
		t.Errorf("an endless decoder: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := runSandbox(ctx, libjxl, time.Nanosecond, endless); !errors.Is(err, context.Canceled) {
		t.Errorf("an endless decoder under a done context: %v", err)
	}
	if _, err := decodePhoto(t.Context(), data, Limits{}); err != nil {
		t.Errorf("the codec after those: %v", err)
	}
	_, err := runSandbox(t.Context(), libjxl, time.Hour, func(*sandboxed) (*pix.Picture, error) { panic("a fault") })
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("a panic: %v", err)
	}
	_, err = runSandbox(t.Context(), libjxl, time.Hour, func(d *sandboxed) (*pix.Picture, error) {
		_, err := d.alloc(1<<32 - 1<<21)
		return nil, err
	})
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("more memory than there is: %v", err)
	}
	_, err = runSandbox(t.Context(), libjxl, time.Hour, func(d *sandboxed) (*pix.Picture, error) {
		return nil, d.decode(1<<31, 1<<31, 0, 0, 0, 0, 0, 0, 0, 0)
	})
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a codec led outside its memory: %v", err)
	}
}

// TestHeapMemory grows the memory of systems without reserved address space.
func TestHeapMemory(t *testing.T) {
	m := &heapMemory{}
	m.Reallocate(10)[3] = 7
	for _, size := range []uint64{10, 12, 5000, 5001, 100_000} {
		if b := m.Reallocate(size); uint64(len(b)) != size || b[3] != 7 {
			t.Errorf("%d bytes of memory", len(b))
		}
	}
	m.Free()
}
