package pack

import (
	"fmt"

	"spatialmaker/processor/pix"
)

// DepthInto paints a nearness map as grey into dst, which has the map's size:
// 0 black, 1 white, over the full range of RGBA and Gray pictures and over the
// nominal range of limited-range YUV. Values outside 0..1 are clamped.
func DepthInto(dst *pix.Picture, m *pix.Map) error {
	if dst.W != m.W || dst.H != m.H {
		return fmt.Errorf("depth of %dx%d into %dx%d: %w", m.W, m.H, dst.W, dst.H, pix.ErrShape)
	}
	peak := float32(int(1)<<dst.Bits - 1)
	lo, span := float32(0), peak
	if dst.Model == pix.YUV && !dst.Colour.FullRange {
		lo, span = float32(int(16)<<(dst.Bits-8)), float32(int(219)<<(dst.Bits-8))
	}
	pl := &dst.Planes[0]
	for y := range m.H {
		row := m.Row(y)
		if dst.Bits > 8 {
			grey(pl.Pix16[y*pl.Stride:], row, pl.Comps, lo, span, uint16(peak))
		} else {
			grey(pl.Pix8[y*pl.Stride:], row, pl.Comps, lo, span, uint8(peak))
		}
	}
	for i := 1; i < dst.N; i++ {
		flat(&dst.Planes[i], 1<<(dst.Bits-1))
	}
	return nil
}

func grey[T uint8 | uint16](dst []T, row []float32, comps int, lo, span float32, alpha T) {
	for x, v := range row {
		// The negated form also sends NaN to black.
		if !(v > 0) {
			v = 0
		} else if v > 1 {
			v = 1
		}
		g := T(lo + v*span + 0.5)
		if comps == 1 {
			dst[x] = g
			continue
		}
		o := x * 4
		dst[o], dst[o+1], dst[o+2], dst[o+3] = g, g, g, alpha
	}
}

func flat(pl *pix.Plane, v int) {
	n := pl.W * pl.Comps
	for y := range pl.H {
		if pl.Pix16 != nil {
			row := pl.Pix16[y*pl.Stride : y*pl.Stride+n]
			for i := range row {
				row[i] = uint16(v)
			}
		} else {
			row := pl.Pix8[y*pl.Stride : y*pl.Stride+n]
			for i := range row {
				row[i] = uint8(v)
			}
		}
	}
}
