package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"spatialmaker/processor"
)

// ErrPart reports a part that does not exist; its text lists the valid ones.
var ErrPart = errors.New("unknown part")

// The parts of a report.
const (
	Depth  = "depth"
	Stereo = "stereo"
	Photo  = "photo"

	Pipeline = "pipeline" // of films
)

// Parts lists the parts in the order they are timed.
func Parts() []string { return []string{Depth, Stereo, Photo, Pipeline} }

// ParseParts reads a comma list of parts.
func ParseParts(list string) ([]string, error) {
	var out []string
	for p := range strings.SplitSeq(list, ",") {
		if !slices.Contains(Parts(), p) {
			return nil, fmt.Errorf("%w %q: must be a comma list of %s", ErrPart, p, strings.Join(Parts(), " "))
		}
		out = append(out, p)
	}
	return out, nil
}

// Options say what is timed.
type Options struct {
	Parts  []string
	Model  string // name or file; empty: the best one installed
	Width  int    // working size of the depth part; 0: the model's own
	Height int
	Rounds int // timings behind each median

	Temporal string // a clip on which steadiness is measured; empty: not measured
}

// DefaultOptions times everything with the best installed model.
func DefaultOptions() Options { return Options{Parts: Parts(), Rounds: 9} }

// Machine is what the figures were taken on.
type Machine struct {
	CPU     string `json:"cpu"`
	Cores   int    `json:"cores"`
	OS      string `json:"os"`
	Runtime string `json:"runtime"`
}

// DepthFigure is the cost of one estimate. Overhead is what the program adds
// to the runtime's own call, as a share of it.
type DepthFigure struct {
	Model     string  `json:"model"`
	Backend   string  `json:"backend"`
	Device    string  `json:"device"`
	Session   string  `json:"session"` // "fixed size": made for this one; "any size"
	Width     int     `json:"width"`
	Height    int     `json:"height"`
	MS        float64 `json:"ms"`
	RuntimeMS float64 `json:"runtime_ms"`
	Overhead  float64 `json:"overhead"`
	// Difference is the mean difference of the depth from that of the first row,
	// as a share of the range; absent there.
	Difference *float64 `json:"difference,omitempty"`
}

// StereoFigure is the cost of making eyes from a picture and its depth.
type StereoFigure struct {
	Width     int      `json:"width"`
	Height    int      `json:"height"`
	Pixels    string   `json:"pixels"`
	Views     int      `json:"views"`
	Refine    bool     `json:"refine"`
	Fill      string   `json:"fill"`
	MSPerView float64  `json:"ms_per_view"`
	LimitMS   *float64 `json:"limit_ms"` // null where none is set
}

// PhotoFigure is the cost of a whole photo job. CodecMS is decoding and
// encoding the same JPEG sizes alone; Ratio is the job without inference over
// that, to be at most 1.5.
type PhotoFigure struct {
	Megapixels  float64 `json:"megapixels"`
	JobMS       float64 `json:"job_ms"`
	InferenceMS float64 `json:"inference_ms"`
	CodecMS     float64 `json:"codec_ms"`
	Ratio       float64 `json:"ratio"`
	LimitRatio  float64 `json:"limit_ratio"`
}

// Report is one run.
type Report struct {
	Machine Machine        `json:"machine"`
	Depth   []DepthFigure  `json:"depth,omitempty"`
	Post    *PostFigure    `json:"post,omitempty"` // with the depth part
	Stereo  []StereoFigure `json:"stereo,omitempty"`
	Photo   *PhotoFigure   `json:"photo,omitempty"`

	Pipeline []PipelineFigure `json:"pipeline,omitempty"`
	Temporal *TemporalFigure  `json:"temporal,omitempty"`
}

// Run takes the figures. tell hears what is being timed.
func Run(ctx context.Context, e *processor.Engine, runtimeVersion string, o Options, tell func(string)) (*Report, error) {
	dir, err := os.MkdirTemp("", "spatialmaker-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the samples: %w", err)
	}
	defer os.RemoveAll(dir)
	r := &Report{Machine: Machine{
		CPU: cpuName(), Cores: runtime.GOMAXPROCS(0), OS: runtime.GOOS + "/" + runtime.GOARCH, Runtime: runtimeVersion,
	}}
	for _, p := range o.Parts {
		switch p {
		case Depth:
			r.Depth, err = timeDepth(ctx, e, o, tell)
			if err == nil {
				r.Post, err = timePost(ctx, o, tell)
			}
		case Stereo:
			r.Stereo, err = timeStereo(ctx, o, tell)
		case Photo:
			r.Photo, err = timePhoto(ctx, e, dir, o, tell)
		case Pipeline:
			r.Pipeline, err = timePipeline(ctx, e, dir, o, tell)
		}
		if err != nil {
			return nil, fmt.Errorf("time %s: %w", p, err)
		}
	}
	if o.Temporal != "" {
		if r.Temporal, err = measureTemporal(ctx, e, o, tell); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// median of the durations, in milliseconds.
func median(d []time.Duration) float64 {
	if len(d) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(d))
	return float64(s[len(s)/2]) / 1e6
}

// timed runs f and appends how long it took to d.
func timed(d *[]time.Duration, f func() error) error {
	begin := time.Now()
	err := f()
	*d = append(*d, time.Since(begin))
	return err
}
