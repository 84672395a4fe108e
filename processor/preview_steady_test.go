package processor

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/pix"
)

// flicker is a network that sees every other picture a little nearer.
type flicker struct{ depthtest.Gradient }

func (f *flicker) Estimate(ctx context.Context, pic *pix.Picture) (depth.Map, error) {
	m, err := f.Gradient.Estimate(ctx, pic)
	if err == nil && f.Calls()%2 == 0 {
		for i, v := range m.Pix {
			m.Pix[i] = v*0.9 + 0.1
		}
	}
	return m, err
}

// stillFilm is a film of two seconds in which nothing moves.
func stillFilm(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "still.mkv")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "smptebars=s=96x64:r=10:d=2",
		"-pix_fmt", "yuv420p", "-c:v", "ffv1", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func TestPreviewSteadiesFilms(t *testing.T) {
	path := stillFilm(t)
	est := &flicker{}
	p := testEngine(t, est).NewPreview()
	t.Cleanup(p.Forget)
	render := func(at time.Duration, strength float64, hasty bool) PreviewResult {
		t.Helper()
		o := DefaultOptions()
		o.Steady, o.Refine = strength, Off
		r, err := p.Render(t.Context(), PreviewRequest{Path: path, Options: o, View: ViewDepth, At: at, Hasty: hasty})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const at = time.Second
	calls := 0
	// step is a request, and how many network runs it may cost
	step := func(what string, at time.Duration, strength float64, hasty, rough bool, runs int) []byte {
		t.Helper()
		r := render(at, strength, hasty)
		if r.Rough != rough {
			t.Errorf("%s: rough is %v", what, r.Rough)
		}
		if n := est.Calls() - calls; n != runs {
			t.Errorf("%s: %d network runs, want %d", what, n, runs)
		}
		calls = est.Calls()
		return r.Image.Pix
	}
	step("in haste", at, 0.5, true, true, 1)
	fine := step("looking back", at, 0.5, false, false, steadyBack)
	if again := step("in haste once more", at, 0.5, true, false, 0); !bytes.Equal(fine, again) {
		t.Error("what is known is not used in haste")
	}
	if strong := step("stronger", at, 1, true, false, 0); bytes.Equal(fine, strong) {
		t.Error("the strength changes nothing")
	}
	if raw := step("not at all", at, 0, false, false, 0); bytes.Equal(fine, raw) {
		t.Error("steadying changes nothing")
	}
	next := at + 100*time.Millisecond
	step("the next frame, as in playing", next, 0.5, true, false, 1)
	step("the beginning", 0, 0.5, false, false, 1)

	o := DefaultOptions()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Render(ctx, PreviewRequest{Path: path, Options: o, View: ViewDepth, At: 500 * time.Millisecond}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSteadiedMomentsAreBounded(t *testing.T) {
	var f filmMoments
	var pool *pix.Pool
	pic := pool.Picture(pix.Layout{W: 16, H: 8, Model: pix.RGBA})
	for i := range 3 * steadyKept {
		m := depth.Map{Map: pix.NewMap(4, 2)}
		if err := f.add(t.Context(), time.Duration(i)*40*time.Millisecond, pic, m, 1); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.kept) != steadyKept || len(f.age) != steadyKept {
		t.Errorf("%d moments, %d ages are kept", len(f.kept), len(f.age))
	}
	last := time.Duration(3*steadyKept-1) * 40 * time.Millisecond
	if past, whole := f.before(last, 40*time.Millisecond); len(past) != steadyBack+1 || !whole {
		t.Errorf("%d frames before the last", len(past))
	}
	f.drop()
}
