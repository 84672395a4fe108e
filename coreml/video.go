package coreml

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Camera is what a spatial file says of the cameras that took it; the numbers
// come from processor/pack.DeriveSpatial.
type Camera struct {
	BaselineMicrometres uint32
	HFOVMillidegrees    uint32
	Adjustment          int32   // 1/10000 of the width, positive is farther
	Focal               float64 // pixels; photos only, as the next three
	LeftX, RightX, Y    float64 // principal points in pixels
	Hero                Eye     // which eye stands for both on a flat screen
}

// Eye names one eye, or none.
type Eye int32

// The eyes, in the numbers of bridge.h.
const (
	NoEye    Eye = 0
	LeftEye  Eye = 1
	RightEye Eye = 2
)

func (c Camera) check() error {
	finite := !math.IsNaN(c.Focal+c.LeftX+c.RightX+c.Y) && !math.IsInf(c.Focal+c.LeftX+c.RightX+c.Y, 0)
	switch {
	case c.BaselineMicrometres < 1 || c.BaselineMicrometres > math.MaxInt32,
		c.HFOVMillidegrees < 1 || c.HFOVMillidegrees >= 180000,
		c.Adjustment < -10000 || c.Adjustment > 10000,
		c.Hero < NoEye || c.Hero > RightEye, !finite:
		return fmt.Errorf("camera %+v: %w", c, ErrArgument)
	}
	return nil
}

// Chapter is a named part of a film, from Start to before End.
type Chapter struct {
	Title      string
	Start, End int64
}

// SpatialVideoOptions say what film to write. Times are in units of
// 1/Timescale second on the source's own clock.
type SpatialVideoOptions struct {
	Path string // the .mov to create; it must not exist
	// Source is a file whose audio, timed metadata, subtitles and file
	// metadata are copied, but not its chapters. AVFoundation must be able to
	// read it: for others pass a .mov that ffmpeg made of their audio. "" copies
	// nothing.
	Source    string
	W, H      int  // of one eye, even
	Bits      int  // 8 or 10; 4:2:0 always
	FullRange bool // of the samples
	PixelW    int  // shape of a pixel; 0 or equal to PixelH: square
	PixelH    int
	Primaries uint8 // H.273 code points, 0 and 2 unspecified
	Transfer  uint8
	Matrix    uint8
	Mastering []byte // HDR10, or nil: 24 bytes as in the SEI message (SMPTE ST 2086)
	Light     []byte // HDR10, or nil: 4 bytes as in the SEI message (CTA-861.3)
	Timescale int32
	Start     int64     // time of the first moment shown; Source is cut there
	Until     int64     // nothing of Source after this is copied; 0: to its end
	Quality   float64   // 0..1; below 0 the encoder chooses
	Bitrate   int64     // bits a second for both eyes; 0: by Quality
	Chapters  []Chapter // in order, without overlap; titles of at most 65535 bytes
	Camera    Camera
}

func evenSide(n int) bool { return n >= 2 && n <= 16384 && n%2 == 0 }

func pixelShape(w, h int) bool {
	return w >= 0 && h >= 0 && (w == 0) == (h == 0) && max(w, h) <= math.MaxInt32
}

// wholeHDR10 reports whether what there is of HDR10 has the size it must have.
func (o *SpatialVideoOptions) wholeHDR10() bool {
	m, l := len(o.Mastering), len(o.Light)
	return (m == 0 || m == masteringBytes) && (l == 0 || l == lightBytes)
}

func (o *SpatialVideoOptions) check() error {
	switch {
	case !strings.EqualFold(filepath.Ext(o.Path), ".mov"):
		return fmt.Errorf("%s: a spatial video is a .mov: %w", o.Path, ErrArgument)
	case !evenSide(o.W) || !evenSide(o.H):
		return fmt.Errorf("eyes of %dx%d: sides must be even, at most 16384: %w", o.W, o.H, ErrArgument)
	case o.Bits != 8 && o.Bits != 10:
		return fmt.Errorf("%d bits: must be 8 or 10: %w", o.Bits, ErrArgument)
	case !pixelShape(o.PixelW, o.PixelH):
		return fmt.Errorf("pixels of %d:%d: %w", o.PixelW, o.PixelH, ErrArgument)
	case o.Timescale < 1 || o.Until != 0 && o.Until <= o.Start:
		return fmt.Errorf("timescale %d, from %d until %d: %w", o.Timescale, o.Start, o.Until, ErrArgument)
	case o.Quality > 1 || math.IsNaN(o.Quality) || o.Bitrate < 0:
		return fmt.Errorf("quality %g, bit rate %d: %w", o.Quality, o.Bitrate, ErrArgument)
	case !o.wholeHDR10():
		return fmt.Errorf("HDR10 data of %d and %d bytes: %w", len(o.Mastering), len(o.Light), ErrArgument)
	}
	if err := o.checkChapters(); err != nil {
		return err
	}
	return o.Camera.check()
}

// What the SEI messages of HDR10 hold.
const (
	masteringBytes = 24
	lightBytes     = 4
)

func (o *SpatialVideoOptions) checkChapters() error {
	last := o.Start
	for i, c := range o.Chapters {
		late := o.Until != 0 && c.End > o.Until
		if c.Start < last || c.End <= c.Start || late {
			return fmt.Errorf("chapter %d from %d to %d, after %d: %w", i+1, c.Start, c.End, last, ErrArgument)
		}
		if len(c.Title) > math.MaxUint16 || !utf8.ValidString(c.Title) || strings.ContainsRune(c.Title, 0) {
			return fmt.Errorf("chapter %d: a title of %d bytes: %w", i+1, len(c.Title), ErrArgument)
		}
		last = c.End
	}
	return nil
}

// Frame is one eye of one moment: planes Y', Cb, Cr in 4:2:0. Pix8 is set for
// films of 8 bits, Pix16 (values 0..1023) for 10. Strides are in elements.
type Frame struct {
	Pix8   [3][]uint8
	Pix16  [3][]uint16
	Stride [3]int
}

// VideoReport tells what a finished film holds.
type VideoReport struct {
	Frames   int      `json:"frames"`
	Audio    int      `json:"audio"`    // audio tracks copied
	Other    int      `json:"other"`    // subtitle and timed metadata tracks copied
	Chapters int      `json:"chapters"` // chapters written
	Skipped  []string `json:"skipped"`  // tracks the file cannot hold
}

// SpatialVideoWriter writes MV-HEVC with Apple's spatial metadata. It belongs
// to one goroutine at a time.
type SpatialVideoWriter struct {
	o       SpatialVideoOptions
	h       unsafe.Pointer
	last    int64
	frames  int
	scratch [2][]uint16 // one eye's planes as the encoder wants them
}

// NewSpatialVideoWriter begins a film. It needs macOS 14 and a Mac whose
// encoder does MV-HEVC (Apple silicon).
func NewSpatialVideoWriter(o SpatialVideoOptions) (*SpatialVideoWriter, error) {
	if err := Linked(); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("spatial video: %w", err)
	}
	if err := absolute(&o.Path, &o.Source); err != nil {
		return nil, fmt.Errorf("spatial video: %w", err)
	}
	h, err := nativeVideoOpen(&o)
	if err != nil {
		return nil, fmt.Errorf("spatial video %s: %w", o.Path, err)
	}
	return &SpatialVideoWriter{o: o, h: h}, nil
}

// Write adds the eyes shown at time, which must be later than the last. It
// waits while the encoder is busy and returns ctx's error when cancelled.
func (w *SpatialVideoWriter) Write(ctx context.Context, left, right *Frame, time int64) error {
	if w.h == nil {
		return fmt.Errorf("spatial video %s: %w", w.o.Path, ErrClosed)
	}
	if time < w.o.Start || w.frames > 0 && time <= w.last {
		return fmt.Errorf("spatial video %s: frame %d at time %d after %d: %w", w.o.Path, w.frames, time, w.last, ErrArgument)
	}
	var eyes [2]Image
	for i, f := range []*Frame{left, right} {
		p, err := w.arrange(f, &w.scratch[i])
		if err != nil {
			return fmt.Errorf("spatial video %s frame %d: %w", w.o.Path, w.frames, err)
		}
		eyes[i] = p
	}
	err := withToken(ctx, func(token unsafe.Pointer) error {
		return nativeVideoAppend(w.h, token, &eyes[0], &eyes[1], time)
	})
	if err != nil {
		return fmt.Errorf("spatial video %s frame %d: %w", w.o.Path, w.frames, err)
	}
	w.last = time
	w.frames++
	return nil
}

// Finish ends the film at the given time, after the last frame, and waits for
// the copied tracks. The writer must still be closed.
func (w *SpatialVideoWriter) Finish(ctx context.Context, end int64) (VideoReport, error) {
	var report VideoReport
	if w.h == nil {
		return report, fmt.Errorf("spatial video %s: %w", w.o.Path, ErrClosed)
	}
	if w.frames == 0 || end <= w.last {
		return report, fmt.Errorf("spatial video %s: %d frames, end %d after %d: %w", w.o.Path, w.frames, end, w.last, ErrArgument)
	}
	err := withToken(ctx, func(token unsafe.Pointer) error {
		text, err := nativeVideoFinish(w.h, token, end)
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &report)
	})
	if err == nil && report.Frames != w.frames {
		err = fmt.Errorf("%d frames went in and %d came out: %w", w.frames, report.Frames, ErrFailed)
	}
	if err != nil {
		return report, fmt.Errorf("spatial video %s: %w", w.o.Path, err)
	}
	return report, nil
}

// Close gives the writer back. A film that was not finished is removed. Later
// calls do nothing.
func (w *SpatialVideoWriter) Close() error {
	if w.h != nil {
		nativeVideoFree(w.h)
		w.h = nil
	}
	return nil
}

// arrange brings an eye into the two planes the encoder takes: chroma
// interleaved and, in films of 10 bits, samples in the upper bits.
func (w *SpatialVideoWriter) arrange(f *Frame, scratch *[]uint16) (Image, error) {
	p := Image{W: w.o.W, H: w.o.H, fullRange: w.o.FullRange}
	cw, ch := w.o.W/2, w.o.H/2
	for i, size := range [3][2]int{{w.o.W, w.o.H}, {cw, ch}, {cw, ch}} {
		have := len(f.Pix8[i])
		if w.o.Bits > 8 {
			have = len(f.Pix16[i])
		}
		if f.Stride[i] < size[0] || have < (size[1]-1)*f.Stride[i]+size[0] {
			return p, fmt.Errorf("plane %d has stride %d and %d samples for %dx%d: %w",
				i, f.Stride[i], have, size[0], size[1], ErrArgument)
		}
	}
	if w.o.Bits == 8 {
		chroma := room(scratch, (w.o.W*ch+1)/2)
		bytes := Bytes(chroma)[:w.o.W*ch]
		weave(bytes, f.Pix8, f.Stride, cw, ch, 0)
		p.Format = yuv420x8
		p.Planes[0] = Plane{Data: f.Pix8[0], Stride: f.Stride[0]}
		p.Planes[1] = Plane{Data: bytes, Stride: w.o.W}
		return p, p.check()
	}
	all := room(scratch, w.o.W*(w.o.H+ch))
	luma, chroma := all[:w.o.W*w.o.H], all[w.o.W*w.o.H:]
	for y := range w.o.H {
		src := f.Pix16[0][y*f.Stride[0]:][:w.o.W]
		dst := luma[y*w.o.W:][:w.o.W]
		for x, v := range src {
			dst[x] = v << 6
		}
	}
	weave(chroma, f.Pix16, f.Stride, cw, ch, 6)
	p.Format = yuv420x10
	p.Planes[0] = Plane{Data: Bytes(luma), Stride: 2 * w.o.W}
	p.Planes[1] = Plane{Data: Bytes(chroma), Stride: 2 * w.o.W}
	return p, p.check()
}

// weave interleaves planes 1 and 2, of w x h samples, shifted to the left.
func weave[T uint8 | uint16](dst []T, planes [3][]T, stride [3]int, w, h, shift int) {
	for y := range h {
		cb := planes[1][y*stride[1]:][:w]
		cr := planes[2][y*stride[2]:][:w]
		row := dst[y*2*w:][:2*w]
		for x, v := range cb {
			row[2*x] = v << shift
			row[2*x+1] = cr[x] << shift
		}
	}
}

// room returns n elements of s, which grows when it has fewer.
func room(s *[]uint16, n int) []uint16 {
	if len(*s) < n {
		*s = make([]uint16, n)
	}
	return (*s)[:n]
}

// absolute makes paths absolute in place; empty ones stay empty.
func absolute(paths ...*string) error {
	for _, p := range paths {
		if *p == "" {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return err
		}
		*p = abs
	}
	return nil
}
