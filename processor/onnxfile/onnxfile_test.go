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
	"spatialmaker/processor/protoscan/prototest"
)

type pb = prototest.Message

// model is a small depth model: one real input, one weight listed as an input,
// a weight kept in another file, a constant inside a node.
func model() pb { return modelWith(10_000) }

func modelWith(weightBytes int) pb {
	external := pb{}.Str(8, "w2").
		Msg(13, pb{}.Str(1, "location").Str(2, "model.onnx_data")).
		Msg(13, pb{}.Str(1, "offset").Str(2, "0")).Num(14, 1)
	node := pb{}.Str(4, "Constant").Msg(5, pb{}.Str(1, "value").Msg(5,
		pb{}.Msg(13, pb{}.Str(1, "location").Str(2, "const.bin"))))
	graph := pb{}.Msg(1, node).
		Msg(5, pb{}.Str(8, "w1").Str(9, strings.Repeat("x", weightBytes))).
		Msg(5, external).
		Msg(11, prototest.Tensor("pixel_values", 1, "batch", 3, "height", "width")).
		Msg(11, prototest.Tensor("w1", 1, 2500)).
		Msg(12, prototest.Tensor("predicted_depth", 1, "batch", "height", "width"))
	return pb{}.Num(1, 8).Str(2, "maker").Str(3, "1.2").Msg(7, graph).
		Msg(8, pb{}.Str(1, "com.other").Num(2, 1)).Msg(8, pb{}.Num(2, 17)).
		Msg(14, pb{}.Str(1, "k").Str(2, "v"))
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
	graphEnd := len(whole) - len(pb{}.Msg(8, pb{}.Str(1, "com.other").Num(2, 1)).Msg(8, pb{}.Num(2, 17)).Msg(14, pb{}.Str(1, "k").Str(2, "v")))
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
		many = many.Msg(11, prototest.Tensor("x", 1, 1))
	}
	for name, b := range map[string]pb{
		"empty":             nil,
		"text":              pb("<!DOCTYPE html><html><body>log in</body></html>"),
		"jpeg":              {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'},
		"no graph":          pb{}.Num(1, 8),
		"no outputs":        pb{}.Num(1, 8).Msg(7, pb{}.Msg(11, prototest.Tensor("a", 1, 1))),
		"huge length":       pb{}.Num(1, 8).Key(7, 2).Raw(1 << 62),
		"length past int64": pb{}.Num(1, 8).Key(7, 2).Raw(1<<64 - 1),
		"long name":         pb{}.Num(1, 8).Str(2, strings.Repeat("x", 5000)),
		"wire type 3":       pb{}.Num(1, 8).Key(7, 3),
		"field number 0":    {0, 0},
		"many inputs":       pb{}.Num(1, 8).Msg(7, many),
		"graph as a number": pb{}.Num(1, 8).Num(7, 1),
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
	weight := pb{}.Str(8, "w").Key(9, 2).Raw(gig)
	io12 := pb{}.Msg(12, prototest.Tensor("depth", 1, 1, 1, 4, 4))
	in := pb{}.Msg(11, prototest.Tensor("image", 1, 1, 3, 4, 4))
	graph := pb{}.Key(5, 2).Raw(uint64(len(weight) + gig))
	total := len(graph) + len(weight) + gig + len(in) + len(io12)
	head := pb{}.Num(1, 8).Key(7, 2).Raw(uint64(total))
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
	f.Add([]byte(modelWith(20)))
	f.Add([]byte(modelWith(20)[:100]))
	f.Add([]byte(pb{}.Num(1, 8).Msg(7, pb{}.Msg(1, pb{}.Msg(5, pb{}.Msg(6, pb{}.Msg(1, nil)))))))
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
