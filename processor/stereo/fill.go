package stereo

import (
	"context"
	"math"

	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
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

	recall recall
}

// fillGrid is the fill of the planes that share a sampling grid.
type fillGrid struct {
	kernel.FillGrid
	index  int // of the grid
	planes []pix.Plane
	to     kernel.FillPlanes
	spread [64]int // how many pixels the runs have whose middle lies in each part of the width
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
		if step.film && !r.frame.next {
			continue
		}
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
	film bool // only the frames of a film need it
}

func (r *Renderer) makeFillSteps() {
	rows := func(r *Renderer) int { return r.frame.src.H }
	once := func(*Renderer) int { return 2 }
	zones := func(*Renderer) int { return 2 * zonesDown * zonesAcross }
	workers := func(r *Renderer) int { return len(r.rows) }
	strips := func(r *Renderer) int { return 2 * len(r.rows) } // few, for each has to look at every row
	r.fillSteps = []fillStep{
		{rows: once, band: 1, fn: r.ofAnEye(func(f *filler, _ int) {
			f.prepare()
			if r.frame.next {
				f.plan()
			}
		})},
		{rows: rows, band: bandRows, fn: r.ofEyes((*filler).settle)},
		{rows: rows, band: bandRows, fn: r.ofEyes((*filler).begin)},
		{rows: strips, band: 1, fn: r.ofAnEye(func(f *filler, k int) { f.sweep(k, len(r.rows)) })},
		{rows: rows, band: bandRows, fn: r.ofEyes((*filler).observe), film: true},
		{rows: zones, band: 1, fn: r.ofAnEye((*filler).track), film: true},
		{rows: rows, band: bandRows, fn: r.ofEyes((*filler).weigh), film: true},
		{rows: rows, band: bandRows, fn: r.ofEyes((*filler).remember), film: true},
		// A row was drawn by one worker: their stores share no pixels.
		{rows: workers, band: 1, fn: func(_, w0, w1 int) {
			for w := w0; w < w1; w++ {
				for i := range r.rows[w].store {
					if r.fill[i].dst != nil {
						composite(r.fill[i].dst, r.rows[w].store[i].late)
					}
				}
			}
		}},
	}
}

// ofEyes does something with some rows of each eye.
func (r *Renderer) ofEyes(do func(f *filler, y0, y1 int)) func(worker, y0, y1 int) {
	return func(_, y0, y1 int) {
		for i := range r.fill {
			if r.fill[i].dst != nil {
				do(&r.fill[i], y0, y1)
			}
		}
	}
}

// ofAnEye does something with the parts of the eyes, which take turns.
func (r *Renderer) ofAnEye(do func(f *filler, part int)) func(worker, k0, k1 int) {
	return func(_, k0, k1 int) {
		for k := k0; k < k1; k++ {
			if f := &r.fill[k%2]; f.dst != nil {
				do(f, k/2)
			}
		}
	}
}

// prepare adds up what tells the direction of every run, and numbers the hole
// pixels.
func (f *filler) prepare() {
	f.combine()
	f.grids[0].set(0, f.dst.Planes[:1])
	f.grids[1].N = 0
	if f.dst.N > 1 {
		f.grids[1].set(1, f.dst.Planes[1:f.dst.N])
	}
	for i := range f.grids {
		if g := &f.grids[i]; g.N > 0 {
			g.number(f.rows)
		}
	}
}

// set aims a grid at planes of the same shape.
func (g *fillGrid) set(index int, planes []pix.Plane) {
	p := &planes[0]
	g.index, g.planes = index, planes
	g.W, g.H, g.ShiftX, g.ShiftY = p.W, p.H, uint(p.ShiftX), uint(p.ShiftY)
	g.N = len(planes)
	if p.Comps > 1 {
		g.N = p.Comps
	}
	g.to.Stride, g.to.Step = p.Stride, p.Comps
	for i := range planes {
		g.to.Pix8[i], g.to.Pix16[i] = planes[i].Pix8, planes[i].Pix16
	}
	resize(&g.Mean, g.W*g.N)
	resize(&g.Row, g.W)
	resize(&g.First, g.H+1)
}

// number counts the runs and pixels of the holes in rows of luma.
func (g *fillGrid) number(rows []holeSpan) {
	g.Runs = g.Runs[:0]
	g.spread = [len(g.spread)]int{}
	n := int32(0)
	for y := range g.H {
		g.First[y] = int32(len(g.Runs))
		holes := rows[y<<g.ShiftY].holes
		for k := range holes {
			if x0, x1 := shrink(holes[k].x0, holes[k].x1, uint8(g.ShiftX)); x1 >= x0 {
				holes[k].at[g.index] = n
				g.Runs = append(g.Runs, kernel.FillRun{At: n})
				n += kernel.Room(x1 - x0 + 1)
				g.spread[int(x0+x1)/2*len(g.spread)/g.W] += int(x1 - x0 + 1)
			}
		}
	}
	g.First[g.H] = int32(len(g.Runs))
	resize(&g.Start, int(n)*g.N)
	resize(&g.Down, int(n)*g.N)
	resize(&g.Keep, int(n))
}

// cut is the column in which one of several strips with as much to fill begins.
func (g *fillGrid) cut(strip, strips int) int {
	if strip == strips {
		return g.W
	}
	all, before := 0, 0
	for _, n := range g.spread {
		all += n
	}
	for k, n := range g.spread {
		if before >= all*strip/strips {
			return g.W * k / len(g.spread)
		}
		before += n
	}
	return g.W
}

// combine sums the structure tensors of runs above each other, both ways.
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
