package viewmodel

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"spatialmaker/processor"
)

// openPreview returns a preview with room for 800 x 600 pixels.
func openPreview(t *testing.T) (*Preview, *fakeRenderer) {
	t.Helper()
	r := newFakeRenderer()
	p := NewPreview(r, english(t))
	t.Cleanup(p.Close)
	p.SetRoom(800, 600, 0)
	return p, r
}

func strength(v float64) processor.Options {
	o := processor.DefaultOptions()
	o.Strength = v
	return o
}

// shows waits until the picture of strength v is shown and nothing is pending.
func shows(t *testing.T, p *Preview, v float64) {
	t.Helper()
	eventually(t, "the last picture", p.OnChange, func() bool {
		s := p.State()
		return !s.Busy && s.First != nil && s.First.Image.Pix[0] == uint8(v*10)
	})
}

func TestPreviewShowsTheChosenFile(t *testing.T) {
	p, r := openPreview(t)
	p.Show("a.jpg")
	first := r.any(t)
	if first.request.View != processor.ViewOriginal {
		t.Errorf("the first picture is %s", first.request.View)
	}
	first.ok()
	c := r.any(t)
	if c.request.Path != "a.jpg" || c.request.View != processor.ViewSBS {
		t.Fatalf("asked for %s of %s", c.request.View, c.request.Path)
	}
	if c.request.MaxW != 400 || c.request.MaxH != 600 {
		t.Errorf("one eye may take %dx%d, not half of the room's width", c.request.MaxW, c.request.MaxH)
	}
	if !p.State().Busy {
		t.Error("not busy while the picture is made")
	}
	c.ok()
	shows(t, p, 2.5)
	s := p.State()
	if s.First.W != 800 || s.First.H != 300 {
		t.Errorf("side by side counts as %dx%d, not twice the width", s.First.W, s.First.H)
	}
	if s.Comfort == nil || s.Comfort.Tone != Good || s.Convergence != 0.4 {
		t.Errorf("comfort %+v, convergence %g", s.Comfort, s.Convergence)
	}
}

func TestPreviewSkipsStepsButNeverStarves(t *testing.T) {
	p, r := openPreview(t)
	p.SetOptions(strength(1))
	p.Show("a.jpg")
	first := r.next(t)
	for v := 11; v <= 50; v++ { // a hand drags on while the first is made
		p.SetOptions(strength(float64(v) / 10))
	}
	if err := first.ctx.Err(); err != nil {
		t.Fatalf("a cheap change cancelled the picture under way: %v", err)
	}
	first.ok()
	second := r.any(t)
	if got := second.request.Options.Strength; got != 5 {
		t.Errorf("the next picture has strength %g, not the newest", got)
	}
	if s := p.State(); s.First == nil || s.First.Image.Pix[0] != 10 {
		t.Error("the first picture was not shown in the meantime")
	}
	second.ok()
	shows(t, p, 5)
}

func TestPreviewDropsAnotherFilesPicture(t *testing.T) {
	p, r := openPreview(t)
	p.Show("slow.jpg")
	slow := r.next(t)
	p.Show("b.jpg")
	<-slow.ctx.Done() // its depth is no longer wanted
	c := r.next(t)
	if c.request.Path != "b.jpg" {
		t.Fatalf("asked for %s", c.request.Path)
	}
	if first := p.State().First; first == nil || first.View != processor.ViewOriginal {
		t.Errorf("while its depth is made, the file shows %+v", first)
	}
	c.ok()
	shows(t, p, 2.5)
}

func TestPreviewCancelsWhenTheModelChanges(t *testing.T) {
	p, r := openPreview(t)
	p.Show("a.jpg")
	c := r.next(t)
	o := strength(2)
	o.Model = "other"
	p.SetOptions(o)
	<-c.ctx.Done()
	c = r.next(t)
	if c.request.Options.Model != "other" {
		t.Errorf("model %q", c.request.Options.Model)
	}
	c.ok()
	shows(t, p, 2)
}

func TestPreviewModesOfTwoPictures(t *testing.T) {
	cases := []struct {
		mode Mode
		tint bool
		want []processor.View
	}{
		{ModeWiggle, false, []processor.View{processor.ViewLeft, processor.ViewRight}},
		{ModeCompare, false, []processor.View{processor.ViewOriginal, processor.ViewDepth}},
		{ModeCompare, true, []processor.View{processor.ViewOriginal, processor.ViewDepthTint}},
	}
	for _, c := range cases {
		p, r := openPreview(t)
		p.SetMode(c.mode)
		p.SetColourMap(c.tint)
		p.Show("a.jpg")
		if c.want[0] != processor.ViewOriginal {
			r.any(t).ok()
		}
		var got []processor.View
		for range c.want {
			call := r.any(t)
			got = append(got, call.request.View)
			call.ok()
		}
		eventually(t, "both pictures", p.OnChange, func() bool { return !p.State().Busy })
		s := p.State()
		if !slices.Equal(got, c.want) || s.First == nil || s.Second == nil || s.Second.View != c.want[1] {
			t.Errorf("%s: asked for %v, want %v; second %+v", c.mode, got, c.want, s.Second)
		}
	}
}

func TestPreviewKeepsThePictureUntilTheNewModesIsThere(t *testing.T) {
	p, r := openPreview(t)
	p.Show("a.jpg")
	r.next(t).ok()
	shows(t, p, 2.5)
	p.SetMode(ModeDepth)
	if s := p.State(); s.First == nil || s.First.View != processor.ViewSBS || !s.Busy {
		t.Errorf("the old picture went before the new one came: %+v", s.First)
	}
	r.next(t).ok()
	eventually(t, "the depth", p.OnChange, func() bool {
		s := p.State()
		return s.First != nil && s.First.View == processor.ViewDepth
	})
}

func TestPreviewAsksForThePixelsLookedAt(t *testing.T) {
	p, r := openPreview(t)
	p.SetMode(ModeDepth)
	p.Show("a.jpg")
	r.next(t).ok()
	eventually(t, "a picture", p.OnChange, func() bool { return p.State().First != nil })
	for _, c := range []struct {
		scale  float64
		mw, mh int
	}{{0.5, 200, 150}, {1, 0, 0}, {3, 0, 0}, {0, 800, 600}} {
		p.SetRoom(800, 600, c.scale)
		call := r.next(t)
		if call.request.MaxW != c.mw || call.request.MaxH != c.mh {
			t.Errorf("at scale %g asked for %dx%d, want %dx%d", c.scale, call.request.MaxW, call.request.MaxH, c.mw, c.mh)
		}
		call.ok()
		eventually(t, "rest", p.OnChange, func() bool { return !p.State().Busy })
	}
}

func TestPreviewTellsWhatWentWrongAndRecovers(t *testing.T) {
	p, r := openPreview(t)
	p.Show("a.jpg")
	r.next(t).fail(errBroken)
	eventually(t, "the problem", p.OnChange, func() bool { return p.State().Problem != nil })
	s := p.State()
	if s.Problem.Kind != "corrupt" || s.Problem.Title == "" || s.Problem.Next == "" || s.First != nil || s.Busy {
		t.Errorf("state %+v, problem %+v", s, s.Problem)
	}
	p.ModelsChanged(nil)
	r.next(t).ok()
	shows(t, p, 2.5)
	if p.State().Problem != nil {
		t.Error("the problem stays after it is gone")
	}
	p.ModelsChanged(nil) // nothing is wrong: nothing is done
	if p.State().Busy {
		t.Error("a good picture is made again")
	}
}

// When the choice of the model is left to the program, a better one that comes to
// be there makes another picture.
func TestPreviewFollowsTheBestModel(t *testing.T) {
	p, r := openPreview(t)
	fast, fine := ModelChoice{Name: "fast", Installed: true}, ModelChoice{Name: "fine", Installed: true}
	p.ModelsChanged([]ModelChoice{fast})
	p.Show("a.jpg")
	r.next(t).ok()
	shows(t, p, 2.5)
	p.ModelsChanged([]ModelChoice{fast, {Name: "huge"}})
	if p.State().Busy {
		t.Error("the picture is made anew for a model that is not installed")
	}
	p.ModelsChanged([]ModelChoice{fine, fast})
	r.next(t).ok()
	shows(t, p, 2.5)
	o := strength(1)
	o.Model = "fast"
	p.SetOptions(o)
	r.next(t).ok()
	shows(t, p, 1)
	p.ModelsChanged([]ModelChoice{fast})
	if p.State().Busy {
		t.Error("the picture is made anew though its model was chosen by hand")
	}
}

func TestPreviewForgetsWhenNothingIsChosen(t *testing.T) {
	p, r := openPreview(t)
	p.Show("a.jpg")
	r.next(t).ok()
	shows(t, p, 2.5)
	p.Show("")
	<-r.forgets
	if s := p.State(); s.First != nil || s.Busy || s.Path != "" {
		t.Errorf("state %+v", s)
	}
}

func TestPreviewCloseEndsARunningRender(t *testing.T) {
	r := newFakeRenderer()
	p := NewPreview(r, english(t))
	p.SetRoom(800, 600, 0)
	p.Show("a.jpg")
	c := r.next(t)
	p.Close() // returns only when the goroutine has ended
	if !errors.Is(c.ctx.Err(), context.Canceled) {
		t.Errorf("the render was left running: %v", c.ctx.Err())
	}
	p.Close()
	p.SetOptions(strength(1)) // and is harmless afterwards
}

func TestPreviewTellsTheSpeedOnce(t *testing.T) {
	p, r := openPreview(t)
	told := make(chan float64, 10)
	p.OnSpeed(func(_ string, s float64) { told <- s })
	p.Show("a.jpg")
	r.next(t).ok()
	shows(t, p, 2.5)
	if len(told) != 0 {
		t.Error("told a speed though no network ran")
	}
}

// openFilm shows a video of ten seconds, ten frames a second.
func openFilm(t *testing.T) (*Preview, *fakeRenderer) {
	t.Helper()
	p, r := openPreview(t)
	r.film = &processor.FilmInfo{Length: 10 * time.Second, FPS: 10}
	p.Show("a.mp4")
	r.next(t).ok()
	eventually(t, "the film", p.OnChange, func() bool { s := p.State(); return !s.Busy && s.First != nil })
	if s := p.State(); !s.Film || s.Length != 10*time.Second || s.FPS != 10 {
		t.Fatalf("state %+v", s)
	}
	return p, r
}

func TestPreviewScrubs(t *testing.T) {
	p, r := openFilm(t)
	p.Scrub(3 * time.Second)
	c := r.any(t)
	if c.request.At != 3*time.Second || c.request.View != processor.ViewOriginal {
		t.Errorf("while searching it asks for %s at %v", c.request.View, c.request.At)
	}
	p.Scrub(4 * time.Second) // waits for the one before
	if c.ctx.Err() != nil {
		t.Error("searching cancels every picture")
	}
	c.ok()
	r.any(t).ok()
	p.Seek(5 * time.Second)
	c = r.any(t)
	if c.request.At != 5*time.Second || c.request.View != processor.ViewSBS {
		t.Errorf("then it asks for %s at %v", c.request.View, c.request.At)
	}
	c.ok()
	p.Step(1)
	if c = r.any(t); c.request.At != 5100*time.Millisecond {
		t.Errorf("a step goes to %v", c.request.At)
	}
	c.ok()
	p.Seek(time.Hour)
	if c = r.any(t); c.request.At != 10*time.Second {
		t.Errorf("beyond the end it asks for %v", c.request.At)
	}
	c.ok()
	p.Seek(-time.Hour)
	if c = r.any(t); c.request.At != 0 {
		t.Errorf("before the start it asks for %v", c.request.At)
	}
	c.ok()
}

func TestPreviewPlaysALoop(t *testing.T) {
	p, r := openFilm(t)
	p.Seek(9 * time.Second)
	r.any(t).ok()
	eventually(t, "the moment", p.OnChange, func() bool { return !p.State().Busy })
	p.Play(true)
	p.Play(true) // once
	var asked []time.Duration
	for range 20 { // two seconds, the last of the film
		c := r.any(t)
		asked = append(asked, c.request.At)
		c.ok()
	}
	for i, at := range asked {
		if want := 8*time.Second + time.Duration(i)*100*time.Millisecond; at != want {
			t.Fatalf("frame %d is at %v, not %v", i, at, want)
		}
	}
	// from now on it plays what it kept: the moments come again without a request
	seen := map[uint8]bool{}
	eventually(t, "the second round", p.OnChange, func() bool {
		s := p.State()
		if at := uint8(s.At / (100 * time.Millisecond)); at == s.First.Image.Pix[1] {
			seen[at] = true
		}
		return len(seen) == 20
	})
	p.SetOptions(strength(1)) // another picture: made anew
	if c := r.any(t); c.request.Options.Strength != 1 {
		t.Errorf("strength %g", c.request.Options.Strength)
	} else {
		c.ok()
	}
	p.Play(false)
	if p.State().Playing {
		t.Error("plays on")
	}
	go func() { // whatever it still asks for
		for c := range r.calls {
			c.ok()
		}
	}()
	eventually(t, "rest", p.OnChange, func() bool { return !p.State().Busy })
	p.Show("b.mp4")
	p.Play(true)
}

func TestPreviewSwapsItsSides(t *testing.T) {
	p, r := openPreview(t)
	p.SetMode(ModeCompare)
	p.SetSides(processor.ViewOriginal, processor.ViewSBS)
	p.Show("a.jpg")
	for range 2 {
		r.any(t).ok()
	}
	eventually(t, "both sides", p.OnChange, func() bool { s := p.State(); return !s.Busy && s.Second != nil })
	p.SwapSides()
	for _, want := range []processor.View{processor.ViewSBS, processor.ViewOriginal} {
		c := r.any(t)
		if c.request.View != want {
			t.Errorf("asked for %s, want %s", c.request.View, want)
		}
		c.ok()
	}
	eventually(t, "the swap", p.OnChange, func() bool {
		s := p.State()
		return !s.Busy && s.First.View == processor.ViewSBS && s.Second.View == processor.ViewOriginal
	})
}

func TestPreviewSteadiesWhenNothingElseIsWanted(t *testing.T) {
	p, r := openPreview(t)
	r.film, r.rough = &processor.FilmInfo{Length: 10 * time.Second, FPS: 25}, true
	p.Show("a.mp4")
	hasty := r.next(t)
	if !hasty.request.Hasty {
		t.Fatal("the first picture is not made in haste")
	}
	hasty.ok()
	fine := r.any(t)
	if fine.request.Hasty || fine.request.At != hasty.request.At {
		t.Fatalf("then asked for %+v", fine.request)
	}
	eventually(t, "the word that it is steadied", p.OnChange, func() bool { s := p.State(); return s.Steadying && s.First != nil && !s.Busy })
	// a slider is moved meanwhile: that comes first
	p.SetOptions(strength(4))
	<-fine.ctx.Done()
	next := r.any(t)
	if !next.request.Hasty || next.request.Options.Strength != 4 {
		t.Fatalf("asked for %+v", next.request)
	}
	next.ok()
	r.any(t).ok()
	shows(t, p, 4)
	eventually(t, "rest", p.OnChange, func() bool { s := p.State(); return !s.Steadying && !s.Busy })
	select {
	case c := <-r.calls:
		t.Errorf("asked for %+v once more", c.request)
	default:
	}
}

func TestPreviewRemarksAreInTheLanguage(t *testing.T) {
	de, err := NewWords("de")
	if err != nil {
		t.Fatal(err)
	}
	r := newFakeRenderer()
	r.notes = []string{"transparency is left out"}
	p := NewPreview(r, de)
	t.Cleanup(p.Close)
	p.SetRoom(800, 600, 0)
	p.Show("a.jpg")
	r.next(t).ok()
	shows(t, p, 2.5)
	if got := p.State().Notes; len(got) != 1 || got[0] != "Die Durchsichtigkeit entfällt" {
		t.Errorf("remarks %q", got)
	}
	r.notes, r.film = nil, &processor.FilmInfo{Length: time.Second, FPS: 10}
	p.Show("b.mp4")
	r.next(t).ok()
	shows(t, p, 2.5)
	if got := p.State().Notes; len(got) != 1 || got[0] != de.T("preview.nearly") {
		t.Errorf("of a film that was never exported is remarked %q", got)
	}
	p.Exported() // it may be known now
	r.any(t).ok()
	shows(t, p, 2.5)
	p.SetMode(ModeOriginal)
	r.any(t).ok()
	eventually(t, "the original", p.OnChange, func() bool { return !p.State().Busy })
	if got := p.State().Notes; len(got) != 1 {
		t.Errorf("the original has the remarks %q", got)
	}
}
