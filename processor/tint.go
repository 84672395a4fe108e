package processor

import (
	"image"
	"math"

	"spatialmaker/processor/pix"
)

// tint is the colour scale of depth previews: dark blue far, through green and
// yellow, to a warm white near. It is computed from smooth curves chosen so
// that brightness grows steadily with nearness, which keeps it readable in
// grey and for colour-blind eyes.
var tint = func() (t [256][3]uint8) {
	for i := range t {
		v := float64(i) / 255
		light := 0.10 + 0.86*v
		// The hue turns from blue (250 degrees) to orange (40 degrees).
		hue := (250 - 210*v) * math.Pi / 180
		sat := 0.55 * math.Sin(math.Pi*(0.12+0.80*v))
		for c := range 3 {
			wave := math.Cos(hue - float64(c)*2*math.Pi/3)
			t[i][c] = uint8(255*min(1, max(0, light+sat*wave*0.5)) + 0.5)
		}
	}
	return t
}()

// depthImage shows a depth map in grey or in the colour scale.
func depthImage(m *pix.Map, colour bool) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, m.W, m.H))
	for y := range m.H {
		row := m.Row(y)
		out := img.Pix[y*img.Stride : y*img.Stride+4*m.W]
		for x, v := range row {
			g := uint8(min(1, max(0, v))*255 + 0.5)
			d := out[4*x : 4*x+4 : 4*x+4]
			if colour {
				c := tint[g]
				d[0], d[1], d[2], d[3] = c[0], c[1], c[2], 255
			} else {
				d[0], d[1], d[2], d[3] = g, g, g, 255
			}
		}
	}
	return img
}
