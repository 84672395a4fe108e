package viewmodel

import (
	"context"
	"image"
	"time"
)

// Kind is what a file is, found from its content.
type Kind uint8

// The kinds of files.
const (
	KindUnknown Kind = iota // not looked into yet, or not to be read
	KindPhoto
	KindVideo
)

// FileInfo is what is known of a file without decoding it.
type FileInfo struct {
	Kind   Kind
	Format string // "JPEG", "HEIC", "MP4": for people
	W, H   int    // upright, 0 when not known
	Bytes  int64
	Length time.Duration // of a video
}

// Thumb is a small picture of a file, and the size of the file's own.
type Thumb struct {
	Image  *image.RGBA // nil when none can be made
	W, H   int
	Length time.Duration // of a video
	Err    error         // why none can be made: the file cannot be read
}

// Inspector looks into files.
type Inspector interface {
	// Inspect tells what a file is; fields it cannot find stay zero.
	Inspect(ctx context.Context, path string) FileInfo
	// Thumb makes a picture of at most w x h pixels, for a video of a frame.
	Thumb(ctx context.Context, path string, w, h int) Thumb
}

// The caches' bounds. 300 pictures of 112 x 84 take 11 MB; wishes are about
// two screens of rows.
const (
	thumbsKept = 300
	infosKept  = 5000
	wishesKept = 40
)

// thumbRest is how long a list must stand still before its small pictures are
// made.
const thumbRest = 80 * time.Millisecond

// ThumbW and ThumbH are the pixels of a row's picture: twice its size in the
// window, for displays of high density.
const (
	ThumbW = 112
	ThumbH = 84
)
