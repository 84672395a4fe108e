package steady

import (
	"context"
	"encoding/binary"
	"math"

	"spatialmaker/processor/pix"
)

// A guide is a small luma picture with two halvings, on which motion is found
// and shots are told apart. Values are 0..255 whatever the source's depth.
type guide struct {
	level [3]luma
	mean  float32
	dev   float32 // standard deviation
}

// luma is one level of a guide, tightly packed.
type luma struct {
	w, h int
	pix  []uint8
}

const (
	guideLong = 240 // longest side of level 0, about an eighth of 1080p
	guideMin  = 32  // shortest side: four blocks of the coarsest level
)

// guideSize returns the size of level 0 for maps of w x h: the map divided by
// the smallest whole number that brings the long side to guideLong.
func guideSize(w, h int) (int, int) {
	k := (max(w, h) + guideLong - 1) / guideLong
	return max(w/k, guideMin), max(h/k, guideMin)
}

func newGuide(w, h int) *guide {
	g := &guide{}
	for i := range g.level {
		g.level[i] = luma{w: w, h: h, pix: make([]uint8, w*h)}
		w, h = (w+1)/2, (h+1)/2
	}
	return g
}

// drawer fills guides from pictures.
type drawer struct {
	crew *pix.Crew
	acc  [][]uint32 // one row of sums for each worker
	cols []int32    // where the samples of a guide column begin
	colW int        // picture width that cols are for
	pic  *pix.Picture
	dst  *luma
	fn   func(worker, y0, y1 int)
}

func newDrawer(c *pix.Crew) *drawer {
	d := &drawer{crew: c, acc: make([][]uint32, c.Workers())}
	d.fn = d.band
	return d
}

// draw averages p down to the guide's levels.
func (d *drawer) draw(ctx context.Context, g *guide, p *pix.Picture) error {
	d.pic, d.dst = p, &g.level[0]
	if w := d.dst.w; d.colW != p.W || len(d.cols) != w+1 {
		d.colW, d.cols = p.W, make([]int32, w+1)
		for x := range d.cols {
			d.cols[x] = int32(x * p.W / w)
		}
		for i := range d.acc {
			d.acc[i] = make([]uint32, w)
		}
	}
	err := d.crew.Bands(ctx, d.dst.h, 16, d.fn)
	d.pic, d.dst = nil, nil
	if err != nil {
		return err
	}
	g.finish()
	return nil
}

// finish derives everything from level 0.
func (g *guide) finish() {
	for i := 1; i < len(g.level); i++ {
		halve(&g.level[i], &g.level[i-1])
	}
	g.measure()
}

// Rows looked at for one guide row, at most: enough to average noise away, and
// few enough for a 4K frame to cost little more than 1080p.
const mostRows = 6

func (d *drawer) band(worker, y0, y1 int) {
	pl := &d.pic.Planes[0]
	shift := d.pic.Bits - 8
	acc := d.acc[worker]
	for y := y0; y < y1; y++ {
		a := y * pl.H / d.dst.h
		b := max((y+1)*pl.H/d.dst.h, a+1)
		step := (b - a + mostRows - 1) / mostRows
		rows := (b - a + step - 1) / step
		clear(acc)
		if pl.Comps == 1 && pl.Pix8 != nil && pl.W >= 8*d.dst.w {
			sumEights(acc, pl.Pix8[a*pl.Stride:], step*pl.Stride, rows, d.cols)
			d.mean(y, acc, rows, shift)
			continue
		}
		for j := a; j < b; j += step {
			switch at := j * pl.Stride; {
			case pl.Comps == 4 && pl.Pix16 != nil:
				sumRGBA(acc, pl.Pix16[at:], d.cols)
			case pl.Comps == 4:
				sumRGBA(acc, pl.Pix8[at:], d.cols)
			case pl.Pix16 != nil:
				sumOne(acc, pl.Pix16[at:], d.cols)
			default:
				sumOne(acc, pl.Pix8[at:], d.cols)
			}
		}
		d.mean(y, acc, rows, shift)
	}
}

// mean makes row y of the guide from the sums of some rows' samples.
func (d *drawer) mean(y int, acc []uint32, rows, shift int) {
	out := d.dst.pix[y*d.dst.w : (y+1)*d.dst.w]
	for x := range out {
		n := uint32(rows) * uint32(max(d.cols[x+1]-d.cols[x], 1))
		out[x] = uint8(min((acc[x]+n/2)/n>>shift, 255))
	}
}

// sumEights sums up the samples of each column, of eight and more, over at most
// mostRows rows that begin step samples apart: eight at a time, in lanes of 16
// bits.
func sumEights(acc []uint32, src []uint8, step, rows int, cols []int32) {
	for x := range acc {
		l, r := int(cols[x]), int(cols[x+1])
		var sum uint32
		for ; l+8 <= r; l += 8 {
			var lanes uint64
			for j := range rows {
				v := binary.LittleEndian.Uint64(src[j*step+l:])
				lanes += v&laneBytes + v>>8&laneBytes
			}
			sum += uint32(lanes * laneOnes >> 48)
		}
		for ; l < r; l++ {
			for j := range rows {
				sum += uint32(src[j*step+l])
			}
		}
		acc[x] = sum
	}
}

// sumOne adds to acc the samples of each column; an empty column has the one
// sample it lies on.
func sumOne[T uint8 | uint16](acc []uint32, src []T, cols []int32) {
	for x := range acc {
		l, r := cols[x], cols[x+1]
		sum := uint32(src[l])
		if l+1 < r {
			for _, v := range src[l+1 : r] {
				sum += uint32(v)
			}
		}
		acc[x] += sum
	}
}

// sumRGBA is sumOne for luma by the weights of BT.709, in 1/256.
func sumRGBA[T uint8 | uint16](acc []uint32, src []T, cols []int32) {
	for x := range acc {
		l, r := cols[x], max(cols[x+1], cols[x]+1)
		var sum uint32
		for s := src[4*l : 4*r]; len(s) >= 4; s = s[4:] {
			sum += (54*uint32(s[0]) + 183*uint32(s[1]) + 19*uint32(s[2])) >> 8
		}
		acc[x] += sum
	}
}

func halve(dst, src *luma) {
	for y := range dst.h {
		r0 := src.pix[2*y*src.w:]
		r1 := src.pix[min(2*y+1, src.h-1)*src.w:]
		for x := range dst.w {
			l, r := 2*x, min(2*x+1, src.w-1)
			dst.pix[y*dst.w+x] = uint8((int(r0[l]) + int(r0[r]) + int(r1[l]) + int(r1[r]) + 2) / 4)
		}
	}
}

// measure takes the mean and standard deviation of the middle level.
func (g *guide) measure() {
	l := &g.level[1]
	var sum, square int
	for _, v := range l.pix {
		sum += int(v)
		square += int(v) * int(v)
	}
	n := float64(len(l.pix))
	m := float64(sum) / n
	g.mean = float32(m)
	g.dev = float32(math.Sqrt(max(float64(square)/n-m*m, 0)))
}
