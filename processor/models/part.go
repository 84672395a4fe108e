package models

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// part is an unfinished file open for appending.
type part struct {
	f     *os.File
	off   int64 // bytes there, where the next one goes
	state partState
}

// partState is what must be known to go on with a part after a restart.
type partState struct {
	Source       string `json:"source"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	Total        int64  `json:"total,omitempty"` // bytes of the whole file, 0 when the server does not say
	Safe         int64  `json:"safe,omitempty"`  // bytes known to be on the disk
}

// validator is what If-Range can hold: a strong ETag, else the date, else
// nothing (RFC 9110, 13.1.5).
func (s partState) validator() string {
	if s.ETag != "" && !strings.HasPrefix(s.ETag, "W/") {
		return s.ETag
	}
	return s.LastModified
}

// openPart opens w's part where it can be continued from src. With a published
// hash any beginning will do, since the end is checked against it. Without one
// only bytes of this very address that are surely on the disk are kept, and
// only if the server named a validator that tells whether its file changed.
func openPart(w *want, src string) (*part, error) {
	if err := os.MkdirAll(filepath.Dir(w.part), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(w.part, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	p := &part{f: f}
	if p.off, err = f.Seek(0, io.SeekEnd); err != nil {
		f.Close()
		return nil, err
	}
	if err := readJSON(w.statePath(), &p.state); err != nil {
		p.state = partState{} // half a state is no state
	}
	known := w.sha256 != ""
	sameFile := p.state.Source == src && p.state.validator() != ""
	switch {
	case !known && !sameFile:
		p.off = 0
	case !known:
		p.off = min(p.off, p.state.Safe)
	}
	if p.off > w.limit || (w.bytes > 0 && p.off > w.bytes) {
		p.off = 0
	}
	if !sameFile || p.off == 0 {
		p.state = partState{Source: src}
	}
	return p, p.cut(p.off)
}

// cut drops what lies behind off.
func (p *part) cut(off int64) error {
	if err := p.f.Truncate(off); err != nil {
		return err
	}
	p.off = off
	_, err := p.f.Seek(off, io.SeekStart)
	return err
}

// whole reports whether nothing is missing, as far as sizes are known.
func (p *part) whole(w *want) bool {
	size := w.bytes
	if size == 0 {
		size = p.state.Total
	}
	return size > 0 && p.off == size
}

func (p *part) append(b []byte) error {
	n, err := p.f.Write(b)
	p.off += int64(n)
	return err
}

// save brings the bytes to the disk and then writes down that they are there.
func (p *part) save(w *want) error {
	if err := p.f.Sync(); err != nil {
		return err
	}
	p.state.Safe = p.off
	return writeJSON(w.statePath(), p.state)
}

// close ends the work on a part. One without a byte leaves nothing behind.
func (p *part) close(w *want) error {
	if p.off == 0 {
		err := p.f.Close()
		w.discard()
		return err
	}
	err := p.save(w)
	return errors.Join(err, p.f.Close())
}

// exists reports whether something has that name.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
