package media

import (
	"context"
	"fmt"

	"spatialmaker/processor/pix"
)

// colourTolerance is how far, in parts of the full range, the colours of a grey
// map may differ: what lossy coding leaves of grey.
const colourTolerance = 8.0 / 255

// DecodeMap reads a grey picture of any photo format as a depth map: sample 0
// becomes 0 (farthest) and the largest sample, 255 or 65535, exactly 1
// (nearest); nothing is normalised. A picture with colours is ErrNotGray.
func DecodeMap(ctx context.Context, path string, lim Limits) (*pix.Map, error) {
	p, err := DecodePhoto(ctx, path, lim)
	if err != nil {
		return nil, err
	}
	m, err := mapOf(p.Picture)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	return m, nil
}

// mapOf takes the luma of a grey picture.
func mapOf(p *pix.Picture) (*pix.Map, error) {
	m := pix.NewMap(p.W, p.H)
	top := float64(uint32(1)<<p.Bits - 1)
	tolerance := int(colourTolerance * top)
	switch p.Model {
	case pix.YUV:
		for i := 1; i < p.N; i++ {
			if !neutral(&p.Planes[i], tolerance) {
				return nil, ErrNotGray
			}
		}
	case pix.RGBA:
		if !colourless(&p.Planes[0], tolerance) {
			return nil, ErrNotGray
		}
	}
	s := &p.Planes[0]
	for y := range p.H {
		row := m.Row(y)
		if s.Pix16 != nil {
			src := s.Pix16[y*s.Stride:]
			for x := range row {
				row[x] = float32(float64(src[x*s.Comps]) / top)
			}
			continue
		}
		src := s.Pix8[y*s.Stride:]
		for x := range row {
			row[x] = float32(float64(src[x*s.Comps]) / top)
		}
	}
	return m, nil
}

// neutral reports whether an 8-bit chroma plane holds no colour.
func neutral(p *pix.Plane, tolerance int) bool {
	for y := range p.H {
		for _, v := range p.Pix8[y*p.Stride : y*p.Stride+p.W] {
			if abs(int(v)-128) > tolerance {
				return false
			}
		}
	}
	return true
}

// colourless reports whether the colours of every RGBA pixel are equal.
func colourless(p *pix.Plane, tolerance int) bool {
	at := func(i int) int {
		if p.Pix16 != nil {
			return int(p.Pix16[i])
		}
		return int(p.Pix8[i])
	}
	for y := range p.H {
		for x := range p.W {
			i := y*p.Stride + 4*x
			r, g, b := at(i), at(i+1), at(i+2)
			if max(r, g, b)-min(r, g, b) > tolerance {
				return false
			}
		}
	}
	return true
}

// abs is the absolute value.
func abs(v int) int { return max(v, -v) }
