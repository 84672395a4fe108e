package coreml

import (
	"fmt"
	"math"
	"unsafe"
)

// Format says how the samples of an Image lie in memory.
type Format int32

// The formats, in the numbers of bridge.h. 16-bit and float samples are in
// native byte order.
const (
	BGRA8     Format = 1 // one plane, 4 bytes a pixel
	RGBF32    Format = 2 // three planes of float32: R, G, B
	RGBX8     Format = 3 // one plane, 4 bytes; the fourth is ignored
	RGBX16    Format = 4 // one plane, 4 uint16; the fourth is ignored
	yuv420x8  Format = 5 // Y' and interleaved Cb Cr
	yuv420x10 Format = 6 // the same in uint16, the sample in the upper 10 bits
)

// Plane is rows of bytes, Stride apart. Data reaches at least to the end of
// the last row.
type Plane struct {
	Data   []byte
	Stride int
}

// Image is a picture handed to the bridge for one call.
type Image struct {
	Format Format
	W, H   int
	Planes [3]Plane // as many as the format has

	fullRange bool
}

// Bytes views samples as the bytes a Plane wants, without copying.
func Bytes[T uint8 | uint16 | float32](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(s[0])))
}

// planes gives the number of planes of a format, and for each its bytes in a
// row and its rows at size w x h.
func (f Format) planes(w, h int) (n int, row, rows [3]int) {
	switch f {
	case BGRA8, RGBX8:
		return 1, [3]int{4 * w}, [3]int{h}
	case RGBX16:
		return 1, [3]int{8 * w}, [3]int{h}
	case RGBF32:
		return 3, [3]int{4 * w, 4 * w, 4 * w}, [3]int{h, h, h}
	case yuv420x8:
		return 2, [3]int{w, w}, [3]int{h, h / 2}
	case yuv420x10:
		return 2, [3]int{2 * w, 2 * w}, [3]int{h, h / 2}
	}
	return 0, row, rows
}

// check verifies that the planes hold the picture, so that the other side may
// read it without looking again.
func (p *Image) check() error {
	n, row, rows := p.Format.planes(p.W, p.H)
	if n == 0 || p.W < 1 || p.H < 1 || p.W > math.MaxInt32/8 || p.H > math.MaxInt32 {
		return fmt.Errorf("picture of format %d, %dx%d: %w", p.Format, p.W, p.H, ErrArgument)
	}
	for i := range n {
		pl := &p.Planes[i]
		if pl.Stride < row[i] || len(pl.Data) < (rows[i]-1)*pl.Stride+row[i] {
			return fmt.Errorf("plane %d of a %dx%d picture has stride %d and %d bytes: %w",
				i, p.W, p.H, pl.Stride, len(pl.Data), ErrArgument)
		}
	}
	return nil
}

// Answer is where a model's output goes: H rows of W values, Stride elements
// apart.
type Answer struct {
	Data   []float32
	Stride int
	W, H   int
}

func (a *Answer) check() error {
	if a.W < 1 || a.H < 1 || a.Stride < a.W || a.W > math.MaxInt32/4 || a.H > math.MaxInt32 ||
		len(a.Data) < (a.H-1)*a.Stride+a.W {
		return fmt.Errorf("answer of %dx%d, stride %d, %d values: %w", a.W, a.H, a.Stride, len(a.Data), ErrArgument)
	}
	return nil
}
