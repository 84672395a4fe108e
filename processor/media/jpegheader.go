package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Markers of ITU-T T.81, table B.1.
const (
	markSOF0 = 0xc0 // baseline
	markSOF1 = 0xc1 // extended sequential
	markSOF2 = 0xc2 // progressive
	markDHT  = 0xc4
	markSOF9 = 0xc9 // sequential, arithmetic
	markSOFA = 0xca // progressive, arithmetic
	markDAC  = 0xcc
	markRST0 = 0xd0
	markRST7 = 0xd7
	markSOI  = 0xd8
	markEOI  = 0xd9
	markSOS  = 0xda
	markDQT  = 0xdb
	markDRI  = 0xdd
	markAPP0 = 0xe0
)

// maxScans is more than any encoder writes (a progressive picture of four
// components refined bit by bit has under 200); each scan of a hostile file
// costs a walk over all blocks.
const maxScans = 500

// jpegComponent is one entry of a frame header.
type jpegComponent struct {
	id, h, v, tq byte
}

// jpegHeader is what stands in front of a JPEG's first scan.
type jpegHeader struct {
	sof       byte // marker of the frame header
	precision int
	w, h      int
	comps     []jpegComponent
	jfif      bool
	adobe     int // colour transform of the Adobe segment, -1 without one
	meta      Metadata
	mpf       []byte // multi-picture index (CIPA DC-007)
	mpfAt     int    // where its offsets count from
	jps       []byte // stereo descriptor of a JPS file
	xmpMore   []byte // extended XMP, joined; nil unless complete
	sosAt     int    // of the first scan's marker
}

// progressive reports whether blocks are sent in several scans.
func (j *jpegHeader) progressive() bool { return j.sof == markSOF2 || j.sof == markSOFA }

// arithmetic reports whether the entropy coding is arithmetic.
func (j *jpegHeader) arithmetic() bool { return j.sof == markSOF9 || j.sof == markSOFA }

// parseJPEG reads the segments of a JPEG up to its first scan.
func parseJPEG(b []byte) (*jpegHeader, error) {
	j := &jpegHeader{adobe: -1}
	icc := map[byte][]byte{}
	iccCount := byte(0)
	var more extendedXMP
	at := 2
	for {
		marker, body, next, err := nextSegment(b, at)
		if err != nil {
			return nil, err
		}
		switch {
		case marker == markEOI:
			return nil, fmt.Errorf("%w: a JPEG without a picture", ErrCorrupt)
		case marker == markSOS:
			if j.sof == 0 {
				return nil, fmt.Errorf("%w: a scan before the frame header", ErrCorrupt)
			}
			j.sosAt = next - len(body) - 4
			j.meta.ICC = joinICC(icc, iccCount)
			j.xmpMore = more.joined()
			return j, nil
		case isSOF(marker):
			if err := j.frame(marker, body); err != nil {
				return nil, err
			}
		case marker == 0xe2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")) && len(body) >= 14:
			icc[body[12]], iccCount = body[14:], body[13]
		case marker == 0xe1 && bytes.HasPrefix(body, []byte(xmpMoreName)):
			more.add(body[len(xmpMoreName):])
		case marker >= markAPP0 && marker <= 0xef:
			j.app(marker, body, next-len(body))
		}
		at = next
	}
}

// nextSegment reads the marker segment at or after an offset. body is without
// marker and length; next is where the following one begins.
func nextSegment(b []byte, at int) (marker byte, body []byte, next int, err error) {
	for {
		i := bytes.IndexByte(b[min(at, len(b)):], 0xff)
		if i < 0 || at+i+1 >= len(b) {
			return 0, nil, 0, fmt.Errorf("%w: the JPEG's header is incomplete", ErrTruncated)
		}
		at += i + 1
		marker = b[at]
		if marker == 0xff {
			continue // a fill byte; the marker follows
		}
		at++
		if marker == 0 || marker == 1 || marker >= markRST0 && marker <= markSOI {
			continue
		}
		break
	}
	if marker == markEOI {
		return marker, nil, at, nil
	}
	if at+2 > len(b) {
		return 0, nil, 0, fmt.Errorf("%w: the JPEG's header is incomplete", ErrTruncated)
	}
	n := int(binary.BigEndian.Uint16(b[at:]))
	if n < 2 {
		return 0, nil, 0, fmt.Errorf("%w: a JPEG segment of %d bytes", ErrCorrupt, n)
	}
	if at+n > len(b) {
		return 0, nil, 0, fmt.Errorf("%w: the JPEG's header is incomplete", ErrTruncated)
	}
	return marker, b[at+2 : at+n], at + n, nil
}

// isSOF reports whether a marker begins a frame header.
func isSOF(m byte) bool {
	return m >= 0xc0 && m <= 0xcf && m != markDHT && m != 0xc8 && m != markDAC
}

// frame reads a frame header.
func (j *jpegHeader) frame(marker byte, body []byte) error {
	if j.sof != 0 {
		return fmt.Errorf("%w: two frame headers in one JPEG", ErrCorrupt)
	}
	if len(body) < 6 || len(body) != 6+3*int(body[5]) {
		return fmt.Errorf("%w: a frame header of %d bytes", ErrCorrupt, len(body))
	}
	j.sof, j.precision = marker, int(body[0])
	j.h, j.w = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	if j.w == 0 || j.h == 0 {
		return fmt.Errorf("%w: the header says %dx%d pixels", ErrCorrupt, j.w, j.h)
	}
	for c := body[6:]; len(c) >= 3; c = c[3:] {
		j.comps = append(j.comps, jpegComponent{id: c[0], h: c[1] >> 4, v: c[1] & 15, tq: c[2]})
	}
	return nil
}

// app reads an application segment whose body begins at an offset of the file.
func (j *jpegHeader) app(marker byte, body []byte, at int) {
	is := func(m byte, name string) bool { return marker == m && bytes.HasPrefix(body, []byte(name)) }
	switch {
	case is(0xe0, "JFIF\x00"):
		j.jfif = true
	case is(0xe1, "Exif\x00") && len(body) > 6 && j.meta.EXIF == nil:
		j.meta.EXIF = body[6:]
	case is(0xe1, xmpName) && j.meta.XMP == nil:
		j.meta.XMP = body[len(xmpName):]
	case is(0xe2, mpfName) && j.mpf == nil:
		j.mpf, j.mpfAt = body[len(mpfName):], at+len(mpfName)
	case is(0xe3, "_JPSJPS_"):
		j.jps = body[8:]
	case is(0xee, "Adobe") && len(body) >= 12:
		j.adobe = int(body[11])
	}
}

// xmpName begins an APP1 segment that holds XMP.
const xmpName = "http://ns.adobe.com/xap/1.0/\x00"

// joinICC puts the numbered parts of a profile together; nil unless complete.
func joinICC(parts map[byte][]byte, count byte) []byte {
	var out []byte
	for i := byte(1); i <= count && i != 0; i++ {
		part, ok := parts[i]
		if !ok {
			return nil
		}
		if len(parts) == 1 {
			return part
		}
		out = append(out, part...)
	}
	return out
}
