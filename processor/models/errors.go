package models

import (
	"errors"
	"fmt"
)

// Errors of the store and the download, wrapped with the model or file and the
// cause. Those that have a next step to offer carry it as a Hint.
var (
	ErrUnknownModel = errors.New("unknown model")
	ErrNotInstalled = errors.New("not downloaded yet")
	ErrNoModel      = errors.New("no depth model is installed")
	ErrNoFile       = errors.New("the model's file is not there")
	ErrNotDepth     = errors.New("not a depth model")
	ErrNotOurs      = errors.New("not kept in the program's own folder")
	ErrLicence      = errors.New("its licence must be accepted first")
	ErrHash         = errors.New("the content is not what it should be")
	ErrSize         = errors.New("the size is not what it should be")
	ErrChanged      = errors.New("differs from what was recorded at the first download")
	ErrNoSpace      = errors.New("not enough free disk space")
	ErrReadOnly     = errors.New("the folder cannot be written to")
	ErrWebPage      = errors.New("a web page came instead of the file")
	ErrHost         = errors.New("the address is not one a download may use")
	ErrNotFound     = errors.New("the server does not have the file")
	ErrDenied       = errors.New("the server refuses access")
	ErrBusy         = errors.New("the server asks to come back later")
	ErrUnreachable  = errors.New("the server cannot be reached")
	ErrStalled      = errors.New("nothing arrives any more")
	ErrArchive      = errors.New("unsafe or damaged archive")
	ErrIncomplete   = errors.New("the model's files are incomplete")
)

// HintError adds a next step to an error. Front ends find it with errors.As,
// or through the interface{ Hint() string } it implements.
type HintError struct {
	Err  error
	Next string
}

func (e *HintError) Error() string { return e.Err.Error() }
func (e *HintError) Unwrap() error { return e.Err }

// Hint says what the user can do about the error.
func (e *HintError) Hint() string { return e.Next }

func withHint(err error, format string, args ...any) error {
	return &HintError{Err: err, Next: fmt.Sprintf(format, args...)}
}

// LicenceError is returned when a model's licence was never accepted. It
// matches ErrLicence.
type LicenceError struct {
	Model   string
	Licence Licence
}

func (e *LicenceError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Model, e.Licence.Name, ErrLicence)
}
func (e *LicenceError) Unwrap() error { return ErrLicence }

// Hint says how to accept.
func (e *LicenceError) Hint() string {
	return "read it, then: spatialmaker models download " + e.Model + " --accept-licence"
}
