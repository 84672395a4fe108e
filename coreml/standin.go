//go:build cgo && coremlstub

package coreml

/*
#cgo LDFLAGS: -lm
#include <stdlib.h>
#include "standin.h"
*/
import "C"

import "unsafe"

// Entry names an entry point of the bridge the stand-in can be told about.
type Entry int32

// The entry points, in the order of standin.h.
const (
	EntrySystem Entry = iota
	EntryCompile
	EntryLoad
	EntryDescribe
	EntryPredict
	EntryPlan
	EntryVideoOpen
	EntryVideoAppend
	EntryVideoFinish
	EntryPhoto
	EntryListen
	EntryWait
)

// StandIn controls the stand-in that tests are linked against; there is one
// for the whole process, so such tests do not run in parallel.
type StandIn struct{}

// Fail makes an entry fail with a result of bridge.h after so many successes,
// so many times; below 0 for ever.
func (StandIn) Fail(e Entry, after, times, result int) {
	C.standin_fail(C.int32_t(e), C.int32_t(after), C.int32_t(times), C.int32_t(result))
}

// Calls returns how often an entry was called since the last Reset.
func (StandIn) Calls(e Entry) int { return int(C.standin_calls(C.int32_t(e))) }

// Live returns the handles given out and not given back.
func (StandIn) Live() int { return int(C.standin_live()) }

// Peak returns how many predictions ran at the same time at most.
func (StandIn) Peak() int { return int(C.standin_peak()) }

// Hold makes predictions and video frames wait before they begin, or lets
// them go on.
func (StandIn) Hold(on bool) {
	v := 0
	if on {
		v = 1
	}
	C.standin_hold(C.int32_t(v))
}

// Await returns when n calls wait at the hold.
func (StandIn) Await(n int) { C.standin_await(C.int32_t(n)) }

// AwaitCancels returns when n wishes to stop have arrived since the last Reset.
func (StandIn) AwaitCancels(n int) { C.standin_await_cancels(C.int64_t(n)) }

// Devices sets what the machine is said to have besides the processor.
func (StandIn) Devices(units ...Units) {
	mask := int32(1) << CPU
	for _, u := range units {
		mask |= 1 << u
	}
	C.standin_devices(C.int32_t(mask))
}

// Open hands a file to the program, as Finder does.
func (StandIn) Open(path string) {
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	C.standin_open(p)
}

// Reset takes back all of it. Live handles stay counted.
func (StandIn) Reset() { C.standin_reset() }
