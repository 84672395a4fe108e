package processor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// State is where a file stands. There is no other flag: a file is in exactly
// one of these.
type State uint8

// The states. Done, Cancelled and Failed are final.
const (
	Ready State = iota
	Working
	Paused
	Done
	Cancelled
	Failed
)

var stateNames = [...]string{"ready", "working", "paused", "done", "cancelled", "failed"}

// String gives the state in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// Final reports whether the state will not change any more by itself.
func (s State) Final() bool { return s >= Done }

// Stage names what is being done to a file, for people and for JSON.
type Stage string

// The stages a file goes through. A photo counts them; a video counts frames.
const (
	StageQueued Stage = "queued"
	StageDecode Stage = "decode"
	StageDepth  Stage = "depth"
	StageStereo Stage = "stereo"
	StageEncode Stage = "encode"
)

// Timing is what a file cost, in wall time of each stage.
type Timing struct {
	Total  time.Duration
	Decode time.Duration
	Depth  time.Duration // estimate and refinement
	Stereo time.Duration // both eyes, all formats
	Encode time.Duration
	// Inference is the part of Depth spent inside the runtime.
	Inference time.Duration
}

// Comfort is how a picture's parallax lies against what eyes bear; see
// stereo.Reading. Shares are 0..1, disparities in percent of the width of one
// eye, positive in front of the screen.
type Comfort struct {
	Outside  float64
	Nearest  float64
	Farthest float64
}

// Snapshot is a file's whole state at one moment. The window, the text and the
// JSON output are three readers of it.
type Snapshot struct {
	State   State
	Stage   Stage
	Input   string
	Done    int64 // units finished: frames of a video, stages of a photo
	Total   int64 // 0 while unknown
	FPS     float64
	ETA     time.Duration // 0 while unknown
	Elapsed time.Duration
	Outputs []string
	Notes   []string // what the user should know: first frame of five, skipped, ...
	Model   string
	Backend string
	Device  string
	Comfort *Comfort
	// DepthFrom says whose depth was used: "model", "file" or "depth-map"; ""
	// before it is known.
	DepthFrom string
	Timing    Timing
	Frames    int64
	NoRoom    bool // Paused by itself until the disk has room again
	Err       error
}

// Fraction is the finished share 0..1, 0 while the total is unknown.
func (s Snapshot) Fraction() float64 {
	if s.State == Done {
		return 1
	}
	if s.Total <= 0 {
		return 0
	}
	return min(1, float64(s.Done)/float64(s.Total))
}

// Item is one input file under work. The engine writes it, any goroutine may
// read a Snapshot.
type Item struct {
	Input string

	mu      sync.Mutex
	snap    Snapshot
	started time.Time
	rate    rate
	held    chan struct{} // closed to go on; nil: not paused
}

// NewItem returns an item waiting for work on the file input.
func NewItem(input string) *Item {
	return &Item{Input: input, snap: Snapshot{Input: input, Stage: StageQueued}}
}

// Snapshot returns the item's state now.
func (it *Item) Snapshot() Snapshot {
	it.mu.Lock()
	defer it.mu.Unlock()
	s := it.snap
	s.Outputs = append([]string(nil), s.Outputs...)
	s.Notes = append([]string(nil), s.Notes...)
	if s.State == Working {
		s.Elapsed = time.Since(it.started)
		s.FPS, s.ETA = it.rate.read(time.Now(), s.Done, s.Total)
	}
	return s
}

func (it *Item) update(f func(*Snapshot)) {
	it.mu.Lock()
	defer it.mu.Unlock()
	f(&it.snap)
}

// begin moves the item to Working.
func (it *Item) begin(total int64) {
	it.mu.Lock()
	defer it.mu.Unlock()
	it.started = time.Now()
	it.rate = rate{}
	it.snap = Snapshot{Input: it.Input, State: Working, Stage: StageDecode, Total: total}
}

// stage says what is done now and how many units lie behind.
func (it *Item) stage(s Stage, done int64) {
	it.update(func(sn *Snapshot) { sn.Stage, sn.Done = s, done })
}

// advance counts finished units of a video.
func (it *Item) advance(n int64) {
	it.mu.Lock()
	defer it.mu.Unlock()
	it.snap.Done += n
	it.rate.add(time.Now(), it.snap.Done)
}

func (it *Item) note(text string) {
	it.update(func(s *Snapshot) { s.Notes = append(s.Notes, text) })
}

// noteOnce adds a note that may be found again, after an interruption.
func (it *Item) noteOnce(text string) {
	it.update(func(s *Snapshot) {
		if !slices.Contains(s.Notes, text) {
			s.Notes = append(s.Notes, text)
		}
	})
}

// setState moves a file under work between Working and Paused.
func (it *Item) setState(st State) {
	it.update(func(s *Snapshot) {
		if !s.State.Final() {
			s.State = st
		}
	})
}

// SetPaused holds a video under work before its next frame, or lets it go on.
// Photos, which take moments, are not held.
func (it *Item) SetPaused(on bool) {
	it.mu.Lock()
	defer it.mu.Unlock()
	switch {
	case on && it.held == nil:
		it.held = make(chan struct{})
	case !on && it.held != nil:
		close(it.held)
		it.held = nil
	}
}

// hold waits while the item is paused.
func (it *Item) hold(ctx context.Context) error {
	it.mu.Lock()
	held := it.held
	it.mu.Unlock()
	if held == nil {
		return ctx.Err()
	}
	it.setState(Paused)
	defer it.setState(Working)
	select {
	case <-held:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end moves the item to its final state.
func (it *Item) end(st State, err error) {
	it.mu.Lock()
	defer it.mu.Unlock()
	it.snap.State, it.snap.Err = st, err
	if !it.started.IsZero() {
		it.snap.Elapsed = time.Since(it.started)
		it.snap.Timing.Total = it.snap.Elapsed
	}
	if st == Done {
		it.snap.Done = it.snap.Total
	}
	it.snap.ETA = 0
}

// rate measures units a second over the last few seconds, so that time left
// follows a change of pace within the window.
type rate struct {
	n     int
	times [rateMarks]time.Time
	marks [rateMarks]int64
}

const (
	rateMarks = 64
	rateStep  = 150 * time.Millisecond // 64 marks: a window of about ten seconds
)

func (r *rate) add(now time.Time, done int64) {
	if r.n > 0 && now.Sub(r.times[(r.n-1)%rateMarks]) < rateStep {
		return
	}
	r.times[r.n%rateMarks], r.marks[r.n%rateMarks] = now, done
	r.n++
}

func (r *rate) read(now time.Time, done, total int64) (perSecond float64, left time.Duration) {
	if r.n < 2 {
		return 0, 0
	}
	oldest := 0
	if r.n > rateMarks {
		oldest = r.n % rateMarks
	}
	dt := now.Sub(r.times[oldest]).Seconds()
	if dt <= 0 || done <= r.marks[oldest] {
		return 0, 0
	}
	perSecond = float64(done-r.marks[oldest]) / dt
	if total > done {
		left = time.Duration(float64(total-done) / perSecond * float64(time.Second))
	}
	return perSecond, left
}
