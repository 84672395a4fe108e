// Package depth turns a picture into a nearness map with a neural network:
// it prepares the input, runs the network through ONNX Runtime or Core ML,
// and normalises the answer to 0..1 with 1 nearest.
package depth
