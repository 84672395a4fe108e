package media

import (
	"context"

	"spatialmaker/processor/pix"
)

// turn tells how a picture with an EXIF orientation becomes upright: out(x, y)
// is in(x, y) with the coordinates swapped first when swap is set, and then
// mirrored along the source's axes.
type turn struct{ swap, flipX, flipY bool }

// turns is indexed by the EXIF orientation (EXIF 2.32, 4.6.4 A).
var turns = [9]turn{
	2: {flipX: true},
	3: {flipX: true, flipY: true},
	4: {flipY: true},
	5: {swap: true},
	6: {swap: true, flipY: true},
	7: {swap: true, flipX: true, flipY: true},
	8: {swap: true, flipX: true},
}

// upright returns p turned by an EXIF orientation; p itself when that is 1.
// p's memory may be changed. Chroma planes are turned as they are: 4:2:2 becomes
// 4:4:0 under a quarter turn.
func upright(ctx context.Context, p *pix.Picture, orientation int) (*pix.Picture, error) {
	if orientation < 2 || orientation > 8 {
		return p, nil
	}
	t := turns[orientation]
	l := pix.LayoutOf(p)
	if t.swap {
		l.W, l.H = l.H, l.W
		l.ShiftX, l.ShiftY = l.ShiftY, l.ShiftX
	}
	out := pix.New(l)
	out.Alpha, out.Colour = p.Alpha, p.Colour
	for i := range p.N {
		s, d := &p.Planes[i], &out.Planes[i]
		realign(s, p.W, p.H, t)
		const band = 64 // rows; a multiple of the tile of turnTile
		err := pix.Bands(ctx, pix.Workers(0), d.H, band, func(_, y0, y1 int) {
			if s.Pix16 != nil {
				turnRows(d.Pix16, d.Stride, s.Pix16, s.Stride, s.W, s.H, d.W, s.Comps, t, y0, y1)
			} else {
				turnRows(d.Pix8, d.Stride, s.Pix8, s.Stride, s.W, s.H, d.W, s.Comps, t, y0, y1)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// turnRows fills rows y0 to y1 of a turned plane; w and h are the source's, dw
// the width of the result in samples.
func turnRows[T uint8 | uint16](dst []T, dstStride int, src []T, srcStride, w, h, dw, comps int, t turn, y0, y1 int) {
	if !t.swap {
		for y := y0; y < y1; y++ {
			sy := y
			if t.flipY {
				sy = h - 1 - y
			}
			d, s := dst[y*dstStride:y*dstStride+dw*comps], src[sy*srcStride:sy*srcStride+w*comps]
			if t.flipX {
				mirrorRow(d, s, comps)
			} else {
				copy(d, s)
			}
		}
		return
	}
	// A quarter turn reads columns: tiles keep the touched rows in the cache.
	const tile = 32
	for ty := y0; ty < y1; ty += tile {
		for tx := 0; tx < dw; tx += tile {
			turnTile(dst, dstStride, src, srcStride, w, h, comps, t, tx, min(tx+tile, dw), ty, min(ty+tile, y1))
		}
	}
}

// turnTile fills the samples x0..x1, y0..y1 of a plane turned by a quarter.
func turnTile[T uint8 | uint16](dst []T, dstStride int, src []T, srcStride, w, h, comps int, t turn, x0, x1, y0, y1 int) {
	for y := y0; y < y1; y++ {
		sx, sy, step := y, x0, srcStride
		if t.flipX {
			sx = w - 1 - y
		}
		if t.flipY {
			sy, step = h-1-x0, -srcStride
		}
		d := dst[y*dstStride+x0*comps : y*dstStride+x1*comps]
		at := sy*srcStride + sx*comps
		if comps == 1 {
			for i := range d {
				d[i] = src[at]
				at += step
			}
			continue
		}
		for i := 0; i < len(d); i += comps {
			copy(d[i:i+comps], src[at:at+comps])
			at += step
		}
	}
}

// mirrorRow copies a row of samples back to front.
func mirrorRow[T uint8 | uint16](d, s []T, comps int) {
	if comps == 1 {
		n := len(d) - 1
		for i := range d {
			d[i] = s[n-i]
		}
		return
	}
	at := len(s) - comps
	for i := 0; i < len(d); i += comps {
		copy(d[i:i+comps], s[at:at+comps])
		at -= comps
	}
}

// realign moves a subsampled plane by a part of a sample before it is mirrored.
// When the picture's size is no multiple of the chroma step, the last chroma
// sample covers fewer pixels than the others; mirrored, it would come first and
// all chroma would sit too far to one side by (step - rest)/step of a sample.
func realign(p *pix.Plane, w, h int, t turn) {
	stepX, stepY := 1<<p.ShiftX, 1<<p.ShiftY
	if restX := w % stepX; t.flipX && restX != 0 {
		for y := range p.H {
			if p.Pix16 != nil {
				shiftSamples(p.Pix16[y*p.Stride:], p.W, 1, restX, stepX)
			} else {
				shiftSamples(p.Pix8[y*p.Stride:], p.W, 1, restX, stepX)
			}
		}
	}
	if restY := h % stepY; t.flipY && restY != 0 {
		for x := range p.W {
			if p.Pix16 != nil {
				shiftSamples(p.Pix16[x:], p.H, p.Stride, restY, stepY)
			} else {
				shiftSamples(p.Pix8[x:], p.H, p.Stride, restY, stepY)
			}
		}
	}
}

// shiftSamples moves n samples, stride apart, later by (step-rest)/step of a
// sample, interpolating linearly.
func shiftSamples[T uint8 | uint16](s []T, n, stride, rest, step int) {
	for i := n - 1; i > 0; i-- {
		a, b := uint32(s[(i-1)*stride]), uint32(s[i*stride])
		s[i*stride] = T((a*uint32(step-rest) + b*uint32(rest) + uint32(step)/2) / uint32(step))
	}
}
