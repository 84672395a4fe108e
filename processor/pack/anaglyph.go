package pack

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"spatialmaker/processor/pix"
)

// ErrAnaglyph reports a word that is no anaglyph method.
var ErrAnaglyph = errors.New("unknown anaglyph method")

// Method is a word of --anaglyph: how two eyes become one picture for red and
// cyan glasses, left eye red.
type Method string

// The methods.
const (
	Dubois    Method = "dubois"
	Color     Method = "color"
	HalfColor Method = "half-color"
	GrayCyan  Method = "gray"
	Optimized Method = "optimized"
)

// mix is a method's matrix: each output component from the left eye's R, G, B
// and the right eye's R, G, B.
type mix struct {
	m      [3][6]float32
	linear bool // applied to light, not to encoded values
}

// Dubois' least-squares projection for red-cyan glasses: E. Dubois, "A
// projection method to generate anaglyph stereo images", ICASSP 2001, with the
// matrices published on his page for common glasses; it works on linear light.
// The others are the classic mixes of encoded values (luma of BT.601;
// optimized: P. Wimmer's, red from the left eye's green and blue).
var mixes = map[Method]mix{
	Dubois: {m: [3][6]float32{
		{0.437, 0.449, 0.164, -0.011, -0.032, -0.007},
		{-0.062, -0.062, -0.024, 0.377, 0.761, 0.009},
		{-0.048, -0.050, -0.017, -0.026, -0.093, 1.234},
	}, linear: true},
	Color:     {m: [3][6]float32{{1}, {4: 1}, {5: 1}}},
	HalfColor: {m: [3][6]float32{{0.299, 0.587, 0.114}, {4: 1}, {5: 1}}},
	GrayCyan:  {m: [3][6]float32{{0.299, 0.587, 0.114}, {3: 0.299, 4: 0.587, 5: 0.114}, {3: 0.299, 4: 0.587, 5: 0.114}}},
	Optimized: {m: [3][6]float32{{1: 0.7, 2: 0.3}, {4: 1}, {5: 1}}},
}

// anaglyphBand is the number of rows of a band; even, so that a band holds
// whole chroma rows of every common subsampling.
const anaglyphBand = 16

// AnaglyphInto mixes two eyes into dst. All three have the same layout; a Gray
// picture gets the mean of the mix, because it has no colour to part the eyes.
// For frame after frame use a Mixer.
func AnaglyphInto(ctx context.Context, dst, left, right *pix.Picture, m Method, workers int) error {
	x := NewMixer(workers)
	defer x.Close()
	return x.Into(ctx, dst, left, right, m)
}

// Mixer makes anaglyphs one after the other and allocates nothing for any but
// the first of a kind. It is safe for concurrent use; Close ends its goroutines.
type Mixer struct {
	mu   sync.Mutex // held while a picture is made
	crew *pix.Crew
	band func(worker, y0, y1 int)

	dst, left, right *pix.Picture
	mix              mix
	table            *mixTable // nil where the mix is made in floating point
	sums             [][]uint64
	rows             []*anaglyphRows
	layout           pix.Layout // that sums and rows are made for
}

// NewMixer returns a mixer that works on so many rows at once, 0 for one a
// processor.
func NewMixer(workers int) *Mixer {
	x := &Mixer{crew: pix.NewCrew(workers)}
	x.band = x.mixBand
	x.sums, x.rows = make([][]uint64, x.crew.Workers()), make([]*anaglyphRows, x.crew.Workers())
	return x
}

// Close ends the mixer's goroutines. It may be called more than once.
func (x *Mixer) Close() { x.crew.Close() }

// Into does what AnaglyphInto does.
func (x *Mixer) Into(ctx context.Context, dst, left, right *pix.Picture, m Method) error {
	mx, ok := mixes[m]
	if !ok {
		return fmt.Errorf("%w %q", ErrAnaglyph, string(m))
	}
	l := pix.LayoutOf(dst)
	if pix.LayoutOf(left) != l || pix.LayoutOf(right) != l {
		return fmt.Errorf("anaglyph of %+v and %+v into %+v: %w", pix.LayoutOf(left), pix.LayoutOf(right), l, pix.ErrShape)
	}
	if err := errors.Join(dst.Check(), left.Check(), right.Check()); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.dst, x.left, x.right, x.mix, x.table = dst, left, right, mx, tableFor(m, dst)
	if l != x.layout {
		clear(x.sums)
		clear(x.rows)
		x.layout = l
	}
	err := x.crew.Bands(ctx, dst.H, anaglyphBand, x.band)
	x.dst, x.left, x.right = nil, nil, nil
	return err
}

// mixBand mixes rows y0 to y1.
func (x *Mixer) mixBand(w, y0, y1 int) {
	switch {
	case x.table == nil:
		if x.rows[w] == nil {
			x.rows[w] = newAnaglyphRows(x.dst)
		}
		x.mix.rows(x.rows[w], x.dst, x.left, x.right, y0, y1)
	case x.dst.Model == pix.RGBA:
		x.table.rgbaBand(x.dst, x.left, x.right, y0, y1)
	default:
		if x.sums[w] == nil {
			x.sums[w] = make([]uint64, x.dst.Planes[1].W)
		}
		x.table.yuvBand(x.dst, x.left, x.right, y0, y1, x.sums[w])
	}
}

// rows mixes rows y0 to y1 in floating point.
func (mx *mix) rows(s *anaglyphRows, dst, left, right *pix.Picture, y0, y1 int) {
	for y := y0; y < y1; y++ {
		s.left.Load(left, y)
		s.right.Load(right, y)
		mx.row(&s.out, &s.left, &s.right)
		s.out.Alpha(left, y)
		s.out.Store(dst, y)
	}
}

type anaglyphRows struct{ left, right, out pix.RGBRow }

func newAnaglyphRows(p *pix.Picture) *anaglyphRows {
	return &anaglyphRows{left: pix.NewRGBRow(p), right: pix.NewRGBRow(p), out: pix.NewRGBRow(p)}
}

func (mx *mix) row(out, left, right *pix.RGBRow) {
	m := &mx.m
	for x := range out.R {
		v := [6]float32{left.R[x], left.G[x], left.B[x], right.R[x], right.G[x], right.B[x]}
		if mx.linear {
			for i := range v {
				v[i] = toLight(v[i])
			}
		}
		var o [3]float32
		for i := range o {
			r := &m[i]
			o[i] = r[0]*v[0] + r[1]*v[1] + r[2]*v[2] + r[3]*v[3] + r[4]*v[4] + r[5]*v[5]
			if mx.linear {
				o[i] = fromLight(o[i])
			}
		}
		out.R[x], out.G[x], out.B[x] = o[0], o[1], o[2]
	}
}

// lightSteps is the resolution of the transfer tables; values between are
// interpolated, which is exact to less than one step of 10 bits.
const lightSteps = 4096

// The transfer function of IEC 61966-2-1 (sRGB), both ways.
var lightTable, codeTable = func() (l, c [lightSteps + 2]float32) {
	for i := range l {
		v := min(1, float64(i)/lightSteps)
		l[i] = float32(light(v))
		c[i] = float32(unlight(v * v)) // square-root spacing keeps the steep dark end accurate
	}
	return l, c
}()

// light and unlight are the same in full precision.
func light(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func unlight(v float64) float64 {
	if v <= 0.0031308 {
		return v * 12.92
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

func toLight(v float32) float32 { return lookUp(&lightTable, v) }

func fromLight(v float32) float32 {
	if !(v > 0) {
		return 0
	}
	return lookUp(&codeTable, float32(math.Sqrt(float64(v))))
}

func lookUp(t *[lightSteps + 2]float32, v float32) float32 {
	if !(v > 0) {
		return t[0]
	}
	if v >= 1 {
		return t[lightSteps]
	}
	f := v * lightSteps
	i := int(f)
	return t[i] + (t[i+1]-t[i])*(f-float32(i))
}
