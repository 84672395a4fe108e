package viewmodel

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
)

func TestLazyDoesTheLastWishFirst(t *testing.T) {
	begun, goOn := make(chan string), make(chan struct{})
	var mu sync.Mutex
	var order []string
	l := newLazy(10, 2, func(_ context.Context, path string) string {
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
	l := newLazy(3, 10, func(_ context.Context, path string) string { return path })
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
	l := newLazy(3, 10, func(ctx context.Context, path string) error {
		<-ctx.Done()
		return ctx.Err()
	})
	l.get("x")
	l.close()
	l.idle()
}
