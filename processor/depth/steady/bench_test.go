package steady

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/pix"
)

// BenchmarkStage times all that steadying does to a frame: the small copy, the
// search for cuts and motion, the range and the smoothing.
func BenchmarkStage(b *testing.B) {
	for _, size := range [][4]int{{1920, 1080, 448, 252}, {1920, 1080, 924, 518}, {3840, 2160, 448, 252}, {1920, 1080, 224, 224}} {
		b.Run(fmt.Sprintf("%dx%d-map%dx%d", size[0], size[1], size[2], size[3]), func(b *testing.B) {
			feed := newFeeder(b, size[0], size[1], size[2], size[3])
			b.ReportAllocs()
			b.SetBytes(int64(size[0]*size[1]) * 3 / 2)
			for b.Loop() {
				feed.frame(b)
			}
		})
	}
}

// feeder keeps a stage busy with a few frames in turn.
type feeder struct {
	stage *Stage
	pool  *pix.Pool
	pics  []*pix.Picture
	maps  []*pix.Map
	n     int
}

func newFeeder(tb testing.TB, w, h, mw, mh int) *feeder {
	tb.Helper()
	pool := pix.NewPool(1 << 28)
	f := &feeder{stage: New(Options{Strength: DefaultStrength, Workers: 2, Pool: pool}), pool: pool}
	tb.Cleanup(f.stage.Close)
	g := ground(5)
	for i := range 4 {
		p := pix.New(pix.Layout{W: w, H: h, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
		m := pix.NewMap(mw, mh)
		shift := i
		if i == 3 {
			shift = 1 // back and forth
		}
		for y := range h {
			for x := range w {
				p.Planes[0].Pix8[y*w+x] = uint8(255 * texture(g, float64(x*sceneW/w+2*shift), y*sceneH/h))
			}
		}
		for k := range m.Pix {
			m.Pix[k] = float32(k%mw)/float32(mw) + 0.01*float32(i)
		}
		f.pics, f.maps = append(f.pics, p), append(f.maps, m)
	}
	for range 2 * DefaultLookAhead {
		f.frame(tb)
	}
	return f
}

func (f *feeder) frame(tb testing.TB) {
	src := f.maps[f.n%4]
	m := f.pool.Map(src.W, src.H)
	copyMap(m, src)
	if err := f.stage.Push(context.Background(), f.pics[f.n%4], depth.Map{Map: m, Hi: 1}); err != nil {
		tb.Fatal(err)
	}
	f.n++
	out, ok, err := f.stage.Next(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	if ok {
		out.Map.Release()
	}
}

func TestFramesAllocateNothing(t *testing.T) {
	feed := newFeeder(t, sceneW, sceneH, mapW, mapH)
	if n := testing.AllocsPerRun(30, func() { feed.frame(t) }); n >= 1 {
		t.Errorf("%.1f allocations a frame, want none", n)
	}
}

// perFrame is a model that scales every picture by itself, as Apple's does: what
// its values were is lost.
type perFrame struct{ depth.Estimator }

func (p perFrame) Estimate(ctx context.Context, pic *pix.Picture) (depth.Map, error) {
	m, err := p.Estimator.Estimate(ctx, pic)
	m.Lo, m.Hi = 0, 1
	return m, err
}

func (p perFrame) Describe() depth.Description {
	d := p.Estimator.Describe()
	d.PerFrame = true
	return d
}

// TestMeasure holds the shipped model to the limits, and one that scales every
// picture by itself.
func TestMeasure(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	model := filepath.Join(wd, "..", "..", "..", "build", "runtime", "fastdepth.onnx")
	est, err := depth.Open(t.Context(), depth.Config{ModelPath: model, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer est.Close()
	frames := []*pix.Picture{enlarged(scene(1, 0, square{x: 50, y: 60, size: 70}, 1)), enlarged(scene(2, 0, square{x: 150, y: 30, size: 100}, 1))}
	for name, e := range map[string]depth.Estimator{"raw": est, "scaled by picture": perFrame{est}} {
		f, err := Measure(t.Context(), e, frames, Options{Strength: DefaultStrength})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %+v", name, f)
		if f.Still > Limits.Still || f.Pan > Limits.Pan || f.Cut > Limits.Cut || f.Wake > Limits.Wake {
			t.Errorf("%s: figures %+v, limits %+v", name, f, Limits)
		}
		if f.Still == 0 || f.Pan == 0 || f.Wake == 0 {
			t.Errorf("%s: figures %+v: nothing was measured", name, f)
		}
	}
}

// enlarged doubles a picture's size.
func enlarged(p *pix.Picture) *pix.Picture {
	l := pix.LayoutOf(p)
	q := pix.New(l.Resized(2*l.W, 2*l.H))
	for i := range p.N {
		s, d := &p.Planes[i], &q.Planes[i]
		for y := range d.H {
			for x := range d.W {
				d.Pix8[y*d.Stride+x] = s.Pix8[y/2*s.Stride+x/2]
			}
		}
	}
	return q
}
