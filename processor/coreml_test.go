//go:build cgo && coremlstub

package processor

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spatialmaker/coreml"
	"spatialmaker/processor/media"
	"spatialmaker/processor/models"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
)

// onePackage is a model source that knows one Core ML package.
type onePackage struct{ path string }

func (o onePackage) Resolve(string, models.Backend) (models.Model, error) {
	return models.Model{Name: "stand-in", Backend: models.CoreML, Path: o.path, Installed: true, Origin: models.ByPath}, nil
}

// standInEngine is an engine on the stand-in for Core ML, and a count of the
// handles it has not given back.
func standInEngine(t *testing.T, lines ...string) *Engine {
	t.Helper()
	control := coreml.StandIn{}
	control.Reset()
	before := control.Live()
	path := filepath.Join(t.TempDir(), "model.mlpackage")
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "standin.txt"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	store := models.New(models.Config{Home: t.TempDir()})
	e := NewEngine(Config{
		Models: onePackage{path}, Open: NewOpener(store), Depths: DepthCache{Dir: t.TempDir(), Limit: 1 << 30}, Segment: 16,
	})
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		control.Reset()
		if n := control.Live() - before; n != 0 {
			t.Errorf("%d handles were not given back", n)
		}
	})
	return e
}

// TestPhotosThroughCoreML converts whole photos with the stand-in in Core ML's
// place: the answer's slope must arrive in the depth picture, and the Neural
// Engine's failing in between must not show.
func TestPhotosThroughCoreML(t *testing.T) {
	e := standInEngine(t, "input image 518 392", "output image16half", "norm 1", "anefail 2")
	for round, device := range []string{"neural engine", "neural engine", "cpu"} {
		dir := t.TempDir()
		plain := image.NewNRGBA(image.Rect(0, 0, 96, 64))
		for i := range plain.Pix {
			plain.Pix[i] = 255
		}
		in := writePNG(t, filepath.Join(dir, "p.png"), plain)
		o := DefaultOptions()
		o.Formats, o.Refine = []pack.Layout{pack.SBS, pack.Depth}, Off
		var r recorder
		if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); err != nil {
			t.Fatalf("%v: %+v", err, r.ended)
		}
		s := r.ended[0]
		if s.Backend != "coreml" || s.Model != "stand-in" || s.Device != device || len(s.Outputs) != 2 {
			t.Errorf("round %d: %+v", round, s)
		}
		if told := len(s.Notes) > 0; told != (device == "cpu") {
			t.Errorf("round %d on the %s: notes %q", round, device, s.Notes)
		}
		if got := sizeOf(t, filepath.Join(dir, "p_LRF_Full_SBS.png")); got != image.Pt(192, 64) {
			t.Errorf("round %d: eyes of %v", round, got)
		}
		checkDepth(t, filepath.Join(dir, "p_depth.png"))
	}
	if n := (coreml.StandIn{}).Calls(coreml.EntryCompile); n != 1 {
		t.Errorf("compiled %d times", n)
	}
}

// checkDepth holds a depth picture against the stand-in's answer to a plain
// one: two thirds of the way down, one third across.
func checkDepth(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	for _, at := range []image.Point{{0, 0}, {b.Max.X - 1, 0}, {0, b.Max.Y - 1}, {b.Max.X - 1, b.Max.Y - 1}, {b.Max.X / 2, b.Max.Y / 2}} {
		got := float64(color.Gray16Model.Convert(img.At(at.X, at.Y)).(color.Gray16).Y) / 65535
		want := (2*float64(at.Y)/float64(b.Max.Y-1) + float64(at.X)/float64(b.Max.X-1)) / 3
		if math.Abs(got-want) > 0.02 {
			t.Errorf("%s: depth %g at %v, want %g", path, got, at, want)
		}
	}
}

// TestSpatialPhotos writes spatial photos through the stand-in, which records
// what it was given.
func TestSpatialPhotos(t *testing.T) {
	tests := []struct {
		name    string
		formats []pack.Layout
		want    string // of the camera's numbers
	}{
		// 2 * 0.025 * 2 m * tan(32.5 deg); parallel cameras, 0.025 * 0.6.
		{"alone", []pack.Layout{pack.Spatial}, "left 60.000 right 60.000 y 40.000 baseline 63707 field 65000 adjustment 150 hero 1"},
		// Rendered for the screen already: the middles have moved by 0.9.
		{"with others", []pack.Layout{pack.SBS, pack.Spatial}, "left 59.100 right 60.900 y 40.000 baseline 63707 field 65000 adjustment 0 hero 1"},
	}
	for _, kind := range []string{"jpg", "png"} {
		for _, tt := range tests {
			t.Run(tt.name+" from "+kind, func(t *testing.T) {
				e := standInEngine(t, "input image 28 28", "output float16")
				dir := t.TempDir()
				in := filepath.Join(dir, "p."+kind)
				if kind == "png" {
					writePNG(t, in, drawn(120, 80))
				} else {
					writeJPEG(t, in, drawn(120, 80))
				}
				o := DefaultOptions()
				o.Formats, o.Convergence, o.Quality = tt.formats, Convergence{Value: 0.6}, 80
				var r recorder
				if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); err != nil {
					t.Fatalf("%v: %+v", err, r.ended)
				}
				got, err := os.ReadFile(filepath.Join(dir, "p_spatial.heic"))
				if err != nil {
					t.Fatal(err)
				}
				lines := strings.Split(string(got), "\n")
				if len(lines) != 4 || !strings.HasPrefix(lines[0], "photo 120x80 format 3 quality 0.80 ") || !strings.HasSuffix(lines[0], "source "+in) {
					t.Errorf("recorded %q", lines)
				}
				if !strings.HasSuffix(lines[1], tt.want) {
					t.Errorf("camera %q, want %q", lines[1], tt.want)
				}
				if eyes := strings.Fields(lines[2]); len(eyes) != 3 || eyes[1] == eyes[2] {
					t.Errorf("eyes %q", lines[2])
				}
				noTemporaries(t, dir)
			})
		}
	}
}

// TestSpatialPhotoFails: what ImageIO cannot do is said, and no file stays.
func TestSpatialPhotoFails(t *testing.T) {
	e := standInEngine(t, "input image 28 28", "output float16")
	dir := t.TempDir()
	in := writePNG(t, filepath.Join(dir, "p.png"), drawn(64, 48))
	o := DefaultOptions()
	o.Formats = []pack.Layout{pack.Spatial}
	coreml.StandIn{}.Fail(coreml.EntryPhoto, 0, 1, 1)
	var r recorder
	if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); err == nil {
		t.Fatal("no error")
	}
	if err := r.ended[0].Err; !errors.Is(err, coreml.ErrFailed) || !strings.Contains(err.Error(), "p_spatial.heic") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "p_spatial.heic")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file stays: %v", err)
	}
	coreml.StandIn{}.Fail(coreml.EntryPhoto, 0, 1, 5)
	var full recorder
	_ = e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &full)
	if err := full.ended[0].Err; !errors.Is(err, media.ErrDiskFull) || Explain(err).Kind != "disk-full" {
		t.Errorf("a full disk: %v", err)
	}
	noTemporaries(t, dir)
	o.Strength = 0
	if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); !errors.Is(err, ErrOption) {
		t.Errorf("strength 0: %v", err)
	}
}

// TestSpatialFilms writes films through the stand-in: uneven times in a time
// base that is no whole fraction, samplings the encoder does not take.
func TestSpatialFilms(t *testing.T) {
	standInEngine(t, "input image 28 28", "output float16")
	source := filepath.Join(t.TempDir(), "source.mov")
	if err := os.WriteFile(source, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, l := range []pix.Layout{
		{W: 64, H: 48, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, {W: 65, H: 49, Bits: 12, Model: pix.YUV},
	} {
		o := filmOptions(l)
		o.Path, o.Source, o.Start, o.Until = filepath.Join(t.TempDir(), "out.mov"), source, 3, 40
		o.Colour = pix.Colour{Primaries: 9, Transfer: pix.TransferHLG, Matrix: pix.MatrixBT2020}
		f, err := NewSpatialFilm(o)
		if err != nil {
			t.Fatal(err)
		}
		left, right := pix.New(l), pix.New(l)
		for i, at := range []int64{3, 4, 9} {
			if l.Bits == 8 {
				left.Planes[0].Pix8[7] = uint8(i)
			} else {
				left.Planes[0].Pix16[7] = uint16(64 * i)
			}
			if err := f.Write(t.Context(), left, right, at); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Write(t.Context(), left, pix.New(pix.Layout{W: 2, H: 2, Model: pix.YUV}), 10); !errors.Is(err, pix.ErrShape) {
			t.Errorf("another layout: %v", err)
		}
		report, err := f.Finish(t.Context(), 12)
		if err != nil || report.Frames != 3 {
			t.Errorf("%+v, %v", report, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		got, err := os.ReadFile(o.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			fmt.Sprintf("video 64x48 format %d full 0 pixels 0:0 colour 9 18 9 timescale 30000 start 3003 until 40040 quality -1.00", map[int]int{8: 5, 12: 6}[l.Bits]),
			"source " + source, "adjustment 125 hero 1", "frame 3003 ", "frame 4004 ", "frame 9009 ", "end 12012",
		} {
			if !strings.Contains(string(got), want) {
				t.Errorf("%+v: no %q in\n%s", l, want, got)
			}
		}
	}
}

// TestSpatialOpened: files that the system hands over arrive, in order.
// (Named so that make standin runs it.)
func TestSpatialOpened(t *testing.T) {
	standInEngine(t, "input image 28 28", "output float16")
	var o Opened
	if err := o.Begin(); err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 4)
	o.Each(func(paths ...string) {
		for _, p := range paths {
			got <- p
		}
	})
	for _, want := range []string{"/tmp/a.jpg", "/tmp/b.mov"} {
		coreml.StandIn{}.Open(want)
		if p := <-got; p != want {
			t.Errorf("got %s, want %s", p, want)
		}
	}
	o.Close()
}
