package kernel

func refOpen(out []Opening, runs []Run, r *OpenRow) {
	for i, q := range runs {
		o := &out[i]
		*o = Opening{X0: q.X0, X1: q.X1, Edge: q.X1 + 1, Other: -1, Side: r.Side(q)}
		if o.Side < 0 {
			o.Edge = q.X0 - 1
		}
		if o.Side != 0 {
			r.structure(o)
			o.Other = r.across(o)
			r.beside(o)
		}
	}
}

// structureWeight is what a pixel counts for by its distance.
var structureWeight = func() (w [structureReach]float32) {
	for k := range w {
		w[k] = 1 / (1 + 0.1*float32(k))
	}
	return w
}()

// structure measures which way the background's structures run beside a hole:
// the sums of products of the luma's derivatives in the source, over the pixels
// that lie beyond the hole's edge. Its rows are combined later.
func (r *OpenRow) structure(o *Opening) {
	l := &r.Layout
	at := r.From[o.Edge]
	if o.Side < 0 {
		at += One - 1
	}
	x := int(at >> FracBits)
	d := r.Disp[min(max(x, 0), l.W-1)]
	for k := structureSkip; k < structureReach; k++ {
		i := x + k*int(o.Side)
		if i < 1 || i >= l.W-1 || Apart(r.Disp[i], d) {
			break
		}
		if Apart(r.Above[i], d) || Apart(r.Below[i], d) {
			continue
		}
		gx, gy := float32(r.luma(1, i+1)-r.luma(1, i-1)), float32(r.luma(2, i)-r.luma(0, i))
		w := structureWeight[k]
		o.XX += w * gx * gx
		o.XY += w * gx * gy
		o.YY += w * gy * gy
	}
}

// luma is the brightness of pixel x of one of three source rows in 8-bit levels.
func (r *OpenRow) luma(row, x int) int32 {
	l := &r.Layout
	at := l.Luma[row] + x*l.Comps
	if r.Pix8[0] == nil {
		if l.Comps == 4 {
			return (int32(r.Luma16[at]) + 2*int32(r.Luma16[at+1]) + int32(r.Luma16[at+2])) >> (l.Bits - 6)
		}
		return int32(r.Luma16[at]) >> (l.Bits - 8)
	}
	if l.Comps == 4 {
		return (int32(r.Luma8[at]) + 2*int32(r.Luma8[at+1]) + int32(r.Luma8[at+2])) >> 2
	}
	return int32(r.Luma8[at])
}

// across finds the target at which the background of a hole is seen again on
// the other side of the near surface: behind something thin it is known at both
// ends.
func (r *OpenRow) across(o *Opening) int32 {
	d, limit := r.Near(o.Edge), int32(r.Layout.Limit)
	t := o.X0 - 1
	if o.Side < 0 {
		t = o.X1 + 1
	}
	for n := acrossReach * (o.X1 - o.X0 + 1); n > 0 && r.Seen(t); n-- {
		v := r.Near(t) - d
		if v < -limit {
			return -1
		}
		if v < limit {
			// The one after it is clear of the near surface.
			if t -= o.Side; r.Seen(t) && !Apart(r.Near(t), d) {
				return t
			}
			return -1
		}
		t -= o.Side
	}
	return -1
}

// beside keeps the background's colours next to a hole.
func (r *OpenRow) beside(o *Opening) {
	l := &r.Layout
	for i := range min(l.N, 2) {
		if l.At[i] < 0 {
			continue
		}
		e := int(o.X1)>>l.Shift[i] + 1
		if o.Side < 0 {
			e = (int(o.X0)+1<<l.Shift[i]-1)>>l.Shift[i] - 1
		}
		if e < 0 || e >= l.Width[i] {
			continue
		}
		o.Clean[i] = 1
		c := o.Beside[i][:]
		switch {
		case i > 0:
			for k := 1; k < l.N; k++ {
				c[k-1] = r.drawn(k, l.At[k]+e)
			}
		default:
			for k := range l.Comps {
				c[k] = r.drawn(0, l.At[0]+e*l.Comps+k)
			}
		}
	}
}

// drawn is a sample of a plane.
func (r *OpenRow) drawn(plane, at int) float32 {
	if r.Pix8[0] != nil {
		return float32(r.Pix8[plane][at])
	}
	return float32(r.Pix16[plane][at])
}
