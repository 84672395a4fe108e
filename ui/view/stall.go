package view

import (
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2"
)

// stallWatch finds out how long the window keeps keys and the mouse waiting,
// for people who measure. Fyne looks at them once a turn of its loop, steps its
// animations and draws: an animation that changes nothing sees each turn. All
// of it runs on Fyne's goroutine.
type stallWatch struct {
	logf    func(format string, args ...any)
	last    time.Time
	turns   []time.Duration
	updates []time.Duration
	own     time.Duration // in updates since the last turn
}

// stallLimit is what an action may take to be answered.
const stallLimit = 100 * time.Millisecond

func watchStalls(logf func(string, ...any)) *stallWatch {
	w := &stallWatch{logf: logf}
	ticker := &fyne.Animation{Duration: time.Hour, RepeatCount: fyne.AnimationRepeatForever, Tick: func(float32) { w.turn(time.Now()) }}
	ticker.Start()
	return w
}

// turn is called once a turn of the loop.
func (w *stallWatch) turn(now time.Time) {
	waited, own := now.Sub(w.last), w.own
	first := w.last.IsZero()
	w.last, w.own = now, 0
	if first {
		return
	}
	w.turns = append(w.turns, waited)
	if waited > stallLimit {
		w.logf("the window stood still for %d ms, %d ms of them in its own updates", waited.Milliseconds(), own.Milliseconds())
	}
}

// timed is update with a watch on it; a nil stallWatch does not look.
func (w *stallWatch) timed(update func()) func() {
	if w == nil {
		return update
	}
	return func() {
		begin := time.Now()
		update()
		took := time.Since(begin)
		w.updates = append(w.updates, took)
		w.own += took
	}
}

// tell writes down how it has been, when the loop has ended.
func (w *stallWatch) tell() {
	w.logf("turns of the loop: %s; updates: %s", spread(w.turns), spread(w.updates))
}

// spread tells how durations lie: "812, p50 3.1 ms, ...".
func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	at := func(part float64) float64 {
		return float64(all[int(part*float64(len(all)-1))].Microseconds()) / 1e3
	}
	return fmt.Sprintf("%d, p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, at most %.1f ms", len(all), at(0.5), at(0.95), at(0.99), at(1))
}
