package widget

import (
	"encoding/binary"
	"image"
	"image/color"
	"math"
)

// Layer is a picture to be shown. Image may have fewer pixels than the picture
// it stands for, whose size W, H is what zooming goes by.
type Layer struct {
	Image *image.RGBA
	W, H  int
}

func (l *Layer) empty() bool {
	return l == nil || l.Image == nil || l.W < 1 || l.H < 1 || l.Image.Rect.Empty()
}

// frame places a picture of W x H in a viewport of w x h device pixels.
type frame struct {
	x0, y0 float64 // of the picture's corner
	scale  float64 // device pixels per picture pixel
	w, h   float64 // of the whole picture, in device pixels
}

// placeFit centres the picture whole inside the viewport less a margin. The
// corner lies on a whole pixel, so a picture rendered to fit is copied 1:1.
func placeFit(l *Layer, w, h, margin int) frame {
	bw, bh := max(w-2*margin, 1), max(h-2*margin, 1)
	s := min(float64(bw)/float64(l.W), float64(bh)/float64(l.H))
	f := frame{scale: s, w: float64(l.W) * s, h: float64(l.H) * s}
	// what the renderer made to fit is a little smaller: the sides of each eye are
	// even, and there may be two eyes beside each other
	iw, ih := float64(l.Image.Rect.Dx()), float64(l.Image.Rect.Dy())
	if math.Abs(iw-f.w) < 4.5 && math.Abs(ih-f.h) < 2.5 {
		f.w, f.h = iw, ih
	}
	f.x0 = math.Floor((float64(w) - f.w) / 2)
	f.y0 = math.Floor((float64(h) - f.h) / 2)
	return f
}

// placeZoom shows the picture at scale with the picture point (cx, cy), in
// parts of its size, in the middle.
func placeZoom(l *Layer, w, h int, scale, cx, cy float64) frame {
	f := frame{scale: scale, w: float64(l.W) * scale, h: float64(l.H) * scale}
	f.x0 = math.Round(float64(w)/2 - cx*f.w)
	f.y0 = math.Round(float64(h)/2 - cy*f.h)
	return f
}

// within places another picture inside the frame of the first: over it where
// both have one shape, else as large as fits, in the middle.
func (f frame) within(l *Layer, first *Layer) frame {
	if l.W*first.H == l.H*first.W {
		return f
	}
	s := min(f.w/float64(l.W), f.h/float64(l.H))
	g := frame{scale: s, w: float64(l.W) * s, h: float64(l.H) * s}
	g.x0 = math.Floor(f.x0 + (f.w-g.w)/2)
	g.y0 = math.Floor(f.y0 + (f.h-g.h)/2)
	return g
}

// clear paints the whole of dst in one opaque colour.
func clearTo(dst *image.RGBA, c color.Color) {
	r, g, b, _ := c.RGBA()
	px := [4]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8), 255}
	if len(dst.Pix) < 4 {
		return
	}
	copy(dst.Pix, px[:])
	for n := 4; n < len(dst.Pix); n *= 2 {
		copy(dst.Pix[n:], dst.Pix[:n])
	}
}

// draw paints the part of the layer that falls between the columns from and to
// of dst (exclusive), placed by f.
func draw(dst *image.RGBA, l *Layer, f frame, from, to int) {
	src := l.Image
	x0 := max(int(math.Ceil(f.x0)), from, 0)
	y0 := max(int(math.Ceil(f.y0)), 0)
	x1 := min(int(math.Floor(f.x0+f.w)), to, dst.Rect.Dx())
	y1 := min(int(math.Floor(f.y0+f.h)), dst.Rect.Dy())
	if x0 >= x1 || y0 >= y1 {
		return
	}
	sx := float64(src.Rect.Dx()) / f.w // source pixels per device pixel
	sy := float64(src.Rect.Dy()) / f.h
	switch {
	case sx == 1 && sy == 1:
		drawCopy(dst, src, x0, y0, x1, y1, x0-int(f.x0), y0-int(f.y0))
	case sx <= 0.5 && f.scale >= 2:
		drawNearest(dst, src, f, x0, y0, x1, y1, sx, sy)
	default:
		drawBilinear(dst, src, f, x0, y0, x1, y1, sx, sy)
	}
}

func drawCopy(dst, src *image.RGBA, x0, y0, x1, y1, sx, sy int) {
	n := min(x1-x0, src.Rect.Dx()-sx) * 4
	for y := y0; y < y1 && sy+y-y0 < src.Rect.Dy(); y++ {
		d := y*dst.Stride + x0*4
		s := (sy+y-y0)*src.Stride + sx*4
		copy(dst.Pix[d:d+n], src.Pix[s:s+n])
	}
}

// drawNearest shows pixels as squares: at twice the size and more one looks at
// pixels, not at the picture.
func drawNearest(dst, src *image.RGBA, f frame, x0, y0, x1, y1 int, sx, sy float64) {
	cols := make([]int, x1-x0)
	for i := range cols {
		cols[i] = 4 * min(int((float64(x0+i)+0.5-f.x0)*sx), src.Rect.Dx()-1)
	}
	for y := y0; y < y1; y++ {
		row := src.Pix[min(int((float64(y)+0.5-f.y0)*sy), src.Rect.Dy()-1)*src.Stride:]
		d := dst.Pix[y*dst.Stride+x0*4 : y*dst.Stride+x1*4]
		for i, c := range cols {
			copy(d[i*4:i*4+4], row[c:c+4])
		}
	}
}

// drawBilinear is what is seen until the renderer has made the right size. Two
// components are weighed at once, in 1/256: 0x00RR00BB and 0x00AA00GG.
func drawBilinear(dst, src *image.RGBA, f frame, x0, y0, x1, y1 int, sx, sy float64) {
	type col struct {
		a, b int
		w    uint32
	}
	cols := make([]col, x1-x0)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	for i := range cols {
		p := (float64(x0+i)+0.5-f.x0)*sx - 0.5
		q := math.Floor(p)
		cols[i] = col{4 * min(max(int(q), 0), w-1), 4 * min(max(int(q)+1, 0), w-1), uint32((p - q) * 256)}
	}
	for y := y0; y < y1; y++ {
		p := (float64(y)+0.5-f.y0)*sy - 0.5
		q := math.Floor(p)
		ra := src.Pix[min(max(int(q), 0), h-1)*src.Stride:]
		rb := src.Pix[min(max(int(q)+1, 0), h-1)*src.Stride:]
		wy := uint32((p - q) * 256)
		d := dst.Pix[y*dst.Stride+x0*4 : y*dst.Stride+x1*4]
		for i := range cols {
			c := &cols[i]
			tl, tr := binary.LittleEndian.Uint32(ra[c.a:]), binary.LittleEndian.Uint32(ra[c.b:])
			bl, br := binary.LittleEndian.Uint32(rb[c.a:]), binary.LittleEndian.Uint32(rb[c.b:])
			even := between(between(tl&half, tr&half, c.w), between(bl&half, br&half, c.w), wy)
			odd := between(between(tl>>8&half, tr>>8&half, c.w), between(bl>>8&half, br>>8&half, c.w), wy)
			binary.LittleEndian.PutUint32(d[i*4:], even|odd<<8|0xff000000)
		}
	}
}

const half = 0x00ff00ff

// between mixes two pairs of components, w/256 of the second.
func between(a, b, w uint32) uint32 { return (a*(256-w) + b*w) >> 8 & half }
