package steady

import "math"

// affine maps v to A*v + B.
type affine struct{ A, B float32 }

func (f affine) then(g affine) affine { return affine{g.A * f.A, g.A*f.B + g.B} }

// pull mixes f with the identity.
func (f affine) pull(share float32) affine {
	return affine{f.A + (1-f.A)*share, f.B * (1 - share)}
}

// Limits of what matched pixels may make of a frame's own range.
const (
	leastMatched = 64   // pairs
	leastSpread  = 1e-3 // standard deviation of nearness that a gain can be told from
	mostGain     = 2.5
	fitRounds    = 3
)

// fit finds the map from now to was over pairs of matched pixels, starting at
// guess. The gain does not shrink with the noise of either (deming); where the
// depth has no spread to tell it from, only the level is taken. ok is false where
// there are too few pairs. rest is what remains between nine of ten pairs.
func fit(was, now []float32, guess affine) (f affine, rest float32, ok bool) {
	if len(was) < leastMatched {
		return guess, 0, false
	}
	f = guess
	for range fitRounds {
		limit := 3*remains(was, now, f, 0.5) + 0.003
		var n, sw, sn, sww, snn, swn float64
		for i, w := range was {
			x := now[i]
			if r := w - f.A*x - f.B; r > limit || r < -limit {
				continue
			}
			a, b := float64(w), float64(x)
			n++
			sw += a
			sn += b
			sww += a * a
			snn += b * b
			swn += a * b
		}
		if n < leastMatched {
			return guess, 0, false
		}
		mw, mn := sw/n, sn/n
		vw, vn, cov := sww/n-mw*mw, snn/n-mn*mn, swn/n-mw*mn
		gain := float64(f.A)
		if vw > leastSpread*leastSpread && vn > leastSpread*leastSpread && cov > 0.7*math.Sqrt(vw*vn) {
			gain = deming(vw, vn, cov)
		}
		gain = max(1/mostGain, min(gain, mostGain))
		f = affine{float32(gain), float32(mw - gain*mn)}
	}
	return f, remains(was, now, f, 0.9), true
}

// errorShare is the variance of the errors in steadied depth over that of the
// errors in an estimate.
const errorShare = 0.15

// deming is the gain that brings values of variance vn to values of variance
// vw, given their covariance and the share of errors (Deming's regression). To
// take the ratio of the spreads would lose a part of the range in every frame,
// since what has been steadied has hardly any noise left to spread it.
func deming(vw, vn, cov float64) float64 {
	d := vw - errorShare*vn
	return (d + math.Sqrt(d*d+4*errorShare*cov*cov)) / (2 * cov)
}

// remains is the difference |was - f(now)| that the given share of pairs does
// not exceed, to a 1/1024.
func remains(was, now []float32, f affine, share float32) float32 {
	const bins = 512
	var count [bins]int32
	for i, w := range was {
		r := w - f.A*now[i] - f.B
		if r < 0 {
			r = -r
		}
		count[min(int(r*1024), bins-1)]++
	}
	sum, most := int32(0), int32(share*float32(len(was)))
	for i, c := range count {
		if sum += c; sum >= most {
			return (float32(i) + 0.5) / 1024
		}
	}
	return bins / 1024.0
}
