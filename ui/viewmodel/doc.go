// Package viewmodel holds what the window shows and what it can be asked to
// do, without knowing Fyne: state, validation, wording.
//
// Each view model declares the small part of the engine it needs as an
// interface and is built with an implementation. Methods may be called from
// any goroutine and answer at once; what takes time happens on goroutines that
// Close waits for. After a change the view model calls its OnChange, from
// whatever goroutine, at most once until the state has been read again; the
// view then reads the state as one value. Callbacks are never called with a
// lock held.
package viewmodel
