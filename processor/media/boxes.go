package media

import (
	"encoding/binary"
	"fmt"
)

// maxBoxes bounds how many boxes of one level are looked at.
const maxBoxes = 1 << 16

// walkBoxes calls fn for each box of ISO/IEC 14496-12 in b: its type (for
// "uuid" boxes the 16 bytes of the extended type stand first in body) and its
// body. A box that reaches past the end is passed with what is there, and ends
// the walk with ErrTruncated. fn stops the walk with an error.
func walkBoxes(b []byte, fn func(typ string, body []byte) error) error {
	for n := 0; len(b) >= 8 && n < maxBoxes; n++ {
		size, head := uint64(binary.BigEndian.Uint32(b)), 8
		typ := string(b[4:8])
		switch size {
		case 0: // to the end of the file
			size = uint64(len(b))
		case 1:
			if len(b) < 16 {
				return fmt.Errorf("%w: box %q", ErrTruncated, typ)
			}
			size, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size < uint64(head) {
			return fmt.Errorf("%w: box %q of %d bytes", ErrCorrupt, typ, size)
		}
		if size > uint64(len(b)) {
			if err := fn(typ, b[head:]); err != nil {
				return err
			}
			return fmt.Errorf("%w: box %q of %d bytes, %d are left", ErrTruncated, typ, size, len(b))
		}
		if err := fn(typ, b[head:size]); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// fullBox takes version and flags off a box's body.
func fullBox(body []byte) (version byte, flags uint32, r *reader) {
	r = &reader{b: body}
	v := r.uint(4)
	return byte(v >> 24), uint32(v) & 0xffffff, r
}

// cstring reads up to the next zero byte.
func (r *reader) cstring() string {
	for i := r.at; i < len(r.b); i++ {
		if r.b[i] == 0 {
			s := string(r.b[r.at:i])
			r.at = i + 1
			return s
		}
	}
	r.short = true
	r.at = len(r.b)
	return ""
}
