package processor

import (
	"bytes"
	"fmt"
	"image"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
)

// twoShots is a film of 60 frames, ten a second, that moves all the time and is
// cut in the middle; a row of segments has 16 frames in these tests.
func twoShots(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shots.mkv")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=96x64:r=10:d=3",
		"-f", "lavfi", "-i", "mandelbrot=s=96x64:r=10:end_pts=30", "-filter_complex", "[1]trim=duration=3[b];[0][b]concat",
		"-pix_fmt", "yuv420p", "-c:v", "ffv1", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// screens decodes a film into what a screen shows of its frames.
func screens(t *testing.T, path string) (out []*image.RGBA) {
	t.Helper()
	eachFrame(t, path, math.MaxInt, func(f media.VideoFrame) {
		img := image.NewRGBA(image.Rect(0, 0, f.Pic.W, f.Pic.H))
		if err := pix.ToRGBA(t.Context(), img, f.Pic, 1); err != nil {
			t.Fatal(err)
		}
		out = append(out, img)
	})
	return out
}

// exported converts a film without loss and returns the screens of the result.
func exported(t *testing.T, e *Engine, o Options, in string) []*image.RGBA {
	t.Helper()
	s, err := runFilm(t, e, o, in)
	if err != nil {
		t.Fatal(err)
	}
	return screens(t, s.Outputs[0])
}

// same holds previews of a film's frames against those of an export.
func same(t *testing.T, p *Preview, o Options, in string, want []*image.RGBA, frames ...int) {
	t.Helper()
	for _, n := range frames {
		r, err := p.Render(t.Context(), PreviewRequest{Path: in, Options: o, View: ViewSBS, At: time.Duration(n) * 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if r.Nearly || r.Rough {
			t.Errorf("frame %d: nearly %v, rough %v", n, r.Nearly, r.Rough)
		}
		if !bytes.Equal(r.Image.Pix, want[n].Pix) {
			t.Errorf("frame %d of the export is another one", n)
		}
	}
}

// A film that has been exported is previewed as its export shows it, pixel for
// pixel: steadied with what comes after a frame, and with the screen where it
// has got to in the shot.
func TestPreviewOfAFilmIsTheExport(t *testing.T) {
	in, cache := twoShots(t), t.TempDir()
	for _, c := range []struct {
		refine Auto
		fill   string
	}{{On, "fast"}, {Off, "fast"}, {On, "good"}} {
		t.Run(fmt.Sprintf("refine %s, fill %s", c.refine, c.fill), func(t *testing.T) {
			est := &sway{}
			e := filmEngine(t, est, cache)
			o := losslessFilm(t.TempDir())
			o.Refine, o.Strength, o.Fill = c.refine, 6, c.fill
			p := e.NewPreview()
			p.recallTime = time.Hour
			t.Cleanup(p.Forget)
			want := exported(t, e, o, in)
			if len(want) != 60 {
				t.Fatalf("%d frames", len(want))
			}
			calls := est.Calls()
			// forwards, backwards, within a row of segments and across, and over the cut
			same(t, p, o, in, want, 0, 1, 20, 15, 16, 29, 30, 31, 47, 48, 59, 3)
			if n := est.Calls() - calls; n != 0 {
				t.Errorf("the network ran %d times for what is known", n)
			}
			o.Strength, o.Convergence.Auto, o.Convergence.Value = 3, false, 0.4
			o.Output = t.TempDir()
			same(t, p, o, in, exported(t, e, o, in), 5, 40)
		})
	}
}

// Without steadying, and with a screen that stands still, a frame's depth is its
// own: no export is needed to show it as it will be.
func TestPreviewOfAnUnsteadiedFilmIsTheExport(t *testing.T) {
	in := twoShots(t)
	o := losslessFilm(t.TempDir())
	o.Fill = "fast"
	o.Steady, o.Convergence.Auto, o.Convergence.Value = 0, false, 0.5
	want := exported(t, filmEngine(t, &sway{}, t.TempDir()), o, in)
	p := filmEngine(t, &sway{}, t.TempDir()).NewPreview()
	t.Cleanup(p.Forget)
	same(t, p, o, in, want, 0, 7, 33)
}

func TestPreviewTellsWhenItIsNearlyTheExport(t *testing.T) {
	in, cache := twoShots(t), t.TempDir()
	e := filmEngine(t, &sway{}, cache)
	o := losslessFilm(t.TempDir())
	o.Fill = "fast"
	p := e.NewPreview()
	t.Cleanup(p.Forget)
	q := PreviewRequest{Path: in, Options: o, View: ViewLeft, At: 2 * time.Second}
	nearly := func() bool {
		t.Helper()
		r, err := p.Render(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return r.Nearly
	}
	if !nearly() {
		t.Error("a film that was never exported is shown as if it had been")
	}
	want := exported(t, e, o, in)
	same(t, p, o, in, want, 20) // while it is being looked at
	q.Options.Steady = 0.9
	if !nearly() {
		t.Error("another steadiness is not in the cache")
	}
	// a damaged piece is done without
	pieces, err := filepath.Glob(filepath.Join(cache, "*", "000001"))
	if err != nil || len(pieces) != 1 {
		t.Fatalf("pieces %q, %v", pieces, err)
	}
	if err := os.Truncate(pieces[0], 100); err != nil {
		t.Fatal(err)
	}
	q.Options = o
	if p.Forget(); !nearly() {
		t.Error("the depth of a damaged piece is used")
	}
}

// A hasty request does not look for the beginning of the shot in other pieces.
func TestPreviewInHasteKnowsTheDepth(t *testing.T) {
	in := twoShots(t)
	e := filmEngine(t, &sway{}, t.TempDir())
	o := losslessFilm(t.TempDir())
	exported(t, e, o, in)
	p := e.NewPreview()
	t.Cleanup(p.Forget)
	for _, c := range []struct {
		frame       int
		hasty, sure bool
	}{{25, true, false}, {25, false, true}, {24, true, true}, {35, true, false}, {5, true, true}} {
		r, err := p.Render(t.Context(), PreviewRequest{
			Path: in, Options: o, View: ViewDepth, At: time.Duration(c.frame) * 100 * time.Millisecond, Hasty: c.hasty,
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Nearly == c.sure || r.Rough != (c.hasty && !c.sure) {
			t.Errorf("frame %d, hasty %v: nearly %v, rough %v", c.frame, c.hasty, r.Nearly, r.Rough)
		}
	}
}

// A frame whose holes remember too many frames is shown without, and in haste at
// once; both say so.
func TestPreviewTellsWhatHolesDoNotRemember(t *testing.T) {
	in := twoShots(t)
	e := filmEngine(t, &sway{}, t.TempDir())
	o := losslessFilm(t.TempDir())
	o.Strength = 6
	want := exported(t, e, o, in)
	p := e.NewPreview()
	t.Cleanup(p.Forget)
	q := PreviewRequest{Path: in, Options: o, View: ViewSBS, At: 28 * 100 * time.Millisecond}
	look := func(hasty bool, limit time.Duration) (alike, nearly, rough bool) {
		t.Helper()
		q.Hasty, p.recallTime = hasty, limit
		r, err := p.Render(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Equal(r.Image.Pix, want[28].Pix), r.Nearly, r.Rough
	}
	if _, _, rough := look(false, time.Hour); rough { // finds the shot's beginning
		t.Error("what has been looked for is rough")
	}
	p.eyes.drop(releaseEyes)
	if alike, nearly, rough := look(true, time.Hour); alike || !nearly || !rough {
		t.Errorf("in haste: alike %v, nearly %v, rough %v", alike, nearly, rough)
	}
	if alike, nearly, rough := look(false, 0); alike || !nearly || rough {
		t.Errorf("without time: alike %v, nearly %v, rough %v", alike, nearly, rough)
	}
	for _, hasty := range []bool{false, true} { // kept, it is as quick as it can be
		if alike, nearly, rough := look(hasty, time.Hour); !alike || nearly || rough {
			t.Errorf("with time: alike %v, nearly %v, rough %v", alike, nearly, rough)
		}
	}
	q.At += 100 * time.Millisecond // the reader goes on where it should
	if r, err := p.Render(t.Context(), q); err != nil || r.Film.At != q.At {
		t.Errorf("%+v, %v", r.Film, err)
	}
	same(t, p, o, in, want, 29)
}

// A film of odd sides is padded for its encoder; the preview shows it so.
func TestPreviewOfAnOddFilmIsTheExport(t *testing.T) {
	whole, in := twoShots(t), filepath.Join(t.TempDir(), "odd.mkv")
	if out, err := exec.Command("ffmpeg", "-v", "error", "-i", whole, "-vf", "crop=95:63:0:0:exact=1", "-c:v", "ffv1", in).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e := filmEngine(t, &sway{}, t.TempDir())
	o := losslessFilm(t.TempDir())
	o.Fill = "fast"
	want := exported(t, e, o, in)
	if b := want[0].Rect; b.Dx()%2 != 0 || b.Dy()%2 != 0 {
		t.Fatalf("the export is %v", b)
	}
	p := e.NewPreview()
	t.Cleanup(p.Forget)
	same(t, p, o, in, want, 0, 20, 59)
	o.Fill, p.recallTime = "good", time.Hour
	o.Output = t.TempDir()
	same(t, p, o, in, exported(t, e, o, in), 20, 35)
}
