package media

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
)

// pngHeader is what the chunks of a PNG say besides its pixels.
type pngHeader struct {
	w, h        int
	depth       int // bits of a sample
	colourType  byte
	interlaced  bool
	transparent bool // some colours of a palette or one colour are clear
	meta        Metadata
	cicp        []byte // coding-independent code points: primaries, transfer, matrix, range
	frames      int    // of an animated PNG, else 1
}

// maxInflated bounds what a compressed chunk may become.
const maxInflated = 16 << 20

// xmpKeyword is the iTXt keyword under which PNG keeps XMP.
const xmpKeyword = "XML:com.adobe.xmp"

// parsePNG walks over the chunks of a PNG. Chunk checksums are left to the
// decoder; a damaged chunk after the header is passed over.
func parsePNG(b []byte) (*pngHeader, error) {
	h := &pngHeader{frames: 1}
	for at := 8; ; {
		if len(b)-at < 12 {
			if h.w == 0 {
				return nil, fmt.Errorf("%w: the PNG's header is incomplete", ErrTruncated)
			}
			return h, nil
		}
		n, name := int64(binary.BigEndian.Uint32(b[at:])), string(b[at+4:at+8])
		if n > int64(len(b)-at-12) {
			if h.w == 0 {
				return nil, fmt.Errorf("%w: the PNG's header is incomplete", ErrTruncated)
			}
			return h, nil
		}
		body := b[at+8 : at+8+int(n)]
		if (name == "IHDR") != (h.w == 0) {
			return nil, fmt.Errorf("%w: a PNG whose first chunk is no header", ErrCorrupt)
		}
		if err := h.chunk(name, body); err != nil {
			return nil, err
		}
		if name == "IEND" {
			return h, nil
		}
		at += 12 + int(n)
	}
}

func (h *pngHeader) chunk(name string, body []byte) error {
	switch name {
	case "IHDR":
		return h.size(body)
	case "iCCP":
		if _, rest, ok := bytes.Cut(body, []byte{0}); ok && len(rest) > 1 && rest[0] == 0 {
			h.meta.ICC = inflate(rest[1:])
		}
	case "tRNS":
		h.transparent = true
	case "eXIf":
		h.meta.EXIF = bytes.TrimPrefix(body, []byte("Exif\x00\x00"))
	case "iTXt":
		h.text(body)
	case "cICP":
		if len(body) == 4 {
			h.cicp = body
		}
	case "acTL":
		if len(body) == 8 {
			h.frames = int(binary.BigEndian.Uint32(body))
		}
	}
	return nil
}

// size reads the chunk that every PNG begins with.
func (h *pngHeader) size(body []byte) error {
	if len(body) < 13 {
		return fmt.Errorf("%w: a PNG header of %d bytes", ErrCorrupt, len(body))
	}
	w, ht := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	if w == 0 || ht == 0 || w > 1<<31-1 || ht > 1<<31-1 {
		return fmt.Errorf("%w: the header says %dx%d pixels", ErrCorrupt, w, ht)
	}
	h.w, h.h, h.depth, h.colourType, h.interlaced = int(w), int(ht), int(body[8]), body[9], body[12] == 1
	return nil
}

// text reads an international text chunk when it holds XMP.
func (h *pngHeader) text(body []byte) {
	key, rest, ok := bytes.Cut(body, []byte{0})
	if !ok || string(key) != xmpKeyword || len(rest) < 2 {
		return
	}
	compressed := rest[0] == 1
	_, rest, _ = bytes.Cut(rest[2:], []byte{0}) // the language
	_, rest, _ = bytes.Cut(rest, []byte{0})     // the translated keyword
	if compressed {
		rest = inflate(rest)
	}
	h.meta.XMP = rest
}

// inflate unpacks a zlib stream of up to maxInflated bytes; nil when damaged.
func inflate(b []byte) []byte {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	defer z.Close()
	out, err := io.ReadAll(io.LimitReader(z, maxInflated+1))
	if err != nil || len(out) > maxInflated {
		return nil
	}
	return out
}
