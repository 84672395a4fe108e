package media

import (
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// StereoSignal says that, and how, a video is 3D already.
type StereoSignal struct {
	Layout string `json:"layout"`            // "sbs", "tb", "multiview", "frame-sequential", "180", "360", ...
	From   string `json:"from"`              // where it is said: "frame packing SEI", "stereo_mode", "st3d", "vexu", "file name"
	Sure   bool   `json:"sure"`              // false for a mere file name
	Swap   bool   `json:"swapped,omitempty"` // right eye first

	Spatial *SpatialSignal `json:"spatial,omitempty"` // of "multiview"
}

// stereoLayouts maps ffmpeg's and Matroska's words to ours.
var stereoLayouts = map[string]StereoSignal{
	"left_right":                          {Layout: "sbs"},
	"right_left":                          {Layout: "sbs", Swap: true},
	"side by side":                        {Layout: "sbs"},
	"side by side (quincunx subsampling)": {Layout: "sbs"},
	"top_bottom":                          {Layout: "tb"},
	"bottom_top":                          {Layout: "tb", Swap: true},
	"top and bottom":                      {Layout: "tb"},
	"checkerboard":                        {Layout: "checkerboard"},
	"checkerboard_lr":                     {Layout: "checkerboard"},
	"checkerboard_rl":                     {Layout: "checkerboard", Swap: true},
	"row_interleaved_lr":                  {Layout: "rows"},
	"row_interleaved_rl":                  {Layout: "rows", Swap: true},
	"interleaved lines":                   {Layout: "rows"},
	"col_interleaved_lr":                  {Layout: "columns"},
	"col_interleaved_rl":                  {Layout: "columns", Swap: true},
	"interleaved columns":                 {Layout: "columns"},
	"frame alternate":                     {Layout: "frame-sequential"},
	"block_lr":                            {Layout: "frame-sequential"},
	"block_rl":                            {Layout: "frame-sequential", Swap: true},
	"anaglyph_cyan_red":                   {Layout: "anaglyph"},
	"anaglyph_green_magenta":              {Layout: "anaglyph"},
}

func stereoWord(word, from string) *StereoSignal {
	s, ok := stereoLayouts[strings.ToLower(word)]
	if !ok {
		return nil
	}
	s.From, s.Sure = from, true
	return &s
}

// stereoBoxes looks for st3d and vexu in the sample entries of an MP4 or
// QuickTime file. Any other file, and a damaged one, has none.
func stereoBoxes(path string) *StereoSignal {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer closeQuietly(f)
	st, err := f.Stat()
	if err != nil || !looksISO(f) {
		return nil
	}
	moov, ok := (box{from: 0, to: st.Size()}).child(f, "moov", 0)
	if !ok {
		return nil
	}
	var out *StereoSignal
	_ = boxes(f, moov.from, moov.to, func(trak box) (bool, error) {
		if trak.kind != "trak" {
			return true, nil
		}
		if stsd, ok := trak.path(f, "mdia", "minf", "stbl", "stsd"); ok {
			out = stereoEntry(f, stsd)
		}
		return out == nil, nil
	})
	return out
}

// stereoEntry reads the first sample entry of a sample description box.
func stereoEntry(r io.ReaderAt, stsd box) *StereoSignal {
	var out *StereoSignal
	_ = boxes(r, stsd.from+8, stsd.to, func(entry box) (bool, error) {
		const visual = 78 // bytes of a visual sample entry before its boxes
		if entry.to-entry.from < visual {
			return false, nil
		}
		if vexu, ok := entry.child(r, "vexu", visual); ok {
			if out = stereoVexu(r, vexu); out != nil {
				out.Spatial = spatialEntry(r, entry, vexu, visual)
			}
		}
		if st3d, ok := entry.child(r, "st3d", visual); ok && out == nil {
			out = stereoSt3d(r, st3d)
		}
		return false, nil
	})
	return out
}

// stereoVexu reads Apple's video extended usage: eyes/stri holds a bit for
// each eye. Both in one track is multiview HEVC.
func stereoVexu(r io.ReaderAt, vexu box) *StereoSignal {
	stri, ok := vexu.path(r, "eyes", "stri")
	if !ok {
		return nil
	}
	b, err := stri.read(r)
	const both = 3
	if err != nil || len(b) < 5 || b[4]&both != both {
		return nil
	}
	return &StereoSignal{Layout: "multiview", From: "vexu", Sure: true, Swap: b[4]&8 != 0}
}

// stereoSt3d reads the box of Google's spherical video specification: version
// and flags, then one byte of mode.
func stereoSt3d(r io.ReaderAt, st3d box) *StereoSignal {
	b, err := st3d.read(r)
	if err != nil || len(b) < 5 {
		return nil
	}
	switch b[4] {
	case 1:
		return &StereoSignal{Layout: "tb", From: "st3d", Sure: true}
	case 2:
		return &StereoSignal{Layout: "sbs", From: "st3d", Sure: true}
	case 3:
		return &StereoSignal{Layout: "custom", From: "st3d", Sure: true}
	case 4:
		return &StereoSignal{Layout: "sbs", From: "st3d", Sure: true, Swap: true}
	}
	return nil
}

// looksISO reports whether the file starts with a box that such files start with.
func looksISO(r io.ReaderAt) bool {
	var head [8]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return false
	}
	switch string(head[4:]) {
	case "ftyp", "moov", "wide", "mdat", "free", "skip", "pnot":
		return binary.BigEndian.Uint32(head[:]) != 0
	}
	return false
}

// stereoName reads the hints that players take from file names. Long ones
// (SBS, LRF, fulltb) count anywhere as a word of their own; short ones (LR,
// TB, OU), which are also words and initials, only in capitals at the end, or
// beside "3D".
func stereoName(path string) *StereoSignal {
	stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	words := strings.FieldsFunc(stem, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	threeD := false
	for _, w := range words {
		threeD = threeD || strings.EqualFold(w, "3d")
	}
	for i, w := range words {
		s, ok := nameWords[strings.ToLower(w)]
		if !ok {
			s, ok = shortNameWords[strings.ToLower(w)]
			capital := i > 0 && i == len(words)-1 && w == strings.ToUpper(w)
			ok = ok && (capital || threeD)
		}
		if ok {
			s.From = "file name"
			return &s
		}
	}
	return nil
}

var nameWords = map[string]StereoSignal{
	"sbs": {Layout: "sbs"}, "hsbs": {Layout: "sbs"}, "fsbs": {Layout: "sbs"}, "halfsbs": {Layout: "sbs"},
	"fullsbs": {Layout: "sbs"}, "lrf": {Layout: "sbs"}, "rlf": {Layout: "sbs", Swap: true},
	"tbf": {Layout: "tb"}, "fulltb": {Layout: "tb"}, "htab": {Layout: "tb"}, "hou": {Layout: "tb"},
	"redcyan": {Layout: "anaglyph"}, "anaglyph": {Layout: "anaglyph"}, "mvhevc": {Layout: "multiview"},
}

var shortNameWords = map[string]StereoSignal{
	"lr": {Layout: "sbs"}, "rl": {Layout: "sbs", Swap: true}, "3dh": {Layout: "sbs"},
	"tb": {Layout: "tb"}, "tab": {Layout: "tb"}, "ou": {Layout: "tb"}, "3dv": {Layout: "tb"},
}
