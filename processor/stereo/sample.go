package stereo

// cubic holds the weights of the Catmull-Rom spline (Catmull and Rom 1974) for
// the four samples around a point at each fraction, in 1/2048.
var cubic = func() (t [one][4]int32) {
	for i := range t {
		f := float64(i) / one
		w := [4]float64{
			((-0.5*f+1)*f - 0.5) * f,
			(1.5*f-2.5)*f*f + 1,
			((-1.5*f+2)*f + 0.5) * f,
			(0.5*f - 0.5) * f * f,
		}
		sum := int32(0)
		for k, v := range w {
			if v < 0 {
				v -= 1.0 / 4096
			} else {
				v += 1.0 / 4096
			}
			t[i][k] = int32(v * 2048)
			sum += t[i][k]
		}
		// Rounding must not change a constant area.
		if f < 0.5 {
			t[i][1] += 2048 - sum
		} else {
			t[i][2] += 2048 - sum
		}
	}
	return t
}()

// sampleRow draws a row of interleaved samples from the source coordinates of
// its pixels. Beyond the ends the outermost sample repeats.
func sampleRow[T uint8 | uint16](dst, src []T, from []int32, comps int, top int32) {
	w := len(src) / comps
	for i, s := range from {
		x, f := int(s>>fracBits), s&(one-1)
		x = min(max(x, 0), w-1)
		if f == 0 {
			copy(dst[i*comps:][:comps], src[x*comps:][:comps])
			continue
		}
		k := &cubic[f]
		a, b, c, d := max(x-1, 0)*comps, x*comps, min(x+1, w-1)*comps, min(x+2, w-1)*comps
		for n := range comps {
			v := (int32(src[a+n])*k[0] + int32(src[b+n])*k[1] + int32(src[c+n])*k[2] + int32(src[d+n])*k[3] + 1024) >> 11
			dst[i*comps+n] = T(min(max(v, 0), top))
		}
	}
}
