package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"spatialmaker/processor/pix"
)

// jpegColour is what JFIF fixes: full range BT.601. Primaries and transfer are
// the profile's, sRGB when there is none.
var jpegColour = pix.Colour{
	Primaries: pix.Unspecified, Transfer: pix.Unspecified, Matrix: pix.MatrixBT601, FullRange: true,
}

// decodeJPEG decodes a JPEG; the planes of the standard library's picture are
// used in place. At its peak it takes the picture's own size for a sequential
// file, 5 times that for a progressive one (its coefficients are kept in 32
// bits), 3.5 times for an arithmetic-coded one, and twice for four inks.
func decodeJPEG(ctx context.Context, data []byte, lim Limits) (*still, error) {
	j, err := parseJPEG(data)
	if err != nil {
		return nil, err
	}
	if err := lim.check(int64(j.w), int64(j.h)); err != nil {
		return nil, err
	}
	if err := j.supported(); err != nil {
		return nil, err
	}
	if j.progressive() && bytes.Count(data[j.sosAt:], []byte{0xff, markSOS}) > maxScans {
		return nil, fmt.Errorf("%w: a JPEG of more than %d scans", ErrUnsupported, maxScans)
	}
	stream := data
	if j.arithmetic() {
		if stream, err = transcodeArithmetic(ctx, data, j); err != nil {
			return nil, err
		}
	}
	// Without an Adobe segment four components are plain CMYK, which the
	// standard library leaves undecided: the segment is added, and the
	// inversion it stands for is undone below.
	plainCMYK := len(j.comps) == 4 && j.adobe < 0
	if plainCMYK {
		rest := stream[2:]
		stream = append([]byte{0xff, markSOI}, adobeSegment...)
		stream = append(stream, rest...)
	}
	img, err := jpeg.Decode(ctxReader{ctx, bytes.NewReader(stream)})
	if err != nil {
		return nil, jpegError(err, data[j.sosAt:])
	}
	pic, err := fromJPEG(img, plainCMYK)
	if err != nil {
		return nil, err
	}
	s := &still{pic: pic, orientation: exifOrientation(j.meta.EXIF), meta: j.meta}
	if iccSpace(s.meta.ICC) == "CMYK" {
		s.meta.ICC = nil // the picture is RGB now
	}
	s.notes = j.notes()
	return s, nil
}

// adobeSegment says "Adobe, no colour transform".
var adobeSegment = []byte{0xff, 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0}

// supported refuses what no decoder here reads, in words.
func (j *jpegHeader) supported() error {
	switch {
	case j.precision != 8:
		return fmt.Errorf("%w: a JPEG of %d bits a sample", ErrUnsupported, j.precision)
	case j.sof == 0xc3 || j.sof == 0xcb:
		return fmt.Errorf("%w: a lossless JPEG of the 1992 kind", ErrUnsupported)
	case j.sof > markSOF2 && !j.arithmetic():
		return fmt.Errorf("%w: a hierarchical JPEG (frame type %d)", ErrUnsupported, j.sof-markSOF0)
	case len(j.comps) != 1 && len(j.comps) != 3 && len(j.comps) != 4:
		return fmt.Errorf("%w: a JPEG of %d components", ErrUnsupported, len(j.comps))
	}
	return nil
}

// notes tells about a stereo pair inside.
func (j *jpegHeader) notes() []string {
	switch {
	case j.jps != nil:
		return []string{"this is a JPS file: it is a stereo pair already"}
	case len(j.mpf) > 0:
		if n := len(mpfPictures(j)); n > 1 {
			return []string{fmt.Sprintf("this file holds %d pictures (MPO); the first one is used", n)}
		}
	}
	return nil
}

// jpegError sorts the standard library's errors. scans is the file from its
// first scan on: an error in a file without an end marker comes from its being
// cut off, whatever the decoder stumbled over.
func jpegError(err error, scans []byte) error {
	if u := jpeg.UnsupportedError(""); errors.As(err, &u) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if f := jpeg.FormatError(""); errors.As(err, &f) && !bytes.Contains(scans, []byte{0xff, markEOI}) {
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	return err
}

// fromJPEG takes over what the standard decoder returned.
func fromJPEG(img image.Image, plainCMYK bool) (*pix.Picture, error) {
	switch m := img.(type) {
	case *image.YCbCr:
		return fromYCbCr(m, jpegColour)
	case *image.Gray:
		return fromGray(m), nil
	case *image.CMYK:
		return fromCMYK(m, plainCMYK), nil
	case *image.RGBA:
		return fromRGBA8(m.Pix, m.Stride, m.Rect, false), nil
	}
	return nil, fmt.Errorf("%w: a JPEG of colour type %T", ErrUnsupported, img)
}
