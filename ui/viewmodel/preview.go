package viewmodel

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"spatialmaker/processor"
)

// Preview keeps the picture of the chosen file in step with the controls.
//
// One goroutine renders. A request for another file or another moment cancels
// the one under way, because its depth is dear and no longer wanted. A request
// that changes only what is cheap waits for the one under way and replaces any
// that already waits: were it to cancel too, a hand that never rests would
// never see a picture. Each request has a number and only a newer answer
// replaces what is shown. A film's frame is shown as it is first; when nothing
// newer is wanted, the frames before it are looked at to make it steadier, until
// anything else is asked for.
type Preview struct {
	change
	renderer Renderer
	onSpeed  func(model string, seconds float64)

	mu      sync.Mutex
	words   *Words
	state   PreviewState
	options processor.Options
	room    [2]int // pixels to fill
	scale   float64
	best    string // of the installed models
	number  uint64 // of the newest request
	shown   uint64 // of the request whose answer is shown
	dearAt  uint64 // the newest request that changed file or moment
	rough   uint64 // the request whose answer can be made steadier, 0 for none
	fine    bool   // that is under way
	cancel  context.CancelFunc
	wake    chan struct{}
	rest    chan struct{} // while pictures are being made: closed when they are
	closed  bool
	wg      sync.WaitGroup
	swept   uint64      // the request for another file after which memory was given back
	sweep   *time.Timer // gives it back
	scrub   bool        // the scrub bar is being dragged: only the original is made
	loop    *loop
}

// NewPreview starts the preview's goroutine; Close ends it.
func NewPreview(r Renderer, w *Words) *Preview {
	p := &Preview{renderer: r, words: w, wake: make(chan struct{}, 1)}
	p.state = PreviewState{Mode: ModeSBS, SideA: processor.ViewOriginal, SideB: processor.ViewDepth}
	p.options = processor.DefaultOptions()
	p.sweep = time.AfterFunc(time.Hour, debug.FreeOSMemory)
	p.sweep.Stop()
	p.wg.Go(p.run)
	return p
}

// OnChange sets who is told that State has changed.
func (p *Preview) OnChange(fn func()) { p.listen(fn) }

// State returns what to show.
func (p *Preview) State() PreviewState {
	p.read()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// OnSpeed sets who is told how long a network took for a picture.
func (p *Preview) OnSpeed(fn func(model string, seconds float64)) { p.onSpeed = fn }

// SetWords changes the language; what is shown is put into words anew.
func (p *Preview) SetWords(w *Words) {
	p.mutate(false, func() bool {
		p.words = w
		return true
	})
}

// Show chooses a file, "" for none.
func (p *Preview) Show(path string) {
	p.mu.Lock()
	if path == p.state.Path {
		p.mu.Unlock()
		return
	}
	p.stopLoop()
	p.scrub = false
	p.state = PreviewState{
		Path: path, Mode: p.state.Mode, ColourMap: p.state.ColourMap,
		SideA: p.state.SideA, SideB: p.state.SideB,
	}
	p.request(true)
	p.mu.Unlock()
	p.tell()
}

// SetMode chooses how to look at the file.
func (p *Preview) SetMode(m Mode) {
	p.mutate(false, func() bool {
		if p.state.Mode == m {
			return false
		}
		p.state.Mode = m // the old picture stays until the new one is there
		return true
	})
}

// SetSides chooses what Compare wipes between.
func (p *Preview) SetSides(a, b processor.View) {
	p.mutate(false, func() bool {
		p.state.SideA, p.state.SideB = a, b
		return p.state.Mode == ModeCompare
	})
}

// SwapSides turns round what Compare wipes between.
func (p *Preview) SwapSides() {
	p.mutate(false, func() bool {
		p.state.SideA, p.state.SideB = p.state.SideB, p.state.SideA
		return p.state.Mode == ModeCompare
	})
}

// SetColourMap shows depth in colours or in grey.
func (p *Preview) SetColourMap(on bool) {
	p.mutate(false, func() bool {
		changed := p.state.ColourMap != on
		p.state.ColourMap = on
		return changed
	})
}

// SetOptions follows the controls.
func (p *Preview) SetOptions(o processor.Options) {
	p.mutate(false, func() bool {
		dear := o.Model != p.options.Model || o.DepthSize != p.options.DepthSize ||
			o.DepthMap != p.options.DepthMap || o.Backend != p.options.Backend ||
			o.DepthFrom != p.options.DepthFrom || o.Detail != p.options.Detail
		p.options = o
		if dear {
			p.loop.forget()
			p.request(true)
			return false
		}
		return true
	})
}

// SetRoom tells how many pixels there are to fill and at what scale the
// picture is looked at: 0 fitted in, else device pixels per picture pixel.
func (p *Preview) SetRoom(w, h int, scale float64) {
	p.mutate(false, func() bool {
		changed := p.room != [2]int{w, h} || p.scale != scale
		p.room, p.scale = [2]int{w, h}, scale
		return changed
	})
}

// ModelsChanged hears of the models there are, the best of the installed ones
// first. The picture is made anew if that is another one now and the choice is
// left to the program, or if it could not be made: what was missing may be there.
func (p *Preview) ModelsChanged(all []ModelChoice) {
	best := ""
	if len(all) > 0 && all[0].Installed {
		best = all[0].Name
	}
	p.mutate(true, func() bool {
		another := p.best != best && p.best != ""
		p.best = best
		return p.state.Problem != nil || another && p.options.Model == ""
	})
}

// Exported hears that files have been converted: of a film among them more may be
// known now.
func (p *Preview) Exported() {
	p.mutate(false, func() bool { return p.state.Nearly })
}

// mutate changes the state and requests a picture when fn says so.
func (p *Preview) mutate(dear bool, fn func() bool) {
	p.mu.Lock()
	if fn() {
		p.loop.forget()
		p.request(dear)
	}
	p.mu.Unlock()
	p.tell()
}

// request asks the goroutine for the present state; p.mu is held.
func (p *Preview) request(dear bool) {
	if p.closed {
		return
	}
	p.number++
	if dear {
		p.dearAt = p.number
		p.state.HasDepth, p.state.Note = false, ""
	}
	if p.cancel != nil && (dear || p.fine) {
		p.cancel()
	}
	p.state.Busy = p.state.Path != ""
	select {
	case p.wake <- struct{}{}:
	default: // it will see this request when it looks next
	}
}

// Quiet waits until no picture is being made, or for the end of ctx.
func (p *Preview) Quiet(ctx context.Context) {
	p.mu.Lock()
	rest := p.rest
	p.mu.Unlock()
	if rest == nil {
		return
	}
	select {
	case <-rest:
	case <-ctx.Done():
	}
}

// Close ends the goroutine and whatever it renders.
func (p *Preview) Close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	p.sweep.Stop()
	p.stopLoop()
	if p.cancel != nil {
		p.cancel()
	}
	close(p.wake)
	p.mu.Unlock()
	p.wg.Wait()
	p.renderer.Forget()
}
