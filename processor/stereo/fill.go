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
	tensorDecay = 0.8
	// steepest is the largest slope followed, in rows a column.
	steepest = 3
	// spread is by how many rows the mean widens with each pixel from the
	// background.
	spread = 3
	// flatTensor is the gradient energy that counts as no structure.
	flatTensor = 200
)

// fillPixel is a hole pixel on its way: the colour it starts from and, from the
// downward sweep, the mean of it and those above.
type fillPixel struct {
	c, down [4]float32
	keep    float32 // share of its own colour in the mean
}

// filler is the state of the fill; one per eye.
type filler struct {
	dst    *pix.Picture
	rows   []holeSpan
	pixels [2][]fillPixel // on the luma (or RGBA) grid and on the chroma grid
	state  [2]sweepState
}

// sweepState is the running mean of each column.
type sweepState struct {
	mean [][4]float32
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
		r.fill[i].dst, r.fill[i].rows = e.dst, r.index[i]
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

// sweepStrip is how many columns a worker sweeps at a time.
const sweepStrip = 64

func (r *Renderer) makeFillSteps() {
	rows := func(r *Renderer) int { return r.frame.src.H }
	columns := func(r *Renderer) int { return r.frame.src.W }
	r.fillSteps = []fillStep{
		{func(*Renderer) int { return 2 }, 1, func(_, i0, i1 int) {
			for i := i0; i < i1; i++ {
				if r.fill[i].dst != nil {
					r.fill[i].prepare(r.frame.src)
				}
			}
		}},
		{rows, bandRows, func(_, y0, y1 int) { r.eachFill(func(f *filler) { f.start(y0, y1) }) }},
		{columns, sweepStrip, func(_, x0, x1 int) { r.eachFill(func(f *filler) { f.sweep(x0, x1) }) }},
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

func (r *Renderer) eachFill(fn func(f *filler)) {
	for i := range r.fill {
		if r.fill[i].dst != nil {
			fn(&r.fill[i])
		}
	}
}

// prepare numbers the hole pixels and settles the direction at every run.
func (f *filler) prepare(src *pix.Picture) {
	f.combine()
	var n [2]int32
	for y := range f.rows {
		for i := range f.rows[y].holes {
			g := &f.rows[y].holes[i]
			g.at[0] = n[0]
			n[0] += g.x1 - g.x0 + 1
			if p := &src.Planes[1]; src.N > 1 && y&(1<<p.ShiftY-1) == 0 {
				x0, x1 := shrink(g.x0, g.x1, p.ShiftX)
				g.at[1] = n[1]
				n[1] += max(x1-x0+1, 0)
			}
		}
	}
	for k := range n {
		resize(&f.pixels[k], int(n[k]))
		s := &f.state[k]
		resize(&s.mean, src.W)
		resize(&s.row, src.W)
	}
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
	g.coherent = float32(math.Pow(float64(g.coherent), 0.6))
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

// grids calls fn for the planes that share a grid: which grid, the planes.
func (f *filler) grids(fn func(grid, first, last int)) {
	fn(0, 0, 1)
	if f.dst.N > 1 {
		fn(1, 1, f.dst.N)
	}
}

// load reads the components of a grid at sample x of row y.
func (f *filler) load(c *[4]float32, first, last int, x int32, y int) {
	p := &f.dst.Planes[first]
	if p.Comps == 4 {
		at := y*p.Stride + int(x)*4
		if p.Pix16 != nil {
			q := p.Pix16[at : at+4]
			*c = [4]float32{float32(q[0]), float32(q[1]), float32(q[2]), float32(q[3])}
			return
		}
		q := p.Pix8[at : at+4]
		*c = [4]float32{float32(q[0]), float32(q[1]), float32(q[2]), float32(q[3])}
		return
	}
	for i := first; i < last; i++ {
		p := &f.dst.Planes[i]
		at := y*p.Stride + int(x)
		if p.Pix16 != nil {
			c[i-first] = float32(p.Pix16[at])
		} else {
			c[i-first] = float32(p.Pix8[at])
		}
	}
}

// save writes what load reads.
func (f *filler) save(c *[4]float32, first, last int, x int32, y int) {
	p := &f.dst.Planes[first]
	if p.Comps == 4 {
		at := y*p.Stride + int(x)*4
		for i, v := range c {
			if p.Pix16 != nil {
				p.Pix16[at+i] = uint16(v + 0.5)
			} else {
				p.Pix8[at+i] = uint8(v + 0.5)
			}
		}
		return
	}
	for i := first; i < last; i++ {
		p := &f.dst.Planes[i]
		at := y*p.Stride + int(x)
		if p.Pix16 != nil {
			p.Pix16[at] = uint16(c[i-first] + 0.5)
		} else {
			p.Pix8[at] = uint8(c[i-first] + 0.5)
		}
	}
}

// start sets the colours the holes of luma rows y0 to y1 start from.
func (f *filler) start(y0, y1 int) {
	f.grids(func(grid, first, last int) {
		p := &f.dst.Planes[first]
		for y := y0; y < y1; y++ {
			if y&(1<<p.ShiftY-1) != 0 {
				continue
			}
			for i := range f.rows[y].holes {
				g := &f.rows[y].holes[i]
				x0, x1 := shrink(g.x0, g.x1, p.ShiftX)
				if x1 >= x0 {
					f.startRun(g, grid, first, last, x0, x1, y)
				}
			}
		}
	})
}

func (f *filler) startRun(g *hole, grid, first, last int, x0, x1 int32, y int) {
	p := &f.dst.Planes[first]
	out := f.pixels[grid][g.at[grid]:][:x1-x0+1]
	row := y >> p.ShiftY
	l, r := x0-1, x1+1
	left, right := l >= 0 && g.side <= 0, int(r) < p.W && g.side >= 0
	if !left && !right { // the grid is too coarse to show the chosen side
		left, right = l >= 0, int(r) < p.W
	}
	var a, b [4]float32
	if left {
		f.load(&a, first, last, l, row)
	}
	if right {
		f.load(&b, first, last, r, row)
	}
	if left && right {
		for k := range out {
			t := float32(k+1) / float32(len(out)+1)
			q := &out[k]
			for c := range q.c {
				q.c[c] = a[c] + (b[c]-a[c])*t
			}
			q.keep = 1
		}
		return
	}
	if left {
		b = a
	}
	for k := range out {
		q := &out[k]
		q.c = b
		x := x0 + int32(k)
		n := r - x
		if left {
			n = x - l
		}
		n <<= p.ShiftX
		follow := float32(0)
		if g.coherent > 0 {
			follow = f.follow(q, g, first, last, x, y, n)
		}
		q.keep = 1 / (1 + spread*float32(n-1)*(1-follow))
	}
}

// follow mixes into q the colour at the background's edge on the row that the
// structures lead to from a pixel n targets away from it.
func (f *filler) follow(q *fillPixel, g *hole, first, last int, x int32, y int, n int32) float32 {
	p := &f.dst.Planes[first]
	at := float32(y) + float32(g.side)*g.slope*float32(n)
	at /= float32(int(1) << p.ShiftY)
	y0 := int(math.Floor(float64(at)))
	t := at - float32(y0)
	var a, b [4]float32
	if !f.border(&a, g, first, last, x, y0) || !f.border(&b, g, first, last, x, y0+1) {
		return 0
	}
	for c := range q.c {
		v := a[c] + (b[c]-a[c])*t
		q.c[c] += (v - q.c[c]) * g.coherent
	}
	return g.coherent
}

// border reads the colour at the background's edge beside the hole over column
// x in row y of a grid.
func (f *filler) border(c *[4]float32, g *hole, first, last int, x int32, y int) bool {
	p := &f.dst.Planes[first]
	o := f.at(x<<p.ShiftX, y<<p.ShiftY)
	if o == nil || o.side != g.side {
		return false
	}
	x0, x1 := shrink(o.x0, o.x1, p.ShiftX)
	e := x1 + 1
	if o.side < 0 {
		e = x0 - 1
	}
	if e < 0 || int(e) >= p.W || y >= p.H {
		return false
	}
	f.load(c, first, last, e, y)
	return true
}

// sweep smooths the holes in columns x0 to x1, down and up, and draws them.
func (f *filler) sweep(x0, x1 int) {
	f.grids(func(grid, first, last int) {
		p := &f.dst.Planes[first]
		a, b := int32(x0+1<<p.ShiftX-1)>>p.ShiftX, int32(x1+1<<p.ShiftX-1)>>p.ShiftX
		s := &f.state[grid]
		for x := a; x < b; x++ {
			s.row[x] = -2
		}
		for y := 0; y < p.H; y++ {
			f.sweepRow(grid, first, last, a, b, y, 1)
		}
		for x := a; x < b; x++ {
			s.row[x] = -2
		}
		for y := p.H - 1; y >= 0; y-- {
			f.sweepRow(grid, first, last, a, b, y, -1)
		}
	})
}

func (f *filler) sweepRow(grid, first, last int, a, b int32, y, step int) {
	p := &f.dst.Planes[first]
	s := &f.state[grid]
	holes := f.rows[y<<p.ShiftY].holes
	for i := range holes {
		g := &holes[i]
		if g.x0 >= b<<p.ShiftX {
			break
		}
		x0, x1 := shrink(g.x0, g.x1, p.ShiftX)
		at := f.pixels[grid][g.at[grid]:]
		for x := max(x0, a); x <= min(x1, b-1); x++ {
			q := &at[x-x0]
			m := &s.mean[x]
			if int(s.row[x]) == y-step {
				for c := range m {
					m[c] += (q.c[c] - m[c]) * q.keep
				}
			} else {
				*m = q.c
			}
			s.row[x] = int32(y)
			if step > 0 {
				q.down = *m
				continue
			}
			var v [4]float32
			for c := range v {
				v[c] = (q.down[c] + m[c]) / 2
			}
			f.save(&v, first, last, x, y)
		}
	}
}
