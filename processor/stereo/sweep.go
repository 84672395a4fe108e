package stereo

import (
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
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

// settle makes the grids' runs of the holes of luma rows y0 to y1, whose
// directions are known now.
func (f *filler) settle(y0, y1 int) {
	for y := y0; y < y1; y++ {
		holes := f.rows[y].holes
		for i := range holes {
			holes[i].direct()
		}
		for i := range f.grids {
			g := &f.grids[i]
			if g.N == 0 || y&(1<<g.ShiftY-1) != 0 {
				continue
			}
			k := g.First[y>>g.ShiftY]
			for j := range holes {
				if x0, x1 := shrink(holes[j].x0, holes[j].x1, uint8(g.ShiftX)); x1 >= x0 {
					q := &g.Runs[k]
					k++
					q.X0, q.X1, q.Y = x0, x1, int32(y)
					f.colours(g, q, &holes[j])
				}
			}
		}
	}
}

// colours sets what a run is filled from.
func (f *filler) colours(g *fillGrid, q *kernel.FillRun, h *hole) {
	row := int(q.Y) >> g.ShiftY
	q.Side, q.From, q.Clean, q.Other = int32(h.side), 1, 1, h.other
	q.Fall, q.Coherent = float32(h.side)*h.slope, h.coherent
	q.A = h.beside[g.index]
	if h.side < 0 {
		q.From = -1
	}
	if !h.clean[g.index] { // on both sides, or the grid is too coarse to show the chosen one
		q.Clean = 0
		l, r := q.X0-1, q.X1+1
		seen := int(r) < g.W
		switch {
		case l >= 0 && seen:
			q.From = 0
			load(g.planes, q.A[:], l, row)
			load(g.planes, q.B[:], r, row)
			return
		case l >= 0:
			q.From = -1
			load(g.planes, q.A[:], l, row)
		case seen:
			q.From = 1
			load(g.planes, q.A[:], r, row)
		default: // a coarse grid of which nothing is seen
			q.From = 1
			src := f.src.Planes[:1]
			if g.index > 0 {
				src = f.src.Planes[1:f.src.N]
			}
			load(src, q.A[:], q.X0, row)
		}
	}
	if h.other >= 0 {
		load(g.planes, q.B[:], h.other>>g.ShiftX, row)
	}
}

// begin sets the colours that the holes of luma rows y0 to y1 start from.
func (f *filler) begin(y0, y1 int) {
	for i := range f.grids {
		if g := &f.grids[i]; g.N > 0 {
			up := 1<<g.ShiftY - 1
			g.Begin((y0+up)>>g.ShiftY, (y1+up)>>g.ShiftY)
		}
	}
}

// sweep smooths the holes in one of several strips of columns, first down, then
// up, and draws them.
func (f *filler) sweep(strip, strips int) {
	for i := range f.grids {
		if g := &f.grids[i]; g.N > 0 {
			g.Sweep(g.cut(strip, strips), g.cut(strip+1, strips), &g.to)
		}
	}
}
