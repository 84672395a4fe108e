package media

import (
	"fmt"
	"image"
	"image/draw"

	"spatialmaker/processor/pix"
)

// rgbColour describes RGB and grey samples without a matrix.
var rgbColour = pix.Colour{Primaries: pix.Unspecified, Transfer: pix.Unspecified, Matrix: pix.Unspecified, FullRange: true}

// fromImage takes over a decoded image. The samples are used in place where
// their form is ours already: 8-bit grey, RGBA and straight alpha.
func fromImage(img image.Image) (*pix.Picture, error) {
	switch m := img.(type) {
	case *image.Gray:
		return fromGray(m), nil
	case *image.Gray16:
		return fromGray16(m), nil
	case *image.NRGBA:
		return fromRGBA8(m.Pix, m.Stride, m.Rect, straighten(m.Pix, false)), nil
	case *image.RGBA:
		return fromRGBA8(m.Pix, m.Stride, m.Rect, straighten(m.Pix, true)), nil
	case *image.NRGBA64:
		return fromRGBA16(m.Pix, m.Stride, m.Rect, false), nil
	case *image.RGBA64:
		return fromRGBA16(m.Pix, m.Stride, m.Rect, true), nil
	case *image.Paletted:
		return fromPaletted(m), nil
	case *image.CMYK:
		return fromCMYK(m, false), nil
	case *image.YCbCr:
		return fromYCbCr(m, jpegColour)
	}
	b := img.Bounds()
	if b.Empty() {
		return nil, fmt.Errorf("%w: an empty picture", ErrCorrupt)
	}
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, img, b.Min, draw.Src)
	return fromRGBA8(out.Pix, out.Stride, out.Rect, straighten(out.Pix, false)), nil
}

// fromYCbCr uses the planes of a picture in place. Its rectangle begins at the
// origin, as decoders make it.
func fromYCbCr(m *image.YCbCr, c pix.Colour) (*pix.Picture, error) {
	var sx, sy uint8
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio444:
	case image.YCbCrSubsampleRatio422:
		sx = 1
	case image.YCbCrSubsampleRatio420:
		sx, sy = 1, 1
	case image.YCbCrSubsampleRatio440:
		sy = 1
	case image.YCbCrSubsampleRatio411:
		sx = 2
	case image.YCbCrSubsampleRatio410:
		sx, sy = 2, 1
	default:
		return nil, fmt.Errorf("%w: chroma subsampling %v", ErrUnsupported, m.SubsampleRatio)
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	cw, ch := (w+1<<sx-1)>>sx, (h+1<<sy-1)>>sy
	p := &pix.Picture{W: w, H: h, Bits: 8, Model: pix.YUV, N: 3, Colour: c}
	p.Planes[0] = pix.Plane{W: w, H: h, Stride: m.YStride, Comps: 1, Pix8: m.Y}
	p.Planes[1] = pix.Plane{W: cw, H: ch, Stride: m.CStride, Comps: 1, ShiftX: sx, ShiftY: sy, Pix8: m.Cb}
	p.Planes[2] = pix.Plane{W: cw, H: ch, Stride: m.CStride, Comps: 1, ShiftX: sx, ShiftY: sy, Pix8: m.Cr}
	return p, nil
}

func fromGray(m *image.Gray) *pix.Picture {
	p := &pix.Picture{W: m.Rect.Dx(), H: m.Rect.Dy(), Bits: 8, Model: pix.Gray, N: 1, Colour: rgbColour}
	p.Planes[0] = pix.Plane{W: p.W, H: p.H, Stride: m.Stride, Comps: 1, Pix8: m.Pix}
	return p
}

func fromGray16(m *image.Gray16) *pix.Picture {
	p := pix.New(pix.Layout{W: m.Rect.Dx(), H: m.Rect.Dy(), Bits: 16, Model: pix.Gray})
	p.Colour = rgbColour
	for y := range p.H {
		from16(p.Planes[0].Pix16[y*p.W:(y+1)*p.W], m.Pix[y*m.Stride:])
	}
	return p
}

// from16 reads big-endian samples, as the image packages keep them.
func from16(dst []uint16, src []byte) {
	src = src[:2*len(dst)]
	for i := range dst {
		dst[i] = uint16(src[2*i])<<8 | uint16(src[2*i+1])
	}
}

func fromRGBA8(px []byte, stride int, r image.Rectangle, alpha bool) *pix.Picture {
	p := &pix.Picture{W: r.Dx(), H: r.Dy(), Bits: 8, Model: pix.RGBA, N: 1, Alpha: alpha, Colour: rgbColour}
	p.Planes[0] = pix.Plane{W: p.W, H: p.H, Stride: stride, Comps: 4, Pix8: px}
	return p
}

// fromRGBA16 converts 16-bit samples, dividing by alpha where they are
// premultiplied.
func fromRGBA16(px []byte, stride int, r image.Rectangle, premultiplied bool) *pix.Picture {
	p := pix.New(pix.Layout{W: r.Dx(), H: r.Dy(), Bits: 16, Model: pix.RGBA})
	p.Colour = rgbColour
	s := &p.Planes[0]
	for y := range p.H {
		from16(s.Pix16[y*s.Stride:y*s.Stride+4*p.W], px[y*stride:])
	}
	p.Alpha = straighten(s.Pix16, premultiplied)
	return p
}

// fromPaletted looks the colours up; a palette of greys alone gives Gray.
func fromPaletted(m *image.Paletted) *pix.Picture {
	var table [256][4]byte
	gray, alpha := true, false
	for i, c := range m.Palette {
		if i == 256 {
			break
		}
		r, g, b, a := c.RGBA()
		switch {
		case a == 0:
			r, g, b = 0, 0, 0
		case a != 0xffff:
			r, g, b = r*0xffff/a, g*0xffff/a, b*0xffff/a
		}
		table[i] = [4]byte{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}
		gray = gray && table[i][0] == table[i][1] && table[i][1] == table[i][2] && a == 0xffff
		alpha = alpha || a != 0xffff
	}
	l := pix.Layout{W: m.Rect.Dx(), H: m.Rect.Dy(), Bits: 8, Model: pix.RGBA}
	if gray {
		l.Model = pix.Gray
	}
	p := pix.New(l)
	p.Colour, p.Alpha = rgbColour, alpha
	d := &p.Planes[0]
	for y := range p.H {
		src := m.Pix[y*m.Stride : y*m.Stride+p.W]
		dst := d.Pix8[y*d.Stride : y*d.Stride+p.W*d.Comps]
		for x, v := range src {
			if gray {
				dst[x] = table[v][0]
			} else {
				copy(dst[4*x:4*x+4], table[v][:])
			}
		}
	}
	return p
}

// fromCMYK converts inks to RGB in place, with the plain formula (no profile).
// inverted says that the standard library undid an inversion that was not there.
func fromCMYK(m *image.CMYK, inverted bool) *pix.Picture {
	flip := byte(0)
	if inverted {
		flip = 0xff
	}
	for i := 0; i+3 < len(m.Pix); i += 4 {
		q := m.Pix[i : i+4 : i+4]
		white := 255 - uint32(q[3]^flip)
		for c := range 3 {
			q[c] = uint8(((255-uint32(q[c]^flip))*white + 127) / 255)
		}
		q[3] = 0xff
	}
	return fromRGBA8(m.Pix, m.Stride, m.Rect, false)
}

// tight copies a picture into memory of its own, without gaps between rows.
func tight(p *pix.Picture) *pix.Picture {
	out := pix.New(pix.LayoutOf(p))
	if err := p.CopyTo(out); err != nil {
		panic(err) // the layouts are the same
	}
	return out
}
