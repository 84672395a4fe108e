package coreml

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// healthy is how many predictions a reloaded model must have made for a
// further failure to be worth another reload instead of the processor. The
// Neural Engine has been seen to run out of surfaces after about a thousand.
const healthy = 100

// Options say what to open.
type Options struct {
	Path  string // a .mlpackage, a .mlmodel or a compiled .mlmodelc
	Cache string // where the compiled model is kept: a path ending in .mlmodelc; unused for a compiled one
	Units Units
	// Concurrency is how many predictions run at once; 0 is 1. With 1 the
	// synchronous interface is used and calls wait for each other.
	Concurrency int
}

// Model is an open model. It survives a failing Neural Engine: it is loaded
// again once and then moves to the processor; Units and Notes tell.
type Model struct {
	options     Options
	compiled    string
	description Description

	mu     sync.RWMutex // held for reading while predicting, for writing while h changes
	h      unsafe.Pointer
	units  Units
	turn   int // counts the handles there have been
	notes  []string
	since  atomic.Int64 // predictions since the handle was made
	retry  bool         // the current handle is a reload
	closed bool
}

// Open compiles the model if that has not been done before, loads it and reads
// its description. The units asked for are tried first, then the GPU, then the
// processor. A compiled model from the cache that loads on none of them is
// compiled once more. Compiling and the first load for the Neural Engine take
// seconds; ctx is looked at between the steps.
func Open(ctx context.Context, o Options) (*Model, error) {
	if err := Linked(); err != nil {
		return nil, err
	}
	o.Concurrency = max(o.Concurrency, 1)
	path, fresh, err := compiled(ctx, o)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", o.Path, err)
	}
	m := &Model{options: o, compiled: path}
	err = m.load(ctx)
	if errors.Is(err, ErrFailed) && !fresh && !isCompiled(o.Path) {
		m.notes = append(m.notes, "compiled again: "+err.Error())
		if err = recompile(ctx, o); err == nil {
			err = m.load(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	text, err := nativeDescribe(m.h)
	if err == nil {
		m.description, err = parseDescription(text)
	}
	if err != nil {
		_ = m.Close()
		return nil, fmt.Errorf("open %s: %w", o.Path, err)
	}
	return m, nil
}

// load tries the units of the chain in turn.
func (m *Model) load(ctx context.Context) error {
	units := m.options.Units.chain()
	if system, err := Describe(); err == nil && len(system.Devices) > 0 {
		units = slices.DeleteFunc(units, func(u Units) bool { return u != CPU && !system.Has(u) })
	}
	var errs []error
	for _, u := range units {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := nativeLoad(m.compiled, u, m.options.Concurrency)
		if err == nil {
			m.replace(h, u)
			return nil
		}
		m.notes = append(m.notes, fmt.Sprintf("%s: %v", u, err))
		errs = append(errs, fmt.Errorf("load %s for %s: %w", m.options.Path, u, err))
	}
	return errors.Join(errs...)
}

// replace makes h the handle in use. The caller holds mu or is alone.
func (m *Model) replace(h unsafe.Pointer, u Units) {
	m.h, m.units = h, u
	m.turn++
	m.since.Store(0)
}

// Description is what the model says about itself.
func (m *Model) Description() Description { return m.description }

// Units is what the model runs on now.
func (m *Model) Units() Units {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.units
}

// Notes tell, in order, which units failed and why others are in use.
func (m *Model) Notes() []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.notes)
}

// Predict runs the pictures through the model in order and fills the answers.
// input and output name features of the Description; formats and sizes must be
// theirs. ctx is looked at before every picture; a prediction that has begun
// is finished first. After an error the answers are undefined.
func (m *Model) Predict(ctx context.Context, input, output string, pictures []Image, answers []Answer) error {
	if err := m.fits(input, output, pictures, answers); err != nil {
		return fmt.Errorf("predict with %s: %w", m.options.Path, err)
	}
	for at := 0; at < len(pictures); {
		done, turn, err := m.run(ctx, input, output, pictures[at:], answers[at:])
		at += done
		if err == nil {
			continue
		}
		if cause := ctx.Err(); cause != nil {
			return cause
		}
		if !errors.Is(err, ErrFailed) {
			return fmt.Errorf("predict with %s: %w", m.options.Path, err)
		}
		if again := m.mend(turn, err); again != nil {
			return fmt.Errorf("predict with %s: %w", m.options.Path, again)
		}
	}
	return nil
}

func (m *Model) fits(input, output string, pictures []Image, answers []Answer) error {
	in, err := m.description.Input(input)
	if err != nil {
		return err
	}
	out, err := m.description.Output(output)
	if err != nil {
		return err
	}
	if len(pictures) != len(answers) {
		return fmt.Errorf("%d pictures and %d answers: %w", len(pictures), len(answers), ErrArgument)
	}
	for i := range pictures {
		if err := in.takes(&pictures[i]); err != nil {
			return err
		}
		if err := out.gives(&answers[i]); err != nil {
			return err
		}
	}
	return nil
}

// run predicts with the handle of the moment and tells which one that was.
func (m *Model) run(ctx context.Context, input, output string, pictures []Image, answers []Answer) (done, turn int, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return 0, m.turn, ErrClosed
	}
	err = withToken(ctx, func(token unsafe.Pointer) error {
		var err error
		done, err = nativePredict(m.h, token, input, output, pictures, answers)
		return err
	})
	m.since.Add(int64(done))
	return done, m.turn, err
}

// mend answers a failed prediction of the given handle: the model is loaded
// again, and when that did not last, moved to the processor. It returns nil
// when it is worth trying again and else the error to report.
func (m *Model) mend(turn int, cause error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return ErrClosed
	case m.turn != turn:
		return nil // another goroutine has replaced the handle since
	case m.units == CPU:
		return cause
	}
	try := []Units{m.units, CPU}
	if m.retry && m.since.Load() < healthy {
		try = try[1:]
	}
	m.notes = append(m.notes, fmt.Sprintf("%s: %v", m.units, cause))
	nativeFree(m.h)
	m.h = nil
	errs := []error{cause}
	for _, u := range try {
		h, err := nativeLoad(m.compiled, u, m.options.Concurrency)
		if err == nil {
			m.retry = true
			m.replace(h, u)
			return nil
		}
		m.notes = append(m.notes, fmt.Sprintf("%s: %v", u, err))
		errs = append(errs, fmt.Errorf("load again for %s: %w", u, err))
	}
	m.closed = true // there is nothing left to predict with
	return errors.Join(errs...)
}

// Close gives the model back after running predictions have ended. Later calls
// do nothing.
func (m *Model) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	if m.h != nil {
		nativeFree(m.h)
		m.h = nil
	}
	return nil
}

// Plan says where Core ML would run the operations of the model with the units
// now in use, by device name. It needs macOS 14.4 and takes as long as a load.
func (m *Model) Plan() (map[string]int, error) {
	text, err := nativePlan(m.compiled, m.Units())
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", m.options.Path, err)
	}
	var plan map[string]int
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		return nil, fmt.Errorf("plan %s: %w", m.options.Path, err)
	}
	return plan, nil
}
