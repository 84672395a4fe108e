package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"spatialmaker/processor/pix"
)

// DefaultMaxPixels is the limit of Limits' zero value: 16384 x 16384.
const DefaultMaxPixels = 268_435_456

// maxFileSize bounds what is read into memory: the largest picture of the
// default limit, uncompressed at 16 bits with alpha, and its metadata.
const maxFileSize = DefaultMaxPixels*8 + 64<<20

// Limits bounds what a file may ask for.
type Limits struct {
	MaxPixels int64 // width times height; 0 means DefaultMaxPixels
}

func (l Limits) maxPixels() int64 {
	if l.MaxPixels > 0 {
		return l.MaxPixels
	}
	return DefaultMaxPixels
}

// check refuses a size that is empty or beyond the limit.
func (l Limits) check(w, h int64) error {
	if w < 1 || h < 1 {
		return fmt.Errorf("%w: the header says %dx%d pixels", ErrCorrupt, w, h)
	}
	if w > l.maxPixels()/h {
		return &TooLargeError{W: w, H: h, MaxPixels: l.maxPixels()}
	}
	return nil
}

// Photo is a decoded still, upright.
type Photo struct {
	Picture     *pix.Picture
	Format      Format
	Orientation int      // EXIF value 1 to 8 that was applied, from whichever place the format keeps it
	Meta        Metadata // of the source; EncodePhoto makes it true for the output
	Notes       []string // what a user may want to know, such as "is already a stereo pair"
	Lossless    bool     // of a WebP: its samples are those that were stored
}

// still is what a format's decoder returns: a picture as it is stored, and the
// orientation that makes it upright (1 when the decoder has applied it).
type still struct {
	pic         *pix.Picture
	orientation int
	applied     int // EXIF value of what the decoder applied itself, 0 for nothing
	meta        Metadata
	notes       []string
	lossless    bool
}

// decoders has one entry for each photo format. They look at the size in the
// header, and refuse it by lim, before they allocate by it.
var decoders = map[Format]func(ctx context.Context, data []byte, lim Limits) (*still, error){
	FormatJPEG: decodeJPEG,
	FormatPNG:  decodePNG,
	FormatGIF:  decodeGIF,
	FormatBMP:  decodeBMP,
	FormatTIFF: decodeTIFF,
	FormatWebP: decodeWebP,
	FormatHEIC: decodeHEIC,
	FormatAVIF: decodeAVIF,
	FormatJXL:  decodeJXL,
}

// DecodePhoto reads a photo of any known kind, found from its content, and
// returns it upright: the orientation of EXIF or of the container is applied
// exactly once. A JPEG stays in its Y'CbCr planes (full range, BT.601,
// subsampled as stored) and a grey one has one plane; other kinds become RGBA
// with straight alpha, or Gray, of 8 or 16 bits.
//
// The size in the header is held against lim before anything is allocated by
// it. Beside the file's bytes, decoding takes at its peak up to 6 times the
// picture's own size (sequential JPEG, 8-bit PNG and WebP once; each decoder
// states its own), and once more while it is turned upright. ctx ends it within
// milliseconds.
func DecodePhoto(ctx context.Context, path string, lim Limits) (*Photo, error) {
	data, err := readFile(ctx, path)
	if err != nil {
		return nil, err
	}
	p, err := decodePhoto(ctx, data, lim)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	return p, nil
}

// decodePhoto decodes a photo that is in memory. A panic inside a decoder (the
// libraries have had some) becomes ErrCorrupt.
func decodePhoto(ctx context.Context, data []byte, lim Limits) (p *Photo, err error) {
	format, err := sniff(data[:min(len(data), sniffLen)])
	if err != nil {
		return nil, err
	}
	if format == FormatVideo {
		return nil, ErrNotPhoto
	}
	decode, ok := decoders[format]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrUnsupported, format)
	}
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("%w: the %s decoder gave up: %v", ErrCorrupt, format, r)
		}
	}()
	s, err := decode(ctx, data, lim)
	if ctxErr := ctx.Err(); ctxErr != nil {
		return nil, ctxErr
	}
	if err != nil {
		return nil, classify(err)
	}
	if err := s.pic.Check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	up, err := upright(ctx, s.pic, s.orientation)
	if err != nil {
		return nil, err
	}
	return &Photo{
		Picture: up, Format: format, Orientation: max(s.orientation, s.applied, 1), Notes: s.notes, Lossless: s.lossless,
		// The copies let the file's bytes go.
		Meta: Metadata{EXIF: bytes.Clone(s.meta.EXIF), ICC: bytes.Clone(s.meta.ICC), XMP: bytes.Clone(s.meta.XMP)},
	}, nil
}

// readFile reads a regular file into memory.
func readFile(ctx context.Context, path string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := fileSize(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	// A film is told from its first bytes, not read whole.
	head := make([]byte, min(size, sniffLen))
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, pathCause(err))
	}
	format, err := sniff(head)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if format == FormatVideo {
		return nil, fmt.Errorf("read %s: %w", path, ErrNotPhoto)
	}
	if size > maxFileSize {
		return nil, fmt.Errorf("read %s: %w: the file has %d MB, the limit is %d", path, ErrTooLarge, size>>20, maxFileSize>>20)
	}
	data := make([]byte, size)
	n := copy(data, head)
	if _, err := io.ReadFull(ctxReader{ctx, f}, data[n:]); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = ErrTruncated // it was cut while being read
		}
		return nil, fmt.Errorf("read %s: %w", path, pathCause(err))
	}
	return data, nil
}

func fileSize(f *os.File) (int64, error) {
	fi, err := f.Stat()
	if err != nil {
		return 0, pathCause(err)
	}
	if fi.Size() == 0 {
		return 0, ErrEmpty
	}
	return fi.Size(), nil
}

// ctxReader ends reading when its context is done.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

// readStep is how much is read between two looks at the context.
const readStep = 1 << 20

// Read reads from the underlying reader unless the context is done.
func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p[:min(len(p), readStep)])
}
