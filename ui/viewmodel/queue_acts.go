package viewmodel

import (
	"path/filepath"
	"slices"

	"spatialmaker/processor"
)

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
