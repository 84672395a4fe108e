// Package onnxfile reads what an ONNX file says about itself: inputs, outputs,
// opset, producer and the names of external weight files.
//
// It reads headers only and steps over weights, so a file of gigabytes takes
// milliseconds and a few hundred kilobytes. No ONNX Runtime is needed, and
// nothing in a file is trusted: names, counts and nesting are limited. Any
// package may import it; it imports protoscan and the standard library only.
package onnxfile
