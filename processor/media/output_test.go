package media

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func writeText(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// leftovers lists what is in a folder besides the named files.
func leftovers(t *testing.T, dir string, names ...string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
next:
	for _, e := range entries {
		for _, n := range names {
			if e.Name() == n {
				continue next
			}
		}
		out = append(out, e.Name())
	}
	return out
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.txt")
	if err := writeUnchecked(path, KeepExisting, writeText("one")); err != nil {
		t.Fatal(err)
	}
	err := writeUnchecked(path, KeepExisting, func(io.Writer) error {
		t.Error("an output that exists was begun")
		return nil
	})
	if !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), path) {
		t.Errorf("over an existing output: %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "one" {
		t.Errorf("the existing output became %q", b)
	}
	if err := writeUnchecked(path, ReplaceExisting, writeText("two")); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "two" {
		t.Errorf("the replaced output is %q", b)
	}
	if runtime.GOOS != "windows" {
		mask := syscall.Umask(0)
		syscall.Umask(mask)
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != fs.FileMode(0o666&^mask) {
			t.Errorf("mode %v: %v", fi.Mode(), err)
		}
	}
	if l := leftovers(t, dir, "out.txt"); l != nil {
		t.Errorf("left behind: %v", l)
	}
}

// TestWriteFileFails breaks writing at every step: neither the output nor a
// temporary file may be left, and an existing output stays as it was.
func TestWriteFileFails(t *testing.T) {
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		write  func(io.Writer) error
		verify func(string) error
	}{
		"at once":   {func(io.Writer) error { return boom }, nil},
		"half way":  {func(w io.Writer) error { _ = writeText("half")(w); return boom }, nil},
		"verifying": {writeText("whole"), func(string) error { return boom }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "out")
			if err := WriteFile(path, KeepExisting, c.write, c.verify); !errors.Is(err, boom) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v", err)
			}
			if l := leftovers(t, dir); l != nil {
				t.Errorf("left behind: %v", l)
			}
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := WriteFile(path, ReplaceExisting, c.write, c.verify); !errors.Is(err, boom) {
				t.Errorf("%v", err)
			}
			if b, _ := os.ReadFile(path); string(b) != "old" {
				t.Errorf("the old output became %q", b)
			}
			if l := leftovers(t, dir, "out"); l != nil {
				t.Errorf("left behind: %v", l)
			}
		})
	}
	dir := t.TempDir()
	func() {
		defer func() { _ = recover() }()
		_ = writeUnchecked(filepath.Join(dir, "out"), KeepExisting, func(io.Writer) error { panic("in the encoder") })
	}()
	if l := leftovers(t, dir); l != nil {
		t.Errorf("a panic left behind: %v", l)
	}
}

// TestVerifySees checks that the check gets the whole file, under a hidden name
// in the output's folder, before the output's name exists.
func TestVerifySees(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.png")
	err := WriteFile(path, KeepExisting, writeText("content"), func(temp string) error {
		base := filepath.Base(temp)
		if filepath.Dir(temp) != dir || !strings.HasPrefix(base, ".spatialmaker-") || !strings.HasSuffix(base, ".tmp") {
			t.Errorf("temporary file %s", temp)
		}
		if b, err := os.ReadFile(temp); err != nil || string(b) != "content" {
			t.Errorf("%q, %v", b, err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the output exists already: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWriteFileRace lets many writers want one name: exactly one gets it, and
// the file is its own, whole.
func TestWriteFileRace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	const writers = 16
	var wg sync.WaitGroup
	var begun sync.WaitGroup
	begun.Add(writers)
	won := make(chan string, writers)
	for i := range writers {
		text := strings.Repeat(fmt.Sprint(i%10), 1000)
		wg.Go(func() {
			o, err := CreateOutput(path, KeepExisting)
			begun.Done()
			begun.Wait() // all are past the first look
			if err != nil {
				t.Error(err)
				return
			}
			defer o.Abort()
			if _, err := o.WriteString(text); err != nil {
				t.Error(err)
			}
			switch err := o.Commit(nil); {
			case err == nil:
				won <- text
			case !errors.Is(err, ErrExists):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(won)
	if len(won) != 1 {
		t.Fatalf("%d writers got the name", len(won))
	}
	if b, _ := os.ReadFile(path); string(b) != <-won {
		t.Error("the output is not the winner's")
	}
	if l := leftovers(t, dir, "out"); l != nil {
		t.Errorf("left behind: %v", l)
	}
}

// TestRenameWithoutLinks takes the way of file systems that have no hard links.
func TestRenameWithoutLinks(t *testing.T) {
	dir := t.TempDir()
	for _, exists := range []bool{false, true} {
		path := filepath.Join(dir, fmt.Sprint("out", exists))
		o, err := CreateOutput(path, KeepExisting)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.WriteString("new"); err != nil {
			t.Fatal(err)
		}
		want := "new"
		if exists {
			want = "old"
			if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.reserve(); exists != errors.Is(err, ErrExists) || !exists && err != nil {
			t.Errorf("exists %v: %v", exists, err)
		}
		o.Abort()
		if b, _ := os.ReadFile(path); string(b) != want {
			t.Errorf("exists %v: the output is %q", exists, b)
		}
	}
	if l := leftovers(t, dir, "outfalse", "outtrue"); l != nil {
		t.Errorf("left behind: %v", l)
	}
}

func TestOutputPlaces(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path string
		mode Overwrite
		want error
	}{
		"a folder that is not there": {filepath.Join(dir, "none", "out"), KeepExisting, fs.ErrNotExist},
		"a folder that is a file":    {filepath.Join(file, "out"), KeepExisting, syscall.ENOTDIR},
		"over a folder":              {dir, ReplaceExisting, ErrExists},
	} {
		err := writeUnchecked(c.path, c.mode, writeText("x"))
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), filepath.Dir(c.path)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// An unwritable folder: /proc refuses even root.
	if _, err := os.Stat("/proc/self"); err == nil {
		err := writeUnchecked("/proc/self/out.jpg", KeepExisting, writeText("x"))
		if err == nil || !strings.Contains(err.Error(), "folder /proc/self") {
			t.Errorf("an unwritable folder: %v", err)
		}
	}
}

// TestDiskFull fills a real file system where the tests may make one, and the
// device that is always full elsewhere.
func TestDiskFull(t *testing.T) {
	if err := classifyWrite(&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}); !errors.Is(err, ErrDiskFull) {
		t.Errorf("ENOSPC became %v", err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err == nil {
		defer full.Close()
		if err := EncodePhoto(t.Context(), full, gradient(64, 64), Encoding{Format: FormatPNG}); !errors.Is(err, ErrDiskFull) {
			t.Errorf("encoding to a full device: %v", err)
		}
	}
	dir := smallDisk(t)
	if dir == "" {
		return
	}
	path := filepath.Join(dir, "out.bin")
	err = writeUnchecked(path, KeepExisting, func(w io.Writer) error {
		_, err := w.Write(bytes.Repeat([]byte("x"), 4<<20))
		return err
	})
	if !errors.Is(err, ErrDiskFull) || !strings.Contains(err.Error(), path) {
		t.Errorf("on a full disk: %v", err)
	}
	if l := leftovers(t, dir); l != nil {
		t.Errorf("left behind on the full disk: %v", l)
	}
	if err := writeUnchecked(path, KeepExisting, writeText("small")); err != nil {
		t.Errorf("the disk is still full: %v", err)
	}
}

// writeUnchecked writes a file that is no picture.
func writeUnchecked(path string, mode Overwrite, write func(io.Writer) error) error {
	return WriteFile(path, mode, write, nil)
}
