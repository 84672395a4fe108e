package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/gen2brain/avif"
	"github.com/gen2brain/heic"

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
	if c := h.coding(h.primary); c.w > 0 {
		if err := lim.check(c.w, c.h); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// checkGrid reads the output size of an image grid (23008-12, 6.6.2.3).
func checkGrid(g []byte, lim Limits) error {
	r := &reader{b: g}
	r.uint(1)
	n := 2
	if r.uint(1)&1 == 1 {
		n = 4
	}
	r.uint(2)
	w, ht := r.uint(n), r.uint(n)
	if r.short {
		return fmt.Errorf("%w: no description of the grid", ErrCorrupt)
	}
	return lim.check(int64(w), int64(ht))
}

// decodeHEIC decodes the primary picture with libheif, which applies rotation,
// mirroring and cropping itself. Full-range BT.601 planes stay planes; others
// become RGBA. At the peak it takes about 8 times the picture's own size.
func decodeHEIC(ctx context.Context, data []byte, lim Limits) (*still, error) {
	h, err := openHEIF(data, lim)
	if err != nil {
		return nil, err
	}
	img, err := sandboxed(ctx, func() (image.Image, error) { return heic.Decode(bytes.NewReader(data)) })
	if err != nil {
		return nil, sandboxError(err, heic.ErrDecode, h.complete())
	}
	info := h.coding(h.primary)
	s := &still{orientation: 1, applied: h.orientation(h.primary), meta: h.metadata(h.primary), notes: h.notes()}
	if s.pic, err = fromHEIC(img, info.colour); err != nil {
		return nil, err
	}
	s.pic.Colour.Primaries, s.pic.Colour.Transfer = info.colour.Primaries, info.colour.Transfer
	if info.bits > 8 {
		s.notes = append(s.notes, fmt.Sprintf("the file has %d bits a sample; it is read with 8", info.bits))
	}
	return s, nil
}

// fromHEIC copies the planes out of the decoder's memory, which is many times
// as large.
func fromHEIC(img image.Image, c pix.Colour) (*pix.Picture, error) {
	m, ok := img.(*image.YCbCr)
	if !ok {
		p, err := fromImage(img)
		if err != nil {
			return nil, err
		}
		return tight(p), nil
	}
	p, err := fromYCbCr(m, jpegColour)
	if err != nil {
		return nil, err
	}
	if c.Matrix == pix.MatrixBT601 || c.Matrix == 5 || c.Matrix == pix.Unspecified {
		p = tight(p)
		if !c.FullRange {
			stretch(p)
		}
		return p, nil
	}
	return yuvToRGBA(p, c), nil
}

// tight copies a picture into memory of its own.
func tight(p *pix.Picture) *pix.Picture {
	out := pix.New(pix.LayoutOf(p))
	if err := p.CopyTo(out); err != nil {
		panic(err) // the layouts are the same
	}
	return out
}

// decodeAVIF decodes the primary picture with libavif, which leaves rotation
// and mirroring to the caller. More than 8 bits give a picture of 16. At the
// peak it takes about 4 times the picture's own size.
func decodeAVIF(ctx context.Context, data []byte, lim Limits) (*still, error) {
	h, err := openHEIF(data, lim)
	if err != nil {
		return nil, err
	}
	img, err := sandboxed(ctx, func() (image.Image, error) { return avif.Decode(bytes.NewReader(data)) })
	if err != nil {
		return nil, sandboxError(err, avif.ErrDecode, h.complete())
	}
	info := h.coding(h.primary)
	s := &still{orientation: h.orientation(h.primary), meta: h.metadata(h.primary), notes: h.notes()}
	pic, err := fromImage(img)
	if err != nil {
		return nil, err
	}
	if info.chroma == 0 && !pic.Alpha {
		pic = firstComponent(pic)
	}
	s.pic = tight(pic)
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

// sandboxError sorts the bare "decode failed" of the WebAssembly libraries.
func sandboxError(err, bare error, complete bool) error {
	if errors.Is(err, bare) && !complete {
		return fmt.Errorf("%w: the picture's data lies outside the file", ErrTruncated)
	}
	return err
}

// complete reports whether the primary picture's bytes are all in the file.
func (h *heif) complete() bool {
	for _, id := range h.coded(h.primary) {
		if h.data(id, maxFileSize) == nil {
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
