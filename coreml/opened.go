package coreml

import (
	"context"
	"encoding/json"
	"fmt"
	"unsafe"
)

// ListenOpened makes the program take files that the system hands to it while
// it runs (Finder's Open With, drops on its icon). It must be called before the
// window's toolkit starts; calling it again does nothing.
func ListenOpened() error {
	if err := Linked(); err != nil {
		return err
	}
	return nativeListen()
}

// Opened waits for such files and returns the paths of some of them, or ctx's
// error. It belongs to one goroutine at a time.
func Opened(ctx context.Context) ([]string, error) {
	if err := Linked(); err != nil {
		return nil, err
	}
	var answer struct {
		Paths []string `json:"paths"`
	}
	err := withToken(ctx, func(token unsafe.Pointer) error {
		text, err := nativeWait(token)
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &answer)
	})
	if err != nil {
		return nil, fmt.Errorf("take the files handed over: %w", err)
	}
	return answer.Paths, nil
}
