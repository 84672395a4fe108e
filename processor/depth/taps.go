package depth

import "math"

// tap is where one output sample comes from: four neighbouring samples from
// index i on, with their weights.
type tap struct {
	i int32
	w [4]float32
}

// The parameter of OpenCV's bicubic kernel, cv2.INTER_CUBIC.
const cubicA = -0.75

// cubicWeights returns the kernel's weights for a sample that lies x (0..1)
// past the second of four neighbours, in single precision as OpenCV computes
// them (modules/imgproc/src/resize.cpp, interpolateCubic).
func cubicWeights(x float32) [4]float32 {
	const a = cubicA
	w0 := ((a*(x+1)-5*a)*(x+1)+8*a)*(x+1) - 4*a
	w1 := ((a+2)*x-(a+3))*x*x + 1
	w2 := ((a+2)*(1-x)-(a+3))*(1-x)*(1-x) + 1
	return [4]float32{w0, w1, w2, 1 - w0 - w1 - w2}
}

// fillTaps sets taps[k] for resizing the stretch from..to of n luma samples to
// len(taps), or, with shift > 0, for sampling a plane that is subsampled by
// 1<<shift as if it had been enlarged linearly (centred siting) to n samples
// first. part is the number of samples of the plane itself. As in OpenCV there
// is no prefilter, centres are aligned and the border is repeated, also for a
// stretch that reaches beyond it; taps that would fall outside are folded onto
// the border sample, so that the four are always inside when part is at least
// four.
func fillTaps(taps []tap, from, to float64, n, part int, shift uint8) {
	scale := (to - from) / float64(len(taps))
	var acc [8]float64
	for k := range taps {
		x := float32(from + (float64(k)+0.5)*scale - 0.5)
		s := int(math.Floor(float64(x)))
		cw := cubicWeights(x - float32(s))
		first := clampInt(subsampled(clampInt(s-1, n), shift), part)
		base := min(first, max(part-4, 0))
		clear(acc[:])
		for j := range cw {
			w := float64(cw[j])
			l := clampInt(s-1+j, n)
			if shift == 0 {
				acc[l-base] += w
				continue
			}
			c := (float64(l)+0.5)/float64(int(1)<<shift) - 0.5
			c0 := int(math.Floor(c))
			f := c - float64(c0)
			acc[clampInt(c0, part)-base] += w * (1 - f)
			acc[clampInt(c0+1, part)-base] += w * f
		}
		taps[k].i = int32(base)
		for j := range 4 {
			taps[k].w[j] = float32(acc[j])
		}
	}
}

// subsampled returns the first subsampled neighbour of luma sample l.
func subsampled(l int, shift uint8) int {
	if shift == 0 {
		return l
	}
	return int(math.Floor((float64(l)+0.5)/float64(int(1)<<shift) - 0.5))
}

func clampInt(i, n int) int {
	return max(0, min(i, n-1))
}
