package viewmodel

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestLazyDoesTheLastWishFirst(t *testing.T) {
	begun, goOn := make(chan string), make(chan struct{})
	var mu sync.Mutex
	var order []string
	l := newLazy(10, 2, 0, func(_ context.Context, path string) string {
		if path == "block" {
			begun <- path
			<-goOn
		}
		mu.Lock()
		defer mu.Unlock()
		order = append(order, path)
		return "value of " + path
	})
	defer l.close()
	l.get("block")
	<-begun
	for _, p := range []string{"a", "b", "c", "b"} {
		if _, ok := l.get(p); ok {
			t.Errorf("%s is known already", p)
		}
	}
	close(goOn)
	l.idle()
	// of a, c, b the oldest wish was dropped: two are remembered
	if want := []string{"block", "b", "c"}; !slices.Equal(order, want) {
		t.Errorf("done in the order %v, want %v", order, want)
	}
	if v, ok := l.get("b"); !ok || v != "value of b" {
		t.Errorf("b is %q, %v", v, ok)
	}
}

func TestLazyKeepsTheMostRecentlyUsed(t *testing.T) {
	l := newLazy(3, 10, 0, func(_ context.Context, path string) string { return path })
	defer l.close()
	for i := range 3 {
		l.get(fmt.Sprint(i))
		l.idle()
	}
	l.get("0")
	l.get("3")
	l.idle()
	if _, ok := l.get("0"); !ok {
		t.Error("0 was used last and is gone")
	}
	if _, ok := l.have["1"]; ok || l.order.Len() != 3 {
		t.Errorf("1 is still there; %d kept", l.order.Len())
	}
}

func TestLazyCloseEndsAndIdleReturns(t *testing.T) {
	l := newLazy(3, 10, 0, func(ctx context.Context, path string) error {
		<-ctx.Done()
		return ctx.Err()
	})
	l.get("x")
	l.close()
	l.idle()
}

// What is wished for while a list is scrolled is begun when it rests, and what
// has come is told of now and then.
func TestLazyWaitsForRestAndTellsSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rest = 80 * time.Millisecond
		var made, told atomic.Int32
		l := newLazy(100, 40, rest, func(context.Context, string) int {
			time.Sleep(10 * time.Millisecond)
			return int(made.Add(1))
		})
		l.listen(func() {
			l.read()
			told.Add(1)
		})
		for i := range 4 { // scrolling
			l.get(fmt.Sprint(i))
			time.Sleep(rest / 2)
		}
		if n := made.Load(); n != 0 {
			t.Errorf("%d made while it was scrolled", n)
		}
		for i := range 40 {
			l.get(fmt.Sprint(i))
		}
		time.Sleep(rest + time.Second)
		if n := made.Load(); n != 40 {
			t.Errorf("%d made of 40", n)
		}
		if n := told.Load(); n < 2 || n > 6 {
			t.Errorf("told %d times in 0.4 s", n)
		}
		l.close()
	})
}
