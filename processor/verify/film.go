package verify

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
)

// moments of a film that are looked at, as shares of its length.
var moments = []float64{0.1, 0.5, 0.9}

// film looks at a few moments of a video, at its end, and at what it tells
// players.
func (r *Report) film(ctx context.Context) error {
	info, err := media.ProbeVideo(ctx, r.Path)
	if err != nil {
		return err
	}
	r.Width, r.Height, r.Frames, r.Seconds = info.Video.W, info.Video.H, info.ExpectedFrames(), round(info.Duration.Seconds(), 3)
	r.signal(info)
	if r.Layout == pack.Spatial {
		return r.spatialFilm(ctx, info)
	}
	var seen []*Report
	for _, at := range moments {
		one := &Report{Path: r.Path, Layout: r.Layout, open: frameAt(time.Duration(at * float64(info.Duration)))}
		if err := one.picture(ctx); err != nil {
			return err
		}
		seen = append(seen, one)
	}
	r.sum(seen)
	return r.ending(ctx, info)
}

// frameAt opens a video at a moment, or at its beginning when nothing comes
// after that.
func frameAt(at time.Duration) opener {
	return func(ctx context.Context, path string) (*pix.Picture, error) {
		info, err := media.ProbeVideo(ctx, path)
		if err != nil {
			return nil, err
		}
		p, err := firstFrame(ctx, info, at)
		if errors.Is(err, media.ErrTruncated) && at > 0 {
			return firstFrame(ctx, info, 0)
		}
		return p, err
	}
}

func firstFrame(ctx context.Context, info *media.VideoInfo, at time.Duration) (*pix.Picture, error) {
	v, err := media.OpenVideo(ctx, info, media.VideoReadOptions{Start: at})
	if err != nil {
		return nil, err
	}
	defer v.Close()
	f, err := v.Next()
	if err != nil {
		return nil, err
	}
	return f.Pic, nil
}

// signal compares what the file tells players with its arrangement. ProRes and
// FFV1 have no word for it, anaglyphs need none.
func (r *Report) signal(info *media.VideoInfo) {
	want := ""
	switch r.Layout {
	case pack.SBS, pack.HalfSBS, pack.Cross:
		want = "sbs"
	case pack.TB, pack.HalfTB:
		want = "tb"
	case pack.Spatial:
		want = "multiview"
	}
	if c := info.Video.Codec; want == "" || c == "prores" || c == "ffv1" {
		return
	}
	s := info.Stereo
	swap := r.Layout == pack.Cross
	if want == "multiview" && s != nil {
		swap = s.Swap // which layer is which eye is the file's own business
	}
	switch {
	case s == nil || !s.Sure:
		r.problem("players are not told that it is stereoscopic")
	case s.Layout != want || s.Swap != swap:
		r.problem("players are told %q by its %s, it is %s", s.Layout, s.From, r.Layout)
	}
}

// sum brings the moments together: a film may have a flat or dark one, but not
// only those; swapped eyes and eyes that are not level are wrong anywhere.
func (r *Report) sum(seen []*Report) {
	r.order(seen)
	good := false
	for i, s := range seen {
		if i == 0 {
			r.Nearest, r.Farthest = s.Nearest, s.Farthest
		}
		r.Nearest, r.Farthest = max(r.Nearest, s.Nearest), min(r.Farthest, s.Farthest)
		r.Matched = max(r.Matched, s.Matched)
		if s.Vertical != 0 {
			r.Vertical = s.Vertical
		}
		good = good || len(s.Problems) == 0
	}
	for _, s := range seen {
		for _, p := range s.Problems {
			if !good && !slices.Contains(r.Problems, p) {
				r.Problems = append(r.Problems, p)
			}
		}
	}
}

// order decides on the eyes by the moments that are clear; one alone may
// mislead.
func (r *Report) order(seen []*Report) {
	votes := map[string]int{}
	for _, s := range seen {
		votes[s.Eyes]++
	}
	switch {
	case votes[EyesSwapped] > max(1, votes[EyesRight]):
		r.Eyes = EyesSwapped
		r.problem("the eyes are swapped: what is hidden looks like what should hide it")
	case votes[EyesRight] > votes[EyesSwapped]:
		r.Eyes = EyesRight
	case votes[""] < len(seen):
		r.Eyes = EyesUnclear
	}
}

// ending reads the last second to its end, where a film that was cut short
// would show it.
func (r *Report) ending(ctx context.Context, info *media.VideoInfo) error {
	v, err := media.OpenVideo(ctx, info, media.VideoReadOptions{Start: max(0, info.Duration-time.Second)})
	if err != nil {
		return err
	}
	defer v.Close()
	for {
		f, err := v.Next()
		if err == nil {
			f.Pic.Release()
			continue
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, media.ErrTruncated) {
			return err
		}
		rep := v.Report()
		if rep.ShortBy > 0 {
			r.problem("the pictures end %.2f s before the file says", rep.ShortBy.Seconds())
		}
		if rep.Errors > 0 {
			r.problem("the decoder complains %d times in the last second", rep.Errors)
		}
		return nil
	}
}
