package media

import (
	"encoding/binary"
	"fmt"
)

// webpHeader is what the chunks of a WebP file say.
type webpHeader struct {
	w, h     int // canvas
	meta     Metadata
	animated bool
	frames   int
	lossless bool
	alpha    bool
	// The first frame's place on the canvas, and its chunks (alpha and image).
	frameX, frameY, frameW, frameH int
	innerW, innerH                 int // size in the first bitstream's own header
	frame                          []byte
}

// Flags of the VP8X chunk (WebP container specification).
const (
	vp8xAnimation = 0x02
	vp8xXMP       = 0x04
	vp8xEXIF      = 0x08
	vp8xAlpha     = 0x10
	vp8xICC       = 0x20
)

// parseWebP walks over the chunks of a WebP file.
func parseWebP(b []byte) (*webpHeader, error) {
	h := &webpHeader{}
	extended := false
	err := webpChunks(b[min(12, len(b)):], func(name string, body []byte) {
		switch name {
		case "VP8X":
			if len(body) >= 10 && !extended {
				extended = true
				h.animated, h.alpha = body[0]&vp8xAnimation != 0, body[0]&vp8xAlpha != 0
				h.w, h.h = 1+uint24(body[4:]), 1+uint24(body[7:])
			}
		case "ICCP":
			h.meta.ICC = body
		case "EXIF":
			h.meta.EXIF = trimEXIFName(body)
		case "XMP ":
			h.meta.XMP = body
		case "ANMF":
			h.addFrame(body)
		case "VP8 ", "VP8L":
			h.still(name, body, extended)
		}
	})
	if h.w == 0 || h.h == 0 {
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: a WebP without a picture", ErrCorrupt)
	}
	return h, nil
}

// still reads the size in front of a still's bitstream.
func (h *webpHeader) still(name string, body []byte, extended bool) {
	h.frames = max(h.frames, 1)
	w, ht, alpha := 0, 0, false
	switch {
	case name == "VP8 " && len(body) >= 10 && string(body[3:6]) == "\x9d\x01\x2a":
		w, ht = int(binary.LittleEndian.Uint16(body[6:])&0x3fff), int(binary.LittleEndian.Uint16(body[8:])&0x3fff)
	case name == "VP8L" && len(body) >= 5 && body[0] == 0x2f:
		v := binary.LittleEndian.Uint32(body[1:])
		w, ht, alpha = 1+int(v&0x3fff), 1+int(v>>14&0x3fff), v>>28&1 == 1
		h.lossless = true
	}
	if h.frame == nil {
		h.innerW, h.innerH = w, ht
	}
	if !extended {
		h.w, h.h, h.alpha = w, ht, alpha
	}
}

// addFrame reads an animation frame; the first one's chunks are kept.
func (h *webpHeader) addFrame(body []byte) {
	if len(body) < 16 {
		return
	}
	h.frames++
	if h.frames > 1 {
		return
	}
	h.frameX, h.frameY = 2*uint24(body), 2*uint24(body[3:])
	h.frameW, h.frameH = 1+uint24(body[6:]), 1+uint24(body[9:])
	h.frame = body[16:]
}

// trimEXIFName drops the name that some writers put in front of the block.
func trimEXIFName(b []byte) []byte {
	if len(b) > 6 && string(b[:6]) == "Exif\x00\x00" {
		return b[6:]
	}
	return b
}

// webpChunks calls fn for each whole RIFF chunk in b.
func webpChunks(b []byte, fn func(name string, body []byte)) error {
	for len(b) >= 8 {
		n := int64(binary.LittleEndian.Uint32(b[4:]))
		if n > int64(len(b)-8) {
			return fmt.Errorf("%w: a %q chunk of %d bytes, %d are left", ErrTruncated, b[:4], n, len(b)-8)
		}
		fn(string(b[:4]), b[8:8+n])
		b = b[min(8+n+n&1, int64(len(b))):]
	}
	return nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
