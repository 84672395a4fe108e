package viewmodel

import "sync/atomic"

// change tells a listener that there is something to read. Between two reads
// it tells only once, so a listener that posts to an event queue never fills
// it, however fast the state moves.
type change struct {
	pending atomic.Bool
	fn      atomic.Pointer[func()]
}

func (c *change) listen(fn func()) {
	c.fn.Store(&fn)
	c.pending.Store(false)
}

// tell calls the listener unless it has been told since the last read.
func (c *change) tell() {
	fn := c.fn.Load()
	if fn == nil || *fn == nil {
		return
	}
	if c.pending.CompareAndSwap(false, true) {
		(*fn)()
	}
}

// read is called before the state is read.
func (c *change) read() { c.pending.Store(false) }
