package onnxfile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Field numbers of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
const (
	modelIRVersion = 1
	modelProducer  = 2
	modelGraph     = 7
	modelOpset     = 8
	modelLastField = 32 // far above the highest number in use

	graphNode        = 1
	graphInitializer = 5
	graphInput       = 11
	graphOutput      = 12
	graphValueInfo   = 13

	tensorName     = 8
	tensorExternal = 13

	valueName = 1
	valueType = 2

	typeTensor  = 1
	tensorElem  = 1
	tensorShape = 2
	shapeDim    = 1
	dimValue    = 1
	dimParam    = 2
)

// Element types of tensors.
const (
	Float32 = 1
	Float16 = 10
)

const (
	maxName = 4096 // longest name read
	maxRank = 16
)

// Dim is one dimension: a number, or 0 and perhaps the name of what it follows.
type Dim struct {
	Value int64
	Param string
}

// Value is an input or output of the graph.
type Value struct {
	Name string
	Elem int // element type, 0 when it is not a tensor
	Dims []Dim

	at, end int64 // the field in the file, tag included
}

// Info is what the header of a model tells.
type Info struct {
	IRVersion int
	Opset     int // of the default operator set
	Producer  string
	Inputs    []Value // without those that are weights
	Outputs   []Value
	Nodes     int
	External  []string // names of files with weights, beside the model

	path        string
	size        int64
	graph       field
	initialised map[string]bool
	rawInputs   []Value // all of them, in the file's order
}

// Read reads the header of the model at path. The errors are ErrNotONNX,
// ErrTruncated, or those of the file system; a file of external weights that is
// not there is fs.ErrNotExist.
func Read(path string) (*Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() == 0 {
		return nil, ErrNotONNX
	}
	in := &Info{path: path, size: st.Size(), initialised: map[string]bool{}}
	s := &scanner{r: f, size: st.Size()}
	if err := in.model(s); err != nil {
		return nil, err
	}
	for _, v := range in.rawInputs {
		if !in.initialised[v.Name] {
			in.Inputs = append(in.Inputs, v)
		}
	}
	for _, name := range in.External {
		if !filepath.IsLocal(name) {
			return nil, fmt.Errorf("weights in %q, outside the model's folder: %w", name, ErrNotONNX)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), name)); err != nil {
			return nil, fmt.Errorf("its weights must lie beside it: %w", err)
		}
	}
	return in, nil
}

func (in *Info) model(s *scanner) error {
	seenIR := false
	err := s.fields(0, in.size, func(f field) error {
		switch f.num {
		case modelIRVersion:
			if f.wire != wireVarint || f.v > 1000 {
				return ErrNotONNX
			}
			in.IRVersion, seenIR = int(f.v), true
		case modelProducer:
			name, err := s.text(f, maxName)
			in.Producer = name
			return err
		case modelOpset:
			return in.opset(s, f)
		case modelGraph:
			if f.wire != wireBytes {
				return ErrNotONNX
			}
			in.graph = f
			return in.graphFields(s, f)
		default:
			if f.num > modelLastField {
				return ErrNotONNX
			}
		}
		return nil
	})
	switch {
	case err != nil && !seenIR:
		return ErrNotONNX // cut off or not, nothing of a model was seen
	case err != nil:
		return err
	case !seenIR || in.graph.end == 0:
		return ErrNotONNX
	}
	return nil
}

// opset keeps the version of the operator set without a domain.
func (in *Info) opset(s *scanner, f field) error {
	if f.wire != wireBytes {
		return ErrNotONNX
	}
	domain, version := "", 0
	err := s.fields(f.body, f.end, func(f field) (err error) {
		switch f.num {
		case 1:
			domain, err = s.text(f, maxName)
		case 2:
			version = int(f.v)
		}
		return err
	})
	if domain == "" || domain == "ai.onnx" {
		in.Opset = version
	}
	return err
}

func (in *Info) graphFields(s *scanner, g field) error {
	return s.fields(g.body, g.end, func(f field) error {
		if f.wire != wireBytes {
			return nil
		}
		switch f.num {
		case graphNode:
			in.Nodes++
		case graphInitializer:
			return in.initializer(s, f)
		case graphInput, graphOutput:
			v, err := readValue(s, f)
			if err != nil {
				return err
			}
			if f.num == graphInput {
				in.rawInputs = append(in.rawInputs, v)
			} else {
				in.Outputs = append(in.Outputs, v)
			}
		}
		return nil
	})
}

// initializer keeps a weight's name and the file it lies in, if another.
func (in *Info) initializer(s *scanner, t field) error {
	return s.fields(t.body, t.end, func(f field) error {
		switch f.num {
		case tensorName:
			name, err := s.text(f, maxName)
			in.initialised[name] = true
			return err
		case tensorExternal:
			return in.external(s, f)
		}
		return nil
	})
}

func (in *Info) external(s *scanner, f field) error {
	if f.wire != wireBytes {
		return ErrNotONNX
	}
	var key, value string
	err := s.fields(f.body, f.end, func(f field) (err error) {
		switch f.num {
		case 1:
			key, err = s.text(f, maxName)
		case 2:
			value, err = s.text(f, maxName)
		}
		return err
	})
	if err == nil && key == "location" && !slices.Contains(in.External, value) {
		in.External = append(in.External, value)
	}
	return err
}

func readValue(s *scanner, v field) (Value, error) {
	out := Value{at: v.at, end: v.end}
	err := s.fields(v.body, v.end, func(f field) (err error) {
		switch {
		case f.num == valueName:
			out.Name, err = s.text(f, maxName)
		case f.num == valueType && f.wire == wireBytes:
			err = s.fields(f.body, f.end, func(f field) error {
				if f.num == typeTensor && f.wire == wireBytes {
					return readTensorType(s, f, &out)
				}
				return nil
			})
		}
		return err
	})
	return out, err
}

func readTensorType(s *scanner, t field, out *Value) error {
	return s.fields(t.body, t.end, func(f field) error {
		switch {
		case f.num == tensorElem && f.wire == wireVarint:
			out.Elem = int(f.v)
		case f.num == tensorShape && f.wire == wireBytes:
			return s.fields(f.body, f.end, func(f field) error {
				if f.num != shapeDim || f.wire != wireBytes {
					return nil
				}
				if len(out.Dims) == maxRank {
					return ErrNotONNX
				}
				d, err := readDim(s, f)
				out.Dims = append(out.Dims, d)
				return err
			})
		}
		return nil
	})
}

func readDim(s *scanner, d field) (Dim, error) {
	var out Dim
	err := s.fields(d.body, d.end, func(f field) (err error) {
		switch {
		case f.num == dimValue && f.wire == wireVarint:
			out.Value = max(int64(f.v), 0)
		case f.num == dimParam:
			out.Param, err = s.text(f, maxName)
		}
		return err
	})
	return out, err
}
