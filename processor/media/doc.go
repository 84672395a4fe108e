// Package media reads and writes files: photos of every common kind, video
// streams through ffmpeg child processes, and what both know about themselves
// (rotation, colour, metadata).
//
// All functions may be called from several goroutines. What they return belongs
// to the caller; a decoded picture shares no memory with the file's bytes. The
// decoders of HEIC, AVIF and JPEG XL run one at a time in a sandbox (see
// sandbox.go): a call whose context ends returns at once, while the decoder
// itself goes on in the background until it is done.
package media
