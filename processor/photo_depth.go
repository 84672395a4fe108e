package processor

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
)

// The words of Snapshot.DepthFrom.
const (
	depthOfModel = "model"
	depthOfFile  = "file"
	depthOfMap   = "depth-map"
)

// bringDepth reads the depth that comes with a photo: beside it or inside.
func (p *photo) bringDepth(lim media.Limits) (err error) {
	o, pic := p.options, p.src.Picture
	if o.DepthMap == "" {
		p.inside, err = depthInside(p.ctx, p.in.path, pic, o, p.item.note)
		return err
	}
	if p.supplied, err = media.DecodeMap(p.ctx, o.DepthMap, lim); err != nil {
		return fmt.Errorf("depth map: %w", err)
	}
	if err := sameAspect(p.supplied, pic); err != nil {
		return fmt.Errorf("depth map %s for %s: %w", o.DepthMap, p.in.path, err)
	}
	return nil
}

// depthInside returns the depth that the photo itself holds and that may be
// used; nil when the network is to be asked. note hears what is wrong with a
// depth that was passed over.
func depthInside(ctx context.Context, path string, pic *pix.Picture, o Options, note func(string)) (*media.DepthInside, error) {
	if o.DepthFrom == ModelDepth {
		return nil, nil
	}
	d, err := media.DecodeDepth(ctx, path, media.Limits{MaxPixels: o.MaxPixels})
	if err == nil {
		if err = sameAspect(d.Map, pic); err != nil {
			err = fmt.Errorf("depth in %s: %w", path, err)
		}
	}
	switch {
	case err == nil:
		return d, nil
	case o.DepthFrom == FileDepth || ctx.Err() != nil:
		return nil, err
	case !errors.Is(err, media.ErrNoDepth):
		note(fmt.Sprintf("the depth in the file is not used: %v", err))
	}
	return nil, nil
}

// insideIsBetter decides between depth in the file and a network's: what a
// camera has measured is taken when it is no coarser than what the network
// would make. (Beside FastDepth's guess an iPhone's portrait depth has the
// subject's outline; docs/depth.md.)
func (e *Engine) insideIsBetter(d *media.DepthInside, o Options) bool {
	if o.DepthFrom == FileDepth {
		return true
	}
	m, err := e.cfg.Models.Resolve(o.Model, o.Backend.models())
	if err != nil {
		return true // there is nothing else
	}
	short := cmp.Or(min(m.Descriptor.FixedW, m.Descriptor.FixedH), o.DepthSize, m.Descriptor.ShortSide, depth.PhotoShortSide)
	if o.Detail == HighDetail {
		short = short * 3 / 2
	}
	return min(d.Map.W, d.Map.H) >= short
}

// normalised makes depth from a file into nearness.
func normalised(d *media.DepthInside) (depth.Map, error) {
	var f depth.Finisher
	m, flat, err := f.Finish(d.Map.Pix, d.Map.W, d.Map.H, depth.Disparity)
	if err == nil && flat {
		err = media.ErrNoDepth
	}
	return m, err
}

// fromInside returns the depth in the file when it is the one to use.
func (e *Engine) fromInside(d *media.DepthInside, o Options) (m depth.Map, used bool, err error) {
	if d == nil || !e.insideIsBetter(d, o) {
		return depth.Map{}, false, nil
	}
	m, err = normalised(d)
	if err != nil && o.DepthFrom != FileDepth {
		return depth.Map{}, false, nil // the same everywhere: the network knows better
	}
	return m, err == nil, err
}

// aboutInside tells which depth was used.
func aboutInside(d *media.DepthInside) string {
	return fmt.Sprintf("the depth is the file's own: %s, %dx%d", d.From, d.Map.W, d.Map.H)
}

// sameAspect refuses a depth map that was made for another picture: its sides
// may differ from the picture's shape by the rounding of one sample and 1 %.
func sameAspect(m *pix.Map, pic *pix.Picture) error {
	a, b := float64(m.W)*float64(pic.H), float64(m.H)*float64(pic.W)
	slack := max(a, b)*0.01 + float64(max(pic.W, pic.H))
	if d := a - b; d > slack || d < -slack {
		return fmt.Errorf("%dx%d against %dx%d: %w", m.W, m.H, pic.W, pic.H, ErrDepthAspect)
	}
	return nil
}

// depthOf returns the depth that came with the photo or asks the network.
func (r *run) depthOf(p *photo) (depth.Map, error) {
	from := func(word string) { p.item.update(func(s *Snapshot) { s.DepthFrom = word }) }
	if p.supplied != nil {
		from(depthOfMap)
		return depth.Map{Map: p.supplied}, nil // its range is not known
	}
	m, used, err := r.fromInside(p.inside, p.options)
	if err != nil {
		return m, fmt.Errorf("depth in %s: %w", p.in.path, err)
	}
	if used {
		from(depthOfFile)
		p.item.note(aboutInside(p.inside))
		return m, nil
	}
	from(depthOfModel)
	l, err := r.estimator(p.ctx, p.options, p.options.PhotoUse())
	if err != nil {
		return depth.Map{}, err
	}
	defer l.release()
	about := l.Describe()
	p.item.update(func(s *Snapshot) {
		s.Model, s.Backend, s.Device = l.model.Name, about.Backend, about.Device
	})
	m, err = l.Estimate(p.ctx, p.src.Picture)
	if err != nil {
		return depth.Map{}, fmt.Errorf("estimate the depth of %s: %w", p.in.path, err)
	}
	if now := l.Describe().Device; now != about.Device {
		p.item.note(fmt.Sprintf("the %s failed; depth is estimated on the %s", about.Device, now))
		p.item.update(func(s *Snapshot) { s.Device = now })
	}
	return m, nil
}
