package depth

import (
	"context"
	"errors"
	"time"

	"spatialmaker/processor/pix"
)

// Errors an estimator can end with; wrapped with the model's file and cause.
var (
	ErrNotDepthModel = errors.New("not a depth model")
	ErrBadOutput     = errors.New("the model's answer is unusable")
	ErrNoRuntime     = errors.New("ONNX Runtime was not found")
	ErrOldRuntime    = errors.New("this ONNX Runtime is too old")
	ErrUnsupported   = errors.New("not supported on this machine")
)

// Map is an estimate for one picture: nearness 0..1 at the network's output
// size (not the picture's), 1 nearest.
type Map struct {
	*pix.Map
	Lo, Hi    float32       // the model's own values (after polarity) that became 0 and 1
	Inference time.Duration // spent inside the runtime's call
}

// Estimator turns pictures into depth. Estimate may be called from several
// goroutines; an implementation serialises them where its runtime must.
// The map's memory belongs to the caller (Release it when pooled).
// A cancelled ctx ends a running inference and returns ctx's error.
type Estimator interface {
	Estimate(ctx context.Context, pic *pix.Picture) (Map, error)
	Describe() Description
	Close() error // idempotent; waits for running calls
}

// Description tells what an open estimator is and where it runs.
type Description struct {
	Model   string // catalogue name or file name
	Path    string
	Backend string // "onnx" or "coreml"
	Device  string // "cpu", "neural engine", "gpu"
	Descriptor
}

// InputKind is how a model takes its picture.
type InputKind string

// OutputKind is how a model gives its depth.
type OutputKind string

// Polarity says which way a model's values grow.
type Polarity string

// Fit says how a picture of another aspect ratio is fed to a fixed size.
type Fit string

// The values of the descriptor's fields.
const (
	InputTensor InputKind = "tensor" // float32 [1,3,H,W], RGB
	InputImage  InputKind = "image"  // a BGRA pixel buffer (Core ML)

	OutputF32         OutputKind = "f32"
	OutputF16         OutputKind = "f16"
	OutputImage16Half OutputKind = "image16half"

	// Nothing of a picture is ever cut off. Letterbox repeats the border around
	// it; it is the default of models of the FastDepth kind (docs/depth.md has
	// the measurements), stretch that of all others.
	Stretch   Fit = "stretch"
	Letterbox Fit = "letterbox"

	Disparity Polarity = "disparity" // larger is nearer, proportional to 1/distance
	Distance  Polarity = "distance"  // larger is farther (metres or relative): inverted here
)

// Descriptor is what must be known of a model to feed it and read its answer.
// Names and sizes left zero are read from the file.
type Descriptor struct {
	Input      InputKind  `json:"input"`
	Output     OutputKind `json:"output"`
	InputName  string     `json:"input_name,omitempty"`
	OutputName string     `json:"output_name,omitempty"`
	FixedW     int        `json:"fixed_w,omitempty"` // fixed working size, 0 when dynamic
	FixedH     int        `json:"fixed_h,omitempty"`
	Fit        Fit        `json:"fit,omitempty"`        // fixed sizes: how another aspect ratio is fed
	Multiple   int        `json:"multiple,omitempty"`   // sides are multiples of this (dynamic models)
	ShortSide  int        `json:"short_side,omitempty"` // default short side (dynamic models)
	Normalise  bool       `json:"normalise"`            // ImageNet mean and deviation, else 0..1
	Polarity   Polarity   `json:"polarity"`
	PerFrame   bool       `json:"per_frame_normalised"` // the model scales every picture by itself
}
