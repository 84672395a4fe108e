// Command depthplot draws how depth behaves over time, with steadying off and
// on: the range of depth in every frame, and how much a pixel changes from one
// frame to the next.
//
//	depthplot -o PICTURE.png [-model FILE] NAME=CLIP...
//
// It needs ffmpeg and the runtime that `make run` sets up.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/steady"
	"spatialmaker/processor/pix"
)

const clipW, clipH = 640, 360 // every clip is looked at in this size

func main() {
	out := flag.String("o", "depth.png", "the picture to write")
	model := flag.String("model", "build/runtime/fastdepth.onnx", "the depth model")
	most := flag.Int("frames", 90, "frames of each clip")
	flag.Parse()
	if err := run(*out, *model, *most, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "depthplot:", err)
		os.Exit(1)
	}
}

func run(out, model string, most int, clips []string) error {
	ctx := context.Background()
	est, err := depth.Open(ctx, depth.Config{ModelPath: model, ShortSide: 252})
	if err != nil {
		return err
	}
	defer est.Close()
	var rows []row
	for _, c := range clips {
		name, path, ok := strings.Cut(c, "=")
		if !ok {
			return fmt.Errorf("%q is not NAME=CLIP", c)
		}
		r, err := measure(ctx, est, name, path, most)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		rows = append(rows, r)
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, draw(rows)), f.Close())
}

// curve is one figure over the frames of a clip.
type curve []float64

// row is what is drawn of a clip; [0] is off, [1] is on.
type row struct {
	name      string
	low, high [2]curve // 5 and 95 percent of the values
	change    [2]curve // mean change of a pixel
	cuts      []int
}

// measure estimates a clip once and runs it through both settings.
func measure(ctx context.Context, est depth.Estimator, name, path string, most int) (row, error) {
	r := row{name: name}
	pics, err := frames(ctx, path, most)
	if err != nil {
		return r, err
	}
	maps := make([]depth.Map, len(pics))
	for i, p := range pics {
		if maps[i], err = est.Estimate(ctx, p); err != nil {
			return r, err
		}
	}
	for on, strength := range []float64{0, steady.DefaultStrength} {
		fs, err := play(ctx, pics, maps, steady.Options{Strength: strength, PerFrame: est.Describe().PerFrame})
		if err != nil {
			return r, err
		}
		for i, f := range fs {
			sorted := slices.Clone(f.Map.Pix)
			slices.Sort(sorted)
			r.low[on] = append(r.low[on], float64(sorted[len(sorted)/20]))
			r.high[on] = append(r.high[on], float64(sorted[len(sorted)*19/20]))
			if f.First {
				if on == 0 && i > 0 {
					r.cuts = append(r.cuts, i)
				}
				r.change[on] = append(r.change[on], math.NaN())
				continue
			}
			sum := 0.0
			for k, v := range f.Map.Pix {
				sum += math.Abs(float64(v - fs[i-1].Map.Pix[k]))
			}
			r.change[on] = append(r.change[on], sum/float64(len(f.Map.Pix)))
		}
	}
	return r, nil
}

// play runs copies of the estimates through a stage.
func play(ctx context.Context, pics []*pix.Picture, maps []depth.Map, o steady.Options) (out []steady.Frame, err error) {
	s := steady.New(o)
	defer s.Close()
	for i := 0; ; {
		f, ok, err := s.Next(ctx)
		switch {
		case err != nil:
			return nil, err
		case ok:
			out = append(out, f)
		case len(out) == len(pics):
			return out, nil
		case i == len(pics):
			s.End()
		default:
			m := maps[i]
			m.Map = pix.NewMap(m.W, m.H)
			copy(m.Pix, maps[i].Pix)
			if err := s.Push(ctx, pics[i], m); err != nil {
				return nil, err
			}
			i++
		}
	}
}

// frames decodes the first frames of a clip.
func frames(ctx context.Context, path string, most int) ([]*pix.Picture, error) {
	cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "error", "-i", path, "-frames:v", fmt.Sprint(most),
		"-vf", fmt.Sprintf("scale=%d:%d", clipW, clipH), "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1")
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var out []*pix.Picture
	for {
		p := pix.New(pix.Layout{W: clipW, H: clipH, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
		for i := range p.Planes {
			if _, err = io.ReadFull(pipe, p.Planes[i].Pix8); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
		out = append(out, p)
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := cmd.Wait(); err != nil {
		return nil, err
	}
	if len(out) < 2 {
		return nil, errors.New("fewer than two frames")
	}
	return out, nil
}
