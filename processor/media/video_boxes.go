package media

import (
	"encoding/binary"
	"fmt"
	"io"
)

// box is one box of an ISO base media (MP4, QuickTime) file: its kind and
// where its payload lies.
type box struct {
	kind     string
	from, to int64 // of the payload
}

// maxFileBoxes bounds how many boxes of one parent are looked at, so that a file
// made of empty boxes cannot keep the walker busy.
const maxFileBoxes = 1 << 14

// boxes calls fn for the boxes in r between from and to. fn returns false to
// end the walk. A box that does not fit into its parent ends it too, with an
// error wrapping ErrCorrupt.
func boxes(r io.ReaderAt, from, to int64, fn func(box) (bool, error)) error {
	var head [16]byte
	for n := 0; from+8 <= to; n++ {
		if n == maxFileBoxes {
			return fmt.Errorf("%w: more than %d boxes in one", ErrCorrupt, maxFileBoxes)
		}
		if _, err := r.ReadAt(head[:8], from); err != nil {
			return fmt.Errorf("%w: read box at %d: %w", ErrTruncated, from, err)
		}
		size, skip := int64(binary.BigEndian.Uint32(head[:])), int64(8)
		switch size {
		case 0: // to the end of its parent
			size = to - from
		case 1: // a 64-bit size follows
			if _, err := r.ReadAt(head[8:], from+8); err != nil {
				return fmt.Errorf("%w: read box at %d: %w", ErrTruncated, from, err)
			}
			size, skip = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		b := box{kind: string(head[4:8]), from: from + skip, to: from + size}
		if size < skip || b.to > to || b.to < b.from {
			return fmt.Errorf("%w: box %q at %d claims %d bytes of %d", ErrCorrupt, b.kind, from, size, to-from)
		}
		more, err := fn(b)
		if err != nil || !more {
			return err
		}
		from = b.to
	}
	return nil
}

// child returns the first box of the given kind inside b, skipping the first
// skip bytes of b's payload.
func (b box) child(r io.ReaderAt, kind string, skip int64) (box, bool) {
	var out box
	found := false
	_ = boxes(r, b.from+skip, b.to, func(c box) (bool, error) {
		if c.kind == kind {
			out, found = c, true
		}
		return !found, nil
	})
	return out, found
}

// path follows kinds down from b.
func (b box) path(r io.ReaderAt, kinds ...string) (box, bool) {
	for _, k := range kinds {
		var ok bool
		if b, ok = b.child(r, k, 0); !ok {
			return box{}, false
		}
	}
	return b, true
}

// maxBoxBytes bounds a payload that is read into memory: the sample tables of
// a day-long film stay far below it.
const maxBoxBytes = 256 << 20

// read returns the payload of b.
func (b box) read(r io.ReaderAt) ([]byte, error) {
	n := b.to - b.from
	if n > maxBoxBytes {
		return nil, fmt.Errorf("%w: box %q of %d bytes", ErrCorrupt, b.kind, n)
	}
	p := make([]byte, n)
	if _, err := r.ReadAt(p, b.from); err != nil {
		return nil, fmt.Errorf("%w: box %q: %w", ErrTruncated, b.kind, err)
	}
	return p, nil
}
