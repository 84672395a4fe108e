package kernel

import (
	"math"
	"slices"
)

// farthest is the largest displacement: two million pixels.
const farthest = 1 << 29

// refDisplace turns nearness into displacements: round(d*span + off) with d
// clamped to 0..1, not-a-number being 0.
func refDisplace(dst []int32, ranges []Range, depth []float32, span, off float32) {
	for x, d := range depth[:len(dst)] {
		if !(d > 0) {
			d = 0
		} else if d > 1 {
			d = 1
		}
		v := min(max(float32(d*span)+off, -farthest), farthest)
		if v < 0 {
			v -= 0.5
		} else {
			v += 0.5
		}
		dst[x] = int32(v)
	}
	refRanges(ranges, dst)
}

func refRanges(ranges []Range, disp []int32) {
	for k := range ranges {
		part := disp[max(k*Block-1, 0):min((k+1)*Block+1, len(disp))]
		ranges[k] = Range{slices.Min(part), slices.Max(part)}
	}
}

// refEdges marks the pixels whose 3x3 neighbourhood spans more than limit.
func refEdges(dst []uint8, rows *[3]Row, limit int32) (any bool) {
	for x := range dst {
		lo := rows[1].Disp[x]
		hi := lo
		for j := range rows {
			for _, v := range rows[j].Disp[max(x-1, 0):min(x+2, len(dst))] {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
		dst[x] = 0
		if hi-lo > limit {
			dst[x], any = 1, true
		}
	}
	return any
}

// refPaint inverts a row: disp holds the displacement of each source pixel,
// from gets for every target the source coordinate seen there, or Hole.
// Sources are painted from left to right (mirrored: from right to left): of
// two on the same target the later is the nearer, so no depth is compared.
func refPaint(from, disp []int32, mirror bool) {
	for i := range from {
		from[i] = Hole
	}
	p := refPainter{from, disp, mirror, int32(len(from)) - 1}
	p0 := p.pos(0)
	p.put((p0+One/2)>>FracBits, 0)
	for x := int32(0); x < p.last; x++ {
		p1 := p.pos(x + 1)
		gap := p1 - p0
		if gap > 0 && gap <= MaxGap {
			for t := (p0 + One - 1) >> FracBits; t <= p1>>FracBits; t++ {
				p.put(t, x<<FracBits+(t<<FracBits-p0)*One/gap)
			}
			p0 = p1
			continue
		}
		if gap > 0 {
			p.carry(x, p0, p1)
		}
		p.put((p1+One/2)>>FracBits, (x+1)<<FracBits)
		p0 = p1
	}
}

// refPainter is one row being painted; mirrored, both rows run backwards.
type refPainter struct {
	from, disp []int32
	mirror     bool
	last       int32 // column
}

func (p *refPainter) pos(x int32) int32 {
	if p.mirror {
		return x<<FracBits - p.disp[p.last-x]
	}
	return x<<FracBits - p.disp[x]
}

func (p *refPainter) put(t, s int32) {
	if t < 0 || t > p.last {
		return
	}
	if p.mirror {
		p.from[p.last-t] = p.last<<FracBits - s
	} else {
		p.from[t] = s
	}
}

// carry takes one pixel of the nearer side over a tear: the pixel at its edge
// is mixed and looks like it.
func (p *refPainter) carry(x, p0, p1 int32) {
	t := p0>>FracBits + 1
	if t < 0 || t > p.last || t<<FracBits >= p1 {
		return
	}
	at := t
	if p.mirror {
		at = p.last - t
	}
	if p.from[at] == Hole {
		p.put(t, x<<FracBits+t<<FracBits-p0)
	}
}

// refRuns lists the holes of a painted row and returns how many there are.
func refRuns(runs []Run, from []int32) int {
	n := 0
	for x := 0; x < len(from); x++ {
		if from[x] != Hole {
			continue
		}
		x0 := x
		for x < len(from) && from[x] == Hole {
			x++
		}
		runs[n] = Run{int32(x0), int32(x - 1)}
		n++
	}
	return n
}

// refSubsample makes the map of a plane subsampled by 1<<shift: its samples
// move like the luma sample at the same place.
func refSubsample(dst, from []int32, shift uint) {
	for i := range dst {
		x := i << shift
		if from[x] == Hole {
			dst[i] = Hole
			continue
		}
		dst[i] = int32(i)<<FracBits + (from[x]-int32(x)<<FracBits)>>shift
	}
}

// spline is the Catmull-Rom cubic through four samples at the fraction f/One
// after p1 (Catmull and Rom 1974), by Horner's rule on numbers four times as
// large. It is evaluated from the nearer of the two middle samples, so that a
// mirrored row gives mirrored values; mirror decides the case halfway.
func spline(p0, p1, p2, p3, f int32, mirror bool) int32 {
	if f > One/2 || mirror && f == One/2 {
		p0, p1, p2, p3, f = p3, p2, p1, p0, One-f
	}
	a := 3*(p1-p2) + p3 - p0
	b := 2*p0 - 5*p1 + 4*p2 - p3
	c := p2 - p0
	t := 4*b + (4*a*f+128)>>8
	t = 4*c + (t*f+128)>>8
	return p1 + (t*f+1024)>>11
}

// refSample draws a row of samples of comps interleaved components from the
// source coordinates of its pixels. src begins Pad samples before the row.
// Holes get any value. w is the row's length in samples.
func refSample[T uint8 | uint16](dst, src []T, from []int32, comps int, top int32, mirror bool) {
	for i, s := range from {
		s = max(s, 0)
		x, f := int(s>>FracBits), s&(One-1)
		q := src[(x+Pad-1)*comps:][: 4*comps : 4*comps]
		for n := range comps {
			v := spline(int32(q[n]), int32(q[comps+n]), int32(q[2*comps+n]), int32(q[3*comps+n]), f, mirror)
			dst[i*comps+n] = T(min(max(v, 0), top))
		}
	}
}

// mixWeight is 64/(1+r^4/8) at the squared distances in a 5x5 window, dirty a
// tenth of it: for far pixels that themselves lie at the silhouette.
var mixWeight = [2][9]int32{{64, 57, 43, 0, 21, 16, 0, 0, 7}, {6, 6, 4, 0, 2, 2, 0, 0, 1}}

// Limits of the matte, in 8-bit levels: surfaces of less contrast (squared,
// summed over the primaries) are not told apart, and coverage below the noise
// counts as none.
const (
	minContrast = 300
	mixNoise    = 5
)

// refMix finds the mixed pixels of a row: at silhouettes, a coverage estimated
// from the mean colours of the near and the far surface in the 5x5 pixels
// around. out must have room for W entries; the number used is returned.
func refMix(out []Mixed, b *Band) int {
	n := 0
	for x := range b.W {
		if b.Edge[b.EdgeRow[2]+x] != 0 && refMixOne(&out[n], b, x) {
			n++
		}
	}
	return n
}

// side sums up one of the two surfaces.
type side struct {
	w int32
	d int64 // displacement less the middle of the two
	c [4]int32
}

func refMixOne(out *Mixed, b *Band, x int) bool {
	d := b.Disp[b.DispRow[2]+x]
	lo, hi := d, d
	for j := 1; j <= 3; j++ {
		for i := max(x-1, 0); i <= min(x+1, b.W-1); i++ {
			v := b.Disp[b.DispRow[j]+i]
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	mid := lo + (hi-lo)/2
	s := b.sides(x, lo, mid, hi)
	if s[0].w == 0 || s[1].w == 0 {
		return false
	}
	a, ok := out.share(b, x, &s)
	isNear := d > mid
	if !ok || isNear && a == 256 || !isNear && a == 0 {
		return false
	}
	out.X, out.A = int32(x), int32(a)
	out.Near, out.Far = d, d
	if isNear {
		out.Far = mid + int32(s[0].d/int64(s[0].w))
	} else {
		out.Near = mid + int32(s[1].d/int64(s[1].w))
	}
	return true
}

// sides sums up the far and the near surface around a pixel.
func (b *Band) sides(x int, lo, mid, hi int32) (s [2]side) {
	for j := range 5 {
		for i := max(x-2, 0); i <= min(x+2, b.W-1); i++ {
			v := b.Disp[b.DispRow[j]+i]
			if v < lo-b.MinRange || v > hi+b.MinRange {
				continue
			}
			near, dirty := 0, int(b.Edge[b.EdgeRow[j]+i])
			if v > mid {
				near, dirty = 1, 0
			}
			w := mixWeight[dirty][(i-x)*(i-x)+(j-2)*(j-2)]
			q := &s[near]
			q.w += w
			q.d += int64(w) * int64(v-mid)
			for c := range b.Comps {
				q.c[c] += w * b.at(c, j, i)
			}
		}
	}
	return s
}

// share sets the colours of the two surfaces and gives how much of the near one
// the pixel shows, in 256ths; not ok where their colours are too alike to tell.
func (out *Mixed) share(b *Band, x int, s *[2]side) (a int64, ok bool) {
	var dot, con int64
	for c := range b.Comps {
		out.F[c] = (s[1].c[c] * 16) / s[1].w
		out.B[c] = (s[0].c[c] * 16) / s[0].w
		if c == 3 {
			break // alpha goes along
		}
		e := int64(out.F[c] - out.B[c])
		con += e * e
		dot += e * int64(b.at(c, 2, x)*16-out.B[c])
	}
	if b.Luma {
		con, dot = con*3, dot*3
	}
	scale := int64(1) << (b.Bits - 8)
	if con < minContrast*256*scale*scale {
		return 0, false
	}
	floor := max(26, int64(256*16*mixNoise*float64(scale)/math.Sqrt(float64(con))))
	if 256-2*floor < 51 {
		return 0, false
	}
	return min(max((dot*256/con-floor)*256/(256-2*floor), 0), 256), true
}

// at is component c of the sample over luma column x in row j of the window.
func (b *Band) at(c, j, x int) int32 {
	at := b.Row[c][j] + (x>>b.Shift[c])*b.Step[c]
	if b.Pix8[0] != nil {
		return int32(b.Pix8[c][at])
	}
	return int32(b.Pix16[c][at])
}
