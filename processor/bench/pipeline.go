package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"spatialmaker/processor"
	"spatialmaker/processor/depth"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
)

// PipelineFigure is the frame rate of a whole film made into side by side.
// FFmpegFPS is ffmpeg alone, doing the same decode and the same encode of two
// copies beside each other; InferenceFPS is the network alone. Ratio is FPS
// over the first with a supplied depth, over the second with a network.
type PipelineFigure struct {
	Width        int     `json:"width"`
	Height       int     `json:"height"`
	Frames       int     `json:"frames"`
	Preset       string  `json:"preset"` // of libx264, on both sides
	FPS          float64 `json:"fps"`
	FFmpegFPS    float64 `json:"ffmpeg_fps"`
	InferenceFPS float64 `json:"inference_fps,omitempty"`
	// AttainableFPS is what network and ffmpeg come to when they share the
	// cores: the time of a frame is the sum of both. A network that runs beside
	// the processor (Core ML) has no such bound.
	AttainableFPS float64 `json:"attainable_fps,omitempty"`
	Ratio         float64 `json:"ratio"`
	LimitRatio    float64 `json:"limit_ratio"`
	Depth         string  `json:"depth"`          // "supplied" or the model's name
	FirstFrameMS  float64 `json:"first_frame_ms"` // from the start to the first frame given to the encoder
	LimitFirstMS  float64 `json:"limit_first_frame_ms,omitempty"`
}

// The least ratios: what the pipeline may add to decoding and encoding, and to
// the network.
const (
	suppliedLimit = 0.85
	networkLimit  = 0.95
	// firstFrameLimit is for 1080p, in milliseconds.
	firstFrameLimit = 2000
	// pipelineRounds is enough for a median of runs that take many seconds.
	pipelineRounds = 3
	// aloneSpan is how long a network is timed alone, filmSpan about how long
	// the film with it may take: large ones need more than a second a frame.
	aloneSpan = 20 * time.Second
	filmSpan  = 60 * time.Second
	// clipRate is the frame rate of the clips.
	clipRate = 24
)

// clip is a film for timing: what it shows moves and has grain, as films have.
type clip struct {
	w, h, frames int
	path, depth  string
}

func drawClip(ctx context.Context, ff *media.FFmpeg, dir string, w, h, frames int) (clip, error) {
	c := clip{w: w, h: h, frames: frames}
	c.path = filepath.Join(dir, fmt.Sprintf("%d.mp4", w))
	c.depth = filepath.Join(dir, fmt.Sprintf("%d-depth.mkv", w))
	n := strconv.Itoa(frames)
	// Another grain every time: depth in the cache is known by what a film holds.
	grain := "noise=alls=5:allf=t:all_seed=" + strconv.Itoa(int(rand.Int32N(1<<30)))
	for _, args := range [][]string{
		{
			"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=s=%dx%d:r=%d", w, h, clipRate), "-vf", grain, "-frames:v", n,
			"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", c.path,
		},
		{
			"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=s=480x270:r=%d", clipRate), "-vf", "gblur=sigma=12", "-frames:v", n,
			"-c:v", "ffv1", "-pix_fmt", "gray16", c.depth,
		},
	} {
		out, err := exec.CommandContext(ctx, ff.Path, append([]string{"-nostdin", "-v", "error", "-y"}, args...)...).CombinedOutput()
		if err != nil {
			return c, fmt.Errorf("draw a clip: %w: %s", err, out)
		}
	}
	return c, nil
}

func timePipeline(ctx context.Context, e *processor.Engine, dir string, o Options, tell func(string)) ([]PipelineFigure, error) {
	ff, err := media.FindFFmpeg(ctx)
	if err != nil {
		return nil, err
	}
	var out []PipelineFigure
	for _, s := range []struct{ w, h, frames int }{{1920, 1080, 96}, {3840, 2160, 32}} {
		tell(fmt.Sprintf("pipeline: draw %dx%d", s.w, s.h))
		c, err := drawClip(ctx, ff, dir, s.w, s.h, s.frames)
		if err != nil {
			return nil, err
		}
		f, err := supplied(ctx, e, ff, c, dir, o, tell)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
		if s.w == 1920 {
			if f, err = networked(ctx, e, ff, c, dir, o, tell); err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	}
	return out, nil
}

// supplied times the pipeline with the network's cost taken out, turn by turn
// with ffmpeg alone.
func supplied(ctx context.Context, e *processor.Engine, ff *media.FFmpeg, c clip, dir string, o Options, tell func(string)) (PipelineFigure, error) {
	opt := filmOptions(dir, "medium")
	opt.DepthMap = c.depth
	var ours, alone, first []time.Duration
	for i := range min(o.Rounds, pipelineRounds) {
		tell(fmt.Sprintf("pipeline: %dx%d, round %d", c.w, c.h, i+1))
		if err := timed(&ours, func() error { return convertClip(ctx, e, c, opt, &first) }); err != nil {
			return PipelineFigure{}, err
		}
		if err := timed(&alone, func() error { return ffmpegAlone(ctx, ff, c, opt, c.frames) }); err != nil {
			return PipelineFigure{}, err
		}
	}
	f := figure(c, c.frames, opt)
	f.Depth, f.LimitRatio, f.FirstFrameMS = "supplied", suppliedLimit, median(first)
	f.FPS, f.FFmpegFPS = fps(c.frames, ours), fps(c.frames, alone)
	f.Ratio = f.FPS / f.FFmpegFPS
	return f, nil
}

func filmOptions(dir, preset string) processor.Options {
	opt := processor.DefaultOptions()
	opt.Codec, opt.Preset, opt.CRF = "h264", preset, 20
	opt.Output, opt.Overwrite, opt.NoResume = filepath.Join(dir, "ours.mp4"), true, true
	return opt
}

// ffmpegAlone puts two copies of the clip's first frames beside each other,
// with the settings that the program gives the encoder.
func ffmpegAlone(ctx context.Context, ff *media.FFmpeg, c clip, opt processor.Options, frames int) error {
	enc := media.VideoEncoding{
		Codec: media.H264, Encoder: "libx264", Preset: opt.Preset, CRF: opt.CRF, GOP: 10 * clipRate,
		Layout: pix.Layout{W: 2 * c.w, H: c.h, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
	}
	args := []string{
		"-nostdin", "-v", "error", "-y", "-i", c.path,
		"-filter_complex", "[0:v]split[a][b];[a][b]hstack[v]", "-map", "[v]", "-frames:v", strconv.Itoa(frames),
	}
	args = append(args, enc.EncoderArgs()...)
	args = append(args, "-movflags", "+faststart", filepath.Join(filepath.Dir(opt.Output), "alone.mp4"))
	if out, err := exec.CommandContext(ctx, ff.Path, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ffmpeg alone: %w: %s", err, out)
	}
	return nil
}

// networked times the pipeline with the network, the network alone, kept as
// busy as the pipeline keeps it, and ffmpeg alone. A quick preset leaves the
// cores to the network as far as an encoder can.
func networked(ctx context.Context, e *processor.Engine, ff *media.FFmpeg, c clip, dir string, o Options, tell func(string)) (PipelineFigure, error) {
	opt := filmOptions(dir, "veryfast")
	opt.Model = o.Model
	if o.Width > 0 {
		opt.DepthSize = min(o.Width, o.Height)
	}
	est, release, err := e.Estimator(ctx, opt, opt.FilmUse())
	if err != nil {
		return PipelineFigure{}, err
	}
	defer release()
	tell("pipeline: the network alone")
	rate, err := networkAlone(ctx, est, c)
	if err != nil {
		return PipelineFigure{}, err
	}
	frames := max(8, min(c.frames, int(rate*filmSpan.Seconds())))
	opt.Duration = time.Duration(frames) * time.Second / clipRate
	tell(fmt.Sprintf("pipeline: %d frames with the network", frames))
	var alone, ours, first []time.Duration
	if err := timed(&ours, func() error { return convertClip(ctx, e, c, opt, &first) }); err != nil {
		return PipelineFigure{}, err
	}
	if err := timed(&alone, func() error { return ffmpegAlone(ctx, ff, c, opt, frames) }); err != nil {
		return PipelineFigure{}, err
	}
	f := figure(c, frames, opt)
	f.Depth, f.LimitRatio, f.FirstFrameMS = est.Describe().Model, networkLimit, median(first)
	f.FPS, f.FFmpegFPS, f.InferenceFPS = fps(frames, ours), fps(frames, alone), rate
	f.AttainableFPS = 1 / (1/f.InferenceFPS + 1/f.FFmpegFPS)
	f.Ratio = f.FPS / f.InferenceFPS
	return f, nil
}

// networkAlone is the network's rate in frames a second, two at a time, over
// the clip's number of frames or a span of time. The first two only warm it.
func networkAlone(ctx context.Context, est depth.Estimator, c clip) (float64, error) {
	pic, _ := sample(pix.Layout{W: c.w, H: c.h, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
	run := func(frames int, until time.Time) (int, error) {
		var g errgroup.Group
		g.SetLimit(min(2, runtime.GOMAXPROCS(0)))
		n := 0
		for ; n < frames && time.Now().Before(until); n++ {
			g.Go(func() error {
				m, err := est.Estimate(ctx, pic)
				m.Release()
				return err
			})
		}
		return n, g.Wait()
	}
	if _, err := run(2, time.Now().Add(aloneSpan)); err != nil {
		return 0, err
	}
	begin := time.Now()
	n, err := run(c.frames, begin.Add(aloneSpan))
	return float64(n) / time.Since(begin).Seconds(), err
}

func figure(c clip, frames int, opt processor.Options) PipelineFigure {
	f := PipelineFigure{Width: c.w, Height: c.h, Frames: frames, Preset: opt.Preset}
	if c.h == 1080 {
		f.LimitFirstMS = firstFrameLimit
	}
	return f
}

func fps(frames int, d []time.Duration) float64 { return float64(frames) / (median(d) / 1e3) }

// convertClip converts the clip and appends when its first frame was through.
func convertClip(ctx context.Context, e *processor.Engine, c clip, opt processor.Options, first *[]time.Duration) error {
	w := watchItem{begin: time.Now(), first: make(chan time.Duration, 1), ended: make(chan struct{})}
	err := e.Run(ctx, processor.Job{Inputs: []string{c.path}, Options: opt}, &w)
	if w.err != nil {
		return w.err // the file's own error says more than "some inputs failed"
	}
	if err == nil {
		*first = append(*first, <-w.first)
	}
	return err
}

// watchItem looks when a one-file job has its first frame.
type watchItem struct {
	lastItem
	begin time.Time
	first chan time.Duration
	ended chan struct{}
}

// Started looks at the item's count as often as a millisecond: nothing else
// tells of single frames.
func (w *watchItem) Started(it *processor.Item) {
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for it.Snapshot().Done == 0 {
			select {
			case <-tick.C:
			case <-w.ended:
				return
			}
		}
		w.first <- time.Since(w.begin)
	}()
}

// Ended also ends the looking, which by then has seen every frame counted.
func (w *watchItem) Ended(it *processor.Item) {
	w.lastItem.Ended(it)
	if it.Snapshot().State != processor.Done {
		close(w.ended)
	}
}
