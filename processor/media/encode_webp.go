package media

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"

	"spatialmaker/processor/pix"
)

// maxWebP is the most pixels a WebP has on a side.
const maxWebP = 16383

// webpMethod trades time for size. From 3 on libwebp keeps what it is going to
// write in memory and takes twice the time, for a twentieth of the size.
const webpMethod = 2

// encodeWebP writes a lossy WebP, or one without loss when asked. The packed
// picture is kept in memory.
func encodeWebP(ctx context.Context, w *bufio.Writer, p *pix.Picture, e Encoding) error {
	if err := sizeLimit(p, FormatWebP, maxWebP); err != nil {
		return err
	}
	rules := webpRules{quality: e.Quality, method: webpMethod, lossless: e.Lossless}
	rules.planes = !e.Lossless && p.Model == pix.YUV && p.Planes[1].ShiftX == 1 && p.Planes[1].ShiftY == 1
	size, fill := 4*p.W*p.H, fillRGBA
	if rules.planes {
		size, fill = 2*p.W*p.H+2*p.Planes[1].W*p.Planes[1].H, fillPlanes
	}
	b, err := runWebP(ctx, p.W, p.H, size, rules, func(dst []byte) { fill(dst, p) })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w: %s", ErrEncode, err.Error()) // its kind is about files that are read
	}
	out, err := wrapWebP(b, p, e.Meta)
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}

// fillRGBA writes p as 8-bit RGBA.
func fillRGBA(dst []byte, p *pix.Picture) {
	for y := range p.H {
		rowRGBA8(dst[4*p.W*y:4*p.W*(y+1)], p, y)
	}
}

// fillPlanes writes the planes of p squeezed into VP8's studio range, which saves
// two conversions, and full alpha behind them.
func fillPlanes(dst []byte, p *pix.Picture) {
	luma, chroma := squeeze()
	for i := range p.N {
		s, table := &p.Planes[i], &chroma
		if i == 0 {
			table = &luma
		}
		for y := range s.H {
			for x := range s.W {
				dst[x] = table[sample8(s, y*s.Stride+x, p.Bits)]
			}
			dst = dst[s.W:]
		}
	}
	for i := range dst {
		dst[i] = 0xff
	}
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
