package pack

import (
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"slices"
	"strings"

	"spatialmaker/processor/pix"
)

// ErrLayout reports a word that is no layout; its text lists the valid ones.
var ErrLayout = errors.New("unknown format")

// Layout is one word of --format: how the eyes and the depth are arranged.
type Layout string

// The layouts of design/cli.md.
const (
	SBS       Layout = "sbs"
	HalfSBS   Layout = "half-sbs"
	TB        Layout = "tb"
	HalfTB    Layout = "half-tb"
	Cross     Layout = "cross"
	LeftRight Layout = "left-right"
	Anaglyph  Layout = "anaglyph"
	Depth     Layout = "depth"
	RGBD      Layout = "rgbd"
	MPO       Layout = "mpo"    // photos only: both eyes as a 3D camera's file
	Wiggle    Layout = "wiggle" // a short loop that rocks between the eyes

	// Spatial is for Apple's headset and Photos. Layouts leaves it out: only
	// some machines can write it. While it is on its way to the file, which
	// holds them apart, its left eye lies over the right one.
	Spatial Layout = "spatial"
)

// Layouts lists every layout in the order it is shown.
func Layouts() []Layout {
	return []Layout{SBS, HalfSBS, TB, HalfTB, Cross, LeftRight, Anaglyph, Depth, RGBD, MPO, Wiggle}
}

// ParseLayouts reads a comma list of layouts; doubles count once.
func ParseLayouts(list string) ([]Layout, error) {
	var out []Layout
	for word := range strings.SplitSeq(list, ",") {
		l := Layout(strings.TrimSpace(word))
		if !slices.Contains(Layouts(), l) && l != Spatial {
			return nil, fmt.Errorf("%w %q: must be a comma list of %s", ErrLayout, string(l), Words())
		}
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out, nil
}

// Words lists the valid layout words, separated by blanks.
func Words() string {
	words := make([]string, 0, len(Layouts()))
	for _, l := range append(Layouts(), Spatial) {
		words = append(words, string(l))
	}
	return strings.Join(words, " ")
}

// NeedsEyes reports whether the layout is made from the two eyes. Wiggle is
// not: it has views of its own between them.
func (l Layout) NeedsEyes() bool { return l != Depth && l != RGBD && l != Wiggle }

// NeedsBoth reports whether the layout shows both eyes in one picture.
func (l Layout) NeedsBoth() bool { return l.NeedsEyes() }

// suffixes are what headsets, televisions and viewers read the arrangement
// from; design/cli.md fixes them.
var suffixes = map[Layout][]string{
	SBS:       {"_LRF_Full_SBS"},
	HalfSBS:   {"_LR"},
	TB:        {"_TBF_fulltb"},
	HalfTB:    {"_TB"},
	Cross:     {"_RLF_cross"},
	LeftRight: {"_left", "_right"},
	Anaglyph:  {"_redcyan"},
	Depth:     {"_depth"},
	RGBD:      {"_RGBD"},
	MPO:       {"_3D"},
	Wiggle:    {"_wiggle"},
	Spatial:   {"_spatial"},
}

// Names returns the file names (without a folder) of the layout for a source
// whose name without extension is stem; ext has no dot. LeftRight has two.
func Names(stem string, l Layout, ext string) []string {
	out := make([]string, 0, 2)
	for _, s := range suffixes[l] {
		out = append(out, stem+s+"."+ext)
	}
	return out
}

// ErrUnnamed reports a file whose arrangement its name does not tell.
var ErrUnnamed = errors.New("the name does not tell how the eyes are arranged")

// mpoExt ends the names of MPO, and of no other layout.
const mpoExt = ".mpo"

// LayoutOf reads the arrangement from a file's name, as Names gives it. Any
// name on .mpo will do: cameras write such files too.
func LayoutOf(path string) (Layout, error) {
	l, _ := Parse(path)
	if l == "" {
		return "", fmt.Errorf("%s: %w", path, ErrUnnamed)
	}
	return l, nil
}

// Parse parts a name as Names gives it into the layout and the source's stem;
// both are empty when the name is none of those.
func Parse(path string) (l Layout, stem string) {
	ext := filepath.Ext(path)
	name := strings.TrimSuffix(filepath.Base(path), ext)
	if strings.EqualFold(ext, mpoExt) {
		return MPO, strings.TrimSuffix(name, suffixes[MPO][0])
	}
	best := ""
	for candidate, ends := range suffixes {
		for _, end := range ends {
			// The longest ending counts: none may hide behind a shorter one.
			if candidate != MPO && strings.HasSuffix(name, end) && len(end) > len(best) {
				best, l, stem = end, candidate, strings.TrimSuffix(name, end)
			}
		}
	}
	return l, stem
}

// Size returns the layout of memory of the packed picture for eyes of layout
// eye. Half layouts give each eye half of the picture, rounded up to whole
// chroma samples; Depth keeps one eye's size.
func Size(l Layout, eye pix.Layout) pix.Layout {
	switch l {
	case SBS, Cross, RGBD:
		return eye.Resized(2*eye.W, eye.H)
	case TB, Spatial:
		return eye.Resized(eye.W, 2*eye.H)
	case HalfSBS:
		return eye.Resized(2*half(eye.W, eye.ShiftX), eye.H)
	case HalfTB:
		return eye.Resized(eye.W, 2*half(eye.H, eye.ShiftY))
	}
	return eye
}

// half is n/2 rounded up to a multiple of 1<<shift.
func half(n int, shift uint8) int {
	m := 1 << shift
	return ((n+1)/2 + m - 1) / m * m
}

// Fits reports whether two eyes can lie in one picture of this layout without
// splitting a chroma sample: the seam must lie on the chroma grid.
func Fits(l Layout, eye pix.Layout) bool {
	switch l {
	case SBS, Cross, RGBD:
		return eye.W&(1<<eye.ShiftX-1) == 0
	case TB, Spatial:
		return eye.H&(1<<eye.ShiftY-1) == 0
	}
	return true
}

// Eyes returns the parts of a packed picture that hold the left and the right
// eye, sharing its memory, so that a renderer paints straight into it. For
// RGBD the first part is the picture and the second the depth.
func Eyes(l Layout, packed *pix.Picture) (left, right *pix.Picture, err error) {
	w, h := packed.W, packed.H
	var a, b image.Rectangle
	switch l {
	case SBS, HalfSBS, RGBD, Cross:
		a, b = image.Rect(0, 0, w/2, h), image.Rect(w/2, 0, w, h)
	case TB, HalfTB, Spatial:
		a, b = image.Rect(0, 0, w, h/2), image.Rect(0, h/2, w, h)
	default:
		return nil, nil, fmt.Errorf("format %s holds no two eyes: %w", l, ErrLayout)
	}
	if l == Cross {
		a, b = b, a
	}
	if left, err = packed.Sub(a); err != nil {
		return nil, nil, fmt.Errorf("place the left eye: %w", err)
	}
	if right, err = packed.Sub(b); err != nil {
		return nil, nil, fmt.Errorf("place the right eye: %w", err)
	}
	return left, right, nil
}
