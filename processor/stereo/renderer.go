package stereo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
)

// Errors of the stage; wrapped with what was asked.
var (
	ErrGeometry = errors.New("geometry out of range")
	ErrEyes     = errors.New("eyes do not fit the picture")
)

// Fill says how much is done for disocclusions.
type Fill uint8

// The choices of --fill.
const (
	FillGood Fill = iota // continued from the background over several rows
	FillFast             // continued along the row only
)

// ParseFill reads the words of --fill.
func ParseFill(s string) (Fill, error) {
	switch s {
	case "good":
		return FillGood, nil
	case "fast":
		return FillFast, nil
	}
	return 0, fmt.Errorf("fill %q: must be fast or good", s)
}

// String gives the word of --fill.
func (f Fill) String() string {
	return [...]string{"good", "fast"}[f]
}

// MaxStrength is the largest parallax accepted, in percent of the width of one
// eye: ten widths. Sensible values are below 5.
const MaxStrength = 1000

// maxWidth keeps positions of a row within their fixed point numbers.
const maxWidth = 1 << 22

// Options of a Renderer.
type Options struct {
	Workers int // goroutines for the row bands, 0 for one a processor
	Fill    Fill
}

// Renderer draws eyes from pictures and depth. Its methods may be called from
// several goroutines; they run one after another. Close ends its goroutines.
type Renderer struct {
	mu     sync.Mutex
	opt    Options
	crew   *pix.Crew
	rows   []rowScratch // one per worker
	frame  frame        // what the bands of the current call read
	render func(worker, y0, y1 int)
	ramp   ramp

	index     [2][]holeSpan // for each eye, each row's holes
	fill      [2]filler
	fillSteps []fillStep
}

// NewRenderer starts a renderer's goroutines.
func NewRenderer(o Options) *Renderer {
	r := &Renderer{opt: o, crew: pix.NewCrew(o.Workers)}
	r.rows = make([]rowScratch, r.crew.Workers())
	r.render = r.renderBand
	r.makeFillSteps()
	return r
}

// Close waits for a running call and ends the renderer's goroutines.
func (r *Renderer) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.crew.Close()
}

// Render draws the wanted eyes (nil: not wanted) of src. They have src's size,
// bits, model and subsampling, may be parts of a packed picture, and must not
// overlap src. Depth may have any size and any values: it is brought to the
// picture's size by linear interpolation, not-a-number counts as farthest, the
// rest is clamped to 0..1. With the same input the result does not depend on
// the number of workers.
func (r *Renderer) Render(ctx context.Context, left, right, src *pix.Picture, depth *pix.Map, g Geometry) error {
	return r.draw(ctx, left, right, src, depth, g, false, true)
}

// RenderNext is Render for the next frame of a film, whose holes are filled as
// they were in the frame before it where the background has stayed. first forgets
// what was rendered before, and begins a shot: its frames come out the same
// whatever the renderer drew for others before.
func (r *Renderer) RenderNext(ctx context.Context, left, right, src *pix.Picture, depth *pix.Map, g Geometry, first bool) error {
	return r.draw(ctx, left, right, src, depth, g, true, first)
}

func (r *Renderer) draw(ctx context.Context, left, right, src *pix.Picture, depth *pix.Map, g Geometry, next, first bool) error {
	if err := checkCall(left, right, src, depth, g); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f := &r.frame
	f.src, f.depth = src, depth
	f.good, f.next = r.opt.Fill == FillGood, next && r.opt.Fill == FillGood
	f.eyes = [2]eyePlan{{dst: left, mirror: true}, {dst: right}}
	far, near := g.displacement(src.W, 0), g.displacement(src.W, 1)
	f.off, f.span = float32(far*kernel.One), float32((near-far)*kernel.One)
	f.shape.of(g, src.W)
	still := far == 0 && near == 0
	f.eyes[0].copied = still || g.Eyes == RightEye
	f.eyes[1].copied = still || g.Eyes == LeftEye
	f.scale.set(depth, src.W, src.H)
	r.clearHoles(first)
	err := r.crew.Bands(ctx, src.H, bandRows, r.render)
	if err == nil && f.good {
		err = r.fillHoles(ctx)
	}
	for i := range r.fill {
		r.fill[i].recall.finish(f.next && err == nil && r.fill[i].dst != nil)
	}
	r.letGo()
	return err
}

// checkCall refuses what cannot be rendered.
func checkCall(left, right, src *pix.Picture, depth *pix.Map, g Geometry) error {
	if err := g.Check(); err != nil {
		return err
	}
	if err := src.Check(); err != nil {
		return fmt.Errorf("render: source: %w", err)
	}
	if err := depth.Check(); err != nil {
		return fmt.Errorf("render: depth: %w", err)
	}
	if src.W > maxWidth {
		return fmt.Errorf("render: %d columns: %w", src.W, pix.ErrShape)
	}
	for _, eye := range [2]*pix.Picture{left, right} {
		if err := likeSource(eye, src); err != nil {
			return err
		}
	}
	return nil
}

// clearHoles forgets the holes of the call before, and with first what they
// remember.
func (r *Renderer) clearHoles(first bool) {
	for i := range r.fill {
		resize(&r.index[i], r.frame.src.H)
		clear(r.index[i])
		r.fill[i].dst, r.fill[i].src = nil, nil
		if first {
			r.fill[i].recall.forget()
		}
		for w := range r.rows {
			s := &r.rows[w].store[i]
			s.holes, s.late = s.holes[:0], s.late[:0]
		}
	}
}

// letGo forgets the pictures of a call, which would else live as long as the
// renderer.
func (r *Renderer) letGo() {
	f := &r.frame
	f.src, f.depth, f.eyes = nil, nil, [2]eyePlan{}
	for i := range r.rows {
		r.rows[i].band, r.rows[i].open = kernel.Band{}, kernel.OpenRow{}
	}
	for i := range r.fill {
		l := &r.fill[i]
		l.dst, l.src = nil, nil
		for k := range l.grids {
			l.grids[k].planes, l.grids[k].to = nil, kernel.FillPlanes{}
		}
	}
}

// likeSource checks that an eye fits the source and gives it its colours.
func likeSource(eye, src *pix.Picture) error {
	if eye == nil {
		return nil
	}
	if err := eye.Check(); err != nil {
		return fmt.Errorf("render: eye: %w", err)
	}
	if pix.LayoutOf(eye) != pix.LayoutOf(src) {
		return fmt.Errorf("render: eye %+v of a picture %+v: %w", pix.LayoutOf(eye), pix.LayoutOf(src), ErrEyes)
	}
	eye.Alpha, eye.Colour = src.Alpha, src.Colour
	return nil
}

// displacement is how far a point of nearness d moves to the left in the right
// eye before it is bent, which is how far it moves to the right in the left eye, unless that is
// the untouched one.
func (g Geometry) displacement(w int, d float64) float64 {
	left, right := g.share(g.Strength / 100 * float64(w) * (d - g.Convergence))
	if g.Eyes == LeftEye {
		return left
	}
	return -right
}

// Check refuses what has no meaning: numbers that are not finite, and parallax
// beyond MaxStrength.
func (g Geometry) Check() error {
	if !(math.Abs(g.Strength) <= MaxStrength) {
		return fmt.Errorf("strength %v percent: must be within %d: %w", g.Strength, MaxStrength, ErrGeometry)
	}
	if !(math.Abs(g.Convergence) <= 10) {
		return fmt.Errorf("convergence %v: must be a depth from 0 to 1: %w", g.Convergence, ErrGeometry)
	}
	if g.Eyes > LeftEye {
		return fmt.Errorf("eyes %d: %w", g.Eyes, ErrGeometry)
	}
	return g.Shape.check()
}
