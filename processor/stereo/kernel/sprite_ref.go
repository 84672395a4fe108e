package kernel

// point is a sample of the near surface at a silhouette: where it lands, its
// coverage and its colour times that, in 1/16 of a level.
type point struct {
	p, a int32
	q    [4]int32
}

// spriter is one row of sprites.
type spriter struct {
	b              *Band
	mixed          []Mixed
	at, disp, from []int32
	y              int32
	mirror         bool
	out            []Late
	n              int
}

func refSprites(out []Late, mixed []Mixed, b *Band, at, disp, from []int32, y int, mirror bool) int {
	s := spriter{b, mixed, at, disp, from, int32(y), mirror, out, 0}
	for i := range mixed {
		m := &mixed[i]
		if mirror {
			m = &mixed[len(mixed)-1-i] // what is nearer comes later
		}
		if m.A == FullCover {
			continue
		}
		me := s.point(m)
		for _, step := range [2]int32{-1, 1} {
			x := m.X + step
			if x < 0 || int(x) >= b.W {
				continue
			}
			next, sprite := s.neighbour(x, m.Near)
			switch {
			case step > 0:
				s.pair(&me, &next, m.X)
			case !sprite: // else this pair was done from the other pixel
				s.pair(&next, &me, x)
			}
		}
	}
	return s.n
}

// land is where source pixel x of displacement d is seen.
func (s *spriter) land(x, d int32) int32 {
	if s.mirror {
		return x<<FracBits + d
	}
	return x<<FracBits - d
}

// point is the near surface's sample at a mixed pixel.
func (s *spriter) point(m *Mixed) point {
	p := point{p: s.land(m.X, m.Near), a: m.A}
	s.colour(&p, m.X)
	for c := range p.q {
		p.q[c] -= (FullCover - m.A) * m.B[c] / FullCover
	}
	return p
}

// neighbour is the near surface's sample at column x: of a mixed pixel, of an
// ordinary one, or nothing where another surface is.
func (s *spriter) neighbour(x, near int32) (p point, sprite bool) {
	limit := s.b.MinRange
	p.p = s.land(x, near)
	if k := s.at[x]; k > 0 {
		m := &s.mixed[k-1]
		if m.A < FullCover {
			if d := m.Near - near; d > limit || d < -limit {
				return p, false
			}
			return s.point(m), true
		}
	}
	if d := s.disp[x] - near; d > limit || d < -limit {
		return p, false
	}
	p.p, p.a = s.land(x, s.disp[x]), FullCover
	s.colour(&p, x)
	return p, false
}

// colour sets the colour of source pixel x.
func (s *spriter) colour(p *point, x int32) {
	for c := range s.b.Comps {
		p.q[c] = s.b.at(c, 2, int(x)) * 16
	}
}

// pair notes the targets between two neighbouring samples of the near surface,
// the first being source pixel x. Of the ends one belongs to it.
func (s *spriter) pair(a, b *point, x int32) {
	gap := b.p - a.p
	if gap <= 0 || gap > MaxGap+One {
		return
	}
	t0, t1 := a.p>>FracBits+1, b.p>>FracBits
	if s.mirror {
		t0, t1 = (a.p+One-1)>>FracBits, (b.p+One-1)>>FracBits-1
	}
	for t := max(t0, 0); t <= min(t1, int32(s.b.W)-1); t++ {
		f := (t<<FracBits - a.p) * One / gap
		seen := s.from[t]
		at := x<<FracBits + f
		if seen != Hole && (seen > at+One) != s.mirror && (seen < at-One) == s.mirror {
			continue // behind a nearer surface
		}
		q := &s.out[s.n]
		s.n++
		*q = Late{X: t, Y: s.y, A: a.a + (b.a-a.a)*f/One}
		for c := range s.b.Comps {
			q.Q[c] = a.q[c] + (b.q[c]-a.q[c])*f/One
		}
	}
}

func refComposite(c *Canvas, sprites []Late) {
	top := int32(1)<<c.Bits - 1
	for i := range sprites {
		q := &sprites[i]
		for k := range c.Comps {
			sx, sy := c.ShiftX[k], c.ShiftY[k]
			if q.X&(1<<sx-1) != 0 || q.Y&(1<<sy-1) != 0 {
				continue
			}
			at := c.At[k] + int(q.Y>>sy)*c.Stride[k] + int(q.X>>sx)*c.Step[k]
			if c.Pix8[0] != nil {
				v := (q.Q[k] + (FullCover-q.A)*int32(c.Pix8[k][at])/16 + 8) >> 4
				c.Pix8[k][at] = uint8(min(max(v, 0), top))
			} else {
				v := (q.Q[k] + (FullCover-q.A)*int32(c.Pix16[k][at])/16 + 8) >> 4
				c.Pix16[k][at] = uint16(min(max(v, 0), top))
			}
		}
	}
}
