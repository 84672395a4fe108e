// Package onnxfile reads and edits the few parts of an ONNX model file that
// this program needs (names and shapes of inputs and outputs, files of external
// weights) without loading the model: it walks the protobuf's field headers and
// skips the weights. Every length read from a file is checked against what is
// left of it, and no memory is taken in proportion to what a file claims.
package onnxfile
