package processor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/models"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// ErrClosed is returned by an engine that has been closed.
var ErrClosed = errors.New("the engine is closed")

// ModelSource finds models by catalogue name or file; models.Store is one.
type ModelSource interface {
	Resolve(nameOrFile string, backend models.Backend) (models.Model, error)
}

// Opener opens an estimator for a resolved model, to be used in one way.
type Opener func(ctx context.Context, m models.Model, u NetworkUse) (depth.Estimator, error)

// NetworkUse is how a network is used.
type NetworkUse struct {
	ShortSide int  // given to a network of dynamic size, 0 for its own
	Detail    int  // tiles each way besides the whole picture, 0 for none
	Parallel  int  // pictures at once, each with its share of the threads; 0 for one
	AnySize   bool // not made for one working size: for measuring
}

// Config is what an engine is built from; main.go fills it.
type Config struct {
	Models  ModelSource
	Open    Opener
	Workers int                              // goroutines of the pixel stages; 0: one a core
	Depths  DepthCache                       // of films; without a folder it is kept in the user's cache
	Segment int                              // frames of a film's segments; 0: ten seconds
	Logf    func(format string, args ...any) // details for -v; may be nil

	// HeapLimit hears how many bytes the Go heap needs, each time a larger photo
	// comes; may be nil. More than that is garbage.
	HeapLimit func(bytes int64)
}

// Engine owns what is dear to set up and shared by all work: the open network,
// the renderer and the buffers. Its methods may be called from any goroutine.
type Engine struct {
	cfg  Config
	pool *pix.Pool

	mu        sync.Mutex
	closed    bool
	renderers []*renderer
	loaded    *loadedModel
}

// poolCap bounds the idle buffers kept between files, in bytes: two 4K frames
// of both eyes, or the map of a 24-megapixel photo.
const poolCap = 96 << 20

// NewEngine returns an engine; Close releases the network and its memory.
func NewEngine(cfg Config) *Engine {
	if cfg.Logf == nil {
		cfg.Logf = func(string, ...any) {}
	}
	return &Engine{cfg: cfg, pool: pix.NewPool(poolCap)}
}

// loadedModel is the one network that is kept open. The key is what it was
// opened for; users counts leases, so that a change of model never closes a
// network under a running inference.
type loadedModel struct {
	key   modelKey
	model models.Model
	ready chan struct{}
	est   depth.Estimator
	err   error
	users int
	gone  bool // replaced: the last lease closes it
}

type modelKey struct {
	path    string
	backend models.Backend
	NetworkUse
}

// lease is the right to use a network until release.
type lease struct {
	depth.Estimator
	model   models.Model
	release func()
}

// estimator returns the network that options ask for, opening it when it is
// not the one already open in this way of working. The caller must call
// release.
func (e *Engine) estimator(ctx context.Context, o Options, u NetworkUse) (*lease, error) {
	m, err := e.cfg.Models.Resolve(o.Model, o.Backend.models())
	if err != nil {
		return nil, err
	}
	key := modelKey{path: m.Path, backend: m.Backend, NetworkUse: u}
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil, ErrClosed
	}
	l := e.loaded
	if l == nil || l.key != key {
		e.retire()
		l = &loadedModel{key: key, model: m, ready: make(chan struct{})}
		e.loaded = l
		// Not the caller's context: another file may be waiting for the same
		// network when this one is cancelled.
		go func() {
			l.est, l.err = e.cfg.Open(context.WithoutCancel(ctx), m, u)
			close(l.ready)
		}()
	}
	l.users++
	e.mu.Unlock()
	var once sync.Once
	release := func() { once.Do(func() { e.unuse(l) }) }
	select {
	case <-l.ready:
	case <-ctx.Done():
		release()
		return nil, ctx.Err()
	}
	if l.err != nil {
		release()
		e.forget(l)
		return nil, fmt.Errorf("open model %s: %w", m.Name, l.err)
	}
	return &lease{Estimator: l.est, model: m, release: release}, nil
}

// retire takes the loaded network out of use; e.mu is held.
func (e *Engine) retire() {
	if l := e.loaded; l != nil {
		e.loaded = nil
		l.gone = true
		if l.users == 0 {
			go l.close()
		}
	}
}

// forget drops a network that failed to open, so that the next try opens anew.
func (e *Engine) forget(l *loadedModel) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.loaded == l {
		e.retire()
	}
}

func (e *Engine) unuse(l *loadedModel) {
	e.mu.Lock()
	l.users--
	last := l.gone && l.users == 0
	e.mu.Unlock()
	if last {
		l.close()
	}
}

func (l *loadedModel) close() {
	<-l.ready
	if l.est != nil {
		_ = l.est.Close() // nothing is lost with a network that fails to close
	}
}

// renderer is a stereo renderer and the fill it was made for.
type renderer struct {
	*stereo.Renderer
	fill stereo.Fill
}

// renderer lends a renderer with its scratch memory; giveBack returns it.
func (e *Engine) renderer(fill stereo.Fill) *renderer {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, r := range e.renderers {
		if r.fill == fill {
			e.renderers = slices.Delete(e.renderers, i, i+1)
			return r
		}
	}
	return &renderer{fill: fill, Renderer: stereo.NewRenderer(stereo.Options{Workers: e.cfg.Workers, Fill: fill})}
}

// keptRenderers is how many idle renderers stay: one for a conversion and one
// for the preview.
const keptRenderers = 2

func (e *Engine) giveBack(r *renderer) {
	e.mu.Lock()
	var old *renderer
	if e.closed {
		old = r
	} else {
		e.renderers = append(e.renderers, r)
		if len(e.renderers) > keptRenderers {
			old, e.renderers = e.renderers[0], slices.Delete(e.renderers, 0, 1)
		}
	}
	e.mu.Unlock()
	if old != nil {
		old.Close()
	}
}

// Depths is where the depth of films is kept: as configured, or in the user's
// cache folder.
func (e *Engine) Depths() DepthCache {
	c := e.cfg.Depths
	if c.Dir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = os.TempDir()
		}
		c.Dir = filepath.Join(dir, "spatialmaker", "depth")
	}
	if c.Limit == 0 {
		c.Limit = DefaultDepthLimit
	}
	return c
}

// Close waits for the network to be idle and releases everything. Work still
// running must have been cancelled before.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	l := e.loaded
	e.loaded = nil
	rs := e.renderers
	e.renderers = nil
	if l != nil {
		l.gone = true
	}
	idle := l != nil && l.users == 0
	e.mu.Unlock()
	for _, r := range rs {
		r.Close()
	}
	if idle {
		l.close()
	}
	return nil
}

// Estimator lends the network that options ask for, working as it does for
// photos or for films, for measuring; the caller must call release.
func (e *Engine) Estimator(ctx context.Context, o Options, u NetworkUse) (est depth.Estimator, release func(), err error) {
	l, err := e.estimator(ctx, o, u)
	if err != nil {
		return nil, nil, err
	}
	return l.Estimator, l.release, nil
}
