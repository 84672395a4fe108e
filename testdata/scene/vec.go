package scene

import "math"

// vec is a point, direction or linear RGB colour. World axes: x to the right,
// y up, z away from the first camera; one unit is the height of a toy person.
type vec struct{ x, y, z float64 }

func (a vec) add(b vec) vec           { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vec) sub(b vec) vec           { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vec) mul(s float64) vec       { return vec{a.x * s, a.y * s, a.z * s} }
func (a vec) times(b vec) vec         { return vec{a.x * b.x, a.y * b.y, a.z * b.z} }
func (a vec) dot(b vec) float64       { return a.x*b.x + a.y*b.y + a.z*b.z }
func (a vec) length() float64         { return math.Sqrt(a.dot(a)) }
func (a vec) unit() vec               { return a.mul(1 / a.length()) }
func (a vec) to(b vec, s float64) vec { return a.add(b.sub(a).mul(s)) }

func (a vec) cross(b vec) vec {
	return vec{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x}
}

// turned rotates a about the y axis by the angle of which c and s are the
// cosine and sine.
func (a vec) turned(c, s float64) vec { return vec{c*a.x + s*a.z, a.y, c*a.z - s*a.x} }

func clamp01(v float64) float64 { return min(max(v, 0), 1) }

// smooth is 0 up to lo, 1 from hi on, and a smooth step between.
func smooth(lo, hi, v float64) float64 {
	t := clamp01((v - lo) / (hi - lo))
	return t * t * (3 - 2*t)
}

// linear undoes the sRGB curve for 8-bit values.
var linear = func() (t [256]float64) {
	for i := range t {
		s := float64(i) / 255
		t[i] = s / 12.92
		if s > 0.04045 {
			t[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	return t
}()

func rgb(hex uint32) vec {
	return vec{linear[hex>>16&255], linear[hex>>8&255], linear[hex&255]}
}
