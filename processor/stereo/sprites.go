package stereo

import (
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
)

// point is a sample of the near surface at a silhouette: where it lands, its
// coverage 0..256 and its colour times that, in 1/16 of a level.
type point struct {
	p, a int32
	q    [4]int32
}

// sprites composites the near surface's share of the row's mixed pixels. Its
// coverage and colour are interpolated between neighbouring samples, falling to
// nothing over one pixel outside.
func (h *holeRow) sprites(mixed []kernel.Mixed) {
	for i := range mixed {
		m := &mixed[i]
		if h.e.mirror {
			m = &mixed[len(mixed)-1-i] // what is nearer comes later
		}
		if m.A == fullCover {
			continue
		}
		me := h.point(m)
		for _, step := range [2]int32{-1, 1} {
			x := m.X + step
			if x < 0 || x >= int32(len(h.disp)) {
				continue
			}
			next, sprite := h.neighbour(x, m.Near)
			if sprite && step < 0 {
				continue // this pair was done from the other pixel
			}
			a, b, s := me, next, m.X
			if step < 0 {
				a, b, s = next, me, x
			}
			h.pair(&a, &b, s)
		}
	}
}

// land is where source pixel x of displacement d is seen.
func (h *holeRow) land(x, d int32) int32 {
	if h.e.mirror {
		return x<<kernel.FracBits + d
	}
	return x<<kernel.FracBits - d
}

// point is the near surface's sample at a mixed pixel.
func (h *holeRow) point(m *kernel.Mixed) point {
	p := point{p: h.land(m.X, m.Near), a: m.A}
	h.colour(&p, m.X)
	for c := range p.q {
		p.q[c] -= int32(int64(fullCover-m.A) * int64(m.B[c]) / fullCover)
	}
	return p
}

// neighbour is the near surface's sample at column x: of a mixed pixel, of an
// ordinary one, or nothing where another surface is.
func (h *holeRow) neighbour(x, near int32) (p point, sprite bool) {
	p.p = h.land(x, near)
	if k := h.s.mixAt[x]; k > 0 {
		m := &h.s.mixed[k-1]
		if m.A < fullCover {
			if d := m.Near - near; d > silhouette || d < -silhouette {
				return p, false
			}
			return h.point(m), true
		}
	}
	if d := h.disp[x] - near; d > silhouette || d < -silhouette {
		return p, false
	}
	p.p, p.a = h.land(x, h.disp[x]), fullCover
	h.colour(&p, x)
	return p, false
}

// colour sets the colour of source pixel x.
func (h *holeRow) colour(p *point, x int32) {
	src := h.f.src
	for c := range comps(src) {
		pl, at := planeOf(src, c)
		k := (h.y>>pl.ShiftY)*pl.Stride + (int(x)>>pl.ShiftX)*pl.Comps + at
		if pl.Pix16 != nil {
			p.q[c] = int32(pl.Pix16[k]) * 16
		} else {
			p.q[c] = int32(pl.Pix8[k]) * 16
		}
	}
}

// comps is the number of components a mixed pixel has, planeOf where one is.
func comps(p *pix.Picture) int {
	if p.Model == pix.RGBA {
		if p.Alpha {
			return 4
		}
		return 3
	}
	return p.N
}

func planeOf(p *pix.Picture, c int) (*pix.Plane, int) {
	if p.Model == pix.RGBA {
		return &p.Planes[0], c
	}
	return &p.Planes[c], 0
}

// pair composites the targets between two neighbouring samples of the near
// surface, the first being source pixel x. Of the ends one belongs to it.
func (h *holeRow) pair(a, b *point, x int32) {
	gap := b.p - a.p
	if gap <= 0 || gap > kernel.MaxGap+kernel.One {
		return
	}
	t0, t1 := a.p>>kernel.FracBits+1, b.p>>kernel.FracBits
	if h.e.mirror {
		t0, t1 = (a.p+kernel.One-1)>>kernel.FracBits, (b.p+kernel.One-1)>>kernel.FracBits-1
	}
	for t := max(t0, 0); t <= min(t1, int32(h.f.src.W)-1); t++ {
		f := (t<<kernel.FracBits - a.p) * kernel.One / gap
		seen := h.s.from[t]
		at := x<<kernel.FracBits + f
		if seen != kernel.Hole && (seen > at+kernel.One) != h.e.mirror && (seen < at-kernel.One) == h.e.mirror {
			continue // behind a nearer surface
		}
		q := late{x: t, y: int32(h.y), a: a.a + (b.a-a.a)*f/kernel.One}
		for c := range q.q {
			q.q[c] = a.q[c] + int32(int64(b.q[c]-a.q[c])*int64(f)/kernel.One)
		}
		if h.f.good {
			h.store.late = append(h.store.late, q)
		} else {
			composite(h.e.dst, &q)
		}
	}
}

// composite lays a sprite's colour over what is drawn.
func composite(dst *pix.Picture, q *late) {
	top := int32(1)<<dst.Bits - 1
	for c := range comps(dst) {
		p, at := planeOf(dst, c)
		if int(q.x)&(1<<p.ShiftX-1) != 0 || int(q.y)&(1<<p.ShiftY-1) != 0 {
			continue
		}
		k := (int(q.y)>>p.ShiftY)*p.Stride + (int(q.x)>>p.ShiftX)*p.Comps + at
		if p.Pix16 != nil {
			v := (q.q[c] + (fullCover-q.a)*int32(p.Pix16[k])/16 + 8) >> 4
			p.Pix16[k] = uint16(min(max(v, 0), top))
		} else {
			v := (q.q[c] + (fullCover-q.a)*int32(p.Pix8[k])/16 + 8) >> 4
			p.Pix8[k] = uint8(min(max(v, 0), top))
		}
	}
}
