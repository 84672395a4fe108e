package depth

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"sync"

	"spatialmaker/processor/onnxfile"
	"spatialmaker/processor/pix"
)

// Config says which model to open and how to run it.
type Config struct {
	ModelPath  string     // an .onnx file; its external weights lie beside it
	Name       string     // shown to the user; the file's name when empty
	Descriptor Descriptor // what is known of the model; the zero value is guessed from the file
	Runtime    string     // library or folder, searched for when empty; the process keeps the first
	ShortSide  int        // of a dynamic model's working size, 0 for the descriptor's
	Threads    int        // CPU threads in all, 0 for as many as Go may use

	// Parallel is how many pictures are estimated at once, each with its share
	// of the threads. 1 (or 0) gives the shortest time for one picture; as many
	// as threads gives the most pictures a second (by a few percent), provided
	// that as many goroutines call Estimate.
	Parallel int

	// Detail of 2 to 4 makes the network look at the whole picture and at so many
	// tiles each way besides: finer depth for so many times squared the time.
	Detail int

	// AnySize keeps the network from being made for the pictures' size, to measure
	// what that gains.
	AnySize bool

	// Expect is the size of the pictures to come, if known: the network is then
	// loaded for it in Open, else by the first Estimate.
	Expect image.Point

	// CacheDir is a folder for graphs optimised for this machine, which load
	// faster at the next start; it is made when needed and kept under 512 MB.
	// Nothing is kept when it is empty.
	CacheDir string

	Pool *pix.Pool // where the maps come from; one of its own when nil
}

const ownPoolBytes = 64 << 20

// Open loads an ONNX model. The errors wrap ErrNoRuntime, ErrOldRuntime or
// ErrNotDepthModel and name the file. The estimator runs on the CPU; calls of
// Estimate beyond Config.Parallel wait for their turn.
func Open(ctx context.Context, cfg Config) (Estimator, error) {
	fail := func(err error) (Estimator, error) {
		return nil, fmt.Errorf("model %s: %w", cfg.ModelPath, err)
	}
	info, err := readHeader(cfg.ModelPath)
	if err != nil {
		return fail(err)
	}
	sig, err := inferDescriptor(cfg.Descriptor, info)
	if err != nil {
		return fail(err)
	}
	if sig.FixedW == 0 && cfg.ShortSide > 0 {
		sig.ShortSide = max(min(cfg.ShortSide, longCap), sig.Multiple)
	}
	version, err := useRuntime(ctx, cfg.Runtime)
	if err != nil {
		return nil, err
	}
	e := &onnxEstimator{cfg: cfg, sig: sig, pool: cfg.Pool}
	if e.pool == nil {
		e.pool = pix.NewPool(ownPoolBytes)
	}
	if err := e.start(version); err != nil {
		return fail(err)
	}
	return e, nil
}

// readHeader reads what the file tells of itself, and looks for the files of
// external weights, whose absence ONNX Runtime reports in many words.
func readHeader(path string) (*onnxfile.Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a file", ErrNotDepthModel)
	}
	info, err := onnxfile.Read(f, st.Size())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotDepthModel, err)
	}
	for _, name := range info.External {
		if !filepath.IsLocal(name) {
			return nil, fmt.Errorf("%w: it asks for weights outside its folder, %q", ErrNotDepthModel, name)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), name)); err != nil {
			return nil, fmt.Errorf("%w: its weights must lie beside it: %w", ErrNotDepthModel, err)
		}
	}
	return info, nil
}

type onnxEstimator struct {
	cfg      Config
	sig      signature
	pool     *pix.Pool
	sessions *sessions

	slots  chan *slot // idle ones
	all    []*slot
	mu     sync.RWMutex // read while Estimate runs, written by Close
	closed bool
	doubt  Doubt
}

// start makes the slots, and the session where its size is known; on error all
// is closed again.
func (e *onnxEstimator) start(runtimeVersion string) error {
	parallel := max(e.cfg.Parallel, 1)
	threads := max(pix.Workers(e.cfg.Threads)/parallel, 1)
	l := &loader{
		path: e.cfg.ModelPath, sig: e.sig, threads: threads,
		cache: graphCache{dir: e.cfg.CacheDir, runtime: runtimeVersion},
	}
	e.sessions = &sessions{build: l.build, fixed: e.sig.FixedW > 0 || e.cfg.AnySize}
	e.slots = make(chan *slot, parallel)
	for range parallel {
		sl, err := newSlot(e, threads)
		if err != nil {
			return errors.Join(err, e.Close())
		}
		e.all = append(e.all, sl)
		e.slots <- sl
	}
	if e.sig.FixedW == 0 && (e.cfg.Expect.X < 1 || e.cfg.Expect.Y < 1) {
		return nil
	}
	v := e.sig.view(part{x1: float64(max(e.cfg.Expect.X, 1)), y1: float64(max(e.cfg.Expect.Y, 1))})
	s, err := e.sessions.acquire(v.w, v.h)
	if err != nil {
		return errors.Join(err, e.Close())
	}
	return e.sessions.release(s)
}

func (e *onnxEstimator) Describe() Description {
	name := e.cfg.Name
	if name == "" {
		name = filepath.Base(e.cfg.ModelPath)
	}
	return Description{Model: name, Path: e.cfg.ModelPath, Backend: "onnx", Device: "cpu", Descriptor: e.sig.Descriptor}
}

// Close waits for running estimates and frees everything.
func (e *onnxEstimator) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	var errs []error
	for _, s := range e.all {
		errs = append(errs, s.close())
	}
	e.all = nil
	return errors.Join(append(errs, e.sessions.close())...)
}

var errClosed = errors.New("the estimator is closed")

// Estimate runs the network on one picture; see Estimator.
func (e *onnxEstimator) Estimate(ctx context.Context, pic *pix.Picture) (Map, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return Map{}, e.named(errClosed)
	}
	if err := pic.Check(); err != nil {
		return Map{}, e.named(err)
	}
	var s *slot
	select {
	case s = <-e.slots:
	case <-ctx.Done():
		return Map{}, ctx.Err()
	}
	defer func() { e.slots <- s }()
	m, err := s.look.Estimate(ctx, pic)
	if err == nil {
		return m, nil
	}
	if ctx.Err() != nil {
		return Map{}, ctx.Err()
	}
	return Map{}, e.named(err)
}

func (e *onnxEstimator) named(err error) error {
	return fmt.Errorf("model %s: %w", e.cfg.ModelPath, err)
}
