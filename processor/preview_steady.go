package processor

import (
	"context"
	"time"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/steady"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
)

// Steadying looks at the frames before one. A conversion has them all; the
// preview of a moment looks back far enough for the result to be nearly the
// conversion's, and keeps what it has estimated so that another strength of
// steadying costs no network run. It does not look ahead: at a cut that lies
// within the next frames a conversion knows more.
const (
	steadyBack  = 6   // frames
	steadyKept  = 24  // moments, some 15 MB
	steadySmall = 640 // pixels of the longer side, more than steadying looks at
)

// moment is a frame of a film with its depth as the network gave it.
type moment struct {
	pic *pix.Picture // small
	m   depth.Map
}

// filmMoments are the estimates kept of a film, by the time of their frames.
type filmMoments struct {
	key  depthKey // with no moment in it
	kept map[time.Duration]*moment
	age  []time.Duration // the oldest first
}

func (f *filmMoments) drop() {
	for _, x := range f.kept {
		x.m.Release()
	}
	f.kept, f.age = nil, nil
}

// add keeps a copy of an estimate.
func (f *filmMoments) add(ctx context.Context, at time.Duration, pic *pix.Picture, m depth.Map, workers int) error {
	if f.kept[at] != nil {
		return nil
	}
	small, err := smallCopy(ctx, pic, workers)
	if err != nil {
		return err
	}
	if f.kept == nil {
		f.kept = map[time.Duration]*moment{}
	}
	f.kept[at] = &moment{pic: small, m: copyDepth(m)}
	f.age = append(f.age, at)
	if len(f.age) > steadyKept {
		f.kept[f.age[0]].m.Release()
		delete(f.kept, f.age[0])
		f.age = f.age[1:]
	}
	return nil
}

func smallCopy(ctx context.Context, pic *pix.Picture, workers int) (*pix.Picture, error) {
	w, h := fit(pic.W, pic.H, steadySmall, steadySmall)
	if w == pic.W && h == pic.H {
		return pic, nil // of a film's reader, which the collector takes back
	}
	var none *pix.Pool
	small := none.Picture(pix.LayoutOf(pic).Resized(w, h))
	return small, pix.Shrink(ctx, small, pic, workers)
}

func copyDepth(m depth.Map) depth.Map {
	c := pix.NewMap(m.W, m.H)
	for y := range m.H {
		copy(c.Row(y), m.Row(y))
	}
	m.Map = c
	return m
}

// before are the kept frames that lie one behind the other up to at, the
// earliest first and that at at last, as many as steadying looks back on.
// whole says that none is missing.
func (f *filmMoments) before(at, step time.Duration) (out []*moment, whole bool) {
	for len(out) <= steadyBack {
		x := f.kept[at]
		if x == nil {
			break
		}
		out = append([]*moment{x}, out...)
		from := at
		for t := range f.kept {
			if gap := from - t; gap > 0 && gap < step*3/2 {
				at = t
			}
		}
		if at == from {
			// none before this one: at the film's beginning there is none to be had
			return out, len(out) > steadyBack || at < step/2
		}
	}
	return out, len(out) > steadyBack
}

// past are the frames that steadying looks at for the film's present one, which
// is the last of them. rough says that there are more, which a hasty request
// does without.
func (p *Preview) past(ctx context.Context, src *media.Photo, d *pendingDepth, q PreviewRequest) (frames []*moment, rough bool, err error) {
	key := d.key
	key.source.at = 0
	if p.moments.key != key {
		p.moments.drop()
		p.moments.key = key
	}
	at, step := p.film.at, p.film.frameTime()
	if err := p.moments.add(ctx, at, src.Picture, d.m, p.engine.cfg.Workers); err != nil {
		return nil, false, err
	}
	frames, whole := p.moments.before(at, step)
	if whole || q.Hasty {
		return frames, !whole, nil
	}
	if err := p.lookBack(ctx, at, d.key.use, q.Options); err != nil {
		return nil, false, err
	}
	frames, _ = p.moments.before(at, step) // what is missing now cannot be read
	return frames, false, nil
}

// steadied is the depth of the last of frames as steadying leaves it.
func (p *Preview) steadied(ctx context.Context, frames []*moment, strength float64, perFrame bool) (*pix.Map, error) {
	st := steady.New(steady.Options{Strength: strength, PerFrame: perFrame, Workers: p.engine.cfg.Workers, Pool: p.engine.pool})
	defer st.Close()
	for _, x := range frames {
		if err := st.Push(ctx, x.pic, copyDepth(x.m)); err != nil {
			return nil, err
		}
	}
	st.End()
	var m *pix.Map
	for {
		f, ok, err := st.Next(ctx)
		if err != nil {
			m.Release()
			return nil, err
		}
		if !ok {
			quantise(m) // as a film is rendered from
			return m, nil
		}
		m.Release()
		m = f.Map
	}
}

// lookBack estimates the frames before at. The reader ends where it was, so
// that playing goes on from there.
func (p *Preview) lookBack(ctx context.Context, at time.Duration, use NetworkUse, o Options) error {
	l, err := p.engine.estimator(ctx, o, use)
	if err != nil {
		return err
	}
	defer l.release()
	pts := p.film.pts
	photo, err := p.film.seek(ctx, max(at-steadyBack*p.film.frameTime(), 0))
	for err == nil && p.film.at < at {
		if p.moments.kept[p.film.at] == nil {
			m, err := l.Estimate(ctx, photo.Picture)
			if err != nil {
				return err
			}
			err = p.moments.add(ctx, p.film.at, photo.Picture, m, p.engine.cfg.Workers)
			m.Release()
			if err != nil {
				return err
			}
		}
		photo, err = p.film.next(ctx)
	}
	p.film.at, p.film.pts = at, pts
	if behind(err) { // what can be read is looked at
		err = nil
	}
	return err
}
