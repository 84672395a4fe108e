package stereo

import (
	"context"
	"fmt"

	"spatialmaker/processor/pix"
)

// RefineOptions of Renderer.Refine. The zero value is the good default.
type RefineOptions struct {
	// Span is the disparity in pixels between depth 0 and 1 that the map will be
	// rendered with; steps below two pixels are left alone. 0: 2.5 % of the
	// picture's width.
	Span float64
	// Radius is half the width of the window in which both sides of a ramp are
	// looked for, in pixels: about the size of a sample of src. 0: chosen for a
	// map of the picture's own size.
	Radius int
}

// ramp is the refinement's state for one call.
type ramp struct {
	dst, src *pix.Map
	pic      *pix.Picture
	scale    mapScale
	step     float32 // least difference in depth that is a silhouette
	radius   int     // half width of the window that holds a ramp's two flats
	big      *pix.Map
	grow     func(worker, y0, y1 int)
	decide   func(worker, y0, y1 int)
}

// Refine brings src to dst's size, which must be the picture's, and makes the
// soft ramps at silhouettes steps: a pixel on a ramp takes the depth of the
// near or of the far side, whichever the picture's colours there are more like
// its own. dst must not share memory with src.
func (r *Renderer) Refine(ctx context.Context, dst, src *pix.Map, pic *pix.Picture, o RefineOptions) error {
	if err := pic.Check(); err != nil {
		return fmt.Errorf("refine: picture: %w", err)
	}
	if err := src.Check(); err != nil {
		return fmt.Errorf("refine: depth: %w", err)
	}
	if err := dst.Check(); err != nil {
		return fmt.Errorf("refine: result: %w", err)
	}
	if dst.W != pic.W || dst.H != pic.H {
		return fmt.Errorf("refine: result of %dx%d for a picture of %dx%d: %w", dst.W, dst.H, pic.W, pic.H, pix.ErrShape)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	q := &r.ramp
	span := o.Span
	if !(span > 0) {
		span = 0.025 * float64(pic.W)
	}
	q.dst, q.src, q.pic = dst, src, pic
	q.step = float32(2 / span)
	q.radius = min(max(5*pic.W/1920, 5), 12)
	if o.Radius > 0 {
		q.radius = o.Radius
	}
	q.scale.set(src, pic.W, pic.H)
	if q.big == nil || q.big.W != pic.W || q.big.H != pic.H {
		q.big = pix.NewMap(pic.W, pic.H)
	}
	if q.grow == nil {
		q.grow, q.decide = r.growBand, r.decideBand
	}
	err := r.crew.Bands(ctx, pic.H, bandRows, q.grow)
	if err == nil {
		err = r.crew.Bands(ctx, pic.H, bandRows, q.decide)
	}
	q.dst, q.src, q.pic = nil, nil, nil
	return err
}

func (r *Renderer) growBand(worker, y0, y1 int) {
	q, s := &r.ramp, &r.rows[worker]
	resize(&s.lines, q.src.W)
	for y := y0; y < y1; y++ {
		row := q.big.Row(y)
		q.scale.row(row, s.lines, q.src, y)
		for x, v := range row {
			row[x] = within01(v)
		}
	}
}

func (r *Renderer) decideBand(_, y0, y1 int) {
	q := &r.ramp
	for y := y0; y < y1; y++ {
		out := q.dst.Row(y)
		for x := range out {
			out[x] = q.side(x, y)
		}
	}
}

// side decides on one pixel.
func (q *ramp) side(x, y int) float32 {
	m, n := q.big, q.radius
	d := m.Pix[y*m.Stride+x]
	x0, x1, y0, y1 := max(x-n, 0), min(x+n, m.W-1), max(y-n, 0), min(y+n, m.H-1)
	if q.level(d, x, y, x0, x1, y0, y1) {
		return d
	}
	// Only a cross is searched for the two sides: that finds every ramp.
	lo, hi := d, d
	for _, v := range m.Row(y)[x0 : x1+1] {
		lo, hi = min(lo, v), max(hi, v)
	}
	for j := y0; j <= y1; j++ {
		v := m.Pix[j*m.Stride+x]
		lo, hi = min(lo, v), max(hi, v)
	}
	tenth := (hi - lo) / 10
	if hi-lo < q.step || d > hi-tenth || d < lo+tenth {
		return d
	}
	if q.looksNear(x, y, x0, x1, y0, y1, lo, hi) {
		return hi
	}
	return lo
}

// looksNear compares a pixel's colour with the mean colours of the two sides,
// whose depths are lo and hi. What looks like both stays where its depth is;
// a window without one of the sides cannot come out of side's search.
func (q *ramp) looksNear(x, y, x0, x1, y0, y1 int, lo, hi float32) bool {
	m := q.big
	tenth := (hi - lo) / 10
	var near, far, own [3]float32
	nearN, farN := float32(0), float32(0)
	for j := y0; j <= y1; j += 1 {
		row := m.Row(j)
		for i := x0; i <= x1; i++ {
			switch v := row[i]; {
			case v > hi-2*tenth:
				q.colour(&near, i, j)
				nearN++
			case v < lo+2*tenth:
				q.colour(&far, i, j)
				farN++
			}
		}
	}
	q.colour(&own, x, y)
	toNear, toFar := float32(0), float32(0)
	for c := range own {
		a, b := own[c]-near[c]/nearN, own[c]-far[c]/farN
		toNear += a * a
		toFar += b * b
	}
	if toNear == toFar {
		return m.Pix[y*m.Stride+x] > (lo+hi)/2
	}
	return toNear < toFar
}

// level reports whether the map is flat around a pixel, from the middle and the
// end of each arm of the cross: most pixels need no closer look. A ramp rises
// over the whole window, so that it never looks flat in all of them.
func (q *ramp) level(d float32, x, y, x0, x1, y0, y1 int) bool {
	m := q.big
	row := m.Pix[y*m.Stride : y*m.Stride+m.W]
	near := q.step / 2
	for _, v := range [8]float32{
		row[x0], row[(x0+x)/2], row[(x+x1)/2], row[x1],
		m.Pix[y0*m.Stride+x], m.Pix[(y0+y)/2*m.Stride+x], m.Pix[(y+y1)/2*m.Stride+x], m.Pix[y1*m.Stride+x],
	} {
		if v-d > near || d-v > near {
			return false
		}
	}
	return true
}

// colour adds the picture's components at x, y to sum.
func (q *ramp) colour(sum *[3]float32, x, y int) {
	p := &q.pic.Planes[0]
	if q.pic.Model == pix.RGBA {
		at := y*p.Stride + 4*x
		for c := range sum {
			sum[c] += sample(p, at+c)
		}
		return
	}
	sum[0] += sample(p, y*p.Stride+x)
	for c := 1; c < q.pic.N; c++ {
		p := &q.pic.Planes[c]
		sum[c] += sample(p, (y>>p.ShiftY)*p.Stride+x>>p.ShiftX)
	}
}

func sample(p *pix.Plane, at int) float32 {
	if p.Pix16 != nil {
		return float32(p.Pix16[at])
	}
	return float32(p.Pix8[at])
}
