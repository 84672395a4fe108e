package processor

import (
	"context"
	"fmt"
	"slices"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// pendingDepth is a network run that has begun; done is closed at its end.
type pendingDepth struct {
	key    depthKey
	cancel context.CancelFunc
	done   chan struct{}
	m      depth.Map
	about  depth.Description
	model  string
	from   string // as in Snapshot.DepthFrom
	note   string // more of where it comes from, "" for a network's
	err    error
}

// fullDepth is a depth at the picture's size, and the convergence that is
// chosen by it when that is left to the program.
type fullDepth struct {
	m      *pix.Map
	screen float64
}

func (f fullDepth) release() { f.m.Release() }

// fullDepth returns the depth at the size of pic, sharpened and, of a film,
// from the cache or steadied as the moments before it ask; the stage keeps the
// map. It tells in res where the depth is from.
func (p *Preview) fullDepth(ctx context.Context, key sourceKey, src *media.Photo, pic *pix.Picture, q PreviewRequest, res *PreviewResult) (fullDepth, fullKey, error) {
	o := q.Options
	fk := fullKey{depth: p.engine.depthKeyOf(key, src, o), w: pic.W, h: pic.H, refine: o.refines(), widen: o.Widen}
	if res.Film != nil {
		fk.film, fk.steady = true, o.Steady
		known, ok, err := p.known(ctx, key, q)
		if err != nil {
			return fullDepth{}, fk, err
		}
		if ok {
			fk.known = true
			res.DepthFrom, res.Model = depthOfModel, p.depths.model
			res.Rough, res.Nearly = !known.sure && q.Hasty, !known.sure
			full, err := p.sized(ctx, fk, pic, q, func() (*pix.Map, bool, error) { return known.m, false, nil })
			full.screen = known.screen
			return full, fk, err
		}
	}
	d, err := p.depthOf(ctx, fk.depth, src, o)
	if err != nil {
		return fullDepth{}, fk, err
	}
	res.DepthFrom = d.from
	res.Model, res.Backend, res.Device, res.Inference = d.model, d.about.Backend, d.about.Device, d.m.Inference
	if d.note != "" {
		res.Notes = append(slices.Clip(res.Notes), d.note)
	}
	var past []*moment
	if res.Film != nil && d.from == depthOfModel {
		// Without steadying a frame's depth is its own; only the screen moves on.
		res.Nearly = o.Steady > 0 || o.Convergence.Auto
		if o.Steady > 0 {
			if past, res.Rough, err = p.past(ctx, src, d, q); err != nil {
				return fullDepth{}, fk, fmt.Errorf("look back from %v of %s: %w", p.film.at, q.Path, err)
			}
		}
		fk.past = len(past)
	}
	full, err := p.sized(ctx, fk, pic, q, func() (*pix.Map, bool, error) {
		switch {
		case len(past) > 0:
			m, err := p.steadied(ctx, past, o.Steady, d.about.PerFrame)
			return m, true, err
		case res.Film != nil && d.from == depthOfModel:
			m := copyDepth(d.m).Map
			quantise(m) // as a film is rendered from
			return m, true, nil
		}
		return d.m.Map, false, nil
	})
	return full, fk, err
}

// sized brings the depth that fresh makes to the size of pic; own says that it
// is to be released after that.
func (p *Preview) sized(ctx context.Context, key fullKey, pic *pix.Picture, q PreviewRequest, fresh func() (m *pix.Map, own bool, err error)) (fullDepth, error) {
	full, err := p.full.get(key, fullDepth.release, func() (f fullDepth, err error) {
		m, own, err := fresh()
		if err != nil {
			return f, err
		}
		if own {
			defer m.Release()
		}
		rd := p.engine.renderer(q.Options.fill())
		defer p.engine.giveBack(rd)
		if f.m, err = p.engine.refined(ctx, q.Options, rd.Renderer, m, pic); err != nil {
			return f, err
		}
		if key.film { // a conversion of films reads it off what the network gave
			f.screen = stereo.AutoConvergence(m)
		} else {
			f.screen = stereo.AutoConvergence(f.m)
		}
		return f, nil
	})
	if err != nil {
		return full, fmt.Errorf("refine the depth of %s: %w", q.Path, err)
	}
	if c := q.Options.Convergence; !c.Auto {
		full.screen = c.Value
	}
	return full, nil
}

func (e *Engine) depthKeyOf(key sourceKey, src *media.Photo, o Options) depthKey {
	k := depthKey{source: key, model: e.modelName(o), backend: o.Backend, use: o.PhotoUse(), depthMap: o.DepthMap, from: o.DepthFrom}
	if src.Format == media.FormatVideo {
		k.use = o.FilmUse() // what the film will look like, from the network that makes it
	}
	return k
}

// modelName is the model that options mean: the best may be another one now than
// it was for the last picture.
func (e *Engine) modelName(o Options) string {
	if o.Model == "" && o.DepthMap == "" {
		if m, err := e.cfg.Models.Resolve("", o.Backend.models()); err == nil {
			return m.Name
		}
	}
	return o.Model
}

// depthOf waits for the depth of the picture, beginning the run when it has
// not begun. The run goes on when ctx ends first: the next call, for another
// strength, will want it.
func (p *Preview) depthOf(ctx context.Context, k depthKey, src *media.Photo, o Options) (*pendingDepth, error) {
	if p.depth == nil || p.depth.key != k || p.depth.failed() {
		p.dropDepth()
		run, cancel := context.WithCancel(context.WithoutCancel(ctx))
		d := &pendingDepth{key: k, cancel: cancel, done: make(chan struct{})}
		p.depth = d
		go func() {
			defer close(d.done)
			defer cancel()
			d.err = p.engine.previewDepth(run, d, src, o)
		}()
	}
	d := p.depth
	select {
	case <-d.done:
		return d, d.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (d *pendingDepth) failed() bool {
	select {
	case <-d.done:
		return d.err != nil
	default:
		return false
	}
}

func (e *Engine) previewDepth(ctx context.Context, d *pendingDepth, src *media.Photo, o Options) error {
	if o.DepthMap != "" {
		m, err := media.DecodeMap(ctx, o.DepthMap, media.Limits{MaxPixels: o.MaxPixels})
		if err != nil {
			return fmt.Errorf("depth map: %w", err)
		}
		d.m, d.from = depth.Map{Map: m, Hi: 1}, depthOfMap
		return sameAspect(m, src.Picture)
	}
	if src.Format != media.FormatVideo {
		in, err := depthInside(ctx, d.key.source.path, src.Picture, o, func(string) {})
		if err != nil {
			return err
		}
		m, used, err := e.fromInside(in, o)
		if used || err != nil {
			d.m, d.from, d.note = m, depthOfFile, aboutInside(in)
			return err
		}
	}
	l, err := e.estimator(ctx, o, d.key.use)
	if err != nil {
		return err
	}
	defer l.release()
	d.about, d.model, d.from = l.Describe(), l.model.Name, depthOfModel
	d.m, err = l.Estimate(ctx, src.Picture)
	return err
}

func (p *Preview) dropDepth() {
	d := p.depth
	p.depth = nil
	if d == nil {
		return
	}
	d.cancel()
	go func() {
		<-d.done
		if d.err == nil {
			d.m.Release()
		}
	}()
}
