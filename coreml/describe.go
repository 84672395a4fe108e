package coreml

import (
	"encoding/json"
	"fmt"
)

// Kinds of features a depth model can have.
const (
	KindImage = "image"
	KindArray = "array"
)

// Feature is an input or an output of a model.
type Feature struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`             // KindImage, KindArray, or another word
	Format string `json:"format,omitempty"` // image: "BGRA", "ARGB", "L00h" (16-bit half), "L008"…
	W      int    `json:"width,omitempty"`  // image; 0 when any
	H      int    `json:"height,omitempty"`
	Type   string `json:"type,omitempty"`  // array: "float16", "float32", "double", "int32"
	Shape  []int  `json:"shape,omitempty"` // array
	// Flexible: W and H, or Shape, are only the default.
	Flexible bool `json:"flexible,omitempty"`
}

// Description is what a model says about itself. Nothing of it is assumed.
type Description struct {
	Inputs   []Feature         `json:"inputs"`
	Outputs  []Feature         `json:"outputs"`
	Metadata map[string]string `json:"metadata"` // description, author, licence, version and the maker's own keys
}

// Size returns the picture size of a feature: of an image its own, of an array
// the last two dimensions. Both are 0 when the model leaves them open.
func (f Feature) Size() (w, h int) {
	if f.Kind == KindImage {
		return f.W, f.H
	}
	if n := len(f.Shape); n >= 2 {
		return f.Shape[n-1], f.Shape[n-2]
	}
	return 0, 0
}

// Input returns the input of that name.
func (d Description) Input(name string) (Feature, error) { return find(d.Inputs, name, "input") }

// Output returns the output of that name.
func (d Description) Output(name string) (Feature, error) { return find(d.Outputs, name, "output") }

func find(features []Feature, name, what string) (Feature, error) {
	for _, f := range features {
		if f.Name == name {
			return f, nil
		}
	}
	return Feature{}, fmt.Errorf("the model has no %s %q: %w", what, name, ErrArgument)
}

func parseDescription(text string) (Description, error) {
	var d Description
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return d, fmt.Errorf("read the model's description: %w", err)
	}
	if len(d.Inputs) == 0 || len(d.Outputs) == 0 {
		return d, fmt.Errorf("the model has %d inputs and %d outputs: %w", len(d.Inputs), len(d.Outputs), ErrFailed)
	}
	return d, nil
}

// takes verifies that a picture fits an input.
func (f Feature) takes(p *Image) error {
	w, h := f.Size()
	switch {
	case f.Kind == KindImage && p.Format != BGRA8, f.Kind == KindArray && p.Format != RGBF32,
		f.Kind != KindImage && f.Kind != KindArray:
		return fmt.Errorf("input %q is of kind %q, the picture of format %d: %w", f.Name, f.Kind, p.Format, ErrArgument)
	case !f.Flexible && w > 0 && (p.W != w || p.H != h):
		return fmt.Errorf("input %q takes %dx%d, not %dx%d: %w", f.Name, w, h, p.W, p.H, ErrArgument)
	}
	return p.check()
}

// gives verifies that an answer fits an output.
func (f Feature) gives(a *Answer) error {
	w, h := f.Size()
	if !f.Flexible && w > 0 && (a.W != w || a.H != h) {
		return fmt.Errorf("output %q gives %dx%d, not %dx%d: %w", f.Name, w, h, a.W, a.H, ErrArgument)
	}
	return a.check()
}
