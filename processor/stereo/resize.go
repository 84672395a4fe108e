package stereo

import (
	"fmt"

	"spatialmaker/processor/pix"
)

// Resize brings src to dst's size by linear interpolation, the same that Render
// applies to a map of another size than the picture.
func Resize(dst, src *pix.Map) error {
	if err := src.Check(); err != nil {
		return fmt.Errorf("resize depth: %w", err)
	}
	if err := dst.Check(); err != nil {
		return fmt.Errorf("resize depth: %w", err)
	}
	var s mapScale
	s.set(src, dst.W, dst.H)
	lines := make([]float32, src.W+1)
	for y := range dst.H {
		s.row(dst.Row(y), lines, src, y)
	}
	return nil
}
