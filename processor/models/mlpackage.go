package models

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"spatialmaker/processor/protoscan"
)

// describePackage reads how to feed a Core ML package: from the specification
// inside a .mlpackage; a compiled .mlmodelc has none, so the descriptor then
// says only that it takes a picture, and the Core ML bridge asks the model.
func describePackage(dir string) (Descriptor, error) {
	d := Descriptor{Input: InputImage, Output: OutputF16, Polarity: Disparity}
	if filepath.Ext(dir) == ".mlmodelc" {
		if !sizeIs(filepath.Join(dir, "coremldata.bin"), 0) {
			return d, fmt.Errorf("%s: %w: no coremldata.bin in it", dir, ErrNotDepth)
		}
		return d, nil
	}
	spec, err := findSpec(dir)
	if err != nil {
		return d, fmt.Errorf("%s: %w", dir, err)
	}
	f, err := os.Open(spec)
	if err != nil {
		return d, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return d, err
	}
	in, out, err := coreMLSignature(f, st.Size())
	if err != nil {
		return d, fmt.Errorf("%s: %w: %w", dir, ErrNotDepth, err)
	}
	return d, fillFromSignature(&d, dir, in, out)
}

func fillFromSignature(d *Descriptor, dir string, in, out []feature) error {
	for _, f := range in {
		switch {
		case f.image:
			d.Input, d.InputName, d.FixedW, d.FixedH = InputImage, f.name, f.w, f.h
		case len(f.shape) == 4 && f.shape[1] == 3:
			// The earlier tool's first packages: normalised by the caller.
			d.Input, d.InputName, d.Normalise = InputTensor, f.name, true
			d.FixedH, d.FixedW = int(f.shape[2]), int(f.shape[3])
		default:
			continue
		}
		for _, o := range out {
			if o.image || len(o.shape) >= 2 || len(out) == 1 {
				d.OutputName, d.Output = o.name, o.output()
				d.PerFrame = o.image // an image output holds 0..1, scaled for each picture
				return nil
			}
		}
	}
	return fmt.Errorf("%s: %w: it has no picture as input, or no picture of numbers as output", dir, ErrNotDepth)
}

func findSpec(dir string) (string, error) {
	var spec string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(path) == ".mlmodel" {
			spec = path
			return fs.SkipAll
		}
		return err
	})
	if err == nil && spec == "" {
		err = fmt.Errorf("%w: no Core ML model in this folder", ErrNotDepth)
	}
	return spec, err
}

// feature is an input or output of a Core ML model.
type feature struct {
	name  string
	image bool
	w, h  int     // of an image, pixels
	gray  int64   // colour space of an image
	shape []int64 // of an array
	elem  int64   // element type of an array
}

// Constants of Core ML's FeatureTypes.proto.
const (
	arrayFloat16     = 65552
	colorGrayFloat16 = 40
)

func (f feature) output() string {
	switch {
	case f.image && f.gray == colorGrayFloat16:
		return OutputImage16Half
	case f.elem == arrayFloat16:
		return OutputF16
	}
	return OutputF32
}

// coreMLSignature reads the inputs and outputs of a Core ML specification
// (Model.proto: description is field 2, in it input 1 and output 10).
func coreMLSignature(r io.ReaderAt, size int64) (in, out []feature, err error) {
	model := protoscan.NewSource(r, size).Message()
	err = model.Each(func(f protoscan.Field) error {
		if f.Number != 2 || f.Type != protoscan.Bytes {
			return nil
		}
		return f.Message().Each(func(f protoscan.Field) error {
			var dst *[]feature
			switch {
			case f.Number == 1 && f.Type == protoscan.Bytes:
				dst = &in
			case f.Number == 10 && f.Type == protoscan.Bytes:
				dst = &out
			default:
				return nil
			}
			if len(*dst) >= 64 {
				return protoscan.ErrTooMany
			}
			ft, err := readFeature(f.Message())
			*dst = append(*dst, ft)
			return err
		})
	})
	return in, out, err
}

// readFeature reads a FeatureDescription: name 1, type 3; in the type an image
// is field 4 {width 1, height 2, colour space 3}, an array 5 {shape 1, type 2}.
func readFeature(m protoscan.Message) (feature, error) {
	var ft feature
	err := m.Each(func(f protoscan.Field) (err error) {
		switch {
		case f.Number == 1 && f.Type == protoscan.Bytes:
			ft.name, err = f.Text(256)
		case f.Number == 3 && f.Type == protoscan.Bytes:
			err = f.Message().Each(func(f protoscan.Field) error {
				if f.Type != protoscan.Bytes {
					return nil
				}
				switch f.Number {
				case 4:
					ft.image = true
					return f.Message().Each(ft.imageField)
				case 5:
					return f.Message().Each(ft.arrayField)
				}
				return nil
			})
		}
		return err
	})
	return ft, err
}

func (ft *feature) imageField(f protoscan.Field) error {
	if f.Type != protoscan.Varint || f.Number > 3 {
		return nil
	}
	if f.Number < 3 && f.Value > 1<<14 {
		return fmt.Errorf("picture side %d: %w", f.Value, protoscan.ErrMalformed)
	}
	switch f.Number {
	case 1:
		ft.w = int(f.Value)
	case 2:
		ft.h = int(f.Value)
	case 3:
		ft.gray = int64(f.Value)
	}
	return nil
}

func (ft *feature) arrayField(f protoscan.Field) (err error) {
	switch {
	case f.Number == 1:
		ft.shape, err = f.Varints(ft.shape, 8)
		for _, n := range ft.shape {
			if n < 0 || n > 1<<20 {
				return fmt.Errorf("array side %d: %w", n, protoscan.ErrMalformed)
			}
		}
	case f.Number == 2 && f.Type == protoscan.Varint:
		ft.elem = int64(f.Value)
	}
	return err
}

// dirSize adds up the files under dir, leaving out what cannot be read.
func dirSize(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if st, err := d.Info(); err == nil {
				n += st.Size()
			}
		}
		return nil
	})
	return n
}
