package bench

import (
	"context"
	"errors"
	"fmt"
	"io"

	"spatialmaker/processor"
	"spatialmaker/processor/depth/steady"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
)

// TemporalFigure tells how steady depth is on a clip, with the limits the
// figures are judged by.
type TemporalFigure struct {
	Clip  string `json:"clip"`
	Model string `json:"model"`
	steady.Figures
	Limits steady.Figures `json:"limits"`
}

// measureTemporal takes the figures of steadiness on a video or a photo.
func measureTemporal(ctx context.Context, e *processor.Engine, o Options, tell func(string)) (*TemporalFigure, error) {
	tell("temporal: read " + o.Temporal)
	frames, err := twoFrames(ctx, o.Temporal)
	if err != nil {
		return nil, err
	}
	opt := processor.DefaultOptions()
	opt.Model = o.Model
	if o.Width > 0 {
		opt.DepthSize = min(o.Width, o.Height)
	}
	est, release, err := e.Estimator(ctx, opt, opt.FilmUse())
	if err != nil {
		return nil, err
	}
	defer release()
	about := est.Describe()
	tell("temporal: " + about.Model)
	f, err := steady.Measure(ctx, est, frames, steady.Options{Strength: steady.DefaultStrength})
	if err != nil {
		return nil, err
	}
	return &TemporalFigure{Clip: o.Temporal, Model: about.Model, Figures: f, Limits: steady.Limits}, nil
}

// clipFrames is how far into a clip the second picture may lie: far enough to
// show something else, near enough to be read in a second.
const clipFrames = 150

// twoFrames returns the first picture of a clip and a later one.
func twoFrames(ctx context.Context, path string) ([]*pix.Picture, error) {
	format, err := media.Sniff(path)
	if err != nil {
		return nil, err
	}
	if format != media.FormatVideo {
		p, err := media.DecodePhoto(ctx, path, media.Limits{})
		if err != nil {
			return nil, err
		}
		return []*pix.Picture{p.Picture}, nil
	}
	info, err := media.ProbeVideo(ctx, path)
	if err != nil {
		return nil, err
	}
	r, err := media.OpenVideo(ctx, info, media.VideoReadOptions{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var first, last *pix.Picture
	for range clipFrames {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = f.Pic
		}
		last = f.Pic
	}
	if first == nil {
		return nil, fmt.Errorf("%s: no frames in it", path)
	}
	return []*pix.Picture{first, last}, nil
}
