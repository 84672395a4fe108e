package processor

import (
	"fmt"
	"os"
	"path/filepath"

	"spatialmaker/processor/media"
)

// Versions of what is written; a program that works otherwise counts them up,
// so that it does not go on with another's work.
const (
	journalVersion = 3
	steadyVersion  = 2
)

// filmRow is how many frames a segment of a film has, and a piece of its depth.
func (e *Engine) filmRow(info *media.VideoInfo) int64 {
	if n := e.cfg.Segment; n > 0 {
		return int64(n)
	}
	rate := info.Video.FrameRate.Float()
	if rate <= 0 {
		rate = 25
	}
	return int64(min(600, max(24, rate*segmentSeconds+0.5)))
}

// filmModel is what the depth of a film depends on besides the film: the
// network and what is done with its depth.
func (e *Engine) filmModel(o Options) ([]any, error) {
	m, err := e.cfg.Models.Resolve(o.Model, o.Backend.models())
	if err != nil {
		return nil, err
	}
	model := []any{m.Name, m.Backend, o.FilmUse(), o.Steady, steadyVersion}
	if st, err := os.Stat(m.Path); err == nil {
		model = append(model, st.Size())
	}
	return model, nil
}

// filmDepthKey names the depth of a film in the cache.
func (e *Engine) filmDepthKey(id identity, info *media.VideoInfo, model []any, o Options) string {
	return keyOf(id.Size, id.Hash, model, o.Start, o.Duration, e.filmRow(info), filmLayout(info, o))
}

// keys opens the depth cache under what depth depends on, and returns the
// journal's key: everything the finished segments depend on.
func (f *film) keys() (string, error) {
	o := f.options
	o.Output, o.Overwrite, o.SkipExisting, o.NoResume, o.Recursive = "", false, false, false, false
	ff, err := media.FindFFmpeg(f.ctx)
	if err != nil {
		return "", err
	}
	var source any
	if o.DepthMap != "" {
		// A folder is known by its time; maps replaced in it unseen are the user's own doing.
		st, err := os.Stat(o.DepthMap)
		if err != nil {
			return "", fmt.Errorf("depth map: %w", err)
		}
		source = []any{o.DepthMap, st.Size(), st.ModTime().UTC()}
	} else {
		model, err := f.run.filmModel(o)
		if err != nil {
			return "", err
		}
		source = model
		if f.pieces, err = f.run.Depths().film(f.run.filmDepthKey(f.id, f.info, model, o), f.pool); err != nil {
			return "", err
		}
	}
	var outs []any
	for _, out := range f.outs {
		e := out.encoding
		e.Source = nil
		outs = append(outs, out.layout, filepath.Base(out.path), e)
	}
	return keyOf(journalVersion, ff.Version, f.id, o, source, outs, f.perRow), nil
}
