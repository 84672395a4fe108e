package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"spatialmaker/processor/onnxfile"
)

// inspectPath describes a model the user names by its path.
func (s *Store) inspectPath(path string) (Model, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Model{}, fmt.Errorf("%s: %w", path, err)
	}
	st, err := os.Stat(abs)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", ErrNoFile, err)
	}
	if err != nil {
		return Model{}, withHint(fmt.Errorf("model file: %w", err), "spatialmaker models list shows the models known by name")
	}
	name := strings.TrimSuffix(filepath.Base(abs), filepath.Ext(abs))
	m := Model{
		Name: name, Family: name, Title: filepath.Base(abs), Backend: ONNX,
		Bytes: st.Size(), BytesExact: true,
	}
	if e := s.entryOf(abs, st); e != nil {
		m = s.cat.model(e)
		m.Bytes, m.BytesExact = st.Size(), true
		return at(m, abs, ByPath), nil
	}
	if st.IsDir() {
		m.Backend = CoreML
		if m.Descriptor, err = describePackage(abs); err != nil {
			return Model{}, err
		}
		m.Bytes = dirSize(abs)
		return at(m, abs, ByPath), nil
	}
	info, err := onnxfile.Inspect(abs)
	if err != nil {
		return Model{}, fmt.Errorf("%w: %w", ErrNotDepth, err)
	}
	if m.Descriptor, err = describeONNX(info); err != nil {
		return Model{}, fmt.Errorf("%s: %w", path, err)
	}
	return at(m, abs, ByPath), nil
}

// smallFile is what hashing costs nobody anything for.
const smallFile = 16 << 20

// entryOf recognises a file of the catalogue: a small one by its hash, a large
// one by its exact size and a readable header. It picks a description only;
// nothing is trusted for it.
func (s *Store) entryOf(path string, st os.FileInfo) *Entry {
	if !st.Mode().IsRegular() {
		return nil
	}
	for i := range s.cat.Models {
		e := &s.cat.Models[i]
		if e.Backend != ONNX || len(e.Files) == 0 || e.Files[0].Bytes != st.Size() {
			continue
		}
		if f := e.Files[0]; f.SHA256 != "" && f.Bytes <= smallFile {
			if sum, _, err := hashFile(context.Background(), path, nil); err != nil || sum != f.SHA256 {
				continue
			}
		}
		if _, err := onnxfile.Inspect(path); err == nil {
			return e
		}
	}
	return nil
}

// describeONNX derives how to feed a model nobody described. Sizes, names and
// types come from the file; that it wants ImageNet-normalised RGB and answers
// with disparity is the habit of the field (Depth Anything, MiDaS, DPT), except
// for the five-dimensional input of Depth Anything 3, which answers with
// distance.
func describeONNX(info *onnxfile.Info) (Descriptor, error) {
	d := Descriptor{Input: InputTensor, Output: OutputF32, Normalise: true, Polarity: Disparity}
	in, ok := pictureInput(info.Inputs)
	if !ok {
		return d, fmt.Errorf("%w: no input takes a colour picture, float32 [1,3,height,width]; it has %s", ErrNotDepth, signature(info.Inputs))
	}
	out, ok := depthOutput(info.Outputs)
	if !ok {
		return d, fmt.Errorf("%w: no output is a picture of numbers; it has %s", ErrNotDepth, signature(info.Outputs))
	}
	d.InputName, d.OutputName = in.Name, out.Name
	if out.Elem == onnxfile.Float16 {
		d.Output = OutputF16
	}
	if len(in.Dims) == 5 {
		d.Polarity = Distance
	}
	h, w := in.Dims[len(in.Dims)-2], in.Dims[len(in.Dims)-1]
	if h.Fixed() && w.Fixed() {
		d.FixedW, d.FixedH = int(w.Value), int(h.Value)
	} else {
		d.Multiple, d.ShortSide = 14, 518
	}
	return d, nil
}

func pictureInput(values []onnxfile.Value) (onnxfile.Value, bool) {
	for _, v := range values {
		n := len(v.Dims)
		if !v.Tensor || v.Elem != onnxfile.Float32 || n < 4 || n > 5 {
			continue
		}
		channels, h, w := v.Dims[n-3], v.Dims[n-2], v.Dims[n-1]
		if (channels.Value == 3 || !channels.Fixed()) && pixels(h) && pixels(w) {
			return v, true
		}
	}
	return onnxfile.Value{}, false
}

// depthOutput prefers an output that is called depth or disparity.
func depthOutput(values []onnxfile.Value) (onnxfile.Value, bool) {
	var first *onnxfile.Value
	for i, v := range values {
		n := len(v.Dims)
		if !v.Tensor || (v.Elem != onnxfile.Float32 && v.Elem != onnxfile.Float16) {
			continue
		}
		if v.Ranked && (n < 2 || n > 5 || !pixels(v.Dims[n-1]) || !pixels(v.Dims[n-2])) {
			continue
		}
		if name := strings.ToLower(v.Name); strings.Contains(name, "depth") || strings.Contains(name, "disp") {
			return v, true
		}
		if first == nil {
			first = &values[i]
		}
	}
	if first == nil {
		return onnxfile.Value{}, false
	}
	return *first, true
}

// pixels reports whether a dimension can be a side of a picture.
func pixels(d onnxfile.Dim) bool { return !d.Fixed() || (d.Value >= 16 && d.Value <= 1<<14) }

func signature(values []onnxfile.Value) string {
	if len(values) == 0 {
		return "none"
	}
	var b strings.Builder
	for i, v := range values {
		if i == 4 {
			return fmt.Sprintf("%s and %d more", b.String(), len(values)-i)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.String())
	}
	return b.String()
}
