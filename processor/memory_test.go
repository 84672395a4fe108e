package processor

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/media"
	"spatialmaker/processor/media/mediatest"
)

func TestPhotoBytes(t *testing.T) {
	for name, c := range map[string]struct {
		model string
		bits  int
		outs  int
		want  int64 // a pixel
	}{
		"jpeg": {"yuv", 8, 1, 16}, "two outputs": {"yuv", 8, 2, 20}, "grey": {"gray", 8, 1, 12},
		"png": {"rgb", 8, 1, 24}, "16 bits": {"rgb", 16, 1, 40}, "palette": {"palette", 8, 1, 24},
	} {
		i := &media.Info{Width: 30, Height: 20, Colour: &media.ColourInfo{Model: c.model, Bits: c.bits}}
		if got := photoBytes(i, c.outs); got != c.want*600 {
			t.Errorf("%s: %d bytes a pixel, want %d", name, got/600, c.want)
		}
	}
}

// TestHeapLimit: it follows the largest photo, never falls, and a film ends it.
func TestHeapLimit(t *testing.T) {
	dir := t.TempDir()
	inputs := []string{
		writePNG(t, filepath.Join(dir, "a.png"), drawn(64, 48)), writePNG(t, filepath.Join(dir, "b.png"), drawn(96, 64)),
		writePNG(t, filepath.Join(dir, "c.png"), drawn(32, 32)),
	}
	film := mediatest.Variant(t, "video", "base_640x360.mp4")
	e := testEngine(t, &depthtest.Gradient{})
	var told []int64
	e.cfg.HeapLimit = func(n int64) { told = append(told, n) }
	o := DefaultOptions()
	o.Output = filepath.Join(dir, "out") + "/"
	o.Duration, o.Preset = 1, "ultrafast"
	_ = e.Run(t.Context(), Job{Inputs: append(inputs, film, inputs[1]), Options: o}, &recorder{}) // a film so short may fail
	want := []int64{heapBase + 64*48*24, heapBase + 96*64*24, math.MaxInt64}
	if !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
