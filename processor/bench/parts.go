package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"spatialmaker/processor"
	"spatialmaker/processor/depth"
	"spatialmaker/processor/media"
	"spatialmaker/processor/models"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

func timeDepth(ctx context.Context, e *processor.Engine, o Options, tell func(string)) ([]DepthFigure, error) {
	opt := processor.DefaultOptions()
	opt.Model = o.Model
	w, h := 1554, 1036 // 3:2, as most cameras
	if o.Width > 0 {
		w, h = 3*o.Width, 3*o.Height
		opt.DepthSize = min(o.Width, o.Height)
	}
	pic, _ := sample(pix.Layout{W: w, H: h, Bits: 8, Model: pix.RGBA})
	use := opt.PhotoUse()
	first, about, m, err := depthFigure(ctx, e, opt, use, pic, o.Rounds, tell)
	if err != nil {
		return nil, err
	}
	defer m.Release()
	out := []DepthFigure{first}
	add := func(opt processor.Options, use processor.NetworkUse) error {
		f, _, other, err := depthFigure(ctx, e, opt, use, pic, o.Rounds, tell)
		if err != nil {
			return err
		}
		defer other.Release()
		d := difference(m.Map, other.Map)
		f.Difference = &d
		out = append(out, f)
		return nil
	}
	if about.Backend == "onnx" && about.FixedW == 0 {
		use.AnySize = true
		if err := add(opt, use); err != nil {
			return nil, err
		}
		// The integer variant of the model, where it is installed.
		opt.Model = integerVariant(o.Model, about)
		err := add(opt, opt.PhotoUse())
		if err != nil && !errors.Is(err, models.ErrUnknownModel) && !errors.Is(err, models.ErrNotInstalled) {
			return nil, err
		}
	}
	return out, nil
}

// integerVariant is what the integer variant of a model is called: as in the
// catalogue, or a file beside a file.
func integerVariant(asked string, about depth.Description) string {
	const suffix = "-uint8"
	ext := filepath.Ext(about.Path)
	if beside := strings.TrimSuffix(about.Path, ext) + suffix + ext; asked != "" && asked != about.Model {
		if _, err := os.Stat(beside); err == nil {
			return beside
		}
	}
	return about.Model + suffix
}

// depthFigure times one way of running a network, and returns its last map.
func depthFigure(ctx context.Context, e *processor.Engine, opt processor.Options, use processor.NetworkUse, pic *pix.Picture,
	rounds int, tell func(string),
) (f DepthFigure, about depth.Description, last depth.Map, err error) {
	est, release, err := e.Estimator(ctx, opt, use)
	if err != nil {
		return f, about, last, err
	}
	defer release()
	about = est.Describe()
	tell("depth: " + about.Model)
	f = DepthFigure{Model: about.Model, Backend: about.Backend, Device: about.Device, Session: "fixed size"}
	if use.AnySize {
		f.Session = "any size"
	}
	var all, inside []time.Duration
	for i := range rounds + 1 {
		last.Release()
		begin := time.Now()
		last, err = est.Estimate(ctx, pic)
		took := time.Since(begin)
		if err != nil {
			return f, about, last, err
		}
		if i > 0 { // the first run warms up
			all, inside = append(all, took), append(inside, last.Inference)
		}
	}
	f.Width, f.Height = last.W, last.H
	f.MS, f.RuntimeMS = median(all), median(inside)
	f.Overhead = f.MS/f.RuntimeMS - 1
	return f, about, last, nil
}

// difference is the mean difference of two maps of one size, as a share of the
// range.
func difference(a, b *pix.Map) float64 {
	sum := 0.0
	for y := range min(a.H, b.H) {
		ra, rb := a.Row(y), b.Row(y)
		for x := range min(len(ra), len(rb)) {
			sum += math.Abs(float64(ra[x] - rb[x]))
		}
	}
	return sum / float64(a.W*a.H)
}

// limits are the goals for one view on two cores in milliseconds, from the
// shared eval/ANCHORS.md: warp with good fill, and edge refinement on top.
var limits = map[int]struct{ warp, refine float64 }{1920: {4, 8}, 3840: {16, 32}}

func timeStereo(ctx context.Context, o Options, tell func(string)) ([]StereoFigure, error) {
	var out []StereoFigure
	kinds := []struct {
		name string
		l    pix.Layout
	}{
		{"rgba", pix.Layout{Bits: 8, Model: pix.RGBA}},
		{"yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"yuv420p10", pix.Layout{Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
	}
	for _, size := range [][2]int{{1920, 1080}, {3840, 2160}} {
		for _, k := range kinds {
			tell(fmt.Sprintf("stereo: %dx%d %s", size[0], size[1], k.name))
			f, err := stereoFigures(ctx, k.name, k.l.Resized(size[0], size[1]), o.Rounds)
			if err != nil {
				return nil, err
			}
			out = append(out, f...)
		}
	}
	return out, nil
}

func stereoFigures(ctx context.Context, name string, l pix.Layout, rounds int) ([]StereoFigure, error) {
	s := stereoSubject{name: name, rounds: rounds, low: pix.NewMap(924, 518), sharp: pix.NewMap(l.W, l.H)}
	s.pic, s.full = sample(l)
	if err := stereo.Resize(s.low, s.full); err != nil {
		return nil, err
	}
	s.left, s.right = pix.New(l), pix.New(l)
	var out []StereoFigure
	for _, fill := range []stereo.Fill{stereo.FillGood, stereo.FillFast} {
		r := stereo.NewRenderer(stereo.Options{Fill: fill})
		defer r.Close()
		for _, views := range []int{1, 2} {
			for _, refine := range []bool{false, true} {
				if fill == stereo.FillFast && refine {
					continue
				}
				f, err := s.figure(ctx, r, fill, views, refine)
				if err != nil {
					return nil, err
				}
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// stereoSubject is what the stereo stage is timed on.
type stereoSubject struct {
	name             string
	rounds           int
	pic, left, right *pix.Picture
	full, low, sharp *pix.Map
}

// figure times one way of rendering; the first round only warms up.
func (s *stereoSubject) figure(ctx context.Context, r *stereo.Renderer, fill stereo.Fill, views int, refine bool) (StereoFigure, error) {
	g := stereo.Geometry{Strength: 2.5, Convergence: 0.5}
	m, second := s.full, s.right
	if refine {
		m = s.sharp
	}
	if views == 1 {
		second = nil
	}
	var d []time.Duration
	for range s.rounds + 1 {
		err := timed(&d, func() error {
			if refine {
				if err := r.Refine(ctx, s.sharp, s.low, s.pic, stereo.RefineOptions{}); err != nil {
					return err
				}
			}
			return r.Render(ctx, s.left, second, s.pic, m, g)
		})
		if err != nil {
			return StereoFigure{}, err
		}
	}
	f := StereoFigure{Width: s.pic.W, Height: s.pic.H, Pixels: s.name, Views: views, Refine: refine, Fill: fill.String()}
	f.MSPerView = median(d[1:]) / float64(views)
	if lim, ok := limits[s.pic.W]; ok && s.name == "yuv420p" && fill == stereo.FillGood {
		v := lim.warp
		if refine {
			v += lim.refine / float64(views)
		}
		f.LimitMS = &v
	}
	return f, nil
}

// photoLimit is the most a photo job may cost without inference, in units of
// decoding and encoding alone.
const photoLimit = 1.5

func timePhoto(ctx context.Context, e *processor.Engine, dir string, o Options, tell func(string)) (*PhotoFigure, error) {
	const w, h = 4000, 3000
	tell("photo: draw 12 megapixels")
	pic, _ := sample(pix.Layout{W: w, H: h, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
	var b bytes.Buffer
	if err := media.EncodePhoto(ctx, &b, pic, media.Encoding{Format: media.FormatJPEG}); err != nil {
		return nil, err
	}
	in := filepath.Join(dir, "photo.jpg")
	if err := os.WriteFile(in, b.Bytes(), 0o600); err != nil {
		return nil, err
	}
	opt := processor.DefaultOptions()
	opt.Model, opt.Output, opt.Overwrite = o.Model, dir, true
	var job, inference, codec []time.Duration
	var packed image.Image
	for i := range o.Rounds + 1 {
		tell(fmt.Sprintf("photo: round %d of %d", i, o.Rounds))
		var last lastItem
		err := timed(&job, func() error {
			return e.Run(ctx, processor.Job{Inputs: []string{in}, Options: opt}, &last)
		})
		if err != nil {
			if last.err != nil {
				err = last.err
			}
			return nil, err
		}
		inference = append(inference, last.inference)
		if packed == nil {
			if packed, err = decodeFile(last.output); err != nil {
				return nil, err
			}
		}
		if err := timed(&codec, func() error { return codecAlone(b.Bytes(), packed, dir) }); err != nil {
			return nil, err
		}
	}
	f := &PhotoFigure{
		Megapixels: w * h / 1e6, JobMS: median(job[1:]), InferenceMS: median(inference[1:]),
		CodecMS: median(codec[1:]), LimitRatio: photoLimit,
	}
	f.Ratio = (f.JobMS - f.InferenceMS) / f.CodecMS
	return f, nil
}

// codecAlone decodes the photo and writes a picture of the output's size with
// the standard library, as a program without any stereo would have to.
func codecAlone(photo []byte, packed image.Image, dir string) error {
	if _, err := jpeg.Decode(bytes.NewReader(photo)); err != nil {
		return err
	}
	out, err := os.CreateTemp(dir, "alone-*.jpg")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	w := bufio.NewWriter(out)
	err = jpeg.Encode(w, packed, &jpeg.Options{Quality: media.DefaultQuality})
	return errors.Join(err, w.Flush(), out.Close())
}

func decodeFile(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return jpeg.Decode(f)
}

// lastItem remembers how a one-file job ended.
type lastItem struct {
	inference time.Duration
	output    string
	err       error
}

func (l *lastItem) Queued([]*processor.Item) {}

func (l *lastItem) Started(*processor.Item) {}

func (l *lastItem) Wrote(_ *processor.Item, path string) { l.output = path }

func (l *lastItem) Ended(it *processor.Item) {
	s := it.Snapshot()
	l.inference, l.err = s.Timing.Inference, s.Err
}
