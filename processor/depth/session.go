package depth

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// session is one loaded network. Runs may overlap.
type session struct {
	ort    *ort.DynamicAdvancedSession
	free   func() error
	w, h   int  // the input size it is made for, 0 when it takes any
	cached bool // it came from the cache of optimised graphs
	users  int  // runs under way, counted by sessions
	last   bool // replaced: freed after its last run
}

func newSession(o *ort.DynamicAdvancedSession, w, h int) *session {
	return &session{ort: o, free: o.Destroy, w: w, h: h}
}

// fits reports whether the session takes an input of w x h.
func (s *session) fits(w, h int) bool {
	return s.w == 0 || s.w == w && s.h == h
}

// sessions holds the one session that is loaded at a time: a second would cost
// as much memory again. A session made for the working size runs 10 to 18 %
// faster and takes less memory than one for any size, because all that depends
// on the size is folded away. Making one costs less than a single inference, so
// the first size gets one at once; pictures that keep changing their shape
// share a session for any size until one shape stays.
type sessions struct {
	build   func(w, h int) (*session, error) // 0, 0: for any size
	fixed   bool                             // the model has one size anyway
	mu      sync.Mutex
	current *session
	w, h    int // the size asked for last
	streak  int // how many times in a row
	changes int // how often a session had to be replaced
}

const (
	toleratedChanges = 3 // such as a landscape, a portrait, a landscape
	settledStreak    = 8
)

// acquire returns a session for an input of w x h; release it after the run.
func (s *sessions) acquire(w, h int) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.w != w || s.h != h {
		s.w, s.h, s.streak = w, h, 0
	}
	s.streak++
	cur := s.current
	settled := cur != nil && cur.w == 0 && !s.fixed && s.streak == settledStreak
	if cur == nil || !cur.fits(w, h) || settled {
		if err := s.replace(w, h, settled); err != nil {
			return nil, err
		}
		cur = s.current
	}
	cur.users++
	return cur, nil
}

// replace loads another session in place of the current one.
func (s *sessions) replace(w, h int, settled bool) error {
	old := s.current
	s.current = nil
	if old != nil {
		s.changes++
		if err := s.retire(old); err != nil {
			return err
		}
	}
	if settled {
		s.changes = 0
	}
	if s.fixed || s.changes > toleratedChanges {
		w, h = 0, 0
	}
	made, err := s.build(w, h)
	if err != nil {
		return err
	}
	s.current = made
	return nil
}

// retire closes a session now or after its last run.
func (s *sessions) retire(old *session) error {
	old.last = true
	if old.users > 0 {
		return nil
	}
	return old.free()
}

func (s *sessions) release(used *session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	used.users--
	if used.last && used.users == 0 {
		return used.free()
	}
	return nil
}

// close frees the session; no run may be under way.
func (s *sessions) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.current
	s.current = nil
	if old == nil {
		return nil
	}
	return s.retire(old)
}

// loader makes sessions of one model.
type loader struct {
	path    string
	sig     signature
	threads int
	cache   graphCache
}

// build loads the model for an input of w x h, or for any when they are 0.
// What ONNX Runtime refuses is ErrNotDepthModel with its message.
func (l *loader) build(w, h int) (*session, error) {
	if w > 0 {
		if s, err := l.frozen(w, h); err == nil {
			return s, nil
		}
		// An unusual file that cannot be edited, or a full disk: the plain way
		// costs some speed and tells better what is wrong.
	}
	opts, err := sessionOptions(l.threads)
	if err != nil {
		return nil, fmt.Errorf("session options: %w", err)
	}
	made, err := ort.NewDynamicAdvancedSession(l.path, []string{l.sig.InputName}, []string{l.sig.OutputName}, opts)
	err = errors.Join(err, opts.Destroy())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotDepthModel, err)
	}
	return newSession(made, 0, 0), nil
}

// frozen loads the model with its input fixed to w x h, from the cache of
// optimised graphs where it has it, else from the model, filling the cache.
func (l *loader) frozen(w, h int) (*session, error) {
	graph, err := l.freeze(w, h)
	if err != nil {
		return nil, err
	}
	key := l.cache.key(l.path, graph, l.threads)
	if ready, err := l.cache.load(key); err == nil {
		if s, err := l.fromBytes(ready, w, h, ort.GraphOptimizationLevelEnableBasic, ""); err == nil {
			s.cached = true
			return s, nil
		}
		l.cache.drop(key) // damaged in a way its checksum does not show
	}
	optimised := l.cache.reserve(key)
	s, err := l.fromBytes(graph, w, h, ort.GraphOptimizationLevelEnableAll, optimised)
	if err != nil && optimised != "" {
		// The cache's disk may be full, which must not keep anyone from working.
		s, err = l.fromBytes(graph, w, h, ort.GraphOptimizationLevelEnableAll, "")
	}
	l.cache.keep(key, optimised)
	return s, err
}

// freeze reads the model as a graph for one input size.
func (l *loader) freeze(w, h int) ([]byte, error) {
	f, err := os.Open(l.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return freezeShape(f, st.Size(), filepath.Base(l.path), l.sig.InputName, l.sig.shape(w, h))
}

// fromBytes loads a graph whose weights lie in the model's folder. With
// optimised, ONNX Runtime also writes the graph it made of it to that file.
func (l *loader) fromBytes(graph []byte, w, h int, level ort.GraphOptimizationLevel, optimised string) (*session, error) {
	folder, err := filepath.Abs(filepath.Dir(l.path))
	if err != nil {
		return nil, err
	}
	opts, err := sessionOptions(l.threads)
	if err != nil {
		return nil, fmt.Errorf("session options: %w", err)
	}
	err = errors.Join(
		opts.SetGraphOptimizationLevel(level),
		opts.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder),
	)
	if optimised != "" {
		err = errors.Join(err, opts.SetOptimizedModelFilePath(optimised))
	}
	if err != nil {
		return nil, errors.Join(err, opts.Destroy())
	}
	made, err := ort.NewDynamicAdvancedSessionWithONNXData(graph, []string{l.sig.InputName}, []string{l.sig.OutputName}, opts)
	if err = errors.Join(err, opts.Destroy()); err != nil {
		return nil, err
	}
	return newSession(made, w, h), nil
}

// sessionOptions are the settings found best by measurement: no memory pattern
// (100 MB less, as fast), one operator at a time, all graph optimisations, and
// threads that do not spin while they wait: on an idle machine that changes
// nothing, and beside decoding and encoding it takes a third less CPU time and
// is a quarter faster (docs/depth.md).
func sessionOptions(threads int) (*ort.SessionOptions, error) {
	o, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		o.SetIntraOpNumThreads(threads),
		o.SetInterOpNumThreads(1),
		o.SetExecutionMode(ort.ExecutionModeSequential),
		o.SetMemPattern(false),
		o.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll),
		o.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
	)
	if err != nil {
		return nil, errors.Join(err, o.Destroy())
	}
	return o, nil
}
