package processor

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sync/semaphore"

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

// TestClaim: a photo of a heavy decoder is read alone, and holds no more than its
// share from then on; what the pool keeps goes with its size.
func TestClaim(t *testing.T) {
	e := testEngine(t, &depthtest.Gradient{})
	r := &run{Engine: e, memory: semaphore.NewWeighted(memoryBudget)}
	claim := func(path string) (p *photo, release func()) {
		t.Helper()
		p = &photo{task: task{ctx: t.Context(), in: input{path: path}}, outs: make([]output, 1)}
		release, err := r.claim(p)
		if err != nil {
			t.Fatal(err)
		}
		return p, release
	}
	small, release := claim(writePNG(t, filepath.Join(t.TempDir(), "a.png"), drawn(64, 48)))
	if !r.memory.TryAcquire(memoryBudget - small.weight) {
		t.Error("a small PNG takes more than its share")
	}
	r.memory.Release(memoryBudget)
	release()
	e.pool.Map(64, 48).Release()
	heavy, release := claim(mediatest.Shared(t, "photos", "avif_street_3082x2048.avif"))
	if r.memory.TryAcquire(1) {
		t.Error("room is left beside a heavy decoder")
	}
	if e.pool.Idle() != 0 {
		t.Errorf("%d bytes of another size are kept", e.pool.Idle())
	}
	release()
	if heavy.weight >= memoryBudget || !r.memory.TryAcquire(memoryBudget-heavy.weight) {
		t.Errorf("%d bytes are held after decoding", heavy.weight)
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
