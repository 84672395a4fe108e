package view

import "sync/atomic"

// follower runs update on Fyne's goroutine after a view model's change. At
// most one call waits in Fyne's queue, which has no bound.
type follower struct {
	pending atomic.Bool
	closed  atomic.Bool
	update  func()
	post    poster
}

// poster runs a function on Fyne's goroutine soon. It is fyne.Do, except in
// tests: their driver would run it on the goroutine that calls.
type poster func(func())

// changed may be called from any goroutine.
func (f *follower) changed() {
	if f.closed.Load() || !f.pending.CompareAndSwap(false, true) {
		return
	}
	f.post(func() {
		f.pending.Store(false)
		if !f.closed.Load() {
			f.update()
		}
	})
}

// close stops updates: the widgets are gone.
func (f *follower) close() { f.closed.Store(true) }
