//go:build cgo

package kernel

/*
#cgo noescape sm_ramp_levels
#cgo nocallback sm_ramp_levels
#cgo noescape sm_ramp_dilate
#cgo nocallback sm_ramp_dilate
#cgo noescape sm_ramp_residual
#cgo nocallback sm_ramp_residual
#cgo noescape sm_ramp_gather
#cgo nocallback sm_ramp_gather
#cgo noescape sm_ramp_fields
#cgo nocallback sm_ramp_fields
#cgo noescape sm_ramp_row
#cgo nocallback sm_ramp_row
#cgo noescape sm_ramp_draw8
#cgo nocallback sm_ramp_draw8
#cgo noescape sm_ramp_draw16
#cgo nocallback sm_ramp_draw16
#cgo noescape sm_ramp_pick
#cgo nocallback sm_ramp_pick
#cgo noescape sm_ramp_load
#cgo nocallback sm_ramp_load
#include "ramp.h"
*/
import "C"

import "unsafe"

func f32(s []float32) *C.float { return (*C.float)(unsafe.SliceData(s)) }

func (p *Ramp) c() C.sm_ramp {
	return C.sm_ramp{
		w: C.int64_t(p.W), h: C.int64_t(p.H), stride: C.int64_t(p.Stride), blocks: C.int64_t(p.Blocks),
		level_r: C.int64_t(p.LevelR), blur_r: C.int64_t(len(p.Blur) - 1), taps: C.int64_t(len(p.Taps)),
		step: C.float(p.Step), slack: C.float(p.Slack),
	}
}

func (p *Ramp) tapsC() *C.sm_tap { return (*C.sm_tap)(unsafe.Pointer(unsafe.SliceData(p.Taps))) }

func rampLevels(p *Ramp, y0, y1 int, s, near, far, mid, mix, d0, d1 []float32, flag []uint8, tmp []float32) {
	c := p.c()
	C.sm_ramp_levels(&c, C.int64_t(y0), C.int64_t(y1), f32(s), f32(near), f32(far), f32(mid), f32(mix), f32(d0), f32(d1), u8(flag), f32(tmp))
}

func rampDilate(p *Ramp, y0, y1 int, dst, src []uint8, reach int) {
	C.sm_ramp_dilate(u8(dst), u8(src), C.int64_t(p.Blocks), C.int64_t(p.H), C.int64_t(y0), C.int64_t(y1), C.int64_t(reach))
}

func rampResidual(p *Ramp, y0, y1 int, s, d, res []float32, live []uint8, tmp []float32) {
	c := p.c()
	C.sm_ramp_residual(&c, C.int64_t(y0), C.int64_t(y1), f32(s), f32(d), f32(res), u8(live), f32(p.Blur), f32(tmp))
}

func rampBlurred(p *Ramp, y0, y1 int, s, dst, b, tmp []float32) {
	c := p.c()
	c.blur_r = C.int64_t(len(b) - 1)
	C.sm_ramp_residual(&c, C.int64_t(y0), C.int64_t(y1), nil, f32(s), f32(dst), nil, f32(b), f32(tmp))
}

func rampGather(p *Ramp, y0, y1 int, s, d, res, near, far, mid, dn []float32, flag []uint8) {
	c := p.c()
	C.sm_ramp_gather(&c, C.int64_t(y0), C.int64_t(y1), f32(s), f32(d), f32(res), f32(near), f32(far), f32(mid), f32(dn), u8(flag), p.tapsC())
}

func rampFields(p *Ramp, y0, y1 int, s, d []float32, k [3][]float32, near, far, mid, mix []float32, flag, live []uint8, fields []float32) {
	c := p.c()
	C.sm_ramp_fields(&c, C.int64_t(y0), C.int64_t(y1), f32(s), f32(d), f32(k[0]), f32(k[1]), f32(k[2]),
		f32(near), f32(far), f32(mid), f32(mix), u8(flag), u8(live), p.tapsC(), f32(fields))
}

func rampPick(dst []float32, live []uint8, columns []int32, from *Samples) {
	C.sm_ramp_pick(f32(dst), u8(live), i32(columns), C.int64_t(len(dst)), u8(from.Pix8), u16(from.Pix16),
		C.int64_t(from.Step), C.int64_t(from.Shift), C.float(from.Scale))
}

func rampLoad(row, from []float32) {
	C.sm_ramp_load(f32(row), f32(from), C.int64_t(len(from)), C.int64_t(len(row)))
}

func rampRow(dst, a, b []float32, fy float32, index []int32, fx, tmp []float32) {
	C.sm_ramp_row(f32(dst), f32(a), f32(b), C.float(fy), i32(index), f32(fx), C.int64_t(len(dst)), C.int64_t(len(b)), f32(tmp))
}

func rampDraw(p *Ramp, dst []float32, z *Zoom, fields []float32, flag []uint8) {
	c := C.sm_zoom{
		w: C.int64_t(len(dst)), blocks: C.int64_t(p.Blocks), comps: C.int64_t(z.Comps), reach: C.int64_t(z.Reach),
		row0: C.int64_t(z.Row0 * p.Blocks * 8), row1: C.int64_t(z.Row1 * p.Blocks * 8),
		flag0: C.int64_t(z.Row0 * p.Blocks), flag1: C.int64_t(z.Row1 * p.Blocks),
		fy: C.float(z.FY), colour: C.float(z.Colour), widen: C.float(z.Widen),
	}
	for i := range 3 {
		c.step[i], c.shift[i], c.at[i], c.scale[i] = C.int64_t(z.Step[i]), C.int64_t(z.Shift[i]), C.int64_t(z.At[i]), C.float(z.Scale[i])
		c.above[i], c.below[i] = C.int64_t(z.Above[i]), C.int64_t(z.Below[i])
	}
	if q := &z.Pix8; q[0] != nil {
		C.sm_ramp_draw8(f32(dst), &c, f32(fields), u8(flag), i32(z.First), i32(z.Index), f32(z.FX), u8(q[0]), u8(q[1]), u8(q[2]))
		return
	}
	q := &z.Pix16
	C.sm_ramp_draw16(f32(dst), &c, f32(fields), u8(flag), i32(z.First), i32(z.Index), f32(z.FX), u16(q[0]), u16(q[1]), u16(q[2]))
}
