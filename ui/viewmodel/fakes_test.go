package viewmodel

import (
	"context"
	"errors"
	"image"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"spatialmaker/processor"
	"spatialmaker/processor/media"
	"spatialmaker/processor/models"
)

// patience is how long a test waits for what must come; it is reached only
// when the test fails.
const patience = 20 * time.Second

// eventually waits until ok holds, looking again whenever the view model tells
// of a change.
func eventually(t *testing.T, what string, on func(func()), ok func() bool) {
	t.Helper()
	changed := make(chan struct{}, 1)
	on(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	late := time.After(patience)
	for !ok() {
		select {
		case <-changed:
		case <-late:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

func english(t *testing.T) *Words {
	t.Helper()
	w, err := NewWords("en")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// fakeWorker is an engine's queue that does only what a test tells it to.
type fakeWorker struct {
	mu      sync.Mutex
	entries []processor.Entry
	next    processor.EntryID
	paused  bool
	changed chan struct{}
	bad     map[string]error // paths that are refused
	asked   []processor.Options
	unsaved error
}

func newFakeWorker() *fakeWorker {
	return &fakeWorker{changed: make(chan struct{}, 1), bad: map[string]error{}}
}

func (f *fakeWorker) Changed() <-chan struct{} { return f.changed }

func (f *fakeWorker) touch() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

func (f *fakeWorker) Add(_ context.Context, paths []string, o processor.Options) ([]processor.EntryID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []processor.EntryID
	for _, p := range paths {
		f.next++
		e := processor.Entry{ID: f.next, Input: p, Options: o}
		if err := f.bad[p]; err != nil {
			e.State, e.Err = processor.Failed, err
		}
		f.entries = append(f.entries, e)
		ids = append(ids, f.next)
	}
	f.touch()
	return ids, nil
}

func (f *fakeWorker) Entries() []processor.Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.entries)
}

// set changes the entry of a path.
func (f *fakeWorker) set(path string, change func(*processor.Entry)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.entries {
		if f.entries[i].Input == path {
			change(&f.entries[i])
		}
	}
	f.touch()
}

func (f *fakeWorker) each(ids []processor.EntryID, change func(*processor.Entry)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.entries {
		if len(ids) == 0 || slices.Contains(ids, f.entries[i].ID) {
			change(&f.entries[i])
		}
	}
	f.touch()
}

func (f *fakeWorker) Convert(o *processor.Options, ids ...processor.EntryID) {
	f.mu.Lock()
	f.asked = append(f.asked, *o)
	f.mu.Unlock()
	f.each(ids, func(e *processor.Entry) { e.Wanted = e.Wanted || e.State == processor.Ready })
}

func (f *fakeWorker) Retry(_ *processor.Options, ids ...processor.EntryID) {
	f.each(ids, func(e *processor.Entry) {
		if e.State.Final() {
			e.Snapshot, e.Wanted = processor.Snapshot{}, true
		}
	})
}

func (f *fakeWorker) Cancel(ids ...processor.EntryID) {
	f.each(ids, func(e *processor.Entry) {
		if e.Wanted || e.State == processor.Working {
			e.State, e.Wanted = processor.Cancelled, false
		}
	})
}

func (f *fakeWorker) SetPaused(on bool) {
	f.mu.Lock()
	f.paused = on
	f.mu.Unlock()
	f.touch()
}

func (f *fakeWorker) Pause(on bool, ids ...processor.EntryID) {
	f.each(ids, func(e *processor.Entry) {
		switch {
		case on && e.State == processor.Working:
			e.State = processor.Paused
		case !on && e.State == processor.Paused:
			e.State = processor.Working
		}
	})
}

func (f *fakeWorker) Paused() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.paused
}

func (f *fakeWorker) SaveError() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.unsaved
}

func (f *fakeWorker) Remove(ids ...processor.EntryID) {
	f.mu.Lock()
	f.entries = slices.DeleteFunc(f.entries, func(e processor.Entry) bool { return slices.Contains(ids, e.ID) })
	f.mu.Unlock()
	f.touch()
}

func (f *fakeWorker) Move(id processor.EntryID, delta int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.entries, func(e processor.Entry) bool { return e.ID == id })
	j := min(max(i+delta, 0), len(f.entries)-1)
	f.entries[i], f.entries[j] = f.entries[j], f.entries[i]
	f.touch()
}

// fakeInspector knows every file; those called cut.jpg have lost their ends.
type fakeInspector struct{}

func (fakeInspector) Inspect(_ context.Context, path string) FileInfo {
	if filepath.Ext(path) == ".mp4" {
		return FileInfo{Kind: KindVideo, Format: "MP4", Bytes: 3_200_000}
	}
	return FileInfo{Kind: KindPhoto, Format: "JPEG", Bytes: 3_200_000}
}

func (fakeInspector) Thumb(_ context.Context, path string, w, h int) Thumb {
	if filepath.Base(path) == "cut.jpg" {
		return Thumb{Err: media.ErrTruncated}
	}
	return Thumb{Image: image.NewRGBA(image.Rect(0, 0, w, h)), W: 4000, H: 3000}
}

// fakeRenderer hands each request to the test and answers when told to.
type fakeRenderer struct {
	notes   []string
	calls   chan *call
	forgets chan struct{}
	film    *processor.FilmInfo // every file is this video
	rough   bool                // hasty answers could be steadier
}

type call struct {
	ctx     context.Context
	request processor.PreviewRequest
	answer  chan error
}

func newFakeRenderer() *fakeRenderer {
	return &fakeRenderer{calls: make(chan *call), forgets: make(chan struct{}, 100)}
}

func (f *fakeRenderer) Forget() {
	select {
	case f.forgets <- struct{}{}:
	default:
	}
}

func (f *fakeRenderer) Render(ctx context.Context, r processor.PreviewRequest) (processor.PreviewResult, error) {
	c := &call{ctx: ctx, request: r, answer: make(chan error, 1)}
	select {
	case f.calls <- c:
	case <-ctx.Done():
		return processor.PreviewResult{}, ctx.Err()
	}
	select {
	case err := <-c.answer:
		res := processor.PreviewResult{W: 400, H: 300, Image: image.NewRGBA(image.Rect(0, 0, 4, 3))}
		res.Film, res.Rough = f.film, f.rough && r.Hasty && r.View != processor.ViewOriginal
		res.Image.Pix[1] = uint8(r.At / (100 * time.Millisecond)) // the moment, in tenths
		if r.View != processor.ViewOriginal {
			res.Model, res.Convergence = "fake", 0.4
			res.Notes, res.Nearly = f.notes, f.film != nil
			// the strength can be told from the picture
			res.Image.Pix[0] = uint8(r.Options.Strength * 10)
			res.Comfort = processor.Comfort{Nearest: 1, Farthest: -1}
		}
		return res, err
	case <-ctx.Done():
		return processor.PreviewResult{}, ctx.Err()
	}
}

// next waits for the preview to ask for a picture in depth; the original, which
// it shows until then, it gets at once.
func (f *fakeRenderer) next(t *testing.T) *call {
	t.Helper()
	c := f.any(t)
	if c.request.View == processor.ViewOriginal {
		c.ok()
		c = f.any(t)
	}
	return c
}

// any waits for the preview to ask for any picture.
func (f *fakeRenderer) any(t *testing.T) *call {
	t.Helper()
	select {
	case c := <-f.calls:
		return c
	case <-time.After(patience):
		t.Fatal("no picture was asked for")
		return nil
	}
}

func (c *call) ok()            { c.answer <- nil }
func (c *call) fail(err error) { c.answer <- err }

// fakeStore is a catalogue of two models.
type fakeStore struct {
	mu        sync.Mutex
	all       []models.Model
	downloads map[string]*fakeDownload
	verifyErr error
}

func newFakeStore() *fakeStore {
	return &fakeStore{downloads: map[string]*fakeDownload{}, all: []models.Model{
		{Name: "tiny", Title: "Tiny", Installed: true, Origin: models.Shipped, Rank: 10, Default: true, Licence: models.Licence{Name: "MIT", Commercial: true}},
		{Name: "fine", Title: "Fine", Bytes: 99_000_000, BytesExact: true, Rank: 50, Default: true, Licence: models.Licence{Name: "Apache-2.0", Commercial: true}},
		{Name: "huge", Title: "Huge", Bytes: 1_300_000_000, BytesExact: true, Rank: 90, Default: true, Licence: models.Licence{Name: "CC-BY-NC-4.0", Summary: "not for money"}},
		{Name: "apple", Title: "Apple", Backend: models.CoreML, Bytes: 1, Rank: 95, Default: true, Licence: models.Licence{Name: "MIT", Commercial: true}},
	}}
}

func (f *fakeStore) List() ([]models.Model, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.all), nil
}

func (f *fakeStore) install(name string, on bool) {
	f.change(name, func(m *models.Model) { m.Installed, m.Origin = on, models.InStore })
}

// change alters what the store knows of a model.
func (f *fakeStore) change(name string, fn func(*models.Model)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.all {
		if f.all[i].Name == name {
			fn(&f.all[i])
		}
	}
}

func (f *fakeStore) Start(ctx context.Context, name string, _ bool) Download {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := &fakeDownload{ctx: ctx, end: make(chan error, 1)}
	d.p = models.Progress{Model: name, Stage: models.StageDownloading, Done: 10e6, Total: 99e6, Speed: 4e6, Left: 20 * time.Second}
	f.downloads[name] = d
	return d
}

func (f *fakeStore) NeedsConsent(m models.Model) bool            { return !m.Licence.Commercial }
func (f *fakeStore) Verify(context.Context, string) error        { return f.verifyErr }
func (f *fakeStore) DiskUse() models.Use                         { return models.Use{Models: 5, Free: 7} }
func (f *fakeStore) ClearUnfinished(context.Context) error       { return nil }
func (f *fakeStore) ClearCompiled(context.Context) error         { return nil }
func (f *fakeStore) Path() string                                { return "/models" }
func (f *fakeStore) Remove(_ context.Context, name string) error { f.install(name, false); return nil }

func (f *fakeStore) download(name string) *fakeDownload {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.downloads[name]
}

type fakeDownload struct {
	ctx    context.Context
	mu     sync.Mutex
	p      models.Progress
	end    chan error
	called []string
}

func (d *fakeDownload) Progress() models.Progress {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.p
}

func (d *fakeDownload) note(what string, s models.Stage) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.called = append(d.called, what)
	d.p.Stage = s
}

func (d *fakeDownload) Pause()  { d.note("pause", models.StagePaused) }
func (d *fakeDownload) Resume() { d.note("resume", models.StageDownloading) }
func (d *fakeDownload) Cancel() { d.note("cancel", models.StageCancelled); d.end <- context.Canceled }

func (d *fakeDownload) Wait() (models.Model, error) {
	select {
	case err := <-d.end:
		return models.Model{}, err
	case <-d.ctx.Done():
		return models.Model{}, d.ctx.Err()
	}
}

var errBroken = errors.Join(errors.New("decode x.jpg"), media.ErrCorrupt)
