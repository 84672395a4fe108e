package onnxfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"spatialmaker/processor/protoscan"
)

// ErrNotONNX means the file is no ONNX model, or a damaged one; wrapped with
// the path and what was found.
var ErrNotONNX = errors.New("not an ONNX model")

// Limits on what a header may hold; the largest depth models known have some
// 2 000 nodes, 600 weights and names under 200 bytes.
const (
	maxName     = 4 << 10
	maxValues   = 4096 // inputs, outputs
	maxWeights  = 200_000
	maxDims     = 32
	maxMeta     = 256
	maxMetaText = 64 << 10
	maxExternal = 64
	maxNesting  = 4 // graphs inside nodes (If, Loop)
)

// ElemType is a tensor's element type, numbered as in onnx.proto.
type ElemType int32

// Element types of onnx.proto that depth models use.
const (
	Float32  ElemType = 1
	Uint8    ElemType = 2
	Int8     ElemType = 3
	Int32    ElemType = 6
	Int64    ElemType = 7
	Float16  ElemType = 10
	Float64  ElemType = 11
	BFloat16 ElemType = 16
)

var elemNames = map[ElemType]string{
	Float32: "float32", Uint8: "uint8", Int8: "int8", Int32: "int32", Int64: "int64",
	Float16: "float16", Float64: "float64", BFloat16: "bfloat16",
}

func (t ElemType) String() string {
	if s, ok := elemNames[t]; ok {
		return s
	}
	return "type " + strconv.Itoa(int(t))
}

// Dim is one side of a shape: a fixed Value, or -1 with the Name the file
// gives it ("height"), which may be empty.
type Dim struct {
	Value int64  `json:"value"`
	Name  string `json:"name,omitempty"`
}

// Fixed reports whether the side has one size.
func (d Dim) Fixed() bool { return d.Value >= 0 }

func (d Dim) String() string {
	switch {
	case d.Fixed():
		return strconv.FormatInt(d.Value, 10)
	case d.Name != "":
		return d.Name
	}
	return "?"
}

// Value is an input or output of the graph.
type Value struct {
	Name   string   `json:"name"`
	Elem   ElemType `json:"elem"`
	Dims   []Dim    `json:"dims"`   // outermost first
	Tensor bool     `json:"tensor"` // false for sequences, maps and the like
	Ranked bool     `json:"ranked"` // the file states a shape
}

// String gives "pixel_values float32 [1,3,height,width]".
func (v Value) String() string {
	if !v.Tensor {
		return v.Name + " (not a tensor)"
	}
	dims := make([]string, len(v.Dims))
	for i, d := range v.Dims {
		dims[i] = d.String()
	}
	return fmt.Sprintf("%s %v [%s]", v.Name, v.Elem, strings.Join(dims, ","))
}

// Info is what an ONNX file says about itself.
type Info struct {
	Producer        string            `json:"producer,omitempty"`
	ProducerVersion string            `json:"producer_version,omitempty"`
	IRVersion       int64             `json:"ir_version"`
	Opset           int64             `json:"opset"` // of the default operator set
	Inputs          []Value           `json:"inputs"`
	Outputs         []Value           `json:"outputs"`
	Metadata        map[string]string `json:"metadata,omitempty"`
	External        []string          `json:"external,omitempty"` // weight files named by the graph, as written there
	Nodes           int               `json:"nodes"`
	Weights         int               `json:"weights"`      // initializers in the outermost graph
	WeightBytes     int64             `json:"weight_bytes"` // of them, lying inside this file
}

// Inspect reads the header of the ONNX file at path. The graph's inputs are
// those that are not weights (old files list every weight as an input too).
func Inspect(path string) (*Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: not a file", path, ErrNotONNX)
	}
	info, err := Read(f, st.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return info, nil
}

// Read is Inspect for the first size bytes of r.
func Read(r io.ReaderAt, size int64) (*Info, error) {
	p := parser{info: &Info{}}
	if err := p.model(protoscan.NewSource(r, size).Message()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotONNX, err)
	}
	if p.graphs == 0 || p.info.IRVersion <= 0 || len(p.info.Outputs) == 0 {
		return nil, fmt.Errorf("%w: no graph with outputs in it", ErrNotONNX)
	}
	p.info.Inputs = slices.DeleteFunc(p.info.Inputs, func(v Value) bool { return p.weights[v.Name] })
	return p.info, nil
}
