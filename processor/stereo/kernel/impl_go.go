//go:build !cgo

package kernel

type cBand struct{}

func displace(dst []int32, depth []float32, span, off float32) { refDisplace(dst, depth, span, off) }

func edges(dst, any []uint8, disp []int32, w int, limit int32) { refEdges(dst, any, disp, w, limit) }

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
