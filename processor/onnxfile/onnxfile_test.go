package onnxfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"spatialmaker/processor/onnxfile"
	"spatialmaker/processor/protoscan"
)

// pb builds protocol buffer messages for the tests.
type pb []byte

func (b pb) varint(v uint64) pb {
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}
func (b pb) num(field int, v uint64) pb { return b.varint(uint64(field) << 3).varint(v) }
func (b pb) str(field int, s string) pb {
	return append(b.varint(uint64(field)<<3|2).varint(uint64(len(s))), s...)
}
func (b pb) msg(field int, m pb) pb { return b.str(field, string(m)) }

func tensor(name string, elem uint64, dims ...any) pb {
	var shape pb
	for _, d := range dims {
		switch d := d.(type) {
		case int:
			shape = shape.msg(1, pb{}.num(1, uint64(d)))
		case string:
			shape = shape.msg(1, pb{}.str(2, d))
		}
	}
	return pb{}.str(1, name).msg(2, pb{}.msg(1, pb{}.num(1, elem).msg(2, shape)))
}

// model is a small depth model: one real input, one weight listed as an input,
// a weight kept in another file, a constant inside a node.
func model() pb {
	external := pb{}.str(8, "w2").
		msg(13, pb{}.str(1, "location").str(2, "model.onnx_data")).
		msg(13, pb{}.str(1, "offset").str(2, "0")).num(14, 1)
	node := pb{}.str(4, "Constant").msg(5, pb{}.str(1, "value").msg(5,
		pb{}.msg(13, pb{}.str(1, "location").str(2, "const.bin"))))
	graph := pb{}.msg(1, node).
		msg(5, pb{}.str(8, "w1").str(9, strings.Repeat("x", 10_000))).
		msg(5, external).
		msg(11, tensor("pixel_values", 1, "batch", 3, "height", "width")).
		msg(11, tensor("w1", 1, 2500)).
		msg(12, tensor("predicted_depth", 1, "batch", "height", "width"))
	return pb{}.num(1, 8).str(2, "maker").str(3, "1.2").msg(7, graph).
		msg(8, pb{}.str(1, "com.other").num(2, 1)).msg(8, pb{}.num(2, 17)).
		msg(14, pb{}.str(1, "k").str(2, "v"))
}

func read(b pb) (*onnxfile.Info, error) {
	return onnxfile.Read(strings.NewReader(string(b)), int64(len(b)))
}

func TestReadDescribesAGraph(t *testing.T) {
	got, err := read(model())
	if err != nil {
		t.Fatal(err)
	}
	want := &onnxfile.Info{
		Producer: "maker", ProducerVersion: "1.2", IRVersion: 8, Opset: 17,
		Inputs: []onnxfile.Value{{Name: "pixel_values", Elem: onnxfile.Float32, Tensor: true, Ranked: true, Dims: []onnxfile.Dim{
			{Value: -1, Name: "batch"}, {Value: 3}, {Value: -1, Name: "height"}, {Value: -1, Name: "width"},
		}}},
		Outputs: []onnxfile.Value{{Name: "predicted_depth", Elem: onnxfile.Float32, Tensor: true, Ranked: true, Dims: []onnxfile.Dim{
			{Value: -1, Name: "batch"}, {Value: -1, Name: "height"}, {Value: -1, Name: "width"},
		}}},
		Metadata: map[string]string{"k": "v"}, External: []string{"const.bin", "model.onnx_data"},
		Nodes: 1, Weights: 2, WeightBytes: 10_000,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if s := got.Inputs[0].String(); s != "pixel_values float32 [batch,3,height,width]" {
		t.Errorf("input reads %q", s)
	}
}

// Every truncation must end in an error, never in a description of half a file
// (a download cut short is found here when no hash is published).
func TestReadRefusesEveryTruncation(t *testing.T) {
	whole := model()
	graphEnd := len(whole) - len(pb{}.msg(8, pb{}.str(1, "com.other").num(2, 1)).msg(8, pb{}.num(2, 17)).msg(14, pb{}.str(1, "k").str(2, "v")))
	for n := range graphEnd {
		if _, err := read(whole[:n]); !errors.Is(err, onnxfile.ErrNotONNX) {
			t.Fatalf("%d of %d bytes: error %v, want ErrNotONNX", n, len(whole), err)
		}
	}
	if _, err := read(whole[:2000]); !errors.Is(err, protoscan.ErrTruncated) {
		t.Errorf("cut inside a weight: %v, want ErrTruncated", err)
	}
}

func TestReadRefusesOtherThings(t *testing.T) {
	many := pb{}
	for range 5000 {
		many = many.msg(11, tensor("x", 1, 1))
	}
	for name, b := range map[string]pb{
		"empty":             nil,
		"text":              pb("<!DOCTYPE html><html><body>log in</body></html>"),
		"jpeg":              {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'},
		"no graph":          pb{}.num(1, 8),
		"no outputs":        pb{}.num(1, 8).msg(7, pb{}.msg(11, tensor("a", 1, 1))),
		"huge length":       pb{}.num(1, 8).varint(7<<3 | 2).varint(1 << 62),
		"length past int64": pb{}.num(1, 8).varint(7<<3 | 2).varint(1<<64 - 1),
		"long name":         pb{}.num(1, 8).str(2, strings.Repeat("x", 5000)),
		"wire type 3":       pb{}.num(1, 8).varint(7<<3 | 3),
		"field number 0":    {0, 0},
		"many inputs":       pb{}.num(1, 8).msg(7, many),
		"graph as a number": pb{}.num(1, 8).num(7, 1),
		"endless varint":    {8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		t.Run(name, func(t *testing.T) {
			if info, err := read(b); !errors.Is(err, onnxfile.ErrNotONNX) {
				t.Errorf("got %+v, %v; want ErrNotONNX", info, err)
			}
		})
	}
}

func TestInspectNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.onnx")
	if _, err := onnxfile.Inspect(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("no"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := onnxfile.Inspect(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error does not name the file: %v", err)
	}
	if _, err := onnxfile.Inspect(t.TempDir()); !errors.Is(err, onnxfile.ErrNotONNX) {
		t.Errorf("folder: %v", err)
	}
}

// A file of a gigabyte (sparse) is described without being read.
func TestInspectStepsOverWeights(t *testing.T) {
	const gig = 1 << 30
	weight := pb{}.str(8, "w").varint(9<<3 | 2).varint(gig)
	io12 := pb{}.msg(12, tensor("depth", 1, 1, 1, 4, 4))
	in := pb{}.msg(11, tensor("image", 1, 1, 3, 4, 4))
	graph := pb{}.varint(5<<3 | 2).varint(uint64(len(weight) + gig))
	total := len(graph) + len(weight) + gig + len(in) + len(io12)
	head := pb{}.num(1, 8).varint(7<<3 | 2).varint(uint64(total))
	head = append(append(head, graph...), weight...)

	path := filepath.Join(t.TempDir(), "big.onnx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(head); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(append(in, io12...), int64(len(head))+gig); err != nil {
		t.Fatal(err)
	}
	var info *onnxfile.Info
	allocs := testing.AllocsPerRun(1, func() { info, err = onnxfile.Inspect(path) })
	if err != nil {
		t.Fatal(err)
	}
	if info.WeightBytes != gig || info.Inputs[0].Name != "image" {
		t.Errorf("got %+v", info)
	}
	if allocs > 200 {
		t.Errorf("%.0f allocations for a header", allocs)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(model()))
	f.Add([]byte(model()[:300]))
	f.Add([]byte(pb{}.num(1, 8).msg(7, pb{}.msg(1, pb{}.msg(5, pb{}.msg(6, pb{}.msg(1, nil)))))))
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := read(b)
		if (info == nil) == (err == nil) {
			t.Fatalf("info %v and error %v", info, err)
		}
		if info != nil && (len(info.Outputs) == 0 || len(info.External) > 64) {
			t.Fatalf("accepted %+v", info)
		}
	})
}

func BenchmarkInspect(b *testing.B) {
	m := string(model())
	b.ReportAllocs()
	b.SetBytes(int64(len(m)))
	for b.Loop() {
		if _, err := onnxfile.Read(strings.NewReader(m), int64(len(m))); err != nil {
			b.Fatal(err)
		}
	}
}
