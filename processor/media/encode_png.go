package media

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
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

// pngHead is the length of what precedes all other chunks: the signature and
// the IHDR chunk.
const pngHead = 8 + 25

// encodePNG writes a PNG of 8 or 16 bits with the standard encoder: grey, RGB,
// or RGBA when there is alpha. The metadata's chunks are put behind the first.
func encodePNG(w *bufio.Writer, p *pix.Picture, e Encoding) error {
	if err := sizeLimit(p, FormatPNG, 1<<31-1); err != nil {
		return err
	}
	return writePNG(w, pngImage(p), func() error { return writePNGMeta(w, p, e.Meta) })
}

// writePNG writes img, with meta's chunks behind the first. The fast level
// costs photographs and depth maps a tenth in size and saves most of the time.
func writePNG(w io.Writer, img image.Image, meta func() error) error {
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	return enc.Encode(&afterHead{w: w, head: pngHead, then: meta}, img)
}

// afterHead passes everything on and calls then once the first head bytes are
// through.
type afterHead struct {
	w    io.Writer
	head int
	then func() error
}

// Write passes b on.
func (a *afterHead) Write(b []byte) (int, error) {
	if a.then == nil {
		return a.w.Write(b)
	}
	n := min(a.head, len(b))
	done, err := a.w.Write(b[:n])
	if err != nil {
		return done, err
	}
	if a.head -= n; a.head > 0 {
		return n, nil
	}
	if err := a.then(); err != nil {
		return n, err
	}
	a.then = nil
	m, err := a.w.Write(b[n:])
	return n + m, err
}

// pngImage gives p a form the standard encoder knows. 8-bit planes are used in
// place; 16-bit samples are copied, because package image keeps them in
// big-endian order.
func pngImage(p *pix.Picture) image.Image {
	r := image.Rect(0, 0, p.W, p.H)
	s := &p.Planes[0]
	switch {
	case p.Bits > 8 && p.Model == pix.Gray:
		out := image.NewGray16(r)
		bigEndian(out.Pix, out.Stride, p)
		return out
	case p.Bits > 8 && p.Model == pix.RGBA:
		out := image.NewNRGBA64(r)
		bigEndian(out.Pix, out.Stride, p)
		return out
	case p.Model == pix.Gray:
		return &image.Gray{Pix: s.Pix8, Stride: s.Stride, Rect: r}
	}
	q := &toRGBA8(p).Planes[0]
	return &image.NRGBA{Pix: q.Pix8, Stride: q.Stride, Rect: r}
}

// bigEndian writes 16-bit samples, brought to the full range of 16 bits.
func bigEndian(dst []byte, stride int, p *pix.Picture) {
	s := &p.Planes[0]
	top := uint32(1)<<p.Bits - 1
	for y := range p.H {
		row := dst[y*stride:]
		for i, v := range s.Pix16[y*s.Stride : y*s.Stride+p.W*s.Comps] {
			if top != 0xffff {
				v = uint16((uint32(v)*0xffff + top/2) / top)
			}
			binary.BigEndian.PutUint16(row[2*i:], v)
		}
	}
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
