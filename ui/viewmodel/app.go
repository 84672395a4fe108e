package viewmodel

import (
	"context"
	"sync"

	"spatialmaker/processor"
)

// Config is what an App is built from.
type Config struct {
	Worker    Worker
	Renderer  Renderer
	Inspector Inspector
	Models    func(ctx context.Context) ([]ModelChoice, error)
	// Runtime looks for what runs the networks; nil means it is there.
	Runtime func() error
	Words   *Words
}

// App is the window's state: its parts, and how they follow each other.
type App struct {
	change
	Queue    *Queue
	Preview  *Preview
	Controls *Controls

	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	words  *Words
	banner *Problem
}

// NewApp builds the parts and starts looking for models and the runtime, which
// must not keep the window from opening. Close ends everything.
func NewApp(cfg Config) *App {
	a := &App{
		cfg: cfg, words: cfg.Words,
		Queue:    NewQueue(cfg.Worker, cfg.Inspector, cfg.Words),
		Preview:  NewPreview(cfg.Renderer, cfg.Words),
		Controls: NewControls(cfg.Words),
	}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	a.Controls.OnOptions(a.Preview.SetOptions)
	a.Queue.OnSelect(a.Preview.Show)
	a.wg.Go(a.look)
	return a
}

// OnChange sets who is told that Banner has changed.
func (a *App) OnChange(fn func()) { a.listen(fn) }

// look finds the models and the runtime.
func (a *App) look() {
	if a.cfg.Runtime != nil {
		if err := a.cfg.Runtime(); err != nil {
			a.setBanner(a.Words().Problem(err))
		}
	}
	a.LoadModels()
}

// LoadModels reads the list of models anew.
func (a *App) LoadModels() {
	if a.cfg.Models == nil {
		return
	}
	all, err := a.cfg.Models(a.ctx)
	if err != nil {
		a.setBanner(a.Words().Problem(err))
		return
	}
	a.Controls.SetModels(all)
}

func (a *App) setBanner(p *Problem) {
	a.mu.Lock()
	a.banner = p
	a.mu.Unlock()
	a.tell()
}

// Banner is something wrong with the program as a whole, nil for nothing.
func (a *App) Banner() *Problem {
	a.read()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.banner
}

// DismissBanner takes the banner away.
func (a *App) DismissBanner() { a.setBanner(nil) }

// Words are the texts in the language in force.
func (a *App) Words() *Words {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.words
}

// Open takes files and folders that were dropped, chosen or pasted.
func (a *App) Open(paths ...string) { a.Queue.Add(a.Controls.Options(), paths...) }

// Convert starts work on what waits.
func (a *App) Convert() { a.Queue.Convert(a.Controls.Options()) }

// Retry does a finished file again with the options as they stand.
func (a *App) Retry(id processor.EntryID) { a.Queue.Retry(a.Controls.Options(), id) }

// Command is the command line for what the window would do now.
func (a *App) Command() string { return Command(a.Controls.Options(), a.Queue.Paths()) }

// Close ends the parts and waits for their goroutines.
func (a *App) Close() {
	a.cancel()
	a.Queue.Close()
	a.Preview.Close()
	a.wg.Wait()
}
