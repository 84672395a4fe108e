package media

import "math"

// zigzag maps the order of a JPEG's coefficients to their place in a block of
// 8 rows (T.81, figure A.6).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// jpegQuant are the quantisation tables of T.81, K.1 (luma, chroma), in rows.
var jpegQuant = [2][64]int{
	{
		16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
		18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
	},
	{
		17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	},
}

// quantiser divides transformed samples: steps as they stand in the file, and
// the factors that also undo the transform's scaling, both in zigzag order.
type quantiser struct {
	steps   [64]uint8
	factors [64]float32
}

// newQuantiser scales a table by a quality of 1 to 100 in the customary way
// (Independent JPEG Group: 50 is the table itself, 100 all ones).
func newQuantiser(table *[64]int, quality int) *quantiser {
	scale := 200 - 2*quality
	if quality < 50 {
		scale = 5000 / quality
	}
	q := &quantiser{}
	for i, place := range zigzag {
		step := max(1, min(255, (table[place]*scale+50)/100))
		q.steps[i] = uint8(step)
		q.factors[i] = float32(1 / (float64(step) * 8 * dctScale(int(place)%8) * dctScale(int(place)/8)))
	}
	return q
}

// dctScale is the factor by which forwardDCT leaves coefficient k too large.
func dctScale(k int) float64 {
	if k == 0 {
		return 1
	}
	return math.Sqrt2 * math.Cos(float64(k)*math.Pi/16)
}

// forwardDCT transforms a block of rows in place by the method of Arai, Agui
// and Nakajima (1988), which leaves the scaling to the quantiser.
func forwardDCT(b *[64]float32) {
	for i := 0; i < 64; i += 8 {
		dct8((*[8]float32)(b[i : i+8]))
	}
	for i := range 8 {
		c := [8]float32{b[i], b[i+8], b[i+16], b[i+24], b[i+32], b[i+40], b[i+48], b[i+56]}
		dct8(&c)
		b[i], b[i+8], b[i+16], b[i+24] = c[0], c[1], c[2], c[3]
		b[i+32], b[i+40], b[i+48], b[i+56] = c[4], c[5], c[6], c[7]
	}
}

// dct8 transforms eight values.
func dct8(v *[8]float32) {
	const (
		c4     = 0.70710678118654752440 // cos(4 pi/16)
		c6     = 0.38268343236508977173 // cos(6 pi/16)
		c2sub6 = 0.54119610014619698440 // cos(2 pi/16) - cos(6 pi/16)
		c2add6 = 1.30656296487637652786 // cos(2 pi/16) + cos(6 pi/16)
	)
	s0, d0 := v[0]+v[7], v[0]-v[7]
	s1, d1 := v[1]+v[6], v[1]-v[6]
	s2, d2 := v[2]+v[5], v[2]-v[5]
	s3, d3 := v[3]+v[4], v[3]-v[4]

	e0, e3 := s0+s3, s0-s3
	e1, e2 := s1+s2, s1-s2
	r := (e2 + e3) * c4
	v[0], v[4], v[2], v[6] = e0+e1, e0-e1, e3+r, e3-r

	o0, o1, o2 := d3+d2, d2+d1, d1+d0
	turn := (o0 - o2) * c6
	low, high, mid := c2sub6*o0+turn, c2add6*o2+turn, o1*c4
	up, down := d0+mid, d0-mid
	v[5], v[3], v[1], v[7] = down+low, down-low, up+high, up-high
}

// quantise rounds the transformed block b into zigzag order and returns a bit
// for each coefficient that is not zero.
func (q *quantiser) quantise(b *[64]float32, out *[64]int16) (nonzero uint64) {
	// Added to a number below 2^15, this leaves its rounded value in the low
	// bits of the mantissa.
	const magic = 3 << 22
	for i := range 64 {
		f := b[zigzag[i]&63]*q.factors[i] + magic
		v := int16(math.Float32bits(f))
		out[i] = v
		if v != 0 {
			nonzero |= 1 << i
		}
	}
	return nonzero
}
