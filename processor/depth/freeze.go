package depth

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"

	"spatialmaker/processor/protoscan"
)

// Field numbers of onnx.proto used by the editor.
const (
	protoModelGraph   = 7
	protoInitializer  = 5
	protoGraphInput   = 11
	protoTensorRaw    = 9
	protoTensorExt    = 13
	protoTensorWhere  = 14
	protoValueName    = 1
	protoValueType    = 2
	protoTypeTensor   = 1
	protoTensorElem   = 1
	protoTensorShape  = 2
	protoShapeDim     = 1
	protoDimValue     = 1
	externallyStored  = 1
	smallestExternal  = 1 << 10 // bytes of a weight worth leaving in its file
	elemFloat         = 1
	largestFrozenHead = 64 << 20
)

// freezeShape returns the model in r as a graph whose input has the fixed
// dimensions dims, so that ONNX Runtime folds all that depends on them. The
// weights stay where they are: the returned bytes refer to them as external
// data of the file named weights, which must be r's own name in its folder.
// The graph without its weights is a few hundred kilobytes.
func freezeShape(r io.ReaderAt, size int64, weights, input string, dims []int64) ([]byte, error) {
	e := &graphEditor{r: r, weights: weights, input: input, dims: dims}
	var out []byte
	err := eachField(protoscan.NewSource(r, size).Message(), func(f protoscan.Field, at, end int64) (err error) {
		if f.Number == protoModelGraph && f.Type == protoscan.Bytes {
			graph, err := e.graph(f)
			out = appendBytes(out, protoModelGraph, graph)
			return err
		}
		out, err = e.copy(out, at, end)
		return err
	})
	if err == nil && !e.found {
		err = fmt.Errorf("no input %q: %w", input, ErrNotDepthModel)
	}
	return out, err
}

type graphEditor struct {
	r              io.ReaderAt
	weights, input string
	dims           []int64
	found          bool
}

// eachField calls fn with every field of m and the bytes it takes in the file.
func eachField(m protoscan.Message, fn func(f protoscan.Field, at, end int64) error) error {
	for {
		at := m.Offset()
		f, err := m.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := fn(f, at, m.Offset()); err != nil {
			return err
		}
	}
}

// copy appends bytes of the file as they are.
func (e *graphEditor) copy(out []byte, at, end int64) ([]byte, error) {
	if end-at > largestFrozenHead-int64(len(out)) {
		return nil, fmt.Errorf("more than %d bytes besides the weights: %w", largestFrozenHead, protoscan.ErrTooLong)
	}
	n := len(out)
	out = append(out, make([]byte, end-at)...)
	if _, err := e.r.ReadAt(out[n:], at); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("byte %d: %w", at, err)
	}
	return out, nil
}

func (e *graphEditor) graph(g protoscan.Field) (out []byte, err error) {
	err = eachField(g.Message(), func(f protoscan.Field, at, end int64) (err error) {
		switch {
		case f.Number == protoGraphInput && f.Type == protoscan.Bytes:
			var name string
			if name, err = valueName(f); err != nil {
				return err
			}
			if name == e.input {
				e.found = true
				out = appendBytes(out, protoGraphInput, fixedValue(name, e.dims))
				return nil
			}
		case f.Number == protoInitializer && f.Type == protoscan.Bytes && f.Len() > smallestExternal:
			tensor, err := e.tensor(f)
			out = appendBytes(out, protoInitializer, tensor)
			return err
		}
		out, err = e.copy(out, at, end)
		return err
	})
	return out, err
}

// tensor copies a weight without its bytes, which become a reference.
func (e *graphEditor) tensor(t protoscan.Field) (out []byte, err error) {
	err = eachField(t.Message(), func(f protoscan.Field, at, end int64) (err error) {
		if f.Number != protoTensorRaw || f.Type != protoscan.Bytes {
			out, err = e.copy(out, at, end)
			return err
		}
		for _, kv := range [][2]string{
			{"location", e.weights},
			{"offset", strconv.FormatInt(f.Offset(), 10)},
			{"length", strconv.FormatInt(f.Len(), 10)},
		} {
			pair := appendBytes(nil, 1, []byte(kv[0]))
			out = appendBytes(out, protoTensorExt, appendBytes(pair, 2, []byte(kv[1])))
		}
		out = appendNumber(out, protoTensorWhere, externallyStored)
		return nil
	})
	return out, err
}

func valueName(v protoscan.Field) (name string, err error) {
	err = eachField(v.Message(), func(f protoscan.Field, _, _ int64) (err error) {
		if f.Number == protoValueName && f.Type == protoscan.Bytes {
			name, err = f.Text(4096)
		}
		return err
	})
	return name, err
}

// fixedValue is a ValueInfoProto of a float32 tensor of fixed dimensions.
func fixedValue(name string, dims []int64) []byte {
	var shape []byte
	for _, d := range dims {
		shape = appendBytes(shape, protoShapeDim, appendNumber(nil, protoDimValue, uint64(d)))
	}
	tensor := appendBytes(appendNumber(nil, protoTensorElem, elemFloat), protoTensorShape, shape)
	return appendBytes(appendBytes(nil, protoValueName, []byte(name)), protoValueType, appendBytes(nil, protoTypeTensor, tensor))
}

func appendBytes(out []byte, field int, b []byte) []byte {
	out = binary.AppendUvarint(out, uint64(field)<<3|uint64(protoscan.Bytes))
	out = binary.AppendUvarint(out, uint64(len(b)))
	return append(out, b...)
}

func appendNumber(out []byte, field int, v uint64) []byte {
	out = binary.AppendUvarint(out, uint64(field)<<3|uint64(protoscan.Varint))
	return binary.AppendUvarint(out, v)
}
