//go:build cgo && ((darwin && coreml) || coremlstub)

package coreml

/*
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

const (
	errorBytes    = 1024
	describeBytes = 64 << 10 // metadata of a model may hold whole licences
)

// call runs fn with a buffer for the error's sentence and turns both results
// into a Go error.
func call(fn func(text *C.char, size C.int64_t) C.int32_t) error {
	var text [errorBytes]byte
	result := fn((*C.char)(unsafe.Pointer(&text[0])), errorBytes)
	return failure(int(result), textOf(text[:]))
}

// failure turns a result and its sentence into an error.
func failure(result int, text string) error {
	kind := ErrFailed
	switch result {
	case resultOK:
		return nil
	case resultUnsupported:
		kind = ErrUnsupported
	case resultCancelled:
		return errCancelled
	case resultArgument:
		kind = ErrArgument
	case resultFull:
		kind = ErrDiskFull
	}
	if text == "" {
		return fmt.Errorf("result %d: %w", result, kind)
	}
	return fmt.Errorf("%s: %w", text, kind)
}

// ask is call for entry points that answer with a text of their own.
func ask(fn func(text *C.char, size C.int64_t, err *C.char, errSize C.int64_t) C.int32_t) (string, error) {
	answer := make([]byte, describeBytes)
	err := call(func(text *C.char, size C.int64_t) C.int32_t {
		return fn((*C.char)(unsafe.Pointer(&answer[0])), describeBytes, text, size)
	})
	if err != nil {
		return "", err
	}
	return textOf(answer), nil
}

// textOf reads a terminated text; one cut inside a character loses it.
func textOf(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return strings.ToValidUTF8(s, "")
}

// texts holds C copies of strings for the duration of a call.
type texts []unsafe.Pointer

func (t *texts) add(s string) *C.char {
	c := C.CString(s)
	*t = append(*t, unsafe.Pointer(c))
	return c
}

// path is add for a text that may be missing.
func (t *texts) path(s string) *C.char {
	if s == "" {
		return nil
	}
	return t.add(s)
}

func (t *texts) free() {
	for _, p := range *t {
		C.free(p)
	}
}

func nativeContract() int { return int(C.sm_contract()) }

func nativeSystem() (string, error) {
	return ask(func(text *C.char, size C.int64_t, e *C.char, es C.int64_t) C.int32_t {
		return C.sm_system(text, size, e, es)
	})
}

func nativeTokenNew() unsafe.Pointer         { return C.sm_token_new() }
func nativeTokenCancel(token unsafe.Pointer) { C.sm_token_cancel(token) }
func nativeTokenFree(token unsafe.Pointer)   { C.sm_token_free(token) }

func nativeCompile(source, destination string, token unsafe.Pointer) error {
	var t texts
	defer t.free()
	from, to := t.add(source), t.add(destination)
	return call(func(e *C.char, es C.int64_t) C.int32_t { return C.sm_compile(from, to, token, e, es) })
}

func nativeLoad(path string, units Units, concurrency int) (unsafe.Pointer, error) {
	var t texts
	defer t.free()
	p := t.add(path)
	// The handle's cell is C memory: the other side stores a C pointer in it.
	cell := (*unsafe.Pointer)(C.calloc(1, C.size_t(unsafe.Sizeof(uintptr(0)))))
	defer C.free(unsafe.Pointer(cell))
	err := call(func(e *C.char, es C.int64_t) C.int32_t {
		return C.sm_model_load(p, C.int32_t(units), C.int32_t(concurrency), cell, e, es)
	})
	return *cell, err
}

func nativeDescribe(model unsafe.Pointer) (string, error) {
	return ask(func(text *C.char, size C.int64_t, e *C.char, es C.int64_t) C.int32_t {
		return C.sm_model_describe(model, text, size, e, es)
	})
}

// image fills in the C form of p, whose planes are pinned until the pinner is
// released.
func image(p *Image, pin *runtime.Pinner) C.sm_image {
	c := C.sm_image{format: C.int32_t(p.Format), width: C.int32_t(p.W), height: C.int32_t(p.H)}
	if p.fullRange {
		c.full_range = 1
	}
	planes := [3]*unsafe.Pointer{&c.plane0, &c.plane1, &c.plane2}
	strides := [3]*C.int64_t{&c.stride0, &c.stride1, &c.stride2}
	n, _, _ := p.Format.planes(p.W, p.H)
	for i := range n {
		start := unsafe.Pointer(unsafe.SliceData(p.Planes[i].Data))
		pin.Pin(start)
		*planes[i] = start
		*strides[i] = C.int64_t(p.Planes[i].Stride)
	}
	return c
}

// bytesOf is the address of b, pinned; nil where there is none.
func bytesOf(b []byte, pin *runtime.Pinner) unsafe.Pointer {
	if len(b) == 0 {
		return nil
	}
	start := unsafe.Pointer(unsafe.SliceData(b))
	pin.Pin(start)
	return start
}

func nativePredict(model, token unsafe.Pointer, input, output string, pictures []Image, answers []Answer) (int, error) {
	var t texts
	defer t.free()
	in, out := t.add(input), t.add(output)
	var pin runtime.Pinner
	defer pin.Unpin()
	images := make([]C.sm_image, len(pictures))
	floats := make([]C.sm_floats, len(answers))
	for i := range pictures {
		images[i] = image(&pictures[i], &pin)
		a := &answers[i]
		start := unsafe.SliceData(a.Data)
		pin.Pin(start)
		floats[i] = C.sm_floats{
			data: (*C.float)(unsafe.Pointer(start)), stride: C.int64_t(a.Stride * 4),
			width: C.int32_t(a.W), height: C.int32_t(a.H),
		}
	}
	var done C.int32_t
	err := call(func(e *C.char, es C.int64_t) C.int32_t {
		return C.sm_model_predict(model, token, in, out, unsafe.SliceData(images), unsafe.SliceData(floats),
			C.int32_t(len(images)), &done, e, es)
	})
	return min(max(int(done), 0), len(pictures)), err
}

func nativePlan(path string, units Units) (string, error) {
	var t texts
	defer t.free()
	p := t.add(path)
	return ask(func(text *C.char, size C.int64_t, e *C.char, es C.int64_t) C.int32_t {
		return C.sm_model_plan(p, C.int32_t(units), text, size, e, es)
	})
}

func nativeFree(model unsafe.Pointer) { C.sm_model_free(model) }

func camera(c *Camera) C.sm_camera {
	return C.sm_camera{
		focal: C.double(c.Focal), left_x: C.double(c.LeftX), right_x: C.double(c.RightX), centre_y: C.double(c.Y),
		baseline: C.int32_t(c.BaselineMicrometres), field: C.int32_t(c.HFOVMillidegrees),
		adjustment: C.int32_t(c.Adjustment), hero: C.int32_t(c.Hero),
	}
}

// chapters fills in C copies of all, which live as long as the texts.
func (t *texts) chapters(all []Chapter) *C.sm_chapter {
	if len(all) == 0 {
		return nil
	}
	start := C.calloc(C.size_t(len(all)), C.size_t(unsafe.Sizeof(C.sm_chapter{})))
	*t = append(*t, start)
	cells := unsafe.Slice((*C.sm_chapter)(start), len(all))
	for i, c := range all {
		cells[i] = C.sm_chapter{title: t.add(c.Title), start: C.int64_t(c.Start), end: C.int64_t(c.End)}
	}
	return (*C.sm_chapter)(start)
}

func nativeVideoOpen(o *SpatialVideoOptions) (unsafe.Pointer, error) {
	var t texts
	defer t.free()
	var pin runtime.Pinner
	defer pin.Unpin()
	c := C.sm_video_options{
		path: t.add(o.Path), source: t.path(o.Source),
		width: C.int32_t(o.W), height: C.int32_t(o.H), format: C.int32_t(yuv420x8),
		pixel_width: C.int32_t(o.PixelW), pixel_height: C.int32_t(o.PixelH),
		primaries: C.int32_t(o.Primaries), transfer: C.int32_t(o.Transfer), matrix: C.int32_t(o.Matrix),
		timescale: C.int32_t(o.Timescale), start: C.int64_t(o.Start), until: C.int64_t(o.Until),
		quality: C.double(o.Quality), bitrate: C.int64_t(o.Bitrate), camera: camera(&o.Camera),
		mastering: bytesOf(o.Mastering, &pin), light: bytesOf(o.Light, &pin),
		chapters: t.chapters(o.Chapters), chapter_count: C.int32_t(len(o.Chapters)),
	}
	if o.Bits > 8 {
		c.format = C.int32_t(yuv420x10)
	}
	if o.FullRange {
		c.full_range = 1
	}
	cell := (*unsafe.Pointer)(C.calloc(1, C.size_t(unsafe.Sizeof(uintptr(0)))))
	defer C.free(unsafe.Pointer(cell))
	err := call(func(e *C.char, es C.int64_t) C.int32_t { return C.sm_video_open(&c, cell, e, es) })
	return *cell, err
}

func nativeVideoAppend(writer, token unsafe.Pointer, left, right *Image, time int64) error {
	var pin runtime.Pinner
	defer pin.Unpin()
	l, r := image(left, &pin), image(right, &pin)
	return call(func(e *C.char, es C.int64_t) C.int32_t {
		return C.sm_video_append(writer, token, &l, &r, C.int64_t(time), e, es)
	})
}

func nativeVideoFinish(writer, token unsafe.Pointer, end int64) (string, error) {
	return ask(func(text *C.char, size C.int64_t, e *C.char, es C.int64_t) C.int32_t {
		return C.sm_video_finish(writer, token, C.int64_t(end), text, size, e, es)
	})
}

func nativeVideoFree(writer unsafe.Pointer) { C.sm_video_free(writer) }

func nativePhoto(o *SpatialPhotoOptions, left, right *Image) error {
	var t texts
	defer t.free()
	var pin runtime.Pinner
	defer pin.Unpin()
	c := C.sm_photo_options{
		path: t.add(o.Path), source: t.path(o.Source), quality: C.double(o.Quality), camera: camera(&o.Camera),
	}
	c.profile, c.profile_size = bytesOf(o.Profile, &pin), C.int64_t(len(o.Profile))
	l, r := image(left, &pin), image(right, &pin)
	return call(func(e *C.char, es C.int64_t) C.int32_t { return C.sm_photo_write(&c, &l, &r, e, es) })
}

func nativeListen() error {
	return call(func(e *C.char, es C.int64_t) C.int32_t { return C.sm_opened_listen(e, es) })
}

func nativeWait(token unsafe.Pointer) (string, error) {
	return ask(func(text *C.char, size C.int64_t, e *C.char, es C.int64_t) C.int32_t {
		return C.sm_opened_wait(token, text, size, e, es)
	})
}
