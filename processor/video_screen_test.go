package processor

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/steady"
	"spatialmaker/processor/media"
	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/stereo"
)

// convergences follows the screen of a film of clips cut together, each with at
// most n frames; cuts are the frames at which shots begin.
func convergences(t *testing.T, n int, clips ...string) (at, own []float64, cuts []int) {
	t.Helper()
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	est, err := depth.Open(t.Context(), depth.Config{ModelPath: filepath.Join(wd, "..", "build", "runtime", "fastdepth.onnx")})
	if err != nil {
		t.Fatal(err)
	}
	defer est.Close()
	stage := steady.New(steady.Options{Strength: steady.DefaultStrength})
	defer stage.Close()
	var s screen
	take := func() {
		for {
			f, ok, err := stage.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return
			}
			if f.First {
				cuts = append(cuts, len(at))
			}
			own = append(own, stereo.AutoConvergence(f.Map))
			at = append(at, s.next(DefaultOptions(), f.Map, f.First))
			f.Map.Release()
		}
	}
	for _, clip := range clips {
		eachFrame(t, mediatest.Shared(t, "video", clip), n, func(f media.VideoFrame) {
			m, err := est.Estimate(t.Context(), f.Pic)
			if err != nil {
				t.Fatal(err)
			}
			if err := stage.Push(t.Context(), f.Pic, m); err != nil {
				t.Fatal(err)
			}
			take()
		})
	}
	stage.End()
	take()
	return at, own, cuts
}

// The screen a film is left with moves too slowly to be seen within a shot, and
// at a cut is at once where the new shot wants it.
func TestScreenIsSteadyInFilms(t *testing.T) {
	const (
		most   = 48
		moving = 0.002 // of the depth in a frame: a tenth of a pixel of full HD at the ordinary strength
	)
	clips := []string{"src_indoor_1280x720.mp4", "src_water_480x360.mp4"}
	at, own, cuts := convergences(t, most, clips...)
	if len(at) != 2*most || len(cuts) != 2 || cuts[1] != most {
		t.Fatalf("%d frames, shots begin at %v", len(at), cuts)
	}
	for i, from := range cuts {
		shot, wants := at[from:from+most], own[from:from+most]
		step, jump := 0.0, 0.0
		lo, hi := shot[0], shot[0]
		for k := 1; k < len(shot); k++ {
			step, jump = max(step, math.Abs(shot[k]-shot[k-1])), max(jump, math.Abs(wants[k]-wants[k-1]))
			lo, hi = min(lo, shot[k]), max(hi, shot[k])
		}
		t.Logf("%s: from %.3f to %.3f, moves between %.3f and %.3f, at most %.4f in a frame; by frames alone %.4f",
			clips[i], shot[0], shot[most-1], lo, hi, step, jump)
		if step > moving {
			t.Errorf("%s: the screen moves by %.4f of the depth in a frame, more than %g", clips[i], step, moving)
		}
		if shot[0] != wants[0] {
			t.Errorf("%s: begins at %.3f, not where its first frame wants it, %.3f", clips[i], shot[0], wants[0])
		}
	}
}
