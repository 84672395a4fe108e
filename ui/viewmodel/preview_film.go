package viewmodel

import (
	"time"
)

// Scrub goes to a moment of a video while the hand is still searching: the
// film's own picture is shown, which is quick, and each step waits for the one
// before, so that there is always something to see.
func (p *Preview) Scrub(at time.Duration) {
	p.mutate(false, func() bool {
		p.stopLoop()
		p.scrub = true
		return p.seek(at)
	})
}

// Seek goes to a moment of a video.
func (p *Preview) Seek(at time.Duration) {
	p.mutate(true, func() bool {
		p.stopLoop()
		was := p.scrub
		p.scrub = false
		return p.seek(at) || was
	})
}

// seek sets the moment and says whether it is another; p.mu is held.
func (p *Preview) seek(at time.Duration) bool {
	at = min(max(at, 0), p.state.Length)
	changed := at != p.state.At
	p.state.At = at
	return changed && p.state.Film
}

// Step goes n frames on, or back when n is negative.
func (p *Preview) Step(n int) {
	p.mu.Lock()
	at, step := p.state.At, p.state.frameTime()
	p.mu.Unlock()
	p.Seek(at + time.Duration(n)*step)
}

// frameTime is how long a frame of the video stands.
func (s *PreviewState) frameTime() time.Duration {
	if s.FPS <= 0 {
		return time.Second / 25
	}
	return time.Duration(float64(time.Second) / s.FPS)
}

// A loop plays a short part of a video over and over. The first time round its
// pictures come as fast as they can be made; they are kept, and from then on
// it plays at its own speed, as long as nothing about it changes.
type loop struct {
	from  time.Duration
	step  time.Duration
	index int
	kept  []loopFrame
	stop  chan struct{}
}

type loopFrame struct{ first, second *Picture }

const (
	loopLength = 2 * time.Second
	loopFrames = 60 // at most: at the window's size they take some 100 MB
)

// forget drops the kept pictures: they show other settings.
func (l *loop) forget() {
	if l != nil {
		clear(l.kept)
	}
}

// Play plays from here on, or with false stops.
func (p *Preview) Play(on bool) {
	p.mu.Lock()
	switch {
	case !on:
		at := p.state.At
		was := p.state.Playing
		p.stopLoop()
		p.state.At = at
		if was {
			p.request(false) // at its full size again
		}
	case p.state.Film && !p.state.Playing && !p.closed:
		p.startLoop()
	}
	p.mu.Unlock()
	p.tell()
}

// startLoop begins at the present moment; near the end it goes back, so that
// there is something to play. p.mu is held.
func (p *Preview) startLoop() {
	l := &loop{step: p.state.frameTime(), stop: make(chan struct{})}
	l.step = max(l.step, time.Second/60)
	n := min(int(loopLength/l.step), loopFrames, max(int(p.state.Length/l.step), 1))
	l.from = max(min(p.state.At, p.state.Length-time.Duration(n)*l.step), 0)
	l.kept = make([]loopFrame, n)
	l.index = -1
	p.loop = l
	p.state.Playing = true
	p.wg.Go(func() { p.play(l) })
}

// stopLoop ends playing; p.mu is held.
func (p *Preview) stopLoop() {
	if p.loop != nil {
		close(p.loop.stop)
		p.loop = nil
	}
	p.state.Playing = false
}

func (p *Preview) play(l *loop) {
	tick := time.NewTicker(l.step)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
			p.turn(l)
		}
	}
}

// turn shows the loop's next frame if it is kept, else asks for it; while it
// is being made the loop waits.
func (p *Preview) turn(l *loop) {
	p.mu.Lock()
	if p.loop != l || p.state.Busy && l.index >= 0 && l.kept[l.index].first == nil {
		p.mu.Unlock()
		return
	}
	l.index = (l.index + 1) % len(l.kept)
	p.state.At = l.from + time.Duration(l.index)*l.step
	if k := l.kept[l.index]; k.first != nil {
		p.state.First, p.state.Second = k.first, k.second
	} else {
		p.request(false)
	}
	p.mu.Unlock()
	p.tell()
}

// keepForLoop keeps what is shown if it is the loop's present frame; p.mu is
// held.
func (p *Preview) keepForLoop(j job) {
	l := p.loop
	if l == nil || l.index < 0 || j.number != p.number {
		return
	}
	if j.frames[0].At == l.from+time.Duration(l.index)*l.step {
		l.kept[l.index] = loopFrame{p.state.First, p.state.Second}
	}
}
