package depth

import (
	"context"

	"spatialmaker/processor/pix"
)

// sampler fills a network's input tensor from pictures. It keeps its tables
// and scratch between calls, so that frames of one kind allocate nothing.
// Not safe for concurrent use.
type sampler struct {
	crew      *pix.Crew
	normalise bool

	kind   sampleKind
	feed   *feed
	lx, ly []tap // of the first plane
	cx, cy []tap // of the chroma planes
	work   []sampleScratch

	pic    *pix.Picture // of the call under way
	dst    []float32
	bandFn func(worker, y0, y1 int)
}

// sampleKind is all that tables depend on.
type sampleKind struct {
	pix.Layout
	colour pix.Colour
	ow, oh int
}

// sampleScratch is one worker's: for each component the last four source rows,
// resized horizontally, in slot row%4.
type sampleScratch struct {
	rows [3][4][]float32
	have [3][4]int // the source row a slot holds, -1 for none
}

func newSampler(c *pix.Crew, normalise bool) *sampler {
	s := &sampler{crew: c, normalise: normalise, work: make([]sampleScratch, c.Workers())}
	s.bandFn = s.band
	return s
}

// fill resizes p to ow x oh as cv2.INTER_CUBIC does, converts it to RGB
// as the network wants it, and writes three planes of ow*oh values to dst.
func (s *sampler) fill(ctx context.Context, dst []float32, ow, oh int, p *pix.Picture) error {
	p = s.widen(p)
	kind := sampleKind{pix.LayoutOf(p), p.Colour, ow, oh}
	if s.feed == nil || kind != s.kind {
		s.prepare(p, kind)
	}
	for i := range s.work {
		for c := range s.work[i].have {
			s.work[i].have[c] = [4]int{-1, -1, -1, -1}
		}
	}
	s.pic, s.dst = p, dst
	err := s.crew.Bands(ctx, oh, 16, s.bandFn)
	s.pic, s.dst = nil, nil
	return err
}

// prepare makes the tables for another kind of picture.
func (s *sampler) prepare(p *pix.Picture, kind sampleKind) {
	s.kind, s.feed = kind, newFeed(p, s.normalise)
	s.lx, s.ly = make([]tap, kind.ow), make([]tap, kind.oh)
	fillTaps(s.lx, p.W, p.W, 0)
	fillTaps(s.ly, p.H, p.H, 0)
	if p.Model == pix.YUV {
		c := &p.Planes[1]
		s.cx, s.cy = make([]tap, kind.ow), make([]tap, kind.oh)
		fillTaps(s.cx, p.W, c.W, c.ShiftX)
		fillTaps(s.cy, p.H, c.H, c.ShiftY)
	}
	for i := range s.work {
		for c := range 3 {
			for j := range 4 {
				s.work[i].rows[c][j] = make([]float32, kind.ow)
			}
		}
	}
}

// widen returns p, or a copy whose planes have at least four samples each way:
// the kernels always read four. What is added carries no weight.
func (s *sampler) widen(p *pix.Picture) *pix.Picture {
	thin := false
	for i := range p.N {
		thin = thin || p.Planes[i].W < 4 || p.Planes[i].H < 4
	}
	if !thin {
		return p
	}
	q := *p
	for i := range q.N {
		src := &p.Planes[i]
		pl := pix.Plane{W: src.W, H: src.H, Comps: src.Comps, ShiftX: src.ShiftX, ShiftY: src.ShiftY}
		pl.Stride = max(src.W, 4) * src.Comps
		n := src.W * src.Comps
		if p.Bits > 8 {
			pl.Pix16 = make([]uint16, pl.Stride*max(src.H, 4))
		} else {
			pl.Pix8 = make([]uint8, pl.Stride*max(src.H, 4))
		}
		for y := range src.H {
			if p.Bits > 8 {
				copy(pl.Pix16[y*pl.Stride:], src.Pix16[y*src.Stride:y*src.Stride+n])
			} else {
				copy(pl.Pix8[y*pl.Stride:], src.Pix8[y*src.Stride:y*src.Stride+n])
			}
		}
		q.Planes[i] = pl
	}
	return &q
}

// band writes output rows y0..y1.
func (s *sampler) band(worker, y0, y1 int) {
	w := &s.work[worker]
	n := s.kind.ow * s.kind.oh
	for y := y0; y < y1; y++ {
		s.gather(w, &s.pic.Planes[0], 0, &s.ly[y], s.lx)
		if s.pic.Model == pix.YUV {
			s.gather(w, &s.pic.Planes[1], 1, &s.cy[y], s.cx)
			s.gather(w, &s.pic.Planes[2], 2, &s.cy[y], s.cx)
		}
		at := y * s.kind.ow
		r := s.dst[at : at+s.kind.ow]
		g := s.dst[n+at : n+at+s.kind.ow]
		b := s.dst[2*n+at : 2*n+at+s.kind.ow]
		switch {
		case s.feed.tone != nil:
			s.rowToned(w, y, r, g, b)
		case s.pic.Model == pix.YUV:
			s.rowYUV(w, y, r, g, b)
		default:
			s.rowRGB(w, y, r, g, b)
		}
	}
}

// gather makes sure that the four source rows of t are in w, resized across.
// Component c is the plane's first; an RGBA plane fills components 0 to 2.
func (s *sampler) gather(w *sampleScratch, pl *pix.Plane, c int, t *tap, across []tap) {
	for j := range 4 {
		row := int(t.i) + j
		slot := row & 3
		if t.w[j] == 0 || w.have[c][slot] == row {
			continue
		}
		w.have[c][slot] = row
		rows := &w.rows
		switch {
		case pl.Comps == 4 && pl.Pix16 != nil:
			acrossRGBA(rows[0][slot], rows[1][slot], rows[2][slot], pl.Pix16[row*pl.Stride:], across)
		case pl.Comps == 4:
			acrossRGBA(rows[0][slot], rows[1][slot], rows[2][slot], pl.Pix8[row*pl.Stride:], across)
		case pl.Pix16 != nil:
			acrossOne(rows[c][slot], pl.Pix16[row*pl.Stride:], across)
		default:
			acrossOne(rows[c][slot], pl.Pix8[row*pl.Stride:], across)
		}
	}
}

// quad gives the four rows of component c that t combines, and its weights.
func (w *sampleScratch) quad(c int, t *tap, n int) (a, b, d, e []float32) {
	i := int(t.i)
	return w.rows[c][i&3][:n], w.rows[c][(i+1)&3][:n], w.rows[c][(i+2)&3][:n], w.rows[c][(i+3)&3][:n]
}

// rowRGB combines rows of RGBA or gray sources: each channel by itself.
func (s *sampler) rowRGB(w *sampleScratch, y int, r, g, b []float32) {
	t := &s.ly[y]
	for c, out := range [3][]float32{r, g, b} {
		from := c
		if s.pic.Model == pix.Gray {
			from = 0
		}
		m := &s.feed.m[c]
		k, bias := m[from], m[3]
		r0, r1, r2, r3 := w.quad(from, t, len(out))
		w0, w1, w2, w3 := t.w[0]*k, t.w[1]*k, t.w[2]*k, t.w[3]*k
		for x := range out {
			out[x] = r0[x]*w0 + r1[x]*w1 + r2[x]*w2 + r3[x]*w3 + bias
		}
	}
}

// rowYUV combines rows of Y'CbCr and converts them.
func (s *sampler) rowYUV(w *sampleScratch, y int, r, g, b []float32) {
	n := len(r)
	g, b = g[:n], b[:n]
	t, ct := &s.ly[y], &s.cy[y]
	y0, y1, y2, y3 := w.quad(0, t, n)
	u0, u1, u2, u3 := w.quad(1, ct, n)
	v0, v1, v2, v3 := w.quad(2, ct, n)
	wy, wc := t.w, ct.w
	f := s.feed
	mr, mg, mb := f.m[0], f.m[1], f.m[2]
	lo, hi := f.lo, f.hi
	for x := range r {
		l := y0[x]*wy[0] + y1[x]*wy[1] + y2[x]*wy[2] + y3[x]*wy[3]
		u := u0[x]*wc[0] + u1[x]*wc[1] + u2[x]*wc[2] + u3[x]*wc[3]
		v := v0[x]*wc[0] + v1[x]*wc[1] + v2[x]*wc[2] + v3[x]*wc[3]
		r[x] = hold(mr[0]*l+mr[2]*v+mr[3], lo[0], hi[0])
		g[x] = hold(mg[0]*l+mg[1]*u+mg[2]*v+mg[3], lo[1], hi[1])
		b[x] = hold(mb[0]*l+mb[1]*u+mb[3], lo[2], hi[2])
	}
}

// rowToned converts rows of any source through the tone curve.
func (s *sampler) rowToned(w *sampleScratch, y int, r, g, b []float32) {
	f := s.feed
	ct := &s.ly[y]
	c1, c2 := 1, 2
	if s.pic.Model == pix.YUV {
		ct = &s.cy[y]
	} else if s.pic.Model == pix.Gray {
		c1, c2 = 0, 0
	}
	t := &s.ly[y]
	for x := range r {
		a := mix(w, 0, t, x)
		u := mix(w, c1, ct, x)
		v := mix(w, c2, ct, x)
		cr := f.m[0][0]*a + f.m[0][1]*u + f.m[0][2]*v + f.m[0][3]
		cg := f.m[1][0]*a + f.m[1][1]*u + f.m[1][2]*v + f.m[1][3]
		cb := f.m[2][0]*a + f.m[2][1]*u + f.m[2][2]*v + f.m[2][3]
		cr, cg, cb = f.tone.apply(cr, cg, cb)
		r[x] = cr*f.scale[0] + f.bias[0]
		g[x] = cg*f.scale[1] + f.bias[1]
		b[x] = cb*f.scale[2] + f.bias[2]
	}
}

func mix(w *sampleScratch, c int, t *tap, x int) float32 {
	i := int(t.i)
	rows := &w.rows[c]
	return rows[i&3][x]*t.w[0] + rows[(i+1)&3][x]*t.w[1] + rows[(i+2)&3][x]*t.w[2] + rows[(i+3)&3][x]*t.w[3]
}

func hold(v, lo, hi float32) float32 {
	if v < lo {
		return lo
	}
	if v > hi {
		return hi
	}
	return v
}

// acrossOne resizes one row of one component.
func acrossOne[T uint8 | uint16](dst []float32, src []T, taps []tap) {
	dst = dst[:len(taps)]
	for k := range taps {
		t := &taps[k]
		v := src[t.i : t.i+4 : t.i+4]
		dst[k] = float32(v[0])*t.w[0] + float32(v[1])*t.w[1] + float32(v[2])*t.w[2] + float32(v[3])*t.w[3]
	}
}

// acrossRGBA resizes the colours of one row of four interleaved components.
func acrossRGBA[T uint8 | uint16](r, g, b []float32, src []T, taps []tap) {
	r, g, b = r[:len(taps)], g[:len(taps)], b[:len(taps)]
	for k := range taps {
		t := &taps[k]
		i := int(t.i) * 4
		v := src[i : i+15 : i+15]
		w := t.w
		r[k] = float32(v[0])*w[0] + float32(v[4])*w[1] + float32(v[8])*w[2] + float32(v[12])*w[3]
		g[k] = float32(v[1])*w[0] + float32(v[5])*w[1] + float32(v[9])*w[2] + float32(v[13])*w[3]
		b[k] = float32(v[2])*w[0] + float32(v[6])*w[1] + float32(v[10])*w[2] + float32(v[14])*w[3]
	}
}
