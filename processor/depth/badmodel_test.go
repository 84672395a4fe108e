package depth

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spatialmaker/processor/pix"
)

// node is one operator of a model made for a test.
type node struct {
	op      string
	in, out []string
	ints    map[string][]int64
	number  map[string]int64
}

// writeModel writes an ONNX file whose graph goes from "x", float32 [1,3,h,w],
// to "y" of the given element type and dimensions (0 is any).
func writeModel(t testing.TB, elem uint64, outDims []int64, nodes ...node) string {
	t.Helper()
	const typeInt, typeInts = 2, 7 // AttributeProto.AttributeType
	var graph []byte
	for _, n := range nodes {
		var b []byte
		for _, s := range n.in {
			b = appendBytes(b, 1, []byte(s))
		}
		for _, s := range n.out {
			b = appendBytes(b, 2, []byte(s))
		}
		b = appendBytes(b, 4, []byte(n.op))
		for name, v := range n.number {
			b = appendBytes(b, 5, appendNumber(appendNumber(appendBytes(nil, 1, []byte(name)), 3, uint64(v)), 20, typeInt))
		}
		for name, v := range n.ints {
			a := appendBytes(nil, 1, []byte(name))
			for _, i := range v {
				a = appendNumber(a, 8, uint64(i))
			}
			b = appendBytes(b, 5, appendNumber(a, 20, typeInts))
		}
		graph = appendBytes(graph, 1, b)
	}
	graph = appendBytes(graph, 2, []byte("g"))
	graph = appendBytes(graph, 11, anyValue("x", 1, []int64{1, 3, 0, 0}))
	graph = appendBytes(graph, 12, anyValue("y", elem, outDims))
	model := appendNumber(nil, 1, 8)
	model = appendBytes(model, 7, graph)
	model = appendBytes(model, 8, appendNumber(nil, 2, 13))
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, model, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func anyValue(name string, elem uint64, dims []int64) []byte {
	var shape []byte
	for i, d := range dims {
		dim := appendNumber(nil, 1, uint64(d))
		if d == 0 {
			dim = appendBytes(nil, 2, []byte{name[0], byte('0' + i)})
		}
		shape = appendBytes(shape, 1, dim)
	}
	tensor := appendBytes(appendNumber(nil, 1, elem), 2, shape)
	return appendBytes(appendBytes(nil, 1, []byte(name)), 2, appendBytes(nil, 1, tensor))
}

func mean(out string) node {
	return node{op: "ReduceMean", in: []string{"x"}, out: []string{out}, ints: map[string][]int64{"axes": {1}}, number: map[string]int64{"keepdims": 0}}
}

func TestModelsThatAnswerBadly(t *testing.T) {
	flatDims := []int64{1, 0, 0}
	zero := node{op: "Sub", in: []string{"m", "m"}, out: []string{"z"}}
	tests := []struct {
		name  string
		elem  uint64
		dims  []int64
		nodes []node
		open  error // of Open, else of Estimate
		run   error
		says  string
	}{
		{name: "good", elem: 1, dims: flatDims, nodes: []node{mean("y")}},
		{
			name: "constant", elem: 1, dims: flatDims, run: ErrBadOutput, says: "same value",
			nodes: []node{mean("m"), {op: "Sub", in: []string{"m", "m"}, out: []string{"y"}}},
		},
		{
			name: "not a number", elem: 1, dims: flatDims, run: ErrBadOutput, says: "no numbers",
			nodes: []node{mean("m"), zero, {op: "Div", in: []string{"z", "z"}, out: []string{"y"}}},
		},
		{
			name: "infinite", elem: 1, dims: flatDims, run: ErrBadOutput, says: "no numbers",
			nodes: []node{mean("m"), zero, {op: "Div", in: []string{"m", "z"}, out: []string{"y"}}},
		},
		{
			name: "sides swapped", elem: 1, dims: flatDims, run: ErrBadOutput, says: "shape",
			nodes: []node{mean("m"), {op: "Transpose", in: []string{"m"}, out: []string{"y"}, ints: map[string][]int64{"perm": {0, 2, 1}}}},
		},
		{
			name: "a picture", elem: 1, dims: []int64{1, 3, 0, 0}, open: ErrNotDepthModel, says: "one value a pixel",
			nodes: []node{{op: "Relu", in: []string{"x"}, out: []string{"y"}}},
		},
		{
			name: "undeclared picture", elem: 1, dims: []int64{1, 0, 0, 0}, run: ErrBadOutput, says: "shape",
			nodes: []node{{op: "Relu", in: []string{"x"}, out: []string{"y"}}},
		},
		{name: "classes", elem: 1, dims: []int64{1, 1000}, open: ErrNotDepthModel, says: "one value a pixel", nodes: []node{mean("y")}},
		{
			name: "integers", elem: 7, dims: flatDims, open: ErrNotDepthModel, says: "float32",
			nodes: []node{mean("m"), {op: "Cast", in: []string{"m"}, out: []string{"y"}, number: map[string]int64{"to": 7}}},
		},
		{
			name: "unknown operator", elem: 1, dims: flatDims, run: ErrNotDepthModel, says: "Levitate",
			nodes: []node{{op: "Levitate", in: []string{"x"}, out: []string{"y"}}},
		},
		{name: "loose ends", elem: 1, dims: flatDims, run: ErrNotDepthModel, nodes: []node{mean("elsewhere")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := writeModel(t, tt.elem, tt.dims, tt.nodes...)
			e, err := Open(t.Context(), Config{ModelPath: path, ShortSide: 28})
			want := tt.open
			if tt.open == nil {
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := errors.Join(e.Close(), e.Close()); err != nil {
						t.Error(err)
					}
				}()
				want = tt.run
				_, err = e.Estimate(t.Context(), noise(pix.Layout{W: 64, H: 40, Model: pix.RGBA}, 2))
			}
			if !errors.Is(err, want) {
				t.Fatalf("error %v, want %v", err, want)
			}
			if want != nil && (!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("error %q does not name the file and %q", err, tt.says)
			}
		})
	}
}

// With the size of the pictures known, Open already loads the network.
func TestOpenLoadsForExpectedSize(t *testing.T) {
	path := writeModel(t, 1, []int64{1, 0, 0}, node{op: "Levitate", in: []string{"x"}, out: []string{"y"}})
	e, err := Open(t.Context(), Config{ModelPath: path, Expect: struct{ X, Y int }{640, 480}})
	if !errors.Is(err, ErrNotDepthModel) || e != nil {
		t.Errorf("estimator %v, error %v, want ErrNotDepthModel", e, err)
	}
}

func TestMissingWeightsAreNamed(t *testing.T) {
	tensor := appendBytes(appendNumber(appendNumber(nil, 1, 4096), 2, 1), 8, []byte("w"))
	tensor = appendBytes(tensor, 13, appendBytes(appendBytes(nil, 1, []byte("location")), 2, []byte("model.onnx_data")))
	graph := appendBytes(nil, 5, tensor)
	graph = appendBytes(graph, 11, anyValue("x", 1, []int64{1, 3, 0, 0}))
	graph = appendBytes(graph, 12, anyValue("y", 1, []int64{1, 0, 0}))
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, appendBytes(appendNumber(nil, 1, 8), 7, graph), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{ModelPath: path})
	if !errors.Is(err, ErrNotDepthModel) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "model.onnx_data") {
		t.Errorf("error %v, want the missing file named", err)
	}
}
