package verify

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spatialmaker/processor/media/mediatest"
)

// stereoFilm writes a film of a real pair of eyes beside each other.
func stereoFilm(t *testing.T, path, left, right string, packing string) string {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-framerate", "10", "-i", left, "-framerate", "10", "-i", right,
		"-filter_complex", "[0]scale=160:-2,setsar=1[a];[1]scale=160:-2,setsar=1[b];[a][b]hstack,loop=loop=19:size=1", "-c:v", "libx264",
		"-preset", "veryfast", "-crf", "16", "-pix_fmt", "yuv420p", "-x264-params", "frame-packing="+packing, path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

func TestFilms(t *testing.T) {
	dir := t.TempDir()
	left, right := mediatest.Shared(t, "stereo", "Synth1080", "left.png"), mediatest.Shared(t, "stereo", "Synth1080", "right.png")
	// The order of the eyes is judged by pictures; here it is
	// what the film as a whole tells.
	cases := []struct {
		name        string
		left, right string
		packing     string
		problem     string
		is          bool
	}{
		{"good_LRF_Full_SBS.mp4", left, right, "3", "players", false},
		{"flat_LRF_Full_SBS.mp4", left, left, "3", "flat", true},
		{"told_LRF_Full_SBS.mp4", left, right, "4", "players are told", true},
		{"untold_LRF_Full_SBS.mp4", left, right, "-1", "not told", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := File(context.Background(), stereoFilm(t, filepath.Join(dir, c.name), c.left, c.right, c.packing), "")
			if err != nil {
				t.Fatal(err)
			}
			found := slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, c.problem) })
			if found != c.is || c.is && r.OK {
				t.Errorf("%+v", r)
			}
			if r.Frames != 20 || r.Width != 320 {
				t.Errorf("%d frames %d wide", r.Frames, r.Width)
			}
		})
	}
}
