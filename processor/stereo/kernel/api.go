package kernel

// Displace turns a row of nearness into displacements: d*span + off rounded,
// with d clamped to 0..1 and not-a-number taken as 0. span and off are in
// 1/One pixels. ranges get those of its Blocks(len(dst)) blocks.
func Displace(dst []int32, ranges []Range, depth []float32, span, off float32) {
	displace(dst, ranges[:Blocks(len(dst))], depth[:len(dst)], span, off)
}

// Blocks is the number of blocks of a row of n columns.
func Blocks(n int) int { return (n + Block - 1) / Block }

// Ranges sets those of a row of displacements that have been changed.
func Ranges(ranges []Range, disp []int32) { setRanges(ranges[:Blocks(len(disp))], disp) }

// Row is a row of displacements and its ranges.
type Row struct {
	Disp   []int32
	Ranges []Range
}

// Edges sets dst to 1 where the 3x3 neighbourhood of a pixel in three rows of
// displacements spans more than limit, else 0, and reports whether any does.
func Edges(dst []uint8, up, mid, down Row, limit int32) bool {
	rows := [3]Row{up, mid, down}
	for i := range rows {
		rows[i].Disp, rows[i].Ranges = rows[i].Disp[:len(dst)], rows[i].Ranges[:Blocks(len(dst))]
	}
	return edges(dst, &rows, limit)
}

// Paint inverts a row of displacements: from gets, for every target pixel, the
// source coordinate that is seen there, or Hole. With mirror it paints the left
// eye. The rows are at most 1<<22 long.
func Paint(from, disp []int32, mirror bool) { paint(from, disp[:len(from)], mirror) }

// Runs lists the holes of a painted row and returns how many there are; runs
// has room for half the row and one more.
func Runs(runs []Run, from []int32) int {
	return holes(runs[:len(from)/2+1], from)
}

// Subsample makes the map of a plane subsampled by 1<<shift from that of luma.
// Its samples move like the luma sample at the same place.
func Subsample(dst, from []int32, shift uint) { subsample(dst, from, shift) }

// Sample8 draws a row of comps (1 or 4) interleaved components from the source
// coordinates of its pixels, by the Catmull-Rom spline. src holds the source
// row with Pad samples before and after it that repeat its ends. Holes get
// samples of no meaning. A row and its mirror image, drawn with mirror, agree.
func Sample8(dst, src []uint8, from []int32, comps int, mirror bool) {
	n := len(from)
	sample8(dst[:n*comps], src, from, comps, mirror)
}

// Sample16 is Sample8 for samples of 0 to top.
func Sample16(dst, src []uint16, from []int32, comps int, top int32, mirror bool) {
	n := len(from)
	sample16(dst[:n*comps], src, from, comps, top, mirror)
}

// Mix finds the mixed pixels of a row: those at silhouettes whose colour lies
// between the surfaces', or on the other's side. out has room for W entries;
// the number used is returned, in order of X.
func Mix(out []Mixed, b *Band) int { return mix(out[:b.W], b) }
