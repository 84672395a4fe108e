package stereo

import (
	"math"

	"spatialmaker/processor/pix"
)

// Comfort limits in percent of the width of one eye: what stereographers keep
// to on screens seen from a normal distance, about one degree of visual angle
// (Mendiburu, 3D Movie Making, 2009).
const (
	ComfortCrossed   = 2.0 // in front of the screen
	ComfortUncrossed = 2.5 // behind it
)

// Reading tells how hard a picture is on the eyes. Parallax is in percent of
// the width of one eye, positive in front of the screen.
type Reading struct {
	Nearest  float64 // parallax of the nearest depth that counts (99.5th percentile)
	Farthest float64 // parallax of the farthest (0.5th percentile)
	Outside  float64 // share of pixels beyond the comfort limits, 0..1
}

// bins is the resolution of the depth histograms.
const bins = 256

// Comfort reads the parallax that g gives to depth, as it is rendered: bent by
// its Shape and eased at the sides.
func Comfort(depth *pix.Map, g Geometry) Reading {
	var of [bins]float64 // parallax by depth
	lo, hi := 0.0, 0.0
	for i := range of {
		of[i] = g.Parallax((float64(i) + 0.5) / bins)
		lo, hi = min(lo, of[i]), max(hi, of[i])
	}
	if !g.Shape.EaseEdges || hi == lo {
		return comfort(depth, g, &of)
	}
	var side shaping
	side.of(g, depth.W)
	var h [bins]float64 // of parallax from lo to hi
	total, out := 0.0, 0.0
	scan(depth, func(x, _ int, v float32) {
		p := of[bin(v)] * float64(side.eased(x, depth.W))
		h[min(int((p-lo)/(hi-lo)*bins), bins-1)]++
		total++
		if uncomfortable(p) {
			out++
		}
	})
	if total == 0 {
		return Reading{}
	}
	at := func(q float64) float64 { return lo + (hi-lo)*quantile(&h, total, q) }
	return Reading{Nearest: at(0.995), Farthest: at(0.005), Outside: out / total}
}

// comfort is Comfort where parallax depends on depth alone.
func comfort(depth *pix.Map, g Geometry, of *[bins]float64) Reading {
	var h [bins]float64
	total := histogram(&h, depth, false)
	out := 0.0
	for i, n := range h {
		if uncomfortable(of[i]) {
			out += n
		}
	}
	r := Reading{Nearest: g.Parallax(quantile(&h, total, 0.995)), Farthest: g.Parallax(quantile(&h, total, 0.005))}
	if total > 0 {
		r.Outside = out / total
	}
	return r
}

func uncomfortable(parallax float64) bool {
	return parallax > ComfortCrossed || parallax < -ComfortUncrossed
}

// AutoConvergence finds the depth to lie on the screen: the subject's, which
// is taken to be what stands in the middle of the picture and, of that, the
// nearer part. It stays where the nearest depth comes out of the screen by no
// more than half of the whole range.
func AutoConvergence(depth *pix.Map) float64 {
	var h [bins]float64
	total := histogram(&h, depth, true)
	if total == 0 {
		return 0.5
	}
	near, far := quantile(&h, total, 0.98), quantile(&h, total, 0.02)
	subject := quantile(&h, total, 0.65)
	return min(max(subject, (near+far)/2), near)
}

// histogram counts the values of a map, at most a million of them. With
// central, pixels count by a bell around the picture's middle.
func histogram(h *[bins]float64, m *pix.Map, central bool) float64 {
	total := 0.0
	scan(m, func(x, y int, value float32) {
		n := 1.0
		if central {
			u, v := (float64(x)+0.5)/float64(m.W)-0.5, (float64(y)+0.5)/float64(m.H)-0.5
			n = 1 / (1 + 16*(u*u+v*v))
		}
		h[bin(value)] += n
		total += n
	})
	return total
}

// scan calls fn for the values of a map, at most a million of them.
func scan(m *pix.Map, fn func(x, y int, v float32)) {
	if m.Check() != nil {
		return
	}
	step := max(int(math.Sqrt(float64(m.W)*float64(m.H)/1e6)), 1)
	for y := step / 2; y < m.H; y += step {
		for x, row := step/2, m.Row(y); x < m.W; x += step {
			fn(x, y, row[x])
		}
	}
}

// bin is where a depth counts.
func bin(v float32) int { return min(int(within01(v)*bins), bins-1) }

// quantile finds the depth below which the share q of a histogram lies.
func quantile(h *[bins]float64, total, q float64) float64 {
	want, sum := q*total, 0.0
	for i, n := range h {
		if n > 0 && sum+n >= want {
			return (float64(i) + min(max((want-sum)/n, 0), 1)) / bins
		}
		sum += n
	}
	return 1
}
