package media

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"

	"spatialmaker/processor/pix"
)

// EncodeMPO writes a stereo pair as a multi-picture file (CIPA DC-007), the way
// 3D cameras do: two whole JPEGs behind each other, the left eye first, whose
// index says where the right one lies. Programs that know nothing of it show
// the left eye. Both carry the metadata of e; its Format is not looked at.
func EncodeMPO(ctx context.Context, w io.Writer, left, right *pix.Picture, e Encoding) error {
	e.Format = FormatJPEG
	var files [2][]byte
	var segments [2][]byte
	var cuts [2]int
	for i, eye := range []*pix.Picture{left, right} {
		var b bytes.Buffer
		if err := EncodePhoto(ctx, &b, eye, e); err != nil {
			return err
		}
		files[i], segments[i] = b.Bytes(), mpfSegment(i+1)
		var err error
		if cuts[i], err = behindEXIF(files[i]); err != nil {
			return fmt.Errorf("encode mpo: %w", err)
		}
	}
	sizes := [2]int{len(files[0]) + len(segments[0]), len(files[1]) + len(segments[1])}
	if sizes[0]+sizes[1] > math.MaxUint32 {
		return fmt.Errorf("%w: an MPO of more than 4 GB", ErrEncode)
	}
	mpfIndex(segments[0], cuts[0], sizes[0], sizes[1])
	for i, f := range files {
		for _, part := range [][]byte{f[:cuts[i]], segments[i], f[cuts[i]:]} {
			if _, err := w.Write(part); err != nil {
				return fmt.Errorf("encode mpo: %w", classifyWrite(err))
			}
		}
	}
	return nil
}

// behindEXIF is where the index goes: behind the segments of JFIF and EXIF, in
// front of all others (DC-007 figure 4).
func behindEXIF(b []byte) (int, error) {
	at := 2
	for {
		marker, body, next, err := nextSegment(b, at)
		if err != nil {
			return 0, err
		}
		if marker != markAPP0 && (marker != 0xe1 || bytes.HasPrefix(body, []byte(xmpName))) {
			return at, nil
		}
		at = next
	}
}
