package verify

import (
	"context"
	"math"
	"slices"

	"spatialmaker/processor/pix"
)

// The matching works on small grey pictures: block matching with a window of
// 2*radius+1 pixels, checked from left to right and back.
const (
	workWidth = 480 // eyes are brought to at most this width
	radius    = 3
	reach     = 0.09 // of the width: the largest disparity looked for, either way
	texture   = 14   // least spread of grey levels in a window that can be matched
	agree     = 1    // pixels by which both directions may differ
)

// grey is a small luma picture.
type grey struct {
	w, h int
	pix  []float32
}

func (g *grey) at(x, y int) float32 { return g.pix[y*g.w+x] }

// greyOf brings one eye to working size. channel picks a colour of an RGBA
// picture (0 red, 1 green), or -1 for luma.
func greyOf(ctx context.Context, p *pix.Picture, channel int) (*grey, error) {
	w := min(p.W, workWidth)
	h := max(1, p.H*w/p.W)
	small := p
	if w < p.W || h < p.H {
		small = pix.New(pix.LayoutOf(p).Resized(w, h))
		if err := pix.Shrink(ctx, small, p, 0); err != nil {
			return nil, err
		}
	}
	g := &grey{w: small.W, h: small.H, pix: make([]float32, small.W*small.H)}
	row := pix.NewRGBRow(small)
	for y := range g.h {
		row.Load(small, y)
		for x := range g.w {
			v := 0.299*row.R[x] + 0.587*row.G[x] + 0.114*row.B[x]
			switch channel {
			case 0:
				v = row.R[x]
			case 1:
				v = row.G[x]
			}
			g.pix[y*g.w+x] = 255 * v
		}
	}
	return g, nil
}

// unmatched marks pixels without a trustworthy partner; flatPatch those whose
// surroundings have nothing to match.
const (
	unmatched = math.MinInt16
	flatPatch = math.MinInt16 + 1
)

// match measures a pair of eyes whose rows are dy apart, on every step-th row.
func match(ctx context.Context, left, right *grey, dy, step int) (stats, error) {
	w := left.w
	dl, dr := make([]int16, w*left.h), make([]int16, w*left.h)
	most := max(2, int(reach*float64(w)))
	err := pix.Bands(ctx, pix.Workers(0), left.h, 8, func(_, y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range w {
				if y%step != 0 {
					dl[y*w+x], dr[y*w+x] = flatPatch, flatPatch
					continue
				}
				dl[y*w+x] = matchOne(left, right, x, y, 1, dy, most)
				dr[y*w+x] = matchOne(right, left, x, y+dy, -1, -dy, most)
			}
		}
	})
	if err != nil {
		return stats{}, err
	}
	return measure(consistent(dl, dr, w, 1), consistent(dr, dl, w, -1), left, right), nil
}

// flat says whether the window around (x, y) has too little texture to be found
// again.
func (g *grey) flat(x, y int) bool {
	lo, hi := g.at(x, y), g.at(x, y)
	for j := -radius; j <= radius; j++ {
		for _, v := range g.pix[(y+j)*g.w+x-radius : (y+j)*g.w+x+radius+1] {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return hi-lo < texture
}

// windowDifference sums how the window around (x, y) of a differs from the one
// around (bx, by) of b; it stops once the sum has reached enough.
func windowDifference(a, b *grey, x, y, bx, by int, enough float32) float32 {
	sum := float32(0)
	for j := -radius; j <= radius && sum < enough; j++ {
		ra := a.pix[(y+j)*a.w+x-radius : (y+j)*a.w+x+radius+1]
		rb := b.pix[(by+j)*b.w+bx-radius : (by+j)*b.w+bx+radius+1]
		for i, v := range ra {
			e := v - rb[i]
			if e < 0 {
				e = -e
			}
			sum += e
		}
	}
	return sum
}

// matchOne finds where (x, y) of a lies in b: at (x - sign*d, y+dy) for the
// returned d.
func matchOne(a, b *grey, x, y, sign, dy, most int) int16 {
	if x < radius || y < radius || x >= a.w-radius || y >= a.h-radius || y+dy < radius || y+dy >= b.h-radius {
		return flatPatch
	}
	if a.flat(x, y) {
		return flatPatch
	}
	best, at := float32(math.MaxFloat32), unmatched
	for d := -most; d <= most; d++ {
		bx := x - sign*d
		if bx < radius || bx >= b.w-radius {
			continue
		}
		if sum := windowDifference(a, b, x, y, bx, y+dy, best); sum < best {
			best, at = sum, d
		}
	}
	return int16(at)
}

// consistent drops the matches of a that the way back from b contradicts.
func consistent(da, db []int16, w int, sign int) []int16 {
	out := slices.Clone(da)
	for i, d := range da {
		if d <= flatPatch {
			continue
		}
		x := i % w
		j := i - sign*int(d)
		if bx := x - sign*int(d); bx < 0 || bx >= w || db[j] <= flatPatch || abs(int(db[j])-int(d)) > agree {
			out[i] = unmatched
		}
	}
	return out
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

// stats of the trusted disparities, in pixels of the working size.
type stats struct {
	n, tried          int // trusted, and all that could be looked for
	p02, p50, p98     int
	ordered, inverted int // occlusion votes for eyes the right way round, and swapped
}

func measure(dl, dr []int16, left, right *grey) stats {
	var s stats
	var all []int
	for _, d := range dl {
		if d > flatPatch {
			all = append(all, int(d))
		}
		if d != flatPatch {
			s.tried++
		}
	}
	s.n = len(all)
	if s.n == 0 {
		return s
	}
	slices.Sort(all)
	q := func(f float64) int { return all[min(len(all)-1, int(f*float64(len(all))))] }
	s.p02, s.p50, s.p98 = q(0.02), q(0.5), q(0.98)
	a, b := votes(dl, left, 1)
	c, d := votes(dr, right, -1)
	s.ordered, s.inverted = a+c, b+d
	return s
}

// What counts as a vote on the order of the eyes.
const (
	stepPixels = 3  // least jump of disparity across the hole
	contrast   = 25 // least difference in grey between both sides
	beside     = 5  // pixels on both sides of the hole that are looked at, beyond the reach of its windows
	clearer    = 3  // how much more alike the hole must be to one side
)

// votes looks at the places one eye sees and the other does not. They belong
// to the background: they look like the farther of their two neighbours. In a
// pair that was swapped, near and far are exchanged and they look like the
// nearer. Positions alone cannot tell: a swapped pair is as consistent as a
// true one. side is 1 for the left eye, whose larger disparities are to the
// right of such a place, and -1 for the right eye.
func votes(d []int16, g *grey, side int) (ordered, inverted int) {
	for y := range g.h {
		row, line := d[y*g.w:(y+1)*g.w], g.pix[y*g.w:(y+1)*g.w]
		for x := 0; x < g.w; x++ {
			if row[x] > flatPatch {
				continue
			}
			hole, end := 0, x
			for ; end < g.w && row[end] <= flatPatch; end++ {
				if row[end] == unmatched {
					hole++
				}
			}
			if x < 2*beside || end > g.w-2*beside || hole < 2 {
				x = end
				continue
			}
			// The hole is as wide as the disparity jumps, less what the windows
			// of the matching take from it.
			step := side * (int(row[end]) - int(row[x-1]))
			if step >= stepPixels && abs(end-x-step) <= radius+1 {
				o, i := vote(line, x, end, side)
				ordered, inverted = ordered+o, inverted+i
			}
			x = end
		}
	}
	return ordered, inverted
}

// vote compares the hole from x to end of a line with what lies beside it.
func vote(line []float32, x, end, side int) (ordered, inverted int) {
	far, near := mean(line[x-radius-beside:x-radius]), mean(line[end+radius:end+radius+beside])
	if side < 0 {
		far, near = near, far
	}
	in := mean(line[x:end])
	toFar, toNear := math.Abs(in-far), math.Abs(in-near)
	switch {
	case math.Abs(far-near) < contrast:
	case toFar*clearer < toNear:
		ordered = 1
	case toNear*clearer < toFar:
		inverted = 1
	}
	return ordered, inverted
}

func mean(v []float32) float64 {
	sum := float32(0)
	for _, x := range v {
		sum += x
	}
	return float64(sum) / float64(len(v))
}
