package processor

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/media"
	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/models"
	"spatialmaker/processor/pack"
)

// oneModel is a model source that knows a single model.
type oneModel struct{ err error }

func (o oneModel) Resolve(string, models.Backend) (models.Model, error) {
	return models.Model{Name: "gradient", Backend: models.ONNX, Path: "gradient.onnx", Installed: true}, o.err
}

// testEngine is an engine whose network is est.
func testEngine(t *testing.T, est depth.Estimator) *Engine {
	t.Helper()
	e := NewEngine(Config{Models: oneModel{}, Depths: DepthCache{Dir: t.TempDir()}, Open: func(context.Context, models.Model, NetworkUse) (depth.Estimator, error) {
		return est, nil
	}})
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// recorder is a Reporter that remembers.
type recorder struct {
	mu    sync.Mutex
	items []*Item
	wrote []string
	ended []Snapshot
	onEnd func(Snapshot)
}

func (r *recorder) Queued(items []*Item) { r.items = items }

func (r *recorder) Started(*Item) {}

func (r *recorder) Wrote(_ *Item, path string) { r.wrote = append(r.wrote, path) }

func (r *recorder) Ended(it *Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := it.Snapshot()
	r.ended = append(r.ended, s)
	if r.onEnd != nil {
		r.onEnd(s)
	}
}

// drawn is a picture in which every pixel differs from its neighbours.
func drawn(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x * 5), uint8(y * 3), uint8(x ^ y), 255})
		}
	}
	return img
}

func writeFile(t *testing.T, path string, encode func(io.Writer) error) string {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := encode(f); err != nil {
		t.Fatal(err)
	}
	return path
}

func writePNG(t *testing.T, path string, img image.Image) string {
	t.Helper()
	return writeFile(t, path, func(w io.Writer) error { return png.Encode(w, img) })
}

func writeJPEG(t *testing.T, path string, img image.Image) string {
	t.Helper()
	return writeFile(t, path, func(w io.Writer) error { return jpeg.Encode(w, img, nil) })
}

func sizeOf(t *testing.T, path string) image.Point {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return image.Pt(c.Width, c.Height)
}

// noTemporaries fails when an unfinished output was left in dir.
func noTemporaries(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestRunWritesEveryLayout(t *testing.T) {
	for _, size := range []image.Point{{64, 48}, {63, 47}, {1, 1}, {3, 90}} {
		for _, kind := range []string{"png", "jpg"} {
			dir := t.TempDir()
			in := filepath.Join(dir, "pic."+kind)
			if kind == "png" {
				writePNG(t, in, drawn(size.X, size.Y))
			} else {
				writeJPEG(t, in, drawn(size.X, size.Y))
			}
			o := DefaultOptions()
			o.Formats = pack.Layouts()
			var r recorder
			if err := testEngine(t, &depthtest.Gradient{}).Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); err != nil {
				t.Fatalf("%v %s: %v: %+v", size, kind, err, r.ended)
			}
			w, h := size.X, size.Y
			want := map[string]image.Point{
				"pic_LRF_Full_SBS." + kind: {2 * w, h}, "pic_TBF_fulltb." + kind: {w, 2 * h}, "pic_RLF_cross." + kind: {2 * w, h},
				"pic_left." + kind: size, "pic_right." + kind: size, "pic_redcyan." + kind: size,
				"pic_depth.png": size, "pic_RGBD." + kind: {2 * w, h}, "pic_3D.mpo": size, "pic_wiggle.gif": size,
			}
			for name, sz := range want {
				if got := sizeOf(t, filepath.Join(dir, name)); got != sz {
					t.Errorf("%v: %s is %v, want %v", size, name, got, sz)
				}
			}
			// Half layouts round up to whole samples of each eye.
			if got := sizeOf(t, filepath.Join(dir, "pic_LR."+kind)); got.Y != h || got.X < w || got.X > w+3 {
				t.Errorf("%v: half side by side is %v", size, got)
			}
			if got := sizeOf(t, filepath.Join(dir, "pic_TB."+kind)); got.X != w || got.Y < h || got.Y > h+3 {
				t.Errorf("%v: half top and bottom is %v", size, got)
			}
			noTemporaries(t, dir)
		}
	}
}

// TestRunLayoutsAgree holds the layouts against each other: the same eyes in all.
func TestRunLayoutsAgree(t *testing.T) {
	dir := t.TempDir()
	in := writePNG(t, filepath.Join(dir, "p.png"), drawn(96, 40))
	o := DefaultOptions()
	o.Formats = []pack.Layout{pack.SBS, pack.Cross, pack.TB, pack.LeftRight}
	o.Strength = 8
	if err := testEngine(t, &depthtest.Gradient{}).Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &recorder{}); err != nil {
		t.Fatal(err)
	}
	read := func(name string) image.Image {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		img, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	left, right := read("p_left.png"), read("p_right.png")
	at := func(name string, dx, dy int, eye image.Image) {
		img := read(name)
		for y := range 40 {
			for x := range 96 {
				a, b := color.NRGBAModel.Convert(img.At(x+dx, y+dy)), color.NRGBAModel.Convert(eye.At(x, y))
				if a != b {
					t.Fatalf("%s at %d,%d: %v, the eye has %v", name, x+dx, y+dy, a, b)
				}
			}
		}
	}
	at("p_LRF_Full_SBS.png", 0, 0, left)
	at("p_LRF_Full_SBS.png", 96, 0, right)
	at("p_RLF_cross.png", 0, 0, right)
	at("p_RLF_cross.png", 96, 0, left)
	at("p_TBF_fulltb.png", 0, 0, left)
	at("p_TBF_fulltb.png", 0, 40, right)
	same := true
	for y := range 40 {
		for x := range 96 {
			same = same && left.At(x, y) == right.At(x, y)
		}
	}
	if same {
		t.Error("both eyes are the same picture")
	}
}

func TestRunGoesOnAfterFailures(t *testing.T) {
	dir := t.TempDir()
	good := writePNG(t, filepath.Join(dir, "good.png"), drawn(32, 32))
	bad := filepath.Join(dir, "bad.jpg")
	if err := os.WriteFile(bad, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing.jpg")
	last := writeJPEG(t, filepath.Join(dir, "last.jpg"), drawn(16, 16))
	est := &depthtest.Gradient{}
	var r recorder
	err := testEngine(t, est).Run(t.Context(), Job{Inputs: []string{bad, good, missing, last}, Options: DefaultOptions()}, &r)
	if !errors.Is(err, ErrFailed) {
		t.Fatalf("Run: %v", err)
	}
	want := map[string]State{bad: Failed, good: Done, missing: Failed, last: Done}
	for _, s := range r.ended {
		if s.State != want[s.Input] {
			t.Errorf("%s ended %v: %v", s.Input, s.State, s.Err)
		}
		if s.State != Failed {
			continue
		}
		if x := Explain(s.Err); !strings.Contains(x.Line(), filepath.Base(s.Input)) || x.Hint == "" {
			t.Errorf("%s is explained as %q", s.Input, x.Line())
		}
	}
	if len(r.ended) != 4 || len(r.wrote) != 2 || est.Calls() != 2 {
		t.Errorf("ended %d, wrote %v, %d estimates", len(r.ended), r.wrote, est.Calls())
	}
	noTemporaries(t, dir)
}

func TestRunKeepsExistingOutputs(t *testing.T) {
	dir := t.TempDir()
	in := writePNG(t, filepath.Join(dir, "a.png"), drawn(8, 8))
	out := filepath.Join(dir, "a_LRF_Full_SBS.png")
	if err := os.WriteFile(out, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	est := &depthtest.Gradient{}
	e := testEngine(t, est)
	content := func() string {
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	o := DefaultOptions()
	var r recorder
	if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); !errors.Is(err, ErrFailed) || !errors.Is(r.ended[0].Err, media.ErrExists) {
		t.Fatalf("an existing output gives %v, %+v", err, r.ended)
	}
	o.SkipExisting = true
	r = recorder{}
	if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); err != nil || len(r.wrote) != 0 || len(r.ended[0].Notes) != 1 {
		t.Fatalf("skipping gives %v, %+v", err, r.ended)
	}
	if content() != "mine" || est.Calls() != 0 {
		t.Fatalf("touched: %q, %d estimates", content(), est.Calls())
	}
	o.SkipExisting, o.Overwrite = false, true
	if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &recorder{}); err != nil {
		t.Fatal(err)
	}
	if sizeOf(t, out) != image.Pt(16, 8) {
		t.Error("overwriting did not")
	}
	o.Output = in
	r = recorder{}
	if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); !errors.Is(err, ErrFailed) || !errors.Is(r.ended[0].Err, ErrOwnInput) {
		t.Fatalf("writing over the input gives %v, %+v", err, r.ended)
	}
}

func TestRunSameStems(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	img := drawn(8, 8)
	ins := []string{
		writeJPEG(t, filepath.Join(dir, "a.jpg"), img), writeJPEG(t, filepath.Join(dir, "a.jpeg"), img), writePNG(t, filepath.Join(dir, "a.png"), img),
	}
	o := DefaultOptions()
	o.Output = out
	if err := testEngine(t, &depthtest.Gradient{}).Run(t.Context(), Job{Inputs: ins, Options: o}, &recorder{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a_LRF_Full_SBS.jpg", "a-jpeg_LRF_Full_SBS.jpg", "a_LRF_Full_SBS.png"} {
		sizeOf(t, filepath.Join(out, name))
	}
}

func TestRunFolders(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	for _, d := range []string{"in/deep", "in/.hidden"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writePNG(t, filepath.Join(dir, "in/b.png"), drawn(8, 8))
	writePNG(t, filepath.Join(dir, "in/b_LRF_Full_SBS.png"), drawn(16, 8)) // our own output beside its source
	writePNG(t, filepath.Join(dir, "in/c_depth.png"), drawn(8, 8))         // named like one, but no source is there
	writePNG(t, filepath.Join(dir, "in/deep/d.png"), drawn(8, 8))
	writePNG(t, filepath.Join(dir, "in/.hidden/e.png"), drawn(8, 8))
	if err := os.WriteFile(filepath.Join(dir, "in/notes.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := DefaultOptions()
	o.Output = out
	run := func() []string {
		var r recorder
		if err := testEngine(t, &depthtest.Gradient{}).Run(t.Context(), Job{Inputs: []string{filepath.Join(dir, "in")}, Options: o}, &r); err != nil {
			t.Fatalf("%v: %+v", err, r.ended)
		}
		for i, p := range r.wrote {
			r.wrote[i], _ = filepath.Rel(out, p)
		}
		return r.wrote
	}
	if got := strings.Join(run(), " "); got != "b_LRF_Full_SBS.png c_depth_LRF_Full_SBS.png" {
		t.Errorf("flat: %s", got)
	}
	o.Recursive, o.Overwrite = true, true
	if got := strings.Join(run(), " "); got != "b_LRF_Full_SBS.png c_depth_LRF_Full_SBS.png deep/d_LRF_Full_SBS.png" {
		t.Errorf("recursive: %s", got)
	}
	var r recorder
	empty := t.TempDir()
	err := testEngine(t, &depthtest.Gradient{}).Run(t.Context(), Job{Inputs: []string{empty}, Options: o}, &r)
	if !errors.Is(err, ErrFailed) || !errors.Is(r.ended[0].Err, ErrEmptyFolder) {
		t.Errorf("an empty folder gives %v, %+v", err, r.ended)
	}
}

func TestRunCancel(t *testing.T) {
	dir := t.TempDir()
	ins := []string{writePNG(t, filepath.Join(dir, "a.png"), drawn(8, 8)), writePNG(t, filepath.Join(dir, "b.png"), drawn(8, 8))}
	ctx, cancel := context.WithCancel(t.Context())
	est := &depthtest.Gradient{Delay: time.Hour}
	time.AfterFunc(20*time.Millisecond, cancel)
	var r recorder
	err := testEngine(t, est).Run(ctx, Job{Inputs: ins, Options: DefaultOptions()}, &r)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Run: %v", err)
	}
	for _, s := range r.ended {
		if s.State != Cancelled || s.Err != nil {
			t.Errorf("%s ended %v: %v", s.Input, s.State, s.Err)
		}
	}
	if len(r.ended) != 2 {
		t.Errorf("%d of 2 ended", len(r.ended))
	}
	noTemporaries(t, dir)
}

func TestRunDepthMap(t *testing.T) {
	dir := t.TempDir()
	in := writePNG(t, filepath.Join(dir, "a.png"), drawn(40, 20))
	grey := image.NewGray16(image.Rect(0, 0, 40, 20))
	for y := range 20 {
		for x := range 40 {
			grey.SetGray16(x, y, color.Gray16{Y: uint16(x * 1600)})
		}
	}
	o := DefaultOptions()
	o.DepthMap = writePNG(t, filepath.Join(dir, "d.png"), grey)
	o.Formats = []pack.Layout{pack.Depth}
	est := &depthtest.Gradient{}
	e := testEngine(t, est)
	if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &recorder{}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "a_depth.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 20 {
		for x := range 40 {
			if got := img.(*image.Gray16).Gray16At(x, y); got != grey.Gray16At(x, y) {
				t.Fatalf("depth at %d,%d is %v, want %v: a supplied map is used as it is", x, y, got, grey.Gray16At(x, y))
			}
		}
	}
	if est.Calls() != 0 {
		t.Error("the network was asked in spite of --depth-map")
	}
	o.Overwrite = true
	o.DepthMap = writePNG(t, filepath.Join(dir, "other.png"), image.NewGray(image.Rect(0, 0, 20, 40)))
	var r recorder
	if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); !errors.Is(err, ErrFailed) || !errors.Is(r.ended[0].Err, ErrDepthAspect) {
		t.Errorf("a map of another shape gives %v, %+v", err, r.ended)
	}
}

func TestEngineSharesAndChangesTheNetwork(t *testing.T) {
	opened := map[int]*depthtest.Gradient{}
	var mu sync.Mutex
	e := NewEngine(Config{Models: oneModel{}, Open: func(_ context.Context, _ models.Model, u NetworkUse) (depth.Estimator, error) {
		mu.Lock()
		defer mu.Unlock()
		if opened[u.ShortSide] != nil {
			t.Errorf("size %d opened twice", u.ShortSide)
		}
		opened[u.ShortSide] = &depthtest.Gradient{}
		return opened[u.ShortSide], nil
	}})
	o := DefaultOptions()
	_, release1, err := e.Estimator(t.Context(), o, o.PhotoUse())
	if err != nil {
		t.Fatal(err)
	}
	_, release2, err := e.Estimator(t.Context(), o, o.PhotoUse())
	if err != nil {
		t.Fatal(err)
	}
	release2()
	o.DepthSize = 280
	_, release3, err := e.Estimator(t.Context(), o, o.PhotoUse())
	if err != nil {
		t.Fatal(err)
	}
	if opened[0].Closed() {
		t.Error("the first network was closed while lent")
	}
	release1()
	release1()
	if !opened[0].Closed() {
		t.Error("the replaced network stays open after its last use")
	}
	release3()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if !opened[280].Closed() {
		t.Error("Close left the network open")
	}
	if _, _, err := e.Estimator(t.Context(), o, o.PhotoUse()); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed engine gives %v", err)
	}
}

// TestLosslessWebP: a WebP without loss stays one, unless a quality is asked for.
func TestLosslessWebP(t *testing.T) {
	in := mediatest.Shared(t, "photos", "derived/webp_lossless.webp")
	for quality, coding := range map[int]string{0: "lossless", 90: "lossy"} {
		o := DefaultOptions()
		o.Output, o.Formats, o.Quality, o.Strength = t.TempDir(), []pack.Layout{pack.LeftRight}, quality, 0
		var r recorder
		if err := testEngine(t, &depthtest.Gradient{}).Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); err != nil {
			t.Fatal(err)
		}
		info, err := media.Probe(t.Context(), filepath.Join(o.Output, "webp_lossless_left.webp"))
		if err != nil || info.Colour.Coding != coding {
			t.Errorf("quality %d gives %+v, %v", quality, info, err)
		}
	}
}
