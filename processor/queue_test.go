package processor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spatialmaker/processor/depth/depthtest"
)

// await reads the queue, as the window does, until ok says so.
func await(t *testing.T, q *Queue, what string, ok func([]Entry) bool) []Entry {
	t.Helper()
	deadline := time.After(30 * time.Second)
	clock := time.NewTicker(5 * time.Millisecond) // stages and progress are no changes of the queue
	defer clock.Stop()
	for {
		if es := q.Entries(); ok(es) {
			return es
		}
		select {
		case <-q.Changed():
		case <-clock.C:
		case <-deadline:
			t.Fatalf("never %s: %+v", what, q.Entries())
		}
	}
}

func openQueue(t *testing.T, e *Engine, file string) *Queue {
	t.Helper()
	q, err := OpenQueue(e, file)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func states(es []Entry) string {
	var s []string
	for _, e := range es {
		s = append(s, strings.TrimSuffix(filepath.Base(e.Input), ".png")+":"+e.State.String())
	}
	return strings.Join(s, " ")
}

func TestQueue(t *testing.T) {
	dir := t.TempDir()
	var ins []string
	for _, n := range []string{"a", "b", "c"} {
		ins = append(ins, writePNG(t, filepath.Join(dir, n+".png"), drawn(8, 8)))
	}
	if err := os.WriteFile(filepath.Join(dir, "x.png"), []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	ins = append(ins, filepath.Join(dir, "x.png"))
	file := filepath.Join(t.TempDir(), "home", "queue.json")
	e := testEngine(t, &depthtest.Gradient{})
	q := openQueue(t, e, file)
	ids, err := q.Add(t.Context(), ins, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	if got := states(q.Entries()); got != "a:ready b:ready c:ready x:failed" {
		t.Fatalf("added: %s", got)
	}
	q.SetPaused(true)
	q.Convert(nil, ids[0], ids[2])
	if got := states(q.Entries()); got != "a:paused b:ready c:paused x:failed" {
		t.Fatalf("paused: %s", got)
	}
	q.Move(ids[2], -2)
	q.SetPaused(false)
	es := await(t, q, "finished", func(es []Entry) bool { return !q.Busy() })
	if got := states(es); got != "c:done a:done b:ready x:failed" {
		t.Fatalf("converted: %s", got)
	}
	if len(es[0].Outputs) != 1 {
		t.Errorf("outputs: %v", es[0].Outputs)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = openQueue(t, e, file)
	if got := states(q.Entries()); got != "c:done a:done b:ready" {
		t.Fatalf("after a restart: %s", got)
	}
	q.ClearFinished()
	q.Remove(q.Entries()[0].ID)
	if got := states(q.Entries()); got != "" {
		t.Fatalf("cleared: %s", got)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestQueueCancelAndRetry(t *testing.T) {
	dir := t.TempDir()
	in := writePNG(t, filepath.Join(dir, "a.png"), drawn(8, 8))
	est := &depthtest.Gradient{Delay: time.Hour}
	q := openQueue(t, testEngine(t, est), filepath.Join(dir, "queue.json"))
	ids, err := q.Add(t.Context(), []string{in}, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	q.Convert(nil)
	await(t, q, "working", func(es []Entry) bool { return es[0].Stage == StageDepth })
	q.Cancel(ids[0])
	await(t, q, "cancelled", func(es []Entry) bool { return es[0].State == Cancelled && !q.Busy() })
	q.Retry(nil, ids[0])
	await(t, q, "working again", func(es []Entry) bool { return es[0].State == Working })
	q.Remove(ids[0])
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	noTemporaries(t, dir)
}

// TestQueueResumes: what the program's end cut short is wanted next time.
func TestQueueResumes(t *testing.T) {
	dir := t.TempDir()
	in := writePNG(t, filepath.Join(dir, "a.png"), drawn(8, 8))
	file := filepath.Join(dir, "queue.json")
	q := openQueue(t, testEngine(t, &depthtest.Gradient{Delay: time.Hour}), file)
	if _, err := q.Add(t.Context(), []string{in}, DefaultOptions()); err != nil {
		t.Fatal(err)
	}
	q.Convert(nil)
	await(t, q, "working", func(es []Entry) bool { return es[0].Stage == StageDepth })
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = openQueue(t, testEngine(t, &depthtest.Gradient{}), file)
	es := await(t, q, "done", func(es []Entry) bool { return es[0].State == Done })
	if len(es[0].Outputs) != 1 {
		t.Errorf("outputs: %v", es[0].Outputs)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

// A file whose conversion failed is there at the next start, to be tried again;
// what was nothing to convert is not.
func TestQueueKeepsFailures(t *testing.T) {
	dir := t.TempDir()
	in := writePNG(t, filepath.Join(dir, "a.png"), drawn(8, 8))
	file, text := filepath.Join(dir, "queue.json"), filepath.Join(dir, "b.txt")
	if err := os.WriteFile(text, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	q := openQueue(t, testEngine(t, &depthtest.Gradient{Err: errors.New("no answer")}), file)
	if _, err := q.Add(t.Context(), []string{in, text}, DefaultOptions()); err != nil {
		t.Fatal(err)
	}
	q.Convert(nil)
	await(t, q, "two failures", func(es []Entry) bool { return es[0].State == Failed && es[1].State == Failed && !q.Busy() })
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = openQueue(t, testEngine(t, &depthtest.Gradient{}), file)
	es := await(t, q, "the next start", func([]Entry) bool { return true })
	if len(es) != 1 || es[0].Input != in || es[0].State != Ready || es[0].Wanted {
		t.Errorf("the queue is %+v", es)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestQueueUnreadable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "queue.json")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	q, err := OpenQueue(testEngine(t, &depthtest.Gradient{}), file)
	if err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a damaged file gives %v", err)
	}
	if _, err := os.Stat(file + ".unreadable"); err != nil {
		t.Errorf("the damaged file is not kept: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}
