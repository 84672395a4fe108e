package apple

import (
	"errors"
	"testing"

	"spatialmaker/coreml"
	"spatialmaker/processor/depth"
)

func image(name, format string, w, h int) coreml.Feature {
	return coreml.Feature{Name: name, Kind: coreml.KindImage, Format: format, W: w, H: h}
}

func array(name, kind string, shape ...int) coreml.Feature {
	return coreml.Feature{Name: name, Kind: coreml.KindArray, Type: kind, Shape: shape}
}

// TestSignatureOfKnownPackages: the packages of facts A1 and A4, each with what
// the catalogue says of them and with nothing known.
func TestSignatureOfKnownPackages(t *testing.T) {
	picture := depth.Descriptor{
		Input: depth.InputImage, Output: depth.OutputImage16Half, InputName: "image",
		OutputName: "depth", FixedW: 518, FixedH: 392, Polarity: depth.Disparity, PerFrame: true,
	}
	raw := depth.Descriptor{
		Input: depth.InputImage, Output: depth.OutputF16, InputName: "image",
		OutputName: "depth", FixedW: 518, FixedH: 518, Polarity: depth.Disparity,
	}
	tensor := raw
	tensor.Input, tensor.Normalise = depth.InputTensor, true
	farther := raw
	farther.FixedW, farther.FixedH, farther.Polarity, farther.Output = 504, 504, depth.Distance, depth.OutputF32
	tests := []struct {
		name  string
		about coreml.Description
		known []depth.Descriptor
		want  depth.Descriptor
		w, h  int
	}{
		{
			"Apple's Small",
			coreml.Description{Inputs: []coreml.Feature{image("image", "BGRA", 518, 392)}, Outputs: []coreml.Feature{image("depth", "L00h", 518, 392)}},
			[]depth.Descriptor{{}, picture, raw},
			picture, 518, 392,
		},
		{
			"mrgnw's current",
			coreml.Description{Inputs: []coreml.Feature{image("image", "BGRA", 518, 518)}, Outputs: []coreml.Feature{array("depth", "float16", 1, 518, 518)}},
			[]depth.Descriptor{{}, raw, picture},
			raw, 518, 518,
		},
		{
			"mrgnw's old under the current's name",
			coreml.Description{Inputs: []coreml.Feature{array("image", "float32", 1, 3, 518, 518)}, Outputs: []coreml.Feature{array("depth", "float16")}},
			[]depth.Descriptor{{}, raw, tensor},
			tensor, 518, 518,
		},
		{
			"Depth Anything 3",
			coreml.Description{
				Inputs:  []coreml.Feature{image("image", "ARGB", 504, 504)},
				Outputs: []coreml.Feature{array("confidence", "float32", 1, 504, 504), array("depth", "float32", 1, 504, 504)},
			},
			[]depth.Descriptor{{}, farther},
			farther, 504, 504,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, known := range tt.known {
				s, err := inferSignature(known, tt.about)
				if err != nil {
					t.Fatal(err)
				}
				if s.Descriptor != tt.want || s.ow != tt.w || s.oh != tt.h {
					t.Errorf("from %+v:\ngot  %+v, answer %dx%d\nwant %+v", known, s.Descriptor, s.ow, s.oh, tt.want)
				}
			}
		})
	}
}

func TestSignatureRefuses(t *testing.T) {
	in, out := image("image", "BGRA", 64, 64), array("depth", "float16", 1, 64, 64)
	tests := map[string]struct {
		d       depth.Descriptor
		in, out []coreml.Feature
	}{
		"two inputs":       {in: []coreml.Feature{in, in}, out: []coreml.Feature{out}},
		"another input":    {d: depth.Descriptor{InputName: "x"}, in: []coreml.Feature{in}, out: []coreml.Feature{out}},
		"grey input":       {in: []coreml.Feature{image("image", "L008", 64, 64)}, out: []coreml.Feature{out}},
		"open input size":  {in: []coreml.Feature{image("image", "BGRA", 0, 0)}, out: []coreml.Feature{out}},
		"immense input":    {in: []coreml.Feature{image("image", "BGRA", 1<<20, 4)}, out: []coreml.Feature{out}},
		"text":             {in: []coreml.Feature{{Name: "s", Kind: "type 3"}}, out: []coreml.Feature{out}},
		"two channels":     {in: []coreml.Feature{array("image", "float32", 1, 2, 64, 64)}, out: []coreml.Feature{out}},
		"batches":          {in: []coreml.Feature{array("image", "float32", 8, 3, 64, 64)}, out: []coreml.Feature{out}},
		"whole numbers":    {in: []coreml.Feature{array("image", "int32", 1, 3, 64, 64)}, out: []coreml.Feature{out}},
		"no such output":   {d: depth.Descriptor{OutputName: "x"}, in: []coreml.Feature{in}, out: []coreml.Feature{out}},
		"nameless outputs": {in: []coreml.Feature{in}, out: []coreml.Feature{array("a", "float16", 1, 64, 64), array("b", "float16", 1, 64, 64)}},
		"colour output":    {in: []coreml.Feature{in}, out: []coreml.Feature{image("depth", "BGRA", 64, 64)}},
		"normal map":       {in: []coreml.Feature{in}, out: []coreml.Feature{array("depth", "float16", 1, 3, 64, 64)}},
		"classes":          {in: []coreml.Feature{in}, out: []coreml.Feature{array("depth", "int32", 1, 64, 64)}},
		"empty output":     {in: []coreml.Feature{in}, out: []coreml.Feature{array("depth", "float16", 1, 0, 64)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := inferSignature(tt.d, coreml.Description{Inputs: tt.in, Outputs: tt.out})
			if !errors.Is(err, depth.ErrNotDepthModel) {
				t.Errorf("error %v, want ErrNotDepthModel", err)
			}
		})
	}
}

func TestInterleave(t *testing.T) {
	got := make([]byte, 8)
	nan := float32(0)
	nan /= nan
	interleave(got, []float32{1, -0.1, 0.5, nan, 0.25, 1.2})
	want := []byte{64, 128, 255, 255, 255, 0, 0, 255}
	if string(got) != string(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func BenchmarkInterleave(b *testing.B) {
	planes, dst := make([]float32, 3*518*392), make([]byte, 4*518*392)
	b.ReportAllocs()
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		interleave(dst, planes)
	}
}
