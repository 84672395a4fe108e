package depth

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"spatialmaker/processor/depth/onnxfile"
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
	info, err := onnxfile.Read(cfg.ModelPath)
	if errors.Is(err, onnxfile.ErrNotONNX) || errors.Is(err, onnxfile.ErrTruncated) {
		return fail(fmt.Errorf("%w: %w", ErrNotDepthModel, err))
	}
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
	if _, err := useRuntime(ctx, cfg.Runtime); err != nil {
		return nil, err
	}
	e := &onnxEstimator{cfg: cfg, sig: sig, pool: cfg.Pool}
	if e.pool == nil {
		e.pool = pix.NewPool(ownPoolBytes)
	}
	if err := e.start(); err != nil {
		return fail(err)
	}
	return e, nil
}

type onnxEstimator struct {
	cfg     Config
	sig     signature
	pool    *pix.Pool
	session *session

	slots   chan *slot // idle ones
	all     []*slot
	mu      sync.RWMutex // read while Estimate runs, written by Close
	closed  bool
	probing sync.Mutex
	alive   bool // the model has answered with more than a constant
}

// start builds the session and the slots; on error all is closed again.
func (e *onnxEstimator) start() error {
	parallel := max(e.cfg.Parallel, 1)
	threads := max(pix.Workers(e.cfg.Threads)/parallel, 1)
	s, err := newSession(e.cfg.ModelPath, e.sig, threads)
	if err != nil {
		return err
	}
	e.session = s
	e.slots = make(chan *slot, parallel)
	for range parallel {
		sl, err := newSlot(e, threads)
		if err != nil {
			return errors.Join(err, e.Close())
		}
		e.all = append(e.all, sl)
		e.slots <- sl
	}
	return nil
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
	if e.session != nil {
		errs = append(errs, e.session.close())
	}
	return errors.Join(errs...)
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
	m, err := s.estimate(ctx, pic)
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

// inputSize is the size at which the network sees a picture.
func (e *onnxEstimator) inputSize(p *pix.Picture) (w, h int) {
	if e.sig.FixedW > 0 {
		return e.sig.FixedW, e.sig.FixedH
	}
	return workingSize(p.W, p.H, e.sig.ShortSide, e.sig.Multiple)
}
