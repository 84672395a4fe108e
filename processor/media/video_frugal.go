package media

import (
	"cmp"
	"fmt"
	"runtime"
	"strings"
)

// Encoders hold many frames back to decide on them together: libx264 takes
// 3 GB for two eyes of 4K beside each other. From largePicture samples on they
// are told to hold back fewer, so that with libx264 encoder, decoder, network
// and frames in flight stay under 1.5 GB together.
const (
	largePicture  = 8_000_000 // samples of luma
	encoderMemory = 600 << 20
	// decoderThreads bounds the decoder's threads for large pictures: each
	// holds frames of its own.
	decoderThreads = 2
)

func large(w, h int) bool { return w*h >= largePicture }

// Large reports whether the pictures are so large that a second encoder beside
// the first would take too much memory.
func (e *VideoEncoding) Large() bool { return large(e.Layout.W, e.Layout.H) }

// Slow reports whether the encoder is one that large pictures make both slow and
// short of memory: it never waits for a decoder of one thread, which takes less.
func (e *VideoEncoding) Slow() bool {
	return e.Large() && (e.Encoder == "libx265" || e.Codec == AV1 && strings.HasPrefix(e.Encoder, "lib"))
}

// luma is the size of a picture's luma plane in bytes.
func (e *VideoEncoding) luma() int { return e.Layout.W * e.Layout.H * ((e.Layout.Bits + 7) / 8) }

// x264Presets tells how many frames libx264 looks ahead and refers to.
var x264Presets = map[string]struct{ ahead, refs int }{
	"ultrafast": {0, 1}, "superfast": {0, 1}, "veryfast": {10, 1}, "faster": {20, 2}, "fast": {30, 2},
	"medium": {40, 3}, "slow": {50, 5}, "slower": {60, 8}, "veryslow": {60, 16}, "placebo": {60, 16},
}

// x264Memory are libx264's parameters that keep it within encoderMemory, ""
// where it stays there by itself. A frame it looks ahead at takes 3 luma planes
// (its own, one of half the size at four positions, costs and vectors), one it
// refers to 4.5 (four positions between the samples, colour). Slices of one
// frame instead of several frames at a time bound the second kind, whatever the
// number of cores.
func (e *VideoEncoding) x264Memory() string {
	p := x264Presets[cmp.Or(e.Preset, "medium")]
	if !e.Large() || p.ahead == 0 {
		return ""
	}
	ahead := func(refs, threads int) int {
		base := 9*(refs+threads)/2 + 3*(threads+2) + 5 // and what ffmpeg reads into
		return (encoderMemory/e.luma() - base) / 3
	}
	threads := cmp.Or(e.Threads, runtime.GOMAXPROCS(0)*3/2)
	const pyramid = 4 // frames that B-frames between B-frames ask for at least
	if ahead(max(p.refs, pyramid), threads) >= p.ahead {
		return ""
	}
	const refs, least = 2, 3
	return fmt.Sprintf("sliced-threads=1:ref=%d:b-pyramid=none:rc-lookahead=%d", min(p.refs, refs), max(least, min(p.ahead, ahead(refs, 1))))
}

// x265Memory is x264Memory for libx265, which holds every frame that it looks
// at whole, 112 MB at 7680x2160, and at least seven. Even held this short it does
// not reach encoderMemory: measured are 1.0 GB. Without B-frames and the frames
// ahead that they ask for (1.25 GB with two) films of the same quality come out
// within a few percent as large.
func (e *VideoEncoding) x265Memory() string {
	if !e.Large() {
		return ""
	}
	return ":frame-threads=1:ref=1:bframes=0:rc-lookahead=1"
}
