package viewmodel

import (
	"context"
	"slices"
	"sync"
	"time"

	"spatialmaker/processor"
)

// Worker is the engine's queue; *processor.Queue is one.
type Worker interface {
	Add(ctx context.Context, paths []string, o processor.Options) ([]processor.EntryID, error)
	Entries() []processor.Entry
	Convert(o *processor.Options, ids ...processor.EntryID)
	Retry(o *processor.Options, ids ...processor.EntryID)
	Cancel(ids ...processor.EntryID)
	SetPaused(on bool)
	Paused() bool
	Pause(on bool, ids ...processor.EntryID)
	Remove(ids ...processor.EntryID)
	Move(id processor.EntryID, delta int)
	Changed() <-chan struct{}
	SaveError() error
}

// QueueState is the list as a whole; the rows are read one by one with Row.
type QueueState struct {
	Len      int
	Selected int // index, -1 when none
	Ready    int // rows that Convert would start
	Working  int // asked for and not finished, waiting ones included
	Done     int
	Failed   int
	Finished int           // rows that ClearFinished would take away
	Part     float64       // of the batch under work
	Left     time.Duration // for the batch, 0 when unknown
	Paused   bool
	Reading  bool   // folders are being read
	Notice   string // something to say about what was dropped last
}

// Busy says whether work is under way or waiting for it.
func (s *QueueState) Busy() bool { return s.Working > 0 }

// Queue is the list of files. It mirrors the engine's queue: one goroutine
// reads it when it tells of a change, and ten times a second while it works.
type Queue struct {
	change
	worker Worker
	infos  *lazy[FileInfo]
	thumbs *lazy[Thumb]
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	adding sync.WaitGroup
	polls  sync.Mutex // held while the engine is read: an older answer must not come last
	tells  sync.Mutex // held while the selection is told, for the same reason

	mu       sync.Mutex
	words    *Words
	rows     []processor.Entry
	selected processor.EntryID
	told     string // path of the selected row as last told
	reading  int
	notice   string
	batch    map[processor.EntryID]bool // asked for since the queue was last idle
	begun    time.Time
	onSelect func(path string)
	onIdle   func(done, failed int)
	onBusy   func(bool)
	onFail   func(path string, err error)
	onThumb  func(ctx context.Context)
	onSave   func(error)
}

// progressPeriod is how often progress is read while there is work.
const progressPeriod = 100 * time.Millisecond

// NewQueue returns the list of what w holds; Close waits for its goroutines.
func NewQueue(w Worker, in Inspector, words *Words) *Queue {
	q := &Queue{worker: w, words: words, batch: map[processor.EntryID]bool{}}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	q.infos = newLazy(infosKept, wishesKept, 0, in.Inspect)
	q.thumbs = newLazy(thumbsKept, wishesKept, thumbRest, func(ctx context.Context, path string) Thumb {
		q.mu.Lock()
		wait := q.onThumb
		q.mu.Unlock()
		if wait != nil {
			wait(ctx)
		}
		return in.Thumb(ctx, path, ThumbW, ThumbH)
	})
	follow := func(c *change) {
		c.listen(func() {
			c.read()
			q.tell()
		})
	}
	follow(&q.infos.change)
	follow(&q.thumbs.change)
	q.Poll()
	q.wg.Go(q.follow)
	return q
}

// OnChange sets who is told that State or a Row has changed.
func (q *Queue) OnChange(fn func()) { q.listen(fn) }

// OnSelect sets who is told which file is chosen ("" for none), and tells at
// once. The function must not call the Queue.
func (q *Queue) OnSelect(fn func(path string)) {
	q.mu.Lock()
	q.onSelect = fn
	q.told = "\x00" // no path: it is told in any case
	q.settle()
}

// OnIdle sets who is told that a batch of work has come to its end.
func (q *Queue) OnIdle(fn func(done, failed int)) {
	q.mu.Lock()
	q.onIdle = fn
	q.mu.Unlock()
}

// OnBusy sets who is told when work begins and ends.
func (q *Queue) OnBusy(fn func(busy bool)) {
	q.mu.Lock()
	q.onBusy = fn
	q.mu.Unlock()
}

// OnFail sets who is told of files that could not be converted, for the log.
func (q *Queue) OnFail(fn func(path string, err error)) {
	q.mu.Lock()
	q.onFail = fn
	q.mu.Unlock()
}

// OnSave sets who is told whether the list could be saved, nil when it could.
func (q *Queue) OnSave(fn func(error)) {
	q.mu.Lock()
	q.onSave = fn
	q.mu.Unlock()
}

// OnThumb sets what is waited for before a small picture is made: what the
// user looks at comes first.
func (q *Queue) OnThumb(wait func(ctx context.Context)) {
	q.mu.Lock()
	q.onThumb = wait
	q.mu.Unlock()
}

// SetWords changes the language.
func (q *Queue) SetWords(w *Words) {
	q.mu.Lock()
	q.words = w
	q.mu.Unlock()
	q.tell()
}

// follow keeps the mirror in step with the engine.
func (q *Queue) follow() {
	tick := time.NewTicker(progressPeriod)
	defer tick.Stop()
	for {
		select {
		case <-q.ctx.Done():
			return
		case <-q.worker.Changed():
			q.Poll()
		case <-tick.C:
			if q.busy() {
				q.Poll()
			}
		}
	}
}

func (q *Queue) busy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.batch) > 0
}

// open says whether work on an entry was asked for and has not ended.
func open(e *processor.Entry) bool {
	return !e.State.Final() && (e.Wanted || e.State == processor.Working)
}

// Poll reads the engine's queue now.
func (q *Queue) Poll() {
	q.polls.Lock()
	defer q.polls.Unlock()
	fresh := q.worker.Entries()
	q.mu.Lock()
	news := q.compare(fresh)
	q.rows = fresh
	idle := func() {}
	if len(q.batch) > 0 && !news.working {
		idle = q.endBatch()
	}
	busy, fail, save := q.onBusy, q.onFail, q.onSave
	q.reselect()
	q.settle()
	if news.changed {
		q.tell()
	}
	if busy != nil {
		busy(news.working)
	}
	if save != nil {
		save(q.worker.SaveError())
	}
	for _, e := range news.failed {
		if fail != nil {
			fail(e.Input, e.Err)
		}
	}
	idle()
}

// news is what a look at the engine's queue has brought.
type news struct {
	changed bool // a row is to be drawn otherwise
	working bool
	failed  []processor.Entry // since the last look
}

// compare holds what the engine says against the rows; q.mu is held.
func (q *Queue) compare(fresh []processor.Entry) news {
	n := news{changed: len(fresh) != len(q.rows)}
	for i := range fresh {
		e := &fresh[i]
		known := i < len(q.rows) && q.rows[i].ID == e.ID
		n.changed = n.changed || !known || differs(&q.rows[i], e)
		if e.State == processor.Failed && (!known || q.rows[i].State != processor.Failed) {
			n.failed = append(n.failed, *e)
		}
		if open(e) {
			n.working = true
			if len(q.batch) == 0 {
				q.begun = time.Now()
			}
			q.batch[e.ID] = true
		}
	}
	return n
}

// endBatch forgets the batch and returns what tells of its end; q.mu is held.
func (q *Queue) endBatch() func() {
	done, failed := 0, 0
	for i := range q.rows {
		if !q.batch[q.rows[i].ID] {
			continue
		}
		switch q.rows[i].State {
		case processor.Done:
			done++
		case processor.Failed:
			failed++
		}
	}
	q.batch = map[processor.EntryID]bool{}
	fn := q.onIdle
	if fn == nil || done+failed == 0 {
		return func() {}
	}
	return func() { fn(done, failed) }
}

// differs says whether a row would be drawn otherwise.
func differs(a, b *processor.Entry) bool {
	return a.ID != b.ID || a.State != b.State || a.Wanted != b.Wanted || a.Stage != b.Stage ||
		a.Done != b.Done || a.Total != b.Total || a.ETA.Round(time.Second) != b.ETA.Round(time.Second) ||
		len(a.Outputs) != len(b.Outputs)
}

func (q *Queue) index(id processor.EntryID) int {
	return slices.IndexFunc(q.rows, func(e processor.Entry) bool { return e.ID == id })
}

// reselect sees to it that a row is selected while there are any: the first
// that can be shown. q.mu is held.
func (q *Queue) reselect() {
	if q.selected != 0 && q.index(q.selected) >= 0 {
		return
	}
	q.selected = 0
	for i := range q.rows {
		if q.rows[i].State != processor.Failed {
			q.selected = q.rows[i].ID
			return
		}
	}
	if len(q.rows) > 0 {
		q.selected = q.rows[0].ID
	}
}

// settle unlocks q.mu and tells who follows the selection if it has moved.
// What is told last is how things stand, whichever goroutine tells it.
func (q *Queue) settle() {
	q.mu.Unlock()
	q.tells.Lock()
	defer q.tells.Unlock()
	q.mu.Lock()
	path := ""
	if i := q.index(q.selected); i >= 0 {
		path = q.rows[i].Input
	}
	fn := q.onSelect
	moved := path != q.told && fn != nil
	if moved {
		q.told = path
	}
	q.mu.Unlock()
	if moved {
		fn(path)
	}
}

// State returns the list as a whole.
func (q *Queue) State() QueueState {
	q.read()
	q.mu.Lock()
	defer q.mu.Unlock()
	s := QueueState{Len: len(q.rows), Selected: q.index(q.selected), Reading: q.reading > 0, Notice: q.notice, Paused: q.worker.Paused()}
	sum, n := 0.0, 0
	for i := range q.rows {
		e := &q.rows[i]
		switch {
		case open(e):
			s.Working++
		case e.State == processor.Ready:
			s.Ready++
		case e.State == processor.Done:
			s.Done++
		case e.State == processor.Failed:
			s.Failed++
		}
		if e.State.Final() {
			s.Finished++
		}
		if q.batch[e.ID] {
			n++
			sum += e.Fraction()
			if e.State == processor.Failed || e.State == processor.Cancelled {
				sum += 1 - e.Fraction()
			}
		}
	}
	if n > 0 {
		s.Part = sum / float64(n)
		s.Left = left(time.Since(q.begun), s.Part)
	}
	return s
}

// left extends the pace so far; early on that is a guess not worth telling.
func left(since time.Duration, part float64) time.Duration {
	if part < 0.03 || since < 2*time.Second {
		return 0
	}
	return time.Duration(float64(since) * (1 - part) / part)
}

// Row returns the row at index i for drawing, false when there is none. What
// is not known of the file yet is found out in the background.
func (q *Queue) Row(i int) (Row, bool) {
	q.mu.Lock()
	if i < 0 || i >= len(q.rows) {
		q.mu.Unlock()
		return Row{}, false
	}
	e, w := q.rows[i], q.words
	q.mu.Unlock()
	info, _ := q.infos.get(e.Input)
	thumb, _ := q.thumbs.get(e.Input)
	if info.W == 0 {
		info.W, info.H, info.Length = thumb.W, thumb.H, thumb.Length
	}
	r := w.row(&e, info)
	r.Thumb = thumb.Image
	if thumb.Err != nil && q.ctx.Err() == nil {
		w.warn(&r, thumb.Err)
	}
	return r, true
}

// Paths are the files of the list that can be converted, for "copy as command".
func (q *Queue) Paths() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []string
	for i := range q.rows {
		if q.rows[i].State != processor.Failed {
			out = append(out, q.rows[i].Input)
		}
	}
	return out
}

// Close ends the reading of folders and files.
func (q *Queue) Close() {
	q.cancel()
	q.adding.Wait()
	q.wg.Wait()
	q.infos.close()
	q.thumbs.close()
}
