package stereo

import (
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
)

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

// near is the displacement seen at target t.
func (h *holeRow) near(t int32) int32 {
	d := h.s.from[t] - t<<kernel.FracBits
	if h.e.mirror {
		return -d
	}
	return d
}

// side decides where the background of a run lies: the farther of its two
// ends, or both when they are one surface.
func (h *holeRow) side(q kernel.Run) (int8, bool) {
	l, r := q.X0-1, q.X1+1
	n := int32(h.f.src.W)
	switch {
	case l < 0 && r >= n:
		return 0, false
	case l < 0:
		return 1, true
	case r >= n:
		return -1, true
	}
	dl, dr := h.near(l), h.near(r)
	switch {
	case dl-dr < silhouette && dr-dl < silhouette:
		return 0, true
	case dl < dr:
		return -1, true
	}
	return 1, true
}

// note keeps the row's holes for the fill that looks at several rows.
func (h *holeRow) note(runs []kernel.Run) holeSpan {
	first := len(h.store.holes)
	for _, q := range runs {
		side, ok := h.side(q)
		if !ok {
			h.blank()
			continue
		}
		g := hole{x0: q.X0, x1: q.X1, side: side, edge: q.X1 + 1, other: -1}
		if side < 0 {
			g.edge = q.X0 - 1
		}
		if side != 0 {
			h.structure(&g)
			g.other = h.across(&g)
			h.beside(&g)
			if h.f.next {
				g.clear = h.clear(&g)
			}
		}
		h.store.holes = append(h.store.holes, g)
	}
	return holeSpan{h.store.holes[first:len(h.store.holes):len(h.store.holes)]}
}

// beside keeps the background's colours next to a hole.
func (h *holeRow) beside(g *hole) {
	for i := range min(h.f.src.N, 2) {
		p := &h.e.dst.Planes[i]
		if h.y&(1<<p.ShiftY-1) != 0 {
			continue
		}
		x0, x1 := shrink(g.x0, g.x1, p.ShiftX)
		e := x1 + 1
		if g.side < 0 {
			e = x0 - 1
		}
		if e < 0 || int(e) >= p.W {
			continue
		}
		g.clean[i] = true
		planes := h.e.dst.Planes[:1]
		if i > 0 {
			planes = h.e.dst.Planes[1:h.f.src.N]
		}
		load(planes, g.beside[i][:], e, h.y>>p.ShiftY)
	}
}

// acrossReach is how many times its own width a hole looks over what stands
// before the background.
const acrossReach = 8

// across finds the target at which the background of a hole is seen again on
// the other side of the near surface: behind something thin it is known at both
// ends.
func (h *holeRow) across(g *hole) int32 {
	d := h.near(g.edge)
	t := g.x0 - 1
	if g.side < 0 {
		t = g.x1 + 1
	}
	step := int32(g.side)
	for n := acrossReach * (g.x1 - g.x0 + 1); n > 0 && h.seen(t); n-- {
		v := h.near(t) - d
		if v < -silhouette {
			return -1
		}
		if v < silhouette {
			// The one after it is clear of the near surface.
			if t -= step; h.seen(t) && !far(h.near(t), d) {
				return t
			}
			return -1
		}
		t -= step
	}
	return -1
}

// seen reports whether target t lies in the picture and is no hole.
func (h *holeRow) seen(t int32) bool {
	return t >= 0 && int(t) < len(h.s.from) && h.s.from[t] != kernel.Hole
}

// streak fills the row's holes along the row alone.
func (h *holeRow) streak(runs []kernel.Run) {
	for _, q := range runs {
		side, ok := h.side(q)
		if !ok {
			h.blank()
			continue
		}
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

// Where the structure tensor beside a hole begins and ends, in pixels from the
// background's edge (next to it the near surface shines in), and the
// difference of displacement at which the background ends.
const (
	structureSkip  = 2
	structureReach = 12
	structureStep  = 3 * kernel.One
)

// structure measures which way the background's structures run beside a hole:
// the sums of products of the luma's derivatives in the source, over the pixels
// that lie beyond the hole's edge. Its rows are combined later.
func (h *holeRow) structure(g *hole) {
	f := h.f
	at := h.s.from[g.edge]
	if g.side < 0 {
		at += kernel.One - 1
	}
	x := int(at >> kernel.FracBits)
	up, down := max(h.y-1, 0), min(h.y+1, f.src.H-1)
	d := h.disp[min(max(x, 0), f.src.W-1)]
	a, b := h.s.disp[f.ringRow(h.y-1):], h.s.disp[f.ringRow(h.y+1):]
	p := &f.src.Planes[0]
	plain := p.Comps == 1 && p.Pix8 != nil
	var row, above, below []uint8
	if plain {
		row, above, below = p.Pix8[h.y*p.Stride:], p.Pix8[up*p.Stride:], p.Pix8[down*p.Stride:]
	}
	for k := structureSkip; k < structureReach; k++ {
		i := x + k*int(g.side)
		if i < 1 || i >= f.src.W-1 {
			break
		}
		if far(h.disp[i], d) {
			break
		}
		if far(a[i], d) || far(b[i], d) {
			continue
		}
		var gx, gy float32
		if plain {
			gx, gy = float32(row[i+1])-float32(row[i-1]), float32(below[i])-float32(above[i])
		} else {
			gx, gy = float32(luma(f.src, i+1, h.y)-luma(f.src, i-1, h.y)), float32(luma(f.src, i, down)-luma(f.src, i, up))
		}
		w := structureWeight[k]
		g.xx += w * gx * gx
		g.xy += w * gx * gy
		g.yy += w * gy * gy
	}
}

// structureWeight is what a pixel counts for by its distance.
var structureWeight = func() (w [structureReach]float32) {
	for k := range w {
		w[k] = 1 / (1 + 0.1*float32(k))
	}
	return w
}()

// far reports whether two displacements belong to different surfaces.
func far(a, b int32) bool { return a-b > structureStep || b-a > structureStep }

// luma is the brightness of a source pixel in 8-bit levels.
func luma(p *pix.Picture, x, y int) int32 {
	q := &p.Planes[0]
	at := y*q.Stride + x*q.Comps
	if q.Pix16 != nil {
		if q.Comps == 4 {
			return (int32(q.Pix16[at]) + 2*int32(q.Pix16[at+1]) + int32(q.Pix16[at+2])) >> (p.Bits - 6)
		}
		return int32(q.Pix16[at]) >> (p.Bits - 8)
	}
	if q.Comps == 4 {
		return (int32(q.Pix8[at]) + 2*int32(q.Pix8[at+1]) + int32(q.Pix8[at+2])) >> 2
	}
	return int32(q.Pix8[at])
}
