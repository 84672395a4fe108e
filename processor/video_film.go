package processor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
)

// Errors of films.
var (
	ErrDepthFrames = errors.New("the depth map has fewer frames than the video")
	ErrDamaged     = errors.New("a part of the video is lost")
)

// film is one video under work. The stages decode, depth, eyes and encoding
// run side by side, joined by channels of a few frames, and keep the order;
// frames come from one pool.
type film struct {
	task
	run  *run
	info *media.VideoInfo
	outs []filmOutput
	loop []string // wiggles of one moment of the film
	pool *pix.Pool
	id   identity

	work      *journal
	pieces    *depthPieces  // nil with supplied depth
	spatial   *spatialTrack // nil without a spatial output
	perRow    int64         // frames of a segment
	fromRow   int           // rows of segments that are finished
	fromTime  int64         // PTS of the last finished frame
	base      int64         // frames that were finished when this attempt began
	fromFrame int64         // frames that are finished now
	skipped   int64         // frames of the source before --start
	short     shortage

	spent struct{ decode, depth, inference, stereo, encode atomic.Int64 } // ns
}

// segmentSeconds is the length of a segment: what is lost at most when the
// power goes, and no shorter than encoders like their keyframes apart.
const segmentSeconds = 10

// openFilm looks at the video and plans its outputs; nil when all of them are
// there already.
func (r *run) openFilm(p *photo) (*film, error) {
	o := p.options
	ff, err := media.FindFFmpeg(p.ctx)
	if err != nil {
		return nil, err
	}
	var ahead sync.WaitGroup
	ahead.Go(func() { _, _ = ff.Encoders(p.ctx) }) // asked for when the outputs are planned, and remembered
	info, err := media.ProbeVideo(p.ctx, p.in.path)
	ahead.Wait()
	if err != nil {
		return nil, err
	}
	if err := refused(info, o); err != nil {
		return nil, fmt.Errorf("read video %s: %w", p.in.path, err)
	}
	f := &film{task: p.task, run: r, info: info}
	var skipped int
	if f.outs, skipped, err = p.plan.film(p.ctx, p.in, info); err != nil {
		return nil, err
	}
	if skipped > 0 {
		p.item.note(skippedNote(skipped))
	}
	f.takeLoops()
	if len(f.outs)+len(f.loop) == 0 {
		return nil, nil
	}
	f.perRow = r.filmRow(info)
	f.spatial = newSpatialTrack(f)
	f.finishEncodings()
	if o.DepthMap != "" && o.Start > 0 {
		if f.skipped, err = media.FramesBefore(p.ctx, info, o.Start); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// finishEncodings fills in what depends on the segments' length, and tells what
// the encoders do to the pictures.
func (f *film) finishEncodings() {
	for i := range f.outs {
		if f.spatial.is(i) {
			continue
		}
		e := &f.outs[i].encoding
		e.GOP = int(min(250, f.perRow))
		if n := e.Note(); n != "" {
			f.item.noteOnce(n)
		}
		if f.outs[i].unsignalled() {
			f.item.noteOnce("players learn from the file's name only how the eyes are arranged: ProRes in QuickTime has no word for it")
		}
	}
}

// refused tells why a video cannot be converted as asked, nil when it can.
func refused(info *media.VideoInfo, o Options) error {
	w, h := int64(info.Video.W), int64(info.Video.H)
	switch s := info.Stereo; {
	case w*h > o.MaxPixels:
		return &media.TooLargeError{W: w, H: h, MaxPixels: o.MaxPixels}
	case s != nil && !o.Even3D:
		return fmt.Errorf("%w: %s, by its %s", media.ErrAlready3D, s.Layout, s.From)
	case o.DepthFrom == FileDepth && o.DepthMap == "":
		return media.ErrNoDepth
	}
	return nil
}

func (f *film) lastOfRow(index int64) bool { return (index+1)%f.perRow == 0 }

// expected is the number of frames to convert, 0 while unknown.
func (f *film) expected() int64 {
	n := f.info.ExpectedFrames()
	if f.options.Start == 0 && f.options.Duration == 0 || n == 0 || f.info.Duration <= 0 {
		return n
	}
	span := f.info.Duration - f.options.Start
	if f.options.Duration > 0 {
		span = min(span, f.options.Duration)
	}
	return max(1, int64(float64(n)*span.Seconds()/f.info.Duration.Seconds()+0.5))
}

// convert makes the film's outputs.
func (f *film) convert() error {
	begin := time.Now()
	if len(f.outs) == 0 {
		return f.loops()
	}
	if err := f.prepare(); err != nil {
		return err
	}
	defer func() {
		f.spatial.close()
		f.work.close()
		if len(f.work.rows) == 0 || f.spatial != nil {
			f.work.remove() // nothing worth coming back for
		}
	}()
	err := f.persist()
	f.item.update(func(s *Snapshot) { s.Timing, s.Frames = f.timing(begin), f.fromFrame })
	return err
}

// persist tries until the outputs are written: a full disk makes it wait and
// go on.
func (f *film) persist() error {
	retried := false
	for {
		err := f.attempt(f.ctx)
		if err == nil {
			err = f.join()
		}
		switch {
		case errors.Is(err, media.ErrDiskFull) && f.ctx.Err() == nil:
			if err = f.waitForRoom(f.ctx, err); err == nil && f.spatial != nil {
				err = f.restart(true)
			}
			if err != nil {
				return err
			}
		case errors.Is(err, errBadPiece) && !retried:
			// The cache is no part of the film: do without, from the start.
			retried = true
			f.pieces.drop()
			if err = f.restart(true); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

func (f *film) timing(begin time.Time) Timing {
	d := func(v *atomic.Int64) time.Duration { return time.Duration(v.Load()) }
	return Timing{
		Total: time.Since(begin), Decode: d(&f.spent.decode), Depth: d(&f.spent.depth),
		Inference: d(&f.spent.inference), Stereo: d(&f.spent.stereo), Encode: d(&f.spent.encode),
	}
}

// prepare opens the journal and the depth cache.
func (f *film) prepare() error {
	var err error
	if f.id, err = identify(f.in.path); err != nil {
		return fmt.Errorf("read %s: %w", f.in.path, err)
	}
	if err := os.MkdirAll(filepath.Dir(f.outs[0].path), 0o777); err != nil {
		return fmt.Errorf("make output folder: %w", err)
	}
	sweep(filepath.Dir(f.outs[0].path))
	f.pool = pix.NewPool(f.poolBytes())
	return f.restart(f.options.NoResume || f.spatial != nil)
}

// poolBytes keeps the frames that are in flight: those the steadying stage
// looks ahead over, and a few between the stages.
func (f *film) poolBytes() int {
	const inFlight, packed = 14, 4
	n := inFlight * filmLayout(f.info, f.options).Bytes()
	for _, o := range f.outs {
		n += packed * o.encoding.Layout.Bytes()
	}
	return n + 64<<20
}

// restart opens the journal, going on with what is finished unless fresh.
func (f *film) restart(fresh bool) error {
	key, err := f.keys()
	if err != nil {
		return err
	}
	if f.work != nil {
		f.work.close()
	}
	if f.work, err = openJournal(workFolder(f.outs[0].path), key, fresh); err != nil {
		return err
	}
	rows := len(f.work.rows)
	if f.pieces != nil && rows > 0 && f.work.end == nil && !f.pieces.has(rows) && !f.pieces.has(rows-1) {
		// The depth that the next frame goes on from is gone.
		f.work.close()
		if f.work, err = openJournal(f.work.dir, key, true); err != nil {
			return err
		}
	}
	return nil
}

// attempt converts the frames that are not finished yet.
func (f *film) attempt(ctx context.Context) error {
	times := f.work.times()
	f.fromRow, f.base, f.fromFrame = len(f.work.rows), int64(len(times)), int64(len(times))
	f.item.update(func(s *Snapshot) { s.Stage, s.Total, s.Done = StageDecode, max(f.expected(), f.fromFrame), f.fromFrame })
	if f.work.end != nil {
		return nil
	}
	if f.fromRow > 0 {
		f.fromTime = times[len(times)-1]
		f.item.note(fmt.Sprintf("going on after frame %d", f.fromFrame))
	}
	g, gctx := errgroup.WithContext(ctx)
	between := 2 // frames, so that no stage waits for another's slower frame
	if f.oneEncoder() {
		between = 0 // large ones take more than the waiting
	}
	decoded, deep, painted := make(chan *filmFrame, between), make(chan *filmFrame, between), make(chan *filmFrame, between)
	var report media.VideoReport
	g.Go(func() (err error) {
		defer close(decoded)
		report, err = f.decode(gctx, decoded)
		return err
	})
	g.Go(func() error {
		defer close(deep)
		f.item.update(func(s *Snapshot) { s.DepthFrom = depthOfModel })
		if f.options.DepthMap != "" {
			f.item.update(func(s *Snapshot) { s.DepthFrom = depthOfMap })
			return f.suppliedDepth(gctx, decoded, deep)
		}
		return f.networkDepth(gctx, decoded, deep)
	})
	g.Go(func() error {
		defer close(painted)
		return f.paint(gctx, deep, painted)
	})
	g.Go(func() error { return f.encode(gctx, painted) })
	err := g.Wait()
	if err == nil {
		err = f.spatial.finish(ctx, f.work.times())
	}
	f.spatial.close()
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	if err := f.id.unchanged(f.in.path); err != nil {
		return err
	}
	return f.work.ended(report)
}

// decode reads the frames that are not finished yet.
func (f *film) decode(ctx context.Context, out chan<- *filmFrame) (media.VideoReport, error) {
	w, h := padding(media.DecodedLayout(f.info), f.options)
	opt := media.VideoReadOptions{Start: f.options.Start, Duration: f.options.Duration, Pool: f.pool, PadW: w, PadH: h}
	if f.fromRow > 0 {
		opt.After = &f.fromTime
	}
	if slices.ContainsFunc(f.outs, func(o filmOutput) bool { return o.encoding.Slow() }) {
		opt.Threads = 1
	}
	r, err := media.OpenVideo(ctx, f.info, opt)
	if err != nil {
		return media.VideoReport{}, err
	}
	defer r.Close()
	for _, n := range r.Notes() {
		f.item.noteOnce(n)
	}
	for {
		if err := f.item.hold(ctx); err != nil {
			return media.VideoReport{}, err
		}
		begin := time.Now()
		fr, err := r.Next()
		f.spent.decode.Add(int64(time.Since(begin)))
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return r.Report(), nil
		}
		if err != nil {
			return media.VideoReport{}, err
		}
		if err := hand(ctx, out, &filmFrame{index: f.base + fr.Index, pts: fr.PTS, pic: fr.Pic}); err != nil {
			return media.VideoReport{}, err
		}
	}
}

// paint makes the pictures of all outputs.
func (f *film) paint(ctx context.Context, in <-chan *filmFrame, out chan<- *filmFrame) error {
	rd := f.run.renderer(f.options.fill())
	defer f.run.giveBack(rd)
	p := f.newPainter(rd.Renderer)
	defer p.close()
	var s screen
	if f.fromRow > 0 {
		s = f.work.rows[f.fromRow-1].Screen
	}
	for fr := range in {
		begin := time.Now()
		if err := p.paint(ctx, fr, &s); err != nil {
			return err
		}
		f.spent.stereo.Add(int64(time.Since(begin)))
		if err := hand(ctx, out, fr); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// join writes the outputs from the finished segments. They get their names
// together at the end, so that a film that was interrupted here finds none of
// them in its way.
func (f *film) join() error {
	if err := f.id.unchanged(f.in.path); err != nil {
		return fmt.Errorf("%w; what is finished is kept until it is there again", err)
	}
	f.item.stage(StageEncode, f.fromFrame)
	f.item.update(func(s *Snapshot) { s.Total = f.fromFrame })
	times := f.work.times()
	var ready []*media.Output
	defer func() {
		for _, out := range ready {
			out.Abort()
		}
	}()
	for i := range f.outs {
		out, err := f.ready(i, times)
		if err != nil {
			return err
		}
		ready = append(ready, out)
	}
	if err := f.loops(); err != nil {
		return err
	}
	for i, o := range f.outs {
		if err := ready[i].Commit(nil); err != nil {
			return err
		}
		f.item.update(func(s *Snapshot) { s.Outputs = append(s.Outputs, o.path) })
		f.run.report.Wrote(f.item, o.path)
	}
	report := f.work.end.Report
	f.work.remove()
	return f.verdict(report)
}

// ready is an output that lacks its name only.
func (f *film) ready(i int, times []int64) (*media.Output, error) {
	o, mode := &f.outs[i], media.KeepExisting
	if f.options.Overwrite {
		mode = media.ReplaceExisting
	}
	if f.spatial.is(i) {
		return f.spatial.adopt(mode)
	}
	var segments []string
	for row := range f.work.rows {
		segments = append(segments, f.work.segment(row, i))
	}
	out, notes, err := media.PrepareVideo(f.ctx, o.path, media.JoinOptions{
		Segments: segments, Times: times, Source: f.info, Bare: o.layout == pack.Depth && o.container == media.MKV,
		Start: f.options.Start, Duration: f.options.Duration, Container: o.container,
		Codec: o.encoding.Codec, Packing: o.packing, Mode: mode,
	})
	for _, n := range notes {
		f.item.noteOnce(n)
	}
	return out, err
}

// verdict tells what the source lacked. A film that lost frames is never
// called done, though what could be decoded is written.
func (f *film) verdict(r media.VideoReport) error {
	if r.Resized > 0 {
		f.item.note(fmt.Sprintf("the picture changes its size %d times: all is scaled to %dx%d", r.Resized, f.info.Video.W, f.info.Video.H))
	}
	if r.Retimed > 0 {
		f.item.note(fmt.Sprintf("%d frames had times that do not increase and were moved", r.Retimed))
	}
	if r.Missing == 0 && r.ShortBy == 0 {
		if r.Errors > 0 {
			f.item.note(fmt.Sprintf("the video is damaged: the decoder complained %d times; its frames are all there", r.Errors))
		}
		return nil
	}
	var lost []string
	if r.Missing > 0 {
		lost = append(lost, fmt.Sprintf("%d of %d frames could not be decoded", r.Missing, r.Missing+f.fromFrame))
	}
	if r.ShortBy > 0 {
		lost = append(lost, fmt.Sprintf("it ends %.2f s early", r.ShortBy.Seconds()))
	}
	var where []string
	for _, o := range f.outs {
		where = append(where, o.path)
	}
	return fmt.Errorf("%s: %w: %s; what there is was written to %s", f.in.path, ErrDamaged,
		strings.Join(lost, ", "), strings.Join(where, ", "))
}
