package processor

import (
	"errors"
	"math"
	"slices"
	"strings"
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

// TestSpatialChapters: chapters of every kind of file become a list without
// gaps or overlaps, inside the film.
func TestSpatialChapters(t *testing.T) {
	in := func(start, end float64, title string) media.Chapter {
		return media.Chapter{Start: start, End: end, Title: title}
	}
	out := func(title string, start, end int64) coreml.Chapter {
		return coreml.Chapter{Title: title, Start: start, End: end}
	}
	long := strings.Repeat("a", 65534) + "ö"
	tests := []struct {
		name         string
		in           []media.Chapter
		start, until int64
		want         []coreml.Chapter
	}{
		{name: "none"},
		{"in order", []media.Chapter{in(0, 1, "a"), in(1, 2.002, "b")}, 0, 0, []coreml.Chapter{out("a", 0, 30030), out("b", 30030, 60060)}},
		{"gap", []media.Chapter{in(0, 0.5, "a"), in(1.001, 2.002, "b")}, 0, 0, []coreml.Chapter{out("a", 0, 30030), out("b", 30030, 60060)}},
		{"overlap and order", []media.Chapter{in(1.001, 2.002, "b"), in(0, 9, "a")}, 0, 0, []coreml.Chapter{out("a", 0, 30030), out("b", 30030, 60060)}},
		{"same beginning", []media.Chapter{in(0, 2.002, "part"), in(0, 1.001, "chapter")}, 0, 0, []coreml.Chapter{out("chapter", 0, 30030)}},
		{"cut", []media.Chapter{in(0, 1.001, "a"), in(1.001, 2.002, "b"), in(2.002, 3, "c")}, 40, 50, []coreml.Chapter{out("b", 40040, 50050)}},
		{"before zero", []media.Chapter{in(-1, 1.001, "a")}, 0, 0, []coreml.Chapter{out("a", 0, 30030)}},
		{"damaged", []media.Chapter{in(0, -1, "a"), in(1e300, math.Inf(1), "b")}, 0, 60, []coreml.Chapter{out("a", 0, 60060)}},
		{
			"titles",
			[]media.Chapter{in(0, 1.001, "a\x00b\xffc"), in(1.001, 2.002, long)},
			0, 0,
			[]coreml.Chapter{out("ab\uFFFDc", 0, 30030), out(long[:65534], 30030, 60060)},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := SpatialFilmOptions{TimeBase: media.Ratio{Num: 1001, Den: 30000}, Start: tt.start, Until: tt.until, Chapters: tt.in}
			if got := spatialChapters(&o); !slices.Equal(got, tt.want) {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
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
