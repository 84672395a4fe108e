package processor

import (
	"context"
	"fmt"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// arranger turns one photo and its depth into the packed pictures asked for.
// The eyes are synthesised once, straight into the first packed picture that
// holds them whole; other layouts are made from there.
type arranger struct {
	engine      *Engine
	photo       *photo
	renderer    *stereo.Renderer
	geometry    stereo.Geometry
	screen      float64 // nearness of the screen plane, also where geometry says 0
	anaglyph    string
	left, right *pix.Picture
}

// holdsEyes reports whether the layout contains both eyes at full size, so
// that they can be rendered straight into it.
func holdsEyes(l pack.Layout) bool {
	return l == pack.SBS || l == pack.TB || l == pack.Cross
}

func (a *arranger) needsDepth() bool {
	for _, o := range a.photo.outs {
		if o.layout == pack.Depth {
			return true
		}
	}
	return false
}

// all makes every output of the photo and queues it for writing.
func (a *arranger) all(ctx context.Context) error {
	src := a.source()
	for _, o := range a.photo.outs {
		if o.layout.NeedsEyes() {
			if err := a.render(ctx, src); err != nil {
				return err
			}
			break
		}
	}
	for _, o := range a.photo.outs {
		if err := a.one(ctx, src, o); err != nil {
			return fmt.Errorf("arrange %s: %w", o.layout, err)
		}
	}
	return nil
}

// source is the photo's picture, with full chroma where an odd size would put
// the seam between two eyes inside a chroma sample.
func (a *arranger) source() *pix.Picture {
	pic := a.photo.src.Picture
	for _, o := range a.photo.outs {
		if o.layout != pack.Spatial && !pack.Fits(o.layout, pix.LayoutOf(pic)) {
			q := pix.FullChroma(pic, a.engine.pool)
			if q != pic {
				a.keep(q)
			}
			return q
		}
	}
	return pic
}

func (a *arranger) keep(p *pix.Picture) { a.photo.keep = append(a.photo.keep, p) }

// picture returns a picture of the layout that lives as long as the photo.
func (a *arranger) picture(l pix.Layout, like *pix.Picture) *pix.Picture {
	p := a.engine.pool.Picture(l)
	p.Alpha, p.Colour = like.Alpha, like.Colour
	a.keep(p)
	return p
}

func (a *arranger) queue(o output, pic ...*pix.Picture) {
	for i, path := range o.paths {
		k := packedPicture{path: path, format: o.format}
		if len(pic) > 0 {
			k.pic = pic[i]
		}
		a.photo.packed = append(a.photo.packed, k)
	}
}

func (a *arranger) render(ctx context.Context, src *pix.Picture) error {
	eye := pix.LayoutOf(src)
	for _, o := range a.photo.outs {
		if !holdsEyes(o.layout) {
			continue
		}
		packed := a.picture(pack.Size(o.layout, eye), src)
		var err error
		if a.left, a.right, err = pack.Eyes(o.layout, packed); err != nil {
			return err
		}
		a.queue(o, packed)
		break
	}
	if a.left == nil {
		a.left, a.right = a.picture(eye, src), a.picture(eye, src)
	}
	return a.renderer.Render(ctx, a.left, a.right, src, a.photo.full, a.geometry)
}

func (a *arranger) one(ctx context.Context, src *pix.Picture, o output) error {
	eye := pix.LayoutOf(src)
	switch o.layout {
	case pack.Depth:
		a.queue(o)
		return nil
	case pack.Spatial:
		pair := &spatialPair{left: a.left, right: a.right, geometry: spatialGeometry(a.geometry, a.screen, src.W, src.H)}
		a.photo.packed = append(a.photo.packed, packedPicture{path: o.paths[0], spatial: pair})
		return nil
	case pack.MPO:
		a.photo.packed = append(a.photo.packed, packedPicture{path: o.paths[0], pic: a.left, right: a.right})
		return nil
	case pack.Wiggle:
		w, err := a.engine.wiggle(ctx, a.renderer, src, a.photo.full, a.geometry, media.Ratio{}, isGIF(o.paths[0]))
		if err != nil {
			return err
		}
		for _, v := range w.views {
			a.keep(v)
		}
		a.photo.packed = append(a.photo.packed, packedPicture{path: o.paths[0], wiggle: w})
		return nil
	case pack.LeftRight:
		a.queue(o, a.left, a.right)
		return nil
	case pack.RGBD:
		return a.rgbd(src, o)
	case pack.Anaglyph:
		out := a.picture(eye, src)
		a.queue(o, out)
		return pack.AnaglyphInto(ctx, out, a.left, a.right, pack.Method(a.anaglyph), a.engine.cfg.Workers)
	}
	if a.queued(o) {
		return nil
	}
	packed := a.picture(pack.Size(o.layout, eye), src)
	left, right, err := pack.Eyes(o.layout, packed)
	if err != nil {
		return err
	}
	a.queue(o, packed)
	for _, v := range []struct{ dst, src *pix.Picture }{{left, a.left}, {right, a.right}} {
		switch o.layout {
		case pack.HalfSBS, pack.HalfTB:
			err = pix.Shrink(ctx, v.dst, v.src, a.engine.cfg.Workers)
		default:
			err = v.src.CopyTo(v.dst)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// queued reports whether the eyes were rendered straight into this output.
func (a *arranger) queued(o output) bool {
	for _, k := range a.photo.packed {
		if k.path == o.paths[0] {
			return true
		}
	}
	return false
}

// rgbd puts the picture beside its depth in grey.
func (a *arranger) rgbd(src *pix.Picture, o output) error {
	packed := a.picture(pack.Size(o.layout, pix.LayoutOf(src)), src)
	colour, grey, err := pack.Eyes(o.layout, packed)
	if err != nil {
		return err
	}
	a.queue(o, packed)
	if err := src.CopyTo(colour); err != nil {
		return err
	}
	return pack.DepthInto(grey, a.photo.full)
}
