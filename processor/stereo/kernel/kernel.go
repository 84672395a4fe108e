// Package kernel holds the inner loops of the stereo stage: rows of depth to
// displacements, painting by visibility, resampling and the search for mixed
// pixels. Each exists twice with the same results: in C (compiled where cgo is,
// with wide vectors chosen at run time on amd64) and in Go, the reference.
//
// Positions, displacements and source coordinates are fixed point in units of
// 1/One pixels. A displacement is how far a pixel moves towards the left in
// the right eye, and towards the right in the left eye: larger is nearer.
// Nothing is kept between calls; the functions may be called concurrently on
// different destinations. Lengths are checked by the caller.
package kernel

const (
	FracBits = 8
	One      = 1 << FracBits

	// MaxGap is how far apart the images of two neighbours may lie and still be
	// one surface that is stretched; beyond it the surface is torn. A little
	// over two pixels, so that one whole level of a depth map in whole pixels
	// stays together in spite of rounding.
	MaxGap = 2*One + One/16

	// Hole marks targets that no source pixel reaches.
	Hole = -1 << 31

	// Block is how many columns of displacements have a Range.
	Block = 32

	// Pad is how many samples are readable (and repeat the ends) on either side
	// of a row handed to the resampling functions.
	Pad = 4
)

// Range is the least and the largest displacement of Block columns and of the one
// on either side of them.
type Range struct{ Lo, Hi int32 }

// Run is a stretch of holes in a row: targets X0 to X1, both included.
type Run struct{ X0, X1 int32 }

// Mixed is a pixel at a silhouette whose colour is A/256 of the near surface's
// F over the far surface's B (F and B in 1/16 of a level).
type Mixed struct {
	X, A      int32
	Near, Far int32 // displacements
	F, B      [4]int32
}

// Band is the neighbourhood of one row for Mix: five rows of everything, from
// two above to two below, clamped at the picture's edges. Offsets are where
// the rows begin.
type Band struct {
	W        int
	Disp     []int32
	Edge     []uint8 // from Edges
	DispRow  [5]int
	EdgeRow  [5]int
	Comps    int // components looked at: 1, 3 or 4
	Pix8     [4][]uint8
	Pix16    [4][]uint16 // used when Pix8[0] is nil
	Row      [4][5]int
	Next     [4]int  // of the row that comes into it after this one
	Step     [4]int  // elements from one sample to the next
	Shift    [4]uint // horizontal subsampling
	Bits     uint
	Luma     bool  // component 0 is luma: weighs as much as three primaries
	MinRange int32 // least difference of displacement that is a silhouette

	c    cBand
	laid bool // c is filled
}
