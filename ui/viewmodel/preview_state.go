package viewmodel

import (
	"context"
	"image"
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
	Nearly        bool    // a film's export will differ a little: it knows more
	Convergence   float64 // the depth on the screen plane of what is shown
	Inference     time.Duration
	Film          bool // a video: it has moments
	At, Length    time.Duration
	FPS           float64
	Playing       bool
	Note          string // how long it took
	Notes         []string
}
