package viewmodel

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"spatialmaker/processor"
)

func openQueue(t *testing.T) (*Queue, *fakeWorker) {
	t.Helper()
	w := newFakeWorker()
	q := NewQueue(w, fakeInspector{}, english(t))
	t.Cleanup(q.Close)
	return q, w
}

// abs makes names absolute the way Add does.
func abs(t *testing.T, name string) string {
	t.Helper()
	p, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestQueueAddsAndSelectsTheFirst(t *testing.T) {
	q, w := openQueue(t)
	w.bad[abs(t, "a.txt")] = fs.ErrNotExist
	told := make(chan string, 10)
	q.OnSelect(func(p string) { told <- filepath.Base(p) })
	q.Add(processor.DefaultOptions(), "a.txt", "b.jpg", "c.jpg")
	q.Settled()
	s := q.State()
	if s.Len != 3 || s.Ready != 2 || s.Failed != 1 || s.Selected != 1 {
		t.Errorf("state %+v", s)
	}
	if a, b := <-told, <-told; a != "." || b != "b.jpg" || len(told) != 0 {
		t.Errorf("told %q, %q and %d more", a, b, len(told))
	}
	bad, _ := q.Row(0)
	if bad.Tone != Bad || bad.Problem == nil || bad.Problem.Kind != "not-found" || bad.Detail == "" {
		t.Errorf("the refused row says %q, %+v", bad.Detail, bad.Problem)
	}
	if !strings.Contains(bad.Tip, bad.Problem.Next) || !strings.HasPrefix(bad.Tip, "a.txt\n") {
		t.Errorf("its tip says %q", bad.Tip)
	}
}

func TestQueueRowLearnsAboutItsFile(t *testing.T) {
	q, _ := openQueue(t)
	q.Add(processor.DefaultOptions(), "b.jpg")
	q.Settled()
	if r, _ := q.Row(0); r.Thumb != nil || r.Detail == "" {
		t.Errorf("at first %+v", r)
	}
	q.Looked()
	r, ok := q.Row(0)
	if !ok || r.Thumb == nil || r.Detail != "4000 × 3000 · 3.2 MB · JPEG" {
		t.Errorf("row %+v, ok %v", r, ok)
	}
	if _, ok := q.Row(1); ok {
		t.Error("a row beyond the end")
	}
}

func TestQueueDoublesAreNotAddedTwice(t *testing.T) {
	q, w := openQueue(t)
	w.bad[abs(t, "x.jpg")] = fs.ErrNotExist
	q.Add(processor.DefaultOptions(), "a.jpg", "x.jpg")
	q.Settled()
	q.Add(processor.DefaultOptions(), "a.jpg", "b.jpg", "x.jpg")
	q.Settled()
	s := q.State()
	if s.Len != 4 { // a, b, and x twice: a refused file may be whole by now
		t.Errorf("%d rows", s.Len)
	}
	if s.Notice != "1 file was in the list already" {
		t.Errorf("notice %q", s.Notice)
	}
}

func TestQueueConvertPauseCancel(t *testing.T) {
	q, w := openQueue(t)
	q.Add(processor.DefaultOptions(), "a.jpg", "b.jpg")
	q.Settled()
	o := processor.DefaultOptions()
	o.Strength = 4
	q.Convert(o)
	if s := q.State(); s.Working != 2 || s.Ready != 0 || !s.Busy() {
		t.Errorf("after Convert %+v", s)
	}
	if w.asked[0].Strength != 4 {
		t.Errorf("converted with strength %g", w.asked[0].Strength)
	}
	a := abs(t, "a.jpg")
	w.set(a, func(e *processor.Entry) {
		e.State, e.Stage, e.Done, e.Total, e.ETA = processor.Working, processor.StageDepth, 1, 4, 12*time.Second
	})
	q.Poll()
	r, _ := q.Row(0)
	if r.Detail != "25 % · 15 s left · Estimating depth" || !r.Progress || !r.CanCancel || r.Part != 0.25 {
		t.Errorf("working row %q %+v", r.Detail, r)
	}
	if s := q.State(); s.Part != 0.125 {
		t.Errorf("batch at %g", s.Part)
	}
	q.SetPaused(true)
	if !q.State().Paused {
		t.Error("not paused")
	}
	q.CancelAll()
	if s := q.State(); s.Working != 0 || s.Finished != 2 || s.Paused {
		t.Errorf("after CancelAll %+v", s)
	}
}

func TestQueueWarnsOfWhatCannotBeRead(t *testing.T) {
	q, w := openQueue(t)
	q.Add(processor.DefaultOptions(), "cut.jpg", "whole.jpg")
	q.Settled()
	for i := range 2 {
		q.Row(i)
	}
	q.Looked()
	cut, _ := q.Row(0)
	whole, _ := q.Row(1)
	if cut.Problem == nil || cut.Problem.Kind != "truncated" || cut.Detail != cut.Problem.Title || cut.Tone != Careful {
		t.Errorf("the row says %q, %+v", cut.Detail, cut.Problem)
	}
	if cut.State != processor.Ready || whole.Problem != nil {
		t.Errorf("state %s; the whole one says %+v", cut.State, whole.Problem)
	}
	// once it is asked for, what it does is told
	q.Convert(processor.DefaultOptions())
	q.Poll()
	if r, _ := q.Row(0); r.Problem != nil {
		t.Errorf("waiting it says %q", r.Detail)
	}
	w.set(abs(t, "cut.jpg"), func(e *processor.Entry) { e.State = processor.Done })
	q.Poll()
	if r, _ := q.Row(0); r.Problem != nil {
		t.Errorf("done it says %q", r.Detail)
	}
}

func TestQueuePausesOneVideo(t *testing.T) {
	q, w := openQueue(t)
	q.Add(processor.DefaultOptions(), "a.mp4", "b.mp4")
	q.Settled()
	q.Convert(processor.DefaultOptions())
	a := abs(t, "a.mp4")
	w.set(a, func(e *processor.Entry) {
		e.State, e.Stage, e.Done, e.Total, e.FPS = processor.Working, processor.StageEncode, 30, 120, 24.5
	})
	q.Poll()
	q.Row(0)
	q.Looked()
	r, _ := q.Row(0)
	if !r.CanPause || r.CanResume || r.Detail != "25 % · Saving · 24.5 frames/s" {
		t.Errorf("working %q, %+v", r.Detail, r)
	}
	q.Pause(true, r.ID)
	if r, _ = q.Row(0); r.State != processor.Paused || !r.CanResume || !r.Progress {
		t.Errorf("paused %+v", r)
	}
	if s := q.State(); s.Working != 2 {
		t.Errorf("a paused file counts as ended: %+v", s)
	}
	q.Pause(false, r.ID)
	if r, _ = q.Row(0); r.State != processor.Working {
		t.Errorf("resumed %+v", r)
	}
}

func TestQueueTellsOnceWhenABatchIsDone(t *testing.T) {
	q, w := openQueue(t)
	told := make(chan [2]int, 10)
	busy := make(chan bool, 100)
	q.OnIdle(func(done, failed int) { told <- [2]int{done, failed} })
	q.OnBusy(func(b bool) { busy <- b })
	q.Add(processor.DefaultOptions(), "a.jpg", "b.jpg", "c.jpg")
	q.Settled()
	q.Convert(processor.DefaultOptions())
	for _, n := range []string{"a.jpg", "b.jpg"} {
		w.set(abs(t, n), func(e *processor.Entry) {
			e.State, e.Wanted, e.Outputs = processor.Done, false, []string{"/out/" + n}
		})
	}
	w.set(abs(t, "c.jpg"), func(e *processor.Entry) { e.State, e.Wanted, e.Err = processor.Failed, false, errBroken })
	select {
	case got := <-told:
		if got != [2]int{2, 1} {
			t.Errorf("told %v", got)
		}
	case <-time.After(patience):
		t.Fatal("never told that the work is done")
	}
	q.Poll()
	if len(told) != 0 {
		t.Error("told twice")
	}
	if r, _ := q.Row(0); r.Detail != "Saved: a.jpg" || r.Tone != Good {
		t.Errorf("done row %q", r.Detail)
	}
	if r, _ := q.Row(2); !r.CanRetry || r.Problem == nil || r.Detail != "The file is damaged" {
		t.Errorf("failed row %+v", r)
	}
}

func TestQueueConvertAgainDoesTheSelected(t *testing.T) {
	q, w := openQueue(t)
	q.Add(processor.DefaultOptions(), "a.jpg", "b.jpg")
	q.Settled()
	for _, n := range []string{"a.jpg", "b.jpg"} {
		w.set(abs(t, n), func(e *processor.Entry) { e.State = processor.Done })
	}
	q.Poll()
	q.Select(1)
	q.Convert(processor.DefaultOptions())
	es := w.Entries()
	if es[0].Wanted || !es[1].Wanted {
		t.Errorf("wanted: %v, %v", es[0].Wanted, es[1].Wanted)
	}
}

func TestQueueRemoveKeepsASelection(t *testing.T) {
	cases := []struct {
		name     string
		selected int
		remove   []int
		want     string
	}{
		{"another row", 0, []int{2}, "0.jpg"},
		{"the selected: the next", 1, []int{1}, "2.jpg"},
		{"the last: the one before", 3, []int{3}, "2.jpg"},
		{"several around it", 1, []int{0, 1, 2}, "3.jpg"},
		{"all", 1, []int{0, 1, 2, 3}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			q, w := openQueue(t)
			q.Add(processor.DefaultOptions(), "0.jpg", "1.jpg", "2.jpg", "3.jpg")
			q.Settled()
			q.Select(c.selected)
			var told atomic.Value
			q.OnSelect(func(p string) { told.Store(p) })
			es := w.Entries()
			var ids []processor.EntryID
			for _, i := range c.remove {
				ids = append(ids, es[i].ID)
			}
			q.Remove(ids...)
			got := told.Load().(string)
			if got != "" {
				got = filepath.Base(got)
			}
			if got != c.want || q.State().Len != 4-len(c.remove) {
				t.Errorf("selected %q, want %q; %d rows", got, c.want, q.State().Len)
			}
		})
	}
}

func TestQueueClearFinishedAndMove(t *testing.T) {
	q, w := openQueue(t)
	q.Add(processor.DefaultOptions(), "a.jpg", "b.jpg", "c.jpg")
	q.Settled()
	w.set(abs(t, "b.jpg"), func(e *processor.Entry) { e.State = processor.Cancelled })
	q.Poll()
	q.ClearFinished()
	if n := q.State().Len; n != 2 {
		t.Fatalf("%d rows", n)
	}
	c, _ := q.Row(1)
	q.Move(c.ID, -1)
	if r, _ := q.Row(0); r.ID != c.ID {
		t.Errorf("the first row is %s", r.Name)
	}
	q.RemoveSelected()
	q.Clear()
	if n := q.State().Len; n != 0 {
		t.Errorf("%d rows after Clear", n)
	}
}

// A thousand dropped files must cost the list little: Poll and State run ten
// times a second while it works.
func BenchmarkQueuePollThousand(b *testing.B) {
	words, err := NewWords("en")
	if err != nil {
		b.Fatal(err)
	}
	w := newFakeWorker()
	q := NewQueue(w, fakeInspector{}, words)
	defer q.Close()
	paths := make([]string, 1000)
	for i := range paths {
		paths[i] = fmt.Sprintf("/photos/%04d.jpg", i)
	}
	q.Add(processor.DefaultOptions(), paths...)
	q.Settled()
	b.ReportAllocs()
	for b.Loop() {
		q.Poll()
		if s := q.State(); s.Len != len(paths) {
			b.Fatal(s.Len)
		}
	}
}

func TestARowTellsWhyItWaits(t *testing.T) {
	w := english(t)
	e := processor.Entry{Input: "a.mp4", Snapshot: processor.Snapshot{State: processor.Paused, Stage: processor.StageEncode}}
	byHand := w.row(&e, FileInfo{})
	e.NoRoom = true
	if r := w.row(&e, FileInfo{}); byHand.Detail != "Paused" || r.Detail == byHand.Detail || !r.CanCancel {
		t.Errorf("paused by hand %q, by a full disk %+v", byHand.Detail, r)
	}
}
