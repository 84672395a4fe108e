package depth

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// shippedModel returns FastDepth, which the Makefile unpacks beside the runtime.
func shippedModel(t testing.TB) string {
	t.Helper()
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(repository(wd), "build", "runtime", "fastdepth.onnx")
}

func open(t testing.TB, cfg Config) *onnxEstimator {
	t.Helper()
	e, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e.(*onnxEstimator)
}

// noise fills a picture with smooth random colours.
func noise(l pix.Layout, seed uint64) *pix.Picture {
	p := pix.New(l)
	r := rand.New(rand.NewPCG(seed, 1))
	top := float64(int(1)<<p.Bits - 1)
	for i := range p.N {
		pl := &p.Planes[i]
		n := pl.W * pl.Comps
		a, b := r.Float64()*0.3, r.Float64()*0.2
		for y := range pl.H {
			for x := range n {
				v := 0.5 + 0.25*math.Sin(a*float64(x/pl.Comps)+float64(x%pl.Comps)) + 0.15*math.Cos(b*float64(y)) + 0.1*(r.Float64()-0.5)
				if p.Bits > 8 {
					pl.Pix16[y*pl.Stride+x] = uint16(v * top)
				} else {
					pl.Pix8[y*pl.Stride+x] = uint8(v * top)
				}
			}
		}
	}
	return p
}

// The reference pipeline, written plainly: a pixel's RGB of 0..1, then cubic
// resizing with repeated borders, then ImageNet's statistics, then the mean
// over channels that identity.onnx returns.
func referenceMean(rgb [][3]float64, w, h, ow, oh int) []float64 {
	out := make([]float64, ow*oh)
	weights := func(x float64) [4]float64 {
		const a = -0.75
		far := func(d float64) float64 { return a*d*d*d - 5*a*d*d + 8*a*d - 4*a }
		near := func(d float64) float64 { return (a+2)*d*d*d - (a+3)*d*d + 1 }
		return [4]float64{far(1 + x), near(x), near(1 - x), far(2 - x)}
	}
	for y := range oh {
		fy := (float64(y)+0.5)*float64(h)/float64(oh) - 0.5
		wy := weights(fy - math.Floor(fy))
		for x := range ow {
			fx := (float64(x)+0.5)*float64(w)/float64(ow) - 0.5
			wx := weights(fx - math.Floor(fx))
			for c := range 3 {
				sum := 0.0
				for j := range 4 {
					sy := max(0, min(int(math.Floor(fy))-1+j, h-1))
					for i := range 4 {
						sx := max(0, min(int(math.Floor(fx))-1+i, w-1))
						sum += rgb[sy*w+sx][c] * wy[j] * wx[i]
					}
				}
				out[y*ow+x] += (sum - []float64{0.485, 0.456, 0.406}[c]) / []float64{0.229, 0.224, 0.225}[c] / 3
			}
		}
	}
	return out
}

func rgbaColours(p *pix.Picture) [][3]float64 {
	out := make([][3]float64, p.W*p.H)
	pl := &p.Planes[0]
	for y := range p.H {
		for x := range p.W {
			for c := range 3 {
				at := y*pl.Stride + x*pl.Comps + c%pl.Comps
				if p.Bits > 8 {
					out[y*p.W+x][c] = float64(pl.Pix16[at]) / float64(int(1)<<p.Bits-1)
				} else {
					out[y*p.W+x][c] = float64(pl.Pix8[at]) / 255
				}
			}
		}
	}
	return out
}

func TestEstimateMatchesReference(t *testing.T) {
	e := open(t, Config{ModelPath: mediatest.Model(t, "identity.onnx"), ShortSide: 56})
	tests := []struct {
		name   string
		layout pix.Layout
		ow, oh int
	}{
		{"down", pix.Layout{W: 301, H: 200, Model: pix.RGBA}, 84, 56},
		{"up", pix.Layout{W: 30, H: 41, Model: pix.RGBA}, 56, 70},
		{"same", pix.Layout{W: 70, H: 56, Model: pix.RGBA}, 70, 56},
		{"far down", pix.Layout{W: 1280, H: 720, Model: pix.RGBA}, 98, 56},
		{"16 bits", pix.Layout{W: 301, H: 200, Bits: 16, Model: pix.RGBA}, 84, 56},
		{"gray", pix.Layout{W: 200, H: 200, Model: pix.Gray}, 56, 56},
		{"gray of 16 bits", pix.Layout{W: 99, H: 200, Bits: 16, Model: pix.Gray}, 56, 112},
		{"narrow", pix.Layout{W: 3, H: 2, Model: pix.RGBA}, 84, 56},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := noise(tt.layout, 7)
			m, err := e.Estimate(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Release()
			if m.W != tt.ow || m.H != tt.oh {
				t.Fatalf("map is %dx%d, want %dx%d", m.W, m.H, tt.ow, tt.oh)
			}
			want := referenceMean(rgbaColours(p), p.W, p.H, m.W, m.H)
			compare(t, m, want, 2e-4)
		})
	}
}

// compare checks a map, brought back to the model's values, against want. The
// tails beyond the map's range are held to it.
func compare(t *testing.T, m Map, want []float64, tolerance float64) {
	t.Helper()
	worst, beyond := 0.0, 0
	for i, w := range want {
		got := float64(m.Lo) + float64(m.Pix[i])*float64(m.Hi-m.Lo)
		if w < float64(m.Lo) || w > float64(m.Hi) {
			beyond++
			w = max(float64(m.Lo), min(w, float64(m.Hi)))
		}
		worst = max(worst, math.Abs(got-w))
	}
	if worst > tolerance {
		t.Errorf("differs from the reference by %.2g, want at most %.2g", worst, tolerance)
	}
	if most := len(want) / 50; beyond > most {
		t.Errorf("%d values lie outside %g..%g, want at most %d", beyond, m.Lo, m.Hi, most)
	}
}

func TestRampIsKept(t *testing.T) {
	e := open(t, Config{ModelPath: mediatest.Model(t, "ramp.onnx")})
	m, err := e.Estimate(t.Context(), noise(pix.Layout{W: 640, H: 360, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 3))
	if err != nil {
		t.Fatal(err)
	}
	if m.W != 924 || m.H != 518 || m.Lo != 0 || m.Hi != 1 {
		t.Fatalf("map %dx%d of %g..%g, want 924x518 of 0..1", m.W, m.H, m.Lo, m.Hi)
	}
	for x, v := range m.Row(100) {
		if want := float32(x) / 923; math.Abs(float64(v-want)) > 1e-6 {
			t.Fatalf("column %d is %g, want %g", x, v, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	whole, err := os.ReadFile(mediatest.Model(t, "tiny.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name, path string
		want       error
	}{
		{"missing", filepath.Join(dir, "missing.onnx"), os.ErrNotExist},
		{"empty", write("empty.onnx", nil), ErrNotDepthModel},
		{"text", write("text.onnx", []byte("this is a text, not a model, and long enough to look at\n")), ErrNotDepthModel},
		{"truncated", write("cut.onnx", whole[:len(whole)/2]), ErrNotDepthModel},
		{"one byte short", write("short.onnx", whole[:len(whole)-1]), ErrNotDepthModel},
		{"folder", dir, ErrNotDepthModel},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Open(t.Context(), Config{ModelPath: tt.path})
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if e != nil {
				t.Error("an estimator came with the error")
			}
		})
	}
}

func TestCancelEndsRun(t *testing.T) {
	e := open(t, Config{ModelPath: mediatest.Model(t, "small_dyn.onnx"), ShortSide: 1036})
	p := noise(pix.Layout{W: 640, H: 480, Model: pix.RGBA}, 5)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := e.Estimate(ctx, p)
		failed <- err
	}()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	// The next run is not affected.
	e.sig.ShortSide = 56
	m, err := e.Estimate(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	m.Release()
}

func TestFastDepth(t *testing.T) {
	e := open(t, Config{ModelPath: shippedModel(t)})
	d := e.Describe()
	if d.FixedW != 224 || d.FixedH != 224 || d.Polarity != Distance || d.Normalise || d.InputName != "0" || d.OutputName != "350" {
		t.Errorf("descriptor %+v", d.Descriptor)
	}
	m, err := e.Estimate(t.Context(), noise(pix.Layout{W: 640, H: 480, Model: pix.RGBA}, 5))
	if err != nil {
		t.Fatal(err)
	}
	if m.W != 224 || m.H != 168 || m.Lo >= m.Hi {
		t.Errorf("map %dx%d of %g..%g", m.W, m.H, m.Lo, m.Hi)
	}
}
