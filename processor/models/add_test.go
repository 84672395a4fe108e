package models

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spatialmaker/processor/onnxfile"
	"spatialmaker/processor/protoscan/prototest"
)

func writePackage(t *testing.T, dir string, spec []byte) {
	t.Helper()
	place(t, filepath.Join(dir, "Manifest.json"), []byte("{}"))
	place(t, filepath.Join(dir, "Data/com.apple.CoreML/model.mlmodel"), spec)
	place(t, filepath.Join(dir, "Data/com.apple.CoreML/weights/weight.bin"), []byte("weights"))
}

func TestAddedModelsAreDescribedAndUsable(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, dir string) string
		call string // --name
		want string
		desc Descriptor
	}{
		{name: "an ONNX file", want: "my-depth-1", make: func(t *testing.T, dir string) string {
			p := filepath.Join(dir, "My Depth (1).onnx")
			place(t, p, modelBytes(50, 1000))
			return p
		}, desc: Descriptor{Input: "tensor", Output: "f32", InputName: "pixel_values", OutputName: "predicted_depth", Multiple: 14, ShortSide: 518, Normalise: true, Polarity: "disparity"}},
		{name: "with weights beside it", call: "Mine", want: "Mine", make: func(t *testing.T, dir string) string {
			place(t, filepath.Join(dir, "w", "big.bin"), []byte("weights"))
			p := filepath.Join(dir, "graph.onnx")
			place(t, p, externalModel("w/big.bin"))
			return p
		}, desc: Descriptor{Input: "tensor", Output: "f32", InputName: "pixel_values", OutputName: "predicted_depth", Multiple: 14, ShortSide: 518, Normalise: true, Polarity: "disparity"}},
		{name: "a Core ML package", want: "apples", make: func(t *testing.T, dir string) string {
			p := filepath.Join(dir, "Apples.mlpackage")
			writePackage(t, p, prototest.DepthCoreML(518, 392, true))
			return p + "/"
		}, desc: Descriptor{Input: "image", Output: "image16half", InputName: "image", OutputName: "depth", FixedW: 518, FixedH: 392, Polarity: "disparity", PerFrame: true}},
		{name: "a zipped package", want: "p", make: func(t *testing.T, dir string) string {
			p := filepath.Join(dir, "download.zip")
			place(t, p, zipOf(t, pkgItems("P.mlpackage")...))
			return p
		}, desc: Descriptor{Input: "image", Output: "image16half", InputName: "image", OutputName: "depth", FixedW: 518, FixedH: 392, Polarity: "disparity", PerFrame: true}},
		{name: "a package whose parts lie bare in an archive", want: "bare", make: func(t *testing.T, dir string) string {
			items := pkgItems("P.mlpackage")[1:]
			for i := range items {
				items[i].name = strings.TrimPrefix(items[i].name, "P.mlpackage/")
			}
			p := filepath.Join(dir, "Bare.mlpackage.zip")
			place(t, p, zipOf(t, items...))
			return p
		}, desc: Descriptor{Input: "image", Output: "image16half", InputName: "image", OutputName: "depth", FixedW: 518, FixedH: 392, Polarity: "disparity", PerFrame: true}},
		{name: "a compiled model", want: "c", make: func(t *testing.T, dir string) string {
			p := filepath.Join(dir, "C.mlmodelc")
			place(t, filepath.Join(p, "coremldata.bin"), []byte("x"))
			return p
		}, desc: Descriptor{Input: "image", Output: "f16", Polarity: "disparity"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := testStore(t, true)
			src := c.make(t, t.TempDir())
			m, err := s.Add(t.Context(), src, c.call)
			if err != nil {
				t.Fatal(err)
			}
			intact(t, s)
			if m.Name != c.want || m.Origin != InStore || m.Descriptor != c.desc || exists(s.incoming("add")) {
				t.Errorf("%+v", m)
			}
			if err := usable(m.Backend, m.Path); err != nil {
				t.Errorf("unusable: %v", err)
			}
			// By its name, in the list, again without harm, and gone after removing.
			if again, err := s.Add(t.Context(), src, c.call); err != nil || again.Path != m.Path {
				t.Errorf("again: %+v, %v", again, err)
			}
			all, err := s.List()
			if err != nil || all[len(all)-1].Name != m.Name {
				t.Errorf("list ends with %+v, %v", all[len(all)-1], err)
			}
			if checks, err := s.Verify(t.Context(), m.Name); err != nil || checks[0].Err != nil {
				t.Errorf("verify: %v, %+v", err, checks)
			}
			if err := s.Remove(t.Context(), m.Name); err != nil {
				t.Error(err)
			}
			if _, err := s.Resolve(m.Name, Auto); !errors.Is(err, ErrUnknownModel) {
				t.Errorf("after removing: %v", err)
			}
			nothing(t, s)
			if _, err := os.Stat(src); err != nil {
				t.Errorf("the original is gone: %v", err)
			}
		})
	}
}

// A file of the catalogue brought by hand is recognised by its content, under
// whatever name it comes.
func TestAddRecognisesTheCatalogue(t *testing.T) {
	b := modelBytes(51, 2000)
	s := storeFor(t, nil, oneFile(t, sumOf(b), len(b), addr), nil)
	p := filepath.Join(t.TempDir(), "from a friend.onnx")
	place(t, p, b)
	m, err := s.Add(t.Context(), p, "")
	if err != nil || m.Name != "m" || m.Family != "family0" {
		t.Fatalf("%+v, %v", m, err)
	}
	holds(t, s, m, b)
}

func TestAddRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		place(t, p, b)
		return p
	}
	classifier := prototest.Message{}.Num(1, 8).Msg(7, prototest.Message{}.
		Msg(11, prototest.Tensor("image", 1, 1, 3, 224, 224)).Msg(12, prototest.Tensor("logits", 1, 1, 1000))).Msg(8, prototest.Message{}.Num(2, 13))
	tokens := prototest.Message{}.Num(1, 8).Msg(7, prototest.Message{}.
		Msg(11, prototest.Tensor("input_ids", 7, 1, "n")).Msg(12, prototest.Tensor("depth", 1, 1, "h", "w"))).Msg(8, prototest.Message{}.Num(2, 13))
	empty := filepath.Join(dir, "empty.mlpackage")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(dir, "linked.mlpackage")
	writePackage(t, linked, prototest.DepthCoreML(518, 518, false))
	if err := os.Symlink("/etc/passwd", filepath.Join(linked, "x")); err != nil {
		t.Fatal(err)
	}
	whole := modelBytes(52, 5000)
	for _, c := range []struct {
		name, path, call string
		want             error
		says             string
	}{
		{name: "nothing there", path: filepath.Join(dir, "no.onnx"), want: os.ErrNotExist, says: "no.onnx"},
		{name: "text", path: file("text.onnx", []byte("hello")), want: onnxfile.ErrNotONNX, says: "text.onnx"},
		{name: "half a model", path: file("half.onnx", whole[:3000]), want: onnxfile.ErrNotONNX},
		{name: "a classifier", path: file("c.onnx", classifier), want: ErrNotDepth, says: "logits float32 [1,1000]"},
		{name: "a language model", path: file("t.onnx", tokens), want: ErrNotDepth, says: "input_ids int64 [1,n]"},
		{name: "weights missing", path: file("e.onnx", externalModel("e.bin")), want: ErrIncomplete, says: "e.bin"},
		{name: "weights elsewhere", path: file("f.onnx", externalModel("../../etc/passwd")), want: ErrNotDepth, says: "outside"},
		{name: "an empty package", path: empty, want: ErrNotDepth},
		{name: "a package with a link", path: linked, want: ErrNotDepth, says: "link"},
		{name: "an archive of something else", path: file("x.zip", zipOf(t, item{name: "readme", data: "x"})), want: ErrArchive},
		{name: "a known name", path: file("ok.onnx", whole), call: "depth-anything-v2-small", says: "another model is called"},
		{name: "a name with a slash", path: file("ok.onnx", whole), call: "a/b", says: "no name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := testStore(t, false)
			_, err := s.Add(t.Context(), c.path, c.call)
			if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			clear(t, err, "add ", c.says)
			nothing(t, s)
			if exists(s.incoming("add")) {
				t.Error("something is left")
			}
		})
	}
}

func TestResolvePaths(t *testing.T) {
	dir := t.TempDir()
	s := testStore(t, false)
	place(t, filepath.Join(dir, "x.onnx"), modelBytes(53, 100))
	m, err := s.Resolve(filepath.Join(dir, "x.onnx"), Auto)
	if err != nil || m.Origin != ByPath || m.Path != filepath.Join(dir, "x.onnx") || m.Descriptor.InputName != "pixel_values" {
		t.Errorf("%+v, %v", m, err)
	}
	t.Chdir(dir)
	if m, err = s.Resolve("x.onnx", Auto); err != nil || !filepath.IsAbs(m.Path) {
		t.Errorf("in the current folder: %+v, %v", m, err)
	}
	if _, err = s.Resolve("gone.onnx", Auto); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	old := filepath.Join(dir, "old.mlpackage")
	writePackage(t, old, prototest.Message{}.Num(1, 7).Msg(2, prototest.Message{}.
		Msg(1, prototest.Message{}.Str(1, "image").Msg(3, prototest.Message{}.Msg(5, prototest.Message{}.Msg(1, prototest.Message{}.Raw(1).Raw(3).Raw(518).Raw(518)).Num(2, 65568)))).
		Msg(10, prototest.Message{}.Str(1, "depth").Msg(3, prototest.Message{}.Msg(5, prototest.Message{}.Msg(1, prototest.Message{}.Raw(1).Raw(518).Raw(518)).Num(2, 65568))))))
	m, err = s.Resolve(old, Auto)
	want := Descriptor{Input: "tensor", Output: "f32", InputName: "image", OutputName: "depth", FixedW: 518, FixedH: 518, Normalise: true, Polarity: "disparity"}
	if err != nil || m.Backend != CoreML || m.Descriptor != want {
		t.Errorf("the earlier tool's first packages: %+v, %v", m, err)
	}
}

func TestRemoveKeepsWhatIsNotOurs(t *testing.T) {
	dir := t.TempDir()
	vars := map[string]string{"HOME": dir, "SPATIALMAKER_RUNTIME": filepath.Join(dir, "rt")}
	s := New(Config{Home: filepath.Join(dir, "home"), Getenv: env(vars), Exe: filepath.Join(dir, "x", "y")})
	shipped := filepath.Join(dir, "rt", "fastdepth.onnx")
	sparse(t, shipped, 5775869)
	earlier := filepath.Join(dir, ".spatial-maker", "checkpoints", "depth_anything_v2_large.onnx")
	place(t, earlier, modelBytes(54, 100))
	for name, path := range map[string]string{"fastdepth": shipped, "depth-anything-v2-large": earlier} {
		if err := s.Remove(t.Context(), name); !errors.Is(err, ErrNotOurs) {
			t.Errorf("%s: %v", name, err)
		}
		if !exists(path) {
			t.Errorf("%s is gone", path)
		}
	}
	if err := s.Remove(t.Context(), "depth-anything-v2-small"); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("not installed: %v", err)
	}
	if err := s.Remove(t.Context(), "nonsense"); !errors.Is(err, ErrUnknownModel) {
		t.Errorf("unknown: %v", err)
	}
	checks, err := s.Verify(t.Context(), "")
	if err != nil || len(checks) != 2 || !errors.Is(checks[0].Err, ErrHash) || checks[1].Err != nil || !checks[1].Unproven {
		t.Errorf("verify: %+v, %v", checks, err)
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	dir := t.TempDir()
	place(t, filepath.Join(dir, "big.bin"), []byte("weights"))
	place(t, filepath.Join(dir, "g.onnx"), externalModel("big.bin"))
	for _, c := range []struct {
		name   string
		damage func(content string) error
		want   error
		says   string
	}{
		{"a changed byte", func(c string) error { return os.WriteFile(filepath.Join(c, "big.bin"), []byte("Weights"), 0o644) }, ErrHash, "big.bin"},
		{"a missing file", func(c string) error { return os.Remove(filepath.Join(c, "big.bin")) }, ErrIncomplete, "big.bin"},
		{"a file too many", func(c string) error { return os.WriteFile(filepath.Join(c, "x"), nil, 0o644) }, ErrHash, "x does not belong"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := testStore(t, false)
			m, err := s.Add(t.Context(), filepath.Join(dir, "g.onnx"), "")
			if err != nil {
				t.Fatal(err)
			}
			if err := c.damage(filepath.Dir(m.Path)); err != nil {
				t.Fatal(err)
			}
			checks, err := s.Verify(t.Context(), "")
			if err != nil || len(checks) != 1 || !errors.Is(checks[0].Err, c.want) || !strings.Contains(checks[0].Err.Error(), c.says) {
				t.Fatalf("%+v, %v", checks, err)
			}
			// Bringing it once more mends it.
			if _, err := s.Add(t.Context(), filepath.Join(dir, "g.onnx"), ""); err != nil {
				t.Fatal(err)
			}
			intact(t, s)
		})
	}
}

func TestVerifyStopsWhenCancelled(t *testing.T) {
	s := testStore(t, false)
	p := filepath.Join(t.TempDir(), "g.onnx")
	place(t, p, modelBytes(55, 1000))
	if _, err := s.Add(t.Context(), p, ""); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Verify(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
