package processor

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/media"
	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
)

// TestDepthFromTheFile converts an iPhone's portrait photo with the depth it
// holds, with the model's, and a photo that holds none.
func TestDepthFromTheFile(t *testing.T) {
	e := testEngine(t, &depthtest.Gradient{})
	dir := t.TempDir()
	o := DefaultOptions()
	o.Output, o.Overwrite, o.Formats = dir, true, []pack.Layout{pack.Depth}
	run := func(file string, from DepthSource) Snapshot {
		t.Helper()
		o.DepthFrom = from
		var r recorder
		if err := e.Run(t.Context(), Job{Inputs: []string{file}, Options: o}, &r); err != nil && !errors.Is(err, ErrFailed) {
			t.Fatal(err)
		}
		return r.ended[0]
	}
	portrait := mediatest.Shared(t, "photos/heic_iphone13pro_portrait_depth.heic")
	cases := []struct {
		from DepthSource
		want string
	}{{ModelDepth, depthOfModel}, {AutoDepth, depthOfFile}, {FileDepth, depthOfFile}}
	if mediatest.Race {
		cases = cases[:2] // twelve megapixels, and the last goes the same way
	}
	for _, c := range cases {
		s := run(portrait, c.from)
		told := strings.Contains(strings.Join(s.Notes, " "), "the file's own")
		if s.State != Done || s.DepthFrom != c.want || told != (c.want == depthOfFile) || (s.Model == "") != told {
			t.Errorf("--depth-from %s: %v, depth from %q by %q, notes %q", c.from, s.Err, s.DepthFrom, s.Model, s.Notes)
		}
	}
	plain := writeJPEG(t, filepath.Join(dir, "plain.jpg"), drawn(64, 48))
	if s := run(plain, AutoDepth); s.State != Done || s.DepthFrom != depthOfModel {
		t.Errorf("without depth in it: %v, from %q", s.Err, s.DepthFrom)
	}
	if s := run(plain, FileDepth); !errors.Is(s.Err, media.ErrNoDepth) || Explain(s.Err).Kind != "no-depth" {
		t.Errorf("without depth in it, when it is asked for: %v", s.Err)
	}
}

func TestWhenTheFileIsBetter(t *testing.T) {
	e := testEngine(t, &depthtest.Gradient{})
	o := DefaultOptions()
	coarse := &media.DepthInside{Map: pix.NewMap(320, 240)}
	if e.insideIsBetter(coarse, o) {
		t.Error("a depth half as fine as the network's is taken")
	}
	o.DepthSize = 196
	if !e.insideIsBetter(coarse, o) {
		t.Error("a depth finer than the network's is left")
	}
	o.DepthSize, o.DepthFrom = 0, FileDepth
	if !e.insideIsBetter(coarse, o) {
		t.Error("the depth that was asked for is left")
	}
	o.DepthFrom = AutoDepth
	if _, used, err := e.fromInside(&media.DepthInside{Map: pix.NewMap(800, 600)}, o); used || err != nil {
		t.Errorf("a constant depth: used %v, %v", used, err)
	}
}
