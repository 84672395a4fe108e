package depth

import (
	"errors"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"
)

// session is one loaded network. Runs may overlap.
type session struct {
	ort *ort.DynamicAdvancedSession
}

// newSession loads the model at path with threads for each run. What ONNX
// Runtime refuses is ErrNotDepthModel with its message.
func newSession(path string, sig signature, threads int) (*session, error) {
	opts, err := sessionOptions(threads)
	if err != nil {
		return nil, fmt.Errorf("session options: %w", err)
	}
	defer opts.Destroy() // frees memory only; its result is always nil
	s, err := ort.NewDynamicAdvancedSession(path, []string{sig.InputName}, []string{sig.OutputName}, opts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotDepthModel, err)
	}
	return &session{ort: s}, nil
}

// sessionOptions are the settings found best by measurement (facts G): no
// memory pattern (100 MB less, as fast), one operator at a time, all graph
// optimisations, and threads that do not spin between runs.
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
	)
	if err != nil {
		return nil, errors.Join(err, o.Destroy())
	}
	return o, nil
}

func (s *session) close() error {
	return s.ort.Destroy()
}
