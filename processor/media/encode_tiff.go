package media

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"

	"spatialmaker/processor/pix"
)

// Tags and values that only the TIFF writer uses (TIFF 6.0; deflate is Adobe's
// technical note 3).
const (
	tagCompression  = 0x0103
	tagStripOffsets = 0x0111
	tagSamples      = 0x0115
	tagRowsPerStrip = 0x0116
	tagStripCounts  = 0x0117
	tagPlanar       = 0x011c
	tagPredictor    = 0x013d
	tagExtraSamples = 0x0152
	tiffDeflate     = 8
	tiffHorizontal  = 2
	tiffRGB         = 2
	tiffBlackIsZero = 1
	tiffStraight    = 2 // alpha that the colours are not multiplied with
	tiffStripBytes  = 256 << 10
	maxTIFFBytes    = 1<<32 - 1

	// tiffDeflateLevel packs nearly as well as zlib's default on differences of
	// photographs, in half the time.
	tiffDeflateLevel = 3
)

// encodeTIFF writes a TIFF of 8 or 16 bits, packed without loss: grey, RGB, or
// RGBA when there is alpha. Strips are packed in parallel and kept until their
// places are known.
func encodeTIFF(_ context.Context, w *bufio.Writer, p *pix.Picture, e Encoding) error {
	t := newTIFFWriter(p, e.Meta)
	rows := max(1, tiffStripBytes/t.rowBytes)
	strips := make([][]byte, ceilDiv(p.H, rows))
	errs := make([]error, len(strips))
	packers, err := zlibPackers(tiffDeflateLevel)
	if err != nil {
		return err
	}
	err = pix.Bands(context.Background(), len(packers), len(strips), 1, func(worker, i, _ int) {
		strips[i], errs[i] = t.strip(packers[worker], i*rows, min((i+1)*rows, p.H))
	})
	if err != nil {
		return err
	}
	offsets, counts := make([]int, len(strips)), make([]int, len(strips))
	at := tiffHeaderLength
	for i, s := range strips {
		if errs[i] != nil {
			return errs[i]
		}
		offsets[i], counts[i] = at, len(s)
		at += len(s)
	}
	at += at & 1
	tail, first := t.directories(at, rows, offsets, counts)
	if uint64(at)+uint64(len(tail)) > maxTIFFBytes {
		return fmt.Errorf("%w: a TIFF of more than 4 GB", ErrEncode)
	}
	head := []byte("II*\x00\x00\x00\x00\x00")
	if t.order == binary.BigEndian {
		copy(head, "MM\x00*")
	}
	t.order.PutUint32(head[4:], uint32(first))
	return t.write(w, head, strips, at, tail)
}

// write puts the parts of the file together.
func (t *tiffWriter) write(w *bufio.Writer, head []byte, strips [][]byte, at int, tail []byte) error {
	if _, err := w.Write(head); err != nil {
		return err
	}
	n := len(head)
	for _, s := range strips {
		if _, err := w.Write(s); err != nil {
			return err
		}
		n += len(s)
	}
	if _, err := w.Write(make([]byte, at-n)); err != nil {
		return err
	}
	_, err := w.Write(tail)
	return err
}

// tiffWriter lays out one TIFF file, in the byte order of the EXIF block that
// goes into it, so that its values are copied as they are.
type tiffWriter struct {
	p        *pix.Picture
	meta     Metadata
	exif     exifParts
	order    binary.ByteOrder
	comps    int
	bits     int
	rowBytes int
}

func newTIFFWriter(p *pix.Picture, m Metadata) *tiffWriter {
	t := &tiffWriter{p: p, meta: m, order: binary.LittleEndian, comps: 3, bits: 8}
	switch {
	case p.Model == pix.Gray:
		t.comps = 1
	case p.Alpha:
		t.comps = 4
	}
	if p.Bits > 8 && p.Model != pix.YUV {
		t.bits = 16
	}
	t.rowBytes = p.W * t.comps * t.bits / 8
	if src, first, err := openTIFF(m.EXIF); err == nil {
		if d, ok := src.directory(first); ok {
			t.exif = src.parts(&d)
			t.order = t.exif.order
		}
	}
	return t
}

// strip packs rows y0 to y1 after replacing each sample by its difference from
// the one to its left.
func (t *tiffWriter) strip(p *zlibPacker, y0, y1 int) ([]byte, error) {
	p.begin()
	row := make([]byte, t.rowBytes)
	rows := newRowSource(t.p, t.comps)
	for y := y0; y < y1; y++ {
		rows.row16(y, row)
		t.predict(row)
		if _, err := p.z.Write(row); err != nil {
			return nil, err
		}
	}
	return p.end()
}

// predict takes differences along a row of big-endian samples and brings them
// into the file's byte order.
func (t *tiffWriter) predict(row []byte) {
	if t.bits == 8 {
		for i := len(row) - 1; i >= t.comps; i-- {
			row[i] -= row[i-t.comps]
		}
		return
	}
	for i := len(row) - 2; i >= 0; i -= 2 {
		v := binary.BigEndian.Uint16(row[i:])
		if i >= 2*t.comps {
			v -= binary.BigEndian.Uint16(row[i-2*t.comps:])
		}
		t.order.PutUint16(row[i:], v)
	}
}

// directories returns the directories for a place in the file and where the
// first of them begins.
func (t *tiffWriter) directories(at, rows int, offsets, counts []int) (out []byte, first int) {
	photometric := tiffRGB
	if t.comps == 1 {
		photometric = tiffBlackIsZero
	}
	bits := make([]int, t.comps)
	for i := range bits {
		bits[i] = t.bits
	}
	o := t.order
	main := append(t.exif.main,
		longEntry(o, tagImageWidth, t.p.W), longEntry(o, tagImageLength, t.p.H),
		shortEntry(o, tagBits, bits...), shortEntry(o, tagCompression, tiffDeflate),
		shortEntry(o, tagPhotometric, photometric), shortEntry(o, tagOrientation, 1),
		longsEntry(o, tagStripOffsets, offsets), shortEntry(o, tagSamples, t.comps),
		longEntry(o, tagRowsPerStrip, rows), longsEntry(o, tagStripCounts, counts),
		shortEntry(o, tagPlanar, 1), shortEntry(o, tagPredictor, tiffHorizontal))
	if t.comps == 4 {
		main = append(main, shortEntry(o, tagExtraSamples, tiffStraight))
	}
	if len(t.meta.ICC) > 0 {
		main = append(main, entry{tagICC, typeUndefined, len(t.meta.ICC), t.meta.ICC})
	}
	if len(t.meta.XMP) > 0 {
		main = append(main, entry{tagXMP, typeByte, len(t.meta.XMP), t.meta.XMP})
	}
	for _, sub := range []struct {
		tag     uint16
		entries []entry
	}{{tagExifIFD, t.exif.sub}, {tagGPSIFD, t.exif.gps}} {
		if len(sub.entries) > 0 {
			main = append(main, longEntry(o, sub.tag, at+len(out)))
			out = append(out, encodeDirectory(o, sub.entries, at+len(out))...)
		}
	}
	first = at + len(out)
	return append(out, encodeDirectory(o, main, first)...), first
}

func longsEntry(order binary.ByteOrder, tag uint16, v []int) entry {
	b := make([]byte, 4*len(v))
	for i, n := range v {
		order.PutUint32(b[4*i:], uint32(n))
	}
	return entry{tag, typeLong, len(v), b}
}

// rowSource hands out the rows of a picture as interleaved samples.
type rowSource struct {
	p     *pix.Picture
	comps int    // wanted: 1, 3 or 4
	rgba  []byte // scratch of one row
}

func newRowSource(p *pix.Picture, comps int) *rowSource {
	return &rowSource{p: p, comps: comps, rgba: make([]byte, 4*p.W)}
}

// row16 writes row y as big-endian samples of 8 or 16 bits.
func (r *rowSource) row16(y int, dst []byte) {
	p := r.p
	s := &p.Planes[0]
	switch {
	case p.Bits > 8 && p.Model != pix.YUV:
		row := s.Pix16[y*s.Stride : y*s.Stride+p.W*s.Comps]
		top := uint32(1)<<p.Bits - 1
		at := 0
		for i, v := range row {
			if s.Comps == 4 && r.comps == 3 && i&3 == 3 {
				continue
			}
			if top != 0xffff {
				v = uint16((uint32(v)*0xffff + top/2) / top)
			}
			dst[at], dst[at+1] = byte(v>>8), byte(v)
			at += 2
		}
	case p.Model == pix.Gray || p.Bits == 8 && r.comps == 4:
		copy(dst, s.Pix8[y*s.Stride:y*s.Stride+p.W*s.Comps])
	default:
		rowRGBA8(r.rgba, p, y)
		for i, at := 0, 0; i < len(r.rgba); i, at = i+4, at+3 {
			dst[at], dst[at+1], dst[at+2] = r.rgba[i], r.rgba[i+1], r.rgba[i+2]
		}
	}
}
