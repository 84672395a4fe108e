package media

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
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
// alpha that is not full everywhere.
func encodePNG(_ context.Context, w *bufio.Writer, p *pix.Picture, e Encoding) error {
	if err := sizeLimit(p, FormatPNG, 1<<31-1); err != nil {
		return err
	}
	q := pngPacker{w: p.W, h: p.H, bits: 8, colour: pngRGB, comps: 3}
	switch {
	case p.Model == pix.Gray:
		q.colour, q.comps = pngGray, 1
	case p.Alpha && !opaque(p):
		q.colour, q.comps = pngRGBA, 4
	}
	if p.Bits > 8 && p.Model != pix.YUV {
		q.bits = 16
	}
	q.rows = func() func(y int, dst []byte) { return newRowSource(p, q.comps).row16 }
	return q.write(context.Background(), w, e.Workers, func() error { return writePNGMeta(w, p, e.Meta) })
}

// opaque reports whether alpha is full everywhere.
func opaque(p *pix.Picture) bool {
	s := &p.Planes[0]
	if s.Comps != 4 {
		return true
	}
	full := uint16(1)<<p.Bits - 1
	for y := range p.H {
		for x := range p.W {
			at := y*s.Stride + 4*x + 3
			if p.Bits > 8 && s.Pix16[at] != full || p.Bits <= 8 && s.Pix8[at] != 0xff {
				return false
			}
		}
	}
	return true
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
