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
	shrunk reducer

	planes [3]*pix.Plane // of the call under way: the picture's, or reduced ones
	model  pix.Model
	dst    []float32
	bandFn func(worker, y0, y1 int)
}

// part is a stretch of a picture in its own samples; it may reach beyond the
// picture, whose border is then repeated.
type part struct{ x0, y0, x1, y1 float64 }

func wholePart(p *pix.Picture) part { return part{0, 0, float64(p.W), float64(p.H)} }

// sampleKind is all that tables depend on.
type sampleKind struct {
	pix.Layout
	colour pix.Colour
	part   part
	smooth bool
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
	s.shrunk.bandFn = s.shrunk.band
	return s
}

// fill resizes a part of p to ow x oh as cv2.INTER_CUBIC does, converts it to
// RGB as the network wants it, and writes three planes of ow*oh values to dst.
// The reference does not filter before it resizes, so small detail aliases;
// with smooth, samples are averaged first so that it does not.
func (s *sampler) fill(ctx context.Context, dst []float32, ow, oh int, p *pix.Picture, from part, smooth bool) error {
	p = s.widen(p)
	kind := sampleKind{pix.LayoutOf(p), p.Colour, from, smooth, ow, oh}
	if s.feed == nil || kind != s.kind {
		s.prepare(p, kind)
	}
	for i := range s.work {
		for c := range s.work[i].have {
			s.work[i].have[c] = [4]int{-1, -1, -1, -1}
		}
	}
	for i := range p.N {
		s.planes[i] = &p.Planes[i]
	}
	if s.shrunk.active() {
		if err := s.shrunk.reduce(ctx, s.crew, p); err != nil {
			return err
		}
		for i := range p.N {
			s.planes[i] = &s.shrunk.out[i]
		}
	}
	s.model, s.dst = p.Model, dst
	err := s.crew.Bands(ctx, oh, 16, s.bandFn)
	s.planes, s.dst = [3]*pix.Plane{}, nil
	return err
}

// prepare makes the tables for another kind of picture.
func (s *sampler) prepare(p *pix.Picture, kind sampleKind) {
	s.kind, s.feed = kind, newFeed(p, s.normalise)
	f := kind.part
	s.lx, s.ly = sized(s.lx, kind.ow), sized(s.ly, kind.oh)
	s.cx, s.cy = sized(s.cx, kind.ow), sized(s.cy, kind.oh)
	kx, ky := 1, 1
	if kind.smooth {
		kx, ky = shrinkFactor(f.x1-f.x0, kind.ow), shrinkFactor(f.y1-f.y0, kind.oh)
	}
	s.shrunk.prepare(p, kx, ky)
	c := &p.Planes[1]
	switch {
	case s.shrunk.active():
		s.shrunk.taps(0, s.lx, s.ly, f)
		if p.Model == pix.YUV {
			s.shrunk.taps(1, s.cx, s.cy, f)
		}
	default:
		fillTaps(s.lx, f.x0, f.x1, p.W, p.W, 0)
		fillTaps(s.ly, f.y0, f.y1, p.H, p.H, 0)
		if p.Model == pix.YUV {
			fillTaps(s.cx, f.x0, f.x1, p.W, c.W, c.ShiftX)
			fillTaps(s.cy, f.y0, f.y1, p.H, c.H, c.ShiftY)
		}
	}
	for i := range s.work {
		for c := range 3 {
			for j := range 4 {
				s.work[i].rows[c][j] = sized(s.work[i].rows[c][j], kind.ow)
			}
		}
	}
}

// sized returns s, or a longer one, with n elements.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
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
		s.gather(w, s.planes[0], 0, &s.ly[y], s.lx)
		if s.model == pix.YUV {
			s.gather(w, s.planes[1], 1, &s.cy[y], s.cx)
			s.gather(w, s.planes[2], 2, &s.cy[y], s.cx)
		}
		at := y * s.kind.ow
		r := s.dst[at : at+s.kind.ow]
		g := s.dst[n+at : n+at+s.kind.ow]
		b := s.dst[2*n+at : 2*n+at+s.kind.ow]
		switch {
		case s.feed.tone != nil:
			s.rowToned(w, y, r, g, b)
		case s.model == pix.YUV:
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
