package media

import (
	"bytes"
	"encoding/binary"
)

// Metadata is what is carried from an input to its outputs, byte for byte as
// far as it stays true there.
type Metadata struct {
	EXIF []byte // a TIFF structure, without the "Exif\0\0" in front; nil when there is none
	ICC  []byte // an ICC profile; nil when there is none
	XMP  []byte // an XMP packet in UTF-8; nil when there is none
}

// iccSpace returns the four letters an ICC profile gives its device colours:
// "RGB ", "GRAY", "CMYK" and so on, or "" when data is no profile.
func iccSpace(data []byte) string {
	if len(data) < 132 || string(data[36:40]) != "acsp" {
		return ""
	}
	return string(data[16:20])
}

// xmpUntrue names the XMP vocabularies that describe the structure of the
// source file (depth, gain map, motion photo, a panorama's projection): copied
// to an output they would promise what is not there.
var xmpUntrue = [][]byte{
	[]byte("ns.google.com/photos/1.0/"), []byte("ns.adobe.com/hdr-gain-map/"),
	[]byte("ns.apple.com/HDRGainMap"), []byte("ns.apple.com/pixeldatainfo"),
	[]byte("ns.apple.com/depthData"), []byte("ns.apple.com/depthBlur"),
	[]byte("ns.apple.com/portraitEffects"), []byte("ns.apple.com/image/1.0"),
	[]byte("HasExtendedXMP"),
}

// outputXMP returns the packet that may stand in an upright output made from a
// source with packet xmp, or nil. Orientations in it become 1.
func outputXMP(xmp []byte) []byte {
	for _, name := range xmpUntrue {
		if bytes.Contains(xmp, name) {
			return nil
		}
	}
	if len(xmp) == 0 {
		return nil
	}
	out := bytes.Clone(xmp)
	resetDigit(out, []byte(`tiff:Orientation="`))
	resetDigit(out, []byte(`tiff:Orientation='`))
	resetDigit(out, []byte(`<tiff:Orientation>`))
	return out
}

// resetDigit writes a 1 over the digit after every occurrence of name.
func resetDigit(b, name []byte) {
	for at := 0; ; {
		i := bytes.Index(b[at:], name)
		if i < 0 {
			return
		}
		at += i + len(name)
		if at < len(b) && b[at] >= '0' && b[at] <= '9' {
			b[at] = '1'
		}
	}
}

// reader reads numbers from a byte slice and remembers whether it ran past the
// end, so that a parser can look once at its end.
type reader struct {
	b     []byte
	at    int
	short bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || len(r.b)-r.at < n {
		r.short = true
		r.at = len(r.b)
		return nil
	}
	s := r.b[r.at : r.at+n]
	r.at += n
	return s
}

// uint reads a big-endian number of n bytes, 0 past the end.
func (r *reader) uint(n int) uint64 {
	var buf [8]byte
	copy(buf[8-n:], r.take(n))
	return binary.BigEndian.Uint64(buf[:])
}

func (r *reader) left() int { return len(r.b) - r.at }
