package processor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/media"
	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// vanishing takes the source away at the 20th estimate.
type vanishing struct {
	sway
	once     sync.Once
	from, to string
}

func (v *vanishing) Estimate(ctx context.Context, pic *pix.Picture) (depth.Map, error) {
	if v.Calls() >= 20 {
		v.once.Do(func() { _ = os.Rename(v.from, v.to) }) // the test looks for what follows
	}
	return v.sway.Estimate(ctx, pic)
}

// TestFilmSourceGone: a source that vanishes ends the film at the end of the
// segment, long before all is decoded; once it is back the work goes on, and
// the film is the same as an uninterrupted one.
func TestFilmSourceGone(t *testing.T) {
	b, err := os.ReadFile(mediatest.Variant(t, "video", "vfr.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in, away := filepath.Join(dir, "in.mp4"), filepath.Join(dir, "away.mp4")
	if err := os.WriteFile(in, b, 0o666); err != nil {
		t.Fatal(err)
	}
	whole := losslessFilm(filepath.Join(dir, "whole.mkv"))
	if s, err := runFilm(t, filmEngine(t, &sway{}, t.TempDir()), whole, in); err != nil {
		t.Fatal(s.Err)
	}
	o, cache := losslessFilm(filepath.Join(dir, "out.mkv")), t.TempDir()
	s, _ := runFilm(t, filmEngine(t, &vanishing{from: in, to: away}, cache), o, in)
	if !errors.Is(s.Err, media.ErrChangedInput) || s.State != Failed {
		t.Errorf("the source was taken away: %v, %s", s.Err, s.State)
	}
	if _, err := os.Stat(o.Output); err == nil {
		t.Error("there is an output without its source")
	}
	if n := childrenOf(os.Getpid()); n > 0 {
		t.Errorf("%d processes still run", n)
	}
	if err := os.Rename(away, in); err != nil {
		t.Fatal(err)
	}
	if s, err = runFilm(t, filmEngine(t, &sway{}, cache), o, in); err != nil {
		t.Fatal(s.Err)
	}
	if !strings.Contains(strings.Join(s.Notes, ";"), "going on after frame") {
		t.Errorf("the work was done again: %q", s.Notes)
	}
	if !slices.Equal(frameHashes(t, o.Output), frameHashes(t, whole.Output)) {
		t.Error("the film differs from an uninterrupted one")
	}
}

// TestFilmUnsignalled: where the file cannot tell players of its layout, the
// user is told; where it can, not.
func TestFilmUnsignalled(t *testing.T) {
	in := mediatest.Variant(t, "video", "one_frame.mp4")
	for _, name := range []string{"out.mov", "out.mkv"} {
		o := DefaultOptions()
		o.Output, o.Codec = filepath.Join(t.TempDir(), name), "prores"
		s, err := runFilm(t, filmEngine(t, &sway{}, t.TempDir()), o, in)
		if err != nil {
			t.Fatal(s.Err)
		}
		info, err := media.ProbeVideo(t.Context(), o.Output)
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Contains(strings.Join(s.Notes, ";"), "name only")
		if signalled := info.Stereo != nil && info.Stereo.Sure; said == signalled {
			t.Errorf("%s: signalled %v, told of it lacking %v (%q)", name, signalled, said, s.Notes)
		}
	}
}
