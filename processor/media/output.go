package media

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Overwrite says what becomes of an output that exists already.
type Overwrite uint8

// The policies.
const (
	KeepExisting    Overwrite = iota // an existing output is ErrExists and stays as it is
	ReplaceExisting                  // an existing output is replaced in one step
)

// tempPattern begins and ends the name of an unfinished output. It is hidden
// and stands in the output's own folder, so that renaming never copies.
const (
	tempPrefix = ".spatialmaker-"
	tempSuffix = ".tmp"
)

// Output is a file being written under a temporary name. Exactly one of Commit
// and Abort ends it; Abort after Commit does nothing, so it can be deferred.
type Output struct {
	*os.File // open for writing; a child process may write to Name() instead
	path     string
	mode     Overwrite
	done     bool
}

// CreateOutput begins an output. An existing one is refused at once (and again
// when finishing) under KeepExisting.
func CreateOutput(path string, mode Overwrite) (*Output, error) {
	return createOutput(filepath.Dir(path), path, mode)
}

// createOutput keeps the temporary file in folder dir, which must be on the
// disk of path.
func createOutput(dir, path string, mode Overwrite) (*Output, error) {
	switch fi, err := os.Lstat(path); {
	case err == nil && fi.IsDir():
		return nil, fmt.Errorf("write %s: %w (a folder)", path, ErrExists)
	case err == nil && mode == KeepExisting:
		return nil, fmt.Errorf("write %s: %w", path, ErrExists)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("write %s: %w", path, pathCause(err))
	}
	for range 100 {
		name := fmt.Sprintf("%s%08x%s", tempPrefix, rand.Uint32(), tempSuffix)
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			return &Output{File: f, path: path, mode: mode}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("write %s: folder %s: %w", path, dir, classifyWrite(pathCause(err)))
		}
	}
	return nil, fmt.Errorf("write %s: folder %s: no free temporary name", path, dir)
}

// AdoptOutput makes a finished file, which lies on the disk of path, an output
// that only Commit has to be called for.
func AdoptOutput(temp, path string, mode Overwrite) (*Output, error) {
	f, err := os.OpenFile(temp, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", path, pathCause(err))
	}
	return &Output{File: f, path: path, mode: mode}, nil
}

// Abort removes what was written.
func (o *Output) Abort() {
	if o.done {
		return
	}
	o.done = true
	o.Close()
	os.Remove(o.Name())
}

// Commit checks the written file with verify (which gets its temporary name;
// nil for none), brings it safely to the disk and gives it its final name in
// one step. On any failure nothing is left behind.
func (o *Output) Commit(verify func(temp string) error) error {
	defer o.Abort()
	if verify != nil {
		if err := verify(o.Name()); err != nil {
			return fmt.Errorf("write %s: check of the written file: %w", o.path, err)
		}
	}
	if err := o.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", o.path, classifyWrite(pathCause(err)))
	}
	if err := o.Close(); err != nil {
		return fmt.Errorf("write %s: %w", o.path, classifyWrite(pathCause(err)))
	}
	if err := o.rename(); err != nil {
		return fmt.Errorf("write %s: %w", o.path, classifyWrite(pathCause(err)))
	}
	o.done = true
	syncFolder(filepath.Dir(o.path))
	return nil
}

// rename gives the file its final name.
func (o *Output) rename() error {
	if o.mode == ReplaceExisting {
		return os.Rename(o.Name(), o.path)
	}
	// A hard link fails when the name is taken, in one step with the look.
	err := os.Link(o.Name(), o.path)
	if err == nil {
		os.Remove(o.Name())
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	return o.reserve()
}

// reserve renames on file systems without links (exFAT, some network shares):
// the name is taken first, by a file that only this call can have made.
func (o *Output) reserve() error {
	f, err := os.OpenFile(o.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		if errors.Is(err, fs.ErrExist) {
			return ErrExists
		}
		return err
	}
	f.Close()
	if err := os.Rename(o.Name(), o.path); err != nil {
		os.Remove(o.path)
		return err
	}
	return nil
}

// syncFolder makes a new name in a folder durable. Systems that cannot do that
// for folders say so; the file itself is safe by then.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// WriteFile writes an output through a temporary file in the same folder:
// write, sync, verify (nil for none), which gets the temporary name, and rename.
// A failure at any point leaves neither the output nor the temporary file.
// Errors match ErrExists, ErrDiskFull, fs.ErrPermission and what write and
// verify return.
func WriteFile(path string, mode Overwrite, write func(io.Writer) error, verify func(temp string) error) error {
	o, err := CreateOutput(path, mode)
	if err != nil {
		return err
	}
	defer o.Abort()
	b := bufio.NewWriterSize(o.File, writeBuffer)
	if err := write(b); err != nil {
		return fmt.Errorf("write %s: %w", path, classifyWrite(err))
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", path, classifyWrite(pathCause(err)))
	}
	return o.Commit(verify)
}
