package kernel

// FillGrid is the fill of the holes in planes that share a sampling grid of W
// by H.
type FillGrid struct {
	N, W, H        int
	ShiftX, ShiftY uint // of the grid against luma
	Runs           []FillRun
	First          []int32 // where each row's runs begin, and the end of the last one's
	// For each run, in the order of rows and columns, Room pixels of each of N
	// components of the colour they start from, in the end their own, and of the mean
	// of it and those above; and the share of their own colour in the mean.
	Start, Down, Keep []float32
	Mean              []float32 // for each component and column the running mean
	Row               []int32   // for each column the row that Mean belongs to
}

// FillRun is a run of hole pixels in a row of a grid.
type FillRun struct {
	X0, X1 int32 // first and last column
	At     int32 // how many pixels the runs before have room for
	Y      int32 // row of luma
	// Side is where the background is: -1 left, 1 right, 0 on both sides. From says
	// which end distances count from, -1 or 1; 0: A and B stand at both ends.
	Side, From int32
	Clean      int32   // not 0: A is the background's colour on Side
	Other      int32   // the luma column where the background of colour B is seen again, or -1
	Fall       float32 // rows of luma that structures fall with each column from the background
	Coherent   float32 // how much of it follows them, 0..1
	A, B       [4]float32
}

// Room is how many pixels a run of n has room for.
func Room(n int32) int32 { return (n + fillLanes - 1) / fillLanes * fillLanes }

const fillLanes = 8

// place is where component c of pixel k stands in Start and Down.
func (g *FillGrid) place(q *FillRun, k, c int) int {
	return int(q.At)*g.N + c*int(Room(q.X1-q.X0+1)) + k
}

// Colours copies those of n pixels in a run that begins at at, component by
// component of each.
func (g *FillGrid) Colours(to []float32, at int32, n int) {
	room := int(Room(int32(n)))
	for c := range g.N {
		for k, v := range g.Start[int(at)*g.N+c*room:][:n] {
			to[k*g.N+c] = v
		}
	}
}

// FillPlanes are what a grid's colours are drawn into: N planes, or one of N
// interleaved components.
type FillPlanes struct {
	Pix8   [4][]uint8
	Pix16  [4][]uint16 // used when Pix8[0] is nil
	Stride int         // elements from one row to the next
	Step   int         // and from one column to the next
}

// fillSpread is by how many rows the mean widens with each pixel from the
// background.
const fillSpread = 2.5

// Begin sets Start and Keep for the runs of rows y0 to y1, which may lead to
// runs of other rows.
func (g *FillGrid) Begin(y0, y1 int) {
	if g.First[y0] < g.First[y1] {
		fillBegin(g, y0, y1)
	}
}

// Sweep smooths columns x0 to x1 downwards and upwards, and draws them.
func (g *FillGrid) Sweep(x0, x1 int, to *FillPlanes) {
	if len(g.Runs) > 0 && x0 < x1 {
		fillSweep(g, x0, x1, to)
	}
}
