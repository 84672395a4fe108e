package media

import (
	"encoding/binary"
	"io"
)

// SpatialSignal is what Apple's boxes tell of the cameras of a multiview film;
// zero is unsaid. See shared media/apple/BOXES.md for the layout.
type SpatialSignal struct {
	Layers     int     `json:"layers"`                // in the bitstream, by its decoder records
	Baseline   float64 `json:"baseline_mm,omitempty"` // between the cameras
	FOV        float64 `json:"horizontal_fov_deg,omitempty"`
	Disparity  float64 `json:"disparity_adjustment_pct,omitempty"` // of the width, positive is farther
	Hero       string  `json:"hero_eye,omitempty"`                 // "left", "right": shown where one is
	Projection string  `json:"projection,omitempty"`               // "rect", "equi", "hequ", "fish"
}

// Whole reports whether nothing is missing of what players ask of a spatial
// film. The projection may be unsaid: macOS 14 has no word for it.
func (s *SpatialSignal) Whole() bool {
	return s != nil && s.Layers > 1 && s.Baseline > 0 && s.FOV > 0 && (s.Projection == "" || s.Projection == "rect")
}

// spatialEntry reads a sample entry whose boxes begin after skip bytes.
func spatialEntry(r io.ReaderAt, entry, vexu box, skip int64) *SpatialSignal {
	s := &SpatialSignal{Layers: 1}
	if _, ok := entry.child(r, "lhvC", skip); ok {
		s.Layers = 2
	}
	// Of a full box four bytes of version and flags come first.
	number := func(b box, ok bool, at int) (v uint32) {
		if !ok {
			return 0
		}
		if p, err := b.read(r); err == nil && len(p) >= at+4 {
			v = binary.BigEndian.Uint32(p[at:])
		}
		return v
	}
	blin, ok := vexu.path(r, "eyes", "cams", "blin")
	s.Baseline = float64(number(blin, ok, 4)) / 1000
	dadj, ok := vexu.path(r, "eyes", "cmfy", "dadj")
	s.Disparity = float64(int32(number(dadj, ok, 4))) / 100
	hfov, ok := entry.child(r, "hfov", skip)
	s.FOV = float64(number(hfov, ok, 0)) / 1000
	if hero, ok := vexu.path(r, "eyes", "hero"); ok {
		if p, err := hero.read(r); err == nil && len(p) >= 5 {
			s.Hero = map[byte]string{1: "left", 2: "right"}[p[4]]
		}
	}
	if prji, ok := vexu.path(r, "proj", "prji"); ok {
		if p, err := prji.read(r); err == nil && len(p) >= 8 {
			s.Projection = string(p[4:8])
		}
	}
	return s
}
