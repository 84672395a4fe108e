package media

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// xmpMoreName begins an APP1 segment with a part of a packet that is too long
// for one segment (XMP specification part 3, 1.1.3.1). After it come the
// packet's name of 32 bytes, its whole length, and the place of this part.
const (
	xmpMoreName = "http://ns.adobe.com/xmp/extension/\x00"
	xmpMoreHead = 32 + 4 + 4
	maxXMPMore  = 64 << 20
)

// extendedXMP collects the parts of the first extended packet.
type extendedXMP struct {
	name   [32]byte
	data   []byte
	filled int
}

func (x *extendedXMP) add(body []byte) {
	if len(body) < xmpMoreHead {
		return
	}
	size, at := binary.BigEndian.Uint32(body[32:]), binary.BigEndian.Uint32(body[36:])
	part := body[xmpMoreHead:]
	if x.data == nil {
		if size > maxXMPMore {
			return
		}
		copy(x.name[:], body)
		x.data = make([]byte, 0, min(int(size), 1<<20))
	}
	// Parts come in order in every file seen; growing part by part keeps a
	// claimed length from taking memory.
	if !bytes.Equal(x.name[:], body[:32]) || int(at) != len(x.data) || len(x.data)+len(part) > int(size) {
		return
	}
	x.data = append(x.data, part...)
	x.filled = int(size)
}

// joined returns the packet, nil unless all of it came.
func (x *extendedXMP) joined() []byte {
	if len(x.data) == 0 || len(x.data) != x.filled {
		return nil
	}
	return x.data
}

// xmpField returns the first value of a property, which XMP writes either as an
// attribute, name="value", or as an element, <name>value</name>; nil when it
// has none. The prefixes of the vocabularies read here are fixed by custom.
func xmpField(xmp []byte, name string) []byte {
	for at := 0; ; {
		i := bytes.Index(xmp[at:], []byte(name))
		if i < 0 {
			return nil
		}
		begin := at + i
		at = begin + len(name)
		if begin == 0 || at >= len(xmp) {
			continue
		}
		rest := xmp[at:]
		switch before := xmp[begin-1]; {
		case before == '<' && rest[0] == '>':
			if v, _, ok := bytes.Cut(rest[1:], []byte{'<'}); ok {
				return bytes.TrimSpace(v)
			}
		case isSpace(before) && len(rest) > 2 && rest[0] == '=' && (rest[1] == '"' || rest[1] == '\''):
			if v, _, ok := bytes.Cut(rest[2:], rest[1:2]); ok {
				return v
			}
		}
	}
}

// xmpNumber is xmpField for a number; ok is false when it is none.
func xmpNumber(xmp []byte, name string) (v float64, ok bool) {
	v, err := strconv.ParseFloat(string(xmpField(xmp, name)), 64)
	return v, err == nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
