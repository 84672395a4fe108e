package kernel

func clamp01(v float32) float32 { return min(max(v, 0), 1) }

func within(y, h int) int { return min(max(y, 0), h-1) }

func abs32(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}

// ends repeats the ends of a row of w values.
func ends(row []float32, w int) {
	for i := range RampPad {
		row[i] = row[RampPad]
	}
	for i := RampPad + w; i < len(row); i++ {
		row[i] = row[RampPad+w-1]
	}
}

// rampTiny keeps divisions by the difference of two equal depths defined.
const rampTiny = 1e-9

// stepped is the depth of a sample v between far and near, parted at mid.
func (p *Ramp) stepped(v, near, far, mid float32) float32 {
	span := near - far
	return far + span*clamp01((v-mid)/(span*p.Slack+rampTiny)+0.5)
}

func refRampLevels(p *Ramp, y0, y1 int, s, near, far, mid, mix, d0, d1 []float32, flag []uint8, tmp []float32) {
	st := p.Stride
	for y := y0; y < y1; y++ {
		refRampColumns(p, y, s, tmp)
		for b := range p.Blocks {
			flag[y*p.Blocks+b] = 0
			for x := RampPad + 8*b; x < RampPad+8*b+8; x++ {
				if refRampLevel(p, y*st+x, x, s, near, far, mid, mix, d0, d1, tmp) {
					flag[y*p.Blocks+b] = 1
				}
			}
		}
		ends(d0[y*st:][:st], p.W)
		ends(d1[y*st:][:st], p.W)
	}
}

// refRampColumns leaves in tmp the least and greatest of each column of the
// window, the steepest rises along rows and down columns, and the least and
// greatest of the half as high columns on the window's sides.
func refRampColumns(p *Ramp, y int, s, tmp []float32) {
	st, r := p.Stride, p.LevelR
	for x := RampPad - 8; x < RampPad+8*p.Blocks+8; x++ {
		q := within(y-r, p.H)*st + x
		last := s[q]
		lo, hi, gx, gy := last, last, abs32(s[q+1]-last), float32(0)
		for j := y - r + 1; j <= y+r; j++ {
			q = within(j, p.H)*st + x
			v := s[q]
			lo, hi = min(v, lo), max(v, hi)
			gx, gy = max(abs32(s[q+1]-v), gx), max(abs32(v-last), gy)
			last = v
		}
		tmp[x], tmp[st+x], tmp[2*st+x], tmp[3*st+x] = lo, hi, gx, gy
		lo, hi = s[y*st+x], s[y*st+x]
		for j := y - r/2; j <= y+r/2; j++ {
			v := s[within(j, p.H)*st+x]
			lo, hi = min(v, lo), max(v, hi)
		}
		tmp[4*st+x], tmp[5*st+x] = lo, hi
	}
}

// refRampLevel decides on the sample at, in column x.
func refRampLevel(p *Ramp, at, x int, s, near, far, mid, mix, d0, d1, tmp []float32) bool {
	st, r := p.Stride, p.LevelR
	v := s[at]
	d0[at], d1[at] = v, v
	near[at], far[at], mid[at], mix[at] = v, v, v, 0
	lo, hi, gx, gy := v, v, tmp[2*st+x-r], tmp[3*st+x-r]
	all, top := v, v
	for i := x - r; i <= x+r; i++ {
		if from := 4 * st; i < x-r/2 || i > x+r/2 { // nearly round
			lo, hi = min(tmp[from+i], lo), max(tmp[from+st+i], hi)
		} else {
			lo, hi = min(tmp[i], lo), max(tmp[st+i], hi)
		}
		all, top, gy = min(tmp[i], all), max(tmp[st+i], top), max(tmp[3*st+i], gy)
		if i < x+r {
			gx = max(tmp[2*st+i], gx)
		}
	}
	span := top - all
	k := clamp01(((gx+gy)*float32(2*r) - span*rampEven) / (span*rampRise + rampTiny))
	if !(hi-lo >= p.Step) || k <= 0 {
		return false
	}
	m := (hi + lo) * 0.5
	near[at], far[at], mid[at], mix[at] = hi, lo, m, k
	d0[at] = p.stepped(v, hi, lo, m)
	d1[at] = d0[at]
	return true
}

func refRampDilate(p *Ramp, y0, y1 int, dst, src []uint8, reach int) {
	for y := y0; y < y1; y++ {
		for b := range p.Blocks {
			found := uint8(0)
			for j := max(y-reach, 0); j <= min(y+reach, p.H-1); j++ {
				for i := max(b-1, 0); i <= min(b+1, p.Blocks-1); i++ {
					found |= src[j*p.Blocks+i]
				}
			}
			dst[y*p.Blocks+b] = found
		}
	}
}

func refRampResidual(p *Ramp, y0, y1 int, s, d, res []float32, live []uint8, tmp []float32) {
	st, n := p.Stride, len(p.Blur)-1
	for y := max(y0-n, 0); y < min(y1+n, p.H); y++ {
		to, from := tmp[(y-y0+n)*st:][:st], d[y*st:][:st]
		for x := RampPad; x < RampPad+8*p.Blocks; x++ {
			a := from[x] * p.Blur[0]
			for i := 1; i <= n; i++ {
				a += (from[x-i] + from[x+i]) * p.Blur[i]
			}
			to[x] = a
		}
	}
	for y := y0; y < y1; y++ {
		for b := range p.Blocks {
			if live[y*p.Blocks+b] == 0 {
				continue
			}
			for x := RampPad + 8*b; x < RampPad+8*b+8; x++ {
				a := tmp[(y-y0+n)*st+x] * p.Blur[0]
				for i := 1; i <= n; i++ {
					u, v := tmp[(within(y-i, p.H)-y0+n)*st+x], tmp[(within(y+i, p.H)-y0+n)*st+x]
					a += (u + v) * p.Blur[i]
				}
				if s != nil {
					a = s[y*st+x] - a
				}
				res[y*st+x] = a
			}
		}
		ends(res[y*st:][:st], p.W)
	}
}

func refRampBlurred(p *Ramp, y0, y1 int, s, dst, b, tmp []float32) {
	q := *p
	q.Blur = b
	live := make([]uint8, p.Blocks*p.H)
	for i := range live {
		live[i] = 1
	}
	refRampResidual(&q, y0, y1, nil, s, dst, live, tmp)
}

func refRampGather(p *Ramp, y0, y1 int, s, d, res, near, far, mid, dn []float32, flag []uint8) {
	st := p.Stride
	for y := y0; y < y1; y++ {
		for b := range p.Blocks {
			if flag[y*p.Blocks+b] == 0 {
				continue
			}
			for x := RampPad + 8*b; x < RampPad+8*b+8; x++ {
				at := y*st + x
				n, f := near[at], far[at]
				if !(n-f > 0) {
					dn[at] = s[at]
					continue
				}
				inv := 2 / (n - f + rampTiny)
				wn, wf, en, ef := float32(rampLittle), float32(rampLittle), float32(0), float32(0)
				for _, t := range p.Taps {
					q := within(y+int(t.DY), p.H)*st + x + int(t.DX)
					a := max(1-abs32(d[q]-n)*inv, 0) * t.Weight
					c := max(1-abs32(d[q]-f)*inv, 0) * t.Weight
					wn, wf = wn+a, wf+c
					en, ef = en+a*res[q], ef+c*res[q]
				}
				n, f = n+en/wn, f+ef/wf
				if n < f {
					n = (n + f) * 0.5
					f = n
				}
				n, f = min(n, 1), max(f, 0)
				near[at], far[at] = n, f
				dn[at] = p.stepped(s[at], n, f, mid[at])
			}
		}
		ends(dn[y*st:][:st], p.W)
	}
}

// rampLittle keeps means over no samples defined.
const rampLittle = 1e-3

// rampSide sums up the colours of one side.
type rampSide struct {
	w, sq float32
	c     [3]float32
}

func (s *rampSide) add(w float32, k *[3]float32) {
	s.w += w
	for i, v := range k {
		s.c[i] += w * v
	}
	s.sq += w * (k[0]*k[0] + k[1]*k[1] + k[2]*k[2])
}

// mean leaves the mean in c and returns the variance.
func (s *rampSide) mean() float32 {
	w := 1 / s.w
	for i := range s.c {
		s.c[i] *= w
	}
	return max(s.sq*w-(s.c[0]*s.c[0]+s.c[1]*s.c[1]+s.c[2]*s.c[2]), 0)
}

func refRampFields(p *Ramp, y0, y1 int, s, d []float32, c [3][]float32, near, far, mid, mix []float32, flag, live []uint8, fields []float32) {
	for y := y0; y < y1; y++ {
		for b := range p.Blocks {
			if live[y*p.Blocks+b] == 0 {
				continue
			}
			for i := range 8 {
				x := RampPad + 8*b + i
				at := y*p.Stride + x
				o := [FieldCount]float32{s[at], s[at], s[at]}
				if flag[y*p.Blocks+b] != 0 {
					o[0], o[1], o[2] = near[at], far[at], mid[at]
					refRampColours(p, o[:], x, y, d, c, mix[at])
				}
				for k, v := range o {
					fields[(y*p.Blocks+b)*8*FieldCount+8*k+i] = v
				}
			}
		}
	}
}

// refRampColours parts the colours of the two sides around a sample by Fisher's
// linear discriminant, with the same spread in all directions.
func refRampColours(p *Ramp, o []float32, x, y int, d []float32, c [3][]float32, mix float32) {
	if !(o[0] > o[1]) {
		return
	}
	inv := 2 / (o[0] - o[1] + rampTiny)
	n, f := rampSide{w: rampLittle}, rampSide{w: rampLittle}
	for _, t := range p.Taps {
		q := within(y+int(t.DY), p.H)*p.Stride + x + int(t.DX)
		k := [3]float32{c[0][q], c[1][q], c[2][q]}
		n.add(max(1-abs32(d[q]-o[0])*inv, 0)*t.Weight, &k)
		f.add(max(1-abs32(d[q]-o[1])*inv, 0)*t.Weight, &k)
	}
	spread := (n.mean()+f.mean())*rampSpread + rampNoise
	var e [3]float32
	for i := range e {
		e[i] = n.c[i] - f.c[i]
	}
	k := 2 / (e[0]*e[0] + e[1]*e[1] + e[2]*e[2] + spread)
	o[3] = mix
	for i := range e {
		o[4+i] = e[i] * k
	}
	o[7] = (o[4]*(n.c[0]+f.c[0]) + o[5]*(n.c[1]+f.c[1]) + o[6]*(n.c[2]+f.c[2])) * -0.5
}

func refRampLoad(row, from []float32) {
	for i, v := range from {
		row[RampPad+i] = unit(v)
	}
	ends(row, len(from))
}

func refRampRow(dst, a, b []float32, fy float32, index []int32, fx, tmp []float32) {
	for i, v := range a {
		u, v := unit(v), unit(b[i])
		tmp[i] = u + (v-u)*fy
	}
	tmp[len(a)] = tmp[len(a)-1]
	for x, i := range index {
		u, v := tmp[i], tmp[i+1]
		dst[x] = u + (v-u)*fx[x]
	}
}

// unit clamps to 0..1, not-a-number becoming 0.
func unit(v float32) float32 {
	if !(v > 0) {
		return 0
	}
	return min(v, 1)
}

func refRampDraw(p *Ramp, dst []float32, z *Zoom, fields []float32, flag []uint8) {
	x := 0
	for b := range p.Blocks {
		if flag[z.Row0*p.Blocks+b]|flag[z.Row1*p.Blocks+b] == 0 {
			continue
		}
		for x = max(x, int(z.First[2*b])); x < int(z.First[2*b+1]); x++ {
			z.side(p, dst, x, fields)
		}
	}
}

// side decides on the pixel in column x.
func (z *Zoom) side(p *Ramp, dst []float32, x int, fields []float32) {
	v := dst[x]
	var o [FieldCount]float32
	field := func(c, i int) float32 {
		at := i/8*8*FieldCount + 8*c + i%8
		v := fields[z.Row0*p.Blocks*8*FieldCount+at]
		return v + (fields[z.Row1*p.Blocks*8*FieldCount+at]-v)*z.FY
	}
	for c := range o {
		l, r := field(c, int(z.Index[x])), field(c, int(z.Index[x])+1)
		o[c] = l + (r-l)*z.FX[x]
	}
	span := o[0] - o[1]
	if !(o[3] > 0) || !(span > 0) {
		return
	}
	t := min(max((v-o[2])*2/span, -1), 1)
	e := o[7]
	for c := range z.Comps {
		e += o[4+c] * z.colour(c, x, len(dst)) * z.Scale[c]
	}
	e = min(max(e, -1), 1)
	t += z.Widen + z.Colour*e*(1-t*t)
	to := o[1]
	if t > 0 {
		to = o[0]
	}
	dst[x] = clamp01(v + (to-v)*o[3])
}

// colour is component c of the pixel in column x of w.
func (z *Zoom) colour(c, x, w int) float32 {
	read := func(row, x int) int32 {
		at := row + x>>z.Shift[c]*z.Step[c]
		if z.Pix8[0] != nil {
			return int32(z.Pix8[c][at])
		}
		return int32(z.Pix16[c][at])
	}
	own := read(z.At[c], x)
	if z.Reach == 0 || z.Shift[c] > 0 {
		return float32(own)
	}
	a, b := max(x-z.Reach, 0), min(x+z.Reach, w-1)
	return float32(read(z.Above[c], a)+read(z.Above[c], b)+read(z.Below[c], a)+read(z.Below[c], b)+own) * 0.2
}

func refPick(dst []float32, live []uint8, columns []int32, from *Samples) {
	for i, x := range columns {
		if live[i/8] == 0 {
			continue
		}
		at := int(x>>from.Shift) * from.Step
		if from.Pix8 != nil {
			dst[i] = from.Scale * float32(from.Pix8[at])
		} else {
			dst[i] = from.Scale * float32(from.Pix16[at])
		}
	}
}
