package media

import (
	"image"
	"image/color"

	"spatialmaker/processor/pix"
)

// toRGBA8 returns p as 8-bit RGBA; p itself when it is that already. Y'CbCr
// must be full range BT.601, as decoders here deliver it.
func toRGBA8(p *pix.Picture) *pix.Picture {
	if p.Model == pix.RGBA && p.Bits == 8 {
		return p
	}
	out := pix.New(pix.Layout{W: p.W, H: p.H, Bits: 8, Model: pix.RGBA})
	out.Alpha, out.Colour = p.Alpha, rgbColour
	out.Colour.Primaries, out.Colour.Transfer = p.Colour.Primaries, p.Colour.Transfer
	d := &out.Planes[0]
	for y := range p.H {
		rowRGBA8(d.Pix8[y*d.Stride:y*d.Stride+4*p.W], p, y)
	}
	return out
}

// rowRGBA8 writes row y of p as 8-bit RGBA.
func rowRGBA8(dst []byte, p *pix.Picture, y int) {
	switch {
	case p.Model == pix.YUV:
		rowFromYUV(dst, p, y)
	case p.Model == pix.Gray:
		s := &p.Planes[0]
		for x := range p.W {
			v := sample8(s, y*s.Stride+x, p.Bits)
			dst[4*x], dst[4*x+1], dst[4*x+2], dst[4*x+3] = v, v, v, 0xff
		}
	case p.Bits == 8:
		s := &p.Planes[0]
		copy(dst, s.Pix8[y*s.Stride:y*s.Stride+4*p.W])
	default:
		s := &p.Planes[0]
		for i := range 4 * p.W {
			dst[i] = sample8(s, y*s.Stride+i, p.Bits)
		}
	}
}

// rowFromYUV converts a row by the formula of JFIF, as package image/color does.
func rowFromYUV(dst []byte, p *pix.Picture, y int) {
	l, cb, cr := &p.Planes[0], &p.Planes[1], &p.Planes[2]
	at, cat, shift := y*l.Stride, (y>>cb.ShiftY)*cb.Stride, cb.ShiftX
	for x := range p.W {
		c := cat + x>>shift
		dst[4*x], dst[4*x+1], dst[4*x+2] = color.YCbCrToRGB(
			sample8(l, at+x, p.Bits), sample8(cb, c, p.Bits), sample8(cr, c, p.Bits))
		dst[4*x+3] = 0xff
	}
}

// sample8 returns a sample rounded to 8 bits.
func sample8(s *pix.Plane, i, bits int) uint8 {
	if s.Pix16 == nil {
		return s.Pix8[i]
	}
	top := uint32(1)<<bits - 1
	return uint8((uint32(s.Pix16[i])*255 + top/2) / top)
}

// subsampleRatio returns package image's name for chroma shifts.
func subsampleRatio(sx, sy uint8) (image.YCbCrSubsampleRatio, bool) {
	switch [2]uint8{sx, sy} {
	case [2]uint8{0, 0}:
		return image.YCbCrSubsampleRatio444, true
	case [2]uint8{1, 0}:
		return image.YCbCrSubsampleRatio422, true
	case [2]uint8{1, 1}:
		return image.YCbCrSubsampleRatio420, true
	case [2]uint8{0, 1}:
		return image.YCbCrSubsampleRatio440, true
	case [2]uint8{2, 0}:
		return image.YCbCrSubsampleRatio411, true
	case [2]uint8{2, 1}:
		return image.YCbCrSubsampleRatio410, true
	}
	return 0, false
}
