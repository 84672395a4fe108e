package stereo

import (
	"math"

	"spatialmaker/processor/pix"
)

// load reads the components at sample x of row y of planes of one shape.
func load(planes []pix.Plane, c []float32, x int32, y int) {
	if p := &planes[0]; p.Comps > 1 {
		at := y*p.Stride + int(x)*p.Comps
		for i := range min(p.Comps, len(c)) {
			if p.Pix16 != nil {
				c[i] = float32(p.Pix16[at+i])
			} else {
				c[i] = float32(p.Pix8[at+i])
			}
		}
		return
	}
	for i := range planes {
		p := &planes[i]
		at := y*p.Stride + int(x)
		if p.Pix16 != nil {
			c[i] = float32(p.Pix16[at])
		} else {
			c[i] = float32(p.Pix8[at])
		}
	}
}

// begin sets the colours that the holes of luma rows y0 to y1 start from.
func (f *filler) begin(y0, y1 int) {
	for i := range f.grids {
		g := &f.grids[i]
		if g.n == 0 {
			continue
		}
		for y := y0; y < y1; y++ {
			if y&(1<<g.shiftY-1) != 0 {
				continue
			}
			holes := f.rows[y].holes
			for k := range holes {
				if x0, x1 := shrink(holes[k].x0, holes[k].x1, g.shiftX); x1 >= x0 {
					f.beginRun(g, &holes[k], x0, x1, y)
				}
			}
		}
	}
}

// beginRun does so for columns x0 to x1 of one run, in units of the grid.
func (f *filler) beginRun(g *fillGrid, h *hole, x0, x1 int32, y int) {
	n, at := g.n, int(h.at[g.index])
	start := g.start[at*n:][:int(x1-x0+1)*n]
	keep := g.keep[at:][:x1-x0+1]
	row := y >> g.shiftY
	b, left := h.beside[g.index][:n], h.side < 0
	if !h.clean[g.index] { // on both sides, or the grid is too coarse to show the chosen one
		var ac [4]float32
		l, r := x0-1, x1+1
		seen := int(r) < g.planes[0].W
		if left = l >= 0; left {
			load(g.planes, ac[:], l, row)
		}
		if seen {
			load(g.planes, b, r, row)
		}
		if left && seen {
			between(start, keep, ac[:n], b)
			return
		}
		if left {
			b = ac[:n]
		} else if !seen { // a coarse grid of which nothing is seen
			src := f.src.Planes[:1]
			if g.index > 0 {
				src = f.src.Planes[1:f.src.N]
			}
			load(src, b, x0, row)
		}
	}
	var oc [4]float32
	other := oc[:n]
	if h.other >= 0 {
		load(g.planes, other, h.other>>g.shiftX, row)
	}
	lead := trail{f: f, g: g, h: h, y: float32(y), fall: float32(h.side) * h.slope}
	for k := range keep {
		q := start[k*n:][:n]
		copy(q, b)
		d := int32(len(keep) - k)
		if left {
			d = int32(k) + 1
		}
		d <<= g.shiftX
		if h.other >= 0 {
			approach(q, other, d, (x0+int32(k))<<g.shiftX-h.other)
		}
		follow := float32(0)
		if h.coherent > 0 {
			follow = lead.follow(q, x0+int32(k), d)
		}
		keep[k] = 1 / (1 + spread*float32(d-1)*(1-follow))
	}
}

// between leads from colour a to b along a run.
func between(start, keep, a, b []float32) {
	for k := range keep {
		t := float32(k+1) / float32(len(keep)+1)
		for c := range a {
			start[k*len(a)+c] = a[c] + (b[c]-a[c])*t
		}
		keep[k] = 1
	}
}

// approach mixes into q the colour on the other side of the near surface, in
// proportion to the distances d of this side and o of the other.
func approach(q, other []float32, d, o int32) {
	t := float32(d) / float32(d+max(o, -o))
	for c := range q {
		q[c] += (other[c] - q[c]) * t
	}
}

// trail leads from a run's pixels along its structures to the rows whose
// background they meet. It remembers the runs it met last: neighbours meet the
// same ones.
type trail struct {
	f       *filler
	g       *fillGrid
	h       *hole
	y, fall float32
	met     [2]*hole
	row     [2]int
}

// follow mixes into q the colour at the background's edge on the row that the
// structures lead to from column x of the grid, d targets away from it.
func (t *trail) follow(q []float32, x, d int32) float32 {
	at := (t.y + t.fall*float32(d)) / float32(int32(1)<<t.g.shiftY)
	y0 := int(at)
	if at < 0 {
		y0 = int(math.Floor(float64(at)))
	}
	part := at - float32(y0)
	x <<= t.g.shiftX
	a := t.border(x, y0)
	if a == nil {
		return 0
	}
	b := t.border(x, y0+1)
	if b == nil {
		return 0
	}
	coherent := t.h.coherent
	for c := range q {
		v := a[c] + (b[c]-a[c])*part
		q[c] += (v - q[c]) * coherent
	}
	return coherent
}

// border is the colour at the background's edge beside the hole over luma
// column x in row y of the grid, or nil.
func (t *trail) border(x int32, y int) *[4]float32 {
	m := t.met[y&1]
	if m == nil || t.row[y&1] != y || x < m.x0 || x > m.x1 {
		if m = t.f.at(x, y<<t.g.shiftY); m == nil {
			return nil
		}
		t.met[y&1], t.row[y&1] = m, y
	}
	if m.side != t.h.side || !m.clean[t.g.index] {
		return nil
	}
	return &m.beside[t.g.index]
}

// sweep smooths the holes in one of several strips of columns, first down, then
// up, and draws them.
func (f *filler) sweep(strip, strips int) {
	for i := range f.grids {
		g := &f.grids[i]
		if g.n == 0 {
			continue
		}
		w, h := g.planes[0].W, g.planes[0].H
		a, b := int32(w*strip/strips), int32(w*(strip+1)/strips)
		for x := a; x < b; x++ {
			g.row[x] = -2
		}
		for y := range h {
			f.sweepRow(g, a, b, y, 1)
		}
		for x := a; x < b; x++ {
			g.row[x] = -2
		}
		for y := h - 1; y >= 0; y-- {
			f.sweepRow(g, a, b, y, -1)
		}
	}
}

func (f *filler) sweepRow(g *fillGrid, a, b int32, y, step int) {
	holes := f.rows[y<<g.shiftY].holes
	for i := range holes {
		h := &holes[i]
		if h.x0 >= b<<g.shiftX {
			break
		}
		x0, x1 := shrink(h.x0, h.x1, g.shiftX)
		from, to := max(x0, a), min(x1, b-1)
		if from > to {
			continue
		}
		at := int(h.at[g.index] + from - x0)
		n := int(to - from + 1)
		g.blend(from, at, n, int32(y), int32(step))
		if step < 0 {
			g.draw(from, at, n, y)
		}
	}
}

// blend carries the running means of n columns on to row y: into down on the
// way down, and on the way up into start, halfway to down.
func (g *fillGrid) blend(x int32, at, n int, y, step int32) {
	row, keep := g.row[x:][:n], g.keep[at:][:n]
	c := g.n
	mean, start, down := g.mean[int(x)*c:][:n*c], g.start[at*c:][:n*c], g.down[at*c:][:n*c]
	if step < 0 {
		blendUp(row, keep, mean, start, down, c, y)
		return
	}
	for k, r := range row {
		row[k] = y
		if share := keep[k]; r != y-1 || share == 1 {
			copy(mean[k*c:][:c], start[k*c:][:c])
		} else {
			m, s := mean[k*c:][:c], start[k*c:][:c]
			for i := range m {
				m[i] += (s[i] - m[i]) * share
			}
		}
	}
	copy(down, mean)
}

func blendUp(row []int32, keep, mean, start, down []float32, c int, y int32) {
	for k, r := range row {
		row[k] = y
		share := keep[k]
		m, s, d := mean[k*c:][:c], start[k*c:][:c], down[k*c:][:c]
		if r != y+1 || share == 1 {
			copy(m, s)
		} else {
			for i := range m {
				m[i] += (s[i] - m[i]) * share
			}
		}
		for i := range s {
			s[i] = (d[i] + m[i]) / 2
		}
	}
}

// draw writes n finished pixels.
func (g *fillGrid) draw(x int32, at, n, y int) {
	v := g.start[at*g.n:][:n*g.n]
	if p := &g.planes[0]; p.Comps > 1 {
		write(p, y*p.Stride+int(x)*p.Comps, v, 1)
		return
	}
	for i := range g.planes {
		p := &g.planes[i]
		write(p, y*p.Stride+int(x), v[i:], g.n)
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
