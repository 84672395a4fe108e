package media

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// entry is a directory field with its values, in the byte order of its file.
type entry struct {
	tag, typ uint16
	count    int
	data     []byte
}

// maxEntry bounds one value that is copied between TIFF structures.
const maxEntry = 1 << 16

// describing are the fields of a TIFF file's first directory that tell about
// the picture rather than about its storage.
var describing = []uint16{
	0x010e, tagMake, tagModel, 0x011a, 0x011b, 0x0128, tagSoftware, tagDateTime, 0x013b, 0x013c, 0x8298,
}

// entries copies those fields of d that keep returns true for.
func (t *tiffFile) entries(d *directory, keep func(tag uint16) bool) []entry {
	var out []entry
	for _, f := range d.fields {
		if f.size > 0 && f.size <= maxEntry && keep(f.tag) {
			out = append(out, entry{f.tag, f.typ, f.count, t.b[f.data : f.data+f.size]})
		}
	}
	return out
}

// exifParts are the directories of an EXIF block. Maker notes are left out:
// they hold offsets into the file they came from.
type exifParts struct {
	order          binary.ByteOrder
	main, sub, gps []entry
}

func (t *tiffFile) parts(d *directory) exifParts {
	p := exifParts{order: t.order}
	p.main = t.entries(d, func(tag uint16) bool { return slices.Contains(describing, tag) })
	if sub, ok := t.sub(d, tagExifIFD); ok {
		p.sub = t.entries(&sub, func(tag uint16) bool { return tag != tagMakerNote && tag != tagInteropIFD })
	}
	if gps, ok := t.sub(d, tagGPSIFD); ok {
		p.gps = t.entries(&gps, func(uint16) bool { return true })
	}
	return p
}

// collectEXIF makes an EXIF block from the directories of a TIFF file, nil
// when there is nothing to tell.
func (t *tiffFile) collectEXIF(d *directory) []byte {
	p := t.parts(d)
	if len(p.main)+len(p.sub)+len(p.gps) == 0 {
		return nil
	}
	out := make([]byte, tiffHeaderLength)
	copy(out, t.b[:4])
	main := p.main
	if len(p.sub) > 0 {
		main = append(main, longEntry(p.order, tagExifIFD, len(out)))
		out = append(out, encodeDirectory(p.order, p.sub, len(out))...)
	}
	if len(p.gps) > 0 {
		main = append(main, longEntry(p.order, tagGPSIFD, len(out)))
		out = append(out, encodeDirectory(p.order, p.gps, len(out))...)
	}
	p.order.PutUint32(out[4:], uint32(len(out)))
	return append(out, encodeDirectory(p.order, main, len(out))...)
}

func longEntry(order binary.ByteOrder, tag uint16, v int) entry {
	b := make([]byte, 4)
	order.PutUint32(b, uint32(v))
	return entry{tag, typeLong, 1, b}
}

func shortEntry(order binary.ByteOrder, tag uint16, v ...int) entry {
	b := make([]byte, 2*len(v))
	for i, n := range v {
		order.PutUint16(b[2*i:], uint16(n))
	}
	return entry{tag, typeShort, len(v), b}
}

// encodeDirectory lays a directory out for an even offset of a TIFF structure:
// the entries in the order of their tags, no next directory, then the values of
// more than four bytes. The result has an even length.
func encodeDirectory(order binary.ByteOrder, entries []entry, at int) []byte {
	entries = slices.SortedStableFunc(slices.Values(entries), func(a, b entry) int { return cmp.Compare(a.tag, b.tag) })
	head := 2 + 12*len(entries) + 4
	out := make([]byte, head)
	order.PutUint16(out, uint16(len(entries)))
	for i, e := range entries {
		o := out[2+12*i:]
		order.PutUint16(o, e.tag)
		order.PutUint16(o[2:], e.typ)
		order.PutUint32(o[4:], uint32(e.count))
		if len(e.data) <= 4 {
			copy(o[8:12], e.data)
			continue
		}
		order.PutUint32(o[8:], uint32(at+len(out)))
		out = append(out, e.data...)
		if len(e.data)%2 == 1 {
			out = append(out, 0)
		}
	}
	return out
}
