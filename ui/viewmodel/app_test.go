package viewmodel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"spatialmaker/processor"
	"spatialmaker/processor/depth"
)

// fakeDesktop writes down what it was asked for.
type fakeDesktop struct {
	mu  sync.Mutex
	log []string
	say chan struct{}
}

func (d *fakeDesktop) note(format string, args ...any) {
	d.mu.Lock()
	d.log = append(d.log, fmt.Sprintf(format, args...))
	d.mu.Unlock()
	select {
	case d.say <- struct{}{}:
	default:
	}
}

func (d *fakeDesktop) Notify(title, text string) { d.note("notify %s: %s", title, text) }
func (d *fakeDesktop) Chime()                    { d.note("chime") }
func (d *fakeDesktop) StayAwake(on bool)         { d.note("awake %v", on) }

func (d *fakeDesktop) all() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.log, "; ")
}

type appParts struct {
	app      *App
	worker   *fakeWorker
	renderer *fakeRenderer
	store    *fakeStore
	desktop  *fakeDesktop
}

func openApp(t *testing.T, change func(*Config)) appParts {
	t.Helper()
	settings, err := OpenSettings("")
	if err != nil {
		t.Fatal(err)
	}
	p := appParts{
		worker: newFakeWorker(), renderer: newFakeRenderer(), store: newFakeStore(),
		desktop: &fakeDesktop{say: make(chan struct{}, 1)},
	}
	cfg := Config{
		Worker: p.worker, Renderer: p.renderer, Inspector: fakeInspector{}, Models: p.store,
		Settings: settings, Words: english(t), Desktop: p.desktop,
	}
	if change != nil {
		change(&cfg)
	}
	p.app = NewApp(cfg)
	t.Cleanup(func() {
		if err := p.app.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestAppPreviewFollowsControlsAndSelection(t *testing.T) {
	p := openApp(t, nil)
	eventually(t, "the models", p.app.Controls.OnChange, func() bool { return len(p.app.Controls.State().Models) > 0 })
	p.app.Preview.SetRoom(800, 600, 0)
	p.app.Open("a.jpg")
	c := p.renderer.next(t)
	if filepath.Base(c.request.Path) != "a.jpg" {
		t.Errorf("previews %s", c.request.Path)
	}
	c.ok()
	p.app.Controls.SetStrength(4)
	if c = p.renderer.next(t); c.request.Options.Strength != 4 {
		t.Errorf("previews strength %g", c.request.Options.Strength)
	}
	c.ok()
}

func TestAppTellsTheDesktopWhenWorkIsDone(t *testing.T) {
	p := openApp(t, nil)
	p.app.Open("a.jpg")
	p.app.Queue.Settled()
	p.app.Convert()
	if got := p.desktop.all(); got != "awake true" {
		t.Errorf("while working: %s", got)
	}
	p.worker.set(abs(t, "a.jpg"), func(e *processor.Entry) { e.State, e.Wanted = processor.Done, false })
	want := "awake true; awake false; chime; notify Spatial Maker is done: 1 converted"
	for p.desktop.all() != want {
		<-p.desktop.say
	}
}

func TestAppKeepsQuietWhenAskedTo(t *testing.T) {
	p := openApp(t, nil)
	p.app.Settings.Change(func(p *Prefs) { p.Notify, p.Sound, p.KeepAwake = false, false, false })
	p.app.Open("a.jpg")
	p.app.Queue.Settled()
	p.app.Convert()
	p.worker.set(abs(t, "a.jpg"), func(e *processor.Entry) { e.State, e.Wanted = processor.Done, false })
	p.app.Queue.Poll()
	if got := p.desktop.all(); got != "" {
		t.Errorf("it said %s", got)
	}
}

func TestAppRestoresWhatWasKept(t *testing.T) {
	p := openApp(t, func(c *Config) {
		c.Settings.Change(func(p *Prefs) {
			p.Options.Strength, p.Mode, p.Advanced = 1.5, ModeAnaglyph, true
			p.Presets = []Preset{{Key: "own:x", Name: "x", Set: processor.DefaultOptions()}}
		})
	})
	s := p.app.Controls.State()
	if s.Options.Strength != 1.5 || !s.Advanced || s.Presets[len(s.Presets)-1].Key != "own:x" {
		t.Errorf("controls %+v", s)
	}
	if m := p.app.Preview.State().Mode; m != ModeAnaglyph {
		t.Errorf("mode %s", m)
	}
	p.app.Controls.SetStrength(3)
	p.app.SetMode(ModeDepth)
	p.app.Controls.SavePreset("y")
	kept := p.app.Settings.Prefs()
	if kept.Options.Strength != 3 || kept.Mode != ModeDepth || len(kept.Presets) != 2 {
		t.Errorf("kept %+v", kept)
	}
}

func TestAppOpensWithoutARuntimeAndSaysSo(t *testing.T) {
	p := openApp(t, func(c *Config) {
		c.Runtime = func() error { return fmt.Errorf("look for it: %w", depth.ErrNoRuntime) }
		c.Crashed = "/logs/crash.txt"
		c.Problems = []error{errors.New("the settings cannot be read")}
	})
	var titles []string
	eventually(t, "the runtime's banner", p.app.OnChange, func() bool {
		for b := p.app.Banner(); b != nil; b = p.app.Banner() {
			titles = append(titles, b.Kind)
			p.app.DismissBanner()
		}
		return len(titles) == 3
	})
	if want := "[failed crashed no-runtime]"; fmt.Sprint(titles) != want {
		t.Errorf("said %v, want %s", titles, want)
	}
	p.app.Open("a.jpg") // and works on
	p.app.Queue.Settled()
	if n := p.app.Queue.State().Len; n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestAppSaysOnceThatNothingCanBeSaved(t *testing.T) {
	p := openApp(t, nil)
	set := func(err error) {
		p.worker.mu.Lock()
		p.worker.unsaved = err
		p.worker.mu.Unlock()
		p.app.Queue.Poll()
	}
	full := &os.PathError{Op: "write", Path: "queue.json", Err: syscall.ENOSPC}
	set(full)
	b := p.app.Banner()
	if b == nil || !strings.Contains(b.Title, "cannot be saved") || !strings.HasPrefix(b.Next, "The disk is full. Free") {
		t.Fatalf("the banner says %+v", b)
	}
	p.app.DismissBanner()
	set(full)
	p.app.saved(1, full) // the settings neither
	if b := p.app.Banner(); b != nil {
		t.Errorf("said again: %+v", b)
	}
	set(nil)
	p.app.saved(1, nil)
	set(full)
	if p.app.Banner() == nil {
		t.Error("the next time is not told")
	}
	set(nil)
	if b := p.app.Banner(); b != nil {
		t.Errorf("it is saved again, and the banner stays: %+v", b)
	}
}

func TestAppLanguage(t *testing.T) {
	p := openApp(t, nil)
	told := 0
	p.app.OnLanguage(func() { told++ })
	if err := p.app.SetLanguage("de", "en_GB"); err != nil {
		t.Fatal(err)
	}
	p.app.Open("a.jpg")
	p.app.Queue.Settled()
	p.app.Queue.Looked()
	p.app.Queue.Row(0)
	p.app.Queue.Looked()
	if r, _ := p.app.Queue.Row(0); r.Detail != "4000 × 3000 · 3,2 MB · JPEG" {
		t.Errorf("the row says %q", r.Detail)
	}
	if name := p.app.Controls.State().Presets[3].Name; name != "3D-Fernseher" {
		t.Errorf("a preset is called %q", name)
	}
	if told != 1 || p.app.Settings.Prefs().Language != "de" {
		t.Errorf("told %d times, kept %q", told, p.app.Settings.Prefs().Language)
	}
	if err := p.app.SetLanguage("", "en_GB"); err != nil || p.app.Words().Code() != "en" {
		t.Errorf("the system's language gives %s, %v", p.app.Words().Code(), err)
	}
}

func TestAppRemembersTheFastestRun(t *testing.T) {
	p := openApp(t, nil)
	eventually(t, "the models", p.app.Controls.OnChange, func() bool { return len(p.app.Controls.State().Models) > 0 })
	for _, s := range []float64{2, 0.5, 0.7} {
		p.app.measured("tiny", s)
	}
	if got := p.app.Controls.State().Models[0]; got.Name != "tiny" || got.Speed != 0.5 {
		t.Errorf("the picker shows %+v", got)
	}
}

func TestProblemsHaveANextStep(t *testing.T) {
	w := english(t)
	for _, err := range []error{errBroken, depth.ErrNoRuntime, processor.ErrDepthAspect, errors.New("something\nodd")} {
		p := w.Problem(err)
		more := p.More != "" || strings.EqualFold(p.Title, err.Error()) // nothing is said twice
		if p.Title == "" || p.Next == "" || !more || strings.Contains(p.More, "\n") {
			t.Errorf("%v: %+v", err, p)
		}
	}
}

func TestComfortWords(t *testing.T) {
	w := english(t)
	for _, c := range []struct {
		in   processor.Comfort
		tone Tone
		word string
	}{
		{processor.Comfort{Nearest: 1, Farthest: -1}, Good, "Easy on the eyes"},
		{processor.Comfort{Nearest: 0.1, Farthest: -0.1}, Calm, "Rather flat"},
		{processor.Comfort{Nearest: 2.2, Farthest: -1, Outside: 0.01}, Careful, "Strong"},
		{processor.Comfort{Nearest: 4, Farthest: -4, Outside: 0.3}, Bad, "Too strong"},
	} {
		if r := w.Comfort(c.in); r.Tone != c.tone || r.Word != c.word || r.Advice == "" {
			t.Errorf("%+v: %+v", c.in, r)
		}
	}
}

func TestAFetchedModelIsUsed(t *testing.T) {
	store := newFakeStore()
	a := openApp(t, func(c *Config) { c.Models = store }).app
	eventually(t, "the list", a.Controls.OnChange, func() bool { return len(a.Controls.State().Models) > 0 })
	a.Fetch("fine", false)
	if m := a.Controls.Options().Model; m != "" {
		t.Fatalf("%q is used before it is there", m)
	}
	store.install("fine", true)
	store.download("fine").end <- nil
	eventually(t, "the fetched model", a.Controls.OnChange, func() bool { return a.Controls.State().Options.Model == "fine" })
}
