package view

import (
	"sync/atomic"
	"time"
)

// stallWatch finds out how long Fyne's goroutine keeps events waiting, for
// people who measure: it posts an event fifty times a second and writes to the
// log when one had to wait long.
type stallWatch struct {
	post poster
	logf func(format string, args ...any)
	stop chan struct{}
	sent atomic.Int64 // when the event on its way was posted, 0 for none
}

// stallLimit is what an action may take to be answered.
const stallLimit = 100 * time.Millisecond

func watchStalls(post poster, logf func(string, ...any)) *stallWatch {
	w := &stallWatch{post: post, logf: logf, stop: make(chan struct{})}
	go w.run()
	return w
}

func (w *stallWatch) run() {
	tick := time.NewTicker(stallLimit / 5)
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			return
		case now := <-tick.C:
			if w.sent.CompareAndSwap(0, now.UnixNano()) {
				w.post(w.arrived)
			}
		}
	}
}

// arrived runs on Fyne's goroutine.
func (w *stallWatch) arrived() {
	waited := time.Duration(time.Now().UnixNano() - w.sent.Swap(0))
	if waited > stallLimit {
		w.logf("the window stood still for %d ms", waited.Milliseconds())
	}
}

func (w *stallWatch) close() { close(w.stop) }
