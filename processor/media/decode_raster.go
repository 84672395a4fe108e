package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/png"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"spatialmaker/processor/pix"
)

// ctxBytes reads from memory until its context is done.
type ctxBytes struct {
	ctx context.Context
	*bytes.Reader
}

func newCtxBytes(ctx context.Context, b []byte) ctxBytes { return ctxBytes{ctx, bytes.NewReader(b)} }

// Read reads unless the context is done.
func (c ctxBytes) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}

// ReadAt reads unless the context is done.
func (c ctxBytes) ReadAt(p []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Reader.ReadAt(p, off)
}

// decodePNG decodes a PNG of any kind. 8-bit samples are used in place (the
// picture's size at the peak, twice that when interlaced); 16-bit ones are
// converted (twice the size).
func decodePNG(ctx context.Context, data []byte, lim Limits) (*still, error) {
	h, err := parsePNG(data)
	if err != nil {
		return nil, err
	}
	if err := lim.check(int64(h.w), int64(h.h)); err != nil {
		return nil, err
	}
	img, err := png.Decode(newCtxBytes(ctx, data))
	if err != nil {
		if u := png.UnsupportedError(""); errors.As(err, &u) {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		return nil, err
	}
	pic, err := fromImage(img)
	if err != nil {
		return nil, err
	}
	if h.cicp != nil {
		pic.Colour.Primaries, pic.Colour.Transfer = h.cicp[0], h.cicp[1]
	}
	s := &still{pic: pic, orientation: exifOrientation(h.meta.EXIF), meta: h.meta}
	if h.frames > 1 {
		s.notes = []string{fmt.Sprintf("an animation of %d frames; its still picture is used", h.frames)}
	}
	return s, nil
}

// decodeGIF decodes the first frame onto the GIF's canvas (twice the picture's
// size at the peak).
func decodeGIF(ctx context.Context, data []byte, lim Limits) (*still, error) {
	cfg, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if err := lim.check(int64(cfg.Width), int64(cfg.Height)); err != nil {
		return nil, err
	}
	img, err := gif.Decode(newCtxBytes(ctx, data))
	if err != nil {
		return nil, err
	}
	frame, ok := img.(*image.Paletted)
	if !ok {
		return nil, fmt.Errorf("%w: a GIF frame of type %T", ErrCorrupt, img)
	}
	pic, err := onCanvas(fromPaletted(frame), frame.Rect.Min, cfg.Width, cfg.Height)
	if err != nil {
		return nil, err
	}
	s := &still{pic: pic}
	if n := gifFrames(data); n > 1 {
		s.notes = []string{fmt.Sprintf("an animation of %d frames; the first one is used", n)}
	}
	return s, nil
}

// onCanvas places a frame on a transparent canvas, unless it fills it.
func onCanvas(frame *pix.Picture, at image.Point, w, h int) (*pix.Picture, error) {
	if frame.W == w && frame.H == h {
		return frame, nil
	}
	if at.X < 0 || at.Y < 0 || at.X+frame.W > w || at.Y+frame.H > h {
		return nil, fmt.Errorf("%w: a frame outside its canvas", ErrCorrupt)
	}
	rgba := toRGBA8(frame)
	out := pix.New(pix.Layout{W: w, H: h, Bits: 8, Model: pix.RGBA})
	out.Alpha, out.Colour = true, rgba.Colour
	s, d := &rgba.Planes[0], &out.Planes[0]
	for y := range frame.H {
		copy(d.Pix8[(at.Y+y)*d.Stride+4*at.X:][:4*frame.W], s.Pix8[y*s.Stride:])
	}
	return out, nil
}

// decodeBMP decodes an uncompressed bitmap (the picture's size at the peak).
func decodeBMP(ctx context.Context, data []byte, lim Limits) (*still, error) {
	cfg, err := bmp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, bmpError(err)
	}
	if err := lim.check(int64(cfg.Width), int64(cfg.Height)); err != nil {
		return nil, err
	}
	img, err := bmp.Decode(newCtxBytes(ctx, data))
	if err != nil {
		return nil, bmpError(err)
	}
	pic, err := fromImage(img)
	if err != nil {
		return nil, err
	}
	return &still{pic: pic}, nil
}

func bmpError(err error) error {
	if errors.Is(err, bmp.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return err
}

// decodeTIFF decodes the first page of a TIFF (1.3 times the picture's own size at
// the peak, 2.3 times for 16 bits).
func decodeTIFF(ctx context.Context, data []byte, lim Limits) (*still, error) {
	h, err := parseTIFF(data)
	if err != nil {
		return nil, err
	}
	if err := lim.check(int64(h.w), int64(h.h)); err != nil {
		return nil, err
	}
	if h.raw {
		return nil, fmt.Errorf("%w: a camera's raw file", ErrUnsupported)
	}
	img, err := tiff.Decode(newCtxBytes(ctx, data))
	if err != nil {
		if u := tiff.UnsupportedError(""); errors.As(err, &u) {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		return nil, err
	}
	pic, err := fromImage(img)
	if err != nil {
		return nil, err
	}
	s := &still{pic: pic, orientation: h.orientation, meta: h.meta}
	if h.pages > 1 {
		s.notes = []string{fmt.Sprintf("a document of %d pages; the first one is used", h.pages)}
	}
	return s, nil
}
