package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"spatialmaker/processor/onnxfile"
)

func TestNoRoomBeforeTheFirstByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := modelBytes(40, 1000)
		web := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, r, b) })
		s := storeFor(t, web, oneFile(t, sumOf(b), len(b), addr), nil)
		s.cfg.Free = func(string) (uint64, error) { return reserve + 999, nil }
		_, err := s.Download(t.Context(), "m", DownloadOptions{})
		if !errors.Is(err, ErrNoSpace) || web.count() != 0 {
			t.Fatalf("got %v after %d requests", err, web.count())
		}
		clear(t, err, "m: ", "needed", "free")
		nothing(t, s)
		s.cfg.Free = func(string) (uint64, error) { return 0, errors.New("cannot tell") }
		if _, err := s.Download(t.Context(), "m", DownloadOptions{}); err != nil {
			t.Errorf("a disk that does not tell: %v", err)
		}
	})
}

// Another program fills the disk while the download runs: it stops before the
// last of the room is gone, and goes on later.
func TestDiskFillsUpMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := modelBytes(41, spaceEvery+spaceEvery/2)
		web := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, r, b) })
		s := storeFor(t, web, oneFile(t, sumOf(b), len(b), addr), nil)
		var asked atomic.Int32
		s.cfg.Free = func(string) (uint64, error) {
			if asked.Add(1) > 2 {
				return reserve, nil
			}
			return math.MaxInt64, nil
		}
		_, err := s.Download(t.Context(), "m", DownloadOptions{})
		if !errors.Is(err, ErrNoSpace) {
			t.Fatalf("got %v", err)
		}
		nothing(t, s)
		s.cfg.Free = nil
		m, err := s.Download(t.Context(), "m", DownloadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		holds(t, s, m, b)
		if !strings.HasPrefix(web.request(-1).Header.Get("Range"), "bytes=") {
			t.Error("began anew")
		}
	})
}

// mounted gives a file system of its own kind; without the right to mount (not
// root) it reports false, and the tests look at the errors alone.
func mounted(t *testing.T, options string) (dir string, ok bool) {
	t.Helper()
	dir = t.TempDir()
	if err := mountTmpfs(dir, options); err != nil {
		return dir, false
	}
	t.Cleanup(func() {
		if err := unmount(dir); err != nil {
			t.Error(err)
		}
	})
	return dir, true
}

func TestFullDisk(t *testing.T) {
	dir, ok := mounted(t, "size=1m")
	if !ok {
		if err := diskError(&fs.PathError{Err: syscall.ENOSPC}, "x"); !errors.Is(err, ErrNoSpace) {
			t.Errorf("ENOSPC is %v", err)
		}
		return
	}
	synctest.Test(t, func(t *testing.T) {
		b := modelBytes(42, 3<<20)
		web := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, r, b) })
		s := storeIn(dir, web, oneFile(t, sumOf(b), len(b), addr), nil)
		s.cfg.Free = func(string) (uint64, error) { return math.MaxInt64, nil } // so that the write itself fails
		_, err := s.Download(t.Context(), "m", DownloadOptions{})
		var hint *HintError
		if !errors.Is(err, ErrNoSpace) || !errors.As(err, &hint) || !strings.Contains(hint.Next, "SPATIALMAKER_HOME") {
			t.Fatalf("got %v", err)
		}
		if web.count() != 1 {
			t.Errorf("%d requests to a full disk", web.count())
		}
		nothing(t, s)
		if err := s.ClearUnfinished(t.Context()); err != nil || s.DiskUse().Unfinished != 0 {
			t.Errorf("clearing: %v, %+v", err, s.DiskUse())
		}
	})
}

func TestReadOnlyFolder(t *testing.T) {
	dir, ok := mounted(t, "ro")
	if !ok {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		if f, err := os.Create(filepath.Join(dir, "x")); err == nil { // allowed all the same
			f.Close()
			if err := diskError(&fs.PathError{Err: syscall.EROFS}, "x"); !errors.Is(err, ErrReadOnly) {
				t.Errorf("EROFS is %v", err)
			}
			return
		}
	}
	synctest.Test(t, func(t *testing.T) {
		b := modelBytes(43, 1000)
		web := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, r, b) })
		s := storeIn(filepath.Join(dir, "home"), web, oneFile(t, sumOf(b), len(b), addr), nil)
		_, err := s.Download(t.Context(), "m", DownloadOptions{})
		if !errors.Is(err, ErrReadOnly) || web.count() != 0 {
			t.Fatalf("got %v after %d requests", err, web.count())
		}
		clear(t, err, "m: ", dir)
		if _, err := s.List(); err != nil {
			t.Errorf("listing a store that cannot be written: %v", err)
		}
	})
}

// A download of 128 MB allocates a few buffers, not its size.
func TestDownloadTakesLittleMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 128 << 20
		zeros := make([]byte, 64<<10)
		sum := sha256.New()
		for n := 0; n < size; n += len(zeros) {
			sum.Write(zeros)
		}
		web := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(size))
			for n := 0; n < size; n += len(zeros) {
				if _, err := w.Write(zeros); err != nil {
					return
				}
			}
		})
		s := storeFor(t, web, oneFile(t, hex.EncodeToString(sum.Sum(nil)), size, addr), nil)
		var grown uint64
		_, err := measured(&grown, func() (Model, error) { return s.Download(t.Context(), "m", DownloadOptions{}) })
		if !errors.Is(err, onnxfile.ErrNotONNX) { // the bytes came, but zeros are no model
			t.Fatalf("got %v", err)
		}
		if grown > 32<<20 {
			t.Errorf("%d MB were allocated for a download of %d MB", grown>>20, size>>20)
		}
		t.Logf("%d kB allocated for a download of %d MB, the server's part included", grown>>10, size>>20)
		nothing(t, s)
	})
}

// measured runs f and adds up what was allocated meanwhile, by everybody.
func measured[T any](bytes *uint64, f func() (T, error)) (T, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	v, err := f()
	runtime.ReadMemStats(&after)
	*bytes = after.TotalAlloc - before.TotalAlloc
	return v, err
}
