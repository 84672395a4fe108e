package pix

import "sync"

// Pool keeps released pictures and maps for the next frame of the same size.
// It holds at most its cap of idle bytes; what comes back beyond that is left
// to the garbage collector. Safe for concurrent use.
type Pool struct {
	mu   sync.Mutex
	cap  int
	idle int
	pics map[Layout][]*Picture
	maps map[[2]int][]*Map
}

// NewPool returns a pool that keeps at most capBytes of idle memory.
func NewPool(capBytes int) *Pool {
	return &Pool{cap: capBytes, pics: map[Layout][]*Picture{}, maps: map[[2]int][]*Map{}}
}

// Picture returns a picture of layout l; its samples are undefined. A nil pool
// allocates.
func (p *Pool) Picture(l Layout) *Picture {
	if l.Bits == 0 {
		l.Bits = 8
	}
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if s := p.pics[l]; len(s) > 0 {
			q := s[len(s)-1]
			s[len(s)-1] = nil
			p.pics[l] = s[:len(s)-1]
			p.idle -= l.Bytes()
			q.pool = p
			return q
		}
	}
	q := New(l)
	q.pool = p
	return q
}

// Map returns a map of w x h values, undefined in content.
func (p *Pool) Map(w, h int) *Map {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		k := [2]int{w, h}
		if s := p.maps[k]; len(s) > 0 {
			m := s[len(s)-1]
			s[len(s)-1] = nil
			p.maps[k] = s[:len(s)-1]
			p.idle -= w * h * 4
			m.pool = p
			return m
		}
	}
	m := NewMap(w, h)
	m.pool = p
	return m
}

// Release hands the picture's memory back to its pool, if it came from one.
// A second Release does nothing. Parts made by Sub are never pooled.
func (p *Picture) Release() {
	if p == nil || p.pool == nil {
		return
	}
	pool := p.pool
	p.pool = nil
	p.Alpha, p.Colour = false, Colour{}
	l := LayoutOf(p)
	pool.mu.Lock()
	defer pool.mu.Unlock()
	if pool.idle+l.Bytes() <= pool.cap {
		pool.pics[l] = append(pool.pics[l], p)
		pool.idle += l.Bytes()
	}
}

// Release hands the map's memory back to its pool, if it came from one.
func (m *Map) Release() {
	if m == nil || m.pool == nil {
		return
	}
	pool := m.pool
	m.pool = nil
	pool.mu.Lock()
	defer pool.mu.Unlock()
	if n := m.W * m.H * 4; pool.idle+n <= pool.cap {
		k := [2]int{m.W, m.H}
		pool.maps[k] = append(pool.maps[k], m)
		pool.idle += n
	}
}

// Drop leaves all idle memory to the garbage collector.
func (p *Pool) Drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.pics)
	clear(p.maps)
	p.idle = 0
}

// Idle returns the bytes the pool keeps at the moment.
func (p *Pool) Idle() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.idle
}
