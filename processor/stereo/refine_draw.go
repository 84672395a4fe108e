package stereo

import (
	"slices"

	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
)

// colourWeight is what a pixel's colour counts for beside the map, where it is
// beyond doubt on one side and the map between.
const colourWeight = 0.7

// reachShare is what part of a sample of the map lies between a pixel and the
// others that its colour is taken from, so that noise does not decide.
const reachShare = 3.5

// zoomTaps are where the columns and rows of a picture lie in a smaller map.
type zoomTaps struct {
	mw, mh, w, h int
	x, y         []int32
	fx, fy       []float32
	first        []int32 // see kernel.Zoom
}

func (z *zoomTaps) set(mw, mh, w, h int) {
	if z.mw == mw && z.mh == mh && z.w == w && z.h == h {
		return
	}
	z.mw, z.mh, z.w, z.h = mw, mh, w, h
	z.x, z.fx = zoomAxis(z.x[:0], z.fx[:0], mw, w)
	z.y, z.fy = zoomAxis(z.y[:0], z.fy[:0], mh, h)
	z.first = z.first[:0]
	a, b := 0, 0
	for i := 0; i < mw; i += 8 {
		for a < w && int(z.x[a]) < i-1 {
			a++
		}
		for b < w && int(z.x[b]) < i+8 {
			b++
		}
		z.first = append(z.first, int32(a), int32(b))
	}
}

// loadBand fills rows of the map at the working size.
func (q *ramp) loadBand(worker, y0, y1 int) {
	k := &q.k
	to := q.soft
	if len(q.soften) > 0 {
		to = q.res
	}
	for y := y0; y < y1; y++ {
		row := to[y*k.Stride:][:k.Stride]
		if q.scale.same() {
			kernel.RampLoad(row, q.src.Row(y))
			continue
		}
		q.scale.row(row[kernel.RampPad:][:k.W], q.tmp[worker], q.src, y)
		extend(row, k.W)
	}
}

// extend repeats the ends of a plane's row of w values.
func extend(row []float32, w int) {
	for i := range kernel.RampPad {
		row[i] = row[kernel.RampPad]
	}
	last := row[kernel.RampPad+w-1]
	for i := kernel.RampPad + w; i < len(row); i++ {
		row[i] = last
	}
}

// Components are weighted such that a grey difference counts as much in either
// model: a difference of Y stands in all three primaries, those of Cb and Cr
// in the primaries of BT.601.
var (
	lumaScale = [3]float32{1.732, 1.806, 1.571}
	rgbScale  = [3]float32{1, 1, 1}
)

// comp is how one component of the picture is read.
type comp struct {
	p     *pix.Plane
	at    int
	scale float32
}

// rowAt is where the row that holds picture row y begins.
func (c *comp) rowAt(y int) int { return (y>>c.p.ShiftY)*c.p.Stride + c.at }

// components gives the components that are compared and their number.
func (q *ramp) components() (c [3]comp, n int) {
	to255 := 255 / float32(int(1)<<q.pic.Bits-1)
	if q.pic.Model == pix.RGBA {
		for i := range c {
			c[i] = comp{&q.pic.Planes[0], i, rgbScale[i] * to255}
		}
		return c, 3
	}
	n = min(q.pic.N, 3)
	for i := range n {
		c[i] = comp{&q.pic.Planes[i], 0, lumaScale[i] * to255}
	}
	return c, n
}

// sample fills the live blocks of rows of the picture at the working size, with
// the pixels in the middle of the samples: means over many of them are taken.
func (q *ramp) sample(y0, y1 int) {
	k := &q.k
	comps, n := q.components()
	for y := y0; y < y1; y++ {
		live := q.live[y*k.Blocks:][:k.Blocks]
		if !slices.Contains(live, 1) {
			continue
		}
		py := (2*y + 1) * q.pic.H / (2 * k.H)
		for c := range q.comps {
			row := q.comps[c][y*k.Stride:][:k.Stride]
			if c >= n {
				clear(row)
				continue
			}
			p := comps[c].p
			from := kernel.Samples{Step: p.Comps, Shift: uint(p.ShiftX), Scale: comps[c].scale}
			if at := comps[c].rowAt(py); p.Pix16 != nil {
				from.Pix16 = p.Pix16[at:]
			} else {
				from.Pix8 = p.Pix8[at:]
			}
			k.Pick(row[kernel.RampPad:], live, q.columns, &from)
			extend(row, k.W)
		}
	}
}

// drawBand enlarges the map and makes its ramps steps.
func (q *ramp) drawBand(worker, y0, y1 int) {
	comps, n := q.components()
	z := kernel.Zoom{Index: q.over.x, FX: q.over.fx, First: q.over.first, Comps: n, Colour: colourWeight, Widen: q.widen}
	z.Reach = int(float64(q.pic.W) / float64(q.k.W) / reachShare)
	for c := range n {
		p := comps[c].p
		z.Pix8[c], z.Pix16[c] = p.Pix8, p.Pix16
		z.Step[c], z.Shift[c], z.Scale[c] = p.Comps, uint(p.ShiftX), comps[c].scale
	}
	for y := y0; y < y1; y++ {
		row := q.dst.Row(y)
		q.enlarge(row, q.tmp[worker], y)
		if q.sharp {
			continue
		}
		z.Row0 = int(q.over.y[y])
		z.Row1, z.FY = min(z.Row0+1, q.k.H-1), q.over.fy[y]
		for c := range n {
			p := &comps[c]
			z.At[c] = p.rowAt(y)
			z.Above[c], z.Below[c] = p.rowAt(max(y-z.Reach, 0)), p.rowAt(min(y+z.Reach, q.pic.H-1))
		}
		q.k.Draw(row, &z, q.fields, q.flag)
	}
}

// enlarge brings a row of the map to the picture's size.
func (q *ramp) enlarge(row, tmp []float32, y int) {
	m, k := q.src, &q.k
	switch {
	case q.direct.same():
		for x, v := range m.Row(y) {
			row[x] = within01(v)
		}
	case m.W <= q.pic.W && m.H <= q.pic.H:
		a := int(q.over.y[y])*k.Stride + kernel.RampPad
		b := min(int(q.over.y[y])+1, k.H-1)*k.Stride + kernel.RampPad
		kernel.RampRow(row, q.soft[a:][:k.W], q.soft[b:][:k.W], q.over.fy[y], q.over.x, q.over.fx, tmp)
	default:
		q.direct.row(row, tmp, m, y)
	}
}
