package processor

import (
	"context"
	"errors"
	"sync"

	"spatialmaker/coreml"
)

// Opened hears of files that the system hands to the running program: on a Mac
// Finder's Open With and drops on the program's icon. Begin must be called
// before the window's toolkit starts.
type Opened struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Begin listens, where the system hands over files at all.
func (o *Opened) Begin() error {
	err := coreml.ListenOpened()
	if errors.Is(err, coreml.ErrUnsupported) {
		return nil // elsewhere such files are arguments
	}
	return err
}

// Each gives the files that arrive to take, from a goroutine of its own, until
// Close.
func (o *Opened) Each(take func(paths ...string)) {
	var ctx context.Context
	ctx, o.cancel = context.WithCancel(context.Background())
	o.done.Go(func() {
		for {
			paths, err := coreml.Opened(ctx)
			if err != nil {
				return // closed, or there are no such files here
			}
			take(paths...)
		}
	})
}

// Close ends Each and waits for it.
func (o *Opened) Close() {
	if o.cancel != nil {
		o.cancel()
		o.done.Wait()
	}
}
