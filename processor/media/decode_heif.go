package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"spatialmaker/processor/pix"
)

// openHEIF reads the index and holds every size that the decoder may allocate
// by against the limit: the picture's, its tiles' and their bitstreams'.
func openHEIF(data []byte, lim Limits) (*heif, error) {
	h, err := parseHEIF(data)
	if err != nil {
		return nil, err
	}
	w, ht := h.size(h.primary)
	if err := lim.check(w, ht); err != nil {
		return nil, err
	}
	if g := h.data(h.primary, 64); h.items[h.primary].typ == "grid" {
		if err := checkGrid(g, lim); err != nil {
			return nil, err
		}
	}
	var sum int64
	for _, id := range h.coded(h.primary) {
		w, ht := h.size(id)
		if err := lim.check(w, ht); err != nil {
			return nil, fmt.Errorf("tile %d: %w", id, err)
		}
		sum += w * ht
	}
	// Tiles overlap the border by less than one tile in each direction.
	if sum > 4*lim.maxPixels() {
		return nil, fmt.Errorf("%w: tiles of %d megapixels together", ErrTooLarge, sum/1e6)
	}
	// The decoders make do with a part of the data, and leave the rest grey.
	if !h.complete() {
		return nil, fmt.Errorf("%w: the picture's data lies outside the file", ErrTruncated)
	}
	if c := h.coding(h.primary); c.w > 0 {
		if err := lim.check(c.w, c.h); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// checkGrid holds the output size of an image grid against the limit.
func checkGrid(g []byte, lim Limits) error {
	_, _, w, ht, ok := gridLayout(g)
	if !ok {
		return fmt.Errorf("%w: no description of the grid", ErrCorrupt)
	}
	return lim.check(w, ht)
}

// gridLayout reads how many tiles an image grid has and the size of the picture
// (23008-12, 6.6.2.3).
func gridLayout(g []byte) (rows, cols int, w, ht int64, ok bool) {
	r := &reader{b: g}
	r.uint(1)
	n := 2
	if r.uint(1)&1 == 1 {
		n = 4
	}
	rows, cols = 1+int(r.uint(1)), 1+int(r.uint(1))
	w, ht = int64(r.uint(n)), int64(r.uint(n))
	return rows, cols, w, ht, !r.short
}

// decodeHEIC decodes the primary picture with libheif, a grid tile by tile. Of
// other pictures libheif applies rotation, mirroring and cropping itself.
// Full-range BT.601 planes stay planes; others become RGBA. At its peak a grid of
// 12 megapixels takes 1.7 times the picture's own size, another picture 6 times,
// outside Go's heap until it returns.
func decodeHEIC(ctx context.Context, data []byte, lim Limits) (*still, error) {
	h, err := openHEIF(data, lim)
	if err != nil {
		return nil, err
	}
	info := h.coding(h.primary)
	s := &still{orientation: 1, meta: h.metadata(h.primary), notes: h.notes()}
	pic, err := h.decode(ctx, info, lim, s)
	if err != nil {
		return nil, err
	}
	if info.chroma == 0 && pic.Model == pix.YUV {
		pic = lumaOf(pic)
	}
	s.pic = pic
	switch c := info.colour; {
	case pic.Model == pix.Gray && !c.FullRange:
		stretch(pic)
	case pic.Model == pix.YUV:
		switch {
		case c.Matrix != pix.MatrixBT601 && c.Matrix != 5 && c.Matrix != pix.Unspecified:
			s.pic = yuvToRGBA(pic, c)
		case !c.FullRange:
			stretch(pic)
		}
		if s.pic == pic {
			pic.Colour = jpegColour
		}
	}
	s.pic.Colour.Primaries, s.pic.Colour.Transfer = info.colour.Primaries, info.colour.Transfer
	if info.bits > 8 {
		s.notes = append(s.notes, fmt.Sprintf("the file has %d bits a sample; it is read with 8", info.bits))
	}
	return s, nil
}

// decode decodes the primary picture; s learns how it lies.
func (h *heif) decode(ctx context.Context, info codedInfo, lim Limits, s *still) (*pix.Picture, error) {
	turn := h.orientation(h.primary)
	if t := h.tiles(); t != nil {
		pic, err := t.decode(ctx)
		if err == nil {
			s.orientation = turn
		}
		if !errors.Is(err, errNotPlain) {
			return pic, err
		}
	}
	s.applied = turn
	data := h.file
	if info.chroma == 0 {
		data = h.withChroma()
	}
	return runHEIF(ctx, data, lim)
}

// withChroma returns a copy of the file whose grey pictures claim to be 4:2:0 in
// their decoder configuration. The sandboxed libheif is asked for planes and
// refuses to make grey into grey; from such a file it makes grey into 4:2:0.
func (h *heif) withChroma() []byte {
	data := bytes.Clone(h.file)
	for _, id := range h.coded(h.primary) {
		if b := h.prop(id, "hvcC"); len(b) > 16 && b[16]&3 == 0 {
			at := cap(h.file) - cap(b) // properties are parts of the file
			data[at+16] |= 1
		}
	}
	return data
}

// lumaOf makes a grey picture of the luma of one with chroma.
func lumaOf(p *pix.Picture) *pix.Picture {
	out := *p
	out.Model, out.N = pix.Gray, 1
	out.Planes[1], out.Planes[2] = pix.Plane{}, pix.Plane{}
	out.Colour = rgbColour
	return tight(&out)
}

// decodeAVIF decodes the primary picture with libavif, which leaves rotation
// and mirroring to the caller. More than 8 bits give a picture of 16. At its peak
// it takes 6 times the picture's own size.
func decodeAVIF(ctx context.Context, data []byte, lim Limits) (*still, error) {
	h, err := openHEIF(data, lim)
	if err != nil {
		return nil, err
	}
	pic, err := runRGBA(ctx, libavif, data, lim, avifRules)
	if err != nil {
		return nil, err
	}
	info := h.coding(h.primary)
	s := &still{pic: pic, orientation: h.orientation(h.primary), meta: h.metadata(h.primary), notes: h.notes()}
	if info.chroma == 0 && !pic.Alpha {
		s.pic = firstComponent(pic)
	}
	s.pic.Colour.Primaries, s.pic.Colour.Transfer = info.colour.Primaries, info.colour.Transfer
	return s, nil
}

// firstComponent makes a grey picture of the red samples of a grey RGBA one.
func firstComponent(p *pix.Picture) *pix.Picture {
	out := pix.New(pix.Layout{W: p.W, H: p.H, Bits: p.Bits, Model: pix.Gray})
	out.Colour = p.Colour
	s, d := &p.Planes[0], &out.Planes[0]
	for y := range p.H {
		for x := range p.W {
			if p.Bits > 8 {
				d.Pix16[y*d.Stride+x] = s.Pix16[y*s.Stride+4*x]
			} else {
				d.Pix8[y*d.Stride+x] = s.Pix8[y*s.Stride+4*x]
			}
		}
	}
	return out
}

// complete reports whether the primary picture's bytes are all in the file.
func (h *heif) complete() bool {
	for _, id := range h.coded(h.primary) {
		// Data built from other items' is left to the decoder.
		if it := h.items[id]; it != nil && it.method <= 1 && h.data(id, maxFileSize) == nil {
			return false
		}
	}
	return true
}

// notes tells what else is in the file.
func (h *heif) notes() []string {
	var out []string
	for _, g := range h.groups {
		if g.typ == "ster" {
			out = append(out, "this is a spatial photo: it is a stereo pair already; the primary picture is used")
		}
	}
	if t := h.coding(h.primary).colour.Transfer; t == pix.TransferPQ || t == pix.TransferHLG {
		out = append(out, "the picture is HDR; its values are kept as they are")
	}
	return out
}
