package processor

import (
	"context"
	"time"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// The holes of a film's frame, filled well, remember the frames before it, back
// to where its shot or its row of segments began. A frame at full size is the
// export's only if all of these have been rendered for it.

// recallTime is how long a preview may take for that; what needs more is shown
// without, and the result says so.
const recallTime = 4 * time.Second

// recalls says whether the eyes of a frame depend on the frames before it.
func (p *Preview) recalls(pic *pix.Picture, film *FilmInfo, o Options) bool {
	return film != nil && o.fill() == stereo.FillGood && o.Strength != 0 &&
		pic.W == p.source.val.Picture.W && pic.H == p.source.val.Picture.H
}

// eyePairOf renders the eyes of a picture, of a film's frame as its export has
// them where that can be known in time.
func (p *Preview) eyePairOf(ctx context.Context, pic *pix.Picture, full *pix.Map, key eyesKey, q PreviewRequest, res *PreviewResult) (eyePair, error) {
	if p.recalls(pic, res.Film, q.Options) {
		whole := key
		whole.recalls = true
		can := key.full.known && !res.Nearly
		if can && (!q.Hasty || p.eyes.ok && p.eyes.key == whole) {
			return p.eyesInTime(ctx, pic, full, whole, q, res)
		}
		res.Rough, res.Nearly = res.Rough || can, true
	}
	return p.eyes.get(key, releaseEyes, func() (eyePair, error) {
		rd := p.engine.renderer(key.fill)
		defer p.engine.giveBack(rd)
		return p.render(ctx, rd.Render, pic, full, key.geometry)
	})
}

// eyesInTime renders the frames that a frame's holes remember, and it; if that
// takes too long, it alone.
func (p *Preview) eyesInTime(ctx context.Context, pic *pix.Picture, full *pix.Map, key eyesKey, q PreviewRequest, res *PreviewResult) (eyePair, error) {
	late := false
	eyes, err := p.eyes.get(key, releaseEyes, func() (eyes eyePair, err error) {
		run := p.depths.run(q.Options)
		if len(run) > 1 {
			eyes, late, err = p.replay(ctx, run, key.fill, q)
		}
		if len(run) > 1 && !late {
			return eyes, err
		}
		rd := p.engine.renderer(key.fill)
		defer p.engine.giveBack(rd)
		return p.render(ctx, rd.Render, pic, full, key.geometry)
	})
	if late {
		res.Nearly = true
		p.eyes.key.recalls = false // they are those of a frame alone
	}
	return eyes, err
}

// runFrame is a frame whose holes the frames after it remember.
type runFrame struct {
	pts    int64
	screen float64
}

// run are the frames from where remembering began up to the frame found, which
// is the last.
func (k *knownFilm) run(o Options) (out []runFrame) {
	r := k.rows[k.row]
	begin := k.at
	for begin > 0 && !r.first[begin] {
		begin--
	}
	var s screen
	for row, from := k.since.row, k.since.at; row <= k.row; row, from = row+1, 0 {
		r := k.rows[row]
		for i := from; i < len(r.pts) && (row < k.row || i <= k.at); i++ {
			s.follow(r.want[i], r.first[i])
			if row == k.row && i >= begin {
				out = append(out, runFrame{pts: r.pts[i], screen: s.At})
			}
		}
	}
	if !o.Convergence.Auto {
		for i := range out {
			out[i].screen = o.Convergence.Value
		}
	}
	return out
}

// replay renders the frames of run one after the other and returns the eyes of
// the last. late says that there was no time for it.
func (p *Preview) replay(ctx context.Context, run []runFrame, fill stereo.Fill, q PreviewRequest) (eyes eyePair, late bool, err error) {
	at, pts := p.film.at, p.film.pts
	whole := false
	defer func() {
		p.film.at, p.film.pts = at, pts
		if !whole { // the reader stands elsewhere
			p.film.close()
		}
	}()
	in, err := p.depths.pieces.open(p.depths.row)
	if err != nil {
		return eyes, true, nil //nolint:nilerr // an export will make it anew
	}
	defer in.close()
	rd := p.engine.renderer(fill)
	defer p.engine.giveBack(rd)
	begin := time.Now()
	for i, f := range run {
		photo, m, err := p.both(ctx, in, f.pts, i == 0)
		if err != nil {
			return eyes, ctx.Err() == nil, ctx.Err()
		}
		if i > 0 {
			releaseEyes(eyes)
		}
		eyes, err = p.replayed(ctx, rd.Renderer, photo.Picture, m, q.Options, f.screen, i == 0)
		m.Release()
		if err != nil {
			return eyePair{}, false, err
		}
		// after a few frames it can be told how long it will take
		if n := i + 1; n >= 3 && n < len(run) && time.Since(begin)*time.Duration(len(run))/time.Duration(n) > p.recallTime {
			releaseEyes(eyes)
			return eyePair{}, true, nil
		}
	}
	whole = true
	return eyes, false, nil
}

// both reads the frame of this time and its depth.
func (p *Preview) both(ctx context.Context, in *pieceReader, pts int64, seek bool) (photo *media.Photo, m *pix.Map, err error) {
	for {
		var at int64
		if at, m, _, _, err = in.next(); err != nil || m == nil || at > pts {
			m.Release()
			return nil, nil, errBadPiece
		}
		if at == pts {
			break
		}
		m.Release()
	}
	if seek {
		v := &p.film.info.Video
		photo, err = p.film.seek(ctx, max(0, v.TimeBase.Duration(pts)-p.film.info.Start-p.film.frameTime()/2))
	} else {
		photo, err = p.film.next(ctx)
	}
	for err == nil && p.film.pts < pts {
		photo, err = p.film.next(ctx)
	}
	if err == nil && p.film.pts != pts {
		err = media.ErrChangedInput
	}
	if err != nil {
		m.Release()
		return nil, nil, err
	}
	return photo, m, nil
}

// replayed renders one of the frames.
func (p *Preview) replayed(ctx context.Context, rd *stereo.Renderer, pic *pix.Picture, m *pix.Map, o Options, screen float64, first bool) (eyePair, error) {
	if !pack.Fits(pack.SBS, pix.LayoutOf(pic)) {
		pic = pix.FullChroma(pic, p.engine.pool)
		defer pic.Release()
	}
	full, err := p.engine.refined(ctx, o, rd, m, pic)
	if err != nil {
		return eyePair{}, err
	}
	defer full.Release()
	next := func(ctx context.Context, left, right, src *pix.Picture, depth *pix.Map, g stereo.Geometry) error {
		return rd.RenderNext(ctx, left, right, src, depth, g, first)
	}
	return p.render(ctx, next, pic, full, o.geometry(screen))
}
