package kernel

// Late is a mixed pixel's share of a target: coverage A of 256 and colour times
// that, in 1/16 of a level.
type Late struct {
	X, Y, A int32
	Q       [4]int32
}

// FullCover is the coverage of a pixel that shows only the near surface.
const FullCover = 256

// spriteTargets is how many targets a mixed pixel has a share of at most.
const spriteTargets = 8

// Sprites finds the near surface's shares of the targets around a row's mixed
// pixels, to be laid over what is drawn in this order. Its coverage and colour
// are interpolated between neighbouring samples, falling to nothing over one
// pixel outside. b is what Mix found them in; at has index+1 into mixed for
// each column, or 0; disp are the row's displacements with the mixed pixels
// given to a side and from what Paint made of them; y goes into the result,
// which is appended to out.
func Sprites(out []Late, mixed []Mixed, b *Band, at, disp, from []int32, y int, mirror bool) []Late {
	if need := len(out) + spriteTargets*len(mixed); cap(out) < need {
		more := make([]Late, len(out), need+need/2)
		copy(more, out)
		out = more
	}
	n := sprites(out[len(out):cap(out)], mixed, b, at[:b.W], disp[:b.W], from[:b.W], y, mirror)
	return out[:len(out)+n]
}

// Canvas is a picture that sprites are laid over.
type Canvas struct {
	Comps  int
	Bits   uint
	Pix8   [4][]uint8
	Pix16  [4][]uint16 // used when Pix8[0] is nil
	At     [4]int      // where a component begins
	Stride [4]int      // elements from one row to the next
	Step   [4]int      // and from one sample to the next
	ShiftX [4]uint
	ShiftY [4]uint
}

// Composite lays sprites over what is drawn.
func Composite(c *Canvas, sprites []Late) {
	if len(sprites) > 0 {
		composite(c, sprites)
	}
}
