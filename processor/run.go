package processor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"golang.org/x/sync/semaphore"

	"spatialmaker/processor/media"
)

// ErrFailed is what Run ends with when at least one input failed; the inputs'
// own errors went to the reporter.
var ErrFailed = errors.New("some inputs could not be converted")

// Job is a set of inputs (files and folders) with one set of options.
type Job struct {
	Inputs  []string
	Options Options
}

// Reporter hears of what happens to the files of a job. Calls come from one
// goroutine at a time and must return soon. Progress is not reported: it is
// read from the items' Snapshots.
type Reporter interface {
	Queued(items []*Item)        // once, after folders were read
	Started(it *Item)            // work on the file begins
	Wrote(it *Item, path string) // an output stands under its final name
	Ended(it *Item)              // Done, Failed or Cancelled; its last call
}

// Run converts the inputs of job. One file's depth and stereo work overlaps
// the reading of the next and the writing of the one before; a file that
// fails does not stop the others. It returns nil when everything was
// converted, ErrFailed when some were not, ctx's error when cancelled, and
// another error when nothing could be begun.
func (e *Engine) Run(ctx context.Context, job Job, r Reporter) error {
	if err := job.Options.Validate(); err != nil {
		return err
	}
	inputs, err := expand(ctx, job.Inputs, job.Options.Recursive)
	if err != nil {
		return err
	}
	if len(inputs) == 0 {
		return fmt.Errorf("%w: no input files", ErrOption)
	}
	t, err := resolveTarget(job.Options, inputs)
	if err != nil {
		return err
	}
	plan := newPlanner(job.Options, t)
	items := make([]*Item, len(inputs))
	for i, in := range inputs {
		items[i] = NewItem(in.path)
	}
	r.Queued(items)
	at := 0
	e.stream(func() (task, bool) {
		if at == len(inputs) {
			return task{}, false
		}
		at++
		return task{ctx: ctx, in: inputs[at-1], item: items[at-1], options: job.Options, plan: plan}, true
	}, r)
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, it := range items {
		if it.Snapshot().State != Done {
			return ErrFailed
		}
	}
	return nil
}

// Run converts job with an engine of its own; see Engine.Run.
func Run(ctx context.Context, cfg Config, job Job, r Reporter) error {
	e := NewEngine(cfg)
	defer e.Close()
	return e.Run(ctx, job, r)
}

// task is one file to be converted, with everything that decides how. Its ctx
// ends this file only, or the whole run.
type task struct {
	ctx     context.Context
	in      input
	item    *Item
	options Options
	plan    *planner
}

// run is one stream of tasks through the stages.
type run struct {
	*Engine
	report Reporter
	memory *semaphore.Weighted
	packed *semaphore.Weighted
	heap   int64  // what limitHeap told last; the reading goroutine's
	size   [2]int // of the photo that was read last; the reading goroutine's
}

// stream takes tasks from next until it reports false and drives them through
// three stages: one goroutine reads, the caller's works, one writes. Each hands
// over through an unbuffered channel, so that at most one file waits between
// two stages. It returns when every task has ended.
func (e *Engine) stream(next func() (task, bool), r Reporter) {
	s := &run{Engine: e, report: &lockedReporter{r: r}, memory: semaphore.NewWeighted(memoryBudget), packed: semaphore.NewWeighted(packedBudget)}
	loaded := make(chan *photo)
	finished := make(chan *photo)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(loaded)
		for t, ok := next(); ok; t, ok = next() {
			if p := s.load(t); p != nil {
				loaded <- p
			}
		}
	})
	wg.Go(func() {
		for p := range finished {
			s.end(p, s.save(p))
		}
	})
	for p := range loaded {
		if err := s.work(p); err != nil {
			s.end(p, err)
			continue
		}
		finished <- p
	}
	close(finished)
	wg.Wait()
}

// end moves a file to its final state and gives back what it held.
func (r *run) end(p *photo, err error) {
	p.free()
	if p.weight > 0 {
		r.memory.Release(p.weight)
		p.weight = 0
	}
	if p.packing > 0 {
		r.packed.Release(p.packing)
		p.packing = 0
	}
	switch {
	case err == nil:
		p.item.end(Done, nil)
	case errors.Is(err, context.Canceled):
		p.item.end(Cancelled, nil)
	default:
		p.item.end(Failed, err)
	}
	r.report.Ended(p.item)
}

// load reads a file; nil when it ended here (failed, skipped or cancelled).
func (r *run) load(t task) *photo {
	p := &photo{task: t}
	total := int64(photoStages)
	if format, err := media.Sniff(p.in.path); err == nil && format == media.FormatVideo {
		total = 0 // frames, not counted yet
	}
	p.item.begin(total)
	r.report.Started(p.item)
	err := r.read(p)
	if err != nil || len(p.outs) == 0 && p.film == nil { // no outputs: all were there already
		r.end(p, err)
		return nil
	}
	return p
}

func (r *run) read(p *photo) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if p.in.err != nil {
		return p.in.err
	}
	format, err := media.Sniff(p.in.path)
	if err != nil {
		return err
	}
	if format == media.FormatVideo {
		r.limitHeap(math.MaxInt64)
		p.film, err = r.openFilm(p)
		return err
	}
	var skipped int
	if p.outs, skipped, err = p.plan.photo(p.in, format); err != nil {
		return err
	}
	if skipped > 0 {
		p.item.note(skippedNote(skipped))
	}
	if len(p.outs) == 0 {
		return nil
	}
	release, err := r.claim(p)
	if err != nil {
		return err
	}
	defer release()
	return p.decode()
}

// lockedReporter lets the stages' goroutines report one at a time.
type lockedReporter struct {
	mu sync.Mutex
	r  Reporter
}

func (l *lockedReporter) Queued(items []*Item) { l.r.Queued(items) }

func (l *lockedReporter) Started(it *Item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.r.Started(it)
}

func (l *lockedReporter) Wrote(it *Item, path string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.r.Wrote(it, path)
}

func (l *lockedReporter) Ended(it *Item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.r.Ended(it)
}
