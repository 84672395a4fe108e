//go:build cgo && coremlstub

package apple

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"spatialmaker/coreml"
	"spatialmaker/processor/depth"
	"spatialmaker/processor/pix"
)

var standIn coreml.StandIn

// config makes a package of the stand-in and a place for its compiled form.
func config(t *testing.T, lines ...string) Config {
	t.Helper()
	standIn.Reset()
	before := standIn.Live()
	t.Cleanup(func() {
		standIn.Reset()
		if n := standIn.Live() - before; n != 0 {
			t.Errorf("%d handles were not given back", n)
		}
	})
	dir := filepath.Join(t.TempDir(), "model.mlpackage")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "standin.txt"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return Config{ModelPath: dir, Cache: filepath.Join(t.TempDir(), "model.mlmodelc"), Name: "test"}
}

func open(t *testing.T, cfg Config) depth.Estimator {
	t.Helper()
	e, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// plain is a picture of one colour.
func plain(w, h int, r, g, b uint8) *pix.Picture {
	p := pix.New(pix.Layout{W: w, H: h, Bits: 8, Model: pix.RGBA})
	px := p.Planes[0].Pix8
	for i := 0; i < len(px); i += 4 {
		px[i], px[i+1], px[i+2], px[i+3] = r, g, b, 255
	}
	return p
}

// The packages of facts A1 and A4 in the stand-in's words.
var packages = []struct {
	name      string
	lines     []string
	w, h      int
	normalise bool
	scale     float64 // of the model's own values, 0 when it normalises them
	offset    float64
	perFrame  bool
}{
	{"Apple's Small, 518x392", []string{"input image 518 392", "output image16half", "norm 1"}, 518, 392, false, 0, 0, true},
	{"mrgnw's current, 518x518", []string{"input image 518 518", "output float16", "scale 9"}, 518, 518, false, 9, 0, false},
	{"mrgnw's old, 518x518 tensor", []string{"input array 518 518", "output float16", "scale 9", "noshape 1"}, 518, 518, true, 9, 0, false},
	{"Depth Anything 3, 504x504", []string{"input image 504 504 ARGB", "output float32", "farther 1", "second confidence"}, 504, 504, false, 1, 0.1, false},
}

// TestEstimateOfEveryKind follows a plain picture through the packages: the
// answer's slope must arrive whole, the right way round, and the colours in
// the right channels.
func TestEstimateOfEveryKind(t *testing.T) {
	for _, tt := range packages {
		t.Run(tt.name, func(t *testing.T) {
			e := open(t, config(t, tt.lines...))
			for _, colour := range [][3]uint8{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {120, 40, 200}} {
				m, err := e.Estimate(context.Background(), plain(640, 360, colour[0], colour[1], colour[2]))
				if err != nil {
					t.Fatal(err)
				}
				checkSlope(t, m, tt.w, tt.h)
				want := lowest(colour, tt.normalise)*tt.scale + tt.offset
				if tt.scale > 0 && math.Abs(float64(m.Lo)-want) > 0.01*math.Abs(want)+0.002 {
					t.Errorf("colour %v: the model saw %g, want %g", colour, m.Lo, want)
				}
				if m.Inference <= 0 {
					t.Error("no time was measured")
				}
				m.Release()
			}
			d := e.Describe()
			if d.Backend != "coreml" || d.Device != "neural engine" || d.Model != "test" || d.FixedW != tt.w || d.PerFrame != tt.perFrame {
				t.Errorf("%+v", d)
			}
		})
	}
}

// checkSlope holds a map against the stand-in's answer to a plain picture.
func checkSlope(t *testing.T, m depth.Map, w, h int) {
	t.Helper()
	if m.W != w || m.H != h {
		t.Fatalf("map of %dx%d", m.W, m.H)
	}
	for _, at := range [][2]int{{0, 0}, {w - 1, 0}, {0, h - 1}, {w - 1, h - 1}, {w / 2, h / 3}} {
		got := float64(m.Row(at[1])[at[0]])
		want := (2*float64(at[1])/float64(h-1) + float64(at[0])/float64(w-1)) / 3
		if math.Abs(got-want) > 0.004 {
			t.Errorf("nearness %g at %v, want %g", got, at, want)
		}
	}
}

// lowest is the stand-in's answer at the top left for a plain colour.
func lowest(colour [3]uint8, normalise bool) float64 {
	mean, dev := [3]float64{}, [3]float64{1, 1, 1}
	if normalise {
		mean, dev = [3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225}
	}
	sum := 0.0
	for i, weight := range []float64{1, 2, 4} {
		sum += weight * (float64(colour[i])/255 - mean[i]) / dev[i]
	}
	return 0.25 * sum / 7
}

func TestOpenErrors(t *testing.T) {
	good := []string{"input image 16 16", "output float16"}
	t.Run("no depth model", func(t *testing.T) {
		cfg := config(t, "input image 16 16 L008", "output float16")
		if _, err := Open(context.Background(), cfg); !errors.Is(err, depth.ErrNotDepthModel) || !strings.Contains(err.Error(), cfg.ModelPath) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("unsupported", func(t *testing.T) {
		cfg := config(t, good...)
		standIn.Fail(coreml.EntryCompile, 0, 1, 2)
		if _, err := Open(context.Background(), cfg); !errors.Is(err, depth.ErrUnsupported) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("missing", func(t *testing.T) {
		cfg := config(t, good...)
		cfg.ModelPath += "x"
		if _, err := Open(context.Background(), cfg); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	})
}

// TestCompiledByTheStore: the caller keeps the compiled models, and is asked
// for a new one when the first does not load.
func TestCompiledByTheStore(t *testing.T) {
	cfg := config(t, "input image 16 16", "output float16")
	dir := t.TempDir()
	var asked []bool
	cfg.Compiled = func(ctx context.Context, again bool) (string, error) {
		asked = append(asked, again)
		path := filepath.Join(dir, "m.mlmodelc")
		if !again {
			return path, os.MkdirAll(path, 0o755) // nothing in it
		}
		if err := os.RemoveAll(path); err != nil {
			return "", err
		}
		return path, coreml.Compile(ctx, cfg.ModelPath, path)
	}
	e := open(t, cfg)
	m, err := e.Estimate(context.Background(), plain(20, 20, 1, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	m.Release()
	if len(asked) != 2 || asked[0] || !asked[1] {
		t.Errorf("asked %v", asked)
	}
	broken := errors.New("no room")
	cfg.Compiled = func(context.Context, bool) (string, error) { return "", broken }
	if _, err := Open(context.Background(), cfg); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestEstimateFails(t *testing.T) {
	cfg := config(t, "input image 16 16", "output float16", "outsize 8 8", "noshape 1")
	e := open(t, cfg)
	ctx := context.Background()
	pic := plain(20, 20, 9, 9, 9)
	if _, err := e.Estimate(ctx, pic); !errors.Is(err, depth.ErrBadOutput) || !errors.Is(err, coreml.ErrArgument) {
		t.Errorf("an answer of another size: %v", err)
	}
	if _, err := e.Estimate(ctx, &pix.Picture{}); !errors.Is(err, pix.ErrShape) {
		t.Errorf("no picture: %v", err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := e.Estimate(stopped, pic); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if _, err := e.Estimate(ctx, pic); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after Close: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

// TestCancelInPrediction: the call under way ends, and with it the estimate.
func TestCancelInPrediction(t *testing.T) {
	e := open(t, config(t, "input image 16 16", "output float16"))
	ctx, cancel := context.WithCancel(context.Background())
	standIn.Hold(true)
	ended := make(chan error)
	go func() {
		_, err := e.Estimate(ctx, plain(20, 20, 9, 9, 9))
		ended <- err
	}()
	standIn.Await(1)
	cancel()
	standIn.AwaitCancels(1)
	standIn.Hold(false)
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestConstantAnswers(t *testing.T) {
	t.Run("honest", func(t *testing.T) {
		e := open(t, config(t, "input image 1 1", "output float32"))
		if _, err := e.Estimate(context.Background(), plain(4, 4, 9, 9, 9)); !errors.Is(err, depth.ErrBadOutput) {
			t.Errorf("a model of one pixel: %v", err) // constant whatever the picture
		}
	})
	t.Run("broken", func(t *testing.T) {
		e := open(t, config(t, "input image 32 32", "output float16", "scale 0"))
		_, err := e.Estimate(context.Background(), plain(40, 40, 9, 9, 9))
		if !errors.Is(err, depth.ErrBadOutput) || !strings.Contains(err.Error(), "whatever the picture") {
			t.Errorf("error %v", err)
		}
	})
}

// TestManyPictures runs estimates side by side while the Neural Engine fails.
func TestManyPictures(t *testing.T) {
	cfg := config(t, "input image 64 48", "output image16half", "anefail 9")
	cfg.Parallel, cfg.Threads = 2, 2
	e := open(t, cfg)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 10 {
				m, err := e.Estimate(context.Background(), plain(100, 80, uint8(20*g), uint8(5*i), 0))
				if err != nil {
					t.Error(err)
					return
				}
				if v := m.Row(47)[63]; math.Abs(float64(v)-1) > 0.004 {
					t.Errorf("nearness %g", v)
				}
				m.Release()
			}
		})
	}
	wg.Wait()
	if d := e.Describe(); d.Device != "cpu" {
		t.Errorf("runs on %s", d.Device)
	}
	if n, ok := e.(interface{ Notes() []string }); !ok || len(n.Notes()) < 2 {
		t.Error("it does not say why")
	}
}

func TestAvailable(t *testing.T) {
	config(t)
	if !Available() {
		t.Error("a Neural Engine is there")
	}
	standIn.Devices()
	if Available() {
		t.Error("with the processor alone Core ML is not worth picking")
	}
	standIn.Fail(coreml.EntrySystem, 0, 1, 1)
	if Available() {
		t.Error("a bridge that fails")
	}
}

// sloped is a picture whose grey grows by equal steps to the right and down.
func sloped(w, h int) *pix.Picture {
	p := pix.New(pix.Layout{W: w, H: h, Bits: 8, Model: pix.RGBA})
	for y := range h {
		for x := range w {
			v := uint8(40 + 150*x/w + 50*y/h)
			copy(p.Planes[0].Pix8[y*p.Planes[0].Stride+4*x:], []byte{v, v, v, 255})
		}
	}
	return p
}

// TestNothingIsLost: panoramas and towers are seen in tiles, and high detail
// looks at tiles besides, through every kind of package. With "mirror 1" the
// stand-in answers with the picture itself.
func TestNothingIsLost(t *testing.T) {
	for _, tt := range packages {
		for _, shape := range []struct {
			w, h, detail int
			runs         int
		}{{640, 360, 0, 1}, {360, 640, 0, 1}, {2000, 200, 0, 10}, {200, 2000, 0, 10}, {1600, 1200, 2, 5}} {
			t.Run(fmt.Sprintf("%s, %dx%d, detail %d", tt.name, shape.w, shape.h, shape.detail), func(t *testing.T) {
				cfg := config(t, append(slices.Clone(tt.lines), "mirror 1")...)
				cfg.Detail = shape.detail
				e := open(t, cfg)
				before := standIn.Calls(coreml.EntryPredict)
				m, err := e.Estimate(context.Background(), sloped(shape.w, shape.h))
				if err != nil {
					t.Fatal(err)
				}
				defer m.Release()
				if n := standIn.Calls(coreml.EntryPredict) - before; n != shape.runs {
					t.Errorf("%d predictions, want %d", n, shape.runs)
				}
				if shape.detail > 0 && m.W < tt.w*3/2 {
					t.Errorf("the map of %dx%d is no finer", m.W, m.H)
				}
				for _, at := range [][2]float64{{0.02, 0.05}, {0.98, 0.05}, {0.5, 0.5}, {0.02, 0.95}, {0.98, 0.95}, {0.3, 0.7}} {
					got := float64(m.Row(int(at[1] * float64(m.H)))[int(at[0]*float64(m.W))])
					want := 0.75*at[0] + 0.25*at[1]
					if math.Abs(got-want) > 0.03 {
						t.Errorf("nearness %.3f at %v of the picture, want %.3f", got, at, want)
					}
				}
			})
		}
	}
}
