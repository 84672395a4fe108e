package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"spatialmaker/processor"
	"spatialmaker/processor/pack"
)

// binder adds flags that are read by functions to a set.
type binder struct{ *pflag.FlagSet }

func (b binder) add(name, short, text, kind, help string, set func(string) error) {
	b.VarP(&value{text: text, kind: kind, set: set}, name, short, help)
}

// number adds a flag for a number in lo..hi.
func (b binder) number(name, text string, lo, hi float64, unit, help string, to func(float64)) {
	b.add(name, "", text, "N", help, func(s string) error {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(v) || v < lo || v > hi {
			return fmt.Errorf("must be a number from %s to %s (%s)", plain(lo), plain(hi), unit)
		}
		to(v)
		return nil
	})
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// clock adds a flag for a time.
func (b binder) clock(name string, to *time.Duration, help string) {
	b.add(name, "", "", "TIME", help, func(s string) error {
		d, err := parseClock(s)
		*to = d
		return err
	})
}

// oneOf adds a flag that takes one of some words.
func oneOf[T ~string](b binder, name string, to *T, help string, valid ...T) {
	list := join(valid, " ")
	b.add(name, "", string(*to), "WORD", help+" ("+list+")", func(s string) error {
		for _, v := range valid {
			if s == string(v) {
				*to = v
				return nil
			}
		}
		return fmt.Errorf("must be one of %s", list)
	})
}

func join[T ~string](in []T, sep string) string {
	s := make([]string, len(in))
	for i, v := range in {
		s[i] = string(v)
	}
	return strings.Join(s, sep)
}

// convertFlags binds the flags of design/cli.md to o.
func convertFlags(fs *pflag.FlagSet, o *processor.Options) {
	b := binder{fs}
	fs.StringVarP(&o.Output, "output", "o", o.Output, "a file (one input, one format) or a folder; default: beside the input")
	b.add("format", "f", join(o.Formats, ","), "LIST", "comma list of "+pack.Words(), func(s string) error {
		l, err := pack.ParseLayouts(s)
		if err == nil {
			o.Formats = l
		}
		return err
	})
	modelFlags(b, o)
	stereoFlags(b, o)
	oneOf(b, "depth-format", &o.DepthFormat, "how depth is written", "png16", "png8", "exr")
	b.number("quality", "", 1, 100, "quality", "quality of JPEG and WebP, 1 to 100", func(v float64) { o.Quality = int(v) })
	videoFlags(b, o)
	fs.BoolVar(&o.Overwrite, "overwrite", o.Overwrite, "replace existing outputs")
	fs.BoolVar(&o.SkipExisting, "skip-existing", o.SkipExisting, "leave existing outputs alone")
	fs.BoolVarP(&o.Recursive, "recursive", "r", o.Recursive, "folders inside folders too")
	b.number("max-pixels", strconv.FormatInt(o.MaxPixels, 10), 1, 1<<40, "pixels", "larger pictures are refused before anything is allocated",
		func(v float64) { o.MaxPixels = int64(v) })
}

func modelFlags(b binder, o *processor.Options) {
	b.StringVarP(&o.Model, "model", "m", o.Model, "a model's name or a model file of your own; default: the best one installed")
	oneOf(b, "backend", &o.Backend, "library that runs the network", processor.AutoBackend, processor.CoreMLBackend, processor.ONNXBackend)
	b.StringVar(&o.DepthMap, "depth-map", o.DepthMap, "use this depth (grey picture, larger is nearer) instead of a model")
	b.number("depth-size", "", 14, 4096, "pixels", "short side given to the network; default: the model's own", func(v float64) { o.DepthSize = int(v) })
	oneOf(b, "depth-from", &o.DepthFrom, "depth of photos that hold some: auto takes theirs when it is as good as the model's",
		processor.AutoDepth, processor.ModelDepth, processor.FileDepth)
	oneOf(b, "detail", &o.Detail, "of a photo's depth; high looks at parts too and takes five times as long", processor.NormalDetail, processor.HighDetail)
	b.add("steady", "", processor.FormatSteady(o.Steady), "N", "how much a video's depth is steadied: off, or 0 (off) to 1 (strong)", func(s string) (err error) {
		o.Steady, err = processor.ParseSteady(s)
		return err
	})
	oneOf(b, "refine", &o.Refine, "sharpen the depth along the picture's edges; auto: not with --depth-map", processor.AutoRefine, processor.On, processor.Off)
}

func stereoFlags(b binder, o *processor.Options) {
	b.number("widen", plain(o.Widen), -100, 100, "percent", "where depth is refined: move the outlines of what is near outwards, or inwards", func(v float64) { o.Widen = v })
	oneOf(b, "fill", &o.Fill, "how disocclusions are filled", "good", "fast")
	b.number("strength", plain(o.Strength), 0, processor.MaxStrength, "percent of the width of one eye",
		"parallax between far and near, in percent of the width of one eye", func(v float64) { o.Strength = v })
	b.add("convergence", "", o.Convergence.String(), "C", "depth on the screen plane: auto, or 0 (far) to 1 (near)", func(s string) error {
		c, err := processor.ParseConvergence(s)
		if err != nil {
			return errors.New("must be auto or a number from 0 (far) to 1 (near)")
		}
		o.Convergence = c
		return nil
	})
	b.number("front", plain(o.Front), -100, processor.MaxShape, "percent", "make parallax before the screen larger or smaller", func(v float64) { o.Front = v })
	b.number("behind", plain(o.Behind), -100, processor.MaxShape, "percent", "make parallax behind the screen larger or smaller", func(v float64) { o.Behind = v })
	b.add("limit", "", o.Limit.String(), "F,B", "the most parallax before and behind the screen, in percent of the width: off, comfort (2,2.5) or two numbers", func(s string) error {
		l, err := processor.ParseLimit(s)
		if err != nil {
			return errors.New("must be off, comfort, or two numbers such as 2,2.5")
		}
		o.Limit = l
		return nil
	})
	b.BoolVar(&o.EaseEdges, "ease-edges", o.EaseEdges, "let parallax fade towards the sides of the frame, so that nothing is cut off before the screen")
	oneOf(b, "eyes", &o.Eyes, "both share the shift; right or left: the other eye is the untouched original", "both", "right", "left")
	oneOf(b, "anaglyph", &o.Anaglyph, "anaglyph method", "dubois", "color", "half-color", "gray", "optimized")
}

func videoFlags(b binder, o *processor.Options) {
	b.StringVar(&o.Codec, "codec", o.Codec, "video codec: h264, hevc, av1, prores, or an encoder of ffmpeg such as hevc_videotoolbox; default by format")
	b.number("crf", "", 0, 63, "constant rate factor", "video quality, 0 is best; default by codec", func(v float64) { o.CRF = int(v) })
	b.StringVar(&o.Preset, "preset", o.Preset, "encoder preset; default by codec")
	b.clock("start", &o.Start, "begin of the part of a video: 90, 1:30, 00:01:30.5")
	b.clock("duration", &o.Duration, "length of the part of a video")
	b.BoolVar(&o.NoResume, "no-resume", o.NoResume, "begin an interrupted video again from its start")
	b.BoolVar(&o.Even3D, "even-3d", o.Even3D, "convert videos that are 3D already all the same")
}

var errClock = errors.New("must be a time like 90, 1:30 or 00:01:30.5")

// maxClock bounds --start and --duration, in seconds: about four months.
const maxClock = 1e7

// parseClock reads seconds, minutes:seconds or hours:minutes:seconds; only the
// last part may have a fraction.
func parseClock(s string) (time.Duration, error) {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, errClock
	}
	total := 0.0
	for i, p := range parts {
		v, err := strconv.ParseFloat(p, 64)
		last := i == len(parts)-1
		if err != nil || !(v >= 0 && v <= maxClock) || (i > 0 && v >= 60) || (!last && v != math.Trunc(v)) {
			return 0, errClock
		}
		total = total*60 + v
	}
	if total > maxClock {
		return 0, errClock
	}
	return time.Duration(math.Round(total * 1e9)), nil
}
