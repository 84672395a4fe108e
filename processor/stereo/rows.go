package stereo

import (
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
)

// bandRows is how many rows a worker takes at a time: a multiple of every
// vertical subsampling, and enough that the rows computed twice at a band's
// edges do not matter.
const bandRows = 32

// Rows beyond a band that its own need: two for the matte's window, and one
// more for the edges in it.
const (
	edgeHalo = 2
	dispHalo = edgeHalo + 1
)

// ringRows is how many rows of displacements are kept: those that one row needs,
// and one for a division that is a mask.
const ringRows = 2*dispHalo + 2

// silhouette is the least difference of displacement between neighbours that
// is taken for a silhouette: a step of one pixel is still a slope in a map of
// whole pixels.
const silhouette = kernel.One + kernel.One/4

// frame is what the bands of one Render read.
type frame struct {
	src       *pix.Picture
	depth     *pix.Map
	scale     mapScale
	span, off float32 // nearness to displacement, in 1/kernel.One pixels
	eyes      [2]eyePlan
	good      bool
	next      bool // holes remember
	shape     shaping
}

// eyePlan is one eye to draw.
type eyePlan struct {
	dst    *pix.Picture
	mirror bool // the left eye: near pixels move to the right
	copied bool // every displacement is zero
}

// rowScratch is one worker's memory.
type rowScratch struct {
	depth    []float32
	lines    []float32        // vertical blend of depth rows
	disp     []int32          // rings of rows: displacements
	ranges   []kernel.Range   // of the displacements
	edge     []uint8          // edge marks
	anyEdge  [ringRows]bool   // whether one of them has any
	from     []int32          // for each target pixel its source coordinate
	chroma   []int32          // the same on a subsampled grid
	runs     []kernel.Run     // the holes of a painted row
	openings []kernel.Opening // and what lies beside them
	mixed    []kernel.Mixed   // the row's mixed pixels
	own      []int32          // their displacements
	mixAt    []int32          // index+1 into mixed for a column, 0: not mixed
	pad8     []uint8          // a source row with its ends repeated
	pad16    []uint16
	band     kernel.Band
	open     kernel.OpenRow
	store    [2]holeStore // for each eye
}

func resize[T any](s *[]T, n int) []T {
	if cap(*s) < n {
		*s = make([]T, n)
	}
	*s = (*s)[:n]
	return *s
}

func (s *rowScratch) fit(f *frame) {
	w := f.src.W
	resize(&s.depth, w)
	resize(&s.lines, f.depth.W+1)
	resize(&s.disp, ringRows*w)
	resize(&s.ranges, ringRows*kernel.Blocks(w))
	resize(&s.edge, ringRows*w)
	resize(&s.from, w)
	resize(&s.chroma, w)
	resize(&s.runs, w/2+1)
	resize(&s.openings, w/2+1)
	resize(&s.mixed, w)
	resize(&s.own, w)
	if len(s.mixAt) != w {
		s.mixAt = make([]int32, w)
	}
	n := (w + 2*kernel.Pad) * f.src.Planes[0].Comps
	if f.src.Bits > 8 {
		resize(&s.pad16, n)
	} else {
		resize(&s.pad8, n)
	}
}

// ringRow is where row y of the picture begins in the ring of the last rows of
// displacements or edges; rows beyond the picture are its first or last.
func (f *frame) ringRow(y int) int {
	return min(max(y, 0), f.src.H-1) % ringRows * f.src.W
}

// displacements is row y in the ring.
func (f *frame) displacements(s *rowScratch, y int) kernel.Row {
	at, blocks := f.ringRow(y), kernel.Blocks(f.src.W)
	return kernel.Row{Disp: s.disp[at:][:f.src.W], Ranges: s.ranges[at/f.src.W*blocks:][:blocks]}
}

// renderBand draws rows y0 to y1 of the wanted eyes.
func (r *Renderer) renderBand(worker, y0, y1 int) {
	f, s := &r.frame, &r.rows[worker]
	s.fit(f)
	drawn := false
	for i := range f.eyes {
		if e := &f.eyes[i]; e.dst != nil && e.copied {
			for y := y0; y < y1; y++ {
				copyRow(e.dst, f.src, y)
			}
		} else if e.dst != nil {
			drawn = true
		}
	}
	if !drawn {
		return
	}
	next := [2]int{max(y0-dispHalo, 0), max(y0-edgeHalo, 0)}
	for y := y0; y < y1; y++ {
		f.advance(s, y, &next)
		mixed := f.mixed(s, y)
		row := s.disp[f.ringRow(y):][:f.src.W]
		for i := range mixed { // give them to a side
			m := &mixed[i]
			s.mixAt[m.X] = int32(i) + 1
			s.own[i] = row[m.X]
			row[m.X] = m.Far
			if m.A == kernel.FullCover {
				row[m.X] = m.Near
			}
		}
		for i := range f.eyes {
			if e := &f.eyes[i]; e.dst != nil && !e.copied {
				r.renderRow(s, i, y, row, mixed)
			}
		}
		for i := range mixed {
			s.mixAt[mixed[i].X], row[mixed[i].X] = 0, s.own[i]
		}
	}
}

// advance makes what row y needs of the rows of displacements and edges up to
// those below it; next are the first rows of either not made yet.
func (f *frame) advance(s *rowScratch, y int, next *[2]int) {
	w, last := f.src.W, f.src.H-1
	for ; next[0] <= min(y+dispHalo, last); next[0]++ {
		row := s.depth
		if f.scale.same() {
			row = f.depth.Row(next[0])
		} else {
			f.scale.row(row, s.lines, f.depth, next[0])
		}
		to := f.displacements(s, next[0])
		kernel.Displace(to.Disp, to.Ranges, row, f.span, f.off)
		if f.shape.on {
			f.shape.row(to.Disp)
			kernel.Ranges(to.Ranges, to.Disp)
		}
	}
	for ; next[1] <= min(y+edgeHalo, last); next[1]++ {
		e := next[1]
		s.anyEdge[e%ringRows] = kernel.Edges(s.edge[f.ringRow(e):][:w],
			f.displacements(s, e-1), f.displacements(s, e), f.displacements(s, e+1), silhouette)
	}
}

// mixed finds the mixed pixels of row y.
func (f *frame) mixed(s *rowScratch, y int) []kernel.Mixed {
	if !s.anyEdge[y%ringRows] {
		return nil
	}
	b := &s.band
	*b = kernel.Band{W: f.src.W, Disp: s.disp, Edge: s.edge, Bits: uint(f.src.Bits), MinRange: silhouette, Luma: f.src.Model != pix.RGBA}
	b.Comps = comps(f.src)
	for j := range 5 {
		b.DispRow[j] = f.ringRow(y + j - 2)
		b.EdgeRow[j] = b.DispRow[j]
	}
	for c := range b.Comps {
		p, at := &f.src.Planes[0], c
		if f.src.Model != pix.RGBA {
			p, at = &f.src.Planes[c], 0
		}
		row := func(y int) int { return (min(max(y, 0), f.src.H-1)>>p.ShiftY)*p.Stride + at }
		for j := range 5 {
			b.Row[c][j] = row(y + j - 2)
		}
		b.Next[c] = row(y + 3)
		b.Step[c], b.Shift[c] = p.Comps, uint(p.ShiftX)
		b.Pix8[c], b.Pix16[c] = p.Pix8, p.Pix16
	}
	return s.mixed[:kernel.Mix(s.mixed, b)]
}

// renderRow paints, resamples and composites one row of one eye, and notes or
// fills its holes.
func (r *Renderer) renderRow(s *rowScratch, eye, y int, disp []int32, mixed []kernel.Mixed) {
	f := &r.frame
	e := &f.eyes[eye]
	kernel.Paint(s.from, disp, e.mirror)
	runs := s.runs[:kernel.Runs(s.runs, s.from)]
	for i := range f.src.N {
		p := &f.src.Planes[i]
		if y&(1<<p.ShiftY-1) != 0 {
			continue
		}
		from := s.from
		if p.ShiftX > 0 {
			from = s.chroma[:p.W]
			if i == 1 {
				kernel.Subsample(from, s.from, uint(p.ShiftX))
			}
		}
		samplePlane(s, f.src, e, i, y, from, mixed)
	}
	h := holeRow{f: f, s: s, e: e, y: y, disp: disp, store: &s.store[eye]}
	if f.good {
		r.index[eye][y] = h.note(runs)
	} else {
		h.streak(runs)
	}
	h.sprites(mixed)
}

// samplePlane resamples row y of plane i, with the mixed pixels' colours
// replaced by the side's they are painted as.
func samplePlane(s *rowScratch, src *pix.Picture, e *eyePlan, i, y int, from []int32, mixed []kernel.Mixed) {
	p, d := &src.Planes[i], &e.dst.Planes[i]
	row := y >> p.ShiftY
	n := p.W * p.Comps
	if p.Pix16 != nil {
		line := s.pad16[:(p.W+2*kernel.Pad)*p.Comps]
		padRow(line, p.Pix16[row*p.Stride:][:n], p.Comps)
		recolour(line, p, i, y, mixed, 1<<src.Bits-1)
		kernel.Sample16(d.Pix16[row*d.Stride:][:n], line, from, p.Comps, 1<<src.Bits-1, e.mirror)
		return
	}
	line := s.pad8[:(p.W+2*kernel.Pad)*p.Comps]
	padRow(line, p.Pix8[row*p.Stride:][:n], p.Comps)
	recolour(line, p, i, y, mixed, 255)
	kernel.Sample8(d.Pix8[row*d.Stride:][:n], line, from, p.Comps, e.mirror)
}

// padRow copies a row of samples and repeats its ends.
func padRow[T uint8 | uint16](line, row []T, comps int) {
	copy(line[kernel.Pad*comps:], row)
	for k := range kernel.Pad {
		copy(line[k*comps:][:comps], row)
		copy(line[kernel.Pad*comps+len(row)+k*comps:][:comps], row[len(row)-comps:])
	}
}

// recolour gives the row's mixed pixels that are painted with the far surface
// its colour: their own less what the near surface adds to it, or where little
// of it is left, the mean of the far surface around.
func recolour[T uint8 | uint16](line []T, p *pix.Plane, plane, y int, mixed []kernel.Mixed, top int32) {
	if y&(1<<p.ShiftY-1) != 0 {
		return
	}
	for i := range mixed {
		m := &mixed[i]
		if m.A == kernel.FullCover || m.X&(1<<p.ShiftX-1) != 0 {
			continue
		}
		at := (int(m.X)>>p.ShiftX + kernel.Pad) * p.Comps
		for c := range min(p.Comps, 4) {
			k := c
			if p.Comps == 1 {
				k = plane
			} else if c == 3 && m.F[3] == 0 && m.B[3] == 0 {
				break // alpha is not looked at
			}
			v := m.B[k]
			if m.A < kernel.FullCover/2 {
				v = int32(line[at+c])*16 - m.A*(m.F[k]-m.B[k])/256
			}
			line[at+c] = T(min(max((v+8)>>4, 0), top))
		}
	}
}

// copyRow copies row y of every plane that has one.
func copyRow(dst, src *pix.Picture, y int) {
	for i := range src.N {
		if y&(1<<src.Planes[i].ShiftY-1) == 0 {
			copyPlaneRow(&dst.Planes[i], &src.Planes[i], y)
		}
	}
}

func copyPlaneRow(dst, src *pix.Plane, y int) {
	row, n := y>>src.ShiftY, src.W*src.Comps
	if src.Pix16 != nil {
		copy(dst.Pix16[row*dst.Stride:][:n], src.Pix16[row*src.Stride:][:n])
	} else {
		copy(dst.Pix8[row*dst.Stride:][:n], src.Pix8[row*src.Stride:][:n])
	}
}
