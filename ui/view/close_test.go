package view

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"

	"spatialmaker/ui/viewmodel"
)

// ours counts the goroutines that run the program's own code.
func ours() (n int, stacks string) {
	buf := make([]byte, 4<<20)
	for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		// the one that asks, and tests, which testing runs
		if strings.Contains(g, "spatialmaker/") && !strings.Contains(g, "testing.tRunner") {
			n++
			stacks += g + "\n\n"
		}
	}
	return n, stacks
}

// Whoever starts a goroutine waits for it: when the window is closed none is
// left, whatever was under way.
func TestAClosedWindowLeavesNoGoroutines(t *testing.T) {
	before, _ := ours()
	t.Run("window", func(t *testing.T) {
		r := newRig(t, rigOptions{})
		r.w.preview.wiggle.period = time.Minute // else a slow painter never sees it settle
		r.vm.SetMode(viewmodel.ModeWiggle)
		r.drop(r.picture("a.jpg", 2000, 1500), r.picture("b.jpg", 2000, 1500))
		r.settle()
		r.vm.Models.Load("small", false)
		r.w.ShowSettings(PageModels)
		r.vm.Convert() // and closes while it works
	})
	// Goroutines that were told to end may still be on their way out.
	late := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		after, stacks := ours()
		if after <= before {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d goroutines are left of %d:\n%s", after, before, stacks)
		}
	}
}

// A window that comes to a display of another scale is laid out as before and
// its picture made anew with the pixels there are.
func TestAnotherDisplayScale(t *testing.T) {
	r := newRig(t, rigOptions{size: fyne.NewSize(900, 600)})
	r.drop(r.picture("a.jpg", 2000, 1500))
	r.settle()
	place, was := r.w.preview.viewer.Size(), r.vm.Preview.State().First
	c, ok := r.win.Canvas().(software.WindowlessCanvas)
	if !ok {
		t.Fatalf("%T cannot change its scale", r.win.Canvas())
	}
	c.SetScale(2)
	r.win.Resize(fyne.NewSize(900, 600))
	r.settle()
	now := r.vm.Preview.State().First
	if got := r.w.preview.viewer.Size(); got != place {
		t.Errorf("the picture's place is %v, was %v", got, place)
	}
	if a, b := was.Image.Rect.Dx(), now.Image.Rect.Dx(); b < 2*a-2 || b > 2*a+2 {
		t.Errorf("%d pixels across became %d at twice the scale", a, b)
	}
	if img := r.paint(); img.Bounds().Dx() != 1800 {
		t.Errorf("%d pixels are painted", img.Bounds().Dx())
	}
}
