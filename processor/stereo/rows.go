package stereo

import "spatialmaker/processor/pix"

// bandRows is how many rows a worker takes at a time: a multiple of every
// vertical subsampling, small enough to share the work evenly.
const bandRows = 16

// Positions and source coordinates are fixed point with fracBits fraction.
const (
	fracBits = 8
	one      = 1 << fracBits
)

// frame is what the bands of one Render read.
type frame struct {
	src   *pix.Picture
	depth *pix.Map
	scale mapScale
	eyes  [2]eyePlan
}

// eyePlan places one eye. The shift towards the left of nearness d is
// shift0 + d*span, in 1/one pixels; the left eye is painted mirrored so that
// its near pixels also move towards the left.
type eyePlan struct {
	dst          *pix.Picture
	mirror       bool
	shift0, span float32
	identity     bool // every depth has a shift of zero: a copy
}

func (e *eyePlan) setShift(at0, at1 float64) {
	e.shift0, e.span = float32(at0*one), float32((at1-at0)*one)
	e.identity = at0 == 0 && at1 == 0
}

// rowScratch is one worker's memory.
type rowScratch struct {
	depth  []float32 // the row's nearness at picture width, 0..1
	pos    []int32   // where each source pixel lands
	from   []int32   // for each target pixel its source coordinate
	chroma []int32   // the same on the chroma grid
	lines  []float32 // vertical blend of depth rows
}

func (s *rowScratch) fit(w, mapW int) {
	if cap(s.depth) < w {
		s.depth = make([]float32, w)
		s.pos = make([]int32, w)
		s.from = make([]int32, w)
		s.chroma = make([]int32, w)
	}
	s.depth, s.pos, s.from, s.chroma = s.depth[:w], s.pos[:w], s.from[:w], s.chroma[:w]
	if cap(s.lines) < mapW {
		s.lines = make([]float32, mapW)
	}
	s.lines = s.lines[:mapW]
}

// renderBand draws rows y0 to y1 of the wanted eyes.
func (r *Renderer) renderBand(worker, y0, y1 int) {
	f, s := &r.frame, &r.rows[worker]
	s.fit(f.src.W, f.depth.W)
	for y := y0; y < y1; y++ {
		have := false
		for i := range f.eyes {
			e := &f.eyes[i]
			if e.dst == nil {
				continue
			}
			if e.identity {
				copyRow(e.dst, f.src, y)
				continue
			}
			if !have {
				f.scale.row(s.depth, s.lines, f.depth, y)
				have = true
			}
			place(s.pos, s.depth, e)
			paint(s.from, s.pos)
			if e.mirror {
				unmirror(s.from)
			}
			drawRow(e.dst, f.src, y, s)
		}
	}
}

// place computes where the pixels of a row land. Values that are no number or
// outside 0..1 are taken into it.
func place(pos []int32, depth []float32, e *eyePlan) {
	n := len(pos)
	for x, d := range depth[:n] {
		if !(d > 0) {
			d = 0
		} else if d > 1 {
			d = 1
		}
		v := e.shift0 + d*e.span
		if v < 0 {
			v -= 0.5
		} else {
			v += 0.5
		}
		if e.mirror {
			x = n - 1 - x
		}
		pos[x] = int32(x)<<fracBits - int32(v)
	}
}

// unmirror turns the map of a mirrored row into that of the row itself.
func unmirror(from []int32) {
	last := int32(len(from)-1) << fracBits
	i, j := 0, len(from)-1
	for ; i < j; i, j = i+1, j-1 {
		from[i], from[j] = last-from[j], last-from[i]
	}
	if i == j {
		from[i] = last - from[i]
	}
}

// drawRow resamples row y of every plane that has one.
func drawRow(dst, src *pix.Picture, y int, s *rowScratch) {
	for i := range src.N {
		sp, dp := &src.Planes[i], &dst.Planes[i]
		if y&(1<<sp.ShiftY-1) != 0 {
			continue
		}
		from := s.from
		if sp.ShiftX > 0 {
			from = s.chroma[:sp.W]
			if i == 1 {
				subsample(from, s.from, sp.ShiftX)
			}
		}
		row := y >> sp.ShiftY
		n := sp.W * sp.Comps
		if sp.Pix16 != nil {
			sampleRow(dp.Pix16[row*dp.Stride:][:n], sp.Pix16[row*sp.Stride:][:n], from, sp.Comps, 1<<src.Bits-1)
		} else {
			sampleRow(dp.Pix8[row*dp.Stride:][:n], sp.Pix8[row*sp.Stride:][:n], from, sp.Comps, 255)
		}
	}
}

// subsample makes the map of a subsampled plane: the displacement of its
// sample is that of the first luma sample it covers, in its own units.
func subsample(dst, from []int32, shift uint8) {
	for i := range dst {
		x := i << shift
		dst[i] = int32(i)<<fracBits + (from[x]-int32(x)<<fracBits)>>shift
	}
}

// copyRow copies row y of every plane that has one.
func copyRow(dst, src *pix.Picture, y int) {
	for i := range src.N {
		sp, dp := &src.Planes[i], &dst.Planes[i]
		if y&(1<<sp.ShiftY-1) != 0 {
			continue
		}
		row := y >> sp.ShiftY
		n := sp.W * sp.Comps
		if sp.Pix16 != nil {
			copy(dp.Pix16[row*dp.Stride:][:n], sp.Pix16[row*sp.Stride:][:n])
		} else {
			copy(dp.Pix8[row*dp.Stride:][:n], sp.Pix8[row*sp.Stride:][:n])
		}
	}
}
