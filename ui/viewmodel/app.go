package viewmodel

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"spatialmaker/processor"
)

// Desktop is what the window asks of the system around it.
type Desktop interface {
	Notify(title, text string)
	Chime()
	StayAwake(on bool)
}

// Config is what an App is built from. Worker, Renderer, Inspector, Words and
// Settings are needed, the rest may be left out.
type Config struct {
	Worker    Worker
	Renderer  Renderer
	Inspector Inspector
	Models    ModelStore
	CoreML    bool // this system runs Core ML
	Depths    DepthCache
	Prepared  Prepared // folders of what can be made again
	Settings  *Settings
	Words     *Words
	Desktop   Desktop
	// Runtime looks for what runs the networks; nil means it is there.
	Runtime func() error
	// Crashed is the log of the crash that ended the last run, "" for none.
	Crashed string
	// Logf writes a line to the program's log.
	Logf func(format string, args ...any)
	// Problems are what went wrong before the window opened.
	Problems []error
}

// App is the window's state: its parts, and how they follow each other.
type App struct {
	change
	Queue    *Queue
	Preview  *Preview
	Controls *Controls
	Settings *Settings
	Models   *Models

	cfg Config
	wg  sync.WaitGroup

	mu         sync.Mutex
	words      *Words
	banners    []*Problem
	onLanguage func()
	awake      bool
	fetching   string   // the model that is to be used once it is there
	unsaved    [2]error // of the list, of the settings
}

// NewApp builds the parts and starts looking for models and the runtime, which
// must not keep the window from opening. Close ends everything.
func NewApp(cfg Config) *App {
	if cfg.Logf == nil {
		cfg.Logf = func(string, ...any) {}
	}
	a := &App{
		cfg: cfg, words: cfg.Words, Settings: cfg.Settings,
		Queue:    NewQueue(cfg.Worker, cfg.Inspector, cfg.Words),
		Preview:  NewPreview(cfg.Renderer, cfg.Words),
		Controls: NewControls(cfg.Words),
		Models:   NewModels(cfg.Models, cfg.Depths, cfg.Prepared, cfg.CoreML, cfg.Words),
	}
	for _, err := range cfg.Problems {
		a.banners = append(a.banners, cfg.Words.Problem(err))
	}
	if cfg.Crashed != "" {
		a.banners = append(a.banners, &Problem{
			Kind: "crashed", Title: a.words.T("crashed.title"), Next: a.words.T("crashed.next", "file", cfg.Crashed),
		})
	}
	a.restore()
	a.Controls.OnOptions(func(o processor.Options) {
		a.Preview.SetOptions(o)
		a.Settings.Change(func(p *Prefs) { p.Options = o })
	})
	a.Controls.OnPresets(func(own []Preset) { a.Settings.Change(func(p *Prefs) { p.Presets = own }) })
	a.Queue.OnSelect(a.Preview.Show)
	a.Queue.OnIdle(a.finished)
	a.Queue.OnFail(a.failed)
	a.Queue.OnSave(func(err error) { a.saved(0, err) })
	a.Settings.OnSave(func(err error) { a.saved(1, err) })
	a.Queue.OnThumb(a.Preview.Quiet)
	a.Queue.OnBusy(a.stayAwake)
	a.Preview.OnSpeed(a.measured)
	a.Models.OnList(func(all []ModelChoice) {
		a.Controls.SetModels(all)
		a.useFetched(all)
		a.Preview.ModelsChanged(all)
	})
	a.wg.Go(a.look)
	return a
}

// restore takes over what was kept from the last run.
func (a *App) restore() {
	p := a.Settings.Prefs()
	a.Controls.LoadPresets(p.Presets)
	a.Controls.Load(p.Options)
	a.Controls.SetAdvanced(p.Advanced)
	a.Preview.SetOptions(p.Options)
	a.Preview.SetMode(p.Mode)
	a.Models.SetSpeeds(p.Speeds)
}

// OnChange sets who is told that Banner has changed.
func (a *App) OnChange(fn func()) { a.listen(fn) }

// OnLanguage sets who is told that Words has changed.
func (a *App) OnLanguage(fn func()) { a.onLanguage = fn }

// look finds the runtime and the models.
func (a *App) look() {
	if a.cfg.Runtime != nil {
		if err := a.cfg.Runtime(); err != nil {
			a.Report(err)
		}
	}
	if err := a.Models.Reload(); err != nil {
		a.Report(err)
	}
}

// Report shows an error across the top of the window. One of the same kind
// that is shown already is replaced.
func (a *App) Report(err error) {
	a.cfg.Logf("%v", err)
	a.banner(a.Words().Problem(err))
}

// banner shows a problem across the top in place of any of its kind.
func (a *App) banner(p *Problem) {
	a.mu.Lock()
	a.banners = append(without(a.banners, p.Kind), p)
	a.mu.Unlock()
	a.tell()
}

func without(banners []*Problem, kind string) []*Problem {
	return slices.DeleteFunc(banners, func(b *Problem) bool { return b.Kind == kind })
}

// kindSave is the kind of the banner that says that nothing can be saved.
const kindSave = "save"

// saved says so once when the list or the settings cannot be saved, and takes
// it back when they can be again.
func (a *App) saved(part int, err error) {
	a.mu.Lock()
	was := errors.Join(a.unsaved[:]...)
	a.unsaved[part] = err
	now := errors.Join(a.unsaved[:]...)
	if (was == nil) == (now == nil) {
		a.mu.Unlock()
		return
	}
	if now == nil {
		a.banners = without(a.banners, kindSave)
	}
	w := a.words
	a.mu.Unlock()
	if now == nil {
		a.tell()
		return
	}
	a.cfg.Logf("%v", now)
	p := w.Problem(now)
	a.banner(&Problem{Kind: kindSave, Title: w.T("save.failed"), More: p.More, Next: p.Title + ". " + p.Next})
}

// Banner is something wrong with the program as a whole, nil for nothing.
func (a *App) Banner() *Problem {
	a.read()
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.banners) == 0 {
		return nil
	}
	return a.banners[0]
}

// DismissBanner takes the banner away; the next one follows.
func (a *App) DismissBanner() {
	a.mu.Lock()
	if len(a.banners) > 0 {
		a.banners = a.banners[1:]
	}
	a.mu.Unlock()
	a.tell()
}

// Words are the texts in the language in force.
func (a *App) Words() *Words {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.words
}

// SetLanguage changes the language; "" follows the locale of the system.
func (a *App) SetLanguage(code, locale string) error {
	chosen := code
	if chosen == "" {
		chosen = LanguageFor(locale)
	}
	w, err := NewWords(chosen)
	if err != nil {
		return err
	}
	a.Settings.Change(func(p *Prefs) { p.Language = code })
	a.mu.Lock()
	a.words = w
	fn := a.onLanguage
	a.mu.Unlock()
	a.Queue.SetWords(w)
	a.Preview.SetWords(w)
	a.Controls.SetWords(w)
	a.Models.SetWords(w)
	if fn != nil {
		fn()
	}
	return nil
}

// SetMode chooses how to look at files, and remembers it.
func (a *App) SetMode(m Mode) {
	a.Preview.SetMode(m)
	a.Settings.Change(func(p *Prefs) { p.Mode = m })
}

// SetAdvanced folds or unfolds the rarely used controls, and remembers it.
func (a *App) SetAdvanced(open bool) {
	a.Controls.SetAdvanced(open)
	a.Settings.Change(func(p *Prefs) { p.Advanced = open })
}

// Open takes files and folders that were dropped, chosen or pasted.
func (a *App) Open(paths ...string) {
	o := a.Controls.Options()
	o.Recursive = true // who drops a folder means all that is in it
	a.Queue.Add(o, paths...)
}

// Convert starts work on what waits.
func (a *App) Convert() { a.Queue.Convert(a.Controls.Options()) }

// Retry does a finished file again with the options as they stand.
func (a *App) Retry(id processor.EntryID) { a.Queue.Retry(a.Controls.Options(), id) }

// Replace does a file again whose result existed, and replaces that.
func (a *App) Replace(id processor.EntryID) {
	o := a.Controls.Options()
	o.Overwrite, o.SkipExisting = true, false
	a.Queue.Retry(o, id)
}

// Command is the command line for what the window would do now.
func (a *App) Command() string { return Command(a.Controls.Options(), a.Queue.Paths()) }

// Fetch downloads a model, whose licence was shown if accept is set, and uses it
// from when it is there.
func (a *App) Fetch(model string, accept bool) {
	a.mu.Lock()
	a.fetching = model
	a.mu.Unlock()
	a.Models.Load(model, accept)
}

// useFetched chooses the model that Fetch was asked for if it has come.
func (a *App) useFetched(all []ModelChoice) {
	a.mu.Lock()
	name := a.fetching
	come := slices.ContainsFunc(all, func(m ModelChoice) bool { return m.Name == name && m.Installed })
	if come {
		a.fetching = ""
	}
	a.mu.Unlock()
	if come {
		a.Controls.Change("", func(o *processor.Options) { o.Model = name })
	}
}

// failed writes down what could not be converted. A model that is not where it
// was is missing in the list of models from now on.
func (a *App) failed(path string, err error) {
	a.cfg.Logf("%s: %v", path, err)
	if processor.Explain(err).Kind == "no-model" {
		a.Models.Refresh()
	}
}

// finished tells the user that a batch has come to its end.
func (a *App) finished(done, failed int) {
	a.Preview.Exported()
	d, p, w := a.cfg.Desktop, a.Settings.Prefs(), a.Words()
	if d == nil {
		return
	}
	if p.Sound {
		d.Chime()
	}
	if !p.Notify {
		return
	}
	text := w.N("queue.done", done)
	if failed > 0 {
		text += ", " + w.N("queue.failed", failed)
	}
	d.Notify(w.T("notify.title"), text)
}

// stayAwake keeps the computer awake while there is work, if that is wished.
func (a *App) stayAwake(busy bool) {
	if a.cfg.Desktop == nil {
		return
	}
	hold := busy && a.Settings.Prefs().KeepAwake
	a.mu.Lock()
	changed := hold != a.awake
	a.awake = hold
	a.mu.Unlock()
	if changed {
		a.cfg.Desktop.StayAwake(hold)
	}
}

// measured remembers how fast a model is on this machine. The first run of a
// network is slow; the fastest tells its speed.
func (a *App) measured(model string, seconds float64) {
	old := a.Settings.Prefs().Speeds
	if was := old[model]; was > 0 && was <= seconds {
		return
	}
	speeds := maps.Clone(old)
	if speeds == nil {
		speeds = map[string]float64{}
	}
	speeds[model] = seconds
	a.Settings.Change(func(p *Prefs) { p.Speeds = speeds })
	a.Models.SetSpeeds(speeds)
}

// Close ends the parts and waits for their goroutines. Work under way is cut
// short; the engine's queue takes it up again next time.
func (a *App) Close() error {
	a.Queue.Close()
	a.Preview.Close()
	a.Models.Close()
	a.wg.Wait()
	a.stayAwake(false)
	return a.Settings.Close()
}
