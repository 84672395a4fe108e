package media

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"spatialmaker/processor/pix"
)

// ErrNoPair reports a file that should hold both eyes and does not.
var ErrNoPair = errors.New("the file holds no stereo pair")

// mpfPicture is one entry of a multi-picture index.
type mpfPicture struct {
	kind uint32 // CIPA DC-007 table 3: 0x020002 stereo (disparity), 0x010001 large thumbnail, ...
	at   int    // offset in the file
	size int
}

// Tags and kinds of CIPA DC-007 (multi-picture format).
const (
	tagMPVersion     = 0xb000
	tagMPCount       = 0xb001
	tagMPEntry       = 0xb002
	tagMPNumber      = 0xb101 // of this picture; of a stereo pair 1 is the left one
	tagMPBase        = 0xb204 // number of the picture that the others are told from
	tagMPConvergence = 0xb205
	tagMPBaseline    = 0xb206
	mpEntryLength    = 16
	mpKindDisparity  = 0x020002
	mpKindMask       = 0xffffff
	mpRepresentative = 1 << 29 // the picture to show where there is room for one
	mpVersion        = "0100"
	maxMPPictures    = 64
)

// mpfName begins an APP2 segment that holds a multi-picture index; its offsets
// count from what follows.
const mpfName = "MPF\x00"

// mpfPictures lists the pictures of a multi-picture JPEG that lie inside the
// file's claims; nil when the index is damaged.
func mpfPictures(j *jpegHeader) []mpfPicture {
	t, first, err := openTIFF(j.mpf)
	if err != nil {
		return nil
	}
	d, ok := t.directory(first)
	if !ok {
		return nil
	}
	f, ok := d.find(tagMPEntry)
	if !ok {
		return nil
	}
	var out []mpfPicture
	for i := 0; i+mpEntryLength <= f.size && len(out) < maxMPPictures; i += mpEntryLength {
		e := t.b[f.data+i:]
		p := mpfPicture{
			kind: t.order.Uint32(e) & mpKindMask, size: int(t.order.Uint32(e[4:])), at: int(t.order.Uint32(e[8:])),
		}
		if p.at != 0 { // the first picture is at the start of the file
			p.at += j.mpfAt
		}
		out = append(out, p)
	}
	return out
}

// mpfNumber is the number a picture gives itself among the others, 0 without
// one. In the first picture it stands behind the index.
func mpfNumber(j *jpegHeader) int {
	t, at, err := openTIFF(j.mpf)
	if err != nil {
		return 0
	}
	for range 2 {
		d, ok := t.directory(at)
		if !ok {
			return 0
		}
		if f, ok := d.find(tagMPNumber); ok && f.typ == typeLong && f.size >= 4 {
			return int(t.order.Uint32(t.b[f.data:]))
		}
		at = d.next
	}
	return 0
}

// DecodeEyes reads both eyes of a stereo pair that a multi-picture JPEG (MPO) or
// a spatial photo (HEIC) holds, upright. It is DecodePhoto otherwise.
func DecodeEyes(ctx context.Context, path string, lim Limits) (left, right *pix.Picture, err error) {
	data, err := readFile(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	left, right, err = decodeEyes(ctx, data, lim)
	if err != nil {
		return nil, nil, fmt.Errorf("decode %s: %w", path, err)
	}
	return left, right, nil
}

func decodeEyes(ctx context.Context, data []byte, lim Limits) (left, right *pix.Picture, err error) {
	switch format, err := sniff(data[:min(len(data), sniffLen)]); {
	case err != nil || format != FormatJPEG && format != FormatHEIC:
		return nil, nil, fmt.Errorf("%w: it is neither a multi-picture JPEG nor a spatial HEIC", ErrNoPair)
	case format == FormatHEIC:
		return heifEyes(ctx, data, lim)
	}
	return jpegEyes(ctx, data, lim)
}

func jpegEyes(ctx context.Context, data []byte, lim Limits) (left, right *pix.Picture, err error) {
	j, err := parseJPEG(data)
	if err != nil {
		return nil, nil, err
	}
	var eyes [2]*pix.Picture
	var numbers [2]int
	n := 0
	for _, p := range mpfPictures(j) {
		if p.kind != mpKindDisparity || n == len(eyes) {
			continue
		}
		if eyes[n], numbers[n], err = decodeEye(ctx, data, p, lim); err != nil {
			return nil, nil, err
		}
		n++
	}
	switch {
	case n < 2:
		return nil, nil, fmt.Errorf("%w: its index names %d eyes", ErrNoPair, n)
	case numbers[1] > 0 && numbers[0] > numbers[1]:
		return eyes[1], eyes[0], nil
	}
	return eyes[0], eyes[1], nil
}

// decodeEye decodes one picture of the multi-picture file data and returns it
// with its viewpoint number, 0 where it has none.
func decodeEye(ctx context.Context, data []byte, p mpfPicture, lim Limits) (*pix.Picture, int, error) {
	if p.at < 0 || p.size < 0 || p.at > len(data)-p.size {
		return nil, 0, fmt.Errorf("%w: the file ends before an eye does", ErrTruncated)
	}
	part := data[p.at : p.at+p.size]
	photo, err := decodePhoto(ctx, part, lim)
	if err != nil {
		return nil, 0, err
	}
	own, err := parseJPEG(part)
	if err != nil {
		return photo.Picture, 0, nil
	}
	return photo.Picture, mpfNumber(own), nil
}

// mpfSegment builds the APP2 segment of eye number 1 (left) or 2 (right) of a
// stereo pair. The left one's has the index, with places for what mpfIndex
// fills in.
func mpfSegment(number int) []byte {
	order := binary.BigEndian
	tiff := append([]byte("MM\x00*"), 0, 0, 0, tiffHeaderLength)
	version := entry{tagMPVersion, typeUndefined, len(mpVersion), []byte(mpVersion)}
	// Nobody knows how far apart the cameras of a rendered pair were: all ones
	// say so (DC-007 5.2.4).
	unknown := []byte("\xff\xff\xff\xff\xff\xff\xff\xff")
	about := []entry{
		longEntry(order, tagMPNumber, number), longEntry(order, tagMPBase, 1),
		{tagMPConvergence, typeSRational, 1, unknown},
		{tagMPBaseline, typeRational, 1, unknown},
	}
	if number == 1 {
		index := encodeDirectory(order, []entry{
			version, longEntry(order, tagMPCount, 2), {tagMPEntry, typeUndefined, 2 * mpEntryLength, make([]byte, 2*mpEntryLength)},
		}, len(tiff))
		order.PutUint32(index[mpNextAt:], uint32(len(tiff)+len(index)))
		tiff = append(tiff, index...)
	} else {
		about = append(about, version)
	}
	tiff = append(tiff, encodeDirectory(order, about, len(tiff))...)
	out := order.AppendUint16([]byte{0xff, 0xe2}, uint16(2+len(mpfName)+len(tiff)))
	return append(append(out, mpfName...), tiff...)
}

// Places in the left eye's segment: of its offsets' origin, and there of the
// index' link to the next directory and of its list of pictures.
const (
	mpfOrigin = 4 + len(mpfName)
	mpNextAt  = 2 + 3*12 // in the directory
	mpListAt  = mpfOrigin + tiffHeaderLength + mpNextAt + 4
)

// mpfIndex fills in the left eye's segment, which stands at an offset of its
// file: the sizes of both files, segments included.
func mpfIndex(segment []byte, at, left, right int) {
	put := func(b []byte, kind, size, offset int) {
		binary.BigEndian.PutUint32(b, uint32(kind))
		binary.BigEndian.PutUint32(b[4:], uint32(size))
		binary.BigEndian.PutUint32(b[8:], uint32(offset))
	}
	list := segment[mpListAt:]
	put(list, mpRepresentative|mpKindDisparity, left, 0)
	put(list[mpEntryLength:], mpKindDisparity, right, left-at-mpfOrigin)
}
