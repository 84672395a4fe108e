package processor

import (
	"errors"
	"fmt"
	"image/gif"
	"os"
	"path/filepath"
	"testing"
	"time"

	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/media"
	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

func TestWigglePhoto(t *testing.T) {
	dir := t.TempDir()
	in := writePNG(t, filepath.Join(dir, "p.png"), drawn(96, 40))
	for _, end := range []string{"gif", "mp4"} {
		o := DefaultOptions()
		o.Formats, o.Output, o.Strength, o.Preset = []pack.Layout{pack.Wiggle}, filepath.Join(dir, "out."+end), 10, "ultrafast"
		var r recorder
		if err := testEngine(t, &depthtest.Gradient{}).Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); err != nil {
			t.Fatal(r.ended[0].Err)
		}
		if end == "gif" {
			frames := decodeGIF(t, o.Output)
			if len(frames.Image) != gifSteps {
				t.Fatalf("%d pictures", len(frames.Image))
			}
			// The way back passes the same points, the two sides differ.
			same := func(i, j int) bool { return string(frames.Image[i].Pix) == string(frames.Image[j].Pix) }
			if !same(1, 5) || !same(7, 11) || same(3, 9) || same(0, 3) {
				t.Error("the views do not swing from side to side")
			}
			continue
		}
		info, err := media.ProbeVideo(t.Context(), o.Output)
		if err != nil {
			t.Fatal(err)
		}
		v := info.Video
		if got := fmt.Sprintf("%d %dx%d %s %s %s", info.ExpectedFrames(), v.W, v.H, v.Codec, v.Matrix, v.Range); got != "96 96x40 h264 bt709 tv" {
			t.Errorf("the loop is %s", got)
		}
	}
	noTemporaries(t, dir)
	o := DefaultOptions()
	o.Formats, o.Output = []pack.Layout{pack.Wiggle}, filepath.Join(dir, "out.png")
	var r recorder
	if err := testEngine(t, &depthtest.Gradient{}).Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &r); err == nil || !errors.Is(r.ended[0].Err, ErrOption) {
		t.Errorf("a wiggle on .png: %v", r.ended[0].Err)
	}
}

func decodeGIF(t *testing.T, path string) *gif.GIF {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := gif.DecodeAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestWiggleFilm makes loops of one moment, alone and beside a film, with the
// film's own colours and square pixels.
func TestWiggleFilm(t *testing.T) {
	dir := t.TempDir()
	est := &sway{}
	e := filmEngine(t, est, t.TempDir())
	o := DefaultOptions()
	o.Formats, o.Output, o.Preset = []pack.Layout{pack.Wiggle}, dir, "ultrafast"
	for name, want := range map[string]string{
		"hevc10_hlg.mp4":                  "hevc 640x360 10 arib-std-b67 bt2020nc 0/0",
		"anamorphic_720x576_sar64-45.mp4": "h264 720x404 8 bt709 bt709 0/0",
	} {
		in := mediatest.Variant(t, "video", name)
		if s, err := runFilm(t, e, o, in); err != nil || s.Frames != 1 || len(s.Outputs) != 1 {
			t.Fatalf("%s: %d frames in %v, %v", name, s.Frames, s.Outputs, s.Err)
		}
		info, err := media.ProbeVideo(t.Context(), filepath.Join(dir, name[:len(name)-4]+"_wiggle.mp4"))
		if err != nil {
			t.Fatal(err)
		}
		v := info.Video
		transfer, matrix := v.Transfer, v.Matrix
		if transfer == "" {
			transfer, matrix = "bt709", "bt709" // untagged stays untagged
		}
		if got := fmt.Sprintf("%s %dx%d %d %s %s %s", v.Codec, v.W, v.H, v.Bits, transfer, matrix, v.SAR); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if n := est.Calls(); n != 2 {
		t.Errorf("%d estimates for two loops", n)
	}
	// Behind the last frame stands the last frame.
	o.Output, o.Start = filepath.Join(dir, "end.gif"), 1990*time.Millisecond
	if s, err := runFilm(t, e, o, mediatest.Variant(t, "video", "base_640x360.mp4")); err != nil {
		t.Fatal(s.Err)
	}
	if g := decodeGIF(t, o.Output); g.Config.Width != 640 || g.Config.Height != 360 {
		t.Errorf("the loop is %dx%d", g.Config.Width, g.Config.Height)
	}
	noTemporaries(t, dir)
}

func TestRenderAtKeepsTheOriginal(t *testing.T) {
	l := pix.Layout{W: 40, H: 10, Bits: 8, Model: pix.Gray}
	src, m := pix.New(l), pix.NewMap(40, 10)
	for i := range src.Planes[0].Pix8 {
		src.Planes[0].Pix8[i] = uint8(i * 13)
		m.Pix[i] = float32(i%40) / 40
	}
	rd := stereo.NewRenderer(stereo.Options{})
	defer rd.Close()
	for eyes, at := range map[stereo.Eyes]float64{stereo.BothEyes: 0, stereo.RightEye: -1, stereo.LeftEye: 1} {
		for _, v := range []float64{-1, -0.5, 0, 1} {
			dst := pix.New(l)
			g := stereo.Geometry{Strength: 20, Convergence: 0.5, Eyes: eyes}
			if err := renderAt(t.Context(), rd, dst, src, m, g, v); err != nil {
				t.Fatal(err)
			}
			if same := string(dst.Planes[0].Pix8) == string(src.Planes[0].Pix8); same != (v == at) {
				t.Errorf("%v: the view from %v is the original: %v", eyes, v, same)
			}
		}
	}
}
