//go:build !cgo

package kernel

type cBand struct{}

func displace(dst []int32, ranges []Range, depth []float32, span, off float32) {
	refDisplace(dst, ranges, depth, span, off)
}

func setRanges(ranges []Range, disp []int32) { refRanges(ranges, disp) }

func edges(dst []uint8, rows *[3]Row, limit int32) bool { return refEdges(dst, rows, limit) }

func paint(from, disp []int32, mirror bool) { refPaint(from, disp, mirror) }

func holes(runs []Run, from []int32) int { return refRuns(runs, from) }

func subsample(dst, from []int32, shift uint) { refSubsample(dst, from, shift) }

func sample8(dst, src []uint8, from []int32, comps int, mirror bool) {
	refSample(dst, src, from, comps, 255, mirror)
}

func sample16(dst, src []uint16, from []int32, comps int, top int32, mirror bool) {
	refSample(dst, src, from, comps, top, mirror)
}

func mix(out []Mixed, b *Band) int { return refMix(out, b) }

func sprites(out []Late, mixed []Mixed, b *Band, at, disp, from []int32, y int, mirror bool) int {
	return refSprites(out, mixed, b, at, disp, from, y, mirror)
}

func composite(c *Canvas, sprites []Late) { refComposite(c, sprites) }
