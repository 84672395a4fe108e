package models

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// bounds limit what an archive may unpack to.
type bounds struct {
	bytes int64
	files int
}

// Packages have three files in four folders; models with external weights
// some hundred at most.
const (
	maxArchiveFiles = 4096
	maxArchiveDepth = 16
)

// unpack unpacks the archive at src into the folder dst, which must exist and
// be empty. Links, devices, names that leave the folder, names used twice and
// more than the bounds allow are errors; what macOS puts beside files
// (__MACOSX, ._x, .DS_Store) is left out. done is told the bytes written.
func unpack(ctx context.Context, src, format, dst string, b bounds, done func(int64)) error {
	root, err := os.OpenRoot(dst)
	if err != nil {
		return err
	}
	defer root.Close()
	u := &unpacker{ctx: ctx, root: root, left: b, done: done, buf: make([]byte, 128<<10)}
	f, err := os.Open(src)
	if err != nil {
		return err
	}
	defer f.Close()
	if format == "zip" {
		st, err := f.Stat()
		if err != nil {
			return err
		}
		return u.zip(f, st.Size())
	}
	return u.tarGz(f)
}

// unpacker writes an archive's entries below root, which the operating system
// keeps it from leaving.
type unpacker struct {
	ctx     context.Context
	root    *os.Root
	left    bounds
	written int64
	done    func(int64)
	buf     []byte
}

// damaged wraps what an archive reader complains about.
func damaged(err error) error {
	if err == nil || errors.Is(err, ErrArchive) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return err // our own disk, not the archive
	}
	return fmt.Errorf("%w: %w", ErrArchive, err)
}

func (u *unpacker) zip(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return damaged(err)
	}
	for _, e := range z.File {
		name, skip, err := u.admit(e.Name, e.Mode())
		if err != nil {
			return err
		}
		if skip {
			continue
		}
		if e.Mode().IsDir() {
			err = u.folder(name)
		} else {
			err = u.zipFile(e, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) zipFile(e *zip.File, name string) error {
	r, err := e.Open()
	if err != nil {
		return damaged(fmt.Errorf("%s: %w", e.Name, err))
	}
	defer r.Close()
	return u.file(name, r)
}

func (u *unpacker) tarGz(r io.Reader) error {
	gz, err := gzip.NewReader(r)
	if err != nil {
		return damaged(err)
	}
	defer gz.Close()
	t := tar.NewReader(gz)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			// The checksum at the very end tells whether anything is missing.
			return damaged(u.drain(gz))
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return damaged(err)
		}
		name, skip, err := u.admit(h.Name, tarMode(h))
		switch {
		case err != nil:
			return err
		case skip:
		case h.Typeflag == tar.TypeDir:
			err = u.folder(name)
		default:
			err = u.file(name, t)
		}
		if err != nil {
			return err
		}
	}
}

// tarMode gives a link or device its type whatever its mode bits say.
func tarMode(h *tar.Header) fs.FileMode {
	switch h.Typeflag {
	case tar.TypeReg:
		return 0
	case tar.TypeDir:
		return fs.ModeDir
	}
	return fs.ModeIrregular
}

// admit checks an entry's name and kind. skip is set for what is left out.
func (u *unpacker) admit(raw string, mode fs.FileMode) (name string, skip bool, err error) {
	if err := context.Cause(u.ctx); err != nil {
		return "", false, err
	}
	if u.left.files--; u.left.files < 0 {
		return "", false, fmt.Errorf("%w: too many entries", ErrArchive)
	}
	name = strings.TrimPrefix(strings.TrimSuffix(raw, "/"), "./")
	if name == "." || name == "" {
		return "", true, nil
	}
	if !safeName(name) || strings.Count(name, "/") >= maxArchiveDepth {
		return "", false, fmt.Errorf("%w: the name %.200q", ErrArchive, raw)
	}
	if sideFile(name) {
		return "", true, nil
	}
	if !mode.IsDir() && !mode.IsRegular() {
		return "", false, fmt.Errorf("%w: %.200q is a link or device", ErrArchive, raw)
	}
	return name, false, nil
}

// sideFile reports whether macOS made the entry to keep its own notes in.
func sideFile(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "__MACOSX" || part == ".DS_Store" || strings.HasPrefix(part, "._") {
			return true
		}
	}
	return false
}

func (u *unpacker) folder(name string) error {
	if err := u.root.MkdirAll(name, 0o755); err != nil {
		return fmt.Errorf("%w: %w", ErrArchive, err) // a file has that name
	}
	return nil
}

func (u *unpacker) file(name string, r io.Reader) error {
	if dir := path.Dir(name); dir != "." {
		if err := u.folder(dir); err != nil {
			return err
		}
	}
	f, err := u.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %.200q comes twice", ErrArchive, name)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := u.copy(f, r, name); err != nil {
		return err
	}
	return f.Close()
}

// copy writes one entry, counting what really comes and not what headers claim.
func (u *unpacker) copy(f *os.File, r io.Reader, name string) error {
	for {
		n, rerr := r.Read(u.buf)
		if u.left.bytes -= int64(n); u.left.bytes < 0 {
			return fmt.Errorf("%w: it unpacks to more than expected", ErrArchive)
		}
		if _, err := f.Write(u.buf[:n]); err != nil {
			return err
		}
		u.written += int64(n)
		u.done(u.written)
		switch {
		case errors.Is(rerr, io.EOF):
			return nil
		case rerr != nil:
			return damaged(fmt.Errorf("%s: %w", name, rerr))
		}
		if err := context.Cause(u.ctx); err != nil {
			return err
		}
	}
}

// drain reads the rest of the stream, which tar pads with zeros.
func (u *unpacker) drain(r io.Reader) error {
	n, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20))
	if err == nil && n == 1<<20 {
		err = errors.New("there is more behind its end")
	}
	return err
}
