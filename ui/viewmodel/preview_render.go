package viewmodel

import (
	"context"
	"errors"
	"time"

	"spatialmaker/processor"
)

// sweepAfter is how long after another file was shown, and nothing more was asked
// for, what decoding it has left is given back to the system. The collector
// would keep it for the next file, however long that takes to come.
const sweepAfter = 400 * time.Millisecond

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
	p.remark(answers)
	for _, a := range answers {
		if a.Rough {
			p.rough = j.number
		}
		if !hasDepth(&a) {
			continue
		}
		p.state.Comfort = p.words.Comfort(a.Comfort)
		p.state.Convergence, p.state.HasDepth = a.Convergence, true
		if a.Inference > 0 {
			p.state.Inference = a.Inference
		}
	}
}

// hasDepth tells a view that needed depth from the original, of which nothing was
// estimated.
func hasDepth(a *processor.PreviewResult) bool { return a.DepthFrom != "" || a.Model != "" }

// remark keeps what is to be known of the file and of how it is shown: what a
// view with depth tells, which tells all, or the only one.
func (p *Preview) remark(answers []processor.PreviewResult) {
	told := answers[0]
	for _, a := range answers[1:] {
		if !hasDepth(&told) {
			told = a
		}
	}
	if !hasDepth(&told) && p.state.HasDepth {
		return // the original: what was told with depth goes on to hold
	}
	p.state.Notes, p.state.Nearly = p.words.Remarks(told.Notes), told.Nearly
	if told.Nearly {
		p.state.Notes = append(p.state.Notes, p.words.T("preview.nearly"))
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
