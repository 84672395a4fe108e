package media

import (
	"bufio"
	"context"
	"encoding/binary"
	"math"

	"spatialmaker/processor/pix"
)

// Constants of the OpenEXR file layout, version 2.
const (
	exrMagic      = 20000630
	exrZIP        = 3  // deflate over blocks of 16 rows
	exrBlockRows  = 16 // of exrZIP
	exrFloat      = 2  // channel type
	exrScanline   = 2  // version field: version 2, single part, scanlines
	exrChunkStart = 8  // row number and size in front of a block
)

// encodeEXR writes a map as an OpenEXR picture with the channel "Y". The blocks
// are packed in parallel and kept until the table of their places is known.
func encodeEXR(ctx context.Context, w *bufio.Writer, m *pix.Map, e MapEncoding) error {
	blocks := make([][]byte, ceilDiv(m.H, exrBlockRows))
	errs := make([]error, len(blocks))
	packers, err := zlibPackers(exrLevel)
	if err != nil {
		return err
	}
	err = pix.Bands(ctx, len(packers), len(blocks), 1, func(worker, i, _ int) {
		blocks[i], errs[i] = exrBlock(packers[worker], m, i*exrBlockRows, min((i+1)*exrBlockRows, m.H))
	})
	if err != nil {
		return err
	}
	head := exrHeader(m, e)
	at := uint64(len(head) + 8*len(blocks))
	for i, b := range blocks {
		if errs[i] != nil {
			return errs[i]
		}
		head = binary.LittleEndian.AppendUint64(head, at)
		at += uint64(exrChunkStart + len(b))
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	for i, b := range blocks {
		start := binary.LittleEndian.AppendUint32(nil, uint32(i*exrBlockRows))
		start = binary.LittleEndian.AppendUint32(start, uint32(len(b)))
		if _, err := w.Write(start); err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// exrHeader returns the magic number and the attributes.
func exrHeader(m *pix.Map, e MapEncoding) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, exrMagic)
	out = le.AppendUint32(out, exrScanline)
	attribute := func(name, typ string, body []byte) {
		out = append(out, name+"\x00"+typ+"\x00"...)
		out = le.AppendUint32(out, uint32(len(body)))
		out = append(out, body...)
	}
	ints := func(v ...uint32) (b []byte) {
		for _, n := range v {
			b = le.AppendUint32(b, n)
		}
		return b
	}
	one := math.Float32bits(1)
	window := ints(0, 0, uint32(m.W-1), uint32(m.H-1))
	// Per channel: name, type, "perceptually linear", three reserved bytes, and
	// the sampling in x and y.
	channels := append([]byte("Y\x00"), ints(exrFloat, 0, 1, 1)...)
	attribute("channels", "chlist", append(channels, 0))
	attribute("compression", "compression", []byte{exrZIP})
	attribute("dataWindow", "box2i", window)
	if e.Lo != 0 || e.Hi != 0 {
		attribute("depthHi", "float", ints(math.Float32bits(e.Hi)))
		attribute("depthLo", "float", ints(math.Float32bits(e.Lo)))
	}
	attribute("displayWindow", "box2i", window)
	attribute("lineOrder", "lineOrder", []byte{0})
	attribute("pixelAspectRatio", "float", ints(one))
	attribute("screenWindowCenter", "v2f", ints(0, 0))
	attribute("screenWindowWidth", "float", ints(one))
	return append(out, 0)
}

// exrBlock packs rows y0 to y1: the bytes of even and odd places are separated,
// each is replaced by its difference from the one before, and deflate follows.
// What deflate does not make smaller is stored plainly.
func exrBlock(p *zlibPacker, m *pix.Map, y0, y1 int) ([]byte, error) {
	raw := make([]byte, 0, 4*m.W*(y1-y0))
	for y := y0; y < y1; y++ {
		for _, v := range m.Row(y) {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
	}
	split := make([]byte, len(raw))
	half := (len(raw) + 1) / 2
	for i, v := range raw {
		split[i&1*half+i>>1] = v
	}
	for i := len(split) - 1; i > 0; i-- {
		split[i] += 128 - split[i-1]
	}
	p.begin()
	if _, err := p.z.Write(split); err != nil {
		return nil, err
	}
	packed, err := p.end()
	if err != nil {
		return nil, err
	}
	if len(packed) >= len(raw) {
		return raw, nil
	}
	return packed, nil
}

// exrLevel is the deflate level: the one OpenEXR itself uses since 3.1.
const exrLevel = 4
