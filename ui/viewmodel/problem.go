package viewmodel

import (
	"errors"
	"strings"
	"syscall"

	"spatialmaker/processor"
	"spatialmaker/processor/models"
)

// Problem is an error in the user's words: what happened and what to do next.
type Problem struct {
	Kind  string // the engine's word for it
	Title string // what happened, short
	More  string // the cause as the engine tells it
	Next  string // what to do
}

// systemErrors are errors that have words of the window besides those for their
// kind: the system's own, models that are gone, and downloads of something else than
// was meant.
var systemErrors = []struct {
	is   error
	kind string
}{
	{syscall.ENAMETOOLONG, "name-too-long"},
	{syscall.ENOSPC, "disk-full"},
	{syscall.EDQUOT, "disk-full"},
	{syscall.EROFS, "permission"},
	{models.ErrNoFile, "model-gone"},
	{models.ErrHash, "download-wrong"},
	{models.ErrSize, "download-wrong"},
}

// Problem puts an error into words. Kinds that the window has its own words
// for are told in the user's language; the engine's sentence stays as detail.
func (w *Words) Problem(err error) *Problem {
	x := processor.Explain(err)
	for _, s := range systemErrors {
		if errors.Is(err, s.is) {
			x.Kind = s.kind
		}
	}
	p := &Problem{Kind: x.Kind, Title: w.T("problem.failed"), More: w.Cause(x.Message), Next: x.Hint}
	if key := "problem." + x.Kind; w.Has(key) {
		p.Title = w.T(key)
	}
	if key := "problem." + x.Kind + ".next"; w.Has(key) {
		p.Next = w.T(key)
	}
	if strings.EqualFold(p.More, p.Title) {
		p.More = "" // said already
	}
	return p
}

// Tone is how good or bad something is; the view gives it a colour.
type Tone uint8

// The tones.
const (
	Calm Tone = iota
	Good
	Careful
	Bad
)

// ComfortReading is the comfort of the picture for the eyes, to be drawn.
type ComfortReading struct {
	Tone     Tone
	Word     string
	Advice   string
	Range    string  // how far it reaches, in figures
	Nearest  float64 // percent of the width, positive in front of the screen
	Farthest float64
}

// The shares of pixels outside the comfort limits at which the word changes.
const (
	comfortStrong = 0.005
	comfortHard   = 0.05
)

// Comfort puts a reading into words.
func (w *Words) Comfort(c processor.Comfort) *ComfortReading {
	r := &ComfortReading{Nearest: c.Nearest, Farthest: c.Farthest}
	key := "comfort.easy"
	switch {
	case c.Outside > comfortHard:
		key, r.Tone = "comfort.hard", Bad
	case c.Outside > comfortStrong:
		key, r.Tone = "comfort.strong", Careful
	case c.Nearest-c.Farthest < 0.4:
		key, r.Tone = "comfort.flat", Calm
	default:
		r.Tone = Good
	}
	r.Word, r.Advice = w.T(key), w.T(key+".advice")
	r.Range = w.T("comfort.range", "far", w.Signed(c.Farthest, 1), "near", w.Signed(c.Nearest, 1))
	return r
}
