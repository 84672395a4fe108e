package depth

import "spatialmaker/processor/pix"

// The statistics of ImageNet that Depth Anything was trained with, RGB.
var (
	imageNetMean = [3]float64{0.485, 0.456, 0.406}
	imageNetDev  = [3]float64{0.229, 0.224, 0.225}
)

// feed is the arithmetic from a picture's samples to the network's numbers:
// a linear step to R'G'B' of 0..1, a tone curve for HDR, and the network's own
// scale and offset. For sources without a tone curve all of it is one matrix.
type feed struct {
	// rgb[c] = m[c][0]*a + m[c][1]*b + m[c][2]*c + m[c][3] over the source's
	// components (R,G,B; Y,Cb,Cr; or gray in the first).
	m     [3][4]float32
	lo    [3]float32 // a decoded Y'CbCr pixel outside R'G'B' is held to this
	hi    [3]float32
	scale [3]float32 // applied after the tone curve only
	bias  [3]float32
	tone  *toneCurve // nil for SDR
}

// Cubic interpolation overshoots, which the reference keeps, but Y'CbCr holds
// colours far outside R'G'B' that its decoder would have clipped.
const overshoot = 0.2

// newFeed derives the arithmetic for a picture's colours.
func newFeed(p *pix.Picture, normalise bool) *feed {
	f := &feed{tone: toneFor(p.Colour)}
	var scale, bias [3]float64
	for c := range 3 {
		scale[c], bias[c] = 1, 0
		if normalise {
			scale[c], bias[c] = 1/imageNetDev[c], -imageNetMean[c]/imageNetDev[c]
		}
		f.scale[c], f.bias[c] = float32(scale[c]), float32(bias[c])
		f.lo[c] = float32(-overshoot*scale[c] + bias[c])
		f.hi[c] = float32((1+overshoot)*scale[c] + bias[c])
	}
	rgb := sourceMatrix(p)
	for c := range 3 {
		s, b := scale[c], bias[c]
		if f.tone != nil {
			s, b = 1, 0
		}
		for k := range 4 {
			f.m[c][k] = float32(rgb[c][k] * s)
		}
		f.m[c][3] += float32(b)
	}
	return f
}

// sourceMatrix returns the linear step from sample values to R'G'B' of 0..1.
func sourceMatrix(p *pix.Picture) [3][4]float64 {
	full := float64(int(1)<<p.Bits - 1)
	var m [3][4]float64
	switch p.Model {
	case pix.Gray: // gray files are full range, whatever is not said of them
		for c := range 3 {
			m[c][0] = 1 / full
		}
		return m
	case pix.RGBA:
		for c := range 3 {
			m[c][c] = 1 / full
		}
		return m
	}
	step := float64(int(1) << (p.Bits - 8)) // H.273, equations 20 to 27
	y0, yr, cr := 16*step, 219*step, 224*step
	if p.Colour.FullRange {
		y0, yr, cr = 0, full, full
	}
	kr, kb := lumaWeights(p)
	kg := 1 - kr - kb
	gain := [3][3]float64{
		{1, 0, 2 * (1 - kr)},
		{1, -2 * (1 - kb) * kb / kg, -2 * (1 - kr) * kr / kg},
		{1, 2 * (1 - kb), 0},
	}
	for c := range 3 {
		m[c][0], m[c][1], m[c][2] = gain[c][0]/yr, gain[c][1]/cr, gain[c][2]/cr
		m[c][3] = -m[c][0]*y0 - (m[c][1]+m[c][2])*128*step
	}
	return m
}

// lumaWeights returns Kr and Kb of the picture's matrix (H.273, table 4). When
// nothing is said, full range means JPEG and thus BT.601; video is taken for
// BT.709 from 720 lines on, as players do.
func lumaWeights(p *pix.Picture) (kr, kb float64) {
	switch p.Colour.Matrix {
	case pix.MatrixBT709:
		return 0.2126, 0.0722
	case pix.MatrixBT2020, 10:
		return 0.2627, 0.0593
	case 0, pix.Unspecified:
		if !p.Colour.FullRange && min(p.W, p.H) >= 720 {
			return 0.2126, 0.0722
		}
	}
	return 0.299, 0.114
}
