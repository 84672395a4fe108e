package depth

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	ort "github.com/yalue/onnxruntime_go"
)

// slot is what one run of the network needs for itself: tensors that stay bound
// from frame to frame, the scratch of the stages around the run, and the
// goroutine that ends the run when its context does.
type slot struct {
	est     *onnxEstimator
	look    *Looker
	options *ort.RunOptions
	in, out *tensor
	ins     [1]ort.Value
	outs    [1]ort.Value

	watch   chan context.Context
	stop    chan struct{}
	stopped chan bool // whether the run was ended
}

// tensor keeps the binding's view of a tensor, which the binding would
// otherwise allocate for every run.
type tensor struct {
	*ort.Tensor[float32]
	internals *ort.ValueInternalData
	w, h      int
}

func (t *tensor) GetInternals() *ort.ValueInternalData { return t.internals }

func newTensor(w, h int, shape ort.Shape) (*tensor, error) {
	t, err := ort.NewEmptyTensor[float32](shape)
	if err != nil {
		return nil, fmt.Errorf("tensor %v: %w", shape, err)
	}
	return &tensor{Tensor: t, internals: t.GetInternals(), w: w, h: h}, nil
}

func newSlot(e *onnxEstimator, threads int) (*slot, error) {
	options, err := ort.NewRunOptions()
	if err != nil {
		return nil, fmt.Errorf("run options: %w", err)
	}
	s := &slot{
		est: e, options: options,
		watch: make(chan context.Context), stop: make(chan struct{}), stopped: make(chan bool),
	}
	s.look = newLooker(s, &e.sig, threads, e.cfg.Detail, &e.doubt, e.pool)
	go s.watcher()
	return s, nil
}

// watcher ends runs whose context is done, until watch is closed.
func (s *slot) watcher() {
	for ctx := range s.watch {
		ended := false
		select {
		case <-ctx.Done():
			ended = s.options.Terminate() == nil
			<-s.stop
		case <-s.stop:
		}
		s.stopped <- ended
	}
	close(s.stopped)
}

func (s *slot) close() error {
	close(s.watch)
	<-s.stopped
	s.look.Close()
	return errors.Join(s.unbind(), s.options.Destroy())
}

// unbind frees the tensors.
func (s *slot) unbind() error {
	var errs []error
	for _, t := range []*tensor{s.in, s.out} {
		if t != nil {
			errs = append(errs, t.Destroy())
		}
	}
	s.in, s.out, s.ins[0], s.outs[0] = nil, nil, nil, nil
	return errors.Join(errs...)
}

// Input makes sure that the input tensor is w x h. The output's shape is learned
// from the first run.
func (s *slot) Input(w, h int) ([]float32, error) {
	if s.in != nil && s.in.w == w && s.in.h == h {
		return s.in.GetData(), nil
	}
	if err := s.unbind(); err != nil {
		return nil, err
	}
	t, err := newTensor(w, h, s.est.sig.shape(w, h))
	if err != nil {
		return nil, err
	}
	s.in, s.ins[0] = t, t
	return t.GetData(), nil
}

// Run runs the network on the bound tensors; ctx ends it.
func (s *slot) Run(ctx context.Context) (Answer, error) {
	took, err := s.run(ctx)
	if err != nil {
		return Answer{}, err
	}
	return Answer{V: s.out.GetData(), W: s.out.w, H: s.out.h, Took: took}, nil
}

func (s *slot) run(ctx context.Context) (took time.Duration, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	used, err := s.est.sessions.acquire(s.in.w, s.in.h)
	if err != nil {
		return 0, err
	}
	watched := ctx.Done() != nil
	if watched {
		s.watch <- ctx
	}
	began := time.Now()
	err = used.ort.RunWithOptions(s.ins[:], s.outs[:], s.options)
	took = time.Since(began)
	// The session does not keep Go's tensors alive while it reads them.
	runtime.KeepAlive(s.in)
	runtime.KeepAlive(s.out)
	if watched {
		s.stop <- struct{}{}
		if <-s.stopped {
			err = errors.Join(ctx.Err(), s.options.UnsetTerminate())
		}
	}
	err = errors.Join(err, s.est.sessions.release(used))
	if s.out == nil && err == nil {
		return took, s.adopt()
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBadOutput, err)
	}
	return took, nil
}

// adopt checks the shape of a first answer and keeps its tensor for the runs
// to come.
func (s *slot) adopt() error {
	t, ok := s.outs[0].(*ort.Tensor[float32])
	if !ok {
		other := s.outs[0]
		s.outs[0] = nil
		return errors.Join(fmt.Errorf("it is no float32 tensor: %w", ErrBadOutput), other.Destroy())
	}
	w, h, err := answerSize(t.GetShape(), s.in.w, s.in.h)
	if err != nil {
		s.outs[0] = nil
		return errors.Join(err, t.Destroy())
	}
	out, err := newTensor(w, h, t.GetShape())
	if err != nil {
		s.outs[0] = nil
		return errors.Join(err, t.Destroy())
	}
	copy(out.GetData(), t.GetData())
	s.out, s.outs[0] = out, out
	return t.Destroy()
}

// answerSize reads an answer's size from its shape: [.., H, W] with ones
// before, of the input's aspect ratio to within a pixel.
func answerSize(shape ort.Shape, w, h int) (ow, oh int, err error) {
	n := len(shape)
	bad := fmt.Errorf("its shape %v does not fit an input of %dx%d: %w", shape, w, h, ErrBadOutput)
	if n < 2 {
		return 0, 0, bad
	}
	for _, d := range shape[:n-2] {
		if d != 1 {
			return 0, 0, bad
		}
	}
	ow, oh = int(shape[n-1]), int(shape[n-2])
	if ow < 1 || oh < 1 {
		return 0, 0, bad
	}
	if d := ow*h - oh*w; d > max(w, h) || -d > max(w, h) {
		return 0, 0, bad
	}
	return ow, oh, nil
}
