package viewmodel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"spatialmaker/processor/models"
)

// Download is a model being fetched; *models.Download is one.
type Download interface {
	Progress() models.Progress
	Pause()
	Resume()
	Cancel()
	Wait() (models.Model, error)
}

// ModelStore is where models come from and lie.
type ModelStore interface {
	List() ([]models.Model, error)
	Start(ctx context.Context, name string, accept bool) Download
	NeedsConsent(m models.Model) bool
	Verify(ctx context.Context, name string) error
	Remove(ctx context.Context, name string) error
	DiskUse() models.Use
	ClearUnfinished(ctx context.Context) error
	ClearCompiled(ctx context.Context) error
	Path() string
}

// Store makes a *models.Store a ModelStore.
type Store struct{ *models.Store }

// Start implements ModelStore.
func (s Store) Start(ctx context.Context, name string, accept bool) Download {
	return s.Store.Start(ctx, name, models.DownloadOptions{AcceptLicence: accept})
}

// Verify implements ModelStore.
func (s Store) Verify(ctx context.Context, name string) error {
	checks, err := s.Store.Verify(ctx, name)
	for _, c := range checks {
		err = errors.Join(err, c.Err)
	}
	return err
}

// ModelRow is a model of the catalogue in the settings.
type ModelRow struct {
	ModelChoice
	Detail   string // one line on its state, or what its download does
	Tone     Tone
	Part     float64
	Loading  bool // a download is under way, paused ones included
	Paused   bool
	Checking bool
	Problem  *Problem
	Consent  string // what must be accepted before the download, "" for nothing
	URL      string
	// What can be done with it now.
	CanLoad, CanRemove, CanVerify bool
}

// ModelsState is the models' part of the settings.
type ModelsState struct {
	Rows   []ModelRow
	Folder string
	Use    models.Use
	Depths int64  // bytes of kept depth of films
	Films  string // where that lies
	Made   int64  // bytes of what was made ready for this computer
	Cache  string // where that lies
}

// Models is the catalogue: what is installed, fetched, checked and removed.
// Downloads go on while the settings are closed.
type Models struct {
	change
	store  ModelStore
	depths DepthCache
	made   Prepared
	coreml bool // Core ML models can be run here
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu        sync.Mutex
	words     *Words
	all       []models.Model
	use       models.Use
	kept      int64 // bytes of depth of films
	prepared  int64 // bytes
	speeds    map[string]float64
	downloads map[string]Download
	checking  map[string]bool
	said      map[string]said // last outcome, by model
	onList    func([]ModelChoice)
	ticking   bool
}

// said is what a model's row says until something else happens to it.
type said struct {
	text    string
	tone    Tone
	problem *Problem
}

// NewModels returns the catalogue of a store, which may be nil for none. Models
// for Core ML are in it only where they can be run.
func NewModels(s ModelStore, depths DepthCache, made Prepared, coreml bool, w *Words) *Models {
	m := &Models{
		store: s, depths: depths, made: made, coreml: coreml, words: w, downloads: map[string]Download{},
		checking: map[string]bool{}, said: map[string]said{},
	}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// OnChange sets who is told that State has changed.
func (m *Models) OnChange(fn func()) { m.listen(fn) }

// OnList sets who is told the list of models after it was read.
func (m *Models) OnList(fn func([]ModelChoice)) {
	m.mu.Lock()
	m.onList = fn
	m.mu.Unlock()
}

// SetWords changes the language.
func (m *Models) SetWords(w *Words) {
	m.mu.Lock()
	m.words = w
	m.said = map[string]said{} // told in the language before
	fn, list := m.listener()
	m.mu.Unlock()
	if fn != nil {
		fn(list)
	}
	m.tell()
}

// SetSpeeds takes over what was measured, in seconds a picture by model.
func (m *Models) SetSpeeds(s map[string]float64) {
	m.mu.Lock()
	m.speeds = s
	fn, list := m.listener()
	m.mu.Unlock()
	if fn != nil {
		fn(list)
	}
	m.tell()
}

// listener returns who is to be told the list, and the list; m.mu is held.
func (m *Models) listener() (func([]ModelChoice), []ModelChoice) {
	if len(m.all) == 0 {
		return nil, nil
	}
	return m.onList, m.choices()
}

// Reload reads the store anew.
func (m *Models) Reload() error {
	if m.store == nil {
		return nil
	}
	all, err := m.store.List()
	if err != nil {
		return fmt.Errorf("list the models: %w", err)
	}
	use := m.store.DiskUse()
	var kept int64
	if m.depths != nil {
		if u, err := m.depths.Usage(); err == nil { // a cache that cannot be counted is shown empty
			kept = u.Bytes
		}
	}
	prepared := m.made.Bytes()
	m.mu.Lock()
	m.all, m.use, m.kept, m.prepared = all, use, kept, prepared
	fn, list := m.onList, m.choices()
	m.mu.Unlock()
	if fn != nil {
		fn(list)
	}
	m.tell()
	return nil
}

// Refresh reads the store anew in the background.
func (m *Models) Refresh() {
	m.background("", func(context.Context, string) error { return nil }, "")
}

// State returns the catalogue for drawing.
func (m *Models) State() ModelsState {
	m.read()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := ModelsState{Use: m.use, Depths: m.kept, Made: m.prepared}
	if m.store != nil {
		s.Folder = m.store.Path()
	}
	if m.depths != nil {
		s.Films = m.depths.Path()
	}
	if len(m.made) > 0 {
		s.Cache = m.made[0]
	}
	for _, c := range m.choices() {
		s.Rows = append(s.Rows, m.row(c))
	}
	return s
}

func (m *Models) row(c ModelChoice) ModelRow {
	x := m.all[slices.IndexFunc(m.all, func(x models.Model) bool { return x.Name == c.Name })]
	r := ModelRow{ModelChoice: c, URL: x.URL, Checking: m.checking[c.Name]}
	if !x.Installed && m.store.NeedsConsent(x) {
		r.Consent = m.words.consent(&x.Licence)
	}
	if d := m.downloads[c.Name]; d != nil {
		p := d.Progress()
		r.Loading, r.Paused, r.Part = true, p.Stage == models.StagePaused, p.Fraction()
		r.Detail = m.words.download(&p)
		if r.Paused {
			r.Tone = Careful
		}
		return r
	}
	r.CanLoad = !x.Installed
	r.CanVerify = x.Installed && !r.Checking
	r.CanRemove = x.Installed && x.Origin == models.InStore && !r.Checking
	switch said, ok := m.said[c.Name]; {
	case r.Checking:
		r.Detail = m.words.T("model.checking")
	case ok:
		r.Detail, r.Tone, r.Problem = said.text, said.tone, said.problem
	case x.Installed:
		r.Detail, r.Tone = m.words.T("model.installed", "size", m.words.Bytes(x.Bytes)), Good
		if x.Origin == models.Shipped {
			r.Detail = m.words.T("model.shipped")
			if c.Size != "" {
				r.Detail += " · " + c.Size
			}
		}
	case c.Size == "":
		r.Detail = m.words.T("model.to_load_unknown")
	default:
		r.Detail = m.words.T("model.to_load", "size", c.Size)
	}
	return r
}
