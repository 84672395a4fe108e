package media

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"image"

	"github.com/gen2brain/webp"

	"spatialmaker/processor/pix"
)

// maxWebP is the most pixels a WebP has on a side.
const maxWebP = 16383

// webpMethod trades time for size. From 3 on libwebp keeps what it is going to
// write in memory and takes twice the time, for a twentieth of the size.
const webpMethod = 2

// encodeWebP writes a lossy WebP, or one without loss when asked. The packed
// picture is kept in memory.
func encodeWebP(w *bufio.Writer, p *pix.Picture, e Encoding) error {
	if err := sizeLimit(p, FormatWebP, maxWebP); err != nil {
		return err
	}
	img := webpImage(p, e.Lossless)
	var b bytes.Buffer
	sandboxTurn <- struct{}{}
	err := webp.Encode(&b, img, webp.Options{Quality: e.Quality, Lossless: e.Lossless, Method: webpMethod, Exact: e.Lossless})
	<-sandboxTurn
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEncode, err)
	}
	out, err := wrapWebP(b.Bytes(), p, e.Meta)
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}

// webpImage gives p the form libwebp takes: 4:2:0 planes squeezed into VP8's
// studio range, which saves two conversions, or straight RGBA.
func webpImage(p *pix.Picture, lossless bool) image.Image {
	r := image.Rect(0, 0, p.W, p.H)
	if lossless || p.Model != pix.YUV || p.Planes[1].ShiftX != 1 || p.Planes[1].ShiftY != 1 {
		q := tightRGBA(p)
		return &image.NRGBA{Pix: q.Planes[0].Pix8, Stride: q.Planes[0].Stride, Rect: r}
	}
	// The library wants the four planes one after the other in one buffer.
	luma, chroma := squeeze()
	n, cw, ch := p.W*p.H, p.Planes[1].W, p.Planes[1].H
	all := make([]byte, 2*n+2*cw*ch)
	m := &image.NYCbCrA{YCbCr: image.YCbCr{
		Y: all[:n], Cb: all[n : n+cw*ch], Cr: all[n+cw*ch : n+2*cw*ch],
		SubsampleRatio: image.YCbCrSubsampleRatio420, YStride: p.W, CStride: cw, Rect: r,
	}, A: all[n+2*cw*ch:], AStride: p.W}
	for i, dst := range [][]byte{m.Y, m.Cb, m.Cr} {
		s, table := &p.Planes[i], &chroma
		if i == 0 {
			table = &luma
		}
		for y := range s.H {
			d := dst[y*s.W : (y+1)*s.W]
			for x := range d {
				d[x] = table[sample8(s, y*s.Stride+x, p.Bits)]
			}
		}
	}
	for i := range m.A {
		m.A[i] = 0xff
	}
	return m
}

// tightRGBA returns p as 8-bit RGBA without gaps between its rows.
func tightRGBA(p *pix.Picture) *pix.Picture {
	q := toRGBA8(p)
	if q.Planes[0].Stride != 4*q.W {
		q = tight(q)
	}
	return q
}

// squeeze returns the tables that map full range to studio range, the inverse
// of stretch.
func squeeze() (luma, chroma [256]uint8) {
	for v := range 256 {
		luma[v] = uint8(16 + (v*219*2+255)/(2*255))
		c := (v - 128) * 224 * 2
		if c >= 0 {
			c += 255
		} else {
			c -= 255
		}
		chroma[v] = clamp8(128 + c/(2*255))
	}
	return luma, chroma
}

// wrapWebP adds the metadata's chunks to a simple WebP file.
func wrapWebP(b []byte, p *pix.Picture, m Metadata) ([]byte, error) {
	if len(m.EXIF)+len(m.ICC)+len(m.XMP) == 0 {
		return b, nil
	}
	if len(b) < 12 {
		return nil, fmt.Errorf("%w: libwebp wrote %d bytes", ErrEncode, len(b))
	}
	flags := byte(0)
	for _, f := range []struct {
		on  bool
		bit byte
	}{{p.Alpha, vp8xAlpha}, {len(m.ICC) > 0, vp8xICC}, {len(m.EXIF) > 0, vp8xEXIF}, {len(m.XMP) > 0, vp8xXMP}} {
		if f.on {
			flags |= f.bit
		}
	}
	out := append([]byte("RIFF\x00\x00\x00\x00WEBP"), appendChunk(nil, "VP8X", vp8x(flags, p.W, p.H))...)
	if len(m.ICC) > 0 {
		out = appendChunk(out, "ICCP", m.ICC)
	}
	err := webpChunks(b[12:], func(name string, body []byte) {
		if name == "ALPH" || name == "VP8 " || name == "VP8L" {
			out = appendChunk(out, name, body)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(m.EXIF) > 0 {
		out = appendChunk(out, "EXIF", m.EXIF)
	}
	if len(m.XMP) > 0 {
		out = appendChunk(out, "XMP ", m.XMP)
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}
