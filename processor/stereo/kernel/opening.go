package kernel

// Opening is a run of holes in a row, and what lies beside it.
type Opening struct {
	X0, X1 int32 // first and last target
	Edge   int32 // the background's target next to it
	Other  int32 // where it is seen again beyond what stands before it, or -1
	Side   int32 // where the background is: -1 left, 1 right, 0 on both sides
	// The structure tensor of the background's luma beside it.
	XX, XY, YY float32
	// The background's colour next to it on the grids of luma (or RGBA) and of
	// chroma, where Clean says that it shows the chosen side.
	Beside [2][4]float32
	Clean  [2]int32
}

// OpenRow is a row that was painted and sampled.
type OpenRow struct {
	From, Disp   []int32 // what Paint made, and of what
	Above, Below []int32 // the displacements of the rows around it
	Luma8        []uint8 // plane 0 of the source
	Luma16       []uint16
	Pix8         [4][]uint8  // the planes drawn
	Pix16        [4][]uint16 // used when Pix8[0] is nil
	Layout       OpenLayout
}

// OpenLayout tells how an OpenRow's samples lie.
type OpenLayout struct {
	W, Bits int
	Mirror  int    // not 0: it is the left eye's
	Luma    [3]int // where the source's rows above, at and below this one begin
	N       int    // planes, of which the first has Comps components
	Comps   int
	// Where the row begins in each of them, or -1 where there is none; its samples,
	// and the horizontal subsampling.
	At, Width, Shift [4]int
	Limit            int // least difference of displacement between two surfaces
}

// Where the structure tensor beside a hole begins and ends, in pixels from the
// background's edge (next to it the near surface shines in), and the
// difference of displacement at which the background ends.
const (
	structureSkip  = 2
	structureReach = 12
	structureStep  = 3 * One
)

// acrossReach is how many times its own width a hole looks over what stands
// before the background.
const acrossReach = 8

// Apart reports whether two displacements belong to different surfaces.
func Apart(a, b int32) bool { return a-b > structureStep || b-a > structureStep }

// Near is the displacement seen at target t.
func (r *OpenRow) Near(t int32) int32 {
	d := r.From[t] - t<<FracBits
	if r.Layout.Mirror != 0 {
		return -d
	}
	return d
}

// Seen reports whether target t lies in the picture and is no hole.
func (r *OpenRow) Seen(t int32) bool {
	return t >= 0 && int(t) < len(r.From) && r.From[t] != Hole
}

// Side decides where the background of a run lies: the farther of its two
// ends, or both when they are one surface.
func (r *OpenRow) Side(q Run) int32 {
	if q.X0 == 0 {
		return 1
	}
	if int(q.X1) == r.Layout.W-1 {
		return -1
	}
	dl, dr, limit := r.Near(q.X0-1), r.Near(q.X1+1), int32(r.Layout.Limit)
	switch {
	case dl-dr < limit && dr-dl < limit:
		return 0
	case dl < dr:
		return -1
	}
	return 1
}

// Open finds what lies beside a row's runs of holes, none of which takes all of
// it. out has room for as many.
func Open(out []Opening, runs []Run, r *OpenRow) {
	if len(runs) > 0 {
		open(out[:len(runs)], runs, r)
	}
}
