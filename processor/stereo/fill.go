package stereo

import (
	"context"
	"math"
	"sort"

	"spatialmaker/processor/pix"
)

// The fill continues the background into the holes in three steps. Each hole
// pixel takes the colour at the background's edge, followed along the direction
// of the structures there as far as they are coherent. Then the colours are
// smoothed upwards and downwards inside the holes, the more the farther from
// the background and the less there is to follow: what cannot be known is best
// guessed as a mean. Every step costs the same for every pixel.

const (
	// tensorDecay is what is left of a row's structure tensor one row on.
	tensorDecay = 0.75
	// steepest is the largest slope followed, in rows a column.
	steepest = 3
	// spread is by how many rows the mean widens with each pixel from the
	// background.
	spread = 2.5
	// vague is the coherence below which structures are not followed.
	vague = 0.05
	// flatTensor is the gradient energy that counts as no structure.
	flatTensor = 400
)

// filler is the state of the fill of one eye.
type filler struct {
	dst   *pix.Picture
	src   *pix.Picture
	rows  []holeSpan
	grids [2]fillGrid // the planes of luma (or RGBA), and those of chroma
}

// fillGrid is the fill of the planes that share a sampling grid.
type fillGrid struct {
	index          int // of the grid
	planes         []pix.Plane
	shiftX, shiftY uint8
	n              int // components
	// For each hole pixel, in the order of rows and columns: n components of the
	// colour it starts from and of the mean of it and those above, and the share
	// of its own colour in the mean.
	start, down, keep []float32
	// For each column, the running mean and the row it belongs to.
	mean []float32
	row  []int32
}

// fillHoles continues the background into what the bands left open.
func (r *Renderer) fillHoles(ctx context.Context) error {
	n := 0
	for i := range r.frame.eyes {
		e := &r.frame.eyes[i]
		if e.dst == nil || e.copied {
			continue
		}
		r.fill[i].dst, r.fill[i].src, r.fill[i].rows = e.dst, r.frame.src, r.index[i]
		n++
	}
	if n == 0 {
		return nil
	}
	for _, step := range r.fillSteps {
		if err := r.crew.Bands(ctx, step.rows(r), step.band, step.fn); err != nil {
			return err
		}
	}
	return nil
}

// fillStep is one pass of the fill over rows, columns or eyes.
type fillStep struct {
	rows func(*Renderer) int
	band int
	fn   func(worker, y0, y1 int)
}

// sweepStrips is into how many strips of columns an eye is divided for the
// sweeps; few, for each has to look at every row.
const sweepStrips = 4

func (r *Renderer) makeFillSteps() {
	rows := func(r *Renderer) int { return r.frame.src.H }
	r.fillSteps = []fillStep{
		{func(*Renderer) int { return 2 }, 1, func(_, i0, i1 int) {
			for i := i0; i < i1; i++ {
				if r.fill[i].dst != nil {
					r.fill[i].prepare()
				}
			}
		}},
		{rows, bandRows, func(_, y0, y1 int) {
			for i := range r.fill {
				if r.fill[i].dst != nil {
					r.fill[i].begin(y0, y1)
				}
			}
		}},
		{func(*Renderer) int { return 2 * sweepStrips }, 1, func(_, k0, k1 int) {
			for k := k0; k < k1; k++ {
				if f := &r.fill[k%2]; f.dst != nil {
					f.sweep(k/2, sweepStrips)
				}
			}
		}},
		// A row was drawn by one worker: their stores share no pixels.
		{func(r *Renderer) int { return len(r.rows) }, 1, func(_, w0, w1 int) {
			for w := w0; w < w1; w++ {
				for i := range r.rows[w].store {
					for k := range r.rows[w].store[i].late {
						composite(r.fill[i].dst, &r.rows[w].store[i].late[k])
					}
				}
			}
		}},
	}
}

// prepare numbers the hole pixels and settles the direction at every run.
func (f *filler) prepare() {
	f.combine()
	for i := range f.grids {
		f.grids[i].n = 0
	}
	f.grids[0].set(0, f.dst.Planes[:1])
	if f.dst.N > 1 {
		f.grids[1].set(1, f.dst.Planes[1:f.dst.N])
	}
	for i := range f.grids {
		g := &f.grids[i]
		if g.n == 0 {
			continue
		}
		n := int32(0)
		for y := 0; y < len(f.rows); y += 1 << g.shiftY {
			holes := f.rows[y].holes
			for k := range holes {
				x0, x1 := shrink(holes[k].x0, holes[k].x1, g.shiftX)
				holes[k].at[i] = n
				n += max(x1-x0+1, 0)
			}
		}
		resize(&g.start, int(n)*g.n)
		resize(&g.down, int(n)*g.n)
		resize(&g.keep, int(n))
	}
}

// set aims a grid at planes of the same shape.
func (g *fillGrid) set(index int, planes []pix.Plane) {
	p := &planes[0]
	g.index, g.planes, g.shiftX, g.shiftY = index, planes, p.ShiftX, p.ShiftY
	g.n = len(planes)
	if p.Comps > 1 {
		g.n = p.Comps
	}
	resize(&g.mean, p.W*g.n)
	resize(&g.row, p.W)
}

// combine sums the structure tensors of runs above each other, both ways, and
// turns them into slopes.
func (f *filler) combine() {
	var none holeSpan
	// link calls fn for every run and the run above or below it that it shares
	// most columns with.
	link := func(prev *holeSpan, holes []hole, fn func(a, g *hole)) {
		k := 0
		for i := range holes {
			g := &holes[i]
			for k < len(prev.holes) && prev.holes[k].x1 < g.x0 {
				k++
			}
			var best *hole
			most := int32(0)
			for j := k; j < len(prev.holes) && prev.holes[j].x0 <= g.x1; j++ {
				a := &prev.holes[j]
				if n := min(a.x1, g.x1) - max(a.x0, g.x0) + 1; n > most && a.side == g.side {
					best, most = a, n
				}
			}
			if best != nil {
				fn(best, g)
			}
		}
	}
	// Downwards the sums stay in the runs; upwards they are carried apart.
	prev := &none
	for y := range f.rows {
		link(prev, f.rows[y].holes, func(a, g *hole) {
			g.xx += tensorDecay * a.xx
			g.xy += tensorDecay * a.xy
			g.yy += tensorDecay * a.yy
		})
		prev = &f.rows[y]
	}
	prev = &none
	for y := len(f.rows) - 1; y >= 0; y-- {
		link(prev, f.rows[y].holes, func(a, g *hole) {
			// a already holds what is below it and, through it, this row's own.
			g.xx += tensorDecay * max(a.xx-tensorDecay*g.xx, 0)
			g.xy += tensorDecay * (a.xy - tensorDecay*g.xy)
			g.yy += tensorDecay * max(a.yy-tensorDecay*g.yy, 0)
		})
		prev = &f.rows[y]
	}
	for y := range f.rows {
		for i := range f.rows[y].holes {
			f.rows[y].holes[i].direct()
		}
	}
}

// direct finds the slope of the structures and how far to follow it.
func (g *hole) direct() {
	if g.side == 0 {
		return
	}
	d := float64(g.xx - g.yy)
	xy := 2 * float64(g.xy)
	e := math.Sqrt(d*d + xy*xy)
	g.coherent = float32(e / (float64(g.xx) + float64(g.yy) + flatTensor))
	// The gradient's direction is half the angle of (d, xy); structures run
	// across it: slope = -gx/gy = -xy/(e-d).
	g.slope = 0
	if e-d > 1e-6*e {
		g.slope = float32(-xy / (e - d))
	} else {
		g.coherent = 0
	}
	if s := max(g.slope, -g.slope); s > steepest {
		g.coherent *= max(0, 2-s/steepest)
		g.slope = min(max(g.slope, -steepest), steepest)
	}
	if g.coherent < vague {
		g.coherent = 0
		return
	}
	g.coherent = float32(math.Sqrt(float64(g.coherent)))
}

// at finds the run over column x in row y.
func (f *filler) at(x int32, y int) *hole {
	if y < 0 || y >= len(f.rows) {
		return nil
	}
	holes := f.rows[y].holes
	if len(holes) < 8 {
		for i := range holes {
			if x <= holes[i].x1 {
				if x >= holes[i].x0 {
					return &holes[i]
				}
				return nil
			}
		}
		return nil
	}
	i := sort.Search(len(holes), func(i int) bool { return holes[i].x1 >= x })
	if i < len(holes) && holes[i].x0 <= x {
		return &holes[i]
	}
	return nil
}
