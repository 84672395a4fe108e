package kernel

import "math"

func refFillBegin(g *FillGrid, y0, y1 int) {
	for i := g.First[y0]; i < g.First[y1]; i++ {
		q := &g.Runs[i]
		n := q.X1 - q.X0 + 1
		for k := range n {
			var c [4]float32
			keep := float32(1)
			if q.From == 0 {
				t := float32(k+1) / float32(n+1)
				for j := range g.N {
					c[j] = q.A[j] + (q.B[j]-q.A[j])*t
				}
			} else {
				c, keep = g.pixel(q, k, n)
			}
			g.Keep[q.At+k] = keep
			for j := range g.N {
				g.Start[g.place(q, int(k), j)] = c[j]
			}
		}
	}
}

// pixel is the colour that pixel k of n of a run starts from, and its share.
func (g *FillGrid) pixel(q *FillRun, k, n int32) (c [4]float32, keep float32) {
	c = q.A
	d := n - k
	if q.From < 0 {
		d = k + 1
	}
	d <<= g.ShiftX
	if q.Other >= 0 { // in proportion to the distances of both sides
		o := (q.X0+k)<<g.ShiftX - q.Other
		t := float32(d) / float32(d+max(o, -o))
		for j := range g.N {
			c[j] += (q.B[j] - c[j]) * t
		}
	}
	follow := float32(0)
	if q.Coherent > 0 {
		// The colour at the background's edge on the row that the structures lead to.
		at := (float32(q.Y) + q.Fall*float32(d)) / float32(int32(1)<<g.ShiftY)
		y := int(math.Floor(float64(at)))
		part := at - float32(y)
		if a, b := g.border(q, q.X0+k, y), g.border(q, q.X0+k, y+1); a != nil && b != nil {
			follow = q.Coherent
			for j := range g.N {
				v := a.A[j] + (b.A[j]-a.A[j])*part
				c[j] += (v - c[j]) * follow
			}
		}
	}
	return c, 1 / (1 + fillSpread*float32(d-1)*(1-follow))
}

// border is the run over column x in row y, if it has the same background.
func (g *FillGrid) border(q *FillRun, x int32, y int) *FillRun {
	if y < 0 || y >= g.H {
		return nil
	}
	for i := g.First[y]; i < g.First[y+1]; i++ {
		if r := &g.Runs[i]; x <= r.X1 {
			if x < r.X0 || r.Side != q.Side || r.Clean == 0 {
				return nil
			}
			return r
		}
	}
	return nil
}

func refFillSweep(g *FillGrid, x0, x1 int, to *FillPlanes) {
	for _, step := range [2]int{1, -1} {
		for x := x0; x < x1; x++ {
			g.Row[x] = -2
		}
		for i := range g.H {
			y := i
			if step < 0 {
				y = g.H - 1 - i
			}
			for k := g.First[y]; k < g.First[y+1]; k++ {
				q := &g.Runs[k]
				for x := max(int(q.X0), x0); x <= min(int(q.X1), x1-1); x++ {
					g.carry(q, x, y, step)
					if step < 0 {
						g.draw(q, x, y, to)
					}
				}
			}
		}
	}
}

// carry takes the running mean of column x on to row y: into Down on the way
// down, and on the way up into Start, halfway to Down.
func (g *FillGrid) carry(q *FillRun, x, y, step int) {
	k := x - int(q.X0)
	share := g.Keep[int(q.At)+k]
	anew := g.Row[x] != int32(y-step) || share == 1
	g.Row[x] = int32(y)
	for j := range g.N {
		m, s := &g.Mean[j*g.W+x], &g.Start[g.place(q, k, j)]
		if anew {
			*m = *s
		} else {
			*m += (*s - *m) * share
		}
		if d := &g.Down[g.place(q, k, j)]; step > 0 {
			*d = *m
		} else {
			*s = (*d + *m) / 2
		}
	}
}

// draw writes a finished pixel.
func (g *FillGrid) draw(q *FillRun, x, y int, to *FillPlanes) {
	for j := range g.N {
		plane, k := j, y*to.Stride+x*to.Step
		if to.Step > 1 {
			plane, k = 0, k+j
		}
		v := g.Start[g.place(q, x-int(q.X0), j)] + 0.5
		if to.Pix8[0] != nil {
			to.Pix8[plane][k] = uint8(v)
		} else {
			to.Pix16[plane][k] = uint16(v)
		}
	}
}
