package media

import (
	"encoding/binary"
	"math"
	"unicode/utf16"

	"spatialmaker/processor/pix"
)

// chromaticities are the x, y of red, green, blue and white of the primaries
// (H.273, table 2) that are wider than sRGB and occur in photos.
var chromaticities = map[uint8]struct {
	name string
	xy   [4][2]float64
}{
	9:  {"Rec. ITU-R BT.2020", [4][2]float64{{0.708, 0.292}, {0.170, 0.797}, {0.131, 0.046}, {0.3127, 0.3290}}},
	12: {"Display P3", [4][2]float64{{0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}, {0.3127, 0.3290}}},
}

// toneCurves are the parameters g, a, b, c, d of an ICC parametric curve of type
// 3 (ICC.1:2022, 10.18): (a x + b)^g from d on, c x below.
var toneCurves = map[uint8][5]float64{
	1:  {1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081}, // BT.709
	4:  {2.2, 1, 0, 1, 0},
	8:  {1, 1, 0, 1, 0},
	13: {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045},  // sRGB
	14: {1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081}, // BT.2020 has BT.709's
}

// profileOf makes an ICC profile of colours wider than sRGB that a file gives in
// code points alone, so that they stay what they are in formats that have no
// place for those. It returns nil for sRGB, for unknown colours, and for HDR,
// which such a profile cannot express.
func profileOf(c pix.Colour) []byte {
	space, ok := chromaticities[c.Primaries]
	curve, ok2 := toneCurves[c.Transfer]
	if !ok || !ok2 {
		return nil
	}
	columns := toPCS(space.xy)
	para := append([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), fixed(curve[:]...)...)
	xyz := func(v ...float64) []byte { return append([]byte("XYZ \x00\x00\x00\x00"), fixed(v...)...) }
	tags := []struct {
		name string
		body []byte
	}{
		{"desc", localised(space.name)},
		{"cprt", localised("CC0")},
		{"wtpt", xyz(whiteD50[:]...)},
		{"rXYZ", xyz(columns[0][:]...)},
		{"gXYZ", xyz(columns[1][:]...)},
		{"bXYZ", xyz(columns[2][:]...)},
		{"rTRC", para},
		{"gTRC", nil},
		{"bTRC", nil},
	}
	be := binary.BigEndian
	out := make([]byte, 128)
	copy(out[8:], "\x04\x30\x00\x00mntrRGB XYZ ")
	be.PutUint16(out[24:], 2024) // a date has to be there
	out[27], out[29] = 1, 1
	copy(out[36:], "acsp")
	copy(out[68:], fixed(whiteD50[:]...))
	out = be.AppendUint32(out, uint32(len(tags)))
	at := len(out) + 12*len(tags)
	var bodies []byte
	last := [2]int{}
	for _, t := range tags {
		if t.body != nil { // the others share the one before
			last = [2]int{at + len(bodies), len(t.body)}
			bodies = append(bodies, t.body...)
			bodies = append(bodies, make([]byte, -len(bodies)&3)...)
		}
		out = append(out, t.name...)
		out = be.AppendUint32(out, uint32(last[0]))
		out = be.AppendUint32(out, uint32(last[1]))
	}
	out = append(out, bodies...)
	be.PutUint32(out, uint32(len(out)))
	return out
}

// whiteD50 is the white of the profile connection space.
var whiteD50 = [3]float64{0.9642, 1, 0.8249}

// toPCS returns the XYZ of red, green and blue relative to D50, adapted by the
// Bradford method (ICC.1:2022, annex E).
func toPCS(xy [4][2]float64) (columns [3][3]float64) {
	var m matrix3
	for i, p := range xy[:3] {
		m[0][i], m[1][i], m[2][i] = p[0]/p[1], 1, (1-p[0]-p[1])/p[1]
	}
	w := xy[3]
	white := [3]float64{w[0] / w[1], 1, (1 - w[0] - w[1]) / w[1]}
	scale := m.inverse().times(white)
	bradford := matrix3{{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}
	from, to := bradford.times(white), bradford.times(whiteD50)
	for i := range 3 {
		v := bradford.times([3]float64{m[0][i] * scale[i], m[1][i] * scale[i], m[2][i] * scale[i]})
		for k := range v {
			v[k] *= to[k] / from[k]
		}
		columns[i] = bradford.inverse().times(v)
	}
	return columns
}

type matrix3 [3][3]float64

func (m matrix3) times(v [3]float64) (out [3]float64) {
	for i, row := range m {
		out[i] = row[0]*v[0] + row[1]*v[1] + row[2]*v[2]
	}
	return out
}

// inverse returns the inverse by cofactors; the matrices here have one.
func (m matrix3) inverse() (out matrix3) {
	minor := func(r, c int) float64 {
		r1, r2, c1, c2 := (r+1)%3, (r+2)%3, (c+1)%3, (c+2)%3
		return m[r1][c1]*m[r2][c2] - m[r1][c2]*m[r2][c1]
	}
	det := m[0][0]*minor(0, 0) + m[0][1]*minor(0, 1) + m[0][2]*minor(0, 2)
	for r := range 3 {
		for c := range 3 {
			out[c][r] = minor(r, c) / det
		}
	}
	return out
}

// fixed writes numbers as s15Fixed16.
func fixed(v ...float64) (out []byte) {
	for _, f := range v {
		out = binary.BigEndian.AppendUint32(out, uint32(int32(math.Round(f*65536))))
	}
	return out
}

// localised writes a text as English in UTF-16.
func localised(s string) []byte {
	text := utf16.Encode([]rune(s))
	out := []byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS")
	out = binary.BigEndian.AppendUint32(out, uint32(2*len(text)))
	out = binary.BigEndian.AppendUint32(out, 28)
	for _, u := range text {
		out = binary.BigEndian.AppendUint16(out, u)
	}
	return out
}
