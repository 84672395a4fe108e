//go:build cgo

package kernel

/*
#cgo noescape sm_fill_begin
#cgo nocallback sm_fill_begin
#cgo noescape sm_fill_sweep8
#cgo nocallback sm_fill_sweep8
#cgo noescape sm_fill_sweep16
#cgo nocallback sm_fill_sweep16
#include "fill.h"
*/
import "C"

import "unsafe"

func (g *FillGrid) c() C.sm_fill {
	return C.sm_fill{
		n: C.int64_t(g.N), w: C.int64_t(g.W), h: C.int64_t(g.H),
		shift_x: C.int64_t(g.ShiftX), shift_y: C.int64_t(g.ShiftY),
	}
}

func (g *FillGrid) runsC() *C.sm_fill_run {
	return (*C.sm_fill_run)(unsafe.Pointer(unsafe.SliceData(g.Runs)))
}

func fillBegin(g *FillGrid, y0, y1 int) {
	c := g.c()
	C.sm_fill_begin(&c, g.runsC(), i32(g.First), f32(g.Start), f32(g.Keep), C.int64_t(y0), C.int64_t(y1))
}

func fillSweep(g *FillGrid, x0, x1 int, to *FillPlanes) {
	c := g.c()
	c.stride, c.step = C.int64_t(to.Stride), C.int64_t(to.Step)
	if q := &to.Pix8; q[0] != nil {
		C.sm_fill_sweep8(&c, g.runsC(), i32(g.First), f32(g.Start), f32(g.Down), f32(g.Keep), f32(g.Mean), i32(g.Row),
			C.int64_t(x0), C.int64_t(x1), u8(q[0]), u8(q[1]), u8(q[2]), u8(q[3]))
		return
	}
	q := &to.Pix16
	C.sm_fill_sweep16(&c, g.runsC(), i32(g.First), f32(g.Start), f32(g.Down), f32(g.Keep), f32(g.Mean), i32(g.Row),
		C.int64_t(x0), C.int64_t(x1), u16(q[0]), u16(q[1]), u16(q[2]), u16(q[3]))
}
