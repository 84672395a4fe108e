//go:build cgo && coremlstub

package coreml

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var standIn StandIn

// begin resets the stand-in and holds the test to giving back every handle.
func begin(t *testing.T) {
	t.Helper()
	standIn.Reset()
	before := standIn.Live()
	t.Cleanup(func() {
		standIn.Reset()
		if n := standIn.Live() - before; n != 0 {
			t.Errorf("%d handles were not given back", n)
		}
	})
}

// pack makes a package the stand-in understands.
func pack(t *testing.T, lines ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model.mlpackage")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "standin.txt"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t *testing.T, o Options) *Model {
	t.Helper()
	if o.Cache == "" {
		o.Cache = filepath.Join(t.TempDir(), "cache", "model.mlmodelc")
	}
	m, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// bgra makes a picture with padded rows whose samples depend on seed.
func bgra(w, h, seed int) Image {
	stride := 4*w + 12
	data := make([]byte, (h-1)*stride+4*w)
	for y := range h {
		for x := range w {
			copy(data[y*stride+4*x:], []byte{byte(x + seed), byte(y), byte(x ^ y), 255})
		}
	}
	return Image{Format: BGRA8, W: w, H: h, Planes: [3]Plane{{Data: data, Stride: stride}}}
}

func answer(w, h int) Answer {
	stride := w + 5
	return Answer{Data: make([]float32, (h-1)*stride+w), Stride: stride, W: w, H: h}
}

// expected is what standin.h promises for a BGRA picture.
func expected(p *Image, x, y int) float64 {
	at := p.Planes[0].Data[y*p.Planes[0].Stride+4*x:]
	colour := (float64(at[2]) + 2*float64(at[1]) + 4*float64(at[0])) / (7 * 255)
	return 0.5*float64(y)/float64(p.H-1) + 0.25*float64(x)/float64(p.W-1) + 0.25*colour
}

func checkAnswer(t *testing.T, p *Image, a *Answer, scale float64) {
	t.Helper()
	for y := range p.H {
		for x := range p.W {
			got, want := float64(a.Data[y*a.Stride+x]), expected(p, x, y)*scale
			if math.Abs(got-want) > want/1000+1e-5 {
				t.Fatalf("answer at %d,%d is %g, want %g", x, y, got, want)
			}
		}
	}
}

func predict(m *Model, p Image, a Answer) error {
	return m.Predict(context.Background(), "image", "depth", []Image{p}, []Answer{a})
}

func TestOutputsOfEveryKind(t *testing.T) {
	for _, output := range []string{"image16half", "float16", "float32", "double"} {
		t.Run(output, func(t *testing.T) {
			begin(t)
			m := open(t, Options{Path: pack(t, "input image 62 45", "output "+output, "scale 3", "meta author them")})
			d := m.Description()
			if w, h := d.Outputs[0].Size(); w != 62 || h != 45 || d.Metadata["author"] != "them" {
				t.Errorf("description %+v", d)
			}
			p, a := bgra(62, 45, 7), answer(62, 45)
			if err := predict(m, p, a); err != nil {
				t.Fatal(err)
			}
			checkAnswer(t, &p, &a, 3)
			if m.Units() != NeuralEngine || len(m.Notes()) != 0 {
				t.Errorf("runs on %v, notes %q", m.Units(), m.Notes())
			}
		})
	}
}

func TestArrayInput(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input array 20 30", "output float16")})
	planes := [3][]float32{}
	p := Image{Format: RGBF32, W: 20, H: 30}
	for i := range planes {
		planes[i] = make([]float32, 22*30)
		for k := range planes[i] {
			planes[i][k] = float32(i+1) * float32(k%22)
		}
		p.Planes[i] = Plane{Data: Bytes(planes[i]), Stride: 4 * 22}
	}
	a := answer(20, 30)
	if err := predict(m, p, a); err != nil {
		t.Fatal(err)
	}
	// (R + 2G + 4B)/7 of x, 2x, 3x is 17x/7.
	want := 0.5*10/29.0 + 0.25*7/19.0 + 0.25*7*17/7
	if got := float64(a.Data[10*a.Stride+7]); math.Abs(got-want) > want/1000 {
		t.Errorf("answer %g, want %g", got, want)
	}
}

// TestUntoldShape: a model that keeps its output's shape to itself is asked
// with the caller's, and says so when that is wrong.
func TestUntoldShape(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input image 16 8", "output float16", "noshape 1")})
	p, a := bgra(16, 8, 0), answer(16, 8)
	if w, h := m.Description().Outputs[0].Size(); w != 0 || h != 0 {
		t.Errorf("size %dx%d", w, h)
	}
	if err := predict(m, p, a); err != nil {
		t.Fatal(err)
	}
	checkAnswer(t, &p, &a, 1)
	if err := predict(m, p, answer(8, 8)); !errors.Is(err, ErrArgument) {
		t.Errorf("error %v", err)
	}
}

func TestPredictRefuses(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input image 16 8", "output float16")})
	good, into := bgra(16, 8, 0), answer(16, 8)
	short := good
	short.Planes[0].Data = short.Planes[0].Data[:100]
	thin := good
	thin.Planes[0].Stride = 60
	floats := Image{Format: RGBF32, W: 16, H: 8}
	small := answer(16, 8)
	small.Data = small.Data[:30]
	tests := []struct {
		name          string
		input, output string
		pictures      []Image
		answers       []Answer
	}{
		{"no such input", "picture", "depth", []Image{good}, []Answer{into}},
		{"no such output", "image", "disparity", []Image{good}, []Answer{into}},
		{"another size", "image", "depth", []Image{bgra(8, 16, 0)}, []Answer{into}},
		{"another format", "image", "depth", []Image{floats}, []Answer{into}},
		{"short picture", "image", "depth", []Image{short}, []Answer{into}},
		{"stride below the row", "image", "depth", []Image{thin}, []Answer{into}},
		{"answer of another size", "image", "depth", []Image{good}, []Answer{answer(8, 8)}},
		{"short answer", "image", "depth", []Image{good}, []Answer{small}},
		{"fewer answers", "image", "depth", []Image{good, good}, []Answer{into}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := m.Predict(context.Background(), tt.input, tt.output, tt.pictures, tt.answers)
			if !errors.Is(err, ErrArgument) {
				t.Errorf("error %v, want ErrArgument", err)
			}
		})
	}
	if n := standIn.Calls(EntryPredict); n != 0 {
		t.Errorf("%d of them crossed", n)
	}
}

func TestCompilesOnce(t *testing.T) {
	begin(t)
	o := Options{Path: pack(t, "input image 8 8", "output float16"), Cache: filepath.Join(t.TempDir(), "a", "b.mlmodelc")}
	for range 3 {
		_ = open(t, o).Close()
	}
	if n := standIn.Calls(EntryCompile); n != 1 {
		t.Errorf("compiled %d times", n)
	}
	left, err := os.ReadDir(filepath.Dir(o.Cache))
	if err != nil || len(left) != 1 {
		t.Errorf("cache holds %v, %v", left, err)
	}
	// A compiled model is opened where it lies.
	if m := open(t, Options{Path: o.Cache, Cache: "unused"}); standIn.Calls(EntryCompile) != 1 || m.Description().Inputs[0].W != 8 {
		t.Error("a .mlmodelc was compiled or not read")
	}
}

func TestDamagedCacheIsMadeAgain(t *testing.T) {
	begin(t)
	o := Options{Path: pack(t, "input image 8 8", "output float16"), Cache: filepath.Join(t.TempDir(), "b.mlmodelc")}
	if err := os.MkdirAll(o.Cache, 0o755); err != nil {
		t.Fatal(err)
	}
	m := open(t, o)
	if n := standIn.Calls(EntryCompile); n != 1 {
		t.Errorf("compiled %d times", n)
	}
	if notes := m.Notes(); len(notes) == 0 || !strings.Contains(notes[len(notes)-1], "compiled again") {
		t.Errorf("notes %q", notes)
	}
}

func TestOpenFails(t *testing.T) {
	good := []string{"input image 8 8", "output float16"}
	tests := []struct {
		name     string
		lines    []string
		path     string // instead of a package of lines
		cache    string
		set      func()
		kind     error
		mentions string
	}{
		{name: "no file", path: "/nowhere/m.mlpackage", kind: os.ErrNotExist, mentions: "/nowhere/m.mlpackage"},
		{name: "no cache", lines: good, cache: "cache", kind: ErrArgument, mentions: "mlmodelc"},
		{name: "not a package", lines: []string{"nothing"}, kind: ErrFailed, mentions: "damaged"},
		{name: "compile", lines: good, set: func() { standIn.Fail(EntryCompile, 0, -1, resultFailed) }, kind: ErrFailed, mentions: "told to fail"},
		{name: "compile unsupported", lines: good, set: func() { standIn.Fail(EntryCompile, 0, 1, resultUnsupported) }, kind: ErrUnsupported, mentions: "compile"},
		{name: "no unit loads", lines: append([]string{"loadfail 14"}, good...), kind: ErrFailed, mentions: "neural engine"},
		{name: "describe", lines: good, set: func() { standIn.Fail(EntryDescribe, 0, 1, resultFailed) }, kind: ErrFailed, mentions: "told to fail"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begin(t)
			if tt.set != nil {
				tt.set()
			}
			o := Options{Path: tt.path, Cache: tt.cache}
			if o.Path == "" {
				o.Path = pack(t, tt.lines...)
			}
			if o.Cache == "" {
				o.Cache = filepath.Join(t.TempDir(), "m.mlmodelc")
			}
			_, err := Open(context.Background(), o)
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.mentions) {
				t.Errorf("error %v, want %v that mentions %q", err, tt.kind, tt.mentions)
			}
			if tt.name == "compile" {
				if left, _ := os.ReadDir(filepath.Dir(o.Cache)); len(left) != 0 {
					t.Errorf("left behind: %v", left)
				}
			}
		})
	}
}

func TestFallsBackWhenLoading(t *testing.T) {
	tests := []struct {
		asked   Units
		devices []Units
		fails   string
		want    Units
		notes   int
	}{
		{Auto, []Units{GPU, NeuralEngine}, "0", NeuralEngine, 0},
		{Auto, []Units{GPU}, "0", GPU, 0},
		{Auto, nil, "0", CPU, 0},
		{NeuralEngine, []Units{GPU, NeuralEngine}, "8", GPU, 1},
		{NeuralEngine, []Units{GPU, NeuralEngine}, "12", CPU, 2},
		{GPU, []Units{GPU, NeuralEngine}, "0", GPU, 0},
		{GPU, []Units{GPU, NeuralEngine}, "4", CPU, 1},
		{CPU, []Units{GPU, NeuralEngine}, "0", CPU, 0},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%v with %v failing %s", tt.asked, tt.devices, tt.fails), func(t *testing.T) {
			begin(t)
			standIn.Devices(tt.devices...)
			m := open(t, Options{Path: pack(t, "input image 8 8", "output float16", "loadfail "+tt.fails), Units: tt.asked})
			if m.Units() != tt.want || len(m.Notes()) != tt.notes {
				t.Errorf("runs on %v, notes %q; want %v and %d", m.Units(), m.Notes(), tt.want, tt.notes)
			}
		})
	}
}

// TestNeuralEngineFails: loaded again once, then moved to the processor, and
// the picture at hand is answered all the same.
func TestNeuralEngineFails(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input image 8 8", "output float16", "anefail 3")})
	for i := range 6 {
		p, a := bgra(8, 8, i), answer(8, 8)
		if err := predict(m, p, a); err != nil {
			t.Fatalf("prediction %d: %v", i, err)
		}
		checkAnswer(t, &p, &a, 1)
	}
	if m.Units() != CPU || standIn.Calls(EntryLoad) != 3 || len(m.Notes()) != 2 {
		t.Errorf("runs on %v after %d loads, notes %q", m.Units(), standIn.Calls(EntryLoad), m.Notes())
	}
}

func TestNeuralEngineComesBack(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input image 8 8", "output float16", "anefail 2", "steady 1")})
	pictures, answers := make([]Image, 9), make([]Answer, 9)
	for i := range pictures {
		pictures[i], answers[i] = bgra(8, 8, i), answer(8, 8)
	}
	if err := m.Predict(context.Background(), "image", "depth", pictures, answers); err != nil {
		t.Fatal(err)
	}
	for i := range pictures {
		checkAnswer(t, &pictures[i], &answers[i], 1)
	}
	if m.Units() != NeuralEngine || standIn.Calls(EntryLoad) != 2 {
		t.Errorf("runs on %v after %d loads", m.Units(), standIn.Calls(EntryLoad))
	}
}

// TestReloadsForEver: failures far apart are answered by reloads, not by
// leaving the Neural Engine.
func TestReloadsForEver(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input image 4 4", "output float16", fmt.Sprintf("anefail %d", healthy+2))})
	p, a := bgra(4, 4, 0), answer(4, 4)
	for range 4 * healthy {
		if err := predict(m, p, a); err != nil {
			t.Fatal(err)
		}
	}
	if m.Units() != NeuralEngine || standIn.Calls(EntryLoad) != 4 {
		t.Errorf("runs on %v after %d loads, notes %q", m.Units(), standIn.Calls(EntryLoad), m.Notes())
	}
}

func TestNothingLeftToRunOn(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input image 4 4", "output float16", "anefail 1")})
	standIn.Fail(EntryLoad, 0, -1, resultFailed)
	p, a := bgra(4, 4, 0), answer(4, 4)
	err := predict(m, p, a)
	if !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "surface") || !strings.Contains(err.Error(), "load again for cpu") {
		t.Errorf("error %v", err)
	}
	if err := predict(m, p, a); !errors.Is(err, ErrClosed) {
		t.Errorf("then %v", err)
	}
}

func TestProcessorFails(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input image 4 4", "output float16"), Units: CPU})
	standIn.Fail(EntryPredict, 1, -1, resultFailed)
	p, a := bgra(4, 4, 0), answer(4, 4)
	if err := predict(m, p, a); err != nil {
		t.Fatal(err)
	}
	if err := predict(m, p, a); !errors.Is(err, ErrFailed) {
		t.Errorf("error %v", err)
	}
	if standIn.Calls(EntryLoad) != 1 {
		t.Error("loaded again for the same processor")
	}
}

func TestCancelBetweenPictures(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input image 8 8", "output float16")})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := m.Predict(ctx, "image", "depth", []Image{bgra(8, 8, 0)}, []Answer{answer(8, 8)}); err != nil {
		t.Fatal(err)
	}
	pictures, answers := make([]Image, 5), make([]Answer, 5)
	for i := range pictures {
		pictures[i], answers[i] = bgra(8, 8, i), answer(8, 8)
	}
	standIn.Hold(true)
	ended := make(chan error)
	go func() { ended <- m.Predict(ctx, "image", "depth", pictures, answers) }()
	standIn.Await(1)
	cancel()
	standIn.AwaitCancels(1)
	standIn.Hold(false)
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if n := standIn.Calls(EntryPredict); n != 1 {
		t.Errorf("%d predictions were made", n)
	}
	if err := m.Predict(ctx, "image", "depth", pictures, answers); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancelling: %v", err)
	}
	if err := predict(m, pictures[0], answers[0]); err != nil {
		t.Errorf("with a fresh context: %v", err)
	}
}

func TestCancelWhileOpening(t *testing.T) {
	begin(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o := Options{Path: pack(t, "input image 8 8", "output float16"), Cache: filepath.Join(t.TempDir(), "m.mlmodelc")}
	if _, err := Open(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	standIn.Fail(EntryCompile, 0, 1, resultCancelled)
	if _, err := Open(context.Background(), o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if isFolder(o.Cache) {
		t.Error("a cancelled compilation left a model")
	}
}

func TestManyAtOnce(t *testing.T) {
	for _, n := range []int{1, 3} {
		t.Run(fmt.Sprintf("concurrency %d", n), func(t *testing.T) {
			begin(t)
			// Failing now and then, so that handles are replaced under load.
			m := open(t, Options{Path: pack(t, "input image 32 24", "output image16half", "anefail 30"), Concurrency: n})
			var wg sync.WaitGroup
			for g := range 6 {
				wg.Go(func() {
					for i := range 20 {
						p, a := bgra(32, 24, g*20+i), answer(32, 24)
						if err := predict(m, p, a); err != nil {
							t.Error(err)
							return
						}
						checkAnswer(t, &p, &a, 1)
					}
				})
			}
			wg.Wait()
			if n == 1 && standIn.Peak() != 1 {
				t.Errorf("%d predictions at once", standIn.Peak())
			}
		})
	}
}

func TestConcurrencyIsReal(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input image 8 8", "output float16"), Concurrency: 3})
	standIn.Hold(true)
	var wg sync.WaitGroup
	for g := range 3 {
		wg.Go(func() {
			if err := predict(m, bgra(8, 8, g), answer(8, 8)); err != nil {
				t.Error(err)
			}
		})
	}
	standIn.Await(3)
	standIn.Hold(false)
	wg.Wait()
	if standIn.Peak() != 3 {
		t.Errorf("%d predictions at once", standIn.Peak())
	}
}

// TestCloseWaits: Close returns only when running predictions have.
func TestCloseWaits(t *testing.T) {
	begin(t)
	m := open(t, Options{Path: pack(t, "input image 8 8", "output float16")})
	standIn.Hold(true)
	ended := make(chan error, 1)
	go func() { ended <- predict(m, bgra(8, 8, 0), answer(8, 8)) }()
	standIn.Await(1)
	closed := make(chan struct{})
	go func() {
		_ = m.Close()
		close(closed)
	}()
	select {
	case <-closed:
		t.Error("closed under a running prediction")
	default:
	}
	standIn.Hold(false)
	<-closed
	if err := <-ended; err != nil {
		t.Errorf("the running prediction: %v", err)
	}
	if err := predict(m, bgra(8, 8, 0), answer(8, 8)); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if m.Close() != nil {
		t.Error("a second Close fails")
	}
}

func TestSystemAndPlan(t *testing.T) {
	begin(t)
	s, err := Describe()
	if err != nil || !s.Has(NeuralEngine) || !s.SpatialVideo || s.Chip != "stand-in" {
		t.Errorf("%+v, %v", s, err)
	}
	standIn.Fail(EntrySystem, 0, 1, resultFailed)
	if _, err := Describe(); !errors.Is(err, ErrFailed) {
		t.Errorf("error %v", err)
	}
	m := open(t, Options{Path: pack(t, "input image 8 8", "output float16")})
	plan, err := m.Plan()
	if err != nil || plan[NeuralEngine.String()] != 90 {
		t.Errorf("plan %v, %v", plan, err)
	}
	standIn.Fail(EntryPlan, 0, 1, resultUnsupported)
	if _, err := m.Plan(); !errors.Is(err, ErrUnsupported) {
		t.Errorf("error %v", err)
	}
}

// TestLongTexts: a sentence or a description longer than its buffer is cut or
// refused, never overrun; ASan watches.
func TestLongTexts(t *testing.T) {
	begin(t)
	name := strings.Repeat("ä", 100)
	long := filepath.Join(t.TempDir(), name, name, name, name, name, name)
	if err := os.MkdirAll(long, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Options{Path: long, Cache: filepath.Join(t.TempDir(), "m.mlmodelc")})
	if !errors.Is(err, ErrFailed) || bytes.ContainsRune([]byte(err.Error()), '\uFFFD') {
		t.Errorf("error %v", err)
	}
}
