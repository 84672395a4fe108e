package processor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"spatialmaker/processor/media"
)

// EntryID names an entry of a queue for as long as the queue exists.
type EntryID int64

// Entry is one file in a queue, as it was when it was asked for.
type Entry struct {
	ID      EntryID
	Input   string
	Sub     string // folder below a dropped folder, kept in the output folder
	Options Options
	Wanted  bool // conversion was asked for
	Snapshot
}

// Queue holds the window's files. One stream converts the wanted ones in their
// order. It is saved at every change, so that it survives a restart: entries
// that were under work are wanted again. All methods return at once and may be
// called from any goroutine; Changed tells when something may look different.
type Queue struct {
	engine *Engine
	file   string
	ctx    context.Context
	stop   context.CancelFunc
	work   errgroup.Group

	mu      sync.Mutex
	wake    *sync.Cond
	entries []*entry
	nextID  EntryID
	paused  bool
	closed  bool
	changed chan struct{}
	saves   chan struct{}
	unsaved error // why the last save failed
}

type entry struct {
	id      EntryID
	in      input
	options Options
	item    *Item
	wanted  bool
	taken   bool // handed to the stream
	cancel  context.CancelFunc
	removed bool
	foreign bool // it was nothing to convert when it was added
}

// OpenQueue returns the queue saved in file (none: an empty one) and starts
// its worker. Close ends it. A file that cannot be read is kept aside under
// another name and reported; the queue is usable all the same.
func OpenQueue(e *Engine, file string) (*Queue, error) {
	ctx, stop := context.WithCancel(context.Background())
	q := &Queue{
		engine: e, file: file, ctx: ctx, stop: stop,
		changed: make(chan struct{}, 1), saves: make(chan struct{}, 1),
	}
	q.wake = sync.NewCond(&q.mu)
	err := q.load()
	q.work.Go(func() error { e.stream(q.next, (*queueReporter)(q)); return nil })
	q.work.Go(func() error { q.saver(); return nil })
	return q, err
}

// Close cancels running work, saves and waits for the workers.
func (q *Queue) Close() error {
	q.mu.Lock()
	q.closed = true
	q.wake.Broadcast()
	q.mu.Unlock()
	q.stop()
	err := q.work.Wait()
	return errors.Join(err, q.save())
}

// Changed delivers a value some time after anything changed; changes coalesce.
func (q *Queue) Changed() <-chan struct{} { return q.changed }

// touch tells readers and the saver; q.mu may be held or not.
func (q *Queue) touch() {
	wake(q.changed)
	wake(q.saves)
}

// Add queues files and the contents of folders with the options, Ready but not
// yet wanted. Folders are walked on the caller's goroutine until ctx ends, so
// call it from one of your own. It returns the new entries' IDs in order; what
// cannot be converted becomes a Failed entry that says why.
func (q *Queue) Add(ctx context.Context, paths []string, o Options) ([]EntryID, error) {
	ins, err := expand(ctx, paths, o.Recursive)
	if err != nil {
		return nil, err
	}
	fresh := make([]*entry, len(ins))
	for i, in := range ins {
		fresh[i] = &entry{in: in, options: o, item: NewItem(in.path)}
		if err := acceptable(in); err != nil {
			fresh[i].foreign = true
			fresh[i].item.end(Failed, err)
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	ids := make([]EntryID, len(fresh))
	for i, e := range fresh {
		q.nextID++
		e.id, ids[i] = q.nextID, q.nextID
	}
	q.entries = append(q.entries, fresh...)
	q.touch()
	return ids, nil
}

// acceptable looks whether a file can be converted, from its first bytes.
func acceptable(in input) error {
	if in.err != nil {
		return in.err
	}
	_, err := media.Sniff(in.path)
	return err
}

// Entries returns the queue in order.
func (q *Queue) Entries() []Entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]Entry, len(q.entries))
	for i, e := range q.entries {
		out[i] = Entry{ID: e.id, Input: e.in.path, Sub: e.in.sub, Options: e.options, Wanted: e.wanted, Snapshot: e.item.Snapshot()}
		if q.paused && e.wanted && !e.taken && out[i].State == Ready {
			out[i].State = Paused
		}
	}
	return out
}

// each calls f for the entries with the IDs, or for all when there are none.
func (q *Queue) each(ids []EntryID, f func(*entry)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.entries {
		if len(ids) == 0 || slices.Contains(ids, e.id) {
			f(e)
		}
	}
	q.wake.Broadcast()
	q.touch()
}

// Convert asks for the conversion of Ready entries (all without IDs) with the
// options; nil options keep those the entries were added with.
func (q *Queue) Convert(o *Options, ids ...EntryID) {
	q.each(ids, func(e *entry) {
		if e.taken || e.item.Snapshot().State != Ready {
			return
		}
		if o != nil {
			e.options = *o
		}
		e.wanted = true
	})
}

// Retry makes final entries Ready again and asks for their conversion.
func (q *Queue) Retry(o *Options, ids ...EntryID) {
	q.each(ids, func(e *entry) {
		if e.taken || !e.item.Snapshot().State.Final() {
			return
		}
		if o != nil {
			e.options = *o
		}
		e.item, e.wanted = NewItem(e.in.path), true
		e.in.err = nil
	})
}

// Cancel ends the work on entries (all without IDs) and takes back what was
// wanted. No partial output is left.
func (q *Queue) Cancel(ids ...EntryID) {
	q.each(ids, func(e *entry) {
		switch {
		case e.cancel != nil:
			e.cancel()
		case e.wanted && !e.taken:
			e.wanted = false
			e.item.end(Cancelled, nil)
		}
	})
}

// SetPaused holds the queue before the next file, and videos under work before
// their next frame, or lets everything go on.
func (q *Queue) SetPaused(on bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.paused = on
	for _, e := range q.entries {
		if e.taken {
			e.item.SetPaused(on)
		}
	}
	q.wake.Broadcast()
	q.touch()
}

// Pause holds single videos under work, or lets them go on. Photos take moments
// and are not held; files that wait are cancelled, or moved, instead.
func (q *Queue) Pause(on bool, ids ...EntryID) {
	q.each(ids, func(e *entry) {
		if e.taken {
			e.item.SetPaused(on)
		}
	})
}

// Paused reports whether the queue is held.
func (q *Queue) Paused() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.paused
}

// Busy reports whether anything is under work or waiting for it.
func (q *Queue) Busy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.entries {
		if e.taken || e.wanted && e.item.Snapshot().State == Ready {
			return true
		}
	}
	return false
}

// Remove takes entries out of the queue, cancelling those under work.
func (q *Queue) Remove(ids ...EntryID) {
	q.drop(func(e *entry) bool { return slices.Contains(ids, e.id) })
}

// ClearFinished removes the entries that are Done or Cancelled.
func (q *Queue) ClearFinished() {
	q.drop(func(e *entry) bool {
		s := e.item.Snapshot().State
		return !e.taken && (s == Done || s == Cancelled)
	})
}

func (q *Queue) drop(gone func(*entry) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.entries = slices.DeleteFunc(q.entries, func(e *entry) bool {
		if !gone(e) {
			return false
		}
		e.removed = true
		if e.cancel != nil {
			e.cancel()
		}
		return true
	})
	q.touch()
}

// Move shifts an entry by delta places, as far as there are places.
func (q *Queue) Move(id EntryID, delta int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.IndexFunc(q.entries, func(e *entry) bool { return e.id == id })
	if i < 0 {
		return
	}
	j := min(max(0, i+delta), len(q.entries)-1)
	e := q.entries[i]
	q.entries = slices.Insert(slices.Delete(q.entries, i, i+1), j, e)
	q.touch()
}

// SetOptions replaces the options of entries not yet under work.
func (q *Queue) SetOptions(o Options, ids ...EntryID) {
	q.each(ids, func(e *entry) {
		if !e.taken {
			e.options = o
		}
	})
}

// next waits for the first wanted entry and hands it to the stream.
func (q *Queue) next() (task, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if q.closed {
			return task{}, false
		}
		if !q.paused {
			for _, e := range q.entries {
				if e.wanted && !e.taken && e.item.Snapshot().State == Ready {
					return q.take(e), true
				}
			}
		}
		q.wake.Wait()
	}
}

func (q *Queue) take(e *entry) task {
	ctx, cancel := context.WithCancel(q.ctx)
	e.taken, e.cancel = true, cancel
	t := task{ctx: ctx, in: e.in, item: e.item, options: e.options}
	target, err := resolveTarget(e.options, []input{e.in})
	if err != nil {
		t.in.err = err
	}
	t.plan = newPlanner(e.options, target)
	return t
}

// queueReporter is the queue as the stream's Reporter.
type queueReporter Queue

func (r *queueReporter) Queued([]*Item) {}

func (r *queueReporter) Started(*Item) { (*Queue)(r).touch() }

func (r *queueReporter) Wrote(*Item, string) { (*Queue)(r).touch() }

func (r *queueReporter) Ended(it *Item) {
	q := (*Queue)(r)
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.entries {
		if e.item != it {
			continue
		}
		e.cancel()
		e.taken, e.cancel = false, nil
		// Work that the program's end has cut short is wanted again next time.
		if !(q.closed && it.Snapshot().State == Cancelled) {
			e.wanted = false
		}
	}
	q.touch()
}

// savedQueue is the queue's file.
type savedQueue struct {
	Version int          `json:"version"`
	Entries []savedEntry `json:"entries"`
}

type savedEntry struct {
	Input   string   `json:"input"`
	Sub     string   `json:"sub,omitempty"`
	Options Options  `json:"options"`
	Wanted  bool     `json:"wanted,omitempty"`
	Done    bool     `json:"done,omitempty"`
	Outputs []string `json:"outputs,omitempty"`
}

const queueVersion = 1

// UnmarshalJSON reads an entry; options that an older file lacks have their
// defaults.
func (e *savedEntry) UnmarshalJSON(b []byte) error {
	type plain savedEntry
	p := plain{Options: DefaultOptions()}
	err := json.Unmarshal(b, &p)
	*e = savedEntry(p)
	return err
}

func (q *Queue) load() error {
	b, err := os.ReadFile(q.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the saved queue: %w", err)
	}
	var s savedQueue
	if err := json.Unmarshal(b, &s); err != nil || s.Version != queueVersion {
		aside := q.file + ".unreadable"
		if rerr := os.Rename(q.file, aside); rerr != nil {
			aside = q.file
		}
		return fmt.Errorf("the saved queue %s cannot be read (version %d): %w", aside, s.Version, err)
	}
	for _, e := range s.Entries {
		q.nextID++
		x := &entry{id: q.nextID, in: input{path: e.Input, sub: e.Sub}, options: e.Options, item: NewItem(e.Input), wanted: e.Wanted}
		if e.Done {
			x.item.update(func(s *Snapshot) { s.Outputs, s.Total = e.Outputs, photoStages })
			x.item.end(Done, nil)
		}
		q.entries = append(q.entries, x)
	}
	return nil
}

// savePause is how much longer than a save the pause after it is: a queue of
// thousands is megabytes, and changes with every file that is done.
const savePause = 20

// saveAgain is the pause before a save that failed is tried again.
const saveAgain = 5 * time.Second

// saver writes the queue after changes, one write at a time.
func (q *Queue) saver() {
	for {
		select {
		case <-q.saves:
		case <-q.ctx.Done():
			return
		}
		begin := time.Now()
		pause := saveAgain
		if q.trySave() {
			pause = min(savePause*time.Since(begin), 2*time.Second)
		}
		select {
		case <-time.After(pause):
		case <-q.ctx.Done():
			return
		}
	}
}

// trySave saves and remembers how it went, for SaveError.
func (q *Queue) trySave() bool {
	err := q.save()
	q.mu.Lock()
	news := (err == nil) != (q.unsaved == nil)
	q.unsaved = err
	q.mu.Unlock()
	if err != nil {
		wake(q.saves)
	}
	if news {
		wake(q.changed)
		if err != nil {
			q.engine.cfg.Logf("%v", err)
		}
	}
	return err == nil
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// SaveError is why the queue's file could not be written last, nil when it was.
func (q *Queue) SaveError() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.unsaved
}

func (q *Queue) save() error {
	q.mu.Lock()
	s := savedQueue{Version: queueVersion}
	for _, e := range q.entries {
		sn := e.item.Snapshot()
		if e.foreign && sn.State == Failed && !e.wanted {
			continue
		}
		s.Entries = append(s.Entries, savedEntry{
			Input: e.in.path, Sub: e.in.sub, Options: e.options,
			Wanted: e.wanted, Done: sn.State == Done, Outputs: sn.Outputs,
		})
	}
	q.mu.Unlock()
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return fmt.Errorf("save the queue: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(q.file), 0o755); err != nil {
		return fmt.Errorf("save the queue: %w", err)
	}
	tmp := q.file + ".tmp"
	if err := os.WriteFile(tmp, b, 0o644); err != nil {
		return fmt.Errorf("save the queue: %w", err)
	}
	if err := os.Rename(tmp, q.file); err != nil {
		return fmt.Errorf("save the queue: %w", err)
	}
	return nil
}
