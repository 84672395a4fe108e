package coreml

import (
	"context"
	"errors"
	"unsafe"
)

// withToken calls fn with a token that is cancelled together with ctx, and
// gives it back when neither side uses it any more. What fn reports as
// cancelled becomes ctx's error.
func withToken(ctx context.Context, fn func(token unsafe.Pointer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var token unsafe.Pointer
	if ctx.Done() != nil {
		token = nativeTokenNew()
		if token != nil {
			defer nativeTokenFree(token)
			ended := make(chan struct{})
			stop := context.AfterFunc(ctx, func() {
				nativeTokenCancel(token)
				close(ended)
			})
			defer func() {
				if !stop() {
					<-ended // the token must outlive its cancelling
				}
			}()
		}
	}
	err := fn(token)
	if errors.Is(err, errCancelled) {
		if cause := ctx.Err(); cause != nil {
			return cause
		}
		return context.Canceled
	}
	return err
}
