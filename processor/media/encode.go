package media

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"spatialmaker/processor/pix"
)

// DefaultQuality is the JPEG and WebP quality used when none is given.
const DefaultQuality = 92

// Encoding says how a picture is written.
type Encoding struct {
	Format   Format   // FormatJPEG, FormatPNG, FormatTIFF or FormatWebP
	Quality  int      // 1 to 100 for JPEG and lossy WebP; 0 means DefaultQuality
	Lossless bool     // WebP only; PNG and TIFF always are
	Meta     Metadata // of the source; made true for the output while writing
	Workers  int      // that may encode at the same time; 0 means one for each processor
}

// writeBuffer is the size of the buffer in front of an output.
const writeBuffer = 256 << 10

// encoders has one entry for each format that can be written.
var encoders = map[Format]func(ctx context.Context, w *bufio.Writer, p *pix.Picture, e Encoding) error{
	FormatJPEG: encodeJPEG,
	FormatPNG:  encodePNG,
	FormatTIFF: encodeTIFF,
	FormatWebP: encodeWebP,
}

// EncodePhoto writes p, which is upright, to w. JPEG and WebP are written with
// 8 bits; PNG and TIFF keep 16. Alpha is kept by PNG, TIFF and WebP, and laid
// over white for JPEG. EXIF is kept with its orientation set to 1, its pixel
// size corrected and its thumbnail removed; the ICC profile is kept where its
// kind of colour is the picture's. A done ctx ends the encoding of WebP; that of the
// others ends when w refuses what they write.
func EncodePhoto(ctx context.Context, w io.Writer, p *pix.Picture, e Encoding) error {
	if err := p.Check(); err != nil {
		return fmt.Errorf("encode %s: %w", e.Format, err)
	}
	encode, ok := encoders[e.Format]
	if !ok {
		return fmt.Errorf("%w: format %q", ErrEncode, e.Format)
	}
	if e.Quality == 0 {
		e.Quality = DefaultQuality
	}
	e.Quality = max(1, min(100, e.Quality))
	e.Meta = e.Meta.forOutput(p)
	if c := p.Colour; p.Model == pix.YUV && !isJPEGColour(c) {
		p = yuvToRGBA(p, c)
	}
	b := bufio.NewWriterSize(w, writeBuffer)
	if err := encode(ctx, b, p, e); err != nil {
		return fmt.Errorf("encode %s: %w", e.Format, classifyWrite(err))
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("encode %s: %w", e.Format, classifyWrite(err))
	}
	return nil
}

// forOutput returns the metadata that is true for an output p.
func (m Metadata) forOutput(p *pix.Picture) Metadata {
	out := Metadata{EXIF: outputEXIF(m.EXIF, p.W, p.H), XMP: outputXMP(m.XMP)}
	want := "RGB "
	if p.Model == pix.Gray {
		want = "GRAY"
	}
	switch {
	case iccSpace(m.ICC) == want:
		out.ICC = m.ICC
	case len(m.ICC) == 0 && p.Model != pix.Gray:
		out.ICC = profileOf(p.Colour)
	}
	return out
}

// sizeLimit refuses a picture larger than a format's fields can say.
func sizeLimit(p *pix.Picture, f Format, most int) error {
	if p.W > most || p.H > most {
		return fmt.Errorf("%w: a %s picture can have at most %d pixels on a side, this one is %dx%d", ErrEncode, f, most, p.W, p.H)
	}
	return nil
}

// isJPEGColour reports whether planes can go into a JPEG as they are.
func isJPEGColour(c pix.Colour) bool {
	return c.FullRange && (c.Matrix == pix.MatrixBT601 || c.Matrix == 5 || c.Matrix == pix.Unspecified || c.Matrix == 0) ||
		c == pix.Colour{}
}
