package media

import (
	"fmt"

	"spatialmaker/processor/pix"
)

// jxlHeader is what stands in front of a JPEG XL codestream (ISO/IEC 18181-1,
// annexes A and D) and in the boxes around it.
type jxlHeader struct {
	w, h        int64 // as stored, before orientation
	orientation int
	bits        int
	float       bool
	animated    bool
	gray        bool
	colour      pix.Colour
	meta        Metadata
	cut         bool // the last box reaches past the end of the file
	fromJPEG    bool // holds a JPEG that can be rebuilt byte for byte
}

// bitReader reads bits from the least significant one up.
type bitReader struct {
	b     []byte
	at    int // in bits
	short bool
}

func (r *bitReader) u(n int) int64 {
	v := int64(0)
	for i := range n {
		byteAt := r.at >> 3
		if byteAt >= len(r.b) {
			r.short = true
			return 0
		}
		v |= int64(r.b[byteAt]>>(r.at&7)&1) << i
		r.at++
	}
	return v
}

func (r *bitReader) flag() bool { return r.u(1) == 1 }

// u32 reads a number that has four codings: base[i] + u(bits[i]).
func (r *bitReader) u32(base [4]int64, bits [4]int) int64 {
	i := r.u(2)
	return base[i] + r.u(bits[i])
}

// enum reads a number of the form the standard gives its enumerations.
func (r *bitReader) enum() int64 {
	return r.u32([4]int64{0, 1, 2, 18}, [4]int{0, 0, 4, 6})
}

// size reads a size header.
func (r *bitReader) size() (w, h int64) {
	var small bool
	one := func() int64 {
		if small {
			return 8 * (1 + r.u(5))
		}
		return r.u32([4]int64{1, 1, 1, 1}, [4]int{9, 13, 18, 30})
	}
	small = r.flag()
	h = one()
	switch ratio := r.u(3); ratio {
	case 0:
		w = one()
	default:
		n := [8]int64{0, 1, 12, 4, 3, 16, 5, 2}[ratio]
		d := [8]int64{1, 1, 10, 3, 2, 9, 4, 1}[ratio]
		w = h * n / d
	}
	return w, h
}

// parseJXL reads the header of a bare codestream or of one in boxes.
func parseJXL(b []byte) (*jxlHeader, error) {
	h := &jxlHeader{orientation: 1, bits: 8}
	h.colour = pix.Colour{Primaries: pix.PrimariesBT709, Transfer: 13, Matrix: pix.Unspecified, FullRange: true}
	stream := b
	if len(b) > 1 && b[0] == 0 {
		stream = nil
		// A cut file still has its header.
		err := walkBoxes(b, func(typ string, body []byte) error {
			switch {
			case typ == "jxlc" && stream == nil:
				stream = body
			case typ == "jxlp" && stream == nil && len(body) > 4:
				stream = body[4:]
			case typ == "Exif":
				h.meta.EXIF = exifPayload(body)
			case typ == "xml ":
				h.meta.XMP = body
			case typ == "jbrd":
				h.fromJPEG = true
			}
			return nil
		})
		h.cut = err != nil
	}
	if len(stream) < 2 || stream[0] != 0xff || stream[1] != 0x0a {
		return nil, fmt.Errorf("%w: no JPEG XL codestream", ErrCorrupt)
	}
	r := &bitReader{b: stream[2:]}
	h.w, h.h = r.size()
	h.image(r)
	if r.short {
		return nil, fmt.Errorf("%w: the JPEG XL header is incomplete", ErrTruncated)
	}
	return h, nil
}

// image reads the image metadata as far as the colour encoding.
func (h *jxlHeader) image(r *bitReader) {
	if r.flag() { // all default: 8 bits, sRGB
		return
	}
	preview := false
	if r.flag() { // extra fields
		h.orientation = int(r.u(3)) + 1
		if r.flag() {
			r.size() // intrinsic size
		}
		preview = r.flag()
		if preview {
			return // nothing after it is needed
		}
		if h.animated = r.flag(); h.animated {
			r.u32([4]int64{100, 1000, 1, 1}, [4]int{0, 0, 10, 30})
			r.u32([4]int64{1, 1001, 1, 1}, [4]int{0, 0, 8, 10})
			r.u32([4]int64{0, 0, 0, 0}, [4]int{0, 3, 16, 32})
			r.u(1)
		}
	}
	if h.float = r.flag(); h.float {
		h.bits = int(r.u32([4]int64{32, 16, 24, 1}, [4]int{0, 0, 0, 6}))
		r.u(4)
	} else {
		h.bits = int(r.u32([4]int64{8, 10, 12, 1}, [4]int{0, 0, 0, 6}))
	}
	r.u(1) // modular buffers of 16 bits suffice
	if r.u32([4]int64{0, 1, 2, 1}, [4]int{0, 0, 4, 12}) != 0 {
		return // extra channels stand before the colour encoding
	}
	r.u(1) // XYB
	h.encoding(r)
}

// encoding reads an enumerated colour encoding (18181-1, E.2).
func (h *jxlHeader) encoding(r *bitReader) {
	if r.flag() { // all default: sRGB
		return
	}
	icc := r.flag()
	space := r.enum()
	h.gray = space == 1
	h.colour.Primaries, h.colour.Transfer = pix.Unspecified, pix.Unspecified
	if icc || space > 1 {
		return
	}
	point := func() { r.u32([4]int64{0, 524288, 1048576, 2097152}, [4]int{19, 19, 20, 21}) }
	if white := r.enum(); white == 2 {
		point()
		point()
	}
	if !h.gray {
		p := r.enum() // 1 sRGB, 2 custom, 9 BT.2100, 11 P3: H.273's numbers, but for P3
		switch p {
		case 2:
			for range 6 {
				point()
			}
		case 11:
			h.colour.Primaries = 12 // with the D65 white point
		default:
			h.colour.Primaries = uint8(p)
		}
	}
	if gamma := r.flag(); !gamma {
		h.colour.Transfer = uint8(r.enum())
	}
}
