package media

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"io"

	"spatialmaker/processor/pix"
)

// maxSegment is the most that fits into one JPEG segment beside its length.
const maxSegment = 65533

// encodeJPEG writes a baseline JPEG with the standard encoder, which takes
// full-range BT.601 planes as they are and halves their chroma both ways, and
// puts the metadata in front of it. Bands of rows are coded side by side.
func encodeJPEG(_ context.Context, w *bufio.Writer, p *pix.Picture, e Encoding) error {
	if err := sizeLimit(p, FormatJPEG, 65535); err != nil {
		return err
	}
	if err := writeJPEGMeta(w, e.Meta); err != nil {
		return err
	}
	return writeBands(w, p, e.Quality, e.Workers)
}

// jpegImage gives p a form that the standard encoder has a fast path for;
// transparent parts are laid over white.
func jpegImage(p *pix.Picture) image.Image {
	r := image.Rect(0, 0, p.W, p.H)
	switch {
	case p.Bits == 8 && p.Model == pix.Gray:
		return &image.Gray{Pix: p.Planes[0].Pix8, Stride: p.Planes[0].Stride, Rect: r}
	case p.Bits == 8 && p.Model == pix.YUV && p.Planes[1].Stride == p.Planes[2].Stride:
		if ratio, ok := subsampleRatio(p.Planes[1].ShiftX, p.Planes[1].ShiftY); ok {
			return &image.YCbCr{
				Y: p.Planes[0].Pix8, Cb: p.Planes[1].Pix8, Cr: p.Planes[2].Pix8, SubsampleRatio: ratio,
				YStride: p.Planes[0].Stride, CStride: p.Planes[1].Stride, Rect: r,
			}
		}
	case p.Model == pix.Gray:
		out := image.NewGray(r)
		s := &p.Planes[0]
		for y := range p.H {
			for x := range p.W {
				out.Pix[y*out.Stride+x] = sample8(s, y*s.Stride+x, p.Bits)
			}
		}
		return out
	}
	q := toRGBA8(p)
	if p.Alpha {
		if q == p {
			q = tight(p)
		}
		overWhite(q.Planes[0].Pix8)
	}
	return &image.RGBA{Pix: q.Planes[0].Pix8, Stride: q.Planes[0].Stride, Rect: r}
}

// subsampleRatio returns package image's name for chroma shifts.
func subsampleRatio(sx, sy uint8) (image.YCbCrSubsampleRatio, bool) {
	switch [2]uint8{sx, sy} {
	case [2]uint8{0, 0}:
		return image.YCbCrSubsampleRatio444, true
	case [2]uint8{1, 0}:
		return image.YCbCrSubsampleRatio422, true
	case [2]uint8{1, 1}:
		return image.YCbCrSubsampleRatio420, true
	case [2]uint8{0, 1}:
		return image.YCbCrSubsampleRatio440, true
	case [2]uint8{2, 0}:
		return image.YCbCrSubsampleRatio411, true
	case [2]uint8{2, 1}:
		return image.YCbCrSubsampleRatio410, true
	}
	return 0, false
}

// overWhite lays RGBA samples over white.
func overWhite(row []byte) {
	for i := 0; i+3 < len(row); i += 4 {
		a := uint32(row[i+3])
		if a == 0xff {
			continue
		}
		for c := i; c < i+3; c++ {
			row[c] = uint8((uint32(row[c])*a + 255*(255-a) + 127) / 255)
		}
		row[i+3] = 0xff
	}
}

// writeJPEGMeta writes the start marker and the metadata's segments.
func writeJPEGMeta(w io.Writer, m Metadata) error {
	if _, err := w.Write([]byte{0xff, markSOI}); err != nil {
		return err
	}
	// Without it, or EXIF, some readers take the planes for RGB.
	if len(m.EXIF) == 0 {
		if err := writeSegment(w, markAPP0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00", nil); err != nil {
			return err
		}
	}
	if n := len(m.EXIF); n > 0 && n <= maxSegment-6 {
		if err := writeSegment(w, 0xe1, "Exif\x00\x00", m.EXIF); err != nil {
			return err
		}
	}
	if n := len(m.XMP); n > 0 && n <= maxSegment-len(xmpName) {
		if err := writeSegment(w, 0xe1, xmpName, m.XMP); err != nil {
			return err
		}
	}
	const most = maxSegment - 14
	parts := (len(m.ICC) + most - 1) / most
	if parts > 255 {
		return nil
	}
	for i := range parts {
		part := m.ICC[i*most : min((i+1)*most, len(m.ICC))]
		if err := writeSegment(w, 0xe2, "ICC_PROFILE\x00"+string([]byte{byte(i + 1), byte(parts)}), part); err != nil {
			return err
		}
	}
	return nil
}

func writeSegment(w io.Writer, marker byte, name string, body []byte) error {
	n := 2 + len(name) + len(body)
	if n > maxSegment+2 {
		return fmt.Errorf("%w: a JPEG segment of %d bytes", ErrEncode, n)
	}
	head := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(n))
	if _, err := w.Write(append(head, name...)); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}
