package media

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"io"

	"spatialmaker/processor/pix"
)

// maxSegment is the most that fits into one JPEG segment beside its length.
const maxSegment = 65533

// encodeJPEG writes a baseline JPEG. Full-range BT.601 planes go to the encoder
// as they are.
func encodeJPEG(w *bufio.Writer, p *pix.Picture, e Encoding) error {
	if err := sizeLimit(p, FormatJPEG, 65535); err != nil {
		return err
	}
	if err := writeJPEGHead(w, e.Meta); err != nil {
		return err
	}
	body := &skipWriter{w: w, skip: 2} // the encoder's own start marker
	return jpeg.Encode(body, jpegImage(p), &jpeg.Options{Quality: e.Quality})
}

// writeJPEGHead writes the start marker and the metadata's segments.
func writeJPEGHead(w io.Writer, m Metadata) error {
	if _, err := w.Write([]byte{0xff, markSOI}); err != nil {
		return err
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

// skipWriter drops the first bytes written to it.
type skipWriter struct {
	w    io.Writer
	skip int
}

// Write passes b on, without what is still to be dropped.
func (s *skipWriter) Write(b []byte) (int, error) {
	n := min(s.skip, len(b))
	s.skip -= n
	if n == len(b) {
		return n, nil
	}
	m, err := s.w.Write(b[n:])
	return n + m, err
}

// jpegImage gives p a form that the standard encoder has a fast path for.
func jpegImage(p *pix.Picture) image.Image {
	r := image.Rect(0, 0, p.W, p.H)
	if p.Bits == 8 && p.Model == pix.Gray {
		return &image.Gray{Pix: p.Planes[0].Pix8, Stride: p.Planes[0].Stride, Rect: r}
	}
	if p.Bits == 8 && p.Model == pix.YUV && p.Planes[1].Stride == p.Planes[2].Stride {
		if ratio, ok := subsampleRatio(p.Planes[1].ShiftX, p.Planes[1].ShiftY); ok {
			return &image.YCbCr{
				Y: p.Planes[0].Pix8, Cb: p.Planes[1].Pix8, Cr: p.Planes[2].Pix8, SubsampleRatio: ratio,
				YStride: p.Planes[0].Stride, CStride: p.Planes[1].Stride, Rect: r,
			}
		}
	}
	if p.Model == pix.Gray {
		out := image.NewGray(r)
		for i := range out.Pix {
			out.Pix[i] = sample8(&p.Planes[0], i/p.W*p.Planes[0].Stride+i%p.W, p.Bits)
		}
		return out
	}
	q := toRGBA8(p)
	if q.Alpha {
		q = overWhite(q)
	}
	return &image.RGBA{Pix: q.Planes[0].Pix8, Stride: q.Planes[0].Stride, Rect: r}
}

// overWhite lays an 8-bit RGBA picture over white paper.
func overWhite(p *pix.Picture) *pix.Picture {
	out := pix.New(pix.LayoutOf(p))
	out.Colour = p.Colour
	s, d := &p.Planes[0], &out.Planes[0]
	for y := range p.H {
		src, dst := s.Pix8[y*s.Stride:y*s.Stride+4*p.W], d.Pix8[y*d.Stride:]
		for i := 0; i < len(src); i += 4 {
			a := uint32(src[i+3])
			for c := range 3 {
				dst[i+c] = uint8((uint32(src[i+c])*a + 255*(255-a) + 127) / 255)
			}
			dst[i+3] = 0xff
		}
	}
	return out
}
