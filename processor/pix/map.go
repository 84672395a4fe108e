package pix

import (
	"fmt"
	"math"
)

// Map is a depth map: H rows of W nearness values, Stride elements apart.
// Nearness is 1 at the nearest and 0 at the farthest point of the picture (or
// shot); it is proportional to disparity, not to distance.
type Map struct {
	W, H   int
	Stride int
	Pix    []float32
	pool   *Pool
}

// NewMap allocates a map with tightly packed rows.
func NewMap(w, h int) *Map {
	if w < 1 || h < 1 {
		panic(fmt.Sprintf("pix.NewMap: %dx%d", w, h))
	}
	return &Map{W: w, H: h, Stride: w, Pix: make([]float32, w*h)}
}

// Row returns the values of row y.
func (m *Map) Row(y int) []float32 {
	return m.Pix[y*m.Stride : y*m.Stride+m.W : y*m.Stride+m.W]
}

// Check verifies size, stride and buffer; it does not look at the values.
func (m *Map) Check() error {
	if m.W < 1 || m.H < 1 || m.Stride < m.W || len(m.Pix) < (m.H-1)*m.Stride+m.W {
		return fmt.Errorf("map of %dx%d, stride %d, %d values: %w", m.W, m.H, m.Stride, len(m.Pix), ErrShape)
	}
	return nil
}

// Sanitize replaces NaN and infinities in place: NaN and -Inf by 0, +Inf by 1,
// and clamps the rest to 0..1. It returns how many values were not finite.
func (m *Map) Sanitize() int {
	bad := 0
	for y := range m.H {
		row := m.Row(y)
		for x, v := range row {
			switch {
			case v >= 0 && v <= 1:
			case v != v || math.IsInf(float64(v), -1):
				row[x] = 0
				bad++
			case math.IsInf(float64(v), 1):
				row[x] = 1
				bad++
			case v < 0:
				row[x] = 0
			default:
				row[x] = 1
			}
		}
	}
	return bad
}
