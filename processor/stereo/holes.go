package stereo

import "spatialmaker/processor/stereo/kernel"

// hole is a run of targets in a row that no source pixel reaches.
type hole struct {
	x0, x1   int32 // first and last target
	edge     int32 // the background's target next to it
	other    int32 // where it is seen again beyond what stands before it, or -1
	side     int8  // where the background is: -1 left, 1 right, 0 on both sides
	xx, xy   float32
	yy       float32  // structure tensor of the background beside it
	slope    float32  // rows its structures fall from one column to the next
	coherent float32  // how much of it follows that slope, 0..1
	at       [2]int32 // its first pixel's number in each grid
	// The background's colour next to it on the grids of luma (or RGBA) and of
	// chroma, where that shows the chosen side.
	beside [2][4]float32
	clean  [2]bool
	// The background's displacement, and how many targets show it beside the hole;
	// noted for films only.
	disp, clear int32
}

// holeStore keeps what one worker found for one eye until the fill.
type holeStore struct {
	holes []hole
	late  []kernel.Late
}

// holeSpan finds a row's holes in a worker's store.
type holeSpan struct {
	holes []hole
}

// holeRow is one row of an eye while its holes are looked at.
type holeRow struct {
	f     *frame
	s     *rowScratch
	e     *eyePlan
	y     int
	disp  []int32
	store *holeStore
}

// note keeps the row's holes for the fill that looks at several rows.
func (h *holeRow) note(runs []kernel.Run) holeSpan {
	if h.bare(runs) {
		h.blank()
		return holeSpan{}
	}
	first, open := len(h.store.holes), h.openings(runs)
	for i := range open {
		o := &open[i]
		g := hole{
			x0: o.X0, x1: o.X1, edge: o.Edge, other: o.Other, side: int8(o.Side), xx: o.XX, xy: o.XY, yy: o.YY,
			beside: o.Beside, clean: [2]bool{o.Clean[0] != 0, o.Clean[1] != 0},
		}
		if g.side != 0 && h.f.next {
			g.clear = h.clear(&g)
		}
		h.store.holes = append(h.store.holes, g)
	}
	return holeSpan{h.store.holes[first:len(h.store.holes):len(h.store.holes)]}
}

// bare reports whether nothing of the row is seen.
func (h *holeRow) bare(runs []kernel.Run) bool {
	return len(runs) == 1 && runs[0].X0 == 0 && int(runs[0].X1) == h.f.src.W-1
}

// openings finds what lies beside the row's runs of holes.
func (h *holeRow) openings(runs []kernel.Run) []kernel.Opening {
	if len(runs) == 0 {
		return nil
	}
	open := h.s.openings[:len(runs)]
	kernel.Open(open, runs, h.open())
	return open
}

// open is the row as kernel.Open looks at it.
func (h *holeRow) open() *kernel.OpenRow {
	src, dst, o := h.f.src, h.e.dst, &h.s.open
	above, below := h.f.ringRow(h.y-1), h.f.ringRow(h.y+1)
	o.From, o.Disp, o.Above, o.Below = h.s.from, h.disp, h.s.disp[above:], h.s.disp[below:]
	p, l := &src.Planes[0], &o.Layout
	o.Luma8, o.Luma16 = p.Pix8, p.Pix16
	*l = kernel.OpenLayout{W: src.W, Bits: src.Bits, N: src.N, Comps: p.Comps, Limit: silhouette}
	for i := range l.Luma {
		l.Luma[i] = min(max(h.y+i-1, 0), src.H-1) * p.Stride
	}
	if h.e.mirror {
		l.Mirror = 1
	}
	for i := range dst.N {
		d := &dst.Planes[i]
		o.Pix8[i], o.Pix16[i] = d.Pix8, d.Pix16
		l.At[i], l.Width[i], l.Shift[i] = -1, d.W, int(d.ShiftX)
		if h.y&(1<<d.ShiftY-1) == 0 {
			l.At[i] = h.y >> d.ShiftY * d.Stride
		}
	}
	return o
}

// streak fills the row's holes along the row alone.
func (h *holeRow) streak(runs []kernel.Run) {
	if h.bare(runs) {
		h.blank()
		return
	}
	o := h.open()
	for _, q := range runs {
		side := o.Side(q)
		for i := range h.f.src.N {
			p := &h.e.dst.Planes[i]
			if h.y&(1<<p.ShiftY-1) != 0 {
				continue
			}
			x0, x1 := shrink(q.X0, q.X1, p.ShiftX)
			if x1 < x0 {
				continue
			}
			l, r := x0-1, x1+1
			switch {
			case l < 0 && int(r) >= p.W: // a coarse grid of which nothing is seen
				copyPlaneRow(p, &h.f.src.Planes[i], h.y)
				continue
			case int(r) >= p.W || side < 0 && l >= 0:
				r = l
			case l < 0 || side > 0:
				l = r
			}
			row := (h.y >> p.ShiftY) * p.Stride
			if p.Pix16 != nil {
				blend(p.Pix16[row:], int(x0), int(x1), int(l), int(r), p.Comps)
			} else {
				blend(p.Pix8[row:], int(x0), int(x1), int(l), int(r), p.Comps)
			}
		}
	}
}

// shrink brings a run of luma targets to a subsampled grid.
func shrink(x0, x1 int32, shift uint8) (int32, int32) {
	return (x0 + 1<<shift - 1) >> shift, x1 >> shift
}

// blend fills samples x0 to x1 from l towards r, which may be the same.
func blend[T uint8 | uint16](row []T, x0, x1, l, r, comps int) {
	for c := range comps {
		a, b := int(row[l*comps+c]), int(row[r*comps+c])
		for x := x0; x <= x1; x++ {
			v := a
			if l != r {
				v = a + ((b-a)*(x-l)+(r-l)/2)/(r-l)
			}
			row[x*comps+c] = T(v)
		}
	}
}

// blank fills a row in which nothing is seen: the picture has been moved out
// of it, and its end on the side it left by is repeated.
func (h *holeRow) blank() {
	f := h.f
	x := 0
	if (h.disp[0] > 0) != h.e.mirror {
		x = f.src.W - 1
	}
	for i := range f.src.N {
		p, d := &f.src.Planes[i], &h.e.dst.Planes[i]
		if h.y&(1<<p.ShiftY-1) != 0 {
			continue
		}
		row, at := h.y>>p.ShiftY, (x>>p.ShiftX)*p.Comps
		for k := range p.W * p.Comps {
			if p.Pix16 != nil {
				d.Pix16[row*d.Stride+k] = p.Pix16[row*p.Stride+at+k%p.Comps]
			} else {
				d.Pix8[row*d.Stride+k] = p.Pix8[row*p.Stride+at+k%p.Comps]
			}
		}
	}
}
