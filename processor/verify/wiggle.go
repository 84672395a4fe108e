package verify

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"os"
	"time"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
)

// wiggle compares the outermost views of a loop: it stands at the right eye
// after a quarter of a swing and at the left one after three.
func (r *Report) wiggle(ctx context.Context, format media.Format) error {
	var left, right *pix.Picture
	var err error
	if format == media.FormatVideo {
		if left, err = frameAt(750*time.Millisecond)(ctx, r.Path); err == nil {
			right, err = frameAt(250*time.Millisecond)(ctx, r.Path)
		}
	} else {
		left, right, err = gifViews(r.Path)
	}
	if err != nil {
		return err
	}
	r.Width, r.Height = left.W, left.H
	return r.views(ctx, left, right)
}

func gifViews(path string) (left, right *pix.Picture, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	g, err := gif.DecodeAll(f)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", media.ErrCorrupt, err)
	}
	n := len(g.Image)
	if n < 4 {
		return nil, nil, fmt.Errorf("%w: a loop of %d pictures", media.ErrNoPair, n)
	}
	return ofImage(g.Image[n*3/4]), ofImage(g.Image[n/4]), nil
}

func ofImage(m image.Image) *pix.Picture {
	b := m.Bounds()
	p := pix.New(pix.Layout{W: b.Dx(), H: b.Dy(), Bits: 8, Model: pix.RGBA})
	pl := &p.Planes[0]
	draw.Draw(&image.RGBA{Pix: pl.Pix8, Stride: pl.Stride, Rect: image.Rect(0, 0, p.W, p.H)}, image.Rect(0, 0, p.W, p.H), m, b.Min, draw.Src)
	return p
}
