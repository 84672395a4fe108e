package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Tags of EXIF 2.32 and TIFF 6.0 that are read or changed.
const (
	tagSubfileType   = 0x00fe
	tagImageWidth    = 0x0100
	tagImageLength   = 0x0101
	tagMake          = 0x010f
	tagModel         = 0x0110
	tagOrientation   = 0x0112
	tagSoftware      = 0x0131
	tagDateTime      = 0x0132
	tagSubIFDs       = 0x014a
	tagThumbOffset   = 0x0201
	tagThumbLength   = 0x0202
	tagXMP           = 0x02bc
	tagICC           = 0x8773
	tagExifIFD       = 0x8769
	tagGPSIFD        = 0x8825
	tagTimeOriginal  = 0x9003
	tagOffsetTime    = 0x9011
	tagSubSec        = 0x9291
	tagMakerNote     = 0x927c
	tagPixelX        = 0xa002
	tagPixelY        = 0xa003
	tagInteropIFD    = 0xa005
	tagFocal35       = 0xa405
	tagFocalLength   = 0x920a
	tagLensModel     = 0xa434
	maxIFDEntries    = 4096
	maxDirectories   = 8
	tiffHeaderLength = 8
)

// tiffTypeSize is the size in bytes of one value of a TIFF field type, by its
// number (TIFF 6.0, section 2).
var tiffTypeSize = [...]int{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4}

// Field types by name.
const (
	typeByte      = 1
	typeASCII     = 2
	typeShort     = 3
	typeLong      = 4
	typeRational  = 5
	typeUndefined = 7
	typeSRational = 10
)

// field is one entry of a TIFF directory.
type field struct {
	tag, typ uint16
	count    int
	at       int // of the entry in the structure
	data     int // where the values begin in the structure
	size     int // of all values in bytes; 0 when they lie outside
}

// directory is one TIFF image file directory.
type directory struct {
	at     int
	fields []field
	next   int // offset of the next directory, 0 for none
	nextAt int // where that offset stands
}

// tiffFile reads a TIFF structure: an EXIF block or a whole TIFF file.
type tiffFile struct {
	b     []byte
	order binary.ByteOrder
}

// openTIFF checks the header and returns the offset of the first directory.
func openTIFF(b []byte) (*tiffFile, int, error) {
	if len(b) < tiffHeaderLength {
		return nil, 0, fmt.Errorf("%w: no TIFF header", ErrCorrupt)
	}
	t := &tiffFile{b: b}
	switch string(b[:4]) {
	case "II*\x00":
		t.order = binary.LittleEndian
	case "MM\x00*":
		t.order = binary.BigEndian
	default:
		return nil, 0, fmt.Errorf("%w: no TIFF header", ErrCorrupt)
	}
	return t, int(t.order.Uint32(b[4:])), nil
}

// directory reads the directory at an offset; entries that do not fit are left out.
func (t *tiffFile) directory(at int) (directory, bool) {
	if at < tiffHeaderLength || at > len(t.b)-2 {
		return directory{}, false
	}
	d := directory{at: at}
	n := min(int(t.order.Uint16(t.b[at:])), maxIFDEntries)
	at += 2
	for range n {
		if at > len(t.b)-12 {
			return d, len(d.fields) > 0
		}
		f := field{tag: t.order.Uint16(t.b[at:]), typ: t.order.Uint16(t.b[at+2:]), at: at}
		count := int64(t.order.Uint32(t.b[at+4:]))
		if int(f.typ) < len(tiffTypeSize) && f.typ > 0 {
			size := count * int64(tiffTypeSize[f.typ])
			f.data = at + 8
			if size > 4 {
				f.data = int(t.order.Uint32(t.b[at+8:]))
			}
			if int64(f.data)+size <= int64(len(t.b)) {
				f.count, f.size = int(count), int(size)
			}
		}
		d.fields = append(d.fields, f)
		at += 12
	}
	if at <= len(t.b)-4 {
		d.nextAt, d.next = at, int(t.order.Uint32(t.b[at:]))
	}
	return d, true
}

// find returns the field with a tag whose values lie inside the structure.
func (d *directory) find(tag uint16) (field, bool) {
	for _, f := range d.fields {
		if f.tag == tag && f.size > 0 {
			return f, true
		}
	}
	return field{}, false
}

// uint returns the i-th value of a field of bytes, shorts or longs.
func (t *tiffFile) uint(f field, i int) (uint32, bool) {
	if i < 0 || i >= f.count {
		return 0, false
	}
	switch f.typ {
	case typeByte, typeUndefined:
		return uint32(t.b[f.data+i]), true
	case typeShort:
		return uint32(t.order.Uint16(t.b[f.data+2*i:])), true
	case typeLong, 13:
		return t.order.Uint32(t.b[f.data+4*i:]), true
	}
	return 0, false
}

// setUint overwrites the first value of a field of shorts or longs.
func (t *tiffFile) setUint(f field, v uint32) {
	switch {
	case f.typ == typeShort && f.count > 0:
		t.order.PutUint16(t.b[f.data:], uint16(v))
	case f.typ == typeLong && f.count > 0:
		t.order.PutUint32(t.b[f.data:], v)
	}
}

// value returns the first number of the field with a tag, 0 when there is none.
func (t *tiffFile) value(d *directory, tag uint16) int {
	if f, ok := d.find(tag); ok {
		if v, ok := t.uint(f, 0); ok {
			return int(v)
		}
	}
	return 0
}

// text returns the ASCII value of a tag, cut at its first zero and trimmed.
func (t *tiffFile) text(d *directory, tag uint16) string {
	f, ok := d.find(tag)
	if !ok || f.typ != typeASCII && f.typ != typeUndefined {
		return ""
	}
	s, _, _ := bytes.Cut(t.b[f.data:f.data+f.size], []byte{0})
	return string(bytes.ToValidUTF8(bytes.TrimSpace(s), []byte("?")))
}

// rational returns the i-th value of a field of rationals.
func (t *tiffFile) rational(f field, i int) (float64, bool) {
	if f.typ != typeRational && f.typ != typeSRational || i < 0 || i >= f.count {
		return 0, false
	}
	num, den := t.order.Uint32(t.b[f.data+8*i:]), t.order.Uint32(t.b[f.data+8*i+4:])
	if den == 0 {
		return 0, false
	}
	if f.typ == typeSRational {
		return float64(int32(num)) / float64(int32(den)), true
	}
	return float64(num) / float64(den), true
}

// sub reads the directory that a tag of d points to.
func (t *tiffFile) sub(d *directory, tag uint16) (directory, bool) {
	at := t.value(d, tag)
	if at == 0 {
		return directory{}, false
	}
	return t.directory(at)
}

// exifOrientation returns the orientation of an EXIF block, 1 to 8; 1 when it
// has none or the block is damaged.
func exifOrientation(exif []byte) int {
	t, first, err := openTIFF(exif)
	if err != nil {
		return 1
	}
	d, ok := t.directory(first)
	if !ok {
		return 1
	}
	if o := t.value(&d, tagOrientation); o >= 1 && o <= 8 {
		return o
	}
	return 1
}

// outputEXIF returns the block that may stand in an upright output of w x h
// pixels made from a source with block exif: orientation 1, the pixel sizes
// corrected where present, the thumbnail (which would show the source) gone.
// Everything else keeps its place, because maker notes hold offsets of their
// own. It returns nil for a damaged block.
func outputEXIF(exif []byte, w, h int) []byte {
	if _, _, err := openTIFF(exif); err != nil {
		return nil
	}
	b := bytes.Clone(exif)
	t, first, _ := openTIFF(b)
	d, ok := t.directory(first)
	if !ok {
		return nil
	}
	set := func(d *directory, tag uint16, v int) {
		if f, ok := d.find(tag); ok {
			t.setUint(f, uint32(v))
		}
	}
	set(&d, tagOrientation, 1)
	set(&d, tagImageWidth, w)
	set(&d, tagImageLength, h)
	if sub, ok := t.sub(&d, tagExifIFD); ok {
		set(&sub, tagPixelX, w)
		set(&sub, tagPixelY, h)
	}
	return t.dropThumbnail(&d)
}

// dropThumbnail unlinks the second directory of an EXIF block and blanks the
// picture it names; one that ends the block is cut off.
func (t *tiffFile) dropThumbnail(d *directory) []byte {
	if d.nextAt == 0 || d.next == 0 {
		return t.b
	}
	thumb, ok := t.directory(d.next)
	t.order.PutUint32(t.b[d.nextAt:], 0)
	if !ok {
		return t.b
	}
	at, n := t.value(&thumb, tagThumbOffset), t.value(&thumb, tagThumbLength)
	if at < tiffHeaderLength || n < 2 || at > len(t.b)-n || !bytes.HasPrefix(t.b[at:], []byte{0xff, 0xd8}) {
		return t.b
	}
	clear(t.b[at : at+n])
	if len(bytes.TrimRight(t.b[at:], "\x00")) == 0 && at > d.nextAt+4 && at > thumb.at {
		return t.b[:at]
	}
	return t.b
}
