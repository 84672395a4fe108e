package viewmodel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"spatialmaker/processor"
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

// DepthCache is the depth of films that is kept; processor.DepthCache is one.
type DepthCache interface {
	Usage() (processor.DepthUsage, error)
	Clear() error
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
	Depths int64 // bytes of kept depth of films
}

// Models is the catalogue: what is installed, fetched, checked and removed.
// Downloads go on while the settings are closed.
type Models struct {
	change
	store  ModelStore
	depths DepthCache
	coreml bool // Core ML models can be run here
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu        sync.Mutex
	words     *Words
	all       []models.Model
	use       models.Use
	kept      int64 // bytes of depth of films
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
func NewModels(s ModelStore, depths DepthCache, coreml bool, w *Words) *Models {
	m := &Models{
		store: s, depths: depths, coreml: coreml, words: w, downloads: map[string]Download{},
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
	m.mu.Unlock()
	m.tell()
}

// SetSpeeds takes over what was measured, in seconds a picture by model.
func (m *Models) SetSpeeds(s map[string]float64) {
	m.mu.Lock()
	m.speeds = s
	fn, list := m.onSpeeds()
	m.mu.Unlock()
	if fn != nil {
		fn(list)
	}
	m.tell()
}

// onSpeeds returns who is to be told the list; m.mu is held.
func (m *Models) onSpeeds() (func([]ModelChoice), []ModelChoice) {
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
	m.mu.Lock()
	m.all, m.use, m.kept = all, use, kept
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

// choices lists the models: installed ones, the recommended one, the rest, the
// best first in each group. m.mu is held.
func (m *Models) choices() []ModelChoice {
	out := make([]ModelChoice, 0, len(m.all))
	for _, x := range m.all {
		if x.Backend == models.CoreML && !m.coreml {
			continue
		}
		out = append(out, ModelChoice{
			Name: x.Name, Title: x.Title, Good: x.Good, Installed: x.Installed, Bytes: x.Bytes,
			Licence: x.Licence.Name, Free: x.Licence.Commercial, Rank: x.Rank, Speed: m.speeds[x.Name],
			Usual: x.Default || x.Installed,
		})
	}
	if i := recommended(out); i >= 0 {
		out[i].Recommended = true
	}
	first := func(c *ModelChoice) int {
		switch {
		case c.Installed:
			return 0
		case c.Recommended:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b ModelChoice) int {
		if d := first(&a) - first(&b); d != 0 {
			return d
		}
		return b.Rank - a.Rank
	})
	return out
}

// recommendedBytes is the largest download that is offered to everyone.
const recommendedBytes = 150e6

// recommended finds the model to offer to who has only the shipped one: the
// best that is free to use and not too large to fetch in a coffee break; -1
// when one as good is installed.
func recommended(all []ModelChoice) int {
	best := -1
	for i, c := range all {
		if c.Free && c.Usual && c.Bytes > 0 && c.Bytes <= recommendedBytes && (best < 0 || c.Rank > all[best].Rank) {
			best = i
		}
	}
	for _, c := range all {
		if best >= 0 && c.Installed && c.Rank >= all[best].Rank {
			return -1
		}
	}
	return best
}

// State returns the catalogue for drawing.
func (m *Models) State() ModelsState {
	m.read()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := ModelsState{Use: m.use, Depths: m.kept}
	if m.store != nil {
		s.Folder = m.store.Path()
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
		r.Consent = x.Licence.Summary
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
		}
	default:
		r.Detail = m.words.T("model.to_load", "size", m.words.Bytes(x.Bytes))
	}
	return r
}

// download is "12.3 of 99.1 MB · 4.1 MB/s · 20 s left".
func (w *Words) download(p *models.Progress) string {
	if p.Stage != models.StageDownloading && p.Stage != models.StagePaused {
		return w.T("download." + string(p.Stage))
	}
	line := w.T("download.of", "done", w.Bytes(p.Done), "total", w.Bytes(p.Total))
	if p.Stage == models.StagePaused {
		return w.T("download.paused") + " · " + line
	}
	if p.Speed > 0 {
		line += " · " + w.T("download.speed", "speed", w.Bytes(int64(p.Speed)))
	}
	if left := w.Left(p.Left); left != "" {
		line += " · " + left
	}
	return line
}

// Load fetches a model; the caller has shown its licence. Several may be
// fetched at once.
func (m *Models) Load(name string, accept bool) {
	m.mu.Lock()
	if m.store == nil || m.downloads[name] != nil {
		m.mu.Unlock()
		return
	}
	d := m.store.Start(m.ctx, name, accept)
	m.downloads[name] = d
	delete(m.said, name)
	if !m.ticking {
		m.ticking = true
		m.wg.Go(m.tick)
	}
	m.mu.Unlock()
	m.wg.Go(func() {
		_, err := d.Wait()
		m.ended(name, err)
	})
	m.tell()
}

// tick has the downloads' progress drawn while there are any.
func (m *Models) tick() {
	t := time.NewTicker(progressPeriod)
	defer t.Stop()
	for range t.C {
		m.mu.Lock()
		m.ticking = len(m.downloads) > 0
		stop := !m.ticking
		m.mu.Unlock()
		if stop {
			return
		}
		m.tell()
	}
}

func (m *Models) ended(name string, err error) {
	m.mu.Lock()
	delete(m.downloads, name)
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil:
		p := m.words.Problem(err)
		m.said[name] = said{text: p.Title, tone: Bad, problem: p}
	}
	m.mu.Unlock()
	if rerr := m.Reload(); rerr != nil {
		m.tell()
	}
}

// Pause holds a download, or with false lets it go on.
func (m *Models) Pause(name string, on bool) {
	m.with(name, func(d Download) {
		if on {
			d.Pause()
		} else {
			d.Resume()
		}
	})
}

// Cancel ends a download; what came is kept for the next try.
func (m *Models) Cancel(name string) { m.with(name, Download.Cancel) }

func (m *Models) with(name string, do func(Download)) {
	m.mu.Lock()
	d := m.downloads[name]
	m.mu.Unlock()
	if d != nil {
		do(d)
		m.tell()
	}
}

// Loading says whether any download is under way.
func (m *Models) Loading() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.downloads) > 0
}

// Verify compares an installed model with its hashes.
func (m *Models) Verify(name string) {
	m.background(name, m.store.Verify, "model.verified")
}

// Remove deletes an installed model from the disk.
func (m *Models) Remove(name string) {
	m.background(name, m.store.Remove, "")
}

// ClearUnfinished deletes what interrupted downloads have left.
func (m *Models) ClearUnfinished() {
	m.background("", func(ctx context.Context, _ string) error { return m.store.ClearUnfinished(ctx) }, "")
}

// ClearCompiled deletes what Core ML has made ready for this system; it is made
// again when a model is used.
func (m *Models) ClearCompiled() {
	m.background("", func(ctx context.Context, _ string) error { return m.store.ClearCompiled(ctx) }, "")
}

// ClearDepths deletes the kept depth of films; it is estimated again when a
// film is converted again.
func (m *Models) ClearDepths() {
	if m.depths != nil {
		m.background("", func(context.Context, string) error { return m.depths.Clear() }, "")
	}
}

// background does something to a model off the caller's goroutine; well is
// what its row says when it went well.
func (m *Models) background(name string, do func(context.Context, string) error, well string) {
	m.mu.Lock()
	if m.checking[name] {
		m.mu.Unlock()
		return
	}
	m.checking[name] = true
	m.mu.Unlock()
	m.tell()
	m.wg.Go(func() {
		err := do(m.ctx, name)
		m.mu.Lock()
		delete(m.checking, name)
		delete(m.said, name)
		switch {
		case err != nil:
			p := m.words.Problem(err)
			m.said[name] = said{text: p.Title, tone: Bad, problem: p}
		case well != "":
			m.said[name] = said{text: m.words.T(well), tone: Good}
		}
		m.mu.Unlock()
		if rerr := m.Reload(); rerr != nil {
			m.tell()
		}
	})
}

// Close ends the downloads, which go on next time they are asked for, and
// waits for everything.
func (m *Models) Close() {
	m.cancel()
	m.wg.Wait()
}
