package desktop

import (
	"errors"
	"fmt"
)

// ErrNoDisplay means that there is nothing to open a window on.
var ErrNoDisplay = errors.New("no display to open a window on")

// DisplayError says why a window cannot be opened, and what can be done.
type DisplayError struct{ Cause error }

// NewDisplayError tells of a window that could not be opened.
func NewDisplayError(cause any) error {
	err, ok := cause.(error)
	if !ok {
		err = fmt.Errorf("%v", cause)
	}
	return &DisplayError{Cause: err}
}

func (e *DisplayError) Error() string { return fmt.Sprintf("%v: %v", ErrNoDisplay, e.Cause) }

// Unwrap gives both what it is and why.
func (e *DisplayError) Unwrap() []error { return []error{ErrNoDisplay, e.Cause} }

// Hint is the next step.
func (e *DisplayError) Hint() string {
	return "start it from a desktop, or use “spatialmaker convert”, which needs none"
}
