package media

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"

	"spatialmaker/processor/pix"
)

// PNG colour types.
const (
	pngGray = 0
	pngRGB  = 2
	pngRGBA = 6
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// encodePNG writes a PNG of 8 or 16 bits: grey, RGB, or RGBA when there is
// alpha. Rows are converted, filtered and packed one after the other, so that
// no second copy of the picture is made.
func encodePNG(w *bufio.Writer, p *pix.Picture, e Encoding) error {
	if err := sizeLimit(p, FormatPNG, 1<<31-1); err != nil {
		return err
	}
	depth, kind, comps := byte(8), byte(pngRGB), 3
	if p.Bits > 8 && p.Model != pix.YUV {
		depth = 16
	}
	switch {
	case p.Model == pix.Gray:
		kind, comps = pngGray, 1
	case p.Alpha:
		kind, comps = pngRGBA, 4
	}
	if _, err := w.WriteString(pngSignature); err != nil {
		return err
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(p.W))
	head = binary.BigEndian.AppendUint32(head, uint32(p.H))
	if err := writeChunk(w, "IHDR", append(head, depth, kind, 0, 0, 0)); err != nil {
		return err
	}
	if err := writePNGMeta(w, p, e.Meta); err != nil {
		return err
	}
	bpp := comps * int(depth) / 8
	rows := newRowSource(p, comps)
	if err := writePNGRows(w, p.H, p.W*bpp, bpp, rows.pngRow); err != nil {
		return err
	}
	return writeChunk(w, "IEND", nil)
}

// writePNGMeta writes the chunks of colour and metadata.
func writePNGMeta(w io.Writer, p *pix.Picture, m Metadata) error {
	if c := p.Colour; len(m.ICC) == 0 && c.Primaries > pix.Unspecified && c.Transfer > pix.Unspecified {
		if err := writeChunk(w, "cICP", []byte{c.Primaries, c.Transfer, 0, 1}); err != nil {
			return err
		}
	}
	if len(m.ICC) > 0 {
		body := bytes.NewBufferString("ICC profile\x00\x00")
		if err := deflate(body, m.ICC); err != nil {
			return err
		}
		if err := writeChunk(w, "iCCP", body.Bytes()); err != nil {
			return err
		}
	}
	if len(m.EXIF) > 0 {
		if err := writeChunk(w, "eXIf", m.EXIF); err != nil {
			return err
		}
	}
	if len(m.XMP) > 0 {
		return writeChunk(w, "iTXt", append([]byte(xmpKeyword+"\x00\x00\x00\x00\x00"), m.XMP...))
	}
	return nil
}

func deflate(w io.Writer, b []byte) error {
	z := zlib.NewWriter(w)
	if _, err := z.Write(b); err != nil {
		return err
	}
	return z.Close()
}

// writeChunk writes a PNG chunk: length, name, body, checksum.
func writeChunk(w io.Writer, name string, body []byte) error {
	head := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), name...)
	if _, err := w.Write(head); err != nil {
		return err
	}
	if _, err := w.Write(body); err != nil {
		return err
	}
	sum := crc32.Update(crc32.ChecksumIEEE(head[4:]), crc32.IEEETable, body)
	_, err := w.Write(binary.BigEndian.AppendUint32(nil, sum))
	return err
}

// chunkWriter writes what it is given as IDAT chunks.
type chunkWriter struct{ w io.Writer }

// Write writes b as one chunk.
func (c chunkWriter) Write(b []byte) (int, error) {
	if err := writeChunk(c.w, "IDAT", b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// writePNGRows filters and packs the rows that row fills, each of n bytes, bpp
// of them a pixel.
func writePNGRows(w io.Writer, rows, n, bpp int, row func(y int, dst []byte)) error {
	idat := bufio.NewWriterSize(chunkWriter{w}, writeBuffer)
	z, err := zlib.NewWriterLevel(idat, pngLevel)
	if err != nil {
		return err
	}
	f := newPNGFilter(n, bpp)
	for y := range rows {
		row(y, f.cur)
		if _, err := z.Write(f.next()); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return idat.Flush()
}

// pngLevel packs nearly as well as zlib's default on filtered rows of
// photographs, in half the time.
const pngLevel = 3

// pngFilter chooses for each row the filter with the smallest sum of absolute
// differences (the heuristic of the PNG specification, 12.8), among those that
// pay on photographs and depth maps: none, sub, up and Paeth.
type pngFilter struct {
	bpp       int
	cur, prev []byte
	out       [4][]byte // each with its filter's number in front
}

func newPNGFilter(n, bpp int) *pngFilter {
	f := &pngFilter{bpp: bpp, cur: make([]byte, n), prev: make([]byte, n)}
	for i, number := range []byte{0, 1, 2, 4} {
		f.out[i] = make([]byte, n+1)
		f.out[i][0] = number
	}
	return f
}

// next filters the row in f.cur and makes room for the next one.
func (f *pngFilter) next() []byte {
	n, bpp := len(f.cur), f.bpp
	cur, prev := f.cur, f.prev[:n]
	none, sub, up, paeth := f.out[0][1:][:n], f.out[1][1:][:n], f.out[2][1:][:n], f.out[3][1:][:n]
	copy(none, cur)
	var sum [4]int
	for i, v := range cur {
		var left, corner byte
		if i >= bpp {
			left, corner = cur[i-bpp], prev[i-bpp]
		}
		above := prev[i]
		s, u, p := v-left, v-above, v-paethOf(left, above, corner)
		sub[i], up[i], paeth[i] = s, u, p
		sum[0] += magnitude(v)
		sum[1] += magnitude(s)
		sum[2] += magnitude(u)
		sum[3] += magnitude(p)
	}
	best := 0
	for i, s := range sum {
		if s < sum[best] {
			best = i
		}
	}
	f.cur, f.prev = f.prev, f.cur
	return f.out[best]
}

// magnitude is the absolute value of a byte seen as a signed difference.
func magnitude(b byte) int {
	v := int(int8(b))
	m := v >> 63
	return (v ^ m) - m
}

// paethOf is the predictor of the PNG specification, 9.4.
func paethOf(a, b, c byte) byte {
	pa, pb := int(b)-int(c), int(a)-int(c)
	pc := abs(pa + pb)
	pa, pb = abs(pa), abs(pb)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(v int) int {
	m := v >> 63
	return (v ^ m) - m
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

// pngRow writes row y as big-endian samples of 8 or 16 bits.
func (r *rowSource) pngRow(y int, dst []byte) {
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
