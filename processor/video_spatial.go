package processor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// spatialFilmSupport is SpatialSupport for films.
func spatialFilmSupport() error {
	system, err := describeMac()
	if err == nil && !system.SpatialVideo {
		err = fmt.Errorf("%w: the encoder of this Mac (%s) does not write MV-HEVC; Apple silicon does", ErrNoSpatial, system.Chip)
	}
	return err
}

// spatialOutput plans the one spatial film among the outputs. Its pictures hold
// the left eye over the right one.
func (p *planner) spatialOutput(o *filmOutput, info *media.VideoInfo, eye pix.Layout) error {
	if err := spatialFilmSupport(); err != nil {
		return err
	}
	if file := p.target.file; file != "" && !strings.EqualFold(filepath.Ext(file), ".mov") {
		return fmt.Errorf("%w --output %s: spatial videos are written as mov", ErrOption, file)
	}
	if c, _, ok := media.ParseCodec(p.options.Codec); ok && c != media.HEVC && len(p.options.Formats) == 1 {
		return fmt.Errorf("%w --codec %s: spatial videos are hevc", ErrOption, p.options.Codec)
	}
	o.container = media.MOV
	o.encoding = media.VideoEncoding{
		Codec: media.HEVC, CRF: p.options.CRF, Layout: pack.Size(pack.Spatial, eye), Rate: info.Video.FrameRate,
		SAR: info.Video.SAR, Source: &info.Video,
	}
	return nil
}

// spatialTrack is the spatial film among a film's outputs. Apple's writer makes
// a whole file and cannot go on with one, so a film with such an output begins
// anew when it was interrupted; the depth of its frames is kept all the same.
type spatialTrack struct {
	film    *film
	output  int    // of film.outs
	temp    string // in the work folder, until it is whole
	source  string // what sound and tags are copied from
	writer  *SpatialFilm
	whole   bool
	skipped []string
}

// newSpatialTrack returns nil where no output is spatial.
func newSpatialTrack(f *film) *spatialTrack {
	at := slices.IndexFunc(f.outs, func(o filmOutput) bool { return o.layout == pack.Spatial })
	if at < 0 {
		return nil
	}
	return &spatialTrack{film: f, output: at, temp: filepath.Join(workFolder(f.outs[0].path), "spatial.mov")}
}

// is reports whether output i is the spatial film.
func (t *spatialTrack) is(i int) bool { return t != nil && t.output == i }

// alone reports whether nothing else is made of the eyes, which are then
// rendered as by parallel cameras; see onlySpatial.
func (t *spatialTrack) alone() bool {
	return t != nil && !slices.ContainsFunc(t.film.outs, func(o filmOutput) bool {
		return o.layout.NeedsEyes() && o.layout != pack.Spatial
	})
}

// spatialScreen is the nearness on the window when it is left to the program:
// the camera's numbers hold for the whole film, and Apple's advice is to have
// everything just behind the window.
const spatialScreen = 1

// geometry describes the film's cameras. Beside other outputs the eyes are
// theirs, slid for every shot, and nothing more is to be adjusted.
func (t *spatialTrack) geometry() pack.SpatialGeometry {
	o, l := t.film.options, t.film.outs[t.output].encoding.Layout
	screen := o.Convergence.Value
	if o.Convergence.Auto {
		screen = spatialScreen
	}
	g := o.geometry(screen)
	if t.alone() {
		g.Convergence = 0
	}
	return spatialGeometry(g, screen, l.W, l.H/2)
}

// rendered is the geometry to render a frame with whose screen is shown by g.
func (t *spatialTrack) rendered(g stereo.Geometry) (shown, drawn stereo.Geometry) {
	if !t.alone() {
		return g, g
	}
	g.Shape = stereo.Shape{} // two real cameras
	shown, drawn = g, g
	shown.Convergence, drawn.Convergence = t.geometry().Screen, 0
	return shown, drawn
}

// begin opens the film with its first frame, shown at pts.
func (t *spatialTrack) begin(ctx context.Context, pts int64) error {
	f := t.film
	os.Remove(t.temp)
	source, err := t.prepareSource(ctx)
	if err != nil {
		return err
	}
	e := f.outs[t.output].encoding
	tb := f.info.Video.TimeBase
	zero := f.info.Start + f.options.Start
	o := SpatialFilmOptions{
		Path: t.temp, Source: source, Layout: e.Layout.Resized(e.Layout.W, e.Layout.H/2), Colour: f.info.Video.Colour,
		TimeBase: tb, Start: min(max(0, tb.Ticks(zero)), pts), Quality: spatialFilmQuality(e.CRF), Geometry: t.geometry(), SAR: e.SAR,
		Chapters: f.info.Chapters, HDR: f.info.Video.HDR,
	}
	if d := f.options.Duration; d > 0 {
		o.Until = tb.Ticks(zero + d)
	}
	t.writer, err = NewSpatialFilm(o)
	return t.named(err)
}

// named adds the output's name to an error, since the work folder's says
// little, and makes it the engine's own where the disk is full.
func (t *spatialTrack) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write %s: %w", t.film.outs[t.output].path, diskFull(err))
}

// spatialFilmQuality maps a CRF, 0 for the default, to VideoToolbox's scale
// 0..1 as the hardware encoders' is: 0.6 looks like CRF 20.
func spatialFilmQuality(crf int) float64 {
	if crf == 0 {
		crf = 20
	}
	return max(0.01, 1-0.02*float64(crf))
}

// write adds a frame whose eyes lie in pic, one over the other.
func (t *spatialTrack) write(ctx context.Context, pic *pix.Picture, pts int64) error {
	if t.writer == nil {
		if err := t.begin(ctx, pts); err != nil {
			return err
		}
	}
	left, right, err := pack.Eyes(pack.Spatial, pic)
	if err != nil {
		return err
	}
	return t.named(t.writer.Write(ctx, left, right, pts))
}

// finish completes the file after the last of the frames shown at times.
func (t *spatialTrack) finish(ctx context.Context, times []int64) error {
	if t == nil || t.writer == nil {
		return nil
	}
	f := t.film
	end := f.info.Video.LastEnd(times)
	if d := f.options.Duration; d > 0 {
		// As in the other outputs, the last frame is not shown past the cut.
		cut := f.info.Video.TimeBase.Ticks(f.info.Start + f.options.Start + d)
		end = max(times[len(times)-1]+1, min(end, cut))
	}
	report, err := t.writer.Finish(ctx, end)
	if err != nil {
		return t.named(err)
	}
	t.whole, t.skipped = true, report.Skipped
	return nil
}

// close gives up a film that is not whole.
func (t *spatialTrack) close() {
	if t == nil {
		return
	}
	if t.writer != nil {
		_ = t.writer.Close()
		t.writer = nil
	}
	if t.source != "" && t.source != t.film.in.path {
		os.Remove(t.source)
	}
	t.source = ""
}

// adopt is the finished film, which lacks its name only.
func (t *spatialTrack) adopt(mode media.Overwrite) (*media.Output, error) {
	path := t.film.outs[t.output].path
	if !t.whole {
		return nil, fmt.Errorf("write %s: %w", path, media.ErrFrameCount)
	}
	out, err := media.AdoptOutput(t.temp, path, mode)
	if err != nil {
		return nil, err
	}
	for _, s := range t.skipped {
		t.film.item.noteOnce(s + " of the source is left out: the spatial film holds none of this kind")
	}
	return out, nil
}

// prepareSource returns the file that the film's sound and tags are copied
// from: the source itself where Apple's reader takes it, else a .mov of its
// sound made by ffmpeg, "" where there is none.
func (t *spatialTrack) prepareSource(ctx context.Context) (string, error) {
	f := t.film
	if media.CopiesWhole(f.info, media.MOV) {
		t.source = f.in.path
		return t.source, nil
	}
	sound := filepath.Join(filepath.Dir(t.temp), "sound.mov")
	notes, err := media.WriteSound(ctx, f.info, sound)
	if err != nil {
		return "", err
	}
	for _, n := range notes {
		f.item.noteOnce(n)
	}
	if _, err := os.Stat(sound); err != nil {
		return "", nil //nolint:nilerr // there is no sound to copy
	}
	t.source = sound
	return sound, nil
}
