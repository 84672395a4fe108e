package media

import (
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

// lumaWeights gives the red and blue weights of a matrix code point (H.273,
// table 4); BT.601's for those without.
func lumaWeights(matrix uint8) (kr, kb float64) {
	switch matrix {
	case pix.MatrixBT709:
		return 0.2126, 0.0722
	case pix.MatrixBT2020:
		return 0.2627, 0.0593
	case 7: // SMPTE ST 240
		return 0.212, 0.087
	}
	return 0.299, 0.114
}

// yuvToRGBA converts planes of any matrix and range to RGBA, with the
// chroma sample that covers a pixel.
func yuvToRGBA(p *pix.Picture, c pix.Colour) *pix.Picture {
	const one = 1 << 16
	kr, kb := lumaWeights(c.Matrix)
	kg := 1 - kr - kb
	yScale, cScale, yOff := 1.0, 1.0, 0
	if !c.FullRange {
		yScale, cScale, yOff = 255.0/219, 255.0/224, 16
	}
	fix := func(v float64) int { return int(v*one + 0.5) }
	ky, rv, bu := fix(yScale), fix(2*(1-kr)*cScale), fix(2*(1-kb)*cScale)
	gu, gv := fix(2*(1-kb)*kb/kg*cScale), fix(2*(1-kr)*kr/kg*cScale)
	out := pix.New(pix.Layout{W: p.W, H: p.H, Bits: 8, Model: pix.RGBA})
	out.Colour = rgbColour
	out.Colour.Primaries, out.Colour.Transfer = p.Colour.Primaries, p.Colour.Transfer
	l, cb, cr, d := &p.Planes[0], &p.Planes[1], &p.Planes[2], &out.Planes[0]
	for y := range p.H {
		row := d.Pix8[y*d.Stride : y*d.Stride+4*p.W]
		for x := range p.W {
			i := (y>>cb.ShiftY)*cb.Stride + x>>cb.ShiftX
			yy := (int(sample8(l, y*l.Stride+x, p.Bits))-yOff)*ky + one/2
			u, v := int(sample8(cb, i, p.Bits))-128, int(sample8(cr, i, p.Bits))-128
			row[4*x] = clamp8((yy + rv*v) >> 16)
			row[4*x+1] = clamp8((yy - gu*u - gv*v) >> 16)
			row[4*x+2] = clamp8((yy + bu*u) >> 16)
			row[4*x+3] = 0xff
		}
	}
	return out
}
