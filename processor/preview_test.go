package processor

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/models"
	"spatialmaker/processor/pack"
)

func TestPreviewIsTheExport(t *testing.T) {
	dir := t.TempDir()
	in := writePNG(t, filepath.Join(dir, "p.png"), drawn(90, 61))
	e := testEngine(t, &depthtest.Gradient{})
	o := DefaultOptions()
	o.Strength = 6
	o.Formats = []pack.Layout{pack.SBS, pack.Anaglyph, pack.LeftRight}
	if err := e.Run(t.Context(), Job{Inputs: []string{in}, Options: o}, &recorder{}); err != nil {
		t.Fatal(err)
	}
	views := map[View]string{
		ViewSBS: "p_LRF_Full_SBS.png", ViewAnaglyph: "p_redcyan.png", ViewLeft: "p_left.png", ViewRight: "p_right.png", ViewOriginal: "p.png",
	}
	p := e.NewPreview()
	for view, name := range views {
		r, err := p.Render(t.Context(), PreviewRequest{Path: in, Options: o, View: view})
		if err != nil {
			t.Fatalf("%s: %v", view, err)
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		want := image.NewRGBA(img.Bounds())
		draw.Draw(want, want.Rect, img, image.Point{}, draw.Src)
		if !bytes.Equal(r.Image.Pix, want.Pix) {
			t.Errorf("the preview of %s is not the exported %s", view, name)
		}
	}
	for _, view := range []View{ViewDepth, ViewDepthTint} {
		r, err := p.Render(t.Context(), PreviewRequest{Path: in, Options: o, View: view, MaxW: 40, MaxH: 40})
		if err != nil {
			t.Fatal(err)
		}
		if r.Image.Rect.Dx() != 40 || r.W != 90 || r.H != 61 {
			t.Errorf("%s: %v of %dx%d", view, r.Image.Rect, r.W, r.H)
		}
	}
	if _, err := p.Render(t.Context(), PreviewRequest{Path: in, Options: o, View: "sideways"}); !errors.Is(err, ErrView) {
		t.Errorf("an unknown view gives %v", err)
	}
}

func TestPreviewKeepsDepth(t *testing.T) {
	dir := t.TempDir()
	in := writePNG(t, filepath.Join(dir, "p.png"), drawn(64, 64))
	est := &depthtest.Gradient{}
	p := testEngine(t, est).NewPreview()
	o := DefaultOptions()
	var last []byte
	for _, s := range []float64{1, 2, 3, 4} {
		o.Strength = s
		r, err := p.Render(t.Context(), PreviewRequest{Path: in, Options: o, View: ViewLeft, MaxW: 32, MaxH: 32})
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(r.Image.Pix, last) {
			t.Errorf("strength %g changes nothing", s)
		}
		last = r.Image.Pix
	}
	if est.Calls() != 1 {
		t.Errorf("%d estimates for four strengths", est.Calls())
	}
	p.Forget()
	if _, err := p.Render(t.Context(), PreviewRequest{Path: in, Options: o, View: ViewLeft}); err != nil {
		t.Fatal(err)
	}
	if est.Calls() != 2 {
		t.Errorf("%d estimates after forgetting", est.Calls())
	}
}

// TestPreviewGivesUp: a request that ends early leaves the network running for
// the next one.
func TestPreviewGivesUp(t *testing.T) {
	in := writePNG(t, filepath.Join(t.TempDir(), "p.png"), drawn(16, 16))
	est := &depthtest.Gradient{Delay: 50 * time.Millisecond}
	p := testEngine(t, est).NewPreview()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q := PreviewRequest{Path: in, Options: DefaultOptions(), View: ViewSBS}
	if _, err := p.Render(ctx, q); !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled request gives %v", err)
	}
	short, stop := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer stop()
	if _, err := p.Render(short, q); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a short request gives %v", err)
	}
	if _, err := p.Render(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if est.Calls() != 1 {
		t.Errorf("%d estimates; the first should have gone on", est.Calls())
	}
}

// better is a model source whose best model changes.
type better struct{ name string }

func (b *better) Resolve(string, models.Backend) (models.Model, error) {
	return models.Model{Name: b.name, Backend: models.ONNX, Path: b.name, Installed: true}, nil
}

// TestPreviewFollowsTheBestModel: what a conversion would take now counts, not
// what it would have taken for the last picture.
func TestPreviewFollowsTheBestModel(t *testing.T) {
	in := writePNG(t, filepath.Join(t.TempDir(), "p.png"), drawn(16, 16))
	src, est := &better{"fast"}, &depthtest.Gradient{}
	e := NewEngine(Config{Models: src, Open: func(context.Context, models.Model, NetworkUse) (depth.Estimator, error) { return est, nil }})
	t.Cleanup(func() { e.Close() })
	p := e.NewPreview()
	t.Cleanup(p.Forget)
	for i, name := range []string{"fast", "fine", "fine"} {
		src.name = name
		r, err := p.Render(t.Context(), PreviewRequest{Path: in, Options: DefaultOptions(), View: ViewSBS})
		if err != nil {
			t.Fatal(err)
		}
		if r.Model != name || est.Calls() != min(i+1, 2) {
			t.Errorf("picture %d is by %s, %d estimates", i, r.Model, est.Calls())
		}
	}
}

func TestPreviewFailsAndRecovers(t *testing.T) {
	in := writePNG(t, filepath.Join(t.TempDir(), "p.png"), drawn(16, 16))
	est := &depthtest.Gradient{Err: errors.New("no answer")}
	p := testEngine(t, est).NewPreview()
	q := PreviewRequest{Path: in, Options: DefaultOptions(), View: ViewSBS}
	if _, err := p.Render(t.Context(), q); !errors.Is(err, est.Err) {
		t.Fatalf("a failing network gives %v", err)
	}
	q.View = ViewOriginal
	if _, err := p.Render(t.Context(), q); err != nil {
		t.Errorf("the original needs no network: %v", err)
	}
	q.View, est.Err = ViewSBS, nil
	if _, err := p.Render(t.Context(), q); err != nil {
		t.Errorf("after the network is back: %v", err)
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct{ w, h, maxW, maxH, fw, fh int }{
		{100, 50, 0, 0, 100, 50},
		{100, 50, 200, 200, 100, 50},
		{101, 51, 200, 200, 101, 51},
		{4000, 3000, 800, 800, 800, 600},
		{3000, 4000, 800, 800, 600, 800},
		{23000, 1000, 800, 800, 800, 34},
		{5000, 1, 800, 800, 800, 1},
		{1, 5000, 800, 800, 1, 800},
	} {
		if w, h := fit(c.w, c.h, c.maxW, c.maxH); w != c.fw || h != c.fh {
			t.Errorf("%dx%d in %dx%d: %dx%d, want %dx%d", c.w, c.h, c.maxW, c.maxH, w, h, c.fw, c.fh)
		}
	}
}
