package models

import (
	"sync"
	"time"
)

// Stage is what a download is doing.
type Stage string

// The stages; a download ends in one of the last three.
const (
	StageWaiting     Stage = "waiting" // another process is fetching the same model
	StageDownloading Stage = "downloading"
	StageRetrying    Stage = "retrying" // pausing before the next try
	StagePaused      Stage = "paused"
	StageVerifying   Stage = "verifying"
	StageUnpacking   Stage = "unpacking"
	StageDone        Stage = "done"
	StageFailed      Stage = "failed"
	StageCancelled   Stage = "cancelled"
)

// Progress is a download at one moment.
type Progress struct {
	Model string
	Stage Stage
	File  string        // being worked on
	Done  int64         // bytes; those of an earlier, interrupted run included
	Total int64         // bytes; 0 when nobody knows
	Exact bool          // Total is no estimate
	Speed float64       // bytes a second over the last seconds
	Left  time.Duration // at that speed; 0 when unknown
	Note  string        // why it is retrying, and when it tries again
}

// Fraction is how much is done, 0..1; 0 when the total is unknown.
func (p Progress) Fraction() float64 {
	if p.Total <= 0 {
		return 0
	}
	return min(1, float64(p.Done)/float64(p.Total))
}

// The speed is an average over the last window, from samples some time apart.
const (
	speedWindow = 8 * time.Second
	sampleEvery = 250 * time.Millisecond
)

// meter collects progress from the download's goroutine for readers in others.
type meter struct {
	mu      sync.Mutex
	p       Progress
	base    int64 // bytes of finished files
	samples []sample
}

type sample struct {
	at   time.Time
	done int64
}

func (m *meter) snapshot() Progress {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.p
	p.Speed = m.speed(time.Now())
	if rest := p.Total - p.Done; rest > 0 && p.Speed > 0 && p.Stage == StageDownloading {
		p.Left = time.Duration(float64(rest) / p.Speed * float64(time.Second)).Round(time.Second)
	}
	return p
}

// speed is bytes a second since the oldest sample in the window.
func (m *meter) speed(now time.Time) float64 {
	if m.p.Stage != StageDownloading || len(m.samples) == 0 {
		return 0
	}
	first := m.samples[0]
	if dt := now.Sub(first.at); dt >= sampleEvery {
		return max(0, float64(m.p.Done-first.done)/dt.Seconds())
	}
	return 0
}

// stage enters a stage; the speed is measured anew.
func (m *meter) stage(s Stage, note string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.p.Stage != s {
		m.samples = m.samples[:0]
	}
	m.p.Stage, m.p.Note = s, note
}

// at sets how much of the current file is there.
func (m *meter) at(done int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.p.Done = m.base + done
	now := time.Now()
	if n := len(m.samples); n == 0 || now.Sub(m.samples[n-1].at) >= sampleEvery {
		m.samples = append(m.samples, sample{now, m.p.Done})
	}
	for len(m.samples) > 2 && now.Sub(m.samples[0].at) > speedWindow {
		m.samples = m.samples[1:]
	}
}

// begin starts on a file; base is the size of the files before it.
func (m *meter) begin(file string, base int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.p.File, m.base, m.p.Done = file, base, base
}

func (m *meter) total(n int64, exact bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.p.Total, m.p.Exact = n, exact
}

func (m *meter) name(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.p.Model = name
}
