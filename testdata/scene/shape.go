package scene

import "math"

// A shape is a solid that a ray can hit. Distances along rays are in units of
// the ray's direction, which is a unit vector everywhere in this package.
type shape interface {
	// hit gives the nearest distance along the ray beyond eps, +Inf for none.
	hit(from, dir vec) float64
	// normal is the outward normal at a point of the surface.
	normal(p vec) vec
	// away is the distance from p to the surface, negative inside.
	away(p vec) float64
	// ball encloses the shape.
	ball() (centre vec, radius float64)
}

const eps = 1e-6

var never = math.Inf(1)

type sphere struct {
	c vec
	r float64
}

func (s sphere) hit(from, dir vec) float64 {
	o := from.sub(s.c)
	b := o.dot(dir)
	d := b*b - o.dot(o) + s.r*s.r
	if d < 0 {
		return never
	}
	d = math.Sqrt(d)
	if t := -b - d; t > eps {
		return t
	}
	if t := -b + d; t > eps {
		return t
	}
	return never
}

func (s sphere) normal(p vec) vec     { return p.sub(s.c).unit() }
func (s sphere) away(p vec) float64   { return p.sub(s.c).length() - s.r }
func (s sphere) ball() (vec, float64) { return s.c, s.r }

// bone is the hull of two spheres: a capsule when the radii are equal, a
// rounded cone otherwise. Strings, grass, limbs and bodies are bones.
type bone struct {
	a, b   vec
	ra, rb float64

	axis   vec     // unit, a to b
	length float64 // between the centres
	slope  float64 // sine of the half angle of the cone, (ra-rb)/length
	sa, sb float64 // where the cone touches the spheres, along the axis
	na, nb float64 // the cone's radii there
	mid    vec
	outer  float64
}

// newBone needs centres farther apart than the radii differ.
func newBone(a, b vec, ra, rb float64) *bone {
	s := &bone{a: a, b: b, ra: ra, rb: rb}
	s.axis = b.sub(a)
	s.length = s.axis.length()
	s.axis = s.axis.mul(1 / s.length)
	s.slope = (ra - rb) / s.length
	flat := math.Sqrt(1 - s.slope*s.slope)
	s.sa, s.sb = ra*s.slope, s.length+rb*s.slope
	s.na, s.nb = ra*flat, rb*flat
	s.mid = a.to(b, 0.5)
	s.outer = s.length/2 + max(ra, rb)
	return s
}

func (s *bone) hit(from, dir vec) float64 {
	best := min(sphere{s.a, s.ra}.hit(from, dir), sphere{s.b, s.rb}.hit(from, dir))
	// The cone between the touching circles: distance from the axis equals
	// na + k*(u - sa), u along the axis.
	o := from.sub(s.a)
	u0, ud := o.dot(s.axis), dir.dot(s.axis)
	k := (s.nb - s.na) / (s.sb - s.sa)
	r0, rd := s.na+k*(u0-s.sa), k*ud
	po, pd := o.sub(s.axis.mul(u0)), dir.sub(s.axis.mul(ud))
	a := pd.dot(pd) - rd*rd
	b := po.dot(pd) - r0*rd
	c := po.dot(po) - r0*r0
	d := b*b - a*c
	if d < 0 || a == 0 {
		return best
	}
	d = math.Sqrt(d)
	for _, t := range [2]float64{(-b - d) / a, (-b + d) / a} {
		if u := u0 + t*ud; t > eps && t < best && u >= s.sa && u <= s.sb {
			best = t
		}
	}
	return best
}

// along gives the axis coordinate of the generating circle that p belongs to.
func (s *bone) along(p vec) (u, across float64) {
	o := p.sub(s.a)
	u = o.dot(s.axis)
	across = o.sub(s.axis.mul(u)).length()
	return u, across
}

func (s *bone) normal(p vec) vec {
	u, across := s.along(p)
	// Moving down the slope finds the centre of the sphere that touches here.
	flat := math.Sqrt(1 - s.slope*s.slope)
	t := clamp01((u - across*s.slope/flat) / s.length)
	return p.sub(s.a.to(s.b, t)).unit()
}

func (s *bone) away(p vec) float64 {
	u, across := s.along(p)
	flat := math.Sqrt(1 - s.slope*s.slope)
	t := clamp01((u - across*s.slope/flat) / s.length)
	return p.sub(s.a.to(s.b, t)).length() - (s.ra + t*(s.rb-s.ra))
}

func (s *bone) ball() (vec, float64) { return s.mid, s.outer }

// box stands upright, turned about the y axis.
type box struct {
	c, half  vec
	cos, sin float64
}

func newBox(c, half vec, angle float64) *box {
	return &box{c, half, math.Cos(angle), math.Sin(angle)}
}

func (s *box) local(p vec) vec { return p.sub(s.c).turned(s.cos, -s.sin) }

func (s *box) hit(from, dir vec) float64 {
	o, d := s.local(from), dir.turned(s.cos, -s.sin)
	near, far := math.Inf(-1), math.Inf(1)
	for _, ax := range [3][3]float64{{o.x, d.x, s.half.x}, {o.y, d.y, s.half.y}, {o.z, d.z, s.half.z}} {
		t0, t1 := (-ax[2]-ax[0])/ax[1], (ax[2]-ax[0])/ax[1]
		near, far = max(near, min(t0, t1)), min(far, max(t0, t1))
	}
	switch {
	case near > far || far <= eps:
		return never
	case near > eps:
		return near
	}
	return far
}

func (s *box) normal(p vec) vec {
	q := s.local(p)
	x, y, z := math.Abs(q.x)-s.half.x, math.Abs(q.y)-s.half.y, math.Abs(q.z)-s.half.z
	n := vec{0, 0, math.Copysign(1, q.z)}
	if x >= y && x >= z {
		n = vec{math.Copysign(1, q.x), 0, 0}
	} else if y >= z {
		n = vec{0, math.Copysign(1, q.y), 0}
	}
	return n.turned(s.cos, s.sin)
}

func (s *box) away(p vec) float64 {
	q := s.local(p)
	x, y, z := math.Abs(q.x)-s.half.x, math.Abs(q.y)-s.half.y, math.Abs(q.z)-s.half.z
	outside := vec{max(x, 0), max(y, 0), max(z, 0)}.length()
	return outside + min(max(x, y, z), 0)
}

func (s *box) ball() (vec, float64) { return s.c, s.half.length() }

// leaf is a triangle seen from both sides.
type leaf struct {
	a, ab, ac, n vec
	mid          vec
	outer        float64
}

func newLeaf(a, b, c vec) *leaf {
	s := &leaf{a: a, ab: b.sub(a), ac: c.sub(a)}
	s.n = s.ab.cross(s.ac).unit()
	s.mid = a.add(b).add(c).mul(1.0 / 3)
	s.outer = max(a.sub(s.mid).length(), b.sub(s.mid).length(), c.sub(s.mid).length())
	return s
}

func (s *leaf) hit(from, dir vec) float64 {
	q := dir.cross(s.ac)
	det := s.ab.dot(q)
	if math.Abs(det) < 1e-12 {
		return never
	}
	o := from.sub(s.a)
	u := o.dot(q) / det
	r := o.cross(s.ab)
	v := dir.dot(r) / det
	if u < 0 || v < 0 || u+v > 1 {
		return never
	}
	if t := s.ac.dot(r) / det; t > eps {
		return t
	}
	return never
}

func (s *leaf) normal(vec) vec       { return s.n }
func (s *leaf) ball() (vec, float64) { return s.mid, s.outer }

// away is to the plane, which is enough for shading near the leaf.
func (s *leaf) away(p vec) float64 {
	return max(math.Abs(p.sub(s.a).dot(s.n)), p.sub(s.mid).length()-s.outer)
}
