package steady

import "math"

// Frames of one shot that follow each other are unlike by up to 0.7 in ordinary
// motion and 0.9 in the fastest and in fades; across a cut it is 1.2 to 2.3
// (measured on the shared clips, all pairs of their scenes, their cut, cross
// fade and fade through black).
const cutAt = 1.05

// A cut is one only if none of the frames that follow resembles the shot: a
// flash, a strobe or an interjected frame of up to confirm-1 frames is not.
const confirm = 4

// Contrast below this mean deviation is noise.
const leastContrast = 1.0

// unlike tells how little two guides have in common: what is left after the
// best match of every coarse block, over the contrast there was to match, and
// how much the matches of neighbours disagree, as chance finds do.
func (m *matcher) unlike(prev, cur *guide) float32 {
	const disorderShare = 0.35
	m.prev, m.cur = m.adapted(prev, cur), cur
	left, contrast := 0, 0
	for b := range m.blocks[2] {
		v, d := m.search(b)
		m.blocks[2][b] = v
		left += d
		contrast += m.contrast(b)
	}
	least := leastContrast * blockSize * blockSize * float32(len(m.blocks[2]))
	return float32(left)/max(float32(contrast), least) + disorderShare*m.disorder()
}

// disorder is the mean distance between the vectors of neighbouring coarse
// blocks, in samples, of which none counts more than three.
func (m *matcher) disorder() float32 {
	const most = 3
	w, h := m.bw[2], m.bh[2]
	sum, n := float32(0), 0
	add := func(a, b vector) {
		dx, dy := float32(a.x-b.x), float32(a.y-b.y)
		sum += min(float32(math.Sqrt(float64(dx*dx+dy*dy))), most)
		n++
	}
	for y := range h {
		for x := range w {
			v := m.blocks[2][y*w+x]
			if x+1 < w {
				add(v, m.blocks[2][y*w+x+1])
			}
			if y+1 < h {
				add(v, m.blocks[2][(y+1)*w+x])
			}
		}
	}
	return sum / float32(max(n, 1))
}

// contrast is the sum of absolute deviations from the mean of a coarse block.
func (m *matcher) contrast(b int) int {
	l := &m.cur.level[2]
	x, y := m.corner(2, b)
	sum := 0
	for j := range blockSize {
		for _, v := range l.pix[(y+j)*l.w+x:][:blockSize] {
			sum += int(v)
		}
	}
	mean := sum / (blockSize * blockSize)
	dev := 0
	for j := range blockSize {
		for _, v := range l.pix[(y+j)*l.w+x:][:blockSize] {
			d := int(v) - mean
			dev += max(d, -d)
		}
	}
	return dev
}

// kind is what a frame is to the shot before it.
type kind uint8

const (
	undecided kind = iota
	goesOn         // another frame of the shot
	begins         // the first frame of a shot
	interlude      // a flash or interjection: shown, but not remembered
)

// decide tells what the first of next is to the shot whose last remembered
// guide is last. next holds at least confirm frames unless the film ends.
func (m *matcher) decide(last *guide, next []*guide) kind {
	if last == nil {
		return begins
	}
	if m.unlike(last, next[0]) < cutAt {
		return goesOn
	}
	for _, g := range next[1:min(len(next), confirm)] {
		if m.unlike(last, g) < cutAt {
			return interlude
		}
	}
	return begins
}
