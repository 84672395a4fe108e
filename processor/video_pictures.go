package processor

import (
	"context"
	"fmt"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// painter turns frames and their depth into the pictures of all outputs. The
// eyes are synthesised once, on the planes of the decoder, straight into the
// first picture that holds them whole.
type painter struct {
	film     *film
	renderer *stereo.Renderer
	eyes     bool // some output shows eyes
	full     bool // the depth is needed at the picture's size
	mixer    *pack.Mixer
	host     int // output whose picture the eyes are painted into, -1: none
}

// newPainter returns a painter for the film's outputs; close it after use.
func (f *film) newPainter(rd *stereo.Renderer) *painter {
	p := &painter{film: f, renderer: rd, host: -1, full: f.options.refines(), mixer: pack.NewMixer(f.run.cfg.Workers)}
	for i, o := range f.outs {
		p.eyes = p.eyes || o.layout.NeedsEyes()
		p.full = p.full || o.layout == pack.Depth || o.layout == pack.RGBD
		if p.host < 0 && (holdsEyes(o.layout) || f.spatial.is(i)) {
			p.host = i
		}
	}
	return p
}

func (p *painter) close() { p.mixer.Close() }

// paint fills fr.packed and releases the frame's picture and depth.
func (p *painter) paint(ctx context.Context, fr *filmFrame, s *screen) error {
	f := p.film
	d := fr.depth
	if p.full {
		d = f.pool.Map(fr.pic.W, fr.pic.H)
		defer d.Release()
		var err error
		if f.options.refines() {
			err = p.renderer.Refine(ctx, d, fr.depth, fr.pic, f.options.refining())
		} else {
			err = stereo.Resize(d, fr.depth)
		}
		if err != nil {
			return fmt.Errorf("refine the depth of frame %d: %w", fr.index, err)
		}
	}
	g := f.options.geometry(s.next(f.options, fr.depth, fr.first))
	fr.screen = *s
	shown, g := f.spatial.rendered(g)
	if fr.index%readingEvery == 0 || fr.first {
		f.read(stereo.Comfort(fr.depth, shown))
	}
	fr.packed = make([]*pix.Picture, len(f.outs))
	for i, o := range f.outs {
		fr.packed[i] = f.pool.Picture(o.encoding.Layout)
		if o.encoding.Source != nil {
			fr.packed[i].Colour = fr.pic.Colour
		}
	}
	left, right, err := p.render(ctx, fr, d, g)
	if err != nil {
		return fmt.Errorf("make the eyes of frame %d: %w", fr.index, err)
	}
	for i, o := range f.outs {
		if err := p.arrange(ctx, i, o, fr, d, left, right); err != nil {
			return fmt.Errorf("arrange %s of frame %d: %w", o.layout, fr.index, err)
		}
	}
	if p.host < 0 && p.eyes {
		left.Release()
		right.Release()
	}
	fr.pic.Release()
	fr.depth.Release()
	fr.pic, fr.depth = nil, nil // they may be another frame's by now
	return nil
}

// readingEvery is how often a film's comfort is read, in frames.
const readingEvery = 24

// read keeps the extremes of a film's parallax.
func (f *film) read(r stereo.Reading) {
	f.item.update(func(s *Snapshot) {
		if s.Comfort == nil {
			s.Comfort = &Comfort{Outside: r.Outside, Nearest: r.Nearest, Farthest: r.Farthest}
			return
		}
		c := *s.Comfort
		c.Outside, c.Nearest, c.Farthest = max(c.Outside, r.Outside), max(c.Nearest, r.Nearest), min(c.Farthest, r.Farthest)
		s.Comfort = &c
	})
}

func (p *painter) render(ctx context.Context, fr *filmFrame, d *pix.Map, g stereo.Geometry) (left, right *pix.Picture, err error) {
	if !p.eyes {
		return nil, nil, nil
	}
	if p.host >= 0 {
		left, right, err = pack.Eyes(p.film.outs[p.host].layout, fr.packed[p.host])
		if err != nil {
			return nil, nil, err
		}
	} else {
		l := pix.LayoutOf(fr.pic)
		left, right = p.film.pool.Picture(l), p.film.pool.Picture(l)
	}
	return left, right, p.renderer.RenderNext(ctx, left, right, fr.pic, d, g, p.first(fr))
}

// first reports whether a frame is rendered without looking back: it begins a
// shot, or a row of segments, where a film that was interrupted goes on and must
// come out the same.
func (p *painter) first(fr *filmFrame) bool { return fr.first || fr.index%p.film.perRow == 0 }

func (p *painter) arrange(ctx context.Context, i int, o filmOutput, fr *filmFrame, d *pix.Map, left, right *pix.Picture) error {
	dst := fr.packed[i]
	workers := p.film.run.cfg.Workers
	switch o.layout {
	case pack.Depth:
		return pack.DepthInto(dst, d)
	case pack.RGBD:
		colour, grey, err := pack.Eyes(o.layout, dst)
		if err != nil {
			return err
		}
		if err := fr.pic.CopyTo(colour); err != nil {
			return err
		}
		return pack.DepthInto(grey, d)
	case pack.Anaglyph:
		return p.mixer.Into(ctx, dst, left, right, pack.Method(p.film.options.Anaglyph))
	case pack.LeftRight:
		return [...]*pix.Picture{left, right}[o.eye].CopyTo(dst)
	}
	if i == p.host {
		return nil
	}
	l, r, err := pack.Eyes(o.layout, dst)
	if err != nil {
		return err
	}
	for _, v := range []struct{ dst, src *pix.Picture }{{l, left}, {r, right}} {
		if o.layout == pack.HalfSBS || o.layout == pack.HalfTB {
			err = pix.Shrink(ctx, v.dst, v.src, workers)
		} else {
			err = v.src.CopyTo(v.dst)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// filmLayout is the layout of the frames as they are worked on: the decoder's,
// padded where the outputs need even sides.
func filmLayout(info *media.VideoInfo, o Options) pix.Layout {
	l := media.DecodedLayout(info)
	w, h := padding(l, o)
	return l.Resized(l.W+w, l.H+h)
}

// padding is how many columns and rows (none or one) frames get, so that the
// seam between two eyes lies on the chroma grid and encoders take the size.
func padding(l pix.Layout, o Options) (w, h int) {
	codec, _, ok := media.ParseCodec(o.Codec)
	for _, f := range o.Formats {
		if f == pack.Spatial { // 4:2:0 in any case
			w, h = max(w, l.W%2), max(h, l.H%2)
			continue
		}
		c := codec
		if !ok {
			c = media.H264
			if f == pack.Depth {
				continue
			}
		}
		needW, needH := c.EvenSizes(l)
		fits := pack.Fits(f, l)
		if l.W%2 == 1 && (needW && pack.Size(f, l).W%2 == 1 || !fits) {
			w = 1
		}
		if l.H%2 == 1 && (needH && pack.Size(f, l).H%2 == 1 || !fits) {
			h = 1
		}
	}
	return w, h
}
