package steady

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/pix"
)

// Figures tell how steady depth is, measured on sequences made of a clip's
// frames, of which everything but the depth is known exactly.
type Figures struct {
	// Still: on one frame with camera noise, the mean change of depth from
	// frame to frame over that of the estimates as they come.
	Still float64 `json:"still"`
	// Pan: the same for a window that slides over a frame, after its motion
	// is taken out.
	Pan float64 `json:"pan"`
	// Cut: how far the first frame after a cut is from what it is when the
	// second shot is converted alone, as a share of the range.
	Cut float64 `json:"cut"`
	// Wake: the mean error of depth where an object has just been, as a share
	// of the range.
	Wake float64 `json:"wake"`
}

// Limits are what the figures may be at the ordinary strength.
var Limits = Figures{Still: 0.15, Pan: 0.35, Cut: 0.02, Wake: 0.01}

const measured = 24 // frames of each sequence

// Measure takes the figures on a clip: frames are two or more of its pictures,
// of one size and from different moments.
func Measure(ctx context.Context, est depth.Estimator, frames []*pix.Picture, o Options) (Figures, error) {
	var f Figures
	if len(frames) == 0 || frames[0].W < 64 || frames[0].H < 64 {
		return f, errors.New("measuring steadiness takes a picture of 64x64 or more")
	}
	m := &measurer{est: est, o: o}
	m.o.PerFrame = est.Describe().PerFrame
	first, last := frames[0], frames[len(frames)-1]
	var errs [4]error
	f.Still, errs[0] = m.still(ctx, first)
	f.Pan, errs[1] = m.pan(ctx, first)
	f.Cut, errs[2] = m.cut(ctx, first, last)
	f.Wake, errs[3] = m.wake(ctx, first)
	if err := errors.Join(errs[:]...); err != nil {
		return f, fmt.Errorf("measure steadiness: %w", err)
	}
	return f, nil
}

type measurer struct {
	est depth.Estimator
	o   Options
}

// shot is a sequence of pictures and their estimates.
type shot struct {
	pics []*pix.Picture
	maps []depth.Map
}

func (s *shot) add(ctx context.Context, est depth.Estimator, p *pix.Picture) error {
	m, err := est.Estimate(ctx, p)
	if err != nil {
		return err
	}
	s.pics, s.maps = append(s.pics, p), append(s.maps, m)
	return nil
}

// steady runs a sequence through a stage and returns copies of its maps.
func (m *measurer) steady(ctx context.Context, s *shot) ([]Frame, error) {
	stage := New(m.o)
	defer stage.Close()
	var out []Frame
	take := func() error {
		for {
			f, ok, err := stage.Next(ctx)
			if err != nil || !ok {
				return err
			}
			out = append(out, f)
		}
	}
	for i, p := range s.pics {
		c := s.maps[i]
		c.Map = pix.NewMap(c.W, c.H)
		copyMap(c.Map, s.maps[i].Map)
		if err := stage.Push(ctx, p, c); err != nil {
			return nil, err
		}
		if err := take(); err != nil {
			return nil, err
		}
	}
	stage.End()
	return out, take()
}

func copyMap(dst, src *pix.Map) {
	for y := range src.H {
		copy(dst.Row(y), src.Row(y))
	}
}

// noisy returns p with the noise of a camera: normally distributed, with a
// deviation of 1.2 % of the range in luma, from a fixed seed.
func noisy(p *pix.Picture, seed uint64) *pix.Picture {
	q := pix.New(pix.LayoutOf(p))
	if p.CopyTo(q) != nil { // of the same layout, so it always fits
		return p
	}
	r := rand.New(rand.NewPCG(seed, 17))
	top := float64(int(1)<<p.Bits - 1)
	pl := &q.Planes[0]
	for y := range pl.H {
		for x := range pl.W * pl.Comps {
			if pl.Comps == 4 && x%4 == 3 {
				continue
			}
			at := y*pl.Stride + x
			d := r.NormFloat64() * 0.012 * top
			if pl.Pix16 != nil {
				pl.Pix16[at] = uint16(max(0, min(float64(pl.Pix16[at])+d, top)))
			} else {
				pl.Pix8[at] = uint8(max(0, min(float64(pl.Pix8[at])+d, top)))
			}
		}
	}
	return q
}

// still measures Figures.Still.
func (m *measurer) still(ctx context.Context, p *pix.Picture) (float64, error) {
	var s shot
	for i := range measured {
		if err := s.add(ctx, m.est, noisy(p, uint64(i))); err != nil {
			return 0, err
		}
	}
	return m.ratio(ctx, &s, 0)
}

// pan measures Figures.Pan: a window of three quarters of the width slides by
// a ninety-sixth of it each frame.
func (m *measurer) pan(ctx context.Context, p *pix.Picture) (float64, error) {
	var s shot
	w, step := p.W*3/4&^3, max(p.W/4/measured&^3, 4)
	n := min(measured, (p.W-w)/step+1)
	for i := range n {
		v, err := p.Sub(image.Rect(i*step, 0, i*step+w, p.H))
		if err != nil {
			return 0, err
		}
		if err := s.add(ctx, m.est, noisy(v, uint64(i))); err != nil {
			return 0, err
		}
	}
	return m.ratio(ctx, &s, float64(step)/float64(w))
}

// ratio is the mean change from frame to frame after steadying over that
// before, along a motion to the left by shift of the width.
func (m *measurer) ratio(ctx context.Context, s *shot, shift float64) (float64, error) {
	out, err := m.steady(ctx, s)
	if err != nil {
		return 0, err
	}
	before, after := 0.0, 0.0
	for i := 1; i < len(out); i++ {
		before += change(s.maps[i-1].Map, s.maps[i].Map, shift)
		after += change(out[i-1].Map, out[i].Map, shift)
	}
	if before == 0 {
		return 0, nil
	}
	return after / before, nil
}

// change is the mean difference between two maps, the first moved to the left
// by shift of its width.
func change(a, b *pix.Map, shift float64) float64 {
	d := shift * float64(a.W)
	whole := int(d)
	f := float32(d - float64(whole))
	sum, n := 0.0, 0
	for y := range b.H {
		ra, rb := a.Row(y), b.Row(y)
		for x := 0; x+whole+1 < a.W; x++ {
			v := ra[x+whole]*(1-f) + ra[x+whole+1]*f
			sum += math.Abs(float64(rb[x] - v))
			n++
		}
	}
	return sum / float64(max(n, 1))
}

// cut measures Figures.Cut: after a dozen frames of one picture comes the other
// one upside down, which resembles it in nothing but its colours.
func (m *measurer) cut(ctx context.Context, a, b *pix.Picture) (float64, error) {
	var both, alone shot
	for i := range measured / 2 {
		if err := both.add(ctx, m.est, noisy(a, uint64(i))); err != nil {
			return 0, err
		}
	}
	turned := upsideDown(b)
	for i := range measured / 2 {
		if err := alone.add(ctx, m.est, noisy(turned, uint64(100+i))); err != nil {
			return 0, err
		}
	}
	both.pics, both.maps = append(both.pics, alone.pics...), append(both.maps, alone.maps...)
	x, err := m.steady(ctx, &both)
	if err != nil {
		return 0, err
	}
	y, err := m.steady(ctx, &alone)
	if err != nil {
		return 0, err
	}
	return change(x[measured/2].Map, y[0].Map, 0), nil
}

// upsideDown turns a picture by half.
func upsideDown(p *pix.Picture) *pix.Picture {
	q := pix.New(pix.LayoutOf(p))
	q.Alpha, q.Colour = p.Alpha, p.Colour
	for i := range p.N {
		s, d := &p.Planes[i], &q.Planes[i]
		for y := range s.H {
			for x := range s.W {
				for c := range s.Comps {
					from, to := y*s.Stride+x*s.Comps+c, (s.H-1-y)*d.Stride+(s.W-1-x)*d.Comps+c
					if s.Pix16 != nil {
						d.Pix16[to] = s.Pix16[from]
					} else {
						d.Pix8[to] = s.Pix8[from]
					}
				}
			}
		}
	}
	return q
}

// wake measures Figures.Wake. A disc cut out of the picture's own middle
// crosses it; the model's depth of the picture stays what it is behind it, so
// what is left of the disc in the depth is a trail.
func (m *measurer) wake(ctx context.Context, p *pix.Picture) (float64, error) {
	behind, err := m.est.Estimate(ctx, p)
	if err != nil {
		return 0, err
	}
	const above = 0.4 // nearness of the disc over what is behind it
	r := p.H / 5
	path := func(i int) (x, y int) { return r + i*(p.W-2*r)/measured, p.H / 2 }
	var s shot
	for i := range measured {
		x, y := path(i)
		q := noisy(p, uint64(i))
		pasteDisc(q, p, x, y, r)
		d := behind
		d.Map = pix.NewMap(behind.W, behind.H)
		eachInDisc(d.Map, p, x, y, r, func(at int, inside bool) {
			v := behind.Pix[at] * (1 - above)
			if inside {
				v += above
			}
			d.Map.Pix[at] = v
		})
		s.pics, s.maps = append(s.pics, q), append(s.maps, d)
	}
	out, err := m.steady(ctx, &s)
	if err != nil {
		return 0, err
	}
	sum, n := 0.0, 0
	for i := 4; i < measured; i++ {
		trail := make([]bool, len(behind.Pix))
		for j := i - 4; j <= i; j++ {
			x, y := path(j)
			eachInDisc(behind.Map, p, x, y, r, func(at int, inside bool) {
				if inside {
					trail[at] = j < i
				}
			})
		}
		for at, yes := range trail {
			if yes {
				sum += math.Abs(float64(out[i].Map.Pix[at] - s.maps[i].Pix[at]))
				n++
			}
		}
	}
	return sum / float64(max(n, 1)), nil
}

// eachInDisc calls fn for every value of a map with whether the disc at x, y of
// the picture covers it.
func eachInDisc(m *pix.Map, p *pix.Picture, x, y, r int, fn func(at int, inside bool)) {
	for j := range m.H {
		dy := (float64(j)+0.5)*float64(p.H)/float64(m.H) - float64(y)
		for i := range m.W {
			dx := (float64(i)+0.5)*float64(p.W)/float64(m.W) - float64(x)
			fn(j*m.W+i, dx*dx+dy*dy < float64(r*r))
		}
	}
}

// pasteDisc copies the disc in the middle of src to x, y of dst, its luma
// inverted so that it stands out whatever is behind.
func pasteDisc(dst, src *pix.Picture, x, y, r int) {
	s, d := &src.Planes[0], &dst.Planes[0]
	top := 1<<src.Bits - 1
	for j := -r; j < r; j++ {
		for i := -r; i < r; i++ {
			if i*i+j*j >= r*r || x+i < 0 || y+j < 0 || x+i >= d.W || y+j >= d.H {
				continue
			}
			from, to := (src.H/2+j)*s.Stride+(src.W/2+i)*s.Comps, (y+j)*d.Stride+(x+i)*d.Comps
			for c := range min(s.Comps, 3) {
				if s.Pix16 != nil {
					d.Pix16[to+c] = uint16(top) - s.Pix16[from+c]
				} else {
					d.Pix8[to+c] = uint8(top) - s.Pix8[from+c]
				}
			}
		}
	}
}
