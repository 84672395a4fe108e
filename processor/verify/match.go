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

// match measures a pair of eyes of one size whose rows are dy apart, on every
// step-th row.
func match(ctx context.Context, left, right *grey, dy, step int) (stats, error) {
	w := left.w
	dl, dr := make([]int16, w*left.h), make([]int16, w*left.h)
	for i := range dl {
		dl[i], dr[i] = flatPatch, flatPatch
	}
	most := max(2, int(reach*float64(w)))
	err := pix.Bands(ctx, pix.Workers(0), left.h, 8, func(_, y0, y1 int) {
		// Whole windows only.
		y0, y1 = max(y0, radius, radius-dy), min(y1, left.h-radius, left.h-radius-dy)
		y0 += (step - y0%step) % step
		if y0 >= y1 {
			return
		}
		m := newMatcher(left, right, dy, y0, y1)
		for d := -most; d <= most; d++ {
			m.try(d, step, dl, dr)
		}
		for y := y0; y < y1; y += step {
			left.dropFlat(dl[y*w:(y+1)*w], y)
			right.dropFlat(dr[y*w:(y+1)*w], y+dy)
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

// dropFlat takes back the matches of row y where there is nothing to match.
func (g *grey) dropFlat(d []int16, y int) {
	for x := radius; x < g.w-radius; x++ {
		if g.flat(x, y) {
			d[x] = flatPatch
		}
	}
}

// matcher finds the partners of the rows y0 to y1 of the left eye, which lie in
// rows y0+dy to y1+dy of the right one, and the partners of those. What two
// windows differ by is summed once and serves both eyes.
type matcher struct {
	left, right *grey
	dy, y0, y1  int
	columns     []float64 // differences in one column of the windows
	bestL       []float64 // the least difference so far, for each pixel of the rows
	bestR       []float64
}

func newMatcher(left, right *grey, dy, y0, y1 int) *matcher {
	n := (y1 - y0) * left.w
	m := &matcher{
		left: left, right: right, dy: dy, y0: y0, y1: y1,
		columns: make([]float64, left.w), bestL: make([]float64, n), bestR: make([]float64, n),
	}
	for i := range n {
		m.bestL[i], m.bestR[i] = math.MaxFloat64, math.MaxFloat64
	}
	return m
}

// try compares every pixel at x of the left eye with the one at x-d of the
// right and notes d for both where nothing was more alike before.
func (m *matcher) try(d, step int, dl, dr []int16) {
	const window = 2*radius + 1
	w := m.left.w
	from, to := max(0, d), min(w, w+d) // columns of the left eye that have a partner
	if to-from < window {
		return
	}
	for y := m.y0; y < m.y1; y += step {
		// Windows of the next row differ by one row that comes and one that goes.
		if y == m.y0 || step > 1 {
			clear(m.columns)
			for j := -radius; j <= radius; j++ {
				m.add(y+j, from, to, d, 1)
			}
		} else {
			m.add(y+radius, from, to, d, 1)
			m.add(y-radius-1, from, to, d, -1)
		}
		sum := 0.0
		for _, v := range m.columns[from : from+window-1] {
			sum += v
		}
		bestL, bestR := m.bestL[(y-m.y0)*w:][:w], m.bestR[(y-m.y0)*w:][:w]
		for x := from + radius; x < to-radius; x++ {
			sum += m.columns[x+radius]
			if sum < bestL[x] {
				bestL[x], dl[y*w+x] = sum, int16(d)
			}
			if sum < bestR[x-d] {
				bestR[x-d], dr[y*w+x-d] = sum, int16(d)
			}
			sum -= m.columns[x-radius]
		}
	}
}

// add adds a row's differences to the columns, times sign. The sums of so few
// float32 are as good as exact in a float64, so that taking away is, too.
func (m *matcher) add(y, from, to, d int, sign float64) {
	w := m.left.w
	a := m.left.pix[y*w+from : y*w+to]
	b := m.right.pix[(y+m.dy)*w+from-d:][:len(a)]
	columns := m.columns[from:to]
	for i, v := range a {
		columns[i] += sign * math.Abs(float64(v)-float64(b[i]))
	}
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
