package processor

import (
	"errors"
	"math"
	"testing"

	"spatialmaker/coreml"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

func filmOptions(l pix.Layout) SpatialFilmOptions {
	return SpatialFilmOptions{
		Path: "x.mov", Layout: l, TimeBase: media.Ratio{Num: 1001, Den: 30000}, Quality: -1,
		Geometry: spatialGeometry(stereo.Geometry{Strength: 2.5}, 0.5, l.W, l.H),
	}
}

func TestSpatialFilmRefuses(t *testing.T) {
	yuv := pix.Layout{W: 64, H: 48, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}
	if coreml.Linked() != nil {
		if _, err := NewSpatialFilm(filmOptions(yuv)); !errors.Is(err, ErrNoSpatial) {
			t.Errorf("without the bridge: %v", err)
		}
		return
	}
	rgba := filmOptions(pix.Layout{W: 64, H: 48, Bits: 8, Model: pix.RGBA})
	flat := filmOptions(yuv)
	flat.Geometry.Strength = 0
	timeless := filmOptions(yuv)
	timeless.TimeBase = media.Ratio{Num: 1, Den: math.MaxInt32 + 1}
	thin := filmOptions(pix.Layout{W: 1, H: 48, Bits: 8, Model: pix.YUV})
	for name, tt := range map[string]struct {
		o    SpatialFilmOptions
		want error
	}{"rgb": {rgba, pix.ErrShape}, "no parallax": {flat, pack.ErrSpatial}, "time base": {timeless, ErrOption}, "one column": {thin, pack.ErrSpatial}} {
		if _, err := NewSpatialFilm(tt.o); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", name, err, tt.want)
		}
	}
}

// TestSpatialFilmSampling brings planes of every sampling and depth to what the
// encoder takes and compares with averages taken the slow way.
func TestSpatialFilmSampling(t *testing.T) {
	for _, l := range []pix.Layout{
		{W: 12, H: 8, Bits: 8, ShiftX: 1, ShiftY: 1},
		{W: 13, H: 9, Bits: 8, ShiftX: 1, ShiftY: 1},
		{W: 12, H: 8, Bits: 8},
		{W: 13, H: 9, Bits: 8, ShiftX: 1},
		{W: 12, H: 8, Bits: 8, ShiftX: 2},
		{W: 12, H: 8, Bits: 10, ShiftX: 1, ShiftY: 1},
		{W: 13, H: 9, Bits: 10},
		{W: 12, H: 8, Bits: 12, ShiftX: 1},
		{W: 12, H: 8, Bits: 16, ShiftX: 1, ShiftY: 1},
	} {
		l.Model = pix.YUV
		f := &SpatialFilm{o: filmOptions(l), bits: 8}
		f.o.Geometry.W, f.o.Geometry.H = l.W&^1, l.H&^1
		if l.Bits > 8 {
			f.bits = 10
		}
		p := pix.New(l)
		for i := range 3 {
			for k := range p.Planes[i].Pix8 {
				p.Planes[i].Pix8[k] = uint8(37*k + i)
			}
			for k := range p.Planes[i].Pix16 {
				p.Planes[i].Pix16[k] = uint16((uint32(k)*3671 + uint32(i)) & (1<<l.Bits - 1))
			}
		}
		var frame coreml.Frame
		f.arrange(&frame, p, 0)
		for i := range 3 {
			checkPlane(t, l, &frame, &p.Planes[i], i, f.o.Geometry.W, f.o.Geometry.H)
		}
	}
}

func checkPlane(t *testing.T, l pix.Layout, frame *coreml.Frame, pl *pix.Plane, i, w, h int) {
	t.Helper()
	sub := 0 // the luma samples of one of ours, as a shift
	if i > 0 {
		w, h, sub = w/2, h/2, 1
	}
	source := func(x, y int) float64 {
		at := (y>>pl.ShiftY)*pl.Stride + x>>pl.ShiftX
		if l.Bits == 8 {
			return float64(pl.Pix8[at])
		}
		return float64(pl.Pix16[at]) / float64(int(1)<<(l.Bits-10))
	}
	for y := range h {
		for x := range w {
			// The luma samples this one stands for, each with its chroma.
			sum, n := 0.0, 0
			for j := y << sub; j < (y+1)<<sub; j++ {
				for k := x << sub; k < (x+1)<<sub; k++ {
					sum += source(k, j)
					n++
				}
			}
			var got float64
			if l.Bits == 8 {
				got = float64(frame.Pix8[i][y*frame.Stride[i]+x])
			} else {
				got = float64(frame.Pix16[i][y*frame.Stride[i]+x])
			}
			if want := min(sum/float64(n), 1023); math.Abs(got-want) > 0.51 {
				t.Fatalf("%+v plane %d at %d,%d: %g, want %g", l, i, x, y, got, want)
			}
		}
	}
}
