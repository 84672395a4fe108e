package scene

import "math"

// look is how a toy person is painted.
type look struct {
	skin, hair, shirt, legs vec
	stripes                 vec // of the shirt
	every                   float64
}

// person stands on the lawn facing the first camera; hands are where the arms
// end, relative to the feet and in units of the person's size.
func (g *garden) person(at vec, size float64, l look, left, right vec) {
	up := func(x, y, z float64) vec { return at.add(vec{x, y, z}.mul(size)) }
	clothes := func(p, _ vec, footprint float64) vec {
		y := (p.y - at.y) / size
		c := l.shirt
		if l.every > 0 && math.Mod(y, l.every) < l.every/2 {
			c = l.stripes
		}
		return l.legs.to(c, smooth(0.24, 0.245+footprint, y))
	}
	g.put(newBone(up(0, 0.2, 0), up(0, 0.55, 0), 0.21*size, 0.13*size), clothes, 0.25)

	head := up(0, 0.82, 0)
	g.put(sphere{head, 0.185 * size}, func(p, n vec, _ float64) vec {
		// Hair covers the top and the back; the face looks along -z.
		if n.y > 0.42-0.75*n.z-0.35 && n.y > -0.25 && n.z > -0.62 || n.y > 0.62 {
			return l.hair
		}
		for _, eye := range []float64{-0.32, 0.32} {
			if math.Hypot(n.x-eye, n.y-0.1) < 0.1 && n.z < 0 {
				return rgb(0x2a2320)
			}
		}
		cheek := 0.0
		for _, side := range []float64{-0.5, 0.5} {
			cheek = max(cheek, 1-smooth(0.06, 0.24, math.Hypot(n.x-side, n.y+0.2)))
		}
		if smile := math.Hypot(n.x, n.y+0.08); n.z < 0 && n.y < -0.22 && math.Abs(smile-0.28) < 0.03 {
			return rgb(0x9c4a3c)
		}
		return l.skin.to(rgb(0xe2796a), 0.6*cheek)
	}, 0.3)
	for _, arm := range [2][2]vec{{{-0.13, 0.55, 0}, left}, {{0.13, 0.55, 0}, right}} {
		shoulder, hand := up(arm[0].x, arm[0].y, arm[0].z), up(arm[1].x, arm[1].y, arm[1].z)
		elbow := shoulder.to(hand, 0.75)
		g.put(newBone(shoulder, elbow, 0.055*size, 0.045*size), plain(l.shirt), 0.2)
		g.put(newBone(elbow, hand, 0.04*size, 0.046*size), plain(l.skin), 0.3)
	}
}

func (g *garden) people() {
	swing := math.Sin(g.time * 2)
	a := vec{-0.55, 0, 4.3}
	g.person(a, 1.1, look{rgb(0xf0c8a4), rgb(0x5a3a22), rgb(0xf4efe2), rgb(0x39507a), rgb(0xc8423b), 0.11},
		vec{-0.32, 0.36, -0.06}, vec{0.3, 0.72, -0.1})
	g.person(vec{0.5, 0, 4.75}, 1.2, look{rgb(0x9b6a45), rgb(0x231a15), rgb(0xe2a52e), rgb(0x5b4636), vec{}, 0},
		vec{-0.3, 0.34, -0.05}, vec{0.3, 0.78 + 0.06*swing, -0.05 + 0.05*swing})
	g.person(vec{-1.75, 0, 5.9}, 0.85, look{rgb(0xf3d3b4), rgb(0xc98a3a), rgb(0x3f8f86), rgb(0x704a7c), rgb(0x6fb8ad), 0.16},
		vec{-0.3, 0.4, -0.06}, vec{0.3, 0.4, -0.06})
	g.balloons(a.add(vec{0.3, 0.72, -0.1}.mul(1.1)))
}

// balloons are tied to the hand by strings thinner than a pixel is wide in
// small pictures.
func (g *garden) balloons(hand vec) {
	for i, b := range []struct {
		at vec
		c  uint32
	}{
		{vec{-0.5, 0.98, 0.25}, 0xd8402f},
		{vec{-0.03, 1.2, 0.1}, 0xf0b429},
		{vec{0.42, 0.9, -0.25}, 0x2f78c4},
	} {
		f := float64(i)
		drift := vec{0.06 * math.Sin(g.time*0.8+2*f), 0.03 * math.Sin(g.time*1.1+f), 0.05 * math.Cos(g.time*0.7+f)}
		c := hand.add(b.at).add(drift)
		skin := plain(rgb(b.c))
		g.put(newBone(c.add(vec{0, -0.06, 0}), c.add(vec{0, 0.04, 0}), 0.17, 0.2), skin, 0.9)
		knot := c.add(vec{0, -0.25, 0})
		g.put(newBone(knot, c.add(vec{0, -0.2, 0}), 0.03, 0.045), skin, 0.5)
		thread := plain(rgb(0xe9e4d6))
		from := hand
		for k := range 6 {
			s := (float64(k) + 1) / 6
			sag := vec{0.05 * math.Sin(math.Pi*s) * (f - 1), 0, 0}
			to := hand.to(knot, s).add(sag)
			g.put(newBone(from, to, 0.0055, 0.0054), thread, 0)
			from = to
		}
	}
}
