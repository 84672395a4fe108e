// Package processor is the engine: it takes files through decoding, depth,
// stereo, packing and encoding, in background goroutines, and reports progress.
package processor
