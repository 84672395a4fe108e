package processor

import (
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// wiggle is a loop of views that swing between the eyes: of a photo, or of one
// moment of a film.
type wiggle struct {
	views []*pix.Picture
	order []int
	gif   bool
}

// A swing takes a second. GIF is large and coarse, so that it gets fewer and
// smaller pictures; a film does not repeat by itself in most players, so that
// it swings a few times.
const (
	gifSteps, gifSide   = 12, 720
	filmSteps, filmSide = 24, 1920
	filmTurns           = 4
	swing               = time.Second
)

func isGIF(path string) bool { return strings.EqualFold(filepath.Ext(path), ".gif") }

// wiggleEnds are the extensions a wiggle can be asked for with.
func wiggleEnds(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gif", ".mp4":
		return nil
	}
	return fmt.Errorf("%w --output %s: a wiggle is written as gif or mp4", ErrOption, path)
}

// wiggle renders the views of a picture at the size of a loop. sar is the
// shape of the picture's pixels; those of the loop are square.
func (e *Engine) wiggle(ctx context.Context, rd *stereo.Renderer, pic *pix.Picture, full *pix.Map, g stereo.Geometry, sar media.Ratio, gif bool) (*wiggle, error) {
	steps, side := filmSteps, filmSide
	if gif {
		steps, side = gifSteps, gifSide
	}
	w, h := loopSize(pic.W, pic.H, sar, side, !gif)
	small := e.pool.Picture(pix.LayoutOf(pic).Resized(w, h))
	defer small.Release()
	small.Alpha, small.Colour = pic.Alpha, pic.Colour
	if err := pix.Shrink(ctx, small, pic, e.cfg.Workers); err != nil {
		return nil, err
	}
	at, order := pack.Swing(steps)
	out := &wiggle{order: order, gif: gif}
	for _, v := range at {
		view := e.pool.Picture(pix.LayoutOf(small))
		view.Alpha, view.Colour = small.Alpha, small.Colour
		out.views = append(out.views, view)
		if err := renderAt(ctx, rd, view, small, full, g, v); err != nil {
			out.release()
			return nil, err
		}
	}
	return out, nil
}

// renderAt paints the view from a point between the left eye (-1) and the
// right (1): an eye nearer to the picture's own viewpoint.
func renderAt(ctx context.Context, rd *stereo.Renderer, dst, src *pix.Picture, m *pix.Map, g stereo.Geometry, v float64) error {
	switch g.Eyes { // the way from the untouched eye to the other
	case stereo.RightEye:
		v = (v + 1) / 2
	case stereo.LeftEye:
		v = (v - 1) / 2
	}
	g.Strength *= math.Abs(v)
	switch {
	case g.Strength == 0:
		return src.CopyTo(dst)
	case v < 0:
		return rd.Render(ctx, dst, nil, src, m, g)
	}
	return rd.Render(ctx, nil, dst, src, m, g)
}

// loopSize fits a picture into a square of the given side, at most at its own
// size, with square pixels, and with even sides where a codec needs them.
func loopSize(w, h int, sar media.Ratio, side int, even bool) (int, int) {
	fw, fh := float64(w), float64(h)
	if sar.Valid() { // squeezed, never stretched
		if k := sar.Float(); k > 1 {
			fh /= k
		} else {
			fw *= k
		}
	}
	k := min(1, float64(side)/max(fw, fh))
	size := func(v float64) int {
		n := max(1, int(v*k+0.5))
		if even && n > 1 {
			n &^= 1
		}
		return n
	}
	return size(fw), size(fh)
}

func (g *wiggle) release() {
	for _, v := range g.views {
		v.Release()
	}
	g.views = nil
}

// write brings the loop into the file path. source tells the colours of a
// film's frame, nil stands for a photo.
func (g *wiggle) write(ctx context.Context, path string, o Options, source *media.VideoStream, workers int) error {
	mode := media.KeepExisting
	if o.Overwrite {
		mode = media.ReplaceExisting
	}
	if !g.gif {
		return g.writeFilm(ctx, path, o, source, mode)
	}
	var pics []*image.RGBA
	for _, v := range g.views {
		img := image.NewRGBA(image.Rect(0, 0, v.W, v.H))
		if err := pix.ToRGBA(ctx, img, v, workers); err != nil {
			return err
		}
		pics = append(pics, img)
	}
	return media.WriteFile(path, mode, func(out io.Writer) error {
		out = &cancelWriter{ctx: ctx, w: out}
		return media.EncodeGIF(ctx, out, pics, g.order, swing/gifSteps)
	}, func(temp string) error {
		return media.CheckPhoto(ctx, temp, media.FormatGIF, pics[0].Rect.Dx(), pics[0].Rect.Dy())
	})
}

func (g *wiggle) writeFilm(ctx context.Context, path string, o Options, source *media.VideoStream, mode media.Overwrite) error {
	ff, err := media.FindFFmpeg(ctx)
	if err != nil {
		return err
	}
	l := media.Loop{Order: g.order, Turns: filmTurns, Mode: mode}
	like := loopLike(g.views[0], source != nil)
	for _, v := range g.views {
		l.Pics = append(l.Pics, recast(v, like))
	}
	if source == nil {
		source = &media.VideoStream{Range: "tv", Matrix: "bt709", Primaries: "bt709", Transfer: "bt709"}
	}
	l.Encoding = media.VideoEncoding{
		Codec: media.H264, CRF: o.CRF, Preset: o.Preset, Layout: pix.LayoutOf(l.Pics[0]),
		Rate: media.Ratio{Num: filmSteps, Den: 1}, GOP: filmSteps * filmTurns, Source: source,
	}
	if l.Encoding.Layout.Bits > 8 {
		l.Encoding.Codec = media.HEVC
	}
	if c, encoder, ok := media.ParseCodec(o.Codec); ok && media.MP4.Holds(c) {
		l.Encoding.Codec, l.Encoding.Encoder = c, encoder
	}
	if err := ff.ChooseEncoder(ctx, &l.Encoding); err != nil {
		return err
	}
	return media.WriteLoop(ctx, path, workFolder(path), l)
}

// loopLike is the shape of a loop's pictures: 4:2:0, of 8 bits unless a film's
// frame is HDR. Films keep their colours, photos become BT.709.
func loopLike(v *pix.Picture, film bool) *pix.Picture {
	l := &pix.Picture{W: v.W, H: v.H, Bits: 8, Model: pix.YUV, Colour: pix.Colour{
		Primaries: pix.PrimariesBT709, Transfer: pix.PrimariesBT709, Matrix: pix.MatrixBT709,
	}}
	if film {
		l.Colour = v.Colour
	}
	if t := l.Colour.Transfer; t == pix.TransferPQ || t == pix.TransferHLG {
		l.Bits = 10
	}
	return l
}

// recast gives the picture the model, bits and colours of like.
func recast(v, like *pix.Picture) *pix.Picture {
	to := pix.Layout{W: v.W, H: v.H, Bits: like.Bits, Model: like.Model, ShiftX: 1, ShiftY: 1}
	if pix.LayoutOf(v) == to && v.Colour == like.Colour {
		return v
	}
	out := pix.New(to)
	out.Colour = like.Colour
	from, row := pix.NewRGBRow(v), pix.NewRGBRow(out)
	for y := range v.H {
		from.Load(v, y)
		copy(row.R, from.R)
		copy(row.G, from.G)
		copy(row.B, from.B)
		row.Store(out, y)
	}
	return out
}
