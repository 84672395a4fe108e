package processor

import (
	"context"
	"fmt"
	"io"
	"time"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// photoStages is the number of steps a photo counts as progress: decode,
// depth, stereo, encode.
const photoStages = 4

// photo is one still on its way through the stages. It is owned by one stage
// at a time and handed on whole.
type photo struct {
	task
	film    *film // set for a video, which has no part in the rest
	outs    []output
	weight  int64 // bytes taken from the memory budget
	packing int64 // bytes taken from the budget of finished pictures

	src      *media.Photo
	supplied *pix.Map // from --depth-map
	inside   *media.DepthInside
	lo, hi   float32 // the model's values at depth 0 and 1
	timing   Timing

	full   *pix.Map // depth at picture size, for depth outputs
	packed []packedPicture
	keep   []*pix.Picture // released with the photo
}

// packedPicture is a finished picture waiting to be written.
type packedPicture struct {
	path    string
	format  media.Format
	pic     *pix.Picture // nil: the depth map is written
	right   *pix.Picture // set for an MPO, of which pic is the left eye
	spatial *spatialPair // set for a spatial photo instead
	wiggle  *wiggle      // set for a wiggle instead
}

func (p *photo) free() {
	for _, k := range p.keep {
		k.Release()
	}
	p.keep, p.packed, p.src, p.supplied, p.inside = nil, nil, nil, nil, nil
	p.full.Release()
	p.full = nil
}

// decode reads the picture and the depth that comes with it.
func (p *photo) decode() error {
	o := p.options
	begin := time.Now()
	lim := media.Limits{MaxPixels: o.MaxPixels}
	src, err := media.DecodePhoto(p.ctx, p.in.path, lim)
	if err != nil {
		return err
	}
	p.src = src
	for _, n := range src.Notes {
		p.item.note(n)
	}
	if err := p.bringDepth(lim); err != nil {
		return err
	}
	p.timing.Decode = time.Since(begin)
	p.item.stage(StageDepth, 1)
	return nil
}

// work makes depth, eyes and the packed pictures of one photo.
func (r *run) work(p *photo) error {
	if p.film != nil {
		return p.film.convert()
	}
	begin := time.Now()
	rd := r.renderer(p.options.fill())
	if p.weight < largePhoto {
		defer r.giveBack(rd)
	} else {
		defer rd.Close()
	}
	d, err := r.depthOf(p)
	if err != nil {
		return err
	}
	defer d.Release()
	pic := p.src.Picture
	full, err := r.refined(p.ctx, p.options, rd.Renderer, d.Map, pic)
	if err != nil {
		return fmt.Errorf("refine the depth of %s: %w", p.in.path, err)
	}
	p.full = full
	p.lo, p.hi = d.Lo, d.Hi
	p.timing.Depth = time.Since(begin)
	p.timing.Inference = d.Inference
	p.item.stage(StageStereo, 2)

	packing := min(packedBudget, int64(len(p.outs)*2*pix.LayoutOf(pic).Bytes()))
	if err := r.packed.Acquire(p.ctx, packing); err != nil {
		return err
	}
	p.packing = packing
	r.tidy(p)
	begin = time.Now()
	screen := p.options.convergence(full)
	g := p.options.geometry(screen)
	reading := stereo.Comfort(full, g)
	p.item.update(func(s *Snapshot) {
		s.Comfort = &Comfort{Outside: reading.Outside, Nearest: reading.Nearest, Farthest: reading.Farthest}
	})
	if onlySpatial(p.outs) {
		g.Convergence, g.Shape = 0, stereo.Shape{} // two real cameras
	}
	a := arranger{engine: r.Engine, photo: p, renderer: rd.Renderer, geometry: g, screen: screen, anaglyph: p.options.Anaglyph}
	if err := a.all(p.ctx); err != nil {
		return fmt.Errorf("make the eyes of %s: %w", p.in.path, err)
	}
	p.src.Picture = nil // encoding needs the metadata only
	if !a.needsDepth() {
		p.full.Release()
		p.full = nil
	}
	p.timing.Stereo = time.Since(begin)
	p.item.stage(StageEncode, 3)
	return nil
}

// refined brings the depth to picture size, along the picture's edges when the
// options ask for it; else it is only resized where it must be.
func (e *Engine) refined(ctx context.Context, o Options, rd *stereo.Renderer, m *pix.Map, pic *pix.Picture) (*pix.Map, error) {
	full := e.pool.Map(pic.W, pic.H)
	var err error
	if o.refines() {
		err = rd.Refine(ctx, full, m, pic, o.refining())
	} else {
		err = stereo.Resize(full, m)
	}
	if err != nil {
		full.Release()
		return nil, err
	}
	return full, nil
}

// refines says whether the depth is sharpened along the picture's edges: auto
// is on for a network's depth and off for one the user brings.
func (o Options) refines() bool {
	return o.Refine == On || (o.Refine == AutoRefine && o.DepthMap == "")
}

// refining is the stereo stage's view of how depth is sharpened.
func (o Options) refining() stereo.RefineOptions { return stereo.RefineOptions{Widen: o.Widen / 100} }

func (o Options) fill() stereo.Fill {
	if o.Fill == "fast" {
		return stereo.FillFast
	}
	return stereo.FillGood
}

func (o Options) convergence(m *pix.Map) float64 {
	if o.Convergence.Auto {
		return stereo.AutoConvergence(m)
	}
	return o.Convergence.Value
}

// save writes the finished pictures of one photo. What was written before a
// failure stays: each output is whole.
func (r *run) save(p *photo) error {
	if p.film != nil {
		return nil // written already
	}
	begin := time.Now()
	if err := makeFolders(p.outs); err != nil {
		return err
	}
	for _, k := range p.packed {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		if err := r.write(p, k); err != nil {
			return err
		}
		p.item.update(func(s *Snapshot) { s.Outputs = append(s.Outputs, k.path) })
		r.report.Wrote(p.item, k.path)
	}
	p.timing.Encode = time.Since(begin)
	p.item.update(func(s *Snapshot) { s.Timing, s.Frames = p.timing, 1 })
	return nil
}

func (r *run) write(p *photo, k packedPicture) error {
	mode := media.KeepExisting
	if p.options.Overwrite {
		mode = media.ReplaceExisting
	}
	if k.spatial != nil {
		return r.writeSpatial(p, k, mode)
	}
	if k.wiggle != nil {
		return k.wiggle.write(p.ctx, k.path, p.options, nil, r.cfg.Workers)
	}
	return media.WriteFile(k.path, mode, func(out io.Writer) error {
		return r.encode(&cancelWriter{ctx: p.ctx, w: out}, p, k)
	}, func(temp string) error { return k.check(p, temp) })
}

func (r *run) encode(out io.Writer, p *photo, k packedPicture) error {
	if k.pic == nil {
		return media.EncodeMap(p.ctx, out, p.full, media.MapEncoding{
			Format: media.DepthFormat(p.options.DepthFormat), Lo: p.lo, Hi: p.hi,
		})
	}
	e := media.Encoding{Format: k.format, Quality: p.options.Quality, Meta: p.src.Meta, Workers: r.cfg.Workers}
	e.Lossless = p.src.Lossless && e.Quality == 0
	if k.right != nil {
		return media.EncodeMPO(p.ctx, out, k.pic, k.right, e)
	}
	return media.EncodePhoto(p.ctx, out, k.pic, e)
}

// check reads a written file back before it gets its name.
func (k *packedPicture) check(p *photo, temp string) error {
	switch {
	case k.pic == nil && media.DepthFormat(p.options.DepthFormat) == media.DepthEXR:
		return media.CheckPhoto(p.ctx, temp, media.FormatEXR, p.full.W, p.full.H)
	case k.pic == nil:
		return media.CheckPhoto(p.ctx, temp, media.FormatPNG, p.full.W, p.full.H)
	case k.right != nil:
		return media.CheckPhoto(p.ctx, temp, media.FormatMPO, k.pic.W, k.pic.H)
	}
	return media.CheckPhoto(p.ctx, temp, k.format, k.pic.W, k.pic.H)
}

// cancelWriter makes an encoder end soon after its context: encoders know no
// context, but they stop at an error of their writer.
type cancelWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c *cancelWriter) Write(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(b)
}
