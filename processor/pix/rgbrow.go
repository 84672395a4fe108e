package pix

// RGBRow is one row of a picture as R'G'B' values of 0..1, for kernels that mix
// colours: Load and Store convert from and to any model. Chroma is repeated
// when loading; when storing, the values of all pixels of a chroma sample are
// averaged, for which rows must be stored in order from the first of a sample.
type RGBRow struct {
	R, G, B []float32
	alpha   []uint16
	u, v    []float32 // chroma sums of the rows stored so far
	n       int       // rows in the sums
}

// NewRGBRow returns a row for pictures of p's width.
func NewRGBRow(p *Picture) RGBRow {
	b := make([]float32, 5*p.W)
	return RGBRow{
		R: b[:p.W], G: b[p.W : 2*p.W], B: b[2*p.W : 3*p.W],
		u: b[3*p.W : 4*p.W], v: b[4*p.W:], alpha: make([]uint16, p.W),
	}
}

// ycc holds the constants of a Y'CbCr matrix for values of 0..1.
type ycc struct {
	kr, kg, kb       float32
	yOff, yMul, cMul float32 // code = yOff + y*yMul; 0.5-centred chroma times cMul
	peak, mid        float32
}

func yccOf(p *Picture) ycc {
	c := ycc{kr: 0.299, kb: 0.114}
	switch p.Colour.Matrix {
	case MatrixBT709:
		c.kr, c.kb = 0.2126, 0.0722
	case MatrixBT2020:
		c.kr, c.kb = 0.2627, 0.0593
	}
	c.kg = 1 - c.kr - c.kb
	c.peak = float32(int(1)<<p.Bits - 1)
	c.mid = float32(int(1) << (p.Bits - 1))
	unit := float32(int(1) << (p.Bits - 8))
	c.yMul, c.cMul = c.peak, c.peak
	if !p.Colour.FullRange {
		c.yOff, c.yMul, c.cMul = 16*unit, 219*unit, 224*unit
	}
	return c
}

// YCC holds the constants of a Y'CbCr matrix: for R'G'B' and Y' of 0..1 and
// chroma of -0.5..0.5, Y' = Kr R' + Kg G' + Kb B', a code of luma is
// YOff + Y' YMul, and one of chroma Mid + c CMul.
type YCC struct{ Kr, Kg, Kb, YOff, YMul, Mid, CMul float64 }

// MatrixOf returns the constants that Load and Store use for p.
func MatrixOf(p *Picture) YCC {
	c := yccOf(p)
	return YCC{
		Kr: float64(c.kr), Kg: float64(c.kg), Kb: float64(c.kb),
		YOff: float64(c.yOff), YMul: float64(c.yMul), Mid: float64(c.mid), CMul: float64(c.cMul),
	}
}

// Load fills the row from row y of p.
func (r *RGBRow) Load(p *Picture, y int) {
	if p.Bits > 8 {
		loadRGB(r, p, y, func(q *Plane) []uint16 { return q.Pix16 })
	} else {
		loadRGB(r, p, y, func(q *Plane) []uint8 { return q.Pix8 })
	}
}

func loadRGB[T uint8 | uint16](r *RGBRow, p *Picture, y int, of func(*Plane) []T) {
	pl := &p.Planes[0]
	row := of(pl)[y*pl.Stride:]
	inv := 1 / float32(int(1)<<p.Bits-1)
	switch p.Model {
	case RGBA:
		for x := range p.W {
			s := row[4*x : 4*x+4 : 4*x+4]
			r.R[x], r.G[x], r.B[x] = float32(s[0])*inv, float32(s[1])*inv, float32(s[2])*inv
		}
	case YUV:
		us, vs, shift := chromaRows(p, y, of)
		c := yccOf(p)
		yi, ci := 1/c.yMul, 1/c.cMul
		for x := range p.W {
			l := (float32(row[x]) - c.yOff) * yi
			u := (float32(us[x>>shift]) - c.mid) * ci
			v := (float32(vs[x>>shift]) - c.mid) * ci
			r.R[x] = l + 2*(1-c.kr)*v
			r.B[x] = l + 2*(1-c.kb)*u
			r.G[x] = (l - c.kr*r.R[x] - c.kb*r.B[x]) / c.kg
		}
	default:
		for x := range p.W {
			g := float32(row[x]) * inv
			r.R[x], r.G[x], r.B[x] = g, g, g
		}
	}
}

// Alpha takes the alpha to be stored from row y of p, opaque where it has none.
func (r *RGBRow) Alpha(p *Picture, y int) {
	if p.Model != RGBA {
		return
	}
	pl := &p.Planes[0]
	for x := range p.W {
		if p.Bits > 8 {
			r.alpha[x] = pl.Pix16[y*pl.Stride+4*x+3]
		} else {
			r.alpha[x] = uint16(pl.Pix8[y*pl.Stride+4*x+3])
		}
	}
}

// Store writes the row, clamped, as row y of p.
func (r *RGBRow) Store(p *Picture, y int) {
	if p.Bits > 8 {
		storeRGB(r, p, y, func(q *Plane) []uint16 { return q.Pix16 })
	} else {
		storeRGB(r, p, y, func(q *Plane) []uint8 { return q.Pix8 })
	}
}

func storeRGB[T uint8 | uint16](r *RGBRow, p *Picture, y int, of func(*Plane) []T) {
	pl := &p.Planes[0]
	row := of(pl)[y*pl.Stride:]
	peak := float32(int(1)<<p.Bits - 1)
	switch p.Model {
	case RGBA:
		for x := range p.W {
			s := row[4*x : 4*x+4 : 4*x+4]
			s[0], s[1], s[2], s[3] = code[T](r.R[x]*peak, peak), code[T](r.G[x]*peak, peak), code[T](r.B[x]*peak, peak), T(r.alpha[x])
		}
	case YUV:
		storeYUV(r, p, y, row, of)
	default:
		for x := range p.W {
			row[x] = code[T]((r.R[x]+r.G[x]+r.B[x])/3*peak, peak)
		}
	}
}

func storeYUV[T uint8 | uint16](r *RGBRow, p *Picture, y int, row []T, of func(*Plane) []T) {
	c := yccOf(p)
	a, b := &p.Planes[1], &p.Planes[2]
	if y&(1<<a.ShiftY-1) == 0 {
		clear(r.u[:a.W])
		clear(r.v[:a.W])
		r.n = 0
	}
	r.n++
	for x := range p.W {
		red, green, blue := within(r.R[x]), within(r.G[x]), within(r.B[x])
		l := c.kr*red + c.kg*green + c.kb*blue
		row[x] = code[T](c.yOff+l*c.yMul, c.peak)
		r.u[x>>a.ShiftX] += (blue - l) / (2 * (1 - c.kb))
		r.v[x>>a.ShiftX] += (red - l) / (2 * (1 - c.kr))
	}
	if y&(1<<a.ShiftY-1) != 1<<a.ShiftY-1 && y != p.H-1 {
		return
	}
	us, vs := of(a)[(y>>a.ShiftY)*a.Stride:], of(b)[(y>>b.ShiftY)*b.Stride:]
	for x := range a.W {
		wide := min((x+1)<<a.ShiftX, p.W) - x<<a.ShiftX
		k := c.cMul / float32(wide*r.n)
		us[x], vs[x] = code[T](c.mid+r.u[x]*k, c.peak), code[T](c.mid+r.v[x]*k, c.peak)
	}
}

func within(v float32) float32 {
	if !(v > 0) {
		return 0
	}
	return min(v, 1)
}

func code[T uint8 | uint16](v, peak float32) T {
	if !(v > 0) {
		return 0
	}
	return T(min(v, peak) + 0.5)
}
