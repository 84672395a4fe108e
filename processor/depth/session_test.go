package depth

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// answerOf runs a model on a fixed picture through the given session.
func answerOf(t *testing.T, s *session, w, h int) []float32 {
	t.Helper()
	in, err := newTensor(w, h, ort.NewShape(1, 3, int64(h), int64(w)))
	if err != nil {
		t.Fatal(err)
	}
	out, err := newTensor(w, h, ort.NewShape(1, int64(h), int64(w)))
	if err != nil {
		t.Fatal(err)
	}
	drawProbe(in.GetData(), w, h)
	if err := s.ort.Run([]ort.Value{in}, []ort.Value{out}); err != nil {
		t.Fatal(err)
	}
	got := slices.Clone(out.GetData())
	if err := errors.Join(in.Destroy(), out.Destroy()); err != nil {
		t.Fatal(err)
	}
	return got
}

// testLoader is a loader of tiny.onnx with a cache in a folder of its own.
func testLoader(t *testing.T) *loader {
	t.Helper()
	version, err := useRuntime(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	path := mediatest.Model(t, "tiny.onnx")
	info, err := readHeader(path)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := inferDescriptor(Descriptor{}, info)
	if err != nil {
		t.Fatal(err)
	}
	return &loader{path: path, sig: sig, threads: 1, cache: graphCache{dir: t.TempDir(), runtime: version}}
}

func build(t *testing.T, l *loader, w, h int) *session {
	t.Helper()
	s, err := l.build(w, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.free(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestFrozenAnswersAsDynamic(t *testing.T) {
	l := testLoader(t)
	for _, size := range [][2]int{{70, 70}, {140, 56}, {42, 98}} {
		w, h := size[0], size[1]
		want := answerOf(t, build(t, l, 0, 0), w, h)
		for _, cached := range []bool{false, true} {
			s := build(t, l, w, h)
			if s.w != w || s.h != h || s.cached != cached {
				t.Fatalf("session for %dx%d, cached %v; want %dx%d, %v", s.w, s.h, s.cached, w, h, cached)
			}
			for i, v := range answerOf(t, s, w, h) {
				if d := math.Abs(float64(v - want[i])); d > 1e-4 {
					t.Fatalf("%dx%d, cached %v: value %d differs by %g", w, h, cached, i, d)
				}
			}
		}
	}
}

func graphs(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestGraphCacheRecovers(t *testing.T) {
	spoil := map[string]func(data []byte) []byte{
		"a changed byte":     func(d []byte) []byte { d[len(d)/2] ^= 1; return d },
		"cut off":            func(d []byte) []byte { return d[:len(d)/2] },
		"empty":              func([]byte) []byte { return nil },
		"another file":       func([]byte) []byte { return []byte("not a graph at all, whatever its name says") },
		"sound but no graph": func([]byte) []byte { return []byte(graphMagic + "\x00\x00\x00\x00") },
	}
	for name, fn := range spoil {
		t.Run(name, func(t *testing.T) {
			l := testLoader(t)
			if build(t, l, 70, 70).cached {
				t.Fatal("an empty cache had a graph")
			}
			files := graphs(t, l.cache.dir)
			if len(files) != 1 {
				t.Fatalf("the cache holds %q, want one graph", files)
			}
			data, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(files[0], fn(data), 0o600); err != nil {
				t.Fatal(err)
			}
			if build(t, l, 70, 70).cached {
				t.Error("the damaged graph was used")
			}
			if !build(t, l, 70, 70).cached {
				t.Error("the graph was not written again")
			}
		})
	}
}

func TestGraphCacheKeys(t *testing.T) {
	l := testLoader(t)
	other := *l
	other.cache.runtime = "1.99.0"
	threads := *l
	threads.threads = 7
	touched := *l
	touched.path = filepath.Join(t.TempDir(), filepath.Base(l.path))
	data, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-100] ^= 1
	if err := os.WriteFile(touched.path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for name, c := range map[string]*loader{"first": l, "another runtime": &other, "threads": &threads, "another model": &touched} {
		for _, size := range [][2]int{{70, 70}, {84, 70}} {
			graph, err := c.freeze(size[0], size[1])
			if err != nil {
				t.Fatal(err)
			}
			key := c.cache.key(c.path, graph, c.threads)
			if before, ok := seen[key]; ok || key == "" {
				t.Errorf("%s at %v has the key %q of %s", name, size, key, before)
			}
			seen[key] = name
		}
	}
}

func TestGraphCacheTrims(t *testing.T) {
	c := graphCache{dir: t.TempDir(), limit: 2500}
	put := func(key string, age time.Duration) {
		reserved := c.reserve(key)
		if err := os.WriteFile(reserved, make([]byte, 1000), 0o600); err != nil {
			t.Fatal(err)
		}
		c.keep(key, reserved)
		then := time.Now().Add(-age)
		if err := os.Chtimes(c.file(key), then, then); err != nil {
			t.Fatal(err)
		}
	}
	left := filepath.Join(c.dir, "crashed"+graphPartial)
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-2 * partialAge)
	if err := os.Chtimes(left, long, long); err != nil {
		t.Fatal(err)
	}
	put("old", 3*time.Hour)
	put("older", 4*time.Hour)
	put("new", 0)
	want := []string{c.file("new"), c.file("old")}
	if got := graphs(t, c.dir); !slices.Equal(got, want) {
		t.Errorf("the cache holds %q, want %q", got, want)
	}
}

// A cache that cannot be written must not keep the model from working.
func TestGraphCacheUnwritable(t *testing.T) {
	l := testLoader(t)
	file := filepath.Join(l.cache.dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l.cache.dir = filepath.Join(file, "below")
	if s := build(t, l, 70, 70); s.w != 70 || s.cached {
		t.Errorf("session %+v, want one for 70x70", s)
	}
}

func TestSessionsPolicy(t *testing.T) {
	type built struct{ w, h int }
	var log []built
	open := 0
	newPool := func() *sessions {
		log, open = nil, 0
		return &sessions{build: func(w, h int) (*session, error) {
			log = append(log, built{w, h})
			open++
			return &session{w: w, h: h, free: func() error { open--; return nil }}, nil
		}}
	}
	use := func(s *sessions, w, h int) {
		t.Helper()
		got, err := s.acquire(w, h)
		if err != nil || !got.fits(w, h) {
			t.Fatalf("session %+v, error %v", got, err)
		}
		if open > 1 {
			t.Fatalf("%d sessions are loaded at once", open)
		}
		if err := s.release(got); err != nil {
			t.Fatal(err)
		}
	}
	s := newPool()
	for range 20 {
		use(s, 10, 20)
	}
	if want := []built{{10, 20}}; !slices.Equal(log, want) {
		t.Errorf("one size built %v, want %v", log, want)
	}
	for range 10 { // a folder of both shapes settles on a session for any
		use(s, 20, 10)
		use(s, 10, 20)
	}
	if want := []built{{10, 20}, {20, 10}, {10, 20}, {20, 10}, {0, 0}}; !slices.Equal(log, want) {
		t.Errorf("changing sizes built %v, want %v", log, want)
	}
	for range settledStreak {
		use(s, 30, 30)
	}
	if last := log[len(log)-1]; len(log) != 6 || last != (built{30, 30}) {
		t.Errorf("a settled size built %v", log)
	}
	// A session that is replaced while it runs is freed after its run.
	s = newPool()
	a, err := s.acquire(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.acquire(2, 2); err != nil {
		t.Fatal(err)
	}
	if open != 2 {
		t.Fatalf("%d sessions open, want 2 while the first runs", open)
	}
	if err := s.release(a); err != nil || open != 1 {
		t.Fatalf("%d sessions open, want 1, error %v", open, err)
	}
}

func TestFreezeRefusesUnknownInput(t *testing.T) {
	l := testLoader(t)
	l.sig.InputName = "nothing of this name"
	if _, err := l.freeze(70, 70); !errors.Is(err, ErrNotDepthModel) {
		t.Errorf("error %v, want ErrNotDepthModel", err)
	}
}

// A picture of one colour has a defined map, even from a model that answers
// it with a constant; so do the narrowest pictures.
func TestDegeneratePictures(t *testing.T) {
	e := open(t, Config{ModelPath: mediatest.Model(t, "identity.onnx"), ShortSide: 28})
	for _, size := range [][2]int{{1, 1}, {1, 5000}, {60000, 50}, {2, 3}, {333, 333}} {
		for _, model := range []pix.Model{pix.Gray, pix.RGBA, pix.YUV} {
			p := pix.New(pix.Layout{W: size[0], H: size[1], Model: model, ShiftX: 1, ShiftY: 1})
			m, err := e.Estimate(t.Context(), p)
			if err != nil {
				t.Fatalf("%v %v: %v", size, model, err)
			}
			if err := m.Check(); err != nil || m.Sanitize() != 0 {
				t.Errorf("%v %v: bad map, %v", size, model, err)
			}
			if m.Pix[0] != flatLevel || m.Lo != m.Hi {
				t.Errorf("%v %v: %g in a range of %g..%g, want the level of a constant", size, model, m.Pix[0], m.Lo, m.Hi)
			}
			m.Release()
		}
	}
}
