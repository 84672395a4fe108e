package media

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"

	"spatialmaker/processor/pix"
)

// DepthFormat is how a depth map is written to a file.
type DepthFormat string

// The depth formats, as they are named on the command line.
const (
	DepthPNG16 DepthFormat = "png16" // grey PNG, 0..65535
	DepthPNG8  DepthFormat = "png8"  // grey PNG, 0..255
	DepthEXR   DepthFormat = "exr"   // OpenEXR, one 32-bit float channel "Y"
)

// DepthFormats lists the depth formats in the order they are shown.
var DepthFormats = []DepthFormat{DepthPNG16, DepthPNG8, DepthEXR}

// Ext is the format's file name extension, with its dot.
func (f DepthFormat) Ext() string {
	if f == DepthEXR {
		return ".exr"
	}
	return ".png"
}

// MapEncoding says how a depth map is written.
type MapEncoding struct {
	Format DepthFormat
	// Lo and Hi are the model's own values that became 0 and 1, written beside
	// the picture (PNG text chunk "Depth range", EXR attributes "depthLo" and
	// "depthHi"). Left out when both are 0.
	Lo, Hi float32
}

// rangeKeyword names the PNG text chunk that holds lo and hi.
const rangeKeyword = "Depth range"

// EncodeMap writes m, whose values are 0..1 with 1 nearest. PNG samples are the
// value times 255 or 65535, rounded, so that DecodeMap gives m back within half
// a step; EXR holds the values as they are.
func EncodeMap(ctx context.Context, w io.Writer, m *pix.Map, e MapEncoding) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("encode depth: %w", err)
	}
	b := bufio.NewWriterSize(w, writeBuffer)
	var err error
	switch e.Format {
	case DepthPNG16, "":
		err = encodeMapPNG(ctx, b, m, e, 16)
	case DepthPNG8:
		err = encodeMapPNG(ctx, b, m, e, 8)
	case DepthEXR:
		err = encodeEXR(ctx, b, m, e)
	default:
		return fmt.Errorf("%w: depth format %q", ErrEncode, e.Format)
	}
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		return fmt.Errorf("encode depth: %w", classifyWrite(err))
	}
	return nil
}

func encodeMapPNG(ctx context.Context, w *bufio.Writer, m *pix.Map, e MapEncoding, depth int) error {
	meta := func() error {
		if e.Lo == 0 && e.Hi == 0 {
			return nil
		}
		return writeChunk(w, "tEXt", []byte(rangeKeyword+"\x00"+number(e.Lo)+" "+number(e.Hi)))
	}
	q := pngPacker{w: m.W, h: m.H, bits: depth, colour: pngGray, comps: 1}
	q.rows = func() func(y int, dst []byte) {
		return func(y int, dst []byte) { mapRow(dst, m.Row(y), depth) }
	}
	return q.write(ctx, w, 0, meta)
}

// mapRow writes a row of the map as grey samples of 8 or 16 bits.
func mapRow(dst []byte, row []float32, depth int) {
	if depth == 8 {
		for x, v := range row {
			dst[x] = uint8(scaled(v, 255))
		}
		return
	}
	for x, v := range row {
		binary.BigEndian.PutUint16(dst[2*x:], uint16(scaled(v, 65535)))
	}
}

// scaled maps 0..1 to 0..top; NaN, which compares false, becomes 0.
func scaled(v, top float32) uint32 {
	switch {
	case v >= 1:
		return uint32(top)
	case v > 0:
		return uint32(float64(v)*float64(top) + 0.5)
	}
	return 0
}

func number(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
