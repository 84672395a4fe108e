package media

import "spatialmaker/processor/pix"

// jpegBand gives the blocks of one row of coding units: out of the picture's
// planes where they can be coded as they are, else out of a converted copy of
// these rows.
type jpegBand struct {
	j      *jpegWriter
	planes [3]pix.Plane // what blocks are taken from
	y0     [3]int       // the band's first row in each of them
	shift  [3]uint8     // of rows: file rows to a row of the plane
	rgba   []byte       // one row
	wide   [2][]int32   // sums of chroma over rows, when it is reduced
}

func (b *jpegBand) init(j *jpegWriter) {
	b.j = j
	if j.direct {
		for c := range j.comps {
			b.planes[c] = j.p.Planes[c]
			if c > 0 {
				b.shift[c] = j.p.Planes[c].ShiftY - j.shiftY
			}
		}
		return
	}
	w, h := j.p.W, 8<<j.shiftY
	b.rgba = make([]byte, 4*w)
	b.planes[0] = pix.Plane{W: w, Stride: w, Comps: 1, Pix8: make([]byte, w*h)}
	cw := ceilDiv(w, 1<<j.shiftX)
	for c := 1; c < j.comps; c++ {
		b.planes[c] = pix.Plane{W: cw, Stride: cw, Comps: 1, Pix8: make([]byte, cw*8)}
		b.wide[c-1] = make([]int32, w)
	}
}

// load makes row y of coding units the band's.
func (b *jpegBand) load(y int) {
	if b.j.direct {
		for c := range b.j.comps {
			b.y0[c] = 8 * y
			if c == 0 {
				b.y0[c] = y * 8 << b.j.shiftY
			}
		}
		return
	}
	p, step := b.j.p, 1<<b.j.shiftY
	first := y * 8 * step
	rows := min(8*step, p.H-first)
	b.planes[0].H = rows
	for c := 1; c < b.j.comps; c++ {
		b.planes[c].H = ceilDiv(rows, step)
	}
	for r := range rows {
		rowRGBA8(b.rgba, p, first+r)
		if p.Alpha {
			overWhite(b.rgba)
		}
		b.convert(r)
		if b.j.comps == 3 && (r%step == step-1 || r == rows-1) {
			b.reduce(r/step, r%step+1)
		}
	}
}

// convert writes row r of the band's luma and adds to the sums of chroma, with
// the formula of JFIF in 16-bit fixed point. Colour differences are in 1/2^16.
func (b *jpegBand) convert(r int) {
	w := b.j.p.W
	luma := b.planes[0].Pix8[r*w : (r+1)*w]
	if b.j.comps == 1 {
		for x := range luma {
			luma[x] = b.rgba[4*x]
		}
		return
	}
	cb, cr := b.wide[0][:w], b.wide[1][:w]
	for x := range luma {
		q := b.rgba[4*x : 4*x+4 : 4*x+4]
		red, green, blue := int32(q[0]), int32(q[1]), int32(q[2])
		luma[x] = uint8((19595*red + 38470*green + 7471*blue + 1<<15) >> 16)
		// Divided by 4 so that four rows and columns fit the sums.
		cb[x] += (-11059*red - 21709*green + 32768*blue) >> 2
		cr[x] += (32768*red - 27439*green - 5329*blue) >> 2
	}
}

// reduce writes row r of the band's chroma from the sums of n rows.
func (b *jpegBand) reduce(r, n int) {
	w, step := b.j.p.W, 1<<b.j.shiftX
	for c, sums := range b.wide {
		pl := &b.planes[c+1]
		out := pl.Pix8[r*pl.Stride : r*pl.Stride+pl.W]
		for x := range out {
			x0, x1 := x*step, min((x+1)*step, w)
			sum := int32(0)
			for i := x0; i < x1; i++ {
				sum += sums[i]
				sums[i] = 0
			}
			div := int32(n*(x1-x0)) << 14
			out[x] = clamp8(int((sum + 128*div + div/2) / div))
		}
	}
}

// fetch reads the block of component c whose corner is at x, y of the band;
// beyond the picture its last column and row go on.
func (b *jpegBand) fetch(dst *[64]float32, c, x, y int) {
	pl := &b.planes[c]
	shift := b.shift[c]
	top := b.y0[c] + y
	if x+8 <= pl.W && (top+7)>>shift < pl.H {
		for i := range 8 {
			at := ((top+i)>>shift)*pl.Stride + x
			row := pl.Pix8[at : at+8 : at+8]
			d := dst[8*i : 8*i+8 : 8*i+8]
			d[0], d[1], d[2], d[3] = level(row[0]), level(row[1]), level(row[2]), level(row[3])
			d[4], d[5], d[6], d[7] = level(row[4]), level(row[5]), level(row[6]), level(row[7])
		}
		return
	}
	for i := range 8 {
		at := min((top+i)>>shift, pl.H-1) * pl.Stride
		for k := range 8 {
			dst[8*i+k] = level(pl.Pix8[at+min(x+k, pl.W-1)])
		}
	}
}

// level takes the middle off a sample.
func level(v uint8) float32 { return float32(int32(v) - 128) }
