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
	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
)

// PipelineFigure is the frame rate of a whole film made into side by side.
// With a supplied depth FFmpegFPS is ffmpeg alone, doing the same decode and
// the same encode of two copies beside each other; with a network
// InferenceFPS is the network alone. Ratio is FPS over that.
type PipelineFigure struct {
	Width        int     `json:"width"`
	Height       int     `json:"height"`
	FPS          float64 `json:"fps"`
	FFmpegFPS    float64 `json:"ffmpeg_fps,omitempty"`
	InferenceFPS float64 `json:"inference_fps,omitempty"`
	Ratio        float64 `json:"ratio"`
	LimitRatio   float64 `json:"limit_ratio"`
	Depth        string  `json:"depth"`          // "supplied" or the model's name
	FirstFrameMS float64 `json:"first_frame_ms"` // from the start to the first frame given to the encoder
	LimitFirstMS float64 `json:"limit_first_frame_ms,omitempty"`
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
			"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=s=%dx%d:r=24", w, h), "-vf", grain, "-frames:v", n,
			"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", c.path,
		},
		{
			"-f", "lavfi", "-i", "testsrc2=s=480x270:r=24", "-vf", "gblur=sigma=12", "-frames:v", n,
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
			if f, err = networked(ctx, e, c, dir, o, tell); err != nil {
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
	opt := processor.DefaultOptions()
	opt.Codec, opt.Preset, opt.CRF, opt.DepthMap = "h264", "medium", 20, c.depth
	opt.Output, opt.Overwrite, opt.NoResume = filepath.Join(dir, "ours.mp4"), true, true
	var ours, alone, first []time.Duration
	for i := range min(o.Rounds, pipelineRounds) {
		tell(fmt.Sprintf("pipeline: %dx%d, round %d", c.w, c.h, i+1))
		begin := time.Now()
		if err := convertClip(ctx, e, c, opt, &first); err != nil {
			return PipelineFigure{}, err
		}
		ours = append(ours, time.Since(begin))
		if err := timed(&alone, func() error { return ffmpegAlone(ctx, ff, c, dir) }); err != nil {
			return PipelineFigure{}, err
		}
	}
	f := PipelineFigure{Width: c.w, Height: c.h, Depth: "supplied", LimitRatio: suppliedLimit, FirstFrameMS: median(first)}
	f.limitFirst()
	f.FPS, f.FFmpegFPS = fps(c.frames, ours), fps(c.frames, alone)
	f.Ratio = f.FPS / f.FFmpegFPS
	return f, nil
}

func ffmpegAlone(ctx context.Context, ff *media.FFmpeg, c clip, dir string) error {
	cmd := exec.CommandContext(ctx, ff.Path, "-nostdin", "-v", "error", "-y", "-i", c.path,
		"-filter_complex", "[0:v]split[a][b];[a][b]hstack[v]", "-map", "[v]", "-c:v", "libx264", "-preset", "medium", "-crf", "20",
		"-movflags", "+faststart", filepath.Join(dir, "alone.mp4"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ffmpeg alone: %w: %s", err, out)
	}
	return nil
}

// networked times the pipeline with the network, and the network alone, kept
// as busy as the pipeline keeps it.
func networked(ctx context.Context, e *processor.Engine, c clip, dir string, o Options, tell func(string)) (PipelineFigure, error) {
	opt := processor.DefaultOptions()
	opt.Model, opt.Codec, opt.Preset = o.Model, "h264", "veryfast"
	if o.Width > 0 {
		opt.DepthSize = min(o.Width, o.Height)
	}
	opt.Output, opt.Overwrite, opt.NoResume = filepath.Join(dir, "ours.mp4"), true, true
	est, release, err := e.Estimator(ctx, opt, opt.FilmUse())
	if err != nil {
		return PipelineFigure{}, err
	}
	defer release()
	pic, _ := sample(pix.Layout{W: c.w, H: c.h, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
	tell("pipeline: the network alone")
	var alone, ours, first []time.Duration
	var g errgroup.Group
	g.SetLimit(min(2, runtime.GOMAXPROCS(0)))
	if err := timed(&alone, func() error {
		for range c.frames {
			g.Go(func() error {
				m, err := est.Estimate(ctx, pic)
				m.Release()
				return err
			})
		}
		return g.Wait()
	}); err != nil {
		return PipelineFigure{}, err
	}
	tell("pipeline: with the network")
	if err := timed(&ours, func() error { return convertClip(ctx, e, c, opt, &first) }); err != nil {
		return PipelineFigure{}, err
	}
	f := PipelineFigure{Width: c.w, Height: c.h, Depth: est.Describe().Model, LimitRatio: networkLimit, FirstFrameMS: median(first)}
	f.limitFirst()
	f.FPS, f.InferenceFPS = fps(c.frames, ours), fps(c.frames, alone)
	f.Ratio = f.FPS / f.InferenceFPS
	return f, nil
}

func fps(frames int, d []time.Duration) float64 { return float64(frames) / (median(d) / 1e3) }

// limitFirst sets the limit for the first frame where there is one.
func (f *PipelineFigure) limitFirst() {
	if f.Height == 1080 {
		f.LimitFirstMS = firstFrameLimit
	}
}

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
