package pix

import (
	"errors"
	"fmt"
	"image"
)

// ErrShape reports planes whose sizes, strides or buffers do not fit together.
var ErrShape = errors.New("picture planes do not fit together")

// Model says what the components of a picture mean.
type Model uint8

// The colour models a picture can have.
const (
	Gray Model = iota // one plane, one component: luma
	RGBA              // one plane, four interleaved components, straight alpha
	YUV               // three planes of one component: Y', Cb, Cr
)

// String gives the model's name in lower case.
func (m Model) String() string {
	switch m {
	case Gray:
		return "gray"
	case RGBA:
		return "rgba"
	case YUV:
		return "yuv"
	}
	return fmt.Sprintf("model(%d)", uint8(m))
}

// Plane is a rectangle of samples. Exactly one of Pix8 and Pix16 is set: Pix8
// for pictures of 8 bits, Pix16 (native byte order, values 0..1<<Bits-1) above.
type Plane struct {
	W, H           int // samples across and down
	Stride         int // elements from the start of one row to the next
	Comps          int // interleaved components of one sample, 1 to 4
	ShiftX, ShiftY uint8
	Pix8           []uint8
	Pix16          []uint16
}

// Colour carries the colour description of the source, in the code points of
// ITU-T H.273, so that it can be written out again unchanged. The zero code 2
// means unspecified; 0 in these fields also stands for unspecified.
type Colour struct {
	Primaries uint8
	Transfer  uint8
	Matrix    uint8
	FullRange bool // Y' spans 0..max instead of 16..235 (scaled by the bit depth)
}

// H.273 code points used by name in this program.
const (
	TransferPQ     = 16 // SMPTE ST 2084
	TransferHLG    = 18 // ARIB STD-B67
	MatrixBT709    = 1
	MatrixBT601    = 6
	MatrixBT2020   = 9
	PrimariesBT709 = 1
	Unspecified    = 2
)

// Picture is a still or a video frame. W and H are in luma (or RGBA) samples.
// Planes[:N] are in use: one for Gray and RGBA, three for YUV.
type Picture struct {
	W, H   int
	Bits   int // of one component: 8, 10, 12 or 16
	Model  Model
	Alpha  bool // RGBA only: the alpha component carries information
	N      int
	Planes [3]Plane
	Colour Colour
	pool   *Pool // where Release returns the memory, nil when not pooled
}

// Layout describes the memory of a picture without having any.
type Layout struct {
	W, H           int
	Bits           int
	Model          Model
	ShiftX, ShiftY uint8 // of the chroma planes: 1,1 is 4:2:0, 1,0 is 4:2:2
}

// LayoutOf returns the layout of p.
func LayoutOf(p *Picture) Layout {
	l := Layout{W: p.W, H: p.H, Bits: p.Bits, Model: p.Model}
	if p.Model == YUV {
		l.ShiftX, l.ShiftY = p.Planes[1].ShiftX, p.Planes[1].ShiftY
	}
	return l
}

// Resized returns l with another size.
func (l Layout) Resized(w, h int) Layout {
	l.W, l.H = w, h
	return l
}

// Samples is the number of elements (not bytes) in all planes of the layout.
func (l Layout) Samples() int {
	switch l.Model {
	case RGBA:
		return l.W * l.H * 4
	case YUV:
		cw, ch := l.chroma()
		return l.W*l.H + 2*cw*ch
	default:
		return l.W * l.H
	}
}

// Bytes is the memory a picture of the layout takes.
func (l Layout) Bytes() int {
	if l.Bits > 8 {
		return l.Samples() * 2
	}
	return l.Samples()
}

func (l Layout) chroma() (w, h int) {
	return (l.W + 1<<l.ShiftX - 1) >> l.ShiftX, (l.H + 1<<l.ShiftY - 1) >> l.ShiftY
}

// New allocates a picture with tightly packed planes. It panics on sizes below
// one, which are programming errors: files are checked where they are read.
func New(l Layout) *Picture {
	if l.W < 1 || l.H < 1 {
		panic(fmt.Sprintf("pix.New: %dx%d", l.W, l.H))
	}
	p := &Picture{}
	if l.Bits > 8 {
		p.place(l, nil, make([]uint16, l.Samples()))
	} else {
		p.place(l, make([]uint8, l.Samples()), nil)
	}
	return p
}

// place lays the planes of l into one buffer.
func (p *Picture) place(l Layout, b8 []uint8, b16 []uint16) {
	p.W, p.H, p.Bits, p.Model = l.W, l.H, l.Bits, l.Model
	if p.Bits == 0 {
		p.Bits = 8
	}
	at := 0
	put := func(i, w, h, comps int, sx, sy uint8) {
		pl := Plane{W: w, H: h, Stride: w * comps, Comps: comps, ShiftX: sx, ShiftY: sy}
		n := w * h * comps
		if b16 != nil {
			pl.Pix16 = b16[at : at+n : at+n]
		} else {
			pl.Pix8 = b8[at : at+n : at+n]
		}
		p.Planes[i] = pl
		at += n
	}
	switch l.Model {
	case RGBA:
		p.N = 1
		put(0, l.W, l.H, 4, 0, 0)
	case YUV:
		p.N = 3
		cw, ch := l.chroma()
		put(0, l.W, l.H, 1, 0, 0)
		put(1, cw, ch, 1, l.ShiftX, l.ShiftY)
		put(2, cw, ch, 1, l.ShiftX, l.ShiftY)
	default:
		p.N = 1
		put(0, l.W, l.H, 1, 0, 0)
	}
}

// Sub returns the part of p inside r, sharing p's memory. The corner must lie
// on the chroma grid; sizes may be odd where the part reaches p's edge.
func (p *Picture) Sub(r image.Rectangle) (*Picture, error) {
	if !r.In(image.Rect(0, 0, p.W, p.H)) || r.Empty() {
		return nil, fmt.Errorf("part %v of a %dx%d picture: %w", r, p.W, p.H, ErrShape)
	}
	q := *p
	q.W, q.H, q.pool = r.Dx(), r.Dy(), nil
	for i := range q.N {
		pl := &q.Planes[i]
		if r.Min.X&(1<<pl.ShiftX-1) != 0 || r.Min.Y&(1<<pl.ShiftY-1) != 0 {
			return nil, fmt.Errorf("part %v starts off the chroma grid: %w", r, ErrShape)
		}
		x0, y0 := r.Min.X>>pl.ShiftX, r.Min.Y>>pl.ShiftY
		x1 := (r.Max.X + 1<<pl.ShiftX - 1) >> pl.ShiftX
		y1 := (r.Max.Y + 1<<pl.ShiftY - 1) >> pl.ShiftY
		from := y0*pl.Stride + x0*pl.Comps
		to := (y1-1)*pl.Stride + x1*pl.Comps
		pl.W, pl.H = x1-x0, y1-y0
		if pl.Pix16 != nil {
			pl.Pix16 = pl.Pix16[from:to]
		} else {
			pl.Pix8 = pl.Pix8[from:to]
		}
	}
	return &q, nil
}

// Check verifies that the planes fit the picture's size, bits and model, so
// that kernels may index without looking again.
func (p *Picture) Check() error {
	want, n := 1, 1
	switch p.Model {
	case RGBA:
		want = 4
	case YUV:
		n = 3
	}
	if p.W < 1 || p.H < 1 || p.N != n || p.Bits < 8 || p.Bits > 16 {
		return fmt.Errorf("%dx%d %s picture of %d bits and %d planes: %w", p.W, p.H, p.Model, p.Bits, p.N, ErrShape)
	}
	for i := range n {
		if err := p.checkPlane(i, want); err != nil {
			return err
		}
	}
	return nil
}

// checkPlane verifies one plane, which must have comps components.
func (p *Picture) checkPlane(i, comps int) error {
	pl := &p.Planes[i]
	if pl.Comps != comps {
		return fmt.Errorf("plane %d has %d components, not %d: %w", i, pl.Comps, comps, ErrShape)
	}
	if i == 0 && (pl.ShiftX != 0 || pl.ShiftY != 0) {
		return fmt.Errorf("plane 0 is subsampled: %w", ErrShape)
	}
	if pl.ShiftX > 2 || pl.ShiftY > 2 {
		return fmt.Errorf("plane %d is subsampled by %d, %d: %w", i, pl.ShiftX, pl.ShiftY, ErrShape)
	}
	w := (p.W + 1<<pl.ShiftX - 1) >> pl.ShiftX
	h := (p.H + 1<<pl.ShiftY - 1) >> pl.ShiftY
	need := (h-1)*pl.Stride + w*pl.Comps
	have := len(pl.Pix8)
	if p.Bits > 8 {
		have = len(pl.Pix16)
	}
	if pl.W != w || pl.H != h || pl.Stride < w*pl.Comps || have < need {
		return fmt.Errorf("plane %d is %dx%d, stride %d, %d elements, for %dx%d: %w",
			i, pl.W, pl.H, pl.Stride, have, w, h, ErrShape)
	}
	return nil
}

// CopyTo copies p's samples into dst, which must have the same layout.
func (p *Picture) CopyTo(dst *Picture) error {
	if LayoutOf(p) != LayoutOf(dst) {
		return fmt.Errorf("copy %+v to %+v: %w", LayoutOf(p), LayoutOf(dst), ErrShape)
	}
	for i := range p.N {
		s, d := &p.Planes[i], &dst.Planes[i]
		n := s.W * s.Comps
		for y := range s.H {
			if p.Bits > 8 {
				copy(d.Pix16[y*d.Stride:y*d.Stride+n], s.Pix16[y*s.Stride:y*s.Stride+n])
			} else {
				copy(d.Pix8[y*d.Stride:y*d.Stride+n], s.Pix8[y*s.Stride:y*s.Stride+n])
			}
		}
	}
	dst.Alpha, dst.Colour = p.Alpha, p.Colour
	return nil
}
