package kernel

// The ramp functions sharpen soft depth. They work on planes of H rows of
// Stride values, the first of a row's W at RampPad and its ends repeated on
// either side, in blocks of eight values: flags mark the blocks (Blocks a row)
// where there is something to do. Each takes rows y0 to y1 and may run at the
// same time on others, but reads the results of the one before beyond its own.
type Ramp struct {
	W, H, Stride, Blocks int
	LevelR               int       // half the window of Levels, 1 to 7
	Step                 float32   // least difference of depth that is a silhouette
	Slack                float32   // how much of the ramp stays, as the map's samples are no points
	Blur                 []float32 // how the map was blurred: the middle, then each side
	Taps                 []Tap     // the window of Gather and Fields
}

// Tap is one sample of a window; DX and DY are at most 7.
type Tap struct {
	DX, DY int32
	Weight float32
}

const (
	// RampPad is how many values stand on either side of a plane's row.
	RampPad = 16
	// FieldCount is the number of fields of a sample, each block having eight of the
	// first, then of the second and so on: the depth of
	// the near and of the far side, the depth that parts them, how much of a ramp
	// it is (0 to 1), and what turns a colour into likeness to the near side:
	// three factors and what is added.
	FieldCount = 8

	// How much colours must differ to say something: the share of the sides' own
	// variances, and the variance there is at least, in squared levels of 255.
	rampSpread = 2
	rampNoise  = 256

	// A window that rises evenly has its steepest rise equal its mean one: a
	// slope, which is left alone. A ramp exceeds that by rampEven and is fully
	// one with rampRise more.
	rampEven = 1.15
	rampRise = 0.1
)

// Fit sets the sizes of the planes of a map.
func (p *Ramp) Fit(w, h int) {
	p.W, p.H, p.Blocks = w, h, (w+7)/8
	p.Stride = 8*p.Blocks + 2*RampPad
}

// Levels finds the ramps in s: where the window around a sample spans Step and
// rises unevenly. There near and far become the window's extremes, mid lies
// between, mix is how sure it is, and d0 and d1 have the step in place of the
// ramp; elsewhere they are s. tmp has six rows.
func (p *Ramp) Levels(y0, y1 int, s, near, far, mid, mix, d0, d1 []float32, flag []uint8, tmp []float32) {
	rampLevels(p, y0, y1, s, near, far, mid, mix, d0, d1, flag, tmp)
}

// Dilate marks in dst the blocks up to one beside and reach rows above and
// below those that src marks.
func (p *Ramp) Dilate(y0, y1 int, dst, src []uint8, reach int) {
	rampDilate(p, y0, y1, dst, src, reach)
}

// Residual sets res, in live blocks, to what s has more than d when d is
// blurred. tmp has y1-y0 rows and those of the blur beside.
func (p *Ramp) Residual(y0, y1 int, s, d, res []float32, live []uint8, tmp []float32) {
	rampResidual(p, y0, y1, s, d, res, live, tmp)
}

// Blurred sets dst to s blurred by b, which is given like Blur. tmp is as for
// Residual.
func (p *Ramp) Blurred(y0, y1 int, s, dst, b, tmp []float32) {
	rampBlurred(p, y0, y1, s, dst, b, tmp)
}

// Gather moves near and far by the mean residual of the samples around that
// belong to each, and makes the steps of dn anew.
func (p *Ramp) Gather(y0, y1 int, s, d, res, near, far, mid, dn []float32, flag []uint8) {
	rampGather(p, y0, y1, s, d, res, near, far, mid, dn, flag)
}

// Samples are a component of a row of a picture.
type Samples struct {
	Pix8  []uint8
	Pix16 []uint16 // used when Pix8 is nil
	Step  int      // elements from one sample to the next
	Shift uint     // horizontal subsampling
	Scale float32  // to levels of 255
}

// Pick reads the samples in some columns of a picture, one for each of a row's,
// in its live blocks.
func (p *Ramp) Pick(dst []float32, live []uint8, columns []int32, from *Samples) {
	rampPick(dst[:p.W], live[:p.Blocks], columns[:p.W], from)
}

// Fields puts together what Draw needs of each sample, with the mean colours of
// the near and far samples around; c holds three components in levels of 255.
func (p *Ramp) Fields(y0, y1 int, s, d []float32, c [3][]float32, near, far, mid, mix []float32, flag, live []uint8, fields []float32) {
	rampFields(p, y0, y1, s, d, c, near, far, mid, mix, flag, live, fields)
}

// Zoom says how a row of a larger picture lies over the fields.
type Zoom struct {
	Row0, Row1 int       // the two rows of fields it lies between
	FY         float32   // how far from the first to the second
	Index      []int32   // for each column the left one of two samples
	FX         []float32 // and how far it is from there to the next
	First      []int32   // for each block the first column that it touches, and that is beyond it
	Comps      int       // 1 or 3 components
	Pix8       [3][]uint8
	Pix16      [3][]uint16 // used when Pix8[0] is nil
	At         [3]int      // where the row begins
	// Reach is how far from a pixel four more are read for its colour, diagonally
	// in the rows that begin at Above and Below; 0 for none.
	Reach        int
	Above, Below [3]int
	Step         [3]int     // elements from one sample to the next
	Shift        [3]uint    // horizontal subsampling
	Scale        [3]float32 // to the components of Fields
	Colour       float32    // what colour counts for beside depth
	Widen        float32    // what the near side gains in doubt, -1 to 1
}

// Draw makes the ramps of a row of enlarged depth steps.
func (p *Ramp) Draw(dst []float32, z *Zoom, fields []float32, flag []uint8) {
	rampDraw(p, dst, z, fields, flag)
}

// RampLoad copies a row of depth into one of a plane, clamped to 0..1 with
// not-a-number as 0, and repeats its ends.
func RampLoad(row, from []float32) { rampLoad(row, from) }

// RampRow enlarges a row of depth that lies fy of the way from a to b, clamped
// to 0..1 with not-a-number as 0. tmp has room for one more than a.
func RampRow(dst, a, b []float32, fy float32, index []int32, fx []float32, tmp []float32) {
	rampRow(dst, a[:len(b)], b, fy, index[:len(dst)], fx[:len(dst)], tmp[:len(b)+1])
}
