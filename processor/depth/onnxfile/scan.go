package onnxfile

import (
	"errors"
	"fmt"
	"io"
)

// Errors of files that cannot be read as a model.
var (
	ErrNotONNX   = errors.New("not an ONNX file")
	ErrTruncated = errors.New("the ONNX file is cut off or damaged")
)

// Wire types of protobuf (https://protobuf.dev/programming-guides/encoding/).
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// Most fields a message may have here; the largest known depth network has
// about 3000 nodes and initialisers.
const maxFields = 1 << 18

// field is one field of a message: where its tag begins, where its payload is.
type field struct {
	num, wire int
	at        int64  // offset of the tag
	body, end int64  // payload, for wireBytes
	v         uint64 // value, for wireVarint
}

// scanner reads from a file through one small window.
type scanner struct {
	r    io.ReaderAt
	size int64
	base int64
	n    int
	win  [4096]byte
}

// byteAt returns the byte at offset pos.
func (s *scanner) byteAt(pos int64) (byte, error) {
	if pos < s.base || pos >= s.base+int64(s.n) {
		if pos < 0 || pos >= s.size {
			return 0, ErrTruncated
		}
		n, err := s.r.ReadAt(s.win[:], pos)
		if n == 0 {
			if err == nil || errors.Is(err, io.EOF) {
				err = ErrTruncated
			}
			return 0, err
		}
		s.base, s.n = pos, n
	}
	return s.win[pos-s.base], nil
}

// varint reads a base-128 number at pos, which must end before limit.
func (s *scanner) varint(pos, limit int64) (v uint64, next int64, err error) {
	for shift := 0; shift < 64; shift += 7 {
		if pos >= limit {
			return 0, 0, ErrTruncated
		}
		b, err := s.byteAt(pos)
		if err != nil {
			return 0, 0, err
		}
		pos++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, pos, nil
		}
	}
	return 0, 0, ErrNotONNX
}

// fields calls fn for every field of the message in from..to.
func (s *scanner) fields(from, to int64, fn func(f field) error) error {
	count := 0
	for pos := from; pos < to; count++ {
		if count >= maxFields {
			return fmt.Errorf("more than %d fields: %w", maxFields, ErrNotONNX)
		}
		tag, next, err := s.varint(pos, to)
		if err != nil {
			return err
		}
		f := field{num: int(tag >> 3 & 0x1fffffff), wire: int(tag & 7), at: pos}
		switch f.wire {
		case wireVarint:
			f.v, next, err = s.varint(next, to)
			if err != nil {
				return err
			}
		case wire64:
			next += 8
		case wire32:
			next += 4
		case wireBytes:
			n, body, err := s.varint(next, to)
			if err != nil {
				return err
			}
			if n > uint64(to-body) {
				return fmt.Errorf("a part of %d bytes at offset %d, %d are left: %w", n, pos, to-body, ErrTruncated)
			}
			f.body, f.end = body, body+int64(n)
			next = f.end
		default:
			return ErrNotONNX
		}
		if f.num == 0 {
			return ErrNotONNX
		}
		if next > to {
			return ErrTruncated
		}
		if err := fn(f); err != nil {
			return err
		}
		pos = next
	}
	return nil
}

// text returns a field's payload as a string of at most limit bytes.
func (s *scanner) text(f field, limit int64) (string, error) {
	if f.wire != wireBytes || f.end-f.body > limit {
		return "", ErrNotONNX
	}
	b := make([]byte, f.end-f.body)
	if _, err := s.r.ReadAt(b, f.body); err != nil && !(errors.Is(err, io.EOF) && f.end == s.size) {
		return "", fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	return string(b), nil
}
