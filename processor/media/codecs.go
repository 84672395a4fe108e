package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"
	_ "unsafe" // for the names below

	_ "github.com/gen2brain/avif"   // carries libavif
	_ "github.com/gen2brain/heic"   // carries libheif
	_ "github.com/gen2brain/jpegxl" // carries libjxl
	_ "github.com/gen2brain/webp"   // carries libwebp

	"spatialmaker/processor/pix"
)

// The compiled libraries inside gen2brain's packages, which do not export them.
// A change of their names in a newer version fails the build's link.
//
//go:linkname heifWasm github.com/gen2brain/heic.heifWasm
var heifWasm []byte

//go:linkname avifWasm github.com/gen2brain/avif.decodeWasm
var avifWasm []byte

//go:linkname jxlWasm github.com/gen2brain/jpegxl.decodeWasm
var jxlWasm []byte

//go:linkname webpWasm github.com/gen2brain/webp.webpWasm
var webpWasm []byte

var (
	libheif = &sandbox{name: "HEIC", packed: &heifWasm}
	libavif = &sandbox{name: "AVIF", packed: &avifWasm}
	libjxl  = &sandbox{name: "JPEG XL", packed: &jxlWasm}
	libwebp = &sandbox{name: "WebP", packed: &webpWasm}
)

// heifAnswer is what libheif says about a picture before decoding it.
type heifAnswer struct{ w, h, colourspace, chroma, premultiplied int }

// Colour spaces and chroma formats of libheif's interface.
const (
	heifYCbCr = 0
	heifRGB   = 1
	heifMono  = 2
	heifNone  = 0
	heif420   = 1
	heif422   = 2
	heif444   = 3
)

// heifStride is the length in bytes of the rows of libheif's planes, which its
// interface does not tell: at least 64 samples, then up to a multiple of 16.
func heifStride(w, comps int) int {
	const least, align = 64, 16
	return (max(w, least)*comps + align - 1) &^ (align - 1)
}

// runHEIF decodes the primary picture of a HEIF file to 8 bits. Planes come as
// they are coded; their range and matrix are the caller's to know.
func runHEIF(ctx context.Context, data []byte, lim Limits) (*pix.Picture, error) {
	return runSandbox(ctx, libheif, sandboxTime(len(data)), func(d *sandboxed) (*pix.Picture, error) {
		return runHEIFIn(d, data, lim)
	})
}

// runHEIFIn does it in a running decoder.
func runHEIFIn(d *sandboxed, data []byte, lim Limits) (*pix.Picture, error) {
	in, err := d.put(data)
	if err != nil {
		return nil, err
	}
	defer d.free(in)
	head, err := d.alloc(20)
	if err != nil {
		return nil, err
	}
	defer d.free(head)
	call := func(only, out uint64) error {
		h := uint64(head)
		return d.decode(uint64(in), uint64(len(data)), only, h, h+4, h+8, h+12, h+16, out)
	}
	if err := call(1, 0); err != nil {
		return nil, err
	}
	v, err := d.words(head, 5)
	if err != nil {
		return nil, err
	}
	if err := lim.check(int64(v[0]), int64(v[1])); err != nil {
		return nil, err
	}
	a := heifAnswer{int(v[0]), int(v[1]), int(v[2]), int(v[3]), int(v[4])}
	layout, size, err := a.layout()
	if err != nil {
		return nil, err
	}
	out, err := d.alloc(size)
	if err != nil {
		return nil, err
	}
	defer d.free(out)
	if err := call(0, uint64(out)); err != nil {
		return nil, err
	}
	b, err := d.view(out, size)
	if err != nil {
		return nil, err
	}
	pic := pix.New(layout)
	for i := range pic.N {
		pl := &pic.Planes[i]
		stride := heifStride(pl.W, pl.Comps)
		for y := range pl.H {
			copy(pl.Pix8[y*pl.Stride:y*pl.Stride+pl.W*pl.Comps], b[y*stride:])
		}
		b = b[stride*pl.H:]
	}
	finishRGBA(pic, a.premultiplied == 1)
	return pic, nil
}

// layout returns the picture's layout and the bytes that the decoder writes.
func (a heifAnswer) layout() (l pix.Layout, size int, err error) {
	l = pix.Layout{W: a.w, H: a.h, Bits: 8}
	switch {
	case a.colourspace == heifRGB:
		l.Model = pix.RGBA
		return l, heifStride(a.w, 4) * a.h, nil
	case a.colourspace == heifMono, a.colourspace == heifYCbCr && a.chroma == heifNone:
		l.Model = pix.Gray
		return l, heifStride(a.w, 1) * a.h, nil
	case a.colourspace == heifYCbCr:
	default:
		return l, 0, fmt.Errorf("%w: colour space %d", ErrUnsupported, a.colourspace)
	}
	l.Model = pix.YUV
	switch a.chroma {
	case heif420:
		l.ShiftX, l.ShiftY = 1, 1
	case heif422:
		l.ShiftX = 1
	case heif444:
	default:
		return l, 0, fmt.Errorf("%w: chroma format %d", ErrUnsupported, a.chroma)
	}
	cw, ch := ceilDiv(a.w, 1<<l.ShiftX), ceilDiv(a.h, 1<<l.ShiftY)
	return l, heifStride(a.w, 1)*a.h + 2*heifStride(cw, 1)*ch, nil
}

// runRGBA decodes with libavif or libjxl, which share one interface: 8-bit RGBA,
// or 16-bit when wide says so for the file's depth.
func runRGBA(ctx context.Context, s *sandbox, data []byte, lim Limits, r rgbaRules) (*pix.Picture, error) {
	return runSandbox(ctx, s, sandboxTime(len(data)), func(d *sandboxed) (*pix.Picture, error) {
		in, err := d.put(data)
		if err != nil {
			return nil, err
		}
		head, err := d.alloc(24) // four numbers, and the first frame's duration
		if err != nil {
			return nil, err
		}
		call := func(only, out uint64) error {
			h := uint64(head)
			return d.decode(uint64(in), uint64(len(data)), only, 0, h, h+4, h+8, h+12, h+16, out)
		}
		if err := call(1, 0); err != nil {
			return nil, err
		}
		v, err := d.words(head, 3)
		if err != nil {
			return nil, err
		}
		if err := lim.check(int64(v[0]), int64(v[1])); err != nil {
			return nil, err
		}
		l := pix.Layout{W: int(v[0]), H: int(v[1]), Bits: 8, Model: pix.RGBA}
		if r.wide(int(v[2])) {
			l.Bits = 16
		}
		out, err := d.alloc(l.Bytes())
		if err != nil {
			return nil, err
		}
		if err := call(0, uint64(out)); err != nil {
			return nil, err
		}
		b, err := d.view(out, l.Bytes())
		if err != nil {
			return nil, err
		}
		pic := pix.New(l)
		pl := &pic.Planes[0]
		if l.Bits == 8 {
			copy(pl.Pix8, b)
		}
		for i := range pl.Pix16 {
			pl.Pix16[i] = r.order.Uint16(b[2*i:])
		}
		finishRGBA(pic, r.premultiplied)
		return pic, nil
	})
}

// rgbaRules is how a library hands out its samples.
type rgbaRules struct {
	wide          func(bits int) bool // whether a file of so many bits gives 16
	order         binary.ByteOrder    // of 16-bit samples
	premultiplied bool
}

var (
	avifRules = rgbaRules{func(bits int) bool { return bits > 8 }, binary.LittleEndian, true}
	jxlRules  = rgbaRules{func(bits int) bool { return bits == 16 }, binary.BigEndian, false}
)

// webpRules is how libwebp encodes.
type webpRules struct {
	planes, lossless bool // 4:2:0 planes and alpha one after the other, or straight RGBA
	quality, method  int
}

// encodeTime is how long an encoder may take. Pictures of ours lead none astray.
const encodeTime = time.Hour

// runWebP encodes samples that fill writes, not after it has returned.
func runWebP(ctx context.Context, w, h, size int, r webpRules, fill func(dst []byte)) ([]byte, error) {
	const yuva = 4 // WEBP_YUV420A
	var mu sync.Mutex
	over := false // a cancelled call returns while its codec still runs
	defer func() {
		mu.Lock()
		over = true
		mu.Unlock()
	}()
	return runSandbox(ctx, libwebp, encodeTime, func(d *sandboxed) ([]byte, error) {
		length, err := d.alloc(4)
		if err != nil {
			return nil, err
		}
		in, err := d.alloc(size)
		if err != nil {
			return nil, err
		}
		b, err := d.view(in, size)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		if !over {
			fill(b)
		}
		mu.Unlock()
		space, exact := uint64(0), uint64(0)
		if r.planes {
			space = yuva
		}
		if r.lossless {
			exact = 1 // keeps colours below full transparency
		}
		at, err := d.call("encode", uint64(in), uint64(w), uint64(h), uint64(length), space, uint64(r.quality), uint64(r.method), exact, exact)
		if err != nil {
			return nil, err
		}
		n, err := d.words(length, 1)
		if err != nil {
			return nil, err
		}
		out, err := d.view(at, int(n[0]))
		return bytes.Clone(out), err
	})
}

// finishRGBA looks for alpha and divides premultiplied colours by it.
func finishRGBA(p *pix.Picture, premultiplied bool) {
	p.Colour = rgbColour
	if p.Model != pix.RGBA {
		return
	}
	if s := &p.Planes[0]; s.Pix16 != nil {
		p.Alpha = straighten(s.Pix16, premultiplied)
	} else {
		p.Alpha = straighten(s.Pix8, premultiplied)
	}
}

// straighten reports whether RGBA samples have alpha, and divides by it.
func straighten[T uint8 | uint16](px []T, premultiplied bool) (alpha bool) {
	top := uint32(^T(0))
	for i := 3; i < len(px); i += 4 {
		a := uint32(px[i])
		if a == top {
			continue
		}
		alpha = true
		if !premultiplied || a == 0 {
			continue
		}
		for c := i - 3; c < i; c++ {
			px[c] = T(min(top, (uint32(px[c])*top+a/2)/a))
		}
	}
	return alpha
}
