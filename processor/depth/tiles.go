package depth

import (
	"context"
	"math"
	"time"

	"spatialmaker/processor/pix"
)

// tile is the network's answer for a part of a picture, as nearness in the
// model's values.
type tile struct {
	part
	w, h int
	v    []float32
	a, b float64 // brought to its neighbours: a*v + b
}

// at samples a tile at a point of the picture, linearly, border repeated.
func (t *tile) at(x, y float64) float32 {
	u := (x-t.x0)/(t.x1-t.x0)*float64(t.w) - 0.5
	v := (y-t.y0)/(t.y1-t.y0)*float64(t.h) - 0.5
	u, v = math.Max(0, math.Min(u, float64(t.w-1))), math.Max(0, math.Min(v, float64(t.h-1)))
	i, j := min(int(u), max(t.w-2, 0)), min(int(v), max(t.h-2, 0))
	fu, fv := float32(u-float64(i)), float32(v-float64(j))
	i1, j1 := min(i+1, t.w-1), min(j+1, t.h-1)
	top := t.v[j*t.w+i]*(1-fu) + t.v[j*t.w+i1]*fu
	low := t.v[j1*t.w+i]*(1-fu) + t.v[j1*t.w+i1]*fu
	return top*(1-fv) + low*fv
}

// strip estimates a picture of extreme shape from tiles along its long side.
func (l *Looker) strip(ctx context.Context, pic *pix.Picture, parts []part) (Map, error) {
	tiles := make([]*tile, len(parts))
	var spent time.Duration
	for i, p := range parts {
		t, took, err := l.look(ctx, pic, p)
		if err != nil {
			return Map{}, err
		}
		tiles[i] = t
		spent += took
	}
	joinStrip(tiles, l.sig.PerFrame)
	// The canvas has as many values for a stretch of the picture as a tile.
	first := tiles[0]
	cw := int(math.Round(float64(first.w) * float64(pic.W) / (first.x1 - first.x0)))
	ch := int(math.Round(float64(first.h) * float64(pic.H) / (first.y1 - first.y0)))
	c := newCanvas(pic, max(cw, 1), max(ch, 1))
	for i, t := range tiles {
		c.lay(t, i > 0, i < len(tiles)-1, pic.W >= pic.H)
	}
	return l.joined(ctx, c, spent)
}

// joined makes a canvas into a map.
func (l *Looker) joined(ctx context.Context, c *canvas, spent time.Duration) (Map, error) {
	return l.finished(ctx, Answer{V: c.merged(), W: c.w, H: c.h, Took: spent}, Disparity)
}

const (
	joinGrid  = 48   // samples of an overlap in each direction
	joinPrior = 0.02 // weight of leaving a tile as it is
	joinScale = 1e-4 // the same of its gain alone, for models that scale every picture
)

// joinStrip finds for every tile the gain and level with which neighbours agree
// best where they overlap, all at once, so that errors do not add up along the
// strip. Disparity is known up to a gain and a level for each tile; with perFrame
// mostly to a gain, which may be a large one.
func joinStrip(tiles []*tile, perFrame bool) {
	n := 2 * len(tiles)
	for round := range 2 {
		m := newNormal(n)
		for i := 1; i < len(tiles); i++ {
			a, b := tiles[i-1], tiles[i]
			limit := math.Inf(1)
			if round > 0 {
				limit = 3 * overlapRest(a, b)
			}
			eachOverlap(a, b, func(x, y float64) {
				va, vb := float64(a.at(x, y)), float64(b.at(x, y))
				if math.Abs(a.a*va+a.b-b.a*vb-b.b) <= limit {
					m.add([]int{2*i - 2, 2*i - 1, 2 * i, 2*i + 1}, []float64{va, 1, -vb, -1}, 0, 1)
				}
			})
		}
		for i, t := range tiles {
			mean, dev := spread(t.v)
			const weight = joinPrior * joinGrid * joinGrid
			if perFrame {
				m.add([]int{2 * i}, []float64{mean}, mean, joinScale*joinGrid*joinGrid)
				m.add([]int{2*i + 1}, []float64{1}, 0, weight)
				continue
			}
			m.add([]int{2 * i}, []float64{dev}, dev, weight)
			m.add([]int{2 * i, 2*i + 1}, []float64{mean, 1}, mean, weight)
		}
		x, ok := m.solve()
		if !ok {
			return
		}
		for i, t := range tiles {
			if g := x[2*i]; g > 0.1 && g < 10 {
				t.a, t.b = g, x[2*i+1]
			}
		}
	}
}

// eachOverlap calls fn with a grid of points that lie in both tiles.
func eachOverlap(a, b *tile, fn func(x, y float64)) {
	x0, x1 := math.Max(a.x0, b.x0), math.Min(a.x1, b.x1)
	y0, y1 := math.Max(a.y0, b.y0), math.Min(a.y1, b.y1)
	if x0 >= x1 || y0 >= y1 {
		return
	}
	for j := range joinGrid {
		for i := range joinGrid {
			fn(x0+(x1-x0)*(float64(i)+0.5)/joinGrid, y0+(y1-y0)*(float64(j)+0.5)/joinGrid)
		}
	}
}

// overlapRest is the mean difference that is left between two tiles.
func overlapRest(a, b *tile) float64 {
	sum, n := 0.0, 0
	eachOverlap(a, b, func(x, y float64) {
		sum += math.Abs(a.a*float64(a.at(x, y)) + a.b - b.a*float64(b.at(x, y)) - b.b)
		n++
	})
	return sum / float64(max(n, 1))
}

// spread is the mean and the standard deviation.
func spread(v []float32) (mean, dev float64) {
	var s, q float64
	for _, x := range v {
		s += float64(x)
		q += float64(x) * float64(x)
	}
	n := float64(len(v))
	mean = s / n
	return mean, math.Sqrt(math.Max(q/n-mean*mean, 0))
}

// normal is a system of normal equations.
type normal struct {
	n    int
	a, b []float64
}

func newNormal(n int) *normal {
	return &normal{n: n, a: make([]float64, n*n), b: make([]float64, n)}
}

// add adds one equation: sum of k[i]*x[at[i]] = y, with a weight.
func (m *normal) add(at []int, k []float64, y, weight float64) {
	for i, p := range at {
		for j, q := range at {
			m.a[p*m.n+q] += weight * k[i] * k[j]
		}
		m.b[p] += weight * k[i] * y
	}
}

// solve is Gauss's elimination with pivots; the system has at most 48 unknowns.
func (m *normal) solve() ([]float64, bool) {
	n := m.n
	for c := range n {
		best := c
		for r := c + 1; r < n; r++ {
			if math.Abs(m.a[r*n+c]) > math.Abs(m.a[best*n+c]) {
				best = r
			}
		}
		if math.Abs(m.a[best*n+c]) < 1e-12 {
			return nil, false
		}
		for k := range n {
			m.a[c*n+k], m.a[best*n+k] = m.a[best*n+k], m.a[c*n+k]
		}
		m.b[c], m.b[best] = m.b[best], m.b[c]
		for r := c + 1; r < n; r++ {
			f := m.a[r*n+c] / m.a[c*n+c]
			for k := c; k < n; k++ {
				m.a[r*n+k] -= f * m.a[c*n+k]
			}
			m.b[r] -= f * m.b[c]
		}
	}
	x := make([]float64, n)
	for r := n - 1; r >= 0; r-- {
		v := m.b[r]
		for k := r + 1; k < n; k++ {
			v -= m.a[r*n+k] * x[k]
		}
		x[r] = v / m.a[r*n+r]
	}
	return x, true
}

// canvas is where tiles are blended.
type canvas struct {
	w, h       int
	sx, sy     float64 // picture samples in a value
	sum, share []float32
}

func newCanvas(p *pix.Picture, w, h int) *canvas {
	return &canvas{
		w: w, h: h, sx: float64(p.W) / float64(w), sy: float64(p.H) / float64(h),
		sum: make([]float32, w*h), share: make([]float32, w*h),
	}
}

// lay adds a tile of a strip, fading in and out over its overlaps.
func (c *canvas) lay(t *tile, fadeIn, fadeOut, across bool) {
	x0, x1 := c.cells(t.x0, t.x1, c.sx, c.w)
	y0, y1 := c.cells(t.y0, t.y1, c.sy, c.h)
	for y := y0; y < y1; y++ {
		py := (float64(y) + 0.5) * c.sy
		for x := x0; x < x1; x++ {
			px := (float64(x) + 0.5) * c.sx
			q := (px - t.x0) / (t.x1 - t.x0)
			if !across {
				q = (py - t.y0) / (t.y1 - t.y0)
			}
			weight := 1.0
			if fadeIn {
				weight = math.Min(weight, q/tileOverlap)
			}
			if fadeOut {
				weight = math.Min(weight, (1-q)/tileOverlap)
			}
			weight = math.Max(weight, 1e-4)
			c.sum[y*c.w+x] += float32(weight * (t.a*float64(t.at(px, py)) + t.b))
			c.share[y*c.w+x] += float32(weight)
		}
	}
}

// cells returns the values whose middle lies in a..b of the picture.
func (c *canvas) cells(a, b, scale float64, n int) (from, to int) {
	return max(int(math.Ceil(a/scale-0.5)), 0), min(int(math.Ceil(b/scale-0.5)), n)
}

// merged returns the blended values. Rounding may leave a value no tile holds;
// it takes the one before it.
func (c *canvas) merged() []float32 {
	for i, s := range c.share {
		switch {
		case s > 0:
			c.sum[i] /= s
		case i > 0:
			c.sum[i] = c.sum[i-1]
		}
	}
	return c.sum
}
