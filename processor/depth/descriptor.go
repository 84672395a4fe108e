package depth

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"spatialmaker/processor/onnxfile"
)

// Defaults of the Depth Anything family (facts B1): a patch is 14 pixels, the
// reference works at a short side of 518 = 37 patches.
const (
	patch        = 14
	defaultShort = 518
	longCap      = 2058 // longest side given to a network, 147 patches
)

// signature is what the estimator needs of a file besides the descriptor.
type signature struct {
	Descriptor
	rank5  bool // input is [batch, pictures, 3, H, W] (Depth Anything 3)
	smooth bool // average before resizing, as its training did, not as Depth Anything's reference
}

// shape is the input's for a working size.
func (s *signature) shape(w, h int) []int64 {
	if s.rank5 {
		return []int64{1, 1, 3, int64(h), int64(w)}
	}
	return []int64{1, 3, int64(h), int64(w)}
}

// inferDescriptor completes d from what the file tells. What is set in d wins,
// except that fixed sizes of the file cannot be changed. An empty d is guessed:
// Depth Anything V2's signature unless the file looks like FastDepth or like
// Depth Anything 3. The error wraps ErrNotDepthModel.
func inferDescriptor(d Descriptor, in *onnxfile.Info) (signature, error) {
	sig := signature{Descriptor: d}
	x, err := pickInput(d.InputName, in)
	if err != nil {
		return sig, err
	}
	y, err := pickOutput(d.OutputName, in)
	if err != nil {
		return sig, err
	}
	sig.InputName, sig.OutputName = x.Name, y.Name
	sig.rank5 = len(x.Dims) == 5
	h, w := max(x.Dims[len(x.Dims)-2].Value, 0), max(x.Dims[len(x.Dims)-1].Value, 0)
	const widest = 1 << 14
	if h > widest || w > widest {
		return sig, fmt.Errorf("its input is %dx%d: %w", w, h, ErrNotDepthModel)
	}
	if d.FixedW > 0 && (w > 0 && int(w) != d.FixedW || h > 0 && int(h) != d.FixedH) {
		return sig, fmt.Errorf("its input is %dx%d, not %dx%d: %w", w, h, d.FixedW, d.FixedH, ErrNotDepthModel)
	}
	if w > 0 && h > 0 {
		sig.FixedW, sig.FixedH = int(w), int(h)
	}
	sig.complete(x, y, in)
	return sig, nil
}

// complete sets what neither the descriptor nor the file tells.
func (s *signature) complete(x, y onnxfile.Value, in *onnxfile.Info) {
	s.Input, s.Output = cmp.Or(s.Input, InputTensor), cmp.Or(s.Output, OutputF32)
	if s.Polarity == "" {
		s.guess(x, y, in)
	}
	s.smooth = s.FixedW > 0 && !s.Normalise
	fit := Stretch
	if s.smooth && s.Polarity == Distance {
		fit = Letterbox
	}
	s.Fit = cmp.Or(s.Fit, fit)
	if s.FixedW == 0 {
		s.Multiple, s.ShortSide = max(s.Multiple, 0), max(s.ShortSide, 0)
		s.Multiple, s.ShortSide = cmp.Or(s.Multiple, patch), cmp.Or(s.ShortSide, defaultShort)
	}
}

// guess sets what numbers mean, which no file says, from the known signatures.
func (s *signature) guess(x, y onnxfile.Value, in *onnxfile.Info) {
	fastDepth := x.Name == "0" && s.FixedW == 224 && s.FixedH == 224 && len(y.Dims) == 4
	several := slices.ContainsFunc(in.Outputs, func(v onnxfile.Value) bool {
		return v.Name == "confidence" || v.Name == "extrinsics" || v.Name == "intrinsics"
	})
	switch {
	case fastDepth: // metres, RGB of 0..1 as it is (facts B4)
		s.Polarity, s.Normalise = Distance, false
	case s.rank5 || several: // Depth Anything 3 (facts A4)
		s.Polarity, s.Normalise = Distance, true
	default:
		s.Polarity, s.Normalise = Disparity, true
	}
}

// pickInput finds the picture among the inputs: a float tensor of
// [batch, 3, H, W] or [batch, pictures, 3, H, W].
func pickInput(name string, in *onnxfile.Info) (onnxfile.Value, error) {
	if len(in.Inputs) != 1 {
		return onnxfile.Value{}, fmt.Errorf("it has %d inputs (%s), not one: %w", len(in.Inputs), valueNames(in.Inputs), ErrNotDepthModel)
	}
	v := in.Inputs[0]
	if name != "" && v.Name != name {
		return v, fmt.Errorf("its input is %q, not %q: %w", v.Name, name, ErrNotDepthModel)
	}
	n := len(v.Dims)
	if v.Elem != onnxfile.Float32 || n != 4 && n != 5 {
		return v, fmt.Errorf("its input %v is no float32 picture [1,3,H,W]: %w", v, ErrNotDepthModel)
	}
	if c := v.Dims[n-3]; c.Fixed() && c.Value != 3 {
		return v, fmt.Errorf("its input %q has %d channels, not 3: %w", v.Name, c.Value, ErrNotDepthModel)
	}
	for _, d := range v.Dims[:n-3] {
		if d.Value > 1 {
			return v, fmt.Errorf("its input %q takes %d pictures at once: %w", v.Name, d.Value, ErrNotDepthModel)
		}
	}
	return v, nil
}

// pickOutput finds the depth among the outputs.
func pickOutput(name string, in *onnxfile.Info) (onnxfile.Value, error) {
	var at int
	switch {
	case name != "":
		at = slices.IndexFunc(in.Outputs, func(v onnxfile.Value) bool { return v.Name == name })
	case len(in.Outputs) == 1:
		at = 0
	default:
		at = slices.IndexFunc(in.Outputs, func(v onnxfile.Value) bool {
			return strings.Contains(strings.ToLower(v.Name), "depth") || strings.Contains(strings.ToLower(v.Name), "disparity")
		})
	}
	if at < 0 {
		return onnxfile.Value{}, fmt.Errorf("none of its outputs (%s) is depth: %w", valueNames(in.Outputs), ErrNotDepthModel)
	}
	v := in.Outputs[at]
	if v.Elem != onnxfile.Float32 {
		return v, fmt.Errorf("its output %v is not float32: %w", v, ErrNotDepthModel)
	}
	if n := len(v.Dims); v.Ranked && n < 2 || n > 5 {
		return v, fmt.Errorf("its output %q has %d dimensions: %w", v.Name, n, ErrNotDepthModel)
	}
	for i, d := range v.Dims {
		small := d.Value == 1 || d.Value == 2 // a fixed picture is larger
		if i < len(v.Dims)-2 && d.Value > 1 || i >= len(v.Dims)-2 && small {
			return v, fmt.Errorf("its output %q is not one value a pixel: %w", v.Name, ErrNotDepthModel)
		}
	}
	return v, nil
}

func valueNames(vs []onnxfile.Value) string {
	names := make([]string, 0, len(vs))
	for _, v := range vs[:min(len(vs), 4)] {
		names = append(names, fmt.Sprintf("%q", v.Name))
	}
	return strings.Join(names, ", ")
}
