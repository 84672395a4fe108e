package pack

import (
	"math"
	"sync"

	"spatialmaker/processor/pix"
)

// An anaglyph of up to 12 bits is made from tables. Each component of each eye
// looks up what it adds to red, green and blue of the result, three numbers in
// one word; six words are added up, and each sum is looked up once more as a
// code. Sums beyond black and white are part of the last table, so nothing is
// clamped on the way.

// A word holds three fields of 21 bits; 1 of light (or code) is 1<<fieldOne.
const (
	fieldBits = 21
	fieldMask = 1<<fieldBits - 1
	fieldOne  = 16
)

// codeShift drops the bits of a sum that the last table does not resolve: in
// the dark, where it is steepest, 1<<16 steps of light are 20 a level of 8 bits.
func codeShift(bits int) int {
	if bits > 8 {
		return 0
	}
	return 2
}

// mixTable is a method for pictures of one kind.
type mixTable struct {
	add   [6][]uint64 // left R, G, B and right R, G, B
	code  []uint16    // of a field
	shift int

	// For YUV. Components are indexed in steps of 1/scale; zero is where black is.
	y              []int32 // of luma
	rv, gu, gv, bu []int32 // of chroma
	yuv            [3][]uint64
	peak           uint64
}

// mixKey is what a mixTable depends on.
type mixKey struct {
	method Method
	bits   int
	yuv    bool
	matrix uint8
	full   bool
}

// The tables made so far: few, for a film or a preview stays with one.
var (
	tablesMu sync.Mutex
	tables   = map[mixKey]*mixTable{}
)

// maxTables bounds the memory of tables, about half a megabyte each.
const maxTables = 8

// tableFor returns the table of m for pictures like p, or nil where there are
// none and the mix is made in floating point.
func tableFor(m Method, p *pix.Picture) *mixTable {
	if p.Bits > 12 || p.Model == pix.Gray {
		return nil
	}
	k := mixKey{method: m, bits: p.Bits, yuv: p.Model == pix.YUV}
	if k.yuv {
		k.matrix, k.full = p.Colour.Matrix, p.Colour.FullRange
	}
	tablesMu.Lock()
	defer tablesMu.Unlock()
	if t := tables[k]; t != nil {
		return t
	}
	if len(tables) >= maxTables {
		clear(tables)
	}
	mx := mixes[m]
	t := &mixTable{shift: codeShift(p.Bits)}
	if k.yuv {
		t.chroma(pix.MatrixOf(p), p.Bits)
		steps := indexSteps(p.Bits)
		t.sums(&mx, 4*steps, blackAt*float64(steps), float64(steps))
	} else {
		t.sums(&mx, 1<<p.Bits, 0, float64(int(1)<<p.Bits-1))
	}
	tables[k] = t
	return t
}

// indexSteps is by how many steps of an index a component of YUV pictures goes
// from black to white: half levels of 8 bits.
func indexSteps(bits int) int { return 1 << min(max(bits, 9), 11) }

// blackAt is where black stands in the index of a component of YUV pictures, in
// ranges from black to white: chroma takes components up to 1.2 below it.
const blackAt = 1.5

// sums makes the tables that lead from n values of the components, black being
// at zero and white one later, to codes.
func (t *mixTable) sums(mx *mix, n int, zero, one float64) {
	base := [3]int{}
	var lo, hi [6][3]int
	part := func(j, c int, v float64) int {
		return int(math.Round(float64(mx.m[c][j]) * v * (1 << fieldOne)))
	}
	for j := range 6 {
		for c := range 3 {
			a := part(j, c, 1)
			lo[j][c], hi[j][c] = min(a, 0), max(a, 0)
			base[c] -= lo[j][c]
		}
	}
	for j := range 6 {
		t.add[j] = make([]uint64, n)
		for i := range n {
			v := min(max((float64(i)-zero)/one, 0), 1)
			if mx.linear {
				v = light(v)
			}
			for c := range 3 {
				t.add[j][i] |= uint64(part(j, c, v)-lo[j][c]) << (c * fieldBits)
			}
		}
	}
	// One table serves all three: their zeros are brought to the same place.
	zeroAt, top := max(base[0], base[1], base[2]), 0
	for c := range 3 {
		for i := range t.add[0] {
			t.add[0][i] += uint64(zeroAt-base[c]) << (c * fieldBits)
		}
		sum := zeroAt
		for j := range 6 {
			sum += hi[j][c]
		}
		top = max(top, sum)
	}
	t.code = make([]uint16, top>>t.shift+1)
	peak := one
	for i := range t.code {
		v := min(max((float64(i<<t.shift+1<<t.shift>>1)-float64(zeroAt))/(1<<fieldOne), 0), 1)
		if mx.linear {
			v = unlight(v)
		}
		t.code[i] = uint16(v*peak + 0.5)
	}
}

// chroma makes the tables between Y'CbCr codes and steps of R'G'B'.
func (t *mixTable) chroma(k pix.YCC, bits int) {
	n := 1 << bits
	t.peak = uint64(n - 1)
	steps := float64(indexSteps(bits))
	t.y, t.rv, t.gu, t.gv, t.bu = make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
	for i := range n {
		l := (float64(i) - k.YOff) / k.YMul
		c := (float64(i) - k.Mid) / k.CMul
		t.y[i] = int32(math.Round((min(max(l, -0.25), 1.25) + blackAt) * steps))
		c = min(max(c, -0.5), 0.5)
		r, b := 2*(1-k.Kr)*c, 2*(1-k.Kb)*c
		t.rv[i], t.bu[i] = int32(math.Round(r*steps)), int32(math.Round(b*steps))
		t.gv[i], t.gu[i] = int32(math.Round(-k.Kr/k.Kg*r*steps)), int32(math.Round(-k.Kb/k.Kg*b*steps))
	}
	// Back: what each component adds to luma, Cb and Cr in 1/16 of a level,
	// the latter two raised by their middle.
	for c, share := range [3][3]float64{
		{k.Kr, -k.Kr / (2 * (1 - k.Kb)), 0.5},
		{k.Kg, -k.Kg / (2 * (1 - k.Kb)), -k.Kg / (2 * (1 - k.Kr))},
		{k.Kb, 0.5, -k.Kb / (2 * (1 - k.Kr))},
	} {
		t.yuv[c] = make([]uint64, indexSteps(bits)+1)
		for i := range t.yuv[c] {
			v := float64(i) / steps
			f := [3]float64{share[0] * v * k.YMul, share[1] * v * k.CMul, share[2] * v * k.CMul}
			if c == 0 {
				f[0] += k.YOff
				f[1] += k.Mid
				f[2] += k.Mid
			}
			// Negative fields borrow from those above them; the sums do not.
			for n, q := range f {
				t.yuv[c][i] += uint64(int64(math.Round(q*16))) << (n * fieldBits)
			}
		}
	}
}

// rgbaBand mixes rows y0 to y1 of interleaved pictures.
func (t *mixTable) rgbaBand(dst, left, right *pix.Picture, y0, y1 int) {
	d, l, r := &dst.Planes[0], &left.Planes[0], &right.Planes[0]
	for y := y0; y < y1; y++ {
		if dst.Bits > 8 {
			rgbaRow(t, d.Pix16[y*d.Stride:][:4*d.W], l.Pix16[y*l.Stride:], r.Pix16[y*r.Stride:])
		} else {
			rgbaRow(t, d.Pix8[y*d.Stride:][:4*d.W], l.Pix8[y*l.Stride:], r.Pix8[y*r.Stride:])
		}
	}
}

// yuvBand mixes rows y0 to y1, whole rows of chroma, of pictures in planes. sums
// has room for a row of chroma.
func (t *mixTable) yuvBand(dst, left, right *pix.Picture, y0, y1 int, sums []uint64) {
	for y := y0; y < y1; y++ {
		if dst.Bits > 8 {
			yuvRow(t, dst, left, right, y, sums, pix16)
		} else {
			yuvRow(t, dst, left, right, y, sums, pix8)
		}
	}
}

// rgbaRow mixes a row of interleaved components.
func rgbaRow[T uint8 | uint16](t *mixTable, dst, left, right []T) {
	a0, a1, a2, a3, a4, a5, code, s := t.add[0], t.add[1], t.add[2], t.add[3], t.add[4], t.add[5], t.code, t.shift
	in := len(a0) - 1 // samples beyond the depth of bits are cut, not followed
	for x := 0; x+4 <= len(dst); x += 4 {
		l, r, d := left[x:x+4:x+4], right[x:x+4:x+4], dst[x:x+4:x+4]
		w := a0[int(l[0])&in] + a1[int(l[1])&in] + a2[int(l[2])&in] + a3[int(r[0])&in] + a4[int(r[1])&in] + a5[int(r[2])&in]
		d[0] = T(code[w&fieldMask>>s])
		d[1] = T(code[w>>fieldBits&fieldMask>>s])
		d[2] = T(code[w>>(2*fieldBits)>>s])
		d[3] = l[3]
	}
}

// pix8 and pix16 are row y of plane i.
func pix8(p *pix.Picture, i, y int) []uint8 {
	q := &p.Planes[i]
	return q.Pix8[(y>>q.ShiftY)*q.Stride:][:q.W]
}

func pix16(p *pix.Picture, i, y int) []uint16 {
	q := &p.Planes[i]
	return q.Pix16[(y>>q.ShiftY)*q.Stride:][:q.W]
}

// yuvRow mixes a row of planes. sums holds what its chroma samples have got
// from the rows above that share them.
func yuvRow[T uint8 | uint16](t *mixTable, dst, left, right *pix.Picture, y int, sums []uint64, row func(*pix.Picture, int, int) []T) {
	out, ly, ry := row(dst, 0, y), row(left, 0, y), row(right, 0, y)
	lu, lv, ru, rv := row(left, 1, y), row(left, 2, y), row(right, 1, y), row(right, 2, y)
	p := &dst.Planes[1]
	if y&(1<<p.ShiftY-1) == 0 {
		clear(sums)
	}
	a0, a1, a2, a3, a4, a5, code, s := t.add[0], t.add[1], t.add[2], t.add[3], t.add[4], t.add[5], t.code, t.shift
	q0, q1, q2 := t.yuv[0], t.yuv[1], t.yuv[2]
	wide, in := 1<<p.ShiftX, len(t.y)-1
	tabY, tabRV, tabGU, tabGV, tabBU := t.y[:in+1], t.rv[:in+1], t.gu[:in+1], t.gv[:in+1], t.bu[:in+1]
	for k := range sums {
		x0 := k * wide
		u, v := int(lu[k])&in, int(lv[k])&in
		lr, lg, lb := tabRV[v], tabGU[u]+tabGV[v], tabBU[u]
		u, v = int(ru[k])&in, int(rv[k])&in
		rr, rg, rb := tabRV[v], tabGU[u]+tabGV[v], tabBU[u]
		sum := sums[k]
		for x := x0; x < min(x0+wide, len(out)); x++ {
			l, r := tabY[int(ly[x])&in], tabY[int(ry[x])&in]
			w := a0[l+lr] + a1[l+lg] + a2[l+lb] + a3[r+rr] + a4[r+rg] + a5[r+rb]
			q := q0[code[w&fieldMask>>s]] + q1[code[w>>fieldBits&fieldMask>>s]] + q2[code[w>>(2*fieldBits)>>s]]
			sum += q
			out[x] = T(min((q&fieldMask+8)>>4, t.peak))
		}
		sums[k] = sum
	}
	if y&(1<<p.ShiftY-1) != 1<<p.ShiftY-1 && y != dst.H-1 {
		return
	}
	us, vs := row(dst, 1, y), row(dst, 2, y)
	rows := uint64(y&(1<<p.ShiftY-1) + 1)
	for k, sum := range sums {
		n := uint64(min(k*wide+wide, len(out))-k*wide) * rows
		us[k] = T(min((sum>>fieldBits&fieldMask+8*n)/(16*n), t.peak))
		vs[k] = T(min((sum>>(2*fieldBits)+8*n)/(16*n), t.peak))
	}
}
