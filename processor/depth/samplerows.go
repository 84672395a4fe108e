package depth

import (
	"spatialmaker/processor/pix"
)

// rowRGB combines rows of RGBA or gray sources: each channel by itself.
func (s *sampler) rowRGB(w *sampleScratch, y int, r, g, b []float32) {
	t := &s.ly[y]
	for c, out := range [3][]float32{r, g, b} {
		from := c
		if s.model == pix.Gray {
			from = 0
		}
		m := &s.feed.m[c]
		k, bias := m[from], m[3]
		r0, r1, r2, r3 := w.quad(from, t, len(out))
		w0, w1, w2, w3 := t.w[0]*k, t.w[1]*k, t.w[2]*k, t.w[3]*k
		for x := range out {
			out[x] = r0[x]*w0 + r1[x]*w1 + r2[x]*w2 + r3[x]*w3 + bias
		}
	}
}

// rowYUV combines rows of Y'CbCr and converts them.
func (s *sampler) rowYUV(w *sampleScratch, y int, r, g, b []float32) {
	n := len(r)
	g, b = g[:n], b[:n]
	t, ct := &s.ly[y], &s.cy[y]
	y0, y1, y2, y3 := w.quad(0, t, n)
	u0, u1, u2, u3 := w.quad(1, ct, n)
	v0, v1, v2, v3 := w.quad(2, ct, n)
	wy, wc := t.w, ct.w
	f := s.feed
	mr, mg, mb := f.m[0], f.m[1], f.m[2]
	lo, hi := f.lo, f.hi
	for x := range r {
		l := y0[x]*wy[0] + y1[x]*wy[1] + y2[x]*wy[2] + y3[x]*wy[3]
		u := u0[x]*wc[0] + u1[x]*wc[1] + u2[x]*wc[2] + u3[x]*wc[3]
		v := v0[x]*wc[0] + v1[x]*wc[1] + v2[x]*wc[2] + v3[x]*wc[3]
		r[x] = hold(mr[0]*l+mr[2]*v+mr[3], lo[0], hi[0])
		g[x] = hold(mg[0]*l+mg[1]*u+mg[2]*v+mg[3], lo[1], hi[1])
		b[x] = hold(mb[0]*l+mb[1]*u+mb[3], lo[2], hi[2])
	}
}

// rowToned converts rows of any source through the tone curve.
func (s *sampler) rowToned(w *sampleScratch, y int, r, g, b []float32) {
	f := s.feed
	ct := &s.ly[y]
	c1, c2 := 1, 2
	if s.model == pix.YUV {
		ct = &s.cy[y]
	} else if s.model == pix.Gray {
		c1, c2 = 0, 0
	}
	t := &s.ly[y]
	for x := range r {
		a := mix(w, 0, t, x)
		u := mix(w, c1, ct, x)
		v := mix(w, c2, ct, x)
		cr := f.m[0][0]*a + f.m[0][1]*u + f.m[0][2]*v + f.m[0][3]
		cg := f.m[1][0]*a + f.m[1][1]*u + f.m[1][2]*v + f.m[1][3]
		cb := f.m[2][0]*a + f.m[2][1]*u + f.m[2][2]*v + f.m[2][3]
		cr, cg, cb = f.tone.apply(cr, cg, cb)
		r[x] = cr*f.scale[0] + f.bias[0]
		g[x] = cg*f.scale[1] + f.bias[1]
		b[x] = cb*f.scale[2] + f.bias[2]
	}
}

func mix(w *sampleScratch, c int, t *tap, x int) float32 {
	i := int(t.i)
	rows := &w.rows[c]
	return rows[i&3][x]*t.w[0] + rows[(i+1)&3][x]*t.w[1] + rows[(i+2)&3][x]*t.w[2] + rows[(i+3)&3][x]*t.w[3]
}

func hold(v, lo, hi float32) float32 {
	if v < lo {
		return lo
	}
	if v > hi {
		return hi
	}
	return v
}

// acrossOne resizes one row of one component.
func acrossOne[T uint8 | uint16](dst []float32, src []T, taps []tap) {
	dst = dst[:len(taps)]
	for k := range taps {
		t := &taps[k]
		v := src[t.i : t.i+4 : t.i+4]
		dst[k] = float32(v[0])*t.w[0] + float32(v[1])*t.w[1] + float32(v[2])*t.w[2] + float32(v[3])*t.w[3]
	}
}

// acrossRGBA resizes the colours of one row of four interleaved components.
func acrossRGBA[T uint8 | uint16](r, g, b []float32, src []T, taps []tap) {
	r, g, b = r[:len(taps)], g[:len(taps)], b[:len(taps)]
	for k := range taps {
		t := &taps[k]
		i := int(t.i) * 4
		v := src[i : i+15 : i+15]
		w := t.w
		r[k] = float32(v[0])*w[0] + float32(v[4])*w[1] + float32(v[8])*w[2] + float32(v[12])*w[3]
		g[k] = float32(v[1])*w[0] + float32(v[5])*w[1] + float32(v[9])*w[2] + float32(v[13])*w[3]
		b[k] = float32(v[2])*w[0] + float32(v[6])*w[1] + float32(v[10])*w[2] + float32(v[14])*w[3]
	}
}
