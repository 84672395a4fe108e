package media

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"

	"golang.org/x/image/webp"

	"spatialmaker/processor/pix"
)

// decodeWebP decodes a still or the first frame of an animation. A lossy
// picture without alpha keeps its 4:2:0 planes, stretched from VP8's studio
// range to the full one (the picture's own size at the peak); others become RGBA
// (2.7 times it with lossy colours, once it without).
func decodeWebP(ctx context.Context, data []byte, lim Limits) (*still, error) {
	h, err := parseWebP(data)
	if err != nil {
		return nil, err
	}
	if err := lim.check(int64(h.w), int64(h.h)); err != nil {
		return nil, err
	}
	s := &still{orientation: exifOrientation(h.meta.EXIF), meta: h.meta, lossless: h.lossless}
	stream := data
	if h.animated {
		if stream, err = h.firstFrame(); err != nil {
			return nil, err
		}
		s.notes = []string{fmt.Sprintf("an animation of %d frames; the first one is used", h.frames)}
	}
	// The canvas and the bitstream each claim a size; both count.
	if err := lim.check(int64(h.innerW), int64(h.innerH)); err != nil {
		return nil, err
	}
	img, err := webp.Decode(newCtxBytes(ctx, stream))
	if err != nil {
		return nil, err
	}
	if s.pic, err = fromWebP(img); err != nil {
		return nil, err
	}
	if h.animated {
		s.pic, err = onCanvas(s.pic, image.Pt(h.frameX, h.frameY), h.w, h.h)
	}
	return s, err
}

// firstFrame wraps the chunks of an animation's first frame as a still.
func (h *webpHeader) firstFrame() ([]byte, error) {
	var image, alpha []byte
	lossy := false
	err := webpChunks(h.frame, func(name string, body []byte) {
		switch {
		case name == "ALPH" && alpha == nil:
			alpha = body
		case (name == "VP8 " || name == "VP8L") && image == nil:
			image, lossy = body, name == "VP8 "
			inner := &webpHeader{}
			inner.still(name, body, false)
			h.innerW, h.innerH = inner.w, inner.h
		}
	})
	if err != nil {
		return nil, err
	}
	if image == nil || h.innerW != h.frameW || h.innerH != h.frameH {
		return nil, fmt.Errorf("%w: an animation without a first frame of its size", ErrCorrupt)
	}
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	name := "VP8L"
	if lossy {
		name = "VP8 "
		if alpha != nil {
			out = appendChunk(out, "VP8X", vp8x(vp8xAlpha, h.frameW, h.frameH))
			out = appendChunk(out, "ALPH", alpha)
		}
	}
	out = appendChunk(out, name, image)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

// appendChunk appends a RIFF chunk with its padding.
func appendChunk(b []byte, name string, body []byte) []byte {
	b = append(b, name...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// vp8x is the body of the chunk that announces an extended file.
func vp8x(flags byte, w, h int) []byte {
	b := make([]byte, 0, 12)
	b = binary.LittleEndian.AppendUint32(b, uint32(flags))
	b = append(b, byte(w-1), byte((w-1)>>8), byte((w-1)>>16))
	return append(b, byte(h-1), byte((h-1)>>8), byte((h-1)>>16))
}

// fromWebP takes over what x/image/webp returned. Its planes are VP8's: BT.601
// in studio range, whatever their Go type says.
func fromWebP(img image.Image) (*pix.Picture, error) {
	switch m := img.(type) {
	case *image.YCbCr:
		p, err := fromYCbCr(m, jpegColour)
		if err != nil {
			return nil, err
		}
		stretch(p)
		return p, nil
	case *image.NYCbCrA:
		p, err := fromYCbCr(&m.YCbCr, jpegColour)
		if err != nil {
			return nil, err
		}
		stretch(p)
		out := toRGBA8(p)
		d := &out.Planes[0]
		for y := range out.H {
			for x, a := range m.A[y*m.AStride : y*m.AStride+out.W] {
				d.Pix8[y*d.Stride+4*x+3] = a
				out.Alpha = out.Alpha || a != 0xff
			}
		}
		return out, nil
	}
	return fromImage(img)
}

// stretch maps 8-bit studio range (16..235, chroma 16..240) to full range.
func stretch(p *pix.Picture) {
	var luma, chroma [256]uint8
	for v := range 256 {
		luma[v] = clamp8(((v-16)*255*2 + 219) / (2 * 219))
		c := (v - 128) * 255 * 2
		if c >= 0 {
			c += 224
		} else {
			c -= 224
		}
		chroma[v] = clamp8(128 + c/(2*224))
	}
	for i := range p.N {
		table := &chroma
		if i == 0 {
			table = &luma
		}
		pl := &p.Planes[i]
		for y := range pl.H {
			row := pl.Pix8[y*pl.Stride : y*pl.Stride+pl.W]
			for x, v := range row {
				row[x] = table[v]
			}
		}
	}
}

func clamp8(v int) uint8 { return uint8(max(0, min(255, v))) }
