package depth

import (
	"math"
	"sync"

	"spatialmaker/processor/pix"
)

// toneCurve brings HDR R'G'B' into the ordinary picture the networks were
// trained on. It is for the network's eyes only; the film keeps its light.
// In order: transfer function to light, BT.2020 to BT.709 primaries, a
// highlight curve that leaves everything below diffuse white alone up to a
// knee, and the sRGB-like gamma.
type toneCurve struct {
	light [1025]float32 // R'G'B' 0..1 to light, 1 = diffuse white
	wide  bool          // primaries are BT.2020
	out   [1025]float32 // sqrt(light/peakLight) to display value 0..1
}

const (
	diffuseNits = 203  // BT.2408: HDR reference white
	peakLight   = 49.3 // 10000 nits in units of diffuse white
)

var toneCurves struct {
	sync.Mutex
	made map[[2]uint8]*toneCurve
}

// toneFor returns the curve for a colour description, nil when it is SDR.
func toneFor(c pix.Colour) *toneCurve {
	if c.Transfer != pix.TransferPQ && c.Transfer != pix.TransferHLG {
		return nil
	}
	const bt2020 = 9
	key := [2]uint8{c.Transfer, c.Primaries}
	toneCurves.Lock()
	defer toneCurves.Unlock()
	if t := toneCurves.made[key]; t != nil {
		return t
	}
	t := &toneCurve{wide: c.Primaries == bt2020 || c.Primaries == 0 || c.Primaries == pix.Unspecified}
	last := float64(len(t.light) - 1)
	for i := range t.light {
		v := float64(i) / last
		if c.Transfer == pix.TransferPQ {
			t.light[i] = float32(pqLight(v))
		} else {
			t.light[i] = float32(hlgLight(v))
		}
	}
	for i := range t.out {
		v := float64(i) / last
		t.out[i] = float32(display(v * v * peakLight))
	}
	if toneCurves.made == nil {
		toneCurves.made = map[[2]uint8]*toneCurve{}
	}
	toneCurves.made[key] = t
	return t
}

// pqLight is the EOTF of SMPTE ST 2084 in units of diffuse white.
func pqLight(e float64) float64 {
	const m1, m2 = 2610.0 / 16384, 2523.0 / 4096 * 128
	const c1, c2, c3 = 3424.0 / 4096, 2413.0 / 4096 * 32, 2392.0 / 4096 * 32
	p := math.Pow(e, 1/m2)
	return math.Pow(max(p-c1, 0)/(c2-c3*p), 1/m1) * 10000 / diffuseNits
}

// hlgLight is the inverse OETF of ARIB STD-B67 with the system gamma of a
// 1000-nit display applied to each component, in units of diffuse white.
func hlgLight(e float64) float64 {
	const a, b, c = 0.17883277, 0.28466892, 0.55991073
	l := e * e / 3
	if e > 0.5 {
		l = (math.Exp((e-c)/a) + b) / 12
	}
	return math.Pow(l, 1.2) * 1000 / diffuseNits
}

// display compresses light above the knee so that the peak comes to 1, and
// applies a gamma of 2.2.
func display(l float64) float64 {
	const knee = 0.6
	if l > knee {
		// Reinhard above the knee, its slope 1 there and its end at the peak.
		x, top := (l-knee)/(1-knee), (peakLight-knee)/(1-knee)
		l = knee + (1-knee)*x*(1+x/(top*top))/(1+x)
	}
	return math.Pow(l, 1/2.2)
}

// apply maps one pixel of R'G'B' to R'G'B' as an ordinary display would show.
func (t *toneCurve) apply(r, g, b float32) (float32, float32, float32) {
	r, g, b = look(&t.light, r), look(&t.light, g), look(&t.light, b)
	if t.wide { // BT.2087, equation of section 4
		r, g, b = 1.6605*r-0.5876*g-0.0728*b, -0.1246*r+1.1329*g-0.0083*b, -0.0182*r-0.1006*g+1.1187*b
	}
	return t.show(r), t.show(g), t.show(b)
}

func (t *toneCurve) show(l float32) float32 {
	if l <= 0 {
		return 0
	}
	return look(&t.out, float32(math.Sqrt(float64(l/peakLight))))
}

// look reads a table over 0..1 with linear interpolation.
func look(t *[1025]float32, v float32) float32 {
	if !(v > 0) {
		return t[0]
	}
	if v >= 1 {
		return t[1024]
	}
	v *= 1024
	i := int(v)
	f := v - float32(i)
	return t[i] + (t[i+1]-t[i])*f
}
