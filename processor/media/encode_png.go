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
// alpha. Rows are converted, filtered and packed in pieces, so that no second
// copy of the picture is made.
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
	newRow := func() func(int, []byte) { return newRowSource(p, comps).pngRow }
	if err := writePNGRows(w, p.H, p.W*bpp, bpp, newRow); err != nil {
		return err
	}
	return writeChunk(w, "IEND")
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

// writeChunk writes a PNG chunk: length, name, the parts of its body, checksum.
func writeChunk(w io.Writer, name string, body ...[]byte) error {
	n := 0
	for _, part := range body {
		n += len(part)
	}
	head := append(binary.BigEndian.AppendUint32(nil, uint32(n)), name...)
	if _, err := w.Write(head); err != nil {
		return err
	}
	sum := crc32.ChecksumIEEE(head[4:])
	for _, part := range body {
		if _, err := w.Write(part); err != nil {
			return err
		}
		sum = crc32.Update(sum, crc32.IEEETable, part)
	}
	_, err := w.Write(binary.BigEndian.AppendUint32(nil, sum))
	return err
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
