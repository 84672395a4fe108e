package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"spatialmaker/processor"
)

// tick is how often progress is read from the engine: 10 Hz.
const tick = 100 * time.Millisecond

// voice is one way of telling what happens: text or JSON.
type voice interface {
	processor.Reporter
	progress(it *processor.Item)
	last()
}

// reporter forwards events to a voice and has it read the files under work ten
// times a second. One last reading of every file is guaranteed: Ended.
type reporter struct {
	mu     sync.Mutex
	v      voice
	active []*processor.Item
	failed int
	misuse int // of the failed, those whose options could not be meant
	stop   chan struct{}
	clock  sync.WaitGroup
}

func (a *App) reporter(v verbosity) *reporter {
	r := &reporter{stop: make(chan struct{})}
	if v.json {
		r.v = &jsonVoice{w: json.NewEncoder(a.Stdout), stderr: a.Stderr}
	} else {
		r.v = &textVoice{stdout: a.Stdout, stderr: a.Stderr, quiet: v.quiet, verbose: v.verbose, redraw: a.Terminal && !v.quiet}
	}
	r.clock.Go(func() {
		c := time.NewTicker(tick)
		defer c.Stop()
		for {
			select {
			case <-c.C:
				r.read()
			case <-r.stop:
				return
			}
		}
	})
	return r
}

// close ends the progress clock; nothing is written afterwards.
func (r *reporter) close() {
	close(r.stop)
	r.clock.Wait()
	r.v.last()
}

func (r *reporter) read() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, it := range r.active {
		r.v.progress(it)
	}
}

// Queued implements processor.Reporter.
func (r *reporter) Queued(items []*processor.Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.v.Queued(items)
}

// Started implements processor.Reporter.
func (r *reporter) Started(it *processor.Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active = append(r.active, it)
	r.v.Started(it)
}

// Wrote implements processor.Reporter.
func (r *reporter) Wrote(it *processor.Item, path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.v.Wrote(it, path)
}

// Ended implements processor.Reporter.
func (r *reporter) Ended(it *processor.Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.active, it); i >= 0 {
		r.active = slices.Delete(r.active, i, i+1)
	}
	if s := it.Snapshot(); s.State == processor.Failed {
		r.failed++
		if errors.Is(s.Err, processor.ErrOption) {
			r.misuse++
		}
	}
	r.v.Ended(it)
}

// verdict is what a run ends with in which inputs failed.
func (r *reporter) verdict() error {
	if r.failed == r.misuse {
		return errMisuse
	}
	return errTold
}

// failure is the one line a failed input gets on stderr. Most causes name the
// file themselves.
func failure(input string, x processor.Explanation) string {
	if strings.Contains(x.Message, input) {
		return "spatialmaker: " + x.Line()
	}
	return fmt.Sprintf("spatialmaker: %s: %s", input, x.Line())
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}

func ms(d time.Duration) float64 { return round(float64(d)/1e6, 2) }
