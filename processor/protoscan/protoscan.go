package protoscan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Errors of a scan, wrapped with the byte offset.
var (
	ErrMalformed = errors.New("malformed protocol buffer")
	ErrTruncated = errors.New("the file ends too early")
	ErrTooMany   = errors.New("too many fields")
	ErrTooLong   = errors.New("a text field is too long")
)

// Type is a field's wire type.
type Type uint8

// Wire types of the protocol buffer encoding.
const (
	Varint  Type = 0
	Fixed64 Type = 1
	Bytes   Type = 2
	Fixed32 Type = 5
)

// window is how much is read at once. Weights lie between the headers we want,
// so a larger one would mostly fetch bytes that are skipped again.
const window = 4 << 10

// DefaultBudget is how many fields one Source hands out. Depth Anything V2
// Large needs some 20 000; files are scanned at several million a second.
const DefaultBudget = 4_000_000

// Source is a file to scan.
type Source struct {
	r      io.ReaderAt
	size   int64
	budget int
	buf    [window]byte
	start  int64 // file offset of buf[0]
	n      int   // valid bytes in buf
}

// NewSource scans the first size bytes of r.
func NewSource(r io.ReaderAt, size int64) *Source {
	return &Source{r: r, size: size, budget: DefaultBudget}
}

// Message returns the whole file as one message.
func (s *Source) Message() Message { return Message{src: s, off: 0, end: s.size} }

// Message is a range of the file that holds fields.
type Message struct {
	src      *Source
	off, end int64
}

// Field is one field of a message. Value holds a varint or fixed value; a
// field of type Bytes is read with Text, Message or Varints.
type Field struct {
	Number int
	Type   Type
	Value  uint64
	src    *Source
	off    int64
	len    int64
}

// Next returns the next field. At the end of the message it returns io.EOF.
func (m *Message) Next() (Field, error) {
	if m.off >= m.end {
		return Field{}, io.EOF
	}
	if m.src.budget--; m.src.budget < 0 {
		return Field{}, fmt.Errorf("byte %d: %w", m.off, ErrTooMany)
	}
	key, err := m.varint()
	if err != nil {
		return Field{}, err
	}
	num := key >> 3
	if num == 0 || num > 1<<29-1 {
		return Field{}, fmt.Errorf("byte %d: field number %d: %w", m.off, num, ErrMalformed)
	}
	f := Field{Number: int(num), Type: Type(key & 7), src: m.src}
	return f, m.value(&f)
}

// Each calls visit for every field of the message and ends with its first error.
func (m Message) Each(visit func(Field) error) error {
	for {
		f, err := m.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = visit(f)
		}
		if err != nil {
			return err
		}
	}
}

// value reads what follows a field's key and leaves m behind it.
func (m *Message) value(f *Field) (err error) {
	switch f.Type {
	case Varint:
		f.Value, err = m.varint()
		return err
	case Fixed32, Fixed64:
		width := int64(4)
		if f.Type == Fixed64 {
			width = 8
		}
		var b [8]byte
		if err := m.take(b[:width]); err != nil {
			return err
		}
		f.Value = binary.LittleEndian.Uint64(b[:])
		return nil
	case Bytes:
		n, err := m.varint()
		if err != nil {
			return err
		}
		if n > math.MaxInt64 || int64(n) > m.end-m.off {
			// The usual cause is a download that stopped: say so when the file itself is too short.
			cause := ErrMalformed
			if m.end == m.src.size {
				cause = ErrTruncated
			}
			return fmt.Errorf("byte %d: a field of %d bytes: %w", m.off, n, cause)
		}
		f.off, f.len = m.off, int64(n)
		m.off += int64(n)
		return nil
	}
	return fmt.Errorf("byte %d: wire type %d: %w", m.off, f.Type, ErrMalformed)
}

// Offset is where in the file the next field begins, its key included.
func (m Message) Offset() int64 { return m.off }

// Offset is where in the file the content of a field of type Bytes begins.
func (f Field) Offset() int64 { return f.off }

// Len is the length in bytes of a field of type Bytes.
func (f Field) Len() int64 { return f.len }

// Message returns a field of type Bytes as a message.
func (f Field) Message() Message { return Message{src: f.src, off: f.off, end: f.off + f.len} }

// Text reads a field of type Bytes of at most limit bytes.
func (f Field) Text(limit int) (string, error) {
	if f.len > int64(limit) {
		return "", fmt.Errorf("byte %d: %d bytes: %w", f.off, f.len, ErrTooLong)
	}
	b := make([]byte, f.len)
	m := f.Message()
	if err := m.take(b); err != nil {
		return "", err
	}
	return string(b), nil
}

// Varints appends the numbers of a repeated integer field, packed or not, to
// dst, up to limit of them in all.
func (f Field) Varints(dst []int64, limit int) ([]int64, error) {
	if f.Type == Varint {
		return appendMax(dst, int64(f.Value), limit, f.off)
	}
	if f.Type != Bytes {
		return dst, fmt.Errorf("byte %d: wire type %d for integers: %w", f.off, f.Type, ErrMalformed)
	}
	for m := f.Message(); m.off < m.end; {
		v, err := m.varint()
		if err != nil {
			return dst, err
		}
		if dst, err = appendMax(dst, int64(v), limit, m.off); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func appendMax(dst []int64, v int64, limit int, off int64) ([]int64, error) {
	if len(dst) >= limit {
		return dst, fmt.Errorf("byte %d: more than %d numbers: %w", off, limit, ErrTooMany)
	}
	return append(dst, v), nil
}

func (m *Message) varint() (uint64, error) {
	var v uint64
	for shift := 0; shift < 70; shift += 7 {
		b, err := m.byte()
		if err != nil {
			return 0, err
		}
		if shift == 63 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, nil
		}
	}
	return 0, fmt.Errorf("byte %d: number too large: %w", m.off, ErrMalformed)
}

func (m *Message) byte() (byte, error) {
	if m.off >= m.end {
		return 0, fmt.Errorf("byte %d: %w", m.off, ErrTruncated)
	}
	s := m.src
	if m.off < s.start || m.off >= s.start+int64(s.n) {
		if err := s.fill(m.off); err != nil {
			return 0, err
		}
	}
	b := s.buf[m.off-s.start]
	m.off++
	return b, nil
}

func (m *Message) take(b []byte) error {
	if int64(len(b)) > m.end-m.off {
		return fmt.Errorf("byte %d: %w", m.off, ErrTruncated)
	}
	s := m.src
	for len(b) > 0 {
		if m.off < s.start || m.off >= s.start+int64(s.n) {
			if err := s.fill(m.off); err != nil {
				return err
			}
		}
		n := copy(b, s.buf[m.off-s.start:s.n])
		b = b[n:]
		m.off += int64(n)
	}
	return nil
}

// fill brings the window to off, which lies inside the file.
func (s *Source) fill(off int64) error {
	n, err := s.r.ReadAt(s.buf[:min(window, s.size-off)], off)
	s.start, s.n = off, n
	if n > 0 {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = ErrTruncated
	}
	return fmt.Errorf("byte %d: %w", off, err)
}
