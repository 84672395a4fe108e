package stereo

import (
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
)

// sprites finds the near surface's share of the row's mixed pixels. It is
// composited when the holes are filled, so that the background's edge they are
// filled from is clean.
func (h *holeRow) sprites(mixed []kernel.Mixed) {
	if len(mixed) == 0 {
		return
	}
	l := &h.store.late
	*l = kernel.Sprites(*l, mixed, &h.s.band, h.s.mixAt, h.disp, h.s.from, h.y, h.e.mirror)
	if !h.f.good {
		composite(h.e.dst, *l)
		*l = (*l)[:0]
	}
}

// composite lays sprites over what is drawn.
func composite(dst *pix.Picture, sprites []kernel.Late) {
	c := kernel.Canvas{Comps: comps(dst), Bits: uint(dst.Bits)}
	for k := range c.Comps {
		p, at := &dst.Planes[0], k
		if dst.Model != pix.RGBA {
			p, at = &dst.Planes[k], 0
		}
		c.Pix8[k], c.Pix16[k] = p.Pix8, p.Pix16
		c.At[k], c.Stride[k], c.Step[k] = at, p.Stride, p.Comps
		c.ShiftX[k], c.ShiftY[k] = uint(p.ShiftX), uint(p.ShiftY)
	}
	kernel.Composite(&c, sprites)
}

// comps is the number of components that are told apart at silhouettes.
func comps(p *pix.Picture) int {
	if p.Model == pix.RGBA {
		if p.Alpha {
			return 4
		}
		return 3
	}
	return p.N
}
