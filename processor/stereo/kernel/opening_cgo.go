//go:build cgo

package kernel

/*
#cgo noescape sm_open8
#cgo nocallback sm_open8
#cgo noescape sm_open16
#cgo nocallback sm_open16
#include "opening.h"
*/
import "C"

import "unsafe"

func open(out []Opening, runs []Run, r *OpenRow) {
	to, q := (*C.sm_opening)(unsafe.Pointer(unsafe.SliceData(out))), (*C.sm_run)(unsafe.Pointer(unsafe.SliceData(runs)))
	l, n := (*C.sm_open_row)(unsafe.Pointer(&r.Layout)), C.int64_t(len(runs))
	if p := &r.Pix8; p[0] != nil {
		C.sm_open8(to, q, n, l, i32(r.From), i32(r.Disp), i32(r.Above), i32(r.Below), u8(r.Luma8), u8(p[0]), u8(p[1]), u8(p[2]), u8(p[3]))
		return
	}
	p := &r.Pix16
	C.sm_open16(to, q, n, l, i32(r.From), i32(r.Disp), i32(r.Above), i32(r.Below), u16(r.Luma16), u16(p[0]), u16(p[1]), u16(p[2]), u16(p[3]))
}

// The two sides lay their structs out alike.
var (
	_ = [1]struct{}{}[unsafe.Sizeof(Opening{})-unsafe.Sizeof(C.sm_opening{})]
	_ = [1]struct{}{}[unsafe.Sizeof(OpenLayout{})-unsafe.Sizeof(C.sm_open_row{})]
)
