package processor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/stereo"
)

// takeLoops takes the wiggles out of the film's outputs: they are made from
// one frame, apart from the stages.
func (f *film) takeLoops() {
	f.outs = slices.DeleteFunc(f.outs, func(o filmOutput) bool {
		if o.layout == pack.Wiggle {
			f.loop = append(f.loop, o.path)
		}
		return o.layout == pack.Wiggle
	})
}

// moment is the moment of the film that a wiggle shows: where the wanted part
// begins, or the middle of a whole film, whose beginning is often black.
func (f *film) moment() time.Duration {
	if f.options.Start > 0 || f.options.Duration > 0 {
		return f.options.Start
	}
	return f.info.Duration / 2
}

// loops writes the film's wiggles.
func (f *film) loops() error {
	if len(f.loop) == 0 {
		return nil
	}
	begin := time.Now()
	src := previewFilm{info: f.info}
	defer src.close()
	photo, err := src.stand(f.ctx, f.moment())
	if err != nil {
		return err
	}
	pic := photo.Picture
	defer pic.Release()
	d, err := f.depthAt(src.at, photo)
	if err != nil {
		return err
	}
	defer d.Release()
	rd := f.run.renderer(f.options.fill())
	defer f.run.giveBack(rd)
	full, err := f.run.refined(f.ctx, f.options, rd.Renderer, d.Map, pic)
	if err != nil {
		return fmt.Errorf("refine the depth of %s: %w", f.in.path, err)
	}
	defer full.Release()
	g := f.options.geometry(f.options.convergence(full))
	f.read(stereo.Comfort(full, g))
	for _, path := range f.loop {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return fmt.Errorf("make output folder: %w", err)
		}
		w, err := f.run.wiggle(f.ctx, rd.Renderer, pic, full, g, f.info.Video.SAR, isGIF(path))
		if err != nil {
			return fmt.Errorf("make the views of %s: %w", f.in.path, err)
		}
		err = w.write(f.ctx, path, f.options, &f.info.Video, f.run.cfg.Workers)
		w.release()
		if err != nil {
			return err
		}
		f.item.update(func(s *Snapshot) { s.Outputs = append(s.Outputs, path) })
		f.run.report.Wrote(f.item, path)
	}
	if len(f.outs) == 0 {
		f.item.update(func(s *Snapshot) { s.Timing, s.Frames = Timing{Total: time.Since(begin)}, 1 })
	}
	return nil
}

// depthAt is the depth of the frame that stands at a moment.
func (f *film) depthAt(at time.Duration, photo *media.Photo) (depth.Map, error) {
	if f.options.DepthMap == "" {
		l, err := f.run.estimator(f.ctx, f.options, f.options.FilmUse())
		if err != nil {
			return depth.Map{}, err
		}
		defer l.release()
		about := l.Describe()
		f.item.update(func(s *Snapshot) { s.Model, s.Backend, s.Device = l.model.Name, about.Backend, about.Device })
		m, err := l.Estimate(f.ctx, photo.Picture)
		if err != nil {
			return m, fmt.Errorf("estimate the depth of %s: %w", f.in.path, err)
		}
		return m, nil
	}
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	skip, err := media.FramesBefore(ctx, f.info, at)
	if err != nil {
		return depth.Map{}, err
	}
	maps, err := f.openSupplied(ctx, skip)
	if err != nil {
		return depth.Map{}, fmt.Errorf("depth map: %w", err)
	}
	defer maps.close()
	m, err := maps.next(ctx)
	if err != nil {
		return depth.Map{}, fmt.Errorf("depth map of frame %d: %w", skip, err)
	}
	return depth.Map{Map: m}, sameAspect(m, photo.Picture)
}
