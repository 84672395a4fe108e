// Package coreml runs Core ML models and writes Apple's spatial photos and
// videos on macOS through a Swift bridge, whose contract is bridge.h.
//
// The bridge is linked into builds for darwin with cgo and the tag coreml,
// which `make build` sets on a Mac. In any other build every call returns
// ErrUnsupported. The tag coremlstub links the same Go code against a stand-in
// written in C instead; it is for tests.
//
// A Model may be used from any number of goroutines, and Close waits for them.
// A SpatialVideoWriter belongs to one goroutine at a time. Memory handed to a
// call is only used until it returns. The package imports the standard library
// only.
package coreml
