package apple

import (
	"fmt"
	"slices"
	"strings"

	"spatialmaker/coreml"
	"spatialmaker/processor/depth"
)

// signature is how a model is fed and read: what it says about itself, and
// from the catalogue only what no file says.
type signature struct {
	depth.Descriptor
	in, out coreml.Feature
	ow, oh  int // of the answer
}

// inferSignature completes d from the model's description. Kinds, names and
// sizes are the model's own, since packages of two generations go by one name;
// d decides between several outputs and says what the numbers mean. The error
// wraps depth.ErrNotDepthModel.
func inferSignature(d depth.Descriptor, about coreml.Description) (signature, error) {
	s := signature{Descriptor: d}
	var err error
	if s.in, err = pickInput(d.InputName, about.Inputs); err != nil {
		return s, err
	}
	if s.out, err = pickOutput(d.OutputName, about.Outputs); err != nil {
		return s, err
	}
	s.InputName, s.OutputName = s.in.Name, s.out.Name
	// A model of flexible size works at its default, which is what it was
	// made and measured for.
	s.FixedW, s.FixedH = s.in.Size()
	s.Multiple, s.ShortSide = 0, 0
	const widest = 1 << 13
	if s.FixedW < 1 || s.FixedH < 1 || s.FixedW > widest || s.FixedH > widest {
		return s, fmt.Errorf("its input %q is %dx%d: %w", s.in.Name, s.FixedW, s.FixedH, depth.ErrNotDepthModel)
	}
	if s.ow, s.oh = s.out.Size(); s.ow == 0 {
		s.ow, s.oh = s.FixedW, s.FixedH // many packages do not tell; the bridge compares
	}
	if s.ow < 1 || s.oh < 1 || s.ow > widest || s.oh > widest {
		return s, fmt.Errorf("its output %q is %dx%d: %w", s.out.Name, s.ow, s.oh, depth.ErrNotDepthModel)
	}
	s.meaning(d, about.Outputs)
	return s, nil
}

// meaning sets what the numbers stand for.
func (s *signature) meaning(d depth.Descriptor, outputs []coreml.Feature) {
	if s.in.Kind == coreml.KindImage {
		s.Input, s.Normalise = depth.InputImage, false // scale and mean are in the model
	} else {
		s.Input = depth.InputTensor
		s.Normalise = d.Normalise || d.Input != depth.InputTensor
	}
	var image bool
	switch {
	case s.out.Kind == coreml.KindImage:
		s.Output, image = depth.OutputImage16Half, true
	case s.out.Type == "float16":
		s.Output = depth.OutputF16
	default:
		s.Output = depth.OutputF32
	}
	// A picture can only hold 0..1, so the model has scaled it by itself.
	if image != (d.Output == depth.OutputImage16Half) || d.Polarity == "" {
		s.PerFrame = image
	}
	if d.Polarity == "" {
		s.Polarity = depth.Disparity
		if slices.ContainsFunc(outputs, func(f coreml.Feature) bool { return f.Name == "confidence" }) {
			s.Polarity = depth.Distance // Depth Anything 3 (facts A4)
		}
	}
}

// pickInput finds the picture among the inputs.
func pickInput(name string, inputs []coreml.Feature) (coreml.Feature, error) {
	if len(inputs) != 1 {
		return coreml.Feature{}, fmt.Errorf("it has %d inputs (%s), not one: %w", len(inputs), names(inputs), depth.ErrNotDepthModel)
	}
	f := inputs[0]
	if name != "" && f.Name != name {
		return f, fmt.Errorf("its input is %q, not %q: %w", f.Name, name, depth.ErrNotDepthModel)
	}
	switch {
	case f.Kind == coreml.KindImage && (f.Format == "BGRA" || f.Format == "ARGB"):
		return f, nil
	case f.Kind == coreml.KindArray && (f.Type == "float32" || f.Type == "float16"):
		n := len(f.Shape)
		if (n == 3 || n == 4 && f.Shape[0] == 1) && f.Shape[n-3] == 3 {
			return f, nil
		}
	}
	return f, fmt.Errorf("its input %q (%s %s%s %v) is no colour picture: %w",
		f.Name, f.Kind, f.Format, f.Type, f.Shape, depth.ErrNotDepthModel)
}

// pickOutput finds the depth among the outputs.
func pickOutput(name string, outputs []coreml.Feature) (coreml.Feature, error) {
	var at int
	switch {
	case name != "":
		at = slices.IndexFunc(outputs, func(f coreml.Feature) bool { return f.Name == name })
	case len(outputs) == 1:
		at = 0
	default:
		at = slices.IndexFunc(outputs, func(f coreml.Feature) bool {
			n := strings.ToLower(f.Name)
			return strings.Contains(n, "depth") || strings.Contains(n, "disp")
		})
	}
	if at < 0 {
		return coreml.Feature{}, fmt.Errorf("none of its outputs (%s) is depth: %w", names(outputs), depth.ErrNotDepthModel)
	}
	f := outputs[at]
	switch {
	case f.Kind == coreml.KindImage && strings.HasPrefix(f.Format, "L00"):
		return f, nil
	case f.Kind == coreml.KindArray && (f.Type == "float16" || f.Type == "float32" || f.Type == "double"):
		rest := f.Shape[:max(len(f.Shape)-2, 0)]
		if !slices.ContainsFunc(rest, func(n int) bool { return n != 1 }) {
			return f, nil
		}
	}
	return f, fmt.Errorf("its output %q (%s %s%s %v) is not one value a pixel: %w",
		f.Name, f.Kind, f.Format, f.Type, f.Shape, depth.ErrNotDepthModel)
}

func names(features []coreml.Feature) string {
	out := make([]string, 0, len(features))
	for _, f := range features[:min(len(features), 4)] {
		out = append(out, fmt.Sprintf("%q", f.Name))
	}
	return strings.Join(out, ", ")
}
