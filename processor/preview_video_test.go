package processor

import (
	"context"
	"errors"
	"image"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/media"
)

// steps is a film of ten frames in a second, each of another grey: frame n is
// 20*n+16 in luma.
func steps(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "steps.mkv")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i",
		"color=black:s=64x48:r=10:d=1,geq=lum='20*N+16':cb=128:cr=128", "-pix_fmt", "yuv420p", "-c:v", "ffv1", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// frameOf tells which frame of steps a picture shows.
func frameOf(img *image.RGBA) int {
	full := int(img.RGBAAt(10, 10).R)
	return (full*219/255 + 10) / 20
}

func TestPreviewOfAVideo(t *testing.T) {
	path := steps(t)
	e := testEngine(t, &depthtest.Gradient{})
	p := e.NewPreview()
	t.Cleanup(p.Forget)
	at := func(d time.Duration, v View) PreviewResult {
		t.Helper()
		r, err := p.Render(t.Context(), PreviewRequest{Path: path, Options: DefaultOptions(), View: v, At: d})
		if err != nil {
			t.Fatalf("at %v: %v", d, err)
		}
		return r
	}
	ms := time.Millisecond
	// one after the other, backwards, far ahead, and behind the end
	for _, c := range []struct {
		at    time.Duration
		frame int
	}{{0, 0}, {100 * ms, 1}, {200 * ms, 2}, {100 * ms, 1}, {730 * ms, 8}, {900 * ms, 9}, {time.Second, 9}, {time.Hour, 9}, {0, 0}} {
		r := at(c.at, ViewOriginal)
		if got := frameOf(r.Image); got != c.frame {
			t.Errorf("at %v frame %d is shown, not %d", c.at, got, c.frame)
		}
		if r.Film == nil || r.Film.FPS != 10 || r.Film.At != time.Duration(c.frame)*100*ms {
			t.Errorf("at %v: %+v", c.at, r.Film)
		}
		if d := r.Film.Length - time.Second; d < -50*ms || d > 50*ms {
			t.Errorf("its length is %v", r.Film.Length)
		}
	}
	if r := at(300*ms, ViewSBS); r.Image.Rect.Dx() != 128 || r.W != 64 || r.Comfort.Nearest <= r.Comfort.Farthest {
		t.Errorf("side by side is %v of %dx%d, comfort %+v", r.Image.Rect, r.W, r.H, r.Comfort)
	}
}

func TestPreviewOfAVideoCancelled(t *testing.T) {
	path := steps(t)
	p := testEngine(t, &depthtest.Gradient{}).NewPreview()
	t.Cleanup(p.Forget)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Render(ctx, PreviewRequest{Path: path, Options: DefaultOptions(), View: ViewOriginal})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err = p.Render(t.Context(), PreviewRequest{Path: path, Options: DefaultOptions(), View: ViewOriginal, At: 100 * time.Millisecond}); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

func TestPreviewOfATooLargeVideo(t *testing.T) {
	o := DefaultOptions()
	o.MaxPixels = 1000
	p := testEngine(t, &depthtest.Gradient{}).NewPreview()
	_, err := p.Render(t.Context(), PreviewRequest{Path: steps(t), Options: o, View: ViewOriginal})
	if !errors.Is(err, media.ErrTooLarge) {
		t.Errorf("error %v", err)
	}
}

func TestQueuePausesAVideo(t *testing.T) {
	q := openQueue(t, testEngine(t, &depthtest.Gradient{Delay: 20 * time.Millisecond}), filepath.Join(t.TempDir(), "queue.json"))
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	ids, err := q.Add(t.Context(), []string{steps(t)}, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	q.Convert(nil)
	is := func(s State) func([]Entry) bool {
		return func(es []Entry) bool { return es[0].State == s }
	}
	await(t, q, "under work", is(Working))
	q.Pause(true, ids...)
	await(t, q, "paused", is(Paused))
	q.Pause(false, ids...)
	q.SetPaused(true) // all of it
	await(t, q, "paused with the queue", is(Paused))
	q.SetPaused(false)
	if es := await(t, q, "done", is(Done)); len(es[0].Outputs) != 1 {
		t.Errorf("outputs %q", es[0].Outputs)
	}
}
