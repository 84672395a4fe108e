package viewmodel

import (
	"context"
	"errors"
	"image"
	"runtime/debug"
	"sync"
	"time"

	"spatialmaker/processor"
)

// Mode is one way to look at the chosen file.
type Mode string

// The modes, in the order shown. All but the last two are a single view.
const (
	ModeOriginal Mode = "original"
	ModeDepth    Mode = "depth"
	ModeSBS      Mode = "sbs"
	ModeAnaglyph Mode = "anaglyph"
	ModeWiggle   Mode = "wiggle"  // left and right eye in turn
	ModeCompare  Mode = "compare" // a divider wipes between two views
)

// Modes are the ways to look at a file, in the order shown.
func Modes() []Mode {
	return []Mode{ModeOriginal, ModeDepth, ModeSBS, ModeAnaglyph, ModeWiggle, ModeCompare}
}

// Sides are the views that Compare can wipe between.
func Sides() []processor.View {
	return []processor.View{
		processor.ViewOriginal, processor.ViewDepth, processor.ViewSBS, processor.ViewAnaglyph,
		processor.ViewLeft, processor.ViewRight,
	}
}

// Renderer makes preview pictures with the same stages as a conversion and
// keeps what it has computed; *processor.Preview is one. Render returns ctx's
// error when cancelled. An Image is the receiver's own.
type Renderer interface {
	Render(ctx context.Context, r processor.PreviewRequest) (processor.PreviewResult, error)
	Forget()
}

// Picture is a rendered view. W and H are those of the view at full size,
// which Image stands for with as many pixels or fewer.
type Picture struct {
	View  processor.View
	Image *image.RGBA
	W, H  int
}

// eyeW is the width of one eye at full size.
func (p *Picture) eyeW() int {
	if p.View == processor.ViewSBS {
		return p.W / 2
	}
	return p.W
}

// PreviewState is all that the preview shows.
type PreviewState struct {
	Path          string // "" when nothing is chosen
	Mode          Mode
	First, Second *Picture       // Second is there for Wiggle and Compare
	SideA, SideB  processor.View // of Compare
	ColourMap     bool
	Busy          bool // a newer picture is on its way
	Steadying     bool // what is shown is made steadier: other frames are looked at
	Problem       *Problem
	Comfort       *ComfortReading
	HasDepth      bool
	Convergence   float64 // the depth on the screen plane of what is shown
	Inference     time.Duration
	Film          bool // a video: it has moments
	At, Length    time.Duration
	FPS           float64
	Playing       bool
	Note          string // how long it took
	Notes         []string
}

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

// sweepAfter is how long after another file was shown, and nothing more was asked
// for, what decoding it has left is given back to the system. The collector
// would keep it for the next file, however long that takes to come.
const sweepAfter = 400 * time.Millisecond

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

// Retry renders anew if the last picture could not be made: what was missing (a
// model, a file) may be there now.
func (p *Preview) Retry() {
	p.mutate(true, func() bool { return p.state.Problem != nil })
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

// job is a request as the goroutine takes it.
type job struct {
	number uint64
	frames []processor.PreviewRequest
	fine   bool // the same request once more, and not in haste
	// first is a picture to show until the depth is there, nil for none.
	first *processor.PreviewRequest
}

func (p *Preview) run() {
	for range p.wake {
		for {
			ctx, j, ok := p.take()
			if !ok {
				break
			}
			p.render(ctx, j)
		}
		p.mu.Lock()
		if p.rest != nil {
			close(p.rest)
			p.rest = nil
		}
		if p.swept != p.dearAt && !p.closed {
			p.swept = p.dearAt
			p.sweep.Reset(sweepAfter)
		}
		p.mu.Unlock()
	}
}

// take returns the newest request if it has not been rendered yet.
func (p *Preview) take() (context.Context, job, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fine := p.number == p.shown
	if p.closed || p.room[0] == 0 || fine && (p.rough != p.number || p.state.Playing) {
		return nil, job{}, false
	}
	if p.state.Path == "" {
		p.shown = p.number
		p.renderer.Forget() // no call is under way: this goroutine makes them all
		return nil, job{}, false
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	if p.rest == nil {
		p.rest = make(chan struct{})
	}
	p.rough, p.fine, p.state.Steadying = 0, fine, fine
	j := job{number: p.number, fine: fine}
	for _, v := range p.parts() {
		f := p.frame(v)
		f.Hasty = !fine
		j.frames = append(j.frames, f)
	}
	if p.state.First == nil && j.frames[0].View != processor.ViewOriginal {
		f := p.frame(processor.ViewOriginal)
		j.first = &f
	}
	return ctx, j, true
}

// parts are the pictures that the mode is made of.
func (p *Preview) parts() []processor.View {
	s := &p.state
	if p.scrub {
		return []processor.View{processor.ViewOriginal}
	}
	switch s.Mode {
	case ModeWiggle:
		return []processor.View{processor.ViewLeft, processor.ViewRight}
	case ModeCompare:
		return []processor.View{s.tinted(s.SideA), s.tinted(s.SideB)}
	}
	return []processor.View{s.tinted(processor.View(s.Mode))}
}

// tinted is the view with depth in colours if those are wished for.
func (s *PreviewState) tinted(v processor.View) processor.View {
	if v == processor.ViewDepth && s.ColourMap {
		return processor.ViewDepthTint
	}
	return v
}

// request is what is asked for one view, at the size in which it will be seen.
func (p *Preview) frame(v processor.View) processor.PreviewRequest {
	f := processor.PreviewRequest{Path: p.state.Path, Options: p.options, View: v, MaxW: p.room[0], MaxH: p.room[1], At: p.state.At}
	if v == processor.ViewSBS {
		f.MaxW /= 2 // the engine counts the pixels of one eye
	}
	if p.scale > 0 {
		// Zoomed: as many pixels as are looked at, the picture's own at most.
		f.MaxW, f.MaxH = 0, 0
		if first := p.state.First; first != nil && p.scale < 1 {
			f.MaxW = int(float64(first.eyeW())*p.scale + 0.5)
			f.MaxH = int(float64(first.H)*p.scale + 0.5)
		}
	}
	return f
}

func (p *Preview) render(ctx context.Context, j job) {
	if j.first != nil {
		p.showFirst(ctx, j)
	}
	if j.fine {
		p.tell()
	}
	begin := time.Now()
	answers := make([]processor.PreviewResult, 0, len(j.frames))
	var err error
	for _, f := range j.frames {
		var r processor.PreviewResult
		if r, err = p.renderer.Render(ctx, f); err != nil {
			break
		}
		answers = append(answers, r)
	}
	p.mu.Lock()
	if p.cancel != nil {
		p.cancel()
		p.cancel = nil
	}
	p.fine, p.state.Steadying = false, false
	switch {
	case j.fine && (err != nil || j.number != p.number): // what is shown stays
	case j.number >= p.dearAt && (j.number > p.shown || j.fine):
		p.show(j, answers, err, time.Since(begin))
	} // else it answers to a file or moment left meanwhile
	p.mu.Unlock()
	if n := len(answers); n > 0 && p.onSpeed != nil && answers[n-1].Inference > 0 {
		p.onSpeed(answers[n-1].Model, answers[n-1].Inference.Seconds())
	}
	p.tell()
}

// showFirst shows a new file's own picture while its depth is on the way. What
// goes wrong goes wrong again with the picture asked for, and is told then.
func (p *Preview) showFirst(ctx context.Context, j job) {
	r, err := p.renderer.Render(ctx, *j.first)
	if err != nil {
		return
	}
	p.mu.Lock()
	shown := j.number >= p.dearAt && p.state.First == nil
	if shown {
		p.state.First = newPicture(*j.first, r)
		if r.Film != nil {
			p.state.Film, p.state.Length, p.state.FPS = true, r.Film.Length, r.Film.FPS
		}
	}
	p.mu.Unlock()
	if shown {
		p.tell()
	}
}

// show takes over an answer; p.mu is held.
func (p *Preview) show(j job, answers []processor.PreviewResult, err error, took time.Duration) {
	p.shown = j.number
	p.state.Busy = p.number != p.shown
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			p.state.Problem = p.words.Problem(err)
			p.state.First, p.state.Second = nil, nil
			p.state.Comfort, p.state.Note = nil, ""
		}
		return
	}
	p.state.Problem = nil
	// While a mode is being left its picture must not appear in the new one.
	if parts := p.parts(); len(parts) != len(j.frames) || parts[0] != j.frames[0].View {
		return
	}
	p.state.First, p.state.Second = newPicture(j.frames[0], answers[0]), nil
	if len(answers) > 1 {
		p.state.Second = newPicture(j.frames[1], answers[1])
	}
	if !j.fine { // how long one waits is told, not what is done while one looks
		p.state.Note = p.note(answers, took)
	}
	if film := answers[0].Film; film != nil {
		p.state.Film, p.state.Length, p.state.FPS = true, film.Length, film.FPS
	}
	p.keepForLoop(j)
	for _, a := range answers {
		if a.Rough {
			p.rough = j.number
		}
		if a.DepthFrom == "" && a.Model == "" { // the original: nothing was estimated
			continue
		}
		p.state.Comfort = p.words.Comfort(a.Comfort)
		p.state.Convergence, p.state.HasDepth = a.Convergence, true
		if a.Inference > 0 {
			p.state.Inference = a.Inference
		}
	}
	if len(answers[0].Notes) > 0 {
		p.state.Notes = answers[0].Notes
	}
}

// note says what ran the network, on what, and how long that and the whole took.
func (p *Preview) note(answers []processor.PreviewResult, took time.Duration) string {
	whole := p.words.T("preview.took", "time", p.words.Took(took))
	for _, a := range answers {
		if a.Inference > 0 && a.Device != "" {
			return p.words.T("preview.depth_on", "backend", p.words.T("settings.backend."+a.Backend),
				"device", p.words.Device(a.Device), "time", p.words.Took(a.Inference)) + " · " + whole
		}
	}
	return whole
}

// newPicture gives the answer the size of the whole view.
func newPicture(f processor.PreviewRequest, a processor.PreviewResult) *Picture {
	pic := &Picture{View: f.View, Image: a.Image, W: a.W, H: a.H}
	if f.View == processor.ViewSBS {
		pic.W *= 2
	}
	return pic
}
