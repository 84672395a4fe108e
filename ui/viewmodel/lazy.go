package viewmodel

import (
	"container/list"
	"context"
	"slices"
	"sync"
	"time"
)

// lazy finds out a value for a file when it is first looked at, and keeps the
// most recently used. One goroutine does the work, what was asked for last
// first, because that is what is on screen; what is pushed out of the list of
// wishes has been scrolled by. While the wishes still change nothing is begun
// if rest is set, so that the drawing of a list that is scrolled has the
// processor to itself.
type lazy[V any] struct {
	change
	find   func(ctx context.Context, path string) V
	keep   int
	wishes int
	rest   time.Duration
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	cond    *sync.Cond
	have    map[string]*list.Element // of *found[V]
	order   *list.List               // most recently used in front
	waiting []string
	wished  time.Time // when something new was last wished for
	doing   bool
	told    time.Time
	later   *time.Timer // tells of what has come since told
	closed  bool
	wg      sync.WaitGroup
}

type found[V any] struct {
	path  string
	value V
}

// tellPeriod is the least time between two words of new values: each has the
// window painted.
const tellPeriod = 100 * time.Millisecond

// newLazy starts the goroutine. It keeps at most keep values and remembers at
// most wishes requests.
func newLazy[V any](keep, wishes int, rest time.Duration, find func(context.Context, string) V) *lazy[V] {
	l := &lazy[V]{find: find, keep: keep, wishes: wishes, rest: rest, have: map[string]*list.Element{}, order: list.New()}
	l.cond = sync.NewCond(&l.mu)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.wg.Go(l.run)
	return l
}

// get returns the value if it is known; if not it is wished for, and the
// listener is told when it has come.
func (l *lazy[V]) get(path string) (V, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.have[path]; e != nil {
		l.order.MoveToFront(e)
		return e.Value.(*found[V]).value, true
	}
	if i := slices.Index(l.waiting, path); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	} else {
		l.wished = time.Now()
	}
	l.waiting = append(l.waiting, path)
	if len(l.waiting) > l.wishes {
		l.waiting = slices.Delete(l.waiting, 0, 1)
	}
	l.cond.Broadcast()
	var none V
	return none, false
}

// idle waits until nothing is wished for and all that came has been told.
func (l *lazy[V]) idle() {
	l.mu.Lock()
	for (len(l.waiting) > 0 || l.doing) && !l.closed {
		l.cond.Wait()
	}
	untold := l.later != nil && l.later.Stop()
	l.mu.Unlock()
	if untold {
		l.tellNow()
	}
}

func (l *lazy[V]) close() {
	l.cancel()
	l.mu.Lock()
	l.closed = true
	if l.later != nil {
		l.later.Stop()
	}
	l.cond.Broadcast()
	l.mu.Unlock()
	l.wg.Wait()
}

func (l *lazy[V]) run() {
	for {
		path, ok := l.next()
		if !ok {
			return
		}
		v := l.find(l.ctx, path)
		l.mu.Lock()
		l.have[path] = l.order.PushFront(&found[V]{path: path, value: v})
		if l.order.Len() > l.keep {
			old := l.order.Remove(l.order.Back()).(*found[V])
			delete(l.have, old.path)
		}
		if l.later == nil && !l.closed { // soon, if another has just been told of
			l.later = time.AfterFunc(max(0, tellPeriod-time.Since(l.told)), l.tellNow)
		}
		l.mu.Unlock()
	}
}

func (l *lazy[V]) tellNow() {
	l.mu.Lock()
	l.told, l.later = time.Now(), nil
	l.mu.Unlock()
	l.tell()
}

func (l *lazy[V]) next() (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.doing = false
	l.cond.Broadcast()
	for len(l.waiting) == 0 && !l.closed {
		l.cond.Wait()
	}
	l.settle()
	if l.closed {
		return "", false
	}
	n := len(l.waiting) - 1
	path := l.waiting[n]
	l.waiting = l.waiting[:n]
	l.doing = true
	return path, true
}

// settle waits until nothing new has been wished for a while, but not for ever.
// l.mu is held.
func (l *lazy[V]) settle() {
	for begin := time.Now(); !l.closed && time.Since(begin) < 5*l.rest; {
		wait := l.rest - time.Since(l.wished)
		if wait <= 0 {
			return
		}
		l.mu.Unlock()
		select {
		case <-time.After(wait):
		case <-l.ctx.Done():
		}
		l.mu.Lock()
	}
}
