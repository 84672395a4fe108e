package processor

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"spatialmaker/processor/depth/steady"
	"spatialmaker/processor/media"
	"spatialmaker/processor/models"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/stereo"
)

// ErrOption reports an option outside its valid values; the text lists them.
var ErrOption = errors.New("invalid option")

// Auto is a choice that may be left to the program.
type Auto string

// The words of --refine.
const (
	AutoRefine Auto = "auto"
	On         Auto = "on"
	Off        Auto = "off"
)

// Backend says which library runs the network.
type Backend string

// The words of --backend.
const (
	AutoBackend   Backend = "auto"
	CoreMLBackend Backend = "coreml"
	ONNXBackend   Backend = "onnx"
)

// models gives the model store's word for the backend.
func (b Backend) models() models.Backend {
	if b == AutoBackend {
		return models.Auto
	}
	return models.Backend(b)
}

// Convergence is the depth that lies on the screen plane: chosen by the
// program, or a nearness 0 (far) to 1 (near).
type Convergence struct {
	Auto  bool
	Value float64
}

// ParseConvergence reads "auto" or a number from 0 to 1.
func ParseConvergence(s string) (Convergence, error) {
	if s == "auto" {
		return Convergence{Auto: true}, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > 1 {
		return Convergence{}, fmt.Errorf("%w --convergence %q: must be auto or a number from 0 (far) to 1 (near)", ErrOption, s)
	}
	return Convergence{Value: v}, nil
}

// String gives the word or number that ParseConvergence reads.
func (c Convergence) String() string {
	if c.Auto {
		return "auto"
	}
	return strconv.FormatFloat(c.Value, 'g', -1, 64)
}

// MarshalText writes the convergence as it is given on the command line.
func (c Convergence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Convergence) UnmarshalText(b []byte) error {
	v, err := ParseConvergence(string(b))
	if err == nil {
		*c = v
	}
	return err
}

// Options is everything a conversion can be asked for; the command line's
// flags and the window's controls are two faces of it.
type Options struct {
	Output       string        `json:"output,omitempty"` // file or folder; empty: beside the input
	Formats      []pack.Layout `json:"formats"`
	Model        string        `json:"model,omitempty"` // catalogue name or file; empty: best installed
	Backend      Backend       `json:"backend"`
	DepthMap     string        `json:"depth_map,omitempty"`
	DepthFrom    DepthSource   `json:"depth_from"`           // where a photo holds depth itself
	DepthSize    int           `json:"depth_size,omitempty"` // short side in pixels; 0: the model's own
	Detail       Detail        `json:"detail"`               // of photos
	Steady       float64       `json:"steady"`               // of films: 0 off, 1 strong
	Refine       Auto          `json:"refine"`
	Widen        float64       `json:"widen,omitempty"` // percent by which refining moves near outlines outwards
	Fill         string        `json:"fill"`
	Strength     float64       `json:"strength"` // percent of one eye's width between depth 0 and 1
	Convergence  Convergence   `json:"convergence"`
	Front        float64       `json:"front,omitempty"`  // percent by which parallax before the screen is larger
	Behind       float64       `json:"behind,omitempty"` // and behind it
	Limit        Limit         `json:"limit"`            // the most parallax
	EaseEdges    bool          `json:"ease_edges,omitempty"`
	Eyes         string        `json:"eyes"`
	Anaglyph     string        `json:"anaglyph"`
	DepthFormat  string        `json:"depth_format"`
	Quality      int           `json:"quality,omitempty"` // of JPEG and WebP, 1..100; 0: the default
	Codec        string        `json:"codec,omitempty"`
	CRF          int           `json:"crf,omitempty"`
	Preset       string        `json:"preset,omitempty"`
	Start        time.Duration `json:"start,omitempty"`
	Duration     time.Duration `json:"duration,omitempty"` // 0: to the end
	Overwrite    bool          `json:"overwrite,omitempty"`
	SkipExisting bool          `json:"skip_existing,omitempty"`
	Recursive    bool          `json:"recursive,omitempty"`
	MaxPixels    int64         `json:"max_pixels"`
	NoResume     bool          `json:"no_resume,omitempty"`
	Even3D       bool          `json:"even_3d,omitempty"` // convert videos that are 3D already
}

// The valid words of the options that are plain strings.
var (
	fillWords     = []string{"good", "fast"}
	anaglyphWords = []string{"dubois", "color", "half-color", "gray", "optimized"}
	depthWords    = []string{"png16", "png8", "exr"}
	codecWords    = []string{"h264", "hevc", "av1", "prores"}
	refineWords   = []Auto{AutoRefine, On, Off}
	backendWords  = []Backend{AutoBackend, CoreMLBackend, ONNXBackend}
	eyesWords     = []string{"both", "right", "left"}
	detailWords   = []Detail{NormalDetail, HighDetail}
	sourceWords   = []DepthSource{AutoDepth, ModelDepth, FileDepth}
)

// MaxStrength is the largest parallax that can be asked for, in percent of the
// width of one eye: at 100 a near point crosses the whole picture.
const MaxStrength = 100

// DefaultOptions returns the options of a call without flags.
func DefaultOptions() Options {
	return Options{
		Formats:     []pack.Layout{pack.SBS},
		Backend:     AutoBackend,
		DepthFrom:   AutoDepth,
		Detail:      NormalDetail,
		Steady:      steady.DefaultStrength,
		Refine:      AutoRefine,
		Fill:        "good",
		Strength:    2.5,
		Convergence: Convergence{Auto: true},
		Eyes:        "both",
		Anaglyph:    "dubois",
		DepthFormat: "png16",
		MaxPixels:   media.DefaultMaxPixels,
	}
}

// Validate returns an error wrapping ErrOption that names the first option
// outside its values and what is valid.
func (o Options) Validate() error {
	if len(o.Formats) == 0 {
		return fmt.Errorf("%w --format: must be a comma list of %s", ErrOption, pack.Words())
	}
	for _, f := range o.Formats {
		if f == pack.Spatial {
			if err := SpatialSupport(); err != nil {
				return err
			}
			if o.Strength == 0 {
				return fmt.Errorf("%w --strength 0: a spatial photo has two cameras", ErrOption)
			}
			continue
		}
		if !slices.Contains(pack.Layouts(), f) {
			return fmt.Errorf("%w --format %q: must be a comma list of %s", ErrOption, string(f), pack.Words())
		}
	}
	words := []struct {
		flag, value string
		valid       []string
	}{
		{"backend", string(o.Backend), texts(backendWords)},
		{"depth-from", string(o.DepthFrom), texts(sourceWords)},
		{"detail", string(o.Detail), texts(detailWords)},
		{"refine", string(o.Refine), texts(refineWords)},
		{"fill", o.Fill, fillWords},
		{"eyes", o.Eyes, eyesWords},
		{"anaglyph", o.Anaglyph, anaglyphWords},
		{"depth-format", o.DepthFormat, depthWords},
	}
	for _, w := range words {
		if !slices.Contains(w.valid, w.value) {
			return fmt.Errorf("%w --%s %q: must be one of %s", ErrOption, w.flag, w.value,
				strings.TrimSpace(strings.Join(w.valid, " ")))
		}
	}
	if err := o.validateCodec(); err != nil {
		return err
	}
	return o.validateNumbers()
}

func (o Options) validateCodec() error {
	if _, _, ok := media.ParseCodec(o.Codec); !ok && o.Codec != "" {
		return fmt.Errorf("%w --codec %q: must be one of %s, or the name of one of ffmpeg's encoders for them", ErrOption, o.Codec,
			strings.Join(codecWords, " "))
	}
	words := media.Presets(o.Codec)
	switch {
	case o.Preset == "" || slices.Contains(words, o.Preset):
		return nil
	case len(words) == 0:
		return fmt.Errorf("%w --preset %q: %s has no presets", ErrOption, o.Preset, o.Codec)
	}
	return fmt.Errorf("%w --preset %q: must be one of %s", ErrOption, o.Preset, strings.Join(words, " "))
}

func (o Options) validateNumbers() error {
	switch {
	case o.DepthSize != 0 && !within(float64(o.DepthSize), 14, 4096):
		return fmt.Errorf("%w --depth-size %d: must be from 14 to 4096", ErrOption, o.DepthSize)
	case !within(o.Steady, 0, 1):
		return fmt.Errorf("%w --steady %g: %w", ErrOption, o.Steady, errSteady)
	case !within(o.Widen, -100, 100):
		return fmt.Errorf("%w --widen %g: must be a number from -100 to 100 (percent)", ErrOption, o.Widen)
	case o.MaxPixels < 1:
		return fmt.Errorf("%w --max-pixels %d: must be at least 1", ErrOption, o.MaxPixels)
	case !within(float64(o.Quality), 0, 100):
		return fmt.Errorf("%w --quality %d: must be from 1 to 100", ErrOption, o.Quality)
	case !within(float64(o.CRF), 0, 63):
		return fmt.Errorf("%w --crf %d: must be from 0 (best) to 63", ErrOption, o.CRF)
	case o.Start < 0 || o.Duration < 0:
		return fmt.Errorf("%w --start and --duration: must not be negative", ErrOption)
	case o.Overwrite && o.SkipExisting:
		return fmt.Errorf("%w: --overwrite and --skip-existing exclude each other", ErrOption)
	}
	return o.validateParallax()
}

func (o Options) validateParallax() error {
	switch {
	case !within(o.Strength, 0, MaxStrength):
		return fmt.Errorf("%w --strength %g: must be a number from 0 to %d (percent of the width of one eye)", ErrOption, o.Strength, MaxStrength)
	case !o.Convergence.Auto && !within(o.Convergence.Value, 0, 1):
		return fmt.Errorf("%w --convergence %g: must be auto or a number from 0 (far) to 1 (near)", ErrOption, o.Convergence.Value)
	case !within(o.Front, -100, MaxShape) || !within(o.Behind, -100, MaxShape):
		return fmt.Errorf("%w --front %g and --behind %g: must be numbers from -100 to %d (percent)", ErrOption, o.Front, o.Behind, MaxShape)
	case !within(o.Limit.Front, 0, MaxStrength) || !within(o.Limit.Behind, 0, MaxStrength):
		return fmt.Errorf("%w --limit %s: %w", ErrOption, o.Limit, errLimit)
	}
	return nil
}

// within is written so that NaN is refused too.
func within(v, lo, hi float64) bool { return v >= lo && v <= hi }

// geometry is the stereo stage's view of the options for a known convergence.
func (o Options) geometry(convergence float64) stereo.Geometry {
	eyes, err := stereo.ParseEyes(o.Eyes)
	if err != nil {
		eyes = stereo.BothEyes // Validate has refused other words
	}
	return stereo.Geometry{Strength: o.Strength, Convergence: convergence, Eyes: eyes, Shape: stereo.Shape{
		Front: o.Front, Behind: o.Behind, MostFront: o.Limit.Front, MostBehind: o.Limit.Behind, EaseEdges: o.EaseEdges,
	}}
}

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}
