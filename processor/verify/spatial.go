package verify

import (
	"context"
	"errors"
	"time"

	"spatialmaker/processor/media"
)

// saysSpatial reports whether a file tells by itself that it is spatial.
func saysSpatial(ctx context.Context, path string) bool {
	i, err := media.Probe(ctx, path)
	if err != nil {
		return false
	}
	if v := i.Video; v != nil {
		return v.Stereo != nil && v.Stereo.Layout == "multiview" && v.Stereo.Sure
	}
	_, ok := stereoGroup(i)
	return ok
}

// stereoGroup finds the stereo pair of a spatial photo.
func stereoGroup(i *media.Info) (media.Inside, bool) {
	for _, in := range i.Inside {
		if in.Kind == media.InsideStereo && in.From == "ster" {
			return in, true
		}
	}
	return media.Inside{}, false
}

// cameras checks what a spatial photo says of its cameras.
func (r *Report) cameras(ctx context.Context) {
	i, err := media.Probe(ctx, r.Path)
	if err != nil {
		r.problem("%v", err)
		return
	}
	in, _ := stereoGroup(i)
	if in.Baseline <= 0 || in.FOV <= 0 {
		r.problem("it does not say how far apart and how wide its cameras are, without which it is a stereo pair, but not spatial")
	}
}

// spatialFilm checks what players are told of a multiview film, and looks at
// the one eye that every decoder shows.
func (r *Report) spatialFilm(ctx context.Context, info *media.VideoInfo) error {
	if s := info.Stereo; s != nil && s.Layout == "multiview" {
		switch c := s.Spatial; {
		case c == nil || c.Layers < 2:
			r.problem("the second eye is announced, but its layer is missing")
		case c.Baseline <= 0 || c.FOV <= 0:
			r.problem("it does not say how far apart and how wide its cameras are, without which it is stereo, but not spatial")
		case !c.Whole():
			r.problem("its projection is %q: spatial films are rectilinear", c.Projection)
		}
	}
	for _, at := range moments {
		p, err := frameAt(time.Duration(at*float64(info.Duration)))(ctx, r.Path)
		if errors.Is(err, media.ErrTruncated) {
			r.problem("it has no picture at %.1f s", at*info.Duration.Seconds())
			continue
		}
		if err != nil {
			return err
		}
		p.Release()
	}
	r.Notes = append(r.Notes, "the second eye is a layer that ffmpeg does not show here: only the first was looked at")
	return r.ending(ctx, info)
}
