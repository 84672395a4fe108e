package apple

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"spatialmaker/coreml"
	"spatialmaker/processor/depth"
	"spatialmaker/processor/pix"
)

// Config says which model to open and how to run it.
type Config struct {
	// ModelPath is a .mlpackage or a compiled .mlmodelc.
	ModelPath string
	// Compiled returns the folder of the compiled model, compiling it when
	// that has not been done; again asks for a new one, since the last did
	// not load. coreml.Compile is the call. When nil, a package is compiled
	// to Cache, a path ending in .mlmodelc.
	Compiled   func(ctx context.Context, again bool) (string, error)
	Cache      string
	Name       string           // shown to the user; the file's name when empty
	Descriptor depth.Descriptor // what the catalogue knows; the model's own word wins
	Units      coreml.Units
	Threads    int       // for preparing pictures, 0 for as many as Go may use
	Detail     int       // tiles each way besides the whole picture; see depth.Config
	Parallel   int       // predictions at once, 0 is 1
	Pool       *pix.Pool // where the maps come from; one of its own when nil
}

const ownPoolBytes = 64 << 20

// Available says whether this build and machine have Core ML with something
// better than the processor to run on: the condition for picking it by itself.
func Available() bool {
	system, err := coreml.Describe()
	return err == nil && (system.Has(coreml.NeuralEngine) || system.Has(coreml.GPU))
}

// Open loads a Core ML model. Its errors name the file and wrap
// depth.ErrUnsupported, depth.ErrNotDepthModel or what the system said.
func Open(ctx context.Context, cfg Config) (depth.Estimator, error) {
	m, err := load(ctx, cfg)
	if err != nil {
		return nil, named(cfg.ModelPath, err)
	}
	sig, err := inferSignature(cfg.Descriptor, m.Description())
	if err != nil {
		return nil, named(cfg.ModelPath, errors.Join(err, m.Close()))
	}
	e := &estimator{cfg: cfg, sig: sig, model: m}
	if e.cfg.Pool == nil {
		e.cfg.Pool = pix.NewPool(ownPoolBytes)
	}
	// One more than predict: a picture is prepared while another is predicted.
	n := max(cfg.Parallel, 1) + 1
	e.slots = make(chan *slot, n)
	for range n {
		e.slots <- newSlot(e, max(pix.Workers(cfg.Threads)/n, 1))
	}
	return e, nil
}

// load opens the compiled model, a second time compiled when the first result
// does not load.
func load(ctx context.Context, cfg Config) (*coreml.Model, error) {
	o := coreml.Options{Path: cfg.ModelPath, Cache: cfg.Cache, Units: cfg.Units, Concurrency: max(cfg.Parallel, 1)}
	if cfg.Compiled == nil {
		return coreml.Open(ctx, o)
	}
	if err := coreml.Linked(); err != nil {
		return nil, err
	}
	path, err := cfg.Compiled(ctx, false)
	if err != nil {
		return nil, err
	}
	o.Path = path
	m, err := coreml.Open(ctx, o)
	if !errors.Is(err, coreml.ErrFailed) {
		return m, err
	}
	path, again := cfg.Compiled(ctx, true)
	if again != nil {
		return nil, errors.Join(err, again)
	}
	o.Path = path
	return coreml.Open(ctx, o)
}

// named adds the file and translates what other packages look for.
func named(path string, err error) error {
	if errors.Is(err, coreml.ErrUnsupported) {
		err = fmt.Errorf("%w: %w", depth.ErrUnsupported, err)
	}
	return fmt.Errorf("model %s: %w", path, err)
}

type estimator struct {
	cfg   Config
	sig   signature
	model *coreml.Model
	slots chan *slot

	doubt depth.Doubt

	mu     sync.RWMutex // read while Estimate runs, written by Close
	closed bool
}

var errClosed = errors.New("the estimator is closed")

// Describe tells where the model runs now; that changes when the Neural Engine
// fails.
func (e *estimator) Describe() depth.Description {
	name := e.cfg.Name
	if name == "" {
		name = filepath.Base(e.cfg.ModelPath)
	}
	return depth.Description{
		Model: name, Path: e.cfg.ModelPath, Backend: "coreml", Device: e.model.Units().String(), Descriptor: e.sig.Descriptor,
	}
}

// Notes tell which devices failed and why others are in use.
func (e *estimator) Notes() []string { return e.model.Notes() }

// Estimate runs the model on one picture; see depth.Estimator.
func (e *estimator) Estimate(ctx context.Context, pic *pix.Picture) (depth.Map, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return depth.Map{}, named(e.cfg.ModelPath, errClosed)
	}
	if err := pic.Check(); err != nil {
		return depth.Map{}, named(e.cfg.ModelPath, err)
	}
	var s *slot
	select {
	case s = <-e.slots:
	case <-ctx.Done():
		return depth.Map{}, ctx.Err()
	}
	defer func() { e.slots <- s }()
	m, err := s.look.Estimate(ctx, pic)
	if err == nil {
		return m, nil
	}
	if cause := ctx.Err(); cause != nil {
		return depth.Map{}, cause
	}
	return depth.Map{}, named(e.cfg.ModelPath, err)
}

// Close waits for running estimates and gives the model back.
func (e *estimator) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	for range cap(e.slots) {
		(<-e.slots).look.Close()
	}
	return e.model.Close()
}

// slot is what one estimate needs for itself: the memory of one prediction, the
// network that its looker looks through.
type slot struct {
	est     *estimator
	look    *depth.Looker
	planes  []float32 // R, G, B
	bgra    []byte    // of models that take an image
	values  []float32
	picture [1]coreml.Image
	answer  [1]coreml.Answer
}

func newSlot(e *estimator, workers int) *slot {
	w, h := e.sig.FixedW, e.sig.FixedH
	s := &slot{est: e, planes: make([]float32, 3*w*h), values: make([]float32, e.sig.ow*e.sig.oh)}
	s.look = depth.NewLooker(s, depth.LookerConfig{
		Descriptor: e.sig.Descriptor, Workers: workers, Detail: e.cfg.Detail, Doubt: &e.doubt, Pool: e.cfg.Pool,
	})
	s.answer[0] = coreml.Answer{Data: s.values, Stride: e.sig.ow, W: e.sig.ow, H: e.sig.oh}
	p := &s.picture[0]
	p.W, p.H = w, h
	if e.sig.Input == depth.InputImage {
		s.bgra = make([]byte, 4*w*h)
		p.Format = coreml.BGRA8
		p.Planes[0] = coreml.Plane{Data: s.bgra, Stride: 4 * w}
		return s
	}
	p.Format = coreml.RGBF32
	for i := range 3 {
		p.Planes[i] = coreml.Plane{Data: coreml.Bytes(s.planes[i*w*h : (i+1)*w*h]), Stride: 4 * w}
	}
	return s
}

// Input is the memory of the model's one size.
func (s *slot) Input(w, h int) ([]float32, error) {
	if w != s.est.sig.FixedW || h != s.est.sig.FixedH {
		return nil, fmt.Errorf("an input of %dx%d: %w", w, h, coreml.ErrArgument)
	}
	return s.planes, nil
}

// Run predicts with the planes as they are.
func (s *slot) Run(ctx context.Context) (depth.Answer, error) {
	sig := &s.est.sig
	if s.bgra != nil {
		interleave(s.bgra, s.planes)
	}
	began := time.Now()
	err := s.est.model.Predict(ctx, sig.InputName, sig.OutputName, s.picture[:], s.answer[:])
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", depth.ErrBadOutput, err)
	}
	return depth.Answer{V: s.values, W: sig.ow, H: sig.oh, Took: time.Since(began)}, err
}

// interleave writes planes of about 0..1 as bytes B, G, R and a full alpha.
func interleave(dst []byte, planes []float32) {
	n := len(planes) / 3
	r, g, b := planes[:n], planes[n:2*n], planes[2*n:3*n]
	dst = dst[:4*n]
	for i := range n {
		px := dst[4*i : 4*i+4 : 4*i+4]
		px[0], px[1], px[2], px[3] = level(b[i]), level(g[i]), level(r[i]), 255
	}
}

// level rounds a sample to 0..255; the cubic filter overshoots at edges. What
// is no number becomes 0 on every processor: it converts to 0 or to the
// smallest integer.
func level(v float32) byte {
	i := int32(v*255 + 0.5)
	if uint32(i) > 255 {
		if i < 0 {
			return 0
		}
		return 255
	}
	return byte(i)
}
