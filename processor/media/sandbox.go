package media

import (
	"context"
	"fmt"
	"image"
)

// sandboxes limits how many of the WebAssembly decoders run at a time: each
// holds several times its picture's size.
var sandboxes = make(chan struct{}, 1)

// sandboxed runs a decoder that knows nothing of contexts. When ctx is done it
// returns at once; the decoder then runs to its end in the background, keeping
// its place, so that cancelled calls cannot pile up.
func sandboxed(ctx context.Context, decode func() (image.Image, error)) (image.Image, error) {
	select {
	case sandboxes <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	type result struct {
		img image.Image
		err error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-sandboxes }()
		defer func() {
			if r := recover(); r != nil {
				done <- result{err: fmt.Errorf("%w: the decoder gave up: %v", ErrCorrupt, r)}
			}
		}()
		img, err := decode()
		done <- result{img, err}
	}()
	select {
	case r := <-done:
		return r.img, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
