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

// Comfort reads the parallax that g gives to depth.
func Comfort(depth *pix.Map, g Geometry) Reading {
	var h [bins]float64
	total := histogram(&h, depth, false)
	out := 0.0
	for i, n := range h {
		if p := g.Parallax((float64(i) + 0.5) / bins); p > ComfortCrossed || p < -ComfortUncrossed {
			out += n
		}
	}
	r := Reading{Nearest: g.Parallax(quantile(&h, total, 0.995)), Farthest: g.Parallax(quantile(&h, total, 0.005))}
	if total > 0 {
		r.Outside = out / total
	}
	return r
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
	if m.Check() != nil {
		return 0
	}
	step := max(int(math.Sqrt(float64(m.W)*float64(m.H)/1e6)), 1)
	total := 0.0
	for y := step / 2; y < m.H; y += step {
		v := (float64(y)+0.5)/float64(m.H) - 0.5
		for x, row := step/2, m.Row(y); x < m.W; x += step {
			n := 1.0
			if central {
				u := (float64(x)+0.5)/float64(m.W) - 0.5
				n = 1 / (1 + 16*(u*u+v*v))
			}
			h[min(int(within01(row[x])*bins), bins-1)] += n
			total += n
		}
	}
	return total
}

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
