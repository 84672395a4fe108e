//go:build cgo

package kernel

/*
#cgo CFLAGS: -O3 -std=c11 -Wall
#cgo LDFLAGS: -lm
#cgo noescape sm_displace
#cgo nocallback sm_displace
#cgo noescape sm_ranges
#cgo nocallback sm_ranges
#cgo noescape sm_edges
#cgo nocallback sm_edges
#cgo noescape sm_paint
#cgo nocallback sm_paint
#cgo noescape sm_runs
#cgo nocallback sm_runs
#cgo noescape sm_subsample
#cgo nocallback sm_subsample
#cgo noescape sm_sample8
#cgo nocallback sm_sample8
#cgo noescape sm_sample16
#cgo nocallback sm_sample16
#cgo noescape sm_mix8
#cgo nocallback sm_mix8
#cgo noescape sm_mix16
#cgo nocallback sm_mix16
#cgo noescape sm_sprites8
#cgo nocallback sm_sprites8
#cgo noescape sm_sprites16
#cgo nocallback sm_sprites16
#cgo noescape sm_composite8
#cgo nocallback sm_composite8
#cgo noescape sm_composite16
#cgo nocallback sm_composite16
#include "kernel.h"
*/
import "C"

import "unsafe"

// cBand is what C sees of a Band.
type cBand = C.sm_band

func cbool(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

func i32(s []int32) *C.int32_t   { return (*C.int32_t)(unsafe.SliceData(s)) }
func u8(s []uint8) *C.uint8_t    { return (*C.uint8_t)(unsafe.SliceData(s)) }
func u16(s []uint16) *C.uint16_t { return (*C.uint16_t)(unsafe.SliceData(s)) }

func ranges(r []Range) *C.sm_range { return (*C.sm_range)(unsafe.Pointer(unsafe.SliceData(r))) }

func displace(dst []int32, r []Range, depth []float32, span, off float32) {
	C.sm_displace(i32(dst), ranges(r), (*C.float)(unsafe.SliceData(depth)), C.int64_t(len(dst)), C.float(span), C.float(off))
}

func setRanges(r []Range, disp []int32) { C.sm_ranges(ranges(r), i32(disp), 0, C.int64_t(len(disp))) }

func edges(dst []uint8, rows *[3]Row, limit int32) bool {
	a, b, c := &rows[0], &rows[1], &rows[2]
	return C.sm_edges(u8(dst), i32(a.Disp), i32(b.Disp), i32(c.Disp), ranges(a.Ranges), ranges(b.Ranges), ranges(c.Ranges),
		C.int64_t(len(dst)), C.int32_t(limit)) != 0
}

func paint(from, disp []int32, mirror bool) {
	if len(from) > 0 {
		C.sm_paint(i32(from), i32(disp), C.int64_t(len(from)), cbool(mirror))
	}
}

func holes(runs []Run, from []int32) int {
	return int(C.sm_runs((*C.sm_run)(unsafe.Pointer(unsafe.SliceData(runs))), i32(from), C.int64_t(len(from))))
}

func subsample(dst, from []int32, shift uint) {
	C.sm_subsample(i32(dst), i32(from), C.int64_t(len(dst)), C.int(shift))
}

func sample8(dst, src []uint8, from []int32, comps int, mirror bool) {
	C.sm_sample8(u8(dst), u8(src), i32(from), C.int64_t(len(from)), C.int(comps), cbool(mirror))
}

func sample16(dst, src []uint16, from []int32, comps int, top int32, mirror bool) {
	C.sm_sample16(u16(dst), u16(src), i32(from), C.int64_t(len(from)), C.int(comps), C.int32_t(top), cbool(mirror))
}

// layout fills what C sees of the band, once.
func (b *Band) layout() *cBand {
	// In the band, so that nothing is allocated; cgo checks this field alone.
	c := &b.c
	if b.laid {
		return c
	}
	b.laid = true
	*c = cBand{
		w: C.int64_t(b.W), comps: C.int64_t(b.Comps), bits: C.int64_t(b.Bits),
		luma: C.int64_t(cbool(b.Luma)), min_range: C.int64_t(b.MinRange),
	}
	for j := range 5 {
		c.disp[j], c.edge[j] = C.int64_t(b.DispRow[j]), C.int64_t(b.EdgeRow[j])
		for k := range 4 {
			c.row[k][j] = C.int64_t(b.Row[k][j])
		}
	}
	for k := range 4 {
		c.next[k] = C.int64_t(b.Next[k])
		c.step[k], c.shift[k] = C.int64_t(b.Step[k]), C.int64_t(b.Shift[k])
	}
	return c
}

func mix(out []Mixed, b *Band) int {
	c := b.layout()
	to := (*C.sm_mixed)(unsafe.Pointer(unsafe.SliceData(out)))
	if p := &b.Pix8; p[0] != nil {
		return int(C.sm_mix8(to, c, i32(b.Disp), u8(b.Edge), u8(p[0]), u8(p[1]), u8(p[2]), u8(p[3])))
	}
	p := &b.Pix16
	return int(C.sm_mix16(to, c, i32(b.Disp), u8(b.Edge), u16(p[0]), u16(p[1]), u16(p[2]), u16(p[3])))
}

func sprites(out []Late, mixed []Mixed, b *Band, at, disp, from []int32, y int, mirror bool) int {
	c := b.layout()
	to, m := (*C.sm_late)(unsafe.Pointer(unsafe.SliceData(out))), (*C.sm_mixed)(unsafe.Pointer(unsafe.SliceData(mixed)))
	n, row := C.int64_t(len(mixed)), C.int64_t(y)
	if p := &b.Pix8; p[0] != nil {
		return int(C.sm_sprites8(to, m, n, c, i32(at), i32(disp), i32(from), row, cbool(mirror), u8(p[0]), u8(p[1]), u8(p[2]), u8(p[3])))
	}
	p := &b.Pix16
	return int(C.sm_sprites16(to, m, n, c, i32(at), i32(disp), i32(from), row, cbool(mirror), u16(p[0]), u16(p[1]), u16(p[2]), u16(p[3])))
}

func composite(c *Canvas, sprites []Late) {
	s := C.sm_canvas{comps: C.int64_t(c.Comps), bits: C.int64_t(c.Bits)}
	for k := range c.Comps {
		s.at[k], s.stride[k], s.step[k] = C.int64_t(c.At[k]), C.int64_t(c.Stride[k]), C.int64_t(c.Step[k])
		s.shift_x[k], s.shift_y[k] = C.int64_t(c.ShiftX[k]), C.int64_t(c.ShiftY[k])
	}
	q, n := (*C.sm_late)(unsafe.Pointer(unsafe.SliceData(sprites))), C.int64_t(len(sprites))
	if p := &c.Pix8; p[0] != nil {
		C.sm_composite8(&s, q, n, u8(p[0]), u8(p[1]), u8(p[2]), u8(p[3]))
		return
	}
	p := &c.Pix16
	C.sm_composite16(&s, q, n, u16(p[0]), u16(p[1]), u16(p[2]), u16(p[3]))
}
