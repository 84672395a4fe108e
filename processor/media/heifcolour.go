package media

import (
	"bytes"

	"github.com/Eyevinn/mp4ff/hevc"

	"spatialmaker/processor/pix"
)

// codedInfo is what a coded picture's own header says.
type codedInfo struct {
	w, h   int64 // 0 when unknown
	bits   int
	chroma int // 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4
	colour pix.Colour
}

// coding reads the decoder configuration of a picture (of its first tile) and
// the colour description: a "colr" box of code points wins over the bitstream's.
func (h *heif) coding(id uint32) codedInfo {
	info := codedInfo{bits: 8, chroma: 1}
	info.colour = pix.Colour{Primaries: pix.Unspecified, Transfer: pix.Unspecified, Matrix: pix.Unspecified}
	if c := h.coded(id); len(c) > 0 {
		if b := h.prop(c[0], "hvcC"); b != nil {
			info.fromHVCC(b)
		}
		if b := h.prop(c[0], "av1C"); len(b) >= 4 {
			info.fromAV1C(b)
		}
		h.nclx(c[0], &info.colour)
	}
	h.nclx(id, &info.colour)
	return info
}

// nclx reads the code points of an item's colour box.
func (h *heif) nclx(id uint32, c *pix.Colour) {
	for _, b := range h.all(id, "colr") {
		if len(b) >= 11 && string(b[:4]) == "nclx" {
			r := &reader{b: b[4:]}
			c.Primaries, c.Transfer, c.Matrix = uint8(r.uint(2)), uint8(r.uint(2)), uint8(r.uint(2))
			c.FullRange = r.uint(1)>>7 == 1
		}
	}
}

// fromHVCC reads the sequence parameter set in an HEVC configuration.
func (c *codedInfo) fromHVCC(b []byte) {
	r := &reader{b: b}
	r.take(16)
	c.chroma = int(r.uint(1) & 3)
	c.bits = 8 + int(r.uint(1)&7)
	r.take(4)
	for arrays := r.uint(1); arrays > 0 && !r.short; arrays-- {
		kind := r.uint(1) & 0x3f
		for n := r.uint(2); n > 0 && !r.short; n-- {
			nal := r.take(int(r.uint(2)))
			if kind == 33 && len(nal) > 2 {
				c.fromSPS(nal)
			}
		}
	}
}

// fromSPS reads size and colour of an HEVC sequence parameter set.
func (c *codedInfo) fromSPS(nal []byte) {
	sps, err := hevc.ParseSPSNALUnit(bytes.Clone(nal))
	if err != nil || sps == nil {
		return
	}
	// The decoder allocates the coded size, before the conformance window.
	c.w, c.h = int64(sps.PicWidthInLumaSamples), int64(sps.PicHeightInLumaSamples)
	if v := sps.VUI; v != nil && v.VideoSignalTypePresentFlag {
		c.colour.FullRange = v.VideoFullRangeFlag
		if v.ColourDescriptionFlag {
			c.colour.Primaries, c.colour.Transfer = v.ColourPrimaries, v.TransferCharacteristics
			c.colour.Matrix = v.MatrixCoefficients
		}
	}
}

// fromAV1C reads an AV1 configuration record.
func (c *codedInfo) fromAV1C(b []byte) {
	high, twelve, mono := b[2]>>6&1 == 1, b[2]>>5&1 == 1, b[2]>>4&1 == 1
	switch {
	case twelve:
		c.bits = 12
	case high:
		c.bits = 10
	}
	switch sub := b[2] >> 2 & 3; {
	case mono:
		c.chroma = 0
	case sub == 3:
		c.chroma = 1
	case sub == 2:
		c.chroma = 2
	default:
		c.chroma = 3
	}
}
