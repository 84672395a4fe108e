//go:build cgo && coremlstub

package coreml

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// TestOpened: files handed over one by one and together all arrive, a wait ends
// with its context, and a failure is told.
func TestOpened(t *testing.T) {
	control := StandIn{}
	control.Reset()
	defer control.Reset()
	before := control.Live()
	if err := ListenOpened(); err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 16)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		for {
			paths, err := Opened(ctx)
			for _, p := range paths {
				got <- p
			}
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	for i := range 5 {
		if i%2 == 0 {
			control.Await(1) // it waits again
		}
		control.Open(fmt.Sprintf("/tmp/photo %d.jpg", i))
	}
	for i := range 5 {
		if p, want := <-got, fmt.Sprintf("/tmp/photo %d.jpg", i); p != want {
			t.Errorf("got %q, want %q", p, want)
		}
	}
	control.Await(1)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled wait: %v", err)
	}
	control.Fail(EntryWait, 0, 1, resultFailed)
	if _, err := Opened(t.Context()); !errors.Is(err, ErrFailed) {
		t.Errorf("a failing wait: %v", err)
	}
	control.Fail(EntryListen, 0, 1, resultUnsupported)
	if err := ListenOpened(); !errors.Is(err, ErrUnsupported) {
		t.Errorf("no window: %v", err)
	}
	if n := control.Live() - before; n != 0 {
		t.Errorf("%d handles were not given back", n)
	}
}
