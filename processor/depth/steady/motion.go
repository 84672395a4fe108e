package steady

import (
	"context"
	"encoding/binary"
	"slices"

	"spatialmaker/processor/pix"
)

// Motion is found on guides, from coarse to fine: every block of the coarsest
// level is searched fully, every finer block tries what its neighbourhood found
// one level above and looks one sample around it, and the finest vectors are
// refined below a sample by a parabola. Cells of half a block then choose
// among the vectors of the blocks around them, so that the edge of a moving
// object may run through a block.
const (
	blockSize  = 8
	cellSize   = 4
	searchFar  = 7 // on the coarsest level: 28 samples of level 0, 12 % of the width
	vectorUnit = 4 // vectors are in quarters of a guide sample
	stillBias  = 1 // mean difference a vector must gain over standing still
)

// vector points from a sample of the current guide to where it was before.
type vector struct{ x, y int16 }

// matcher finds motion between two guides of one size.
type matcher struct {
	crew    *pix.Crew
	prev    *guide // levels brought to the current brightness
	cur     *guide
	adapt   *guide      // memory for prev when its brightness had to be adapted
	blocks  [3][]vector // whole samples of the level; quarters on level 0
	left    [3][]int    // difference that is left along them
	bw, bh  [3]int
	cells   []vector // in quarters
	cost    []int32  // sum of diff over the cell, and how far from the common motion
	owner   []int32  // of every cell of the previous guide: the cell that shows it now
	cw, ch  int
	diff    []uint8 // |current - previous along the motion|
	trust   []uint8 // 0..255: how sure it is that both show the same thing
	noise   int     // median of diff
	stir    []bool  // cells near which something moves by itself or is uncovered
	spread  []bool  // scratch of the same size
	stirred float32 // the share of such cells

	across, down [leadSpan]int64 // scratch of lead
	weight       []int64

	fnBlocks, fnCells, fnTrust func(worker, y0, y1 int)
	far, near                  int // thresholds of the call under way
}

func newMatcher(c *pix.Crew, w, h int) *matcher {
	m := &matcher{crew: c, adapt: newGuide(w, h)}
	for i, l := range m.adapt.level {
		m.bw[i], m.bh[i] = (l.w+blockSize-1)/blockSize, (l.h+blockSize-1)/blockSize
		m.blocks[i] = make([]vector, m.bw[i]*m.bh[i])
		m.left[i] = make([]int, m.bw[i]*m.bh[i])
	}
	m.weight = make([]int64, len(m.blocks[0]))
	m.cw, m.ch = (w+cellSize-1)/cellSize, (h+cellSize-1)/cellSize
	m.cells = make([]vector, m.cw*m.ch)
	m.cost, m.owner = make([]int32, m.cw*m.ch), make([]int32, m.cw*m.ch)
	m.diff, m.trust = make([]uint8, w*h), make([]uint8, w*h)
	m.stir, m.spread = make([]bool, m.cw*m.ch), make([]bool, m.cw*m.ch)
	m.fnBlocks, m.fnCells, m.fnTrust = m.blockRows, m.cellRows, m.trustRows
	return m
}

// match fills cells and trust for cur against prev.
func (m *matcher) match(ctx context.Context, prev, cur *guide) error {
	m.prev, m.cur = m.adapted(prev, cur), cur
	for b := range m.blocks[2] {
		m.blocks[2][b], m.left[2][b] = m.search(b)
	}
	m.follow(2)
	for b := range m.blocks[1] {
		m.blocks[1][b], m.left[1][b] = m.refine(1, b)
	}
	m.follow(1)
	if err := m.crew.Bands(ctx, m.bh[0], 2, m.fnBlocks); err != nil {
		return err
	}
	m.follow(0)
	if err := m.crew.Bands(ctx, m.ch, 4, m.fnCells); err != nil {
		return err
	}
	m.noise = median(m.diff)
	m.disown()
	// Below near the two surely show the same; above far surely not.
	m.near, m.far = 2*m.noise+3, 4*m.noise+12
	if err := m.crew.Bands(ctx, m.cur.level[0].h, 16, m.fnTrust); err != nil {
		return err
	}
	m.findStir()
	return nil
}

// findStir marks cells that are not trusted or that move unlike a neighbour,
// and all cells within stirReach of them. Elsewhere the camera alone moves, and
// nothing can have been uncovered.
func (m *matcher) findStir() {
	const stirReach, doubt = 3, 240
	l := &m.cur.level[0]
	for c, v := range m.cells {
		x, y := c%m.cw*cellSize, c/m.cw*cellSize
		least := uint8(255)
		for j := y; j < min(y+cellSize, l.h); j++ {
			least = min(least, slices.Min(m.trust[j*l.w+x:min(j*l.w+x+cellSize, (j+1)*l.w)]))
		}
		m.stir[c] = least < doubt ||
			c%m.cw > 0 && apart(v, m.cells[c-1]) > 1 ||
			c >= m.cw && apart(v, m.cells[c-m.cw]) > 1
	}
	widen(m.spread, m.stir, m.cw, m.ch, 1, stirReach)
	widen(m.stir, m.spread, m.ch, m.cw, m.cw, stirReach)
	n := 0
	for _, s := range m.stir {
		if s {
			n++
		}
	}
	m.stirred = float32(n) / float32(len(m.stir))
}

// widen sets what lies within reach of a set element, along rows of n elements
// (step 1) or along columns (step the row's length, n the number of rows).
func widen(dst, src []bool, n, lines, step, reach int) {
	for line := range lines {
		at := line * n
		if step > 1 {
			at = line
		}
		last := -reach - 1 // the last set element
		for i := range n {
			if src[at+i*step] {
				last = i
			}
			dst[at+i*step] = i-last <= reach
		}
		last = n + reach
		for i := n - 1; i >= 0; i-- {
			if src[at+i*step] {
				last = i
			}
			if last-i <= reach {
				dst[at+i*step] = true
			}
		}
	}
}

// adapted returns prev, or a copy with cur's brightness and contrast when they
// differ by more than a new object explains: a fade, a flash, an iris.
func (m *matcher) adapted(prev, cur *guide) *guide {
	gain := (cur.dev + 1) / (prev.dev + 1)
	if d := cur.mean - prev.mean; d < 5 && d > -5 && gain < 1.1 && gain > 0.9 {
		return prev
	}
	gain = max(0.25, min(gain, 4))
	var table [256]uint8
	for i := range table {
		v := (float32(i)-prev.mean)*gain + cur.mean
		table[i] = uint8(max(0, min(v+0.5, 255)))
	}
	for i := range prev.level {
		dst := m.adapt.level[i].pix
		for k, v := range prev.level[i].pix {
			dst[k] = table[v]
		}
	}
	return m.adapt
}

// corner returns the first sample of block b of a level. Blocks of the last
// row and column are moved inwards to be whole.
func (m *matcher) corner(level, b int) (x, y int) {
	l := &m.cur.level[level]
	x, y = b%m.bw[level]*blockSize, b/m.bw[level]*blockSize
	return max(min(x, l.w-blockSize), 0), max(min(y, l.h-blockSize), 0)
}

// search tries every vector on the coarsest level.
func (m *matcher) search(b int) (vector, int) {
	const level = 2
	c, p := &m.cur.level[level], &m.prev.level[level]
	x, y := m.corner(level, b)
	best, at := sad(c, p, x, y, x, y, 1<<30), vector{}
	best = max(best-stillBias*blockSize*blockSize, 0)
	for j := max(y-searchFar, 0); j <= min(y+searchFar, c.h-blockSize); j++ {
		for i := max(x-searchFar, 0); i <= min(x+searchFar, c.w-blockSize); i++ {
			if s := sad(c, p, x, y, i, j, best); s < best {
				best, at = s, vector{int16(i - x), int16(j - y)}
			}
		}
	}
	return at, best
}

// refine finds a block's vector from those of the level above around it.
func (m *matcher) refine(level, b int) (vector, int) {
	c, p := &m.cur.level[level], &m.prev.level[level]
	x, y := m.corner(level, b)
	still := sad(c, p, x, y, x, y, 1<<30)
	best, at := max(still-stillBias*blockSize*blockSize, 0), vector{}
	try := func(v vector) {
		i, j := x+int(v.x), y+int(v.y)
		if v == at || i < 0 || j < 0 || i > c.w-blockSize || j > c.h-blockSize {
			return
		}
		if s := sad(c, p, x, y, i, j, best); s < best {
			best, at = s, v
		}
	}
	up := level + 1
	px, py := b%m.bw[level]/2, b/m.bw[level]/2
	sx, sy := b%m.bw[level]%2*2-1, b/m.bw[level]%2*2-1 // towards the nearest other blocks
	for _, d := range [4][2]int{{0, 0}, {sx, 0}, {0, sy}, {sx, sy}} {
		i, j := px+d[0], py+d[1]
		if i >= 0 && j >= 0 && i < m.bw[up] && j < m.bh[up] {
			v := m.blocks[up][j*m.bw[up]+i]
			try(vector{2 * v.x, 2 * v.y})
		}
	}
	for range 2 {
		mid := at
		for _, d := range [8]vector{{-1, 0}, {1, 0}, {0, -1}, {0, 1}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}} {
			try(vector{mid.x + d.x, mid.y + d.y})
		}
		if at == mid {
			break
		}
	}
	return at, best
}

func (m *matcher) blockRows(_, y0, y1 int) {
	for b := y0 * m.bw[0]; b < y1*m.bw[0]; b++ {
		v, best := m.refine(0, b)
		m.left[0][b] = best
		if v == (vector{}) {
			m.blocks[0][b] = v
			continue
		}
		x, y := m.corner(0, b)
		m.blocks[0][b] = vector{
			v.x*vectorUnit + m.between(x, y, v, 1, 0, best),
			v.y*vectorUnit + m.between(x, y, v, 0, 1, best),
		}
	}
}

// between places the minimum of a parabola through the differences at a vector
// and its two neighbours, in quarters of a sample.
func (m *matcher) between(x, y int, v vector, dx, dy, best int) int16 {
	c, p := &m.cur.level[0], &m.prev.level[0]
	i, j := x+int(v.x), y+int(v.y)
	if i-dx < 0 || j-dy < 0 || i+dx > c.w-blockSize || j+dy > c.h-blockSize {
		return 0
	}
	a := sad(c, p, x, y, i-dx, j-dy, 1<<30)
	b := sad(c, p, x, y, i+dx, j+dy, 1<<30)
	bend := a + b - 2*best
	if bend <= 0 {
		return 0
	}
	return int16(max(-2, min((2*(a-b)+bend/2*sign(a-b))/bend, 2)))
}

func sign(v int) int {
	if v < 0 {
		return -1
	}
	return 1
}

// cellRows chooses each cell's vector and takes the difference along it.
func (m *matcher) cellRows(_, y0, y1 int) {
	const half = blockSize / cellSize
	l := &m.cur.level[0]
	for cy := y0; cy < y1; cy++ {
		for cx := range m.cw {
			bx, by := cx/half, cy/half
			own := m.blocks[0][by*m.bw[0]+bx]
			best := m.around(cx, cy, own) - cellSize*cellSize*2
			at := own
			sx, sy := cx%half*2-1, cy%half*2-1
			for _, d := range [3][2]int{{sx, 0}, {0, sy}, {sx, sy}} {
				i, j := bx+d[0], by+d[1]
				if i < 0 || j < 0 || i >= m.bw[0] || j >= m.bh[0] {
					continue
				}
				v := m.blocks[0][j*m.bw[0]+i]
				if v == own {
					continue
				}
				if s := m.around(cx, cy, v); s < best {
					best, at = s, v
				}
			}
			m.cells[cy*m.cw+cx] = at
			m.cost[cy*m.cw+cx] = int32(m.differ(cx, cy, at, l))
		}
	}
}

// disown makes cells untrusted that found themselves in a place which another
// cell comes from with better right: ground that a moving object has just
// uncovered, and that looks like other ground. The better right is the smaller
// difference, and moving like most of the picture.
func (m *matcher) disown() {
	common := m.common()
	for i := range m.owner {
		m.owner[i] = -1
	}
	for c, v := range m.cells {
		m.cost[c] += 4 * int32(apart(v, common))
		if p := m.source(c, v); p >= 0 && (m.owner[p] < 0 || m.cost[c] < m.cost[m.owner[p]]) {
			m.owner[p] = int32(c)
		}
	}
	const other = 3 * vectorUnit / 2 // neighbours under a zoom differ by less
	l := &m.cur.level[0]
	for c, v := range m.cells {
		p := m.source(c, v)
		if p < 0 || apart(v, m.cells[m.owner[p]]) < other {
			continue
		}
		x0, y0 := c%m.cw*cellSize, c/m.cw*cellSize
		for y := y0; y < min(y0+cellSize, l.h); y++ {
			for x := x0; x < min(x0+cellSize, l.w); x++ {
				m.diff[y*l.w+x] = 255
			}
		}
	}
}

// common is the motion of most of the picture: the medians of the cells'.
func (m *matcher) common() vector {
	const reach = 4 * (searchFar + 1) * vectorUnit * 2
	var nx, ny [2*reach + 1]int32
	for _, v := range m.cells {
		nx[max(-reach, min(int(v.x), reach))+reach]++
		ny[max(-reach, min(int(v.y), reach))+reach]++
	}
	mid := func(n *[2*reach + 1]int32) int16 {
		sum := int32(0)
		for i, k := range n {
			if sum += k; 2*int(sum) >= len(m.cells) {
				return int16(i - reach)
			}
		}
		return 0
	}
	return vector{mid(&nx), mid(&ny)}
}

// apart is the larger difference of two vectors' components, in quarters.
func apart(a, b vector) int {
	dx, dy := int(a.x)-int(b.x), int(a.y)-int(b.y)
	return max(dx, -dx, dy, -dy)
}

// source is the cell of the previous guide that cell c comes from, -1 outside.
func (m *matcher) source(c int, v vector) int {
	x := c%m.cw*cellSize + cellSize/2 + whole(v.x)
	y := c/m.cw*cellSize + cellSize/2 + whole(v.y)
	if x < 0 || y < 0 || x >= m.cur.level[0].w || y >= m.cur.level[0].h {
		return -1
	}
	return y/cellSize*m.cw + x/cellSize
}

// around is the difference over a cell and a margin of two samples, at whole
// samples.
func (m *matcher) around(cx, cy int, v vector) int {
	const size, margin = cellSize + 4, 2
	c := &m.cur.level[0]
	x, y := max(min(cx*cellSize-margin, c.w-size), 0), max(min(cy*cellSize-margin, c.h-size), 0)
	i := max(min(x+whole(v.x), c.w-size), 0)
	j := max(min(y+whole(v.y), c.h-size), 0)
	return sad(c, &m.prev.level[0], x, y, i, j, 1<<30)
}

// whole rounds quarters to samples.
func whole(v int16) int { return (int(v) + vectorUnit/2) >> 2 }

// differ writes |current - previous| along v for one cell and returns the sum.
// What comes from outside the picture differs completely.
func (m *matcher) differ(cx, cy int, v vector, l *luma) (sum int) {
	p := m.prev.level[0].pix
	fx, fy := int(v.x)&3, int(v.y)&3
	ix, iy := int(v.x)>>2, int(v.y)>>2
	for y := cy * cellSize; y < min((cy+1)*cellSize, l.h); y++ {
		py := y + iy
		for x := cx * cellSize; x < min((cx+1)*cellSize, l.w); x++ {
			px := x + ix
			d := 255
			if px >= 0 && py >= 0 && px <= l.w-1 && py <= l.h-1 {
				nx, ny := px, py
				if fx > 0 {
					nx = min(px+1, l.w-1)
				}
				if fy > 0 {
					ny = min(py+1, l.h-1)
				}
				top := int(p[py*l.w+px])*(4-fx) + int(p[py*l.w+nx])*fx
				low := int(p[ny*l.w+px])*(4-fx) + int(p[ny*l.w+nx])*fx
				d = int(l.pix[y*l.w+x]) - (top*(4-fy)+low*fy+8)>>4
				if d < 0 {
					d = -d
				}
			}
			m.diff[y*l.w+x] = uint8(d)
			sum += d
		}
	}
	return sum
}

// trustRows turns the mean difference of 3x3 samples into trust.
func (m *matcher) trustRows(_, y0, y1 int) {
	l := &m.cur.level[0]
	near, far := 9*m.near, 9*m.far
	for y := y0; y < y1; y++ {
		up, low := max(y-1, 0)*l.w, min(y+1, l.h-1)*l.w
		mid := y * l.w
		for x := range l.w {
			a, b := max(x-1, 0), min(x+1, l.w-1)
			d := m.diff
			sum := int(d[up+a]) + int(d[up+x]) + int(d[up+b]) +
				int(d[mid+a]) + int(d[mid+x]) + int(d[mid+b]) +
				int(d[low+a]) + int(d[low+x]) + int(d[low+b])
			t := (far - sum) * 255 / (far - near)
			m.trust[mid+x] = uint8(max(0, min(t, 255)))
		}
	}
}

// Lanes of 16 bits in a word: the even bytes of eight samples or, shifted, the
// odd ones.
const (
	laneBytes = 0x00FF_00FF_00FF_00FF
	laneOnes  = 0x0001_0001_0001_0001
	laneTops  = 0x0100_0100_0100_0100
)

// sad is the sum of absolute differences of two blocks; it gives up when
// it exceeds most.
func sad(c, p *luma, x, y, i, j, most int) int {
	sum := 0
	a, b := c.pix[y*c.w+x:], p.pix[j*p.w+i:]
	for row := 0; row < blockSize; {
		var lanes uint64
		for range blockSize / 2 {
			u, v := binary.LittleEndian.Uint64(a[row*c.w:]), binary.LittleEndian.Uint64(b[row*p.w:])
			lanes += apartLanes(u&laneBytes, v&laneBytes) + apartLanes(u>>8&laneBytes, v>>8&laneBytes)
			row++
		}
		sum += int(lanes*laneOnes>>48) - 4*blockSize*0x100
		if sum > most {
			break
		}
	}
	return sum
}

// apartLanes is the difference of four pairs of bytes, 0x100 added to each.
func apartLanes(a, b uint64) uint64 {
	d := (a | laneTops) - b      // 0x100 and more where a is not less
	less := laneOnes &^ (d >> 8) // 1 where it is
	return (d ^ (less<<9 - less)) + less
}

func median(v []uint8) int {
	var n [256]int
	for _, x := range v {
		n[x]++
	}
	sum := 0
	for i, k := range n {
		if sum += k; 2*sum >= len(v) {
			return i
		}
	}
	return 255
}
