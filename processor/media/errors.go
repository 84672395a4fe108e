package media

import (
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"slices"
	"syscall"
)

// What a file can be refused for. Errors returned by this package wrap exactly
// one of these (or an fs error such as fs.ErrPermission or fs.ErrNotExist, or
// the context's error) and their text names the file and the cause.
var (
	ErrEmpty       = errors.New("the file is empty")
	ErrUnknownKind = errors.New("not a photo or video of a known kind")
	ErrNotRegular  = errors.New("not a regular file")
	ErrNotPhoto    = errors.New("a video, not a photo")
	ErrTruncated   = errors.New("the file ends before the picture does")
	ErrCorrupt     = errors.New("the file is damaged")
	ErrUnsupported = errors.New("a variant of this kind that cannot be read")
	ErrTooLarge    = errors.New("the picture is too large")
	ErrNotGray     = errors.New("a depth map must be grey, this picture has colours")
	ErrExists      = errors.New("the output exists already")
	ErrDiskFull    = errors.New("the disk is full")
	ErrEncode      = errors.New("cannot be written in this format")
	ErrNoFFmpeg    = errors.New("ffmpeg was not found")
)

// TooLargeError tells the size a header claims; it matches ErrTooLarge.
type TooLargeError struct {
	W, H      int64 // claimed, in pixels
	MaxPixels int64 // what was allowed
}

// Error gives the claimed size and the limit in megapixels.
func (e *TooLargeError) Error() string {
	const mega = 1e6
	return fmt.Sprintf("%v: %dx%d is %.1f megapixels, the limit is %.1f",
		ErrTooLarge, e.W, e.H, float64(e.W)*float64(e.H)/mega, float64(e.MaxPixels)/mega)
}

// Is reports whether target is ErrTooLarge.
func (e *TooLargeError) Is(target error) bool { return target == ErrTooLarge }

// kinds are the errors that classify passes through unchanged.
var kinds = []error{
	ErrEmpty, ErrUnknownKind, ErrNotRegular, ErrNotPhoto, ErrTruncated, ErrCorrupt, ErrUnsupported,
	ErrTooLarge, ErrNotGray, ErrNoDepth, ErrExists, ErrDiskFull, ErrEncode, ErrNoFFmpeg,
	fs.ErrPermission, fs.ErrNotExist, context.Canceled, context.DeadlineExceeded,
}

// classify gives an error of a decoder one of the package's sentinels.
func classify(err error) error {
	if err == nil || classified(err) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || endsEarly(err) {
		return fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// classified reports whether an error has its kind already.
func classified(err error) bool {
	return slices.ContainsFunc(kinds, func(k error) bool { return errors.Is(err, k) })
}

// endsEarly recognises how the standard PNG decoder says that data ran out,
// which it reports as a format error.
func endsEarly(err error) bool {
	var p png.FormatError
	return errors.As(err, &p) && p == "not enough pixel data"
}

// classifyWrite marks the errors of a full disk.
func classifyWrite(err error) error {
	if err == nil || errors.Is(err, ErrDiskFull) {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, errQuota) {
		return fmt.Errorf("%w: %w", ErrDiskFull, pathCause(err))
	}
	return err
}
