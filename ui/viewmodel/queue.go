package viewmodel

import (
	"context"
	"path/filepath"
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
}

// progressPeriod is how often progress is read while there is work.
const progressPeriod = 100 * time.Millisecond

// NewQueue returns the list of what w holds; Close waits for its goroutines.
func NewQueue(w Worker, in Inspector, words *Words) *Queue {
	q := &Queue{worker: w, words: words, batch: map[processor.EntryID]bool{}}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	q.infos = newLazy(infosKept, wishesKept, in.Inspect)
	q.thumbs = newLazy(thumbsKept, wishesKept, func(ctx context.Context, path string) Thumb {
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
	changed := len(fresh) != len(q.rows)
	working := false
	for i := range fresh {
		changed = changed || differs(&q.rows[i], &fresh[i])
		if open(&fresh[i]) {
			working = true
			if len(q.batch) == 0 {
				q.begun = time.Now()
			}
			q.batch[fresh[i].ID] = true
		}
	}
	q.rows = fresh
	var idle func()
	if len(q.batch) > 0 && !working {
		idle = q.endBatch()
	}
	busy := q.onBusy
	q.reselect()
	q.settle()
	if changed {
		q.tell()
	}
	if busy != nil {
		busy(working)
	}
	if idle != nil {
		idle()
	}
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
		return nil
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
	return r, true
}

// Add takes files and folders that were dropped, opened or pasted. It returns
// at once; folders are read in the background. Files that are in the list
// already are not added again.
func (q *Queue) Add(o processor.Options, paths ...string) {
	if len(paths) == 0 {
		return
	}
	paths = slices.Clone(paths)
	for i, p := range paths {
		if abs, err := filepath.Abs(p); err == nil {
			paths[i] = abs
		}
	}
	q.mu.Lock()
	q.reading++
	q.mu.Unlock()
	q.tell()
	q.adding.Go(func() { q.take(o, paths) })
}

func (q *Queue) take(o processor.Options, paths []string) {
	known := map[string]bool{}
	for _, e := range q.worker.Entries() {
		if e.State != processor.Failed {
			known[e.Input] = true
		}
	}
	seen := map[string]bool{}
	fresh := slices.DeleteFunc(slices.Clone(paths), func(p string) bool {
		double := known[p] || seen[p]
		seen[p] = true
		return double
	})
	doubles := len(paths) - len(fresh)
	var ids []processor.EntryID
	var err error
	if len(fresh) > 0 {
		ids, err = q.worker.Add(q.ctx, fresh, o)
	}
	doubles += q.dropDoubles(known, ids)
	q.mu.Lock()
	q.reading--
	switch {
	case err != nil:
		q.notice = q.words.Problem(err).Title
	case doubles > 0:
		q.notice = q.words.N("queue.doubles", doubles)
	default:
		q.notice = ""
	}
	q.mu.Unlock()
	q.Poll()
	q.tell()
}

// dropDoubles takes entries out again whose files were known before: a folder
// was dropped that holds them.
func (q *Queue) dropDoubles(known map[string]bool, ids []processor.EntryID) int {
	if len(known) == 0 {
		return 0
	}
	added := make(map[processor.EntryID]bool, len(ids))
	for _, id := range ids {
		added[id] = true
	}
	var double []processor.EntryID
	for _, e := range q.worker.Entries() {
		if added[e.ID] && known[e.Input] {
			double = append(double, e.ID)
		}
	}
	if len(double) > 0 {
		q.worker.Remove(double...)
	}
	return len(double)
}

// Settled waits until everything added so far is in the list.
func (q *Queue) Settled() { q.adding.Wait() }

// Looked waits until what is known of the rows asked for is all there is.
func (q *Queue) Looked() {
	q.infos.idle()
	q.thumbs.idle()
}

// Select chooses a row by index.
func (q *Queue) Select(i int) {
	q.mu.Lock()
	if i < 0 || i >= len(q.rows) || q.rows[i].ID == q.selected {
		q.mu.Unlock()
		return
	}
	q.selected = q.rows[i].ID
	q.settle()
	q.tell()
}

// Convert asks for the conversion of every row that waits. Without any, the
// selected row is done again.
func (q *Queue) Convert(o processor.Options) {
	q.mu.Lock()
	again := processor.EntryID(0)
	for i := range q.rows {
		e := &q.rows[i]
		if e.State == processor.Ready && !e.Wanted {
			again = 0
			break
		}
		if e.ID == q.selected && e.State.Final() {
			again = e.ID
		}
	}
	q.mu.Unlock()
	q.worker.SetPaused(false)
	if again != 0 {
		q.worker.Retry(&o, again)
	} else {
		q.worker.Convert(&o)
	}
	q.Poll()
}

// Retry does a finished row again with these options.
func (q *Queue) Retry(o processor.Options, id processor.EntryID) {
	q.worker.Retry(&o, id)
	q.Poll()
}

// Cancel ends a row's work.
func (q *Queue) Cancel(id processor.EntryID) {
	q.worker.Cancel(id)
	q.Poll()
}

// CancelAll ends all work.
func (q *Queue) CancelAll() {
	q.worker.Cancel()
	q.worker.SetPaused(false)
	q.Poll()
}

// SetPaused holds the work or lets it go on.
func (q *Queue) SetPaused(on bool) {
	q.worker.SetPaused(on)
	q.Poll()
	q.tell()
}

// Pause holds one row's work, or lets it go on.
func (q *Queue) Pause(on bool, id processor.EntryID) {
	q.worker.Pause(on, id)
	q.Poll()
}

// Remove takes rows off the list and ends their work.
func (q *Queue) Remove(ids ...processor.EntryID) {
	q.mu.Lock()
	at := q.index(q.selected)
	if at >= 0 && slices.Contains(ids, q.selected) { // the next one is chosen
		next := processor.EntryID(0)
		for step := range len(q.rows) {
			for _, i := range []int{at + step, at - step} {
				if next == 0 && i >= 0 && i < len(q.rows) && !slices.Contains(ids, q.rows[i].ID) {
					next = q.rows[i].ID
				}
			}
		}
		q.selected = next
	}
	if len(ids) == len(q.rows) {
		q.notice = ""
	}
	q.mu.Unlock()
	q.worker.Remove(ids...)
	q.Poll()
}

// RemoveSelected takes the selected row off the list.
func (q *Queue) RemoveSelected() {
	q.mu.Lock()
	id := q.selected
	q.mu.Unlock()
	if id != 0 {
		q.Remove(id)
	}
}

// ClearFinished takes off the rows that have come to their end.
func (q *Queue) ClearFinished() { q.removeIf(func(e *processor.Entry) bool { return e.State.Final() }) }

// Clear takes everything off the list.
func (q *Queue) Clear() { q.removeIf(func(*processor.Entry) bool { return true }) }

func (q *Queue) removeIf(gone func(*processor.Entry) bool) {
	q.mu.Lock()
	var ids []processor.EntryID
	for i := range q.rows {
		if gone(&q.rows[i]) {
			ids = append(ids, q.rows[i].ID)
		}
	}
	q.mu.Unlock()
	if len(ids) > 0 {
		q.Remove(ids...)
	}
}

// Move shifts a row by delta places.
func (q *Queue) Move(id processor.EntryID, delta int) {
	q.worker.Move(id, delta)
	q.Poll()
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
