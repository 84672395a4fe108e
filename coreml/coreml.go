package coreml

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Errors of this package, wrapped with the file concerned and the system's own
// words. A cancelled call returns its context's error instead.
var (
	// ErrUnsupported: this build, system or machine cannot do it.
	ErrUnsupported = errors.New("not supported here")
	// ErrFailed: Core ML, AVFoundation or ImageIO reported a failure.
	ErrFailed = errors.New("the system reported a failure")
	// ErrArgument: sizes, strides, names or times that do not fit together.
	ErrArgument = errors.New("arguments do not fit")
	// ErrDiskFull: the system said that the disk has no room left. It is an
	// ErrFailed too.
	ErrDiskFull = fmt.Errorf("%w: the disk is full", ErrFailed)
	// ErrClosed: the model or writer was closed before.
	ErrClosed = errors.New("already closed")
)

// errCancelled is what the bridge says; callers see their context's error.
var errCancelled = errors.New("cancelled")

// Results of the bridge; bridge.h has the same numbers and a test compares.
const (
	contract          = 4
	resultOK          = 0
	resultFailed      = 1
	resultUnsupported = 2
	resultCancelled   = 3
	resultArgument    = 4
	resultFull        = 5
)

// Units says what a model runs on.
type Units int32

// The units, in the numbers of bridge.h. Every one includes the processor,
// which runs what the other cannot.
const (
	Auto         Units = 0 // the Neural Engine, else the GPU, else the processor
	CPU          Units = 1
	GPU          Units = 2
	NeuralEngine Units = 3
)

// String gives the words used in depth.Description.Device.
func (u Units) String() string {
	switch u {
	case CPU:
		return "cpu"
	case GPU:
		return "gpu"
	case NeuralEngine:
		return "neural engine"
	case Auto:
		return "auto"
	}
	return fmt.Sprintf("units %d", int32(u))
}

// chain lists what to try, best first, when u is asked for.
func (u Units) chain() []Units {
	switch u {
	case CPU:
		return []Units{CPU}
	case GPU:
		return []Units{GPU, CPU}
	}
	return []Units{NeuralEngine, GPU, CPU}
}

// System is what the bridge says about the machine.
type System struct {
	OS           string   `json:"os"`      // "14.5.0"
	Chip         string   `json:"chip"`    // "Apple M4 Pro"
	Devices      []string `json:"devices"` // "cpu", "gpu", "neural engine"
	SpatialVideo bool     `json:"spatial_video"`
	SpatialPhoto bool     `json:"spatial_photo"`
}

// Describe asks the bridge what this machine can do. It returns ErrUnsupported
// in a build without the bridge.
func Describe() (System, error) {
	if err := Linked(); err != nil {
		return System{}, err
	}
	text, err := nativeSystem()
	if err != nil {
		return System{}, fmt.Errorf("describe this machine: %w", err)
	}
	var s System
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return System{}, fmt.Errorf("describe this machine: %w", err)
	}
	return s, nil
}

// Has says whether the machine has a device of that name.
func (s System) Has(u Units) bool {
	for _, d := range s.Devices {
		if d == u.String() {
			return true
		}
	}
	return false
}

// Linked returns nil when this build has the bridge and its contract is ours,
// else an error wrapping ErrUnsupported that says what is missing.
func Linked() error {
	switch c := nativeContract(); c {
	case 0:
		return fmt.Errorf("this build has no Core ML bridge: %w", ErrUnsupported)
	case contract:
		return nil
	default:
		return fmt.Errorf("the Core ML bridge has contract %d, this program %d: %w", c, contract, ErrUnsupported)
	}
}
