package verify

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
)

// Verdicts on the order of the eyes.
const (
	EyesRight   = "right"   // left eye left
	EyesSwapped = "swapped" // crossed by mistake
	EyesUnclear = "unclear" // too few occlusions to tell
)

// Report is what was found in one file. Disparities are in percent of the
// width of one eye, positive in front of the screen.
type Report struct {
	Path     string      `json:"path"`
	Layout   pack.Layout `json:"layout"`
	Width    int         `json:"width"`
	Height   int         `json:"height"`
	Eyes     string      `json:"eyes,omitempty"`
	Nearest  float64     `json:"nearest_pct"`
	Farthest float64     `json:"farthest_pct"`
	Matched  float64     `json:"matched"`           // share of what has texture that was found in both eyes
	Vertical int         `json:"vertical_offset"`   // in rows of the working size, 0 is level
	Seconds  float64     `json:"seconds,omitempty"` // of a video
	Frames   int64       `json:"frames,omitempty"`
	Problems []string    `json:"problems"`
	Notes    []string    `json:"notes,omitempty"` // what could not be looked at
	OK       bool        `json:"ok"`

	open opener
}

// opener decodes the picture of a file that is looked at.
type opener func(ctx context.Context, path string) (*pix.Picture, error)

func openPhoto(ctx context.Context, path string) (*pix.Picture, error) {
	p, err := media.DecodePhoto(ctx, path, media.Limits{})
	if err != nil {
		return nil, err
	}
	return p.Picture, nil
}

// File checks a finished photo or video. The arrangement is read from the name
// that design/cli.md gives it, unless layout says it; spatial files also tell
// it themselves.
func File(ctx context.Context, path string, layout pack.Layout) (*Report, error) {
	format, err := media.Sniff(path)
	if err != nil {
		return nil, err
	}
	if layout == "" {
		if layout, err = pack.LayoutOf(path); err != nil {
			if !saysSpatial(ctx, path) {
				return nil, err
			}
			layout = pack.Spatial
		}
	}
	r := &Report{Path: path, Layout: layout, Problems: []string{}, open: openPhoto}
	switch {
	case layout == pack.Wiggle:
		err = r.wiggle(ctx, format)
	case format == media.FormatVideo:
		err = r.film(ctx)
	default:
		err = r.picture(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("verify %s: %w", path, err)
	}
	r.OK = len(r.Problems) == 0
	return r, nil
}

// picture opens the file and looks at it.
func (r *Report) picture(ctx context.Context) error {
	if r.Layout == pack.MPO || r.Layout == pack.Spatial {
		return r.bothInside(ctx)
	}
	p, err := r.open(ctx, r.Path)
	if err != nil {
		return err
	}
	r.Width, r.Height = p.W, p.H
	return r.look(ctx, p)
}

func (r *Report) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

func (r *Report) look(ctx context.Context, p *pix.Picture) error {
	switch r.Layout {
	case pack.Depth:
		r.depth(p)
		return nil
	case pack.RGBD:
		_, d, err := pack.Eyes(pack.RGBD, whole(p))
		if err != nil {
			return err
		}
		r.depth(d)
		return nil
	case pack.Anaglyph:
		left, err := greyOf(ctx, p, 0)
		if err != nil {
			return err
		}
		right, err := greyOf(ctx, p, 1)
		if err != nil {
			return err
		}
		return r.eyes(ctx, left, right)
	case pack.LeftRight:
		return r.pair(ctx, p)
	}
	l, rt, err := pack.Eyes(r.Layout, whole(p))
	if err != nil {
		return err
	}
	return r.views(ctx, l, rt)
}

// bothInside looks at a photo that holds both eyes as pictures of their own.
func (r *Report) bothInside(ctx context.Context) error {
	left, right, err := media.DecodeEyes(ctx, r.Path, media.Limits{})
	if err != nil {
		return err
	}
	r.Width, r.Height = left.W, left.H
	if r.Layout == pack.Spatial {
		r.cameras(ctx)
	}
	return r.views(ctx, left, right)
}

// views compares the pictures of both eyes.
func (r *Report) views(ctx context.Context, left, right *pix.Picture) error {
	if left.W != right.W || left.H != right.H {
		r.problem("the eyes differ in size: %dx%d and %dx%d", left.W, left.H, right.W, right.H)
		return nil
	}
	a, err := greyOf(ctx, left, -1)
	if err != nil {
		return err
	}
	b, err := greyOf(ctx, right, -1)
	if err != nil {
		return err
	}
	return r.eyes(ctx, a, b)
}

// whole gives a picture full chroma, so that it can be parted anywhere.
func whole(p *pix.Picture) *pix.Picture { return pix.FullChroma(p, nil) }

// pair finds the other eye of a left or right file beside it.
func (r *Report) pair(ctx context.Context, p *pix.Picture) error {
	ext := filepath.Ext(r.Path)
	stem := strings.TrimSuffix(r.Path, ext)
	other, isLeft := strings.CutSuffix(stem, "_left")
	if isLeft {
		other += "_right" + ext
	} else {
		other = strings.TrimSuffix(stem, "_right") + "_left" + ext
	}
	if _, err := os.Stat(other); err != nil {
		r.problem("the other eye %s is missing", filepath.Base(other))
		return nil
	}
	q, err := r.open(ctx, other)
	if err != nil {
		return err
	}
	if !isLeft {
		p, q = q, p
	}
	return r.views(ctx, p, q)
}

// Limits of what passes.
const (
	leastMatched = 0.3  // share of what has texture that must be found in both eyes
	leastSpread  = 0.15 // percent of the width between near and far; less is flat
	clearVotes   = 4    // standard deviations by which votes on the order must lean
)

func (r *Report) eyes(ctx context.Context, left, right *grey) error {
	r.Eyes = EyesUnclear
	s, err := match(ctx, left, right, 0, 1)
	if err != nil {
		return err
	}
	if r.Vertical, err = level(ctx, left, right); err != nil {
		return err
	}
	r.Matched = round(float64(s.n)/float64(max(1, s.tried)), 3)
	pct := func(px int) float64 { return round(100*float64(px)/float64(left.w), 2) }
	r.Nearest, r.Farthest = pct(s.p98), pct(s.p02)
	if r.Matched < leastMatched {
		r.problem("the eyes have too little in common to be judged")
		return nil
	}
	if r.Vertical != 0 {
		r.problem("the eyes are not level: %d rows apart", r.Vertical)
	}
	// One pixel of the working size is the finest step there is.
	if spread := r.Nearest - r.Farthest; spread < leastSpread || s.p98-s.p02 < 1 {
		r.problem("flat: near and far differ by %.2f %% of the width", spread)
	}
	if n := s.ordered + s.inverted; n > 0 {
		switch lean := float64(s.ordered-s.inverted) / math.Sqrt(float64(n)); {
		case lean >= clearVotes:
			r.Eyes = EyesRight
		case lean <= -clearVotes:
			r.Eyes = EyesSwapped
			r.problem("the eyes are swapped: what is hidden looks like what should hide it")
		}
	}
	return nil
}

// level finds how many rows the eyes lie apart, on a part of the rows.
func level(ctx context.Context, left, right *grey) (int, error) {
	const step = 12
	best, at := 0, 0
	for _, dy := range []int{0, -1, 1, -2, 2} {
		s, err := match(ctx, left, right, dy, step)
		if err != nil {
			return 0, err
		}
		if s.n > best+best/10 { // a lead that is not clear is chance
			best, at = s.n, dy
		}
	}
	return at, nil
}

// depth checks that a depth picture is grey and not flat.
func (r *Report) depth(p *pix.Picture) {
	row := pix.NewRGBRow(p)
	lo, hi, colour := float32(1), float32(0), float32(0)
	for y := range p.H {
		row.Load(p, y)
		for x := range p.W {
			lo, hi = min(lo, row.G[x]), max(hi, row.G[x])
			colour = max(colour, row.R[x]-row.B[x], row.B[x]-row.R[x])
		}
	}
	const spread, tinge = 0.02, 0.06
	if hi-lo < spread {
		r.problem("flat: all depth lies between %.3f and %.3f", lo, hi)
	}
	if colour > tinge {
		r.problem("the depth is not grey")
	}
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}
