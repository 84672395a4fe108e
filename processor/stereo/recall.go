package stereo

import (
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
)

// A film's holes remember. What is filled, and a strip of the background beside
// it, is kept for the next frame: a body that moves over the background hides
// what was seen a moment ago, and what has been guessed is guessed alike. The
// memory holds where the strip looks as it did; where it does not, because the
// camera moves, the scene changes or the background lives, the fill is as
// without. Places are those of the eye.

// Sizes, in parts of the width, and the least of them in pixels.
const (
	recallReach  = 80 // of the strip: how fast a body may come
	leastReach   = 16
	recallMargin = 640 // of its part next to the hole, into which the body shines
	leastMargin  = 2
)

// Rates at which colours follow, for each frame.
const (
	recallSettle = 0.15 // what is remembered of a seen pixel, its present colour
	recallFollow = 0.12 // a guess, the new guess
	recallFade   = 0.01 // the colour that was seen there, the guess
)

const (
	// recallAlike and recallOther are the mean differences of the strips of a few
	// rows, in 8-bit levels, at which memory begins to give way and has done so.
	recallAlike, recallOther = 6, 12
	// Every second pixel is asked, of every second row up to recallRows away;
	// recallLeast must answer.
	recallRows  = 4
	recallLeast = 8
	// recallDrift is the change of displacement with which a place is another.
	recallDrift = kernel.One * 6 / 10
)

// plate is what is remembered of one frame on the grid of some planes.
type plate struct {
	w, h, n int
	bits    int
	strips  []strip
	rows    []int32 // the first strip of each row, and the end
	colour  []float32
	disp    []int32
	// How far from the background's edge a colour was guessed, in samples; 0: it
	// was seen.
	from []float32
}

// strip is a hole and the background beside it in one row of the grid.
type strip struct {
	x0, x1 int32 // with the background
	h0, h1 int32 // the hole
	at     int32 // of x0 in the plate
	start  int32 // of h0 in the fill
	disp   int32 // of the background
	side   int8
	// The pixels seen both now and before, the sum of their differences and of
	// those' amounts.
	n     int32
	apart float32
	shift [4]float32
}

// recall is the memory of one eye.
type recall struct {
	valid [2]bool  // was holds the frame before this
	was   [2]plate // by grid
	now   [2]plate
	moved [zonesDown * zonesAcross]step // of the background since then, by zone
}

// forget lets the next frame begin anew.
func (m *recall) forget() {
	m.valid = [2]bool{}
	m.moved = [len(m.moved)]step{}
}

// clear counts the targets beside a hole, from its edge on, that show the
// background it is filled from.
func (h *holeRow) clear(g *hole) int32 {
	most := int32(max(h.f.src.W/recallReach, leastReach))
	o := &h.s.open
	d := o.Near(g.edge)
	g.disp = d
	n := int32(0)
	for t := g.edge; n < most && o.Seen(t) && !kernel.Apart(o.Near(t), d); t += int32(g.side) {
		n++
	}
	return n
}

// plan lays out the strips of the holes of this frame.
func (f *filler) plan() {
	for i := range f.grids {
		g, p := &f.grids[i], &f.recall.now[i]
		p.strips, p.rows = p.strips[:0], p.rows[:0]
		p.n = 0
		if g.N == 0 {
			continue
		}
		p.w, p.h, p.n, p.bits = g.planes[0].W, g.planes[0].H, g.N, f.dst.Bits
		at := int32(0)
		for y := 0; y < len(f.rows); y += 1 << g.ShiftY {
			p.rows = append(p.rows, int32(len(p.strips)))
			holes := f.rows[y].holes
			free := int32(0) // the first column that no strip has
			for k := range holes {
				s, ok := holes[k].strip(g, free, int32(p.w))
				if !ok {
					continue
				}
				s.at = at
				at += s.x1 - s.x0 + 1
				free = s.x1 + 1
				if k+1 < len(holes) { // lest it reach into the next hole
					free = min(free, holes[k+1].x0>>g.ShiftX)
				}
				p.strips = append(p.strips, s)
			}
		}
		p.rows = append(p.rows, int32(len(p.strips)))
		if w := &f.recall.was[i]; w.w != p.w || w.h != p.h || w.n != p.n || w.bits != p.bits {
			f.recall.valid[i] = false
		}
		resize(&p.colour, int(at)*p.n)
		resize(&p.disp, int(at))
		resize(&p.from, int(at))
	}
}

// strip is the hole's on a grid of w columns, from column free on.
func (h *hole) strip(g *fillGrid, free, w int32) (s strip, ok bool) {
	h0, h1 := shrink(h.x0, h.x1, uint8(g.ShiftX))
	if h1 < h0 || h.side == 0 {
		return s, false
	}
	s = strip{x0: h0, x1: h1, h0: h0, h1: h1, start: h.at[g.index], disp: h.disp, side: h.side}
	if n := h.clear >> g.ShiftX; h.side > 0 {
		s.x1 = min(h1+n, w-1)
	} else {
		s.x0 = max(h0-n, min(free, h0))
	}
	return s, true
}

// each calls fn for the strips of luma rows y0 to y1.
func (f *filler) each(y0, y1 int, fn func(g *fillGrid, s *strip, y int)) {
	for i := range f.grids {
		g := &f.grids[i]
		if g.N == 0 {
			continue
		}
		now := &f.recall.now[i]
		for y := (y0 + 1<<g.ShiftY - 1) >> g.ShiftY; y<<g.ShiftY < y1 && y < now.h; y++ {
			strips := now.strips[now.rows[y]:now.rows[y+1]]
			for k := range strips {
				fn(g, &strips[k], y)
			}
		}
	}
}

// observe takes the strips of luma rows y0 to y1 into memory as they are.
func (f *filler) observe(y0, y1 int) {
	f.each(y0, y1, func(g *fillGrid, s *strip, y int) { f.recall.now[g.index].take(g, s, y) })
}

// weigh compares the strips of luma rows y0 to y1 with how they were.
func (f *filler) weigh(y0, y1 int) {
	f.each(y0, y1, func(g *fillGrid, s *strip, y int) {
		if m := &f.recall; m.valid[g.index] {
			open, _ := s.parts(f.margin(g))
			m.now[g.index].compare(&m.was[g.index], s, open, y, m.step(g, s.h0, y))
		}
	})
}

// take copies a strip's colours.
func (p *plate) take(g *fillGrid, s *strip, y int) {
	n := p.n
	colour, disp := p.colour[int(s.at)*n:int(s.at+s.x1-s.x0+1)*n], p.disp[s.at:s.at+s.x1-s.x0+1]
	g.Colours(colour[int(s.h0-s.x0)*n:], s.start, int(s.h1-s.h0+1))
	for k := range disp {
		disp[k] = s.disp
	}
	clear(p.from[s.at:][:len(disp)])
	x, v := s.x0, colour[:int(s.h0-s.x0)*n]
	if s.side > 0 {
		x, v = s.h1+1, colour[int(s.h1+1-s.x0)*n:]
	}
	if len(v) == 0 {
		return
	}
	if q := &g.planes[0]; q.Comps > 1 {
		read(v, q, y*q.Stride+int(x)*q.Comps, 1)
		return
	}
	for i := range g.planes {
		q := &g.planes[i]
		read(v[i:], q, y*q.Stride+int(x), n)
	}
}

// read puts consecutive samples into every step-th value.
func read(v []float32, p *pix.Plane, at, step int) {
	if p.Pix16 != nil {
		for i := 0; i < len(v); i += step {
			v[i] = float32(p.Pix16[at])
			at++
		}
		return
	}
	for i := 0; i < len(v); i += step {
		v[i] = float32(p.Pix8[at])
		at++
	}
}

// span is some columns, the last one included.
type span struct{ a, b int32 }

func (s span) and(o span) span { return span{max(s.a, o.a), min(s.b, o.b)} }

// parts are the columns of a strip that are seen, and those of them next to the
// hole, into which the near surface may shine.
func (s *strip) parts(margin int32) (open, rim span) {
	if s.side > 0 {
		m := min(s.h1+margin, s.x1)
		return span{m + 1, s.x1}, span{s.h1 + 1, m}
	}
	m := max(s.h0-margin, s.x0)
	return span{s.x0, m - 1}, span{m, s.h0 - 1}
}

// past are the strips of the row that a step leads to from row y.
func (p *plate) past(y int, v step) []strip {
	if y += int(v.y); y < 0 || y >= p.h {
		return nil
	}
	return p.strips[p.rows[y]:p.rows[y+1]]
}

// compare sums up how a strip's open part differs from what was seen there.
func (p *plate) compare(was *plate, s *strip, open span, y int, v step) {
	few := min(p.n, 3)
	past := was.past(y, v)
	for k := range past {
		o := &past[k]
		both := open.and(o.moved(v))
		for x := both.a; x <= both.b; x += 2 {
			at := o.at + x + v.x - o.x0
			if was.from[at] > 0 || strange(was.disp[at], s.disp) {
				continue
			}
			now, old := p.colour[int(s.at+x-s.x0)*p.n:][:p.n], was.colour[int(at)*p.n:][:p.n]
			s.n++
			for c, v := range now {
				d := v - old[c]
				s.shift[c] += d
				if c < few {
					s.apart += max(d, -d)
				}
			}
		}
	}
}

// strange reports whether two displacements are not those of one place.
func strange(a, b int32) bool { return a-b > recallDrift || b-a > recallDrift }

func (f *filler) margin(g *fillGrid) int32 {
	return int32(max(f.dst.W/recallMargin, leastMargin)+1<<g.ShiftX-1) >> g.ShiftX
}

// trust tells how far memory holds for a strip, 0 to 1, and by how much its
// colours have changed, from the strips of the rows around.
func (p *plate) trust(s *strip, y int, level float32) (t float32, shift [4]float32) {
	n, apart := int32(0), float32(0)
	for j := y - recallRows; j <= y+recallRows; j += 2 {
		if j < 0 || j >= p.h {
			continue
		}
		strips := p.strips[p.rows[j]:p.rows[j+1]]
		for k := range strips {
			o := &strips[k]
			if o.x0 > s.x1 {
				break
			}
			if o.x1 < s.x0 || o.side != s.side {
				continue
			}
			n += o.n
			apart += o.apart
			for c := range shift {
				shift[c] += o.shift[c]
			}
		}
	}
	if n < recallLeast {
		return 0, shift
	}
	apart /= float32(n) * float32(min(p.n, 3)) * level
	for c := range shift {
		shift[c] /= float32(n)
	}
	return min(max((recallOther-apart)/(recallOther-recallAlike), 0), 1), shift
}

// remember brings the holes of luma rows y0 to y1 into line with what is
// remembered of them, draws them, and remembers them.
func (f *filler) remember(y0, y1 int) {
	level, top := float32(int(1)<<(f.dst.Bits-8)), float32(int(1)<<f.dst.Bits-1)
	m := &f.recall
	f.each(y0, y1, func(g *fillGrid, s *strip, y int) {
		c := change{g: g, now: &m.now[g.index], was: &m.was[g.index], s: s, margin: f.margin(g), top: top}
		if m.valid[g.index] {
			c.step = m.step(g, s.h0, y)
			c.trust, c.shift = c.now.trust(s, y, level)
		}
		c.bring(y)
	})
}

// change is what becomes of a strip.
type change struct {
	g          *fillGrid
	now, was   *plate
	s          *strip
	step       step
	margin     int32
	trust, top float32
	shift      [4]float32 // of the colours
}

// bring brings a strip into line with what is remembered, and draws its hole.
func (c *change) bring(y int) {
	s := c.s
	open, rim := s.parts(c.margin)
	for x := rim.a; x <= rim.b; x++ {
		c.now.from[s.at+x-s.x0] = 1
	}
	for x := s.h0; x <= s.h1; x++ {
		c.now.from[s.at+x-s.x0] = s.distance(x)
	}
	if c.trust == 0 {
		return
	}
	for x := range c.shift {
		c.shift[x] *= c.trust * recallSettle
	}
	past := c.was.past(y, c.step)
	for k := range past {
		o := &past[k]
		here := o.moved(c.step)
		if here.a > s.x1 {
			break
		}
		at, was := s.at-s.x0, o.at-here.a
		if q := open.and(here); q.a <= q.b {
			c.seen(q.a+at, q.a+was, q.b-q.a+1)
		}
		for x := max(rim.a, here.a); x <= min(rim.b, here.b); x++ {
			c.keep(x+at, x+was, 1-c.trust)
		}
		for x := max(s.h0, here.a); x <= min(s.h1, here.b); x++ {
			c.hidden(x+at, x+was, s.distance(x))
		}
	}
	n := c.now.n
	v := c.now.colour[int(s.at+s.h0-s.x0)*n : int(s.at+s.h1-s.x0+1)*n]
	if q := &c.g.planes[0]; q.Comps > 1 {
		write(q, y*q.Stride+int(s.h0)*q.Comps, v, 1)
		return
	}
	for i := range c.g.planes {
		q := &c.g.planes[i]
		write(q, y*q.Stride+int(s.h0), v[i:], n)
	}
}

// write rounds every step-th value into consecutive samples.
func write(p *pix.Plane, at int, v []float32, step int) {
	if p.Pix16 != nil {
		for i := 0; i < len(v); i += step {
			p.Pix16[at] = uint16(v[i] + 0.5)
			at++
		}
		return
	}
	for i := 0; i < len(v); i += step {
		p.Pix8[at] = uint8(v[i] + 0.5)
		at++
	}
}

// distance is how far column x of the hole is from the background's edge.
func (s *strip) distance(x int32) float32 {
	if s.side < 0 {
		return float32(x - s.h0 + 1)
	}
	return float32(s.h1 + 1 - x)
}

// seen smooths what is remembered of m seen pixels, lest noise be remembered.
func (c *change) seen(at, was, m int32) {
	n := c.now.n
	mine, old := c.now.colour[int(at)*n:int(at+m)*n], c.was.colour[int(was)*n:int(was+m)*n]
	from, disp := c.was.from[was:was+m], c.was.disp[was:was+m]
	k := c.trust * (1 - recallSettle)
	for i, d := range disp {
		if from[i] > 0 || strange(d, c.s.disp) {
			continue
		}
		for j := i * n; j < (i+1)*n; j++ {
			mine[j] += k * (old[j] - mine[j])
		}
	}
}

// hidden chooses between the new guess and what is remembered.
func (c *change) hidden(at, was int32, from float32) {
	before, rate := c.was.from[was], float32(recallFollow)
	if before == 0 {
		rate = recallFade
	} else if before > from { // the new guess is the better one
		rate += (1 - rate) * min(2*(before-from)/before, 1)
	}
	c.keep(at, was, 1-c.trust*(1-rate))
}

// keep moves what is remembered by rate to what is new, after the change of the
// colours around it.
func (c *change) keep(at, was int32, rate float32) {
	if strange(c.was.disp[was], c.s.disp) {
		return
	}
	if rate < 0.5 {
		c.now.disp[at] = c.was.disp[was]
	}
	before, from := c.was.from[was], c.now.from[at]
	if c.now.from[at] = before + rate*(from-before); before == 0 && rate < 0.5 {
		c.now.from[at] = 0
	}
	n := c.now.n
	mine, old := c.now.colour[int(at)*n:][:n], c.was.colour[int(was)*n:][:n]
	for i, v := range old {
		v += c.shift[i]
		mine[i] = min(max(v+rate*(mine[i]-v), 0), c.top)
	}
}

// finish makes this frame, if it was remembered, the one before the next.
func (m *recall) finish(remembered bool) {
	m.was, m.now = m.now, m.was
	for i := range m.valid {
		m.valid[i] = remembered && m.was[i].n > 0
	}
}
