package depth

import (
	"fmt"
	"math"
)

// How a range is found in the presence of outliers: the values between the two
// tail percentiles, widened by a margin on either side but never beyond the
// smallest and largest value. A picture without outliers keeps its whole range.
const (
	tailShare   = 0.005
	tailMargin  = 0.10
	rangeBins   = 4096
	flatRange   = 1e-6 // relative: below it a map counts as constant
	flatShare   = 1e-3 // relative: below it all but the tails count as constant
	flatRest    = 1e-9 // likewise, relative to the whole range: three narrowings reach 1e-11
	largest     = 1e30 // a network's answer beyond it is as bad as infinity
	flatLevel   = 0.5  // nearness of a constant map
	nearestDist = 1e-3 // metres: nearer answers of a distance model are noise
)

// ranger finds ranges and normalises; it holds the histogram's memory.
type ranger struct {
	bins [rangeBins]int32
}

// invert turns distances into nearness 1/z in place; infinitely far is 0.
func invert(v []float32) {
	for i, z := range v {
		if z < nearestDist {
			z = nearestDist
		}
		v[i] = 1 / z // NaN stays NaN: it fails both comparisons
	}
}

// extent returns the smallest and largest value, or an error where a value is
// no number or infinite.
func extent(v []float32) (lo, hi float32, err error) {
	lo, hi = float32(math.Inf(1)), float32(math.Inf(-1))
	var poison float32 // stays 0 unless a value is NaN or infinite
	for _, x := range v {
		if x < lo {
			lo = x
		}
		if x > hi {
			hi = x
		}
		poison += x * 0
	}
	if poison != 0 || lo < -largest || hi > largest || lo > hi {
		return 0, 0, fmt.Errorf("values that are no numbers: %w", ErrBadOutput)
	}
	return lo, hi, nil
}

// flat reports whether a range is too small to mean anything.
func flat(lo, hi float32) bool {
	return hi-lo <= flatRange*max(hi, -lo, 1e-6)
}

// robust returns the range that becomes 0..1, given the extent of v. Outliers
// far away leave few bins to the rest, so the histogram is taken again over
// what is left of the range until it is fine enough.
func (r *ranger) robust(v []float32, lo, hi float32) (float32, float32) {
	if flat(lo, hi) {
		return lo, hi
	}
	l, h := lo, hi
	for range 3 {
		a, b := r.tails(v, l, h)
		bin := (h - l) / rangeBins
		l, h = l+float32(a)*bin, l+float32(b+1)*bin
		if b-a > rangeBins/16 || flat(l, h) {
			break
		}
	}
	if h-l < flatShare*max(h, -l) || h-l < flatRest*(hi-lo) {
		return lo, hi // all but a few values are one level: the few are the picture
	}
	margin := tailMargin * (h - l)
	return max(l-margin, lo), min(h+margin, hi)
}

// tails takes the histogram of v over l..h and returns the first and last bin
// that are not in the tails.
func (r *ranger) tails(v []float32, l, h float32) (a, b int) {
	clear(r.bins[:])
	scale := rangeBins / (h - l)
	for _, x := range v {
		k := (x - l) * scale
		switch {
		case k < 0:
			r.bins[0]++
		case k < rangeBins:
			r.bins[int(k)]++
		default:
			r.bins[rangeBins-1]++
		}
	}
	tail := int32(float64(len(v)) * tailShare)
	a, b = 0, rangeBins-1
	for n := r.bins[a]; n <= tail && a < b; n += r.bins[a] {
		a++
	}
	for n := r.bins[b]; n <= tail && b > a; n += r.bins[b] {
		b--
	}
	return a, b
}

// rescale writes (v-lo)/(hi-lo), held to 0..1, to dst.
func rescale(dst, v []float32, lo, hi float32) {
	dst = dst[:len(v)]
	k := 1 / (hi - lo)
	for i, x := range v {
		x = (x - lo) * k
		if x < 0 {
			x = 0
		}
		if x > 1 {
			x = 1
		}
		dst[i] = x
	}
}
