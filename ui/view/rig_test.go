package view

import (
	"context"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"golang.org/x/image/draw"

	"spatialmaker/processor"
	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/models"
	"spatialmaker/testdata/scene"
	"spatialmaker/testdata/scene/scenetest"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// patience is how long a test waits for what must come; it is reached only
// when the test fails.
const patience = 60 * time.Second

// posts is Fyne's event queue in tests: what view models post runs on the
// test's goroutine, in its order.
type posts chan func()

func (p posts) post(f func()) { p <- f }

// rig is a window over the real engine with a network that answers at once.
type rig struct {
	t      testing.TB
	app    fyne.App
	vm     *viewmodel.App
	win    fyne.Window
	w      *Window
	posts  posts
	dir    string
	engine *processor.Engine
	queue  *processor.Queue
}

// oneModel is a model source that knows a single model.
type oneModel struct{}

func (oneModel) Resolve(string, models.Backend) (models.Model, error) {
	return models.Model{Name: "gradient", Backend: models.ONNX, Path: "gradient.onnx", Installed: true}, nil
}

// rigOptions are what tests set differently.
type rigOptions struct {
	look     own.Mode
	language string
	est      depth.Estimator
	store    viewmodel.ModelStore
	runtime  func() error
	size     fyne.Size
}

func newRig(t testing.TB, o rigOptions) *rig {
	t.Helper()
	if o.est == nil {
		o.est = &depthtest.Gradient{}
	}
	if o.size.IsZero() {
		o.size = fyne.NewSize(firstWidth, firstHeight)
	}
	if o.store == nil {
		o.store = catalogue{}
	}
	r := &rig{t: t, dir: t.TempDir(), posts: make(posts, 10_000)}
	r.app = test.NewTempApp(t)
	r.app.Settings().SetTheme(own.NewTheme(o.look))
	r.engine = processor.NewEngine(processor.Config{
		Models: oneModel{},
		Open:   func(context.Context, models.Model, processor.NetworkUse) (depth.Estimator, error) { return o.est, nil },
	})
	home := t.TempDir()
	var err error
	if r.queue, err = processor.OpenQueue(r.engine, filepath.Join(home, "queue.json")); err != nil {
		t.Fatal(err)
	}
	settings, err := viewmodel.OpenSettings(filepath.Join(home, "settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	words, err := viewmodel.NewWords(o.language)
	if err != nil {
		t.Fatal(err)
	}
	r.vm = viewmodel.NewApp(viewmodel.Config{
		Worker: r.queue, Renderer: r.engine.NewPreview(), Inspector: viewmodel.NewFiles(r.engine.NewPreview()),
		Models: o.store, Settings: settings, Words: words, Runtime: o.runtime,
	})
	t.Cleanup(func() {
		for _, c := range []func() error{r.vm.Close, r.queue.Close, r.engine.Close} {
			if err := c(); err != nil {
				t.Error(err)
			}
		}
	})
	r.win = r.app.NewWindow("test")
	t.Cleanup(r.win.Close)
	r.w = New(r.vm, r.win, r.posts.post)
	r.w.cores, r.w.version = 4, "1.2.3"
	r.w.Open(viewmodel.Prefs{Width: o.size.Width, Height: o.size.Height})
	r.paint()
	return r
}

// paint draws the window, as the display would.
func (r *rig) paint() image.Image { return r.win.Canvas().Capture() }

// until runs what is posted until ok holds.
func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	late := time.After(patience)
	for !ok() {
		select {
		case f := <-r.posts:
			f()
		case <-late:
			r.t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// settle runs what is posted until nothing moves any more: the files are in
// the list, looked into, and the preview is made.
func (r *rig) settle() {
	r.t.Helper()
	r.vm.Queue.Settled()
	r.vm.Queue.Poll()
	for {
		r.run()
		r.paint() // asks for thumbnails, and tells the preview its room
		r.vm.Queue.Looked()
		r.until("the preview", func() bool { return !r.vm.Preview.State().Busy })
		if len(r.posts) == 0 {
			return
		}
	}
}

// run runs what has been posted.
func (r *rig) run() {
	for len(r.posts) > 0 {
		(<-r.posts)()
	}
}

// garden is the project's own scene, read once.
var garden struct {
	sync.Once
	image.Image
}

func (r *rig) garden() image.Image {
	r.t.Helper()
	garden.Do(func() { garden.Image = scenetest.Picture(r.t, 600, 400, scene.Options{}, scene.Centre) })
	return garden.Image
}

// picture writes a picture of the scene, stretched to any size.
func (r *rig) picture(name string, w, h int) string {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	f, err := os.Create(path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(img, img.Rect, r.garden(), r.garden().Bounds(), draw.Src, nil)
	if err := jpeg.Encode(f, img, nil); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// drop drops files on the window.
func (r *rig) drop(paths ...string) {
	uris := make([]fyne.URI, len(paths))
	for i, p := range paths {
		uris[i] = fileURI(p)
	}
	r.w.dropped(uris)
}

// catalogue is a store of three models whose answers never change.
type catalogue struct{}

func (catalogue) List() ([]models.Model, error) {
	free := models.Licence{Name: "Apache-2.0", Commercial: true}
	return []models.Model{
		{Name: "gradient", Title: "Gradient", Good: "Comes with the program: for a first look.", Installed: true, Origin: models.Shipped, Rank: 10, Licence: models.Licence{Name: "MIT", Commercial: true}},
		{Name: "small", Title: "Small", Good: "The best to begin with.", Bytes: 99_092_268, BytesExact: true, Rank: 50, Default: true, Licence: free},
		{Name: "large", Title: "Large", Good: "The most detail, for patient people.", Bytes: 1_340_000_000, BytesExact: true, Rank: 90, Default: true, Licence: models.Licence{Name: "CC-BY-NC-4.0", Summary: "Not for commercial use."}},
		{Name: "large-16", Title: "Large, 16 bit", Good: "Half the download.", Bytes: 670_000_000, BytesExact: true, Rank: 89, Licence: models.Licence{Name: "CC-BY-NC-4.0"}},
	}, nil
}

func (catalogue) Start(ctx context.Context, _ string, _ bool) viewmodel.Download { return stuck{ctx} }

func (catalogue) NeedsConsent(m models.Model) bool     { return !m.Licence.Commercial }
func (catalogue) Verify(context.Context, string) error { return nil }
func (catalogue) Remove(context.Context, string) error { return nil }
func (catalogue) DiskUse() models.Use {
	return models.Use{Models: 105e6, Unfinished: 31e6, Free: 212e9}
}
func (catalogue) ClearUnfinished(context.Context) error { return nil }
func (catalogue) ClearCompiled(context.Context) error   { return nil }
func (catalogue) Path() string                          { return "/home/you/.local/share/spatialmaker/models" }

// stuck is a download that stands at a third.
type stuck struct{ ctx context.Context }

func (stuck) Progress() models.Progress {
	return models.Progress{Stage: models.StageDownloading, Done: 33e6, Total: 99e6, Speed: 4.2e6, Left: 16 * time.Second}
}
func (stuck) Pause()  {}
func (stuck) Resume() {}
func (stuck) Cancel() {}

func (s stuck) Wait() (models.Model, error) {
	<-s.ctx.Done()
	return models.Model{}, s.ctx.Err()
}
