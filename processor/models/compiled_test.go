package models

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"spatialmaker/processor/protoscan/prototest"
)

// compiler stands in for Core ML's: it writes what it was given and counts.
type compiler struct {
	calls atomic.Int32
	fail  error
	empty bool
}

func (c *compiler) compile(_ context.Context, pkg, dest string) error {
	c.calls.Add(1)
	time.Sleep(7 * time.Second)
	if c.empty {
		return nil
	}
	if err := os.MkdirAll(dest, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dest, "coremldata.bin"), []byte(pkg), 0o644); err != nil {
		return err
	}
	return c.fail
}

func addedPackage(t *testing.T, s *Store, side uint64) Model {
	t.Helper()
	p := filepath.Join(t.TempDir(), "P.mlpackage")
	writePackage(t, p, prototest.DepthCoreML(side, side, false))
	m, err := s.Add(t.Context(), p, "")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCompiledOncePerContentAndSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testStore(t, true)
		m := addedPackage(t, s, 518)
		c := &compiler{}
		get := func(m Model, build string) string {
			t.Helper()
			path, err := s.Compiled(t.Context(), m, build, c.compile)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(filepath.Join(path, "coremldata.bin")); err != nil || string(b) != m.Path {
				t.Fatalf("compiled from %q, %v", b, err)
			}
			return path
		}
		calls := func(want int32) {
			t.Helper()
			if n := c.calls.Load(); n != want {
				t.Errorf("compiled %d times, want %d", n, want)
			}
		}
		first := get(m, "25A1")
		if get(m, "25A1") != first || filepath.Base(first) != "P.mlmodelc" {
			t.Errorf("the second time elsewhere than %s", first)
		}
		calls(1)
		if s.DiskUse().Compiled == 0 {
			t.Error("not counted")
		}
		get(m, "25B2") // a new system: again, and the old one's is dropped
		calls(2)
		if exists(first) {
			t.Error("what the old system compiled is still there")
		}
		if err := s.DropCompiled(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		get(m, "25B2")
		calls(3)
		if err := s.Remove(t.Context(), m.Name); err != nil {
			t.Fatal(err)
		}
		if n := s.DiskUse().Compiled; n != 0 {
			t.Errorf("%d bytes compiled for a removed model", n)
		}
		m = addedPackage(t, s, 504) // other content under the same name
		get(m, "25B2")
		calls(4)
		if err := s.ClearCompiled(t.Context()); err != nil || s.DiskUse().Compiled != 0 {
			t.Errorf("clearing: %v", err)
		}
	})
}

func TestCompiledByManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testStore(t, true)
		m := addedPackage(t, s, 518)
		c := &compiler{}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := s.Compiled(t.Context(), m, "1", c.compile); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := c.calls.Load(); n != 1 {
			t.Errorf("compiled %d times", n)
		}
	})
}

func TestFailedCompilationLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testStore(t, true)
		m := addedPackage(t, s, 518)
		boom := errors.New("the compiler is unhappy")
		for _, c := range []*compiler{{fail: boom}, {empty: true}} {
			path, err := s.Compiled(t.Context(), m, "1", c.compile)
			if err == nil || path != "" || (c.fail != nil && !errors.Is(err, boom)) {
				t.Errorf("got %q, %v", path, err)
			}
		}
		u := s.DiskUse()
		if u.Compiled != 0 || u.Unfinished != 0 {
			t.Errorf("left behind: %+v", u)
		}
		if _, err := s.Compiled(t.Context(), m, "1", (&compiler{}).compile); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// A package outside the store is identified by content; its files are read
// only when their size or time of change differs.
func TestCompiledOfAPackageElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testStore(t, true)
		p := filepath.Join(t.TempDir(), "Q.mlpackage")
		writePackage(t, p, prototest.DepthCoreML(518, 518, false))
		m, err := s.Resolve(p, Auto)
		if err != nil {
			t.Fatal(err)
		}
		c := &compiler{}
		for range 2 {
			if _, err := s.Compiled(t.Context(), m, "1", c.compile); err != nil {
				t.Fatal(err)
			}
		}
		place(t, filepath.Join(p, "Data/com.apple.CoreML/weights/weight.bin"), []byte("other weights"))
		if _, err := s.Compiled(t.Context(), m, "1", c.compile); err != nil {
			t.Fatal(err)
		}
		if n := c.calls.Load(); n != 2 {
			t.Errorf("compiled %d times, want 2", n)
		}
		ready := filepath.Join(t.TempDir(), "R.mlmodelc")
		place(t, filepath.Join(ready, "coremldata.bin"), []byte("x"))
		m, err = s.Resolve(ready, Auto)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Compiled(t.Context(), m, "1", c.compile); err != nil || got != ready {
			t.Errorf("a compiled model: %q, %v", got, err)
		}
	})
}
