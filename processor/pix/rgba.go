package pix

import (
	"context"
	"fmt"
	"image"
)

// rgbBand is how many rows one band of a conversion has.
const rgbBand = 32

// ToRGBA converts p for the screen into dst, which has p's size: 8 bits, alpha
// laid over the given grey. Values are taken as they are encoded; there is no
// tone mapping. workers bounds the goroutines, 0 is one a processor.
func ToRGBA(ctx context.Context, dst *image.RGBA, p *Picture, workers int) error {
	if dst.Rect.Dx() != p.W || dst.Rect.Dy() != p.H {
		return fmt.Errorf("%v for a %dx%d picture: %w", dst.Rect, p.W, p.H, ErrShape)
	}
	if err := p.Check(); err != nil {
		return err
	}
	conv := newRGBConverter(p)
	return Bands(ctx, Workers(workers), p.H, rgbBand, func(_, y0, y1 int) {
		for y := y0; y < y1; y++ {
			conv.row(dst.Pix[y*dst.Stride:y*dst.Stride+4*p.W], p, y)
		}
	})
}

// rgbConverter holds the matrix of a picture in 16.16 fixed point, applied to
// samples brought to 8 bits.
type rgbConverter struct {
	yOff, yMul     int32
	rV, gU, gV, bU int32
	shift          uint
}

// newRGBConverter derives the matrix from the luma weights of ITU-T H.273
// (Kr, Kb): R = Y + 2(1-Kr)Cr, B = Y + 2(1-Kb)Cb.
func newRGBConverter(p *Picture) rgbConverter {
	kr, kb := 0.299, 0.114
	switch p.Colour.Matrix {
	case MatrixBT709:
		kr, kb = 0.2126, 0.0722
	case MatrixBT2020:
		kr, kb = 0.2627, 0.0593
	}
	kg := 1 - kr - kb
	c := rgbConverter{shift: uint(p.Bits - 8), yMul: 1 << 16}
	cMul := 1.0
	if p.Model == YUV && !p.Colour.FullRange {
		c.yOff, c.yMul, cMul = 16, 76309, 255.0/224 // 76309 = 255/219 in 16.16
	}
	fix := func(v float64) int32 { return int32(v*cMul*65536 + 0.5) }
	c.rV, c.bU = fix(2*(1-kr)), fix(2*(1-kb))
	c.gU, c.gV = fix(2*(1-kb)*kb/kg), fix(2*(1-kr)*kr/kg)
	return c
}

// backdrop is the grey that shows through transparent parts of a preview.
const backdrop = 128

func (c *rgbConverter) row(dst []uint8, p *Picture, y int) {
	if p.Bits > 8 {
		screenRow(c, dst, p, y, func(q *Plane) []uint16 { return q.Pix16 })
	} else {
		screenRow(c, dst, p, y, func(q *Plane) []uint8 { return q.Pix8 })
	}
}

func screenRow[T uint8 | uint16](c *rgbConverter, dst []uint8, p *Picture, y int, of func(*Plane) []T) {
	pl := &p.Planes[0]
	row := of(pl)[y*pl.Stride:]
	switch p.Model {
	case YUV:
		u, v, sx := chromaRows(p, y, of)
		yuvRow(c, dst, row, u, v, sx)
	case RGBA:
		rgbaRow(dst, row, c.shift, p.Alpha)
	default:
		grayRow(dst, row, c.shift)
	}
}

func chromaRows[T uint8 | uint16](p *Picture, y int, of func(*Plane) []T) (u, v []T, shiftX uint8) {
	a, b := &p.Planes[1], &p.Planes[2]
	cy := y >> a.ShiftY
	return of(a)[cy*a.Stride:], of(b)[cy*b.Stride:], a.ShiftX
}

func yuvRow[T uint8 | uint16](c *rgbConverter, dst []uint8, ys, us, vs []T, shiftX uint8) {
	half := int32(1) << 15
	for x := range len(dst) / 4 {
		yy := (int32(ys[x]>>c.shift)-c.yOff)*c.yMul + half
		u := int32(us[x>>shiftX]>>c.shift) - 128
		v := int32(vs[x>>shiftX]>>c.shift) - 128
		d := dst[4*x : 4*x+4 : 4*x+4]
		d[0] = clamp8((yy + c.rV*v) >> 16)
		d[1] = clamp8((yy - c.gU*u - c.gV*v) >> 16)
		d[2] = clamp8((yy + c.bU*u) >> 16)
		d[3] = 255
	}
}

func rgbaRow[T uint8 | uint16](dst []uint8, src []T, shift uint, alpha bool) {
	for x := range len(dst) / 4 {
		s := src[4*x : 4*x+4 : 4*x+4]
		d := dst[4*x : 4*x+4 : 4*x+4]
		r, g, b, a := int32(s[0]>>shift), int32(s[1]>>shift), int32(s[2]>>shift), int32(s[3]>>shift)
		if alpha && a != 255 {
			over := func(v int32) int32 { return (v*a + backdrop*(255-a) + 127) / 255 }
			r, g, b = over(r), over(g), over(b)
		}
		d[0], d[1], d[2], d[3] = uint8(r), uint8(g), uint8(b), 255
	}
}

func grayRow[T uint8 | uint16](dst []uint8, src []T, shift uint) {
	for x := range len(dst) / 4 {
		g := uint8(src[x] >> shift)
		d := dst[4*x : 4*x+4 : 4*x+4]
		d[0], d[1], d[2], d[3] = g, g, g, 255
	}
}

func clamp8(v int32) uint8 {
	if uint32(v) <= 255 {
		return uint8(v)
	}
	if v < 0 {
		return 0
	}
	return 255
}
