package scene

import "math"

var (
	sunward   = vec{-0.52, 0.62, -0.44}.unit() // from the world towards the sun
	sunlight  = vec{1.0, 0.86, 0.66}.mul(2.5)
	skylight  = vec{0.46, 0.6, 0.86}.mul(0.95)
	lawnlight = vec{0.3, 0.36, 0.14}.mul(0.75)

	// Two directions that span the plane across the sunlight.
	sunU = vec{0, 1, 0}.cross(sunward).unit()
	sunV = sunward.cross(sunU)
)

const (
	penumbra = 0.035 // width of half shadow for each unit of distance
	contact  = 0.45  // reach of contact shading
	horizon  = 40.0  // beyond this nothing is shaded by its neighbours
)

// lit is a garden with what its lighting needs.
type lit struct {
	*garden
	bySun  *grid // across the sunlight
	byFoot *grid // over the lawn
}

func light(g *garden) *lit {
	l := &lit{garden: g, bySun: newGrid(-40, -40, 40, 40, 0.4), byFoot: newGrid(-16, -2, 16, horizon, 0.3)}
	for i := range g.things {
		t := &g.things[i]
		u, v := t.centre.dot(sunU), t.centre.dot(sunV)
		if t.radius < 20 {
			r := t.radius + 0.25
			l.bySun.add(i, u-r, v-r, u+r, v+r)
		}
		if r := t.radius + contact; !t.matt && t.radius < 20 {
			l.byFoot.add(i, t.centre.x-r, t.centre.z-r, t.centre.x+r, t.centre.z+r)
		}
	}
	return l
}

// sun gives how much of the sun p sees, 0..1, p lying on thing self (-1: the
// lawn). The penumbra is taken from how closely the ray passes other shapes,
// which has no noise and is the same from both eyes.
func (l *lit) sun(p, n vec, self int) float64 {
	from := p.add(n.mul(1e-4))
	seen := 1.0
	for _, i := range l.bySun.at(p.dot(sunU), p.dot(sunV)) {
		t := &l.things[i]
		to := t.centre.sub(from)
		mid := to.dot(sunward)
		if mid < -t.radius {
			continue
		}
		width := penumbra * max(mid, 0.2)
		if gap := to.sub(sunward.mul(mid)).length(); gap > t.radius+width {
			continue
		}
		if t.hit(from, sunward) < never {
			return 0
		}
		if !t.matt && int(i) != self {
			seen = min(seen, graze(t, from, mid))
		}
	}
	return seen
}

// graze marches past a shape and gives the narrowest gap as a share of the
// penumbra there.
func graze(t *thing, from vec, mid float64) float64 {
	seen := 1.0
	s := max(mid-t.radius, 0.02)
	for range 14 {
		if s > mid+t.radius {
			break
		}
		gap := t.away(from.add(sunward.mul(s)))
		seen = min(seen, smooth(0, 1, gap/(penumbra*max(s, 0.2))))
		s += max(gap, 0.004, t.radius*0.04)
	}
	return seen
}

// open gives how much of the sky p sees past its near neighbours, 0..1.
func (l *lit) open(p, n vec) float64 {
	if p.z > horizon {
		return 1
	}
	near := l.byFoot.at(p.x, p.z)
	hidden := 0.0
	for k, h := range [3]float64{0.05, 0.16, 0.4} {
		q := p.add(n.mul(h))
		gap := min(h, max(q.y, 0))
		for _, i := range near {
			t := &l.things[i]
			if d := q.sub(t.centre); d.dot(d) < (t.radius+gap)*(t.radius+gap) {
				gap = min(gap, t.away(q))
			}
		}
		hidden += (h - max(gap, 0)) / h * [3]float64{0.28, 0.32, 0.3}[k]
	}
	return 1 - hidden
}

// sky is what lies behind everything, in a direction.
func sky(dir vec) vec {
	up := max(dir.y, 0)
	c := rgb(0xfdebd2).to(rgb(0xa4d2f7), smooth(0, 0.2, up)).to(rgb(0x4f93e0), smooth(0.1, 0.7, up)).mul(1.25)
	if dir.y > 0.01 {
		q := vec{dir.x / (dir.y + 0.12) * 0.9, 4, dir.z / (dir.y + 0.12) * 0.9}
		puff := smooth(0.55, 0.72, clouds(q, 5, 0))
		shade := clouds(q.add(vec{0.25, 1, -0.2}), 4, 0)
		c = c.to(rgb(0xfffaf2).mul(1.7).to(rgb(0xdfe4f0).mul(1.2), smooth(0.4, 0.75, shade)), 0.92*puff*smooth(0.01, 0.14, up))
	}
	return c.add(vec{1, 0.75, 0.45}.mul(0.5 * math.Pow(max(dir.dot(sunward), 0), 24)))
}

// look follows a ray among the given things (nil: all of them) and gives what
// it meets: -1 is the lawn, -2 the sky.
func (l *lit) look(from, dir vec, among []int32) (what int, far float64) {
	what, far = -2, never
	if dir.y < -1e-9 {
		if t := -from.y / dir.y; t > eps {
			what, far = -1, t
		}
	}
	if among == nil {
		for i := range l.things {
			if t := l.things[i].hit(from, dir); t < far {
				what, far = i, t
			}
		}
		return what, far
	}
	for _, i := range among {
		if t := l.things[i].hit(from, dir); t < far {
			what, far = int(i), t
		}
	}
	return what, far
}

// near remembers how open the sky is at the last thing shaded: contact shading
// changes so slowly that the samples of one pixel share it.
type near struct {
	what int
	open float64
}

var nowhere = near{what: -2}

// shade gives the light that comes back along a ray from what it met. pixel is
// the angle that one sample stands for; at may carry over between the samples
// of one pixel.
func (l *lit) shade(from, dir vec, what int, far, pixel float64, at *near, depth int) vec {
	if what == -2 {
		return sky(dir)
	}
	p := from.add(dir.mul(far))
	n, gloss, mirror := vec{0, 1, 0}, 0.0, 0.0
	col := paint(mown)
	if what >= 0 {
		t := &l.things[what]
		n, col, gloss, mirror = t.normal(p), t.paint, t.gloss, t.mirror
	}
	facing := -n.dot(dir)
	outward := n
	if facing < 0 {
		n, facing = n.mul(-1), -facing
	}
	base := col(p, outward, far*pixel/math.Sqrt(max(facing, 0.02)))

	sun := max(n.dot(sunward), 0)
	if sun > 0 {
		sun *= l.sun(p, n, what)
	}
	if at.what != what {
		*at = near{what, l.open(p, n)}
	}
	open := at.open
	up := 0.5 + 0.5*n.y
	light := sunlight.mul(sun).add(skylight.mul(up * open)).add(lawnlight.mul((1 - up) * (0.3 + 0.7*open)))
	c := base.times(light)
	if gloss > 0 {
		half := sunward.sub(dir).unit()
		c = c.add(sunlight.mul(sun * gloss * 0.5 * math.Pow(max(n.dot(half), 0), 20+180*gloss)))
		back := dir.add(n.mul(2 * facing))
		share := mirror + (1-mirror)*0.35*gloss*gloss*math.Pow(1-facing, 5)
		if mirror > 0 && depth > 0 {
			seen := nowhere
			w, f := l.look(p.add(n.mul(1e-4)), back, nil)
			c = c.to(l.shade(p.add(n.mul(1e-4)), back, w, f, pixel*4, &seen, depth-1), share)
		} else {
			c = c.to(sky(back), share*open)
		}
	}
	// Air between here and there.
	air := max(far-8, 0)
	return c.to(rgb(0xdfe9f2), 0.9*air/(air+95))
}
