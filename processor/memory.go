package processor

import (
	"runtime/debug"

	"spatialmaker/processor/media"
)

// memoryBudget bounds the estimated memory of the photos in flight, in bytes:
// two JPEGs of 12 megapixels, one being read or written while the other is
// worked on. A picture that needs more is worked on alone.
const memoryBudget = 400 << 20

// largePhoto is the estimated size, in bytes, from which nothing is kept for
// the next photo of the same size: a few milliseconds against a tenth of a
// gigabyte.
const largePhoto = 64 << 20

// packedBudget bounds the finished pictures that wait for their encoder beside
// the one that is being made, in bytes: large photos are arranged one after the
// other, so that a folder of them takes hardly more memory than one.
const packedBudget = 32 << 20

// heavyDecoder is how much a decoder may take, in bytes, while another photo is
// worked on.
const heavyDecoder = 32 << 20

// heapBase is what the program takes beside its photos, in bytes.
const heapBase = 8 << 20

// photoBytes estimates what a photo takes while it is worked on: its samples,
// the depth and the refinement's copy of it, a picture of both eyes for every
// output, and the samples of the next photo, which is read by then.
func photoBytes(i *media.Info, outs int) int64 {
	samples := int64(4)
	switch {
	case i.Colour.Model == "yuv" && i.Format != media.FormatAVIF: // which becomes RGBA
		samples = 2
	case i.Colour.Model == "gray":
		samples = 1
	}
	if i.Colour.Bits > 8 {
		samples *= 2
	}
	const depth = 2 * 4
	return int64(i.Width) * int64(i.Height) * (samples + depth + int64(outs)*2*samples + samples)
}

// claim takes the photo's share of the memory budget and waits until it is
// there: all of it for a heavy decoder, until release gives the surplus back.
func (r *run) claim(p *photo) (release func(), err error) {
	info, err := media.Probe(p.ctx, p.in.path)
	if err != nil {
		return nil, err
	}
	need := max(0, photoBytes(info, len(p.outs))) // a header can claim more than there are numbers
	weight, surplus := min(memoryBudget, need), int64(0)
	if info.Working > heavyDecoder {
		surplus = memoryBudget - weight
	}
	if err := r.memory.Acquire(p.ctx, weight+surplus); err != nil {
		return nil, err
	}
	p.weight = weight
	r.limitHeap(heapBase + need)
	if size := [2]int{info.Width, info.Height}; size != r.size {
		r.size = size
		r.pool.Drop() // buffers of other sizes are of no use to it
	}
	r.tidy(p)
	return func() { r.memory.Release(surplus) }, nil
}

// limitHeap tells that the heap needs so much from now on. A film needs what
// its frames take, which is bounded elsewhere: no limit.
func (r *run) limitHeap(need int64) {
	if r.cfg.HeapLimit != nil && need > r.heap {
		r.heap = need
		r.cfg.HeapLimit(need)
	}
}

// tidy gives back what earlier photos left before a large one takes more.
func (r *run) tidy(p *photo) {
	if p.weight >= largePhoto {
		r.pool.Drop()
		debug.FreeOSMemory()
	}
}
