package depth

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"spatialmaker/processor/pix"
	"spatialmaker/processor/protoscan/prototest"
)

// anything3 is a model of Depth Anything 3's signature: pictures in a batch of
// batches, distances among four outputs. It takes the exponential of the mean
// colour for the distance.
func anything3(t *testing.T) string {
	t.Helper()
	type pb = prototest.Message
	mean := pb{}.Str(1, "pixel_values").Str(2, "m").Str(4, "ReduceMean").
		Msg(5, pb{}.Str(1, "axes").Num(8, 2).Num(20, 7)).Msg(5, pb{}.Str(1, "keepdims").Num(3, 0).Num(20, 2))
	op := func(kind, in, out string) pb { return pb{}.Str(1, in).Str(2, out).Str(4, kind) }
	graph := pb{}.Msg(1, mean).Msg(1, op("Exp", "m", "predicted_depth")).Msg(1, op("Sigmoid", "m", "confidence")).
		Msg(1, op("Identity", "pose", "extrinsics")).Msg(1, op("Identity", "pose", "intrinsics")).Str(2, "g").
		Msg(5, pb{}.Num(1, 1).Num(1, 1).Num(1, 1).Num(2, 1).Str(8, "pose").Str(9, "\x00\x00\x80\x3f")).
		Msg(11, prototest.Tensor("pixel_values", 1, "batch", "num_images", 3, "height", "width")).
		Msg(12, prototest.Tensor("predicted_depth", 1, "batch", "num_images", "height", "width")).
		Msg(12, prototest.Tensor("confidence", 1, "batch", "num_images", "height", "width")).
		Msg(12, prototest.Tensor("extrinsics", 1, 1, 1, 1)).
		Msg(12, prototest.Tensor("intrinsics", 1, 1, 1, 1))
	path := filepath.Join(t.TempDir(), "da3.onnx")
	if err := os.WriteFile(path, pb{}.Num(1, 8).Msg(7, graph).Msg(8, pb{}.Num(2, 13)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Depth Anything 3 answers with distances: the nearness is one over them, exact
// to the value, by what the file tells and by what the catalogue does.
func TestDepthAnything3(t *testing.T) {
	for name, d := range map[string]Descriptor{
		"guessed":   {},
		"catalogue": {InputName: "pixel_values", OutputName: "predicted_depth", Normalise: true, Polarity: Distance},
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, Config{ModelPath: anything3(t), Descriptor: d, ShortSide: 56})
			if e.sig.Polarity != Distance || !e.sig.Normalise || e.sig.OutputName != "predicted_depth" || !e.sig.rank5 {
				t.Fatalf("read as %+v", e.sig)
			}
			p := noise(pix.Layout{W: 120, H: 80, Model: pix.RGBA}, 4)
			m, err := e.Estimate(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			for i, z := range referenceMean(rgbaColours(p), p.W, p.H, m.W, m.H) {
				got := float64(m.Lo) + float64(m.Pix[i])*float64(m.Hi-m.Lo)
				want := max(float64(m.Lo), min(math.Exp(-z), float64(m.Hi)))
				if math.Abs(got-want) > 1e-4*want {
					t.Fatalf("value %d: nearness %g, want %g", i, got, want)
				}
			}
		})
	}
}
