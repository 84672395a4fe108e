package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// reserve is left free on the disk: a download never takes the last of it.
const reserve = 64 << 20

// diskError names what a failed write means for the user.
func diskError(err error, path string) error {
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case err == nil || errors.Is(err, ErrNoSpace):
		return err
	case slices.ContainsFunc(fullErrors, is):
		return noSpace(path, fmt.Errorf("%w: %w", ErrNoSpace, err))
	case slices.ContainsFunc(readOnlyErrors, is):
		return withHint(fmt.Errorf("%s: %w: %w", path, ErrReadOnly, err),
			"make the folder writable, or set SPATIALMAKER_HOME to another one")
	}
	return err
}

func noSpace(path string, err error) error {
	return withHint(fmt.Errorf("%s: %w", path, err),
		"free some space, or set SPATIALMAKER_HOME to a folder on another disk; what was fetched is kept")
}

// checkSpace refuses when need more bytes would not fit on the disk of dir.
func (s *Store) checkSpace(dir string, need int64) error {
	free := s.cfg.Free
	if free == nil {
		free = freeBytes
	}
	n, err := free(dir)
	if err != nil {
		return nil //nolint:nilerr // a disk that does not tell is found full when writing
	}
	if uint64(max(need, 0))+reserve > n {
		return noSpace(dir, fmt.Errorf("%w: %s needed, %s free", ErrNoSpace, FormatBytes(need+reserve), FormatBytes(int64(n))))
	}
	return nil
}

// syncDir makes new names in a folder durable. Some systems cannot do that for
// folders; the files themselves are safe by then.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// writeJSON replaces a file in one step.
func writeJSON(path string, v any) (err error) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return diskError(err, dir)
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return diskError(err, dir)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = diskError(err, dir)
		}
	}()
	if _, err := f.Write(append(b, '\n')); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	syncDir(dir)
	return nil
}

// readJSON reads a file written by writeJSON; a missing one leaves v alone.
func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// syncTree brings every file and folder under dir to the disk.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			syncDir(path)
			return nil
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Sync()
	})
}
