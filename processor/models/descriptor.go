package models

// Backend is what runs a model.
type Backend string

// The backends; Auto is the caller's "whichever suits this machine".
const (
	Auto   Backend = ""
	ONNX   Backend = "onnx"
	CoreML Backend = "coreml"
)

// Values of Descriptor's fields, spelled as in the depth package.
const (
	InputTensor = "tensor" // float32 [1,3,H,W], RGB
	InputImage  = "image"  // a BGRA pixel buffer (Core ML)

	OutputF32         = "f32"
	OutputF16         = "f16"
	OutputImage16Half = "image16half"

	Disparity = "disparity" // larger is nearer
	Distance  = "distance"  // larger is farther
)

// Descriptor is what must be known of a model to feed it and read its answer:
// field for field, and in JSON, the depth package's Descriptor, which this
// package may not import. Names and sizes left zero are read from the file.
type Descriptor struct {
	Input      string `json:"input"`
	Output     string `json:"output"`
	InputName  string `json:"input_name,omitempty"`
	OutputName string `json:"output_name,omitempty"`
	FixedW     int    `json:"fixed_w,omitempty"`    // fixed working size in pixels, 0 when dynamic
	FixedH     int    `json:"fixed_h,omitempty"`    //
	Multiple   int    `json:"multiple,omitempty"`   // sides are multiples of this (dynamic models)
	ShortSide  int    `json:"short_side,omitempty"` // default short side in pixels (dynamic models)
	Normalise  bool   `json:"normalise"`            // ImageNet mean and deviation, else 0..1
	Polarity   string `json:"polarity"`
	PerFrame   bool   `json:"per_frame_normalised"` // the model scales every picture by itself
}
