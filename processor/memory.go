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

// heapBase is what the program takes beside its photos, in bytes.
const heapBase = 8 << 20

// photoBytes estimates what a photo takes while it is worked on: its samples,
// the depth and the refinement's copy of it, a picture of both eyes for every
// output, and the samples of the next photo, which is read by then.
func photoBytes(i *media.Info, outs int) int64 {
	samples := int64(4)
	switch i.Colour.Model {
	case "yuv":
		samples = 2
	case "gray":
		samples = 1
	}
	if i.Colour.Bits > 8 {
		samples *= 2
	}
	const depth = 2 * 4
	return int64(i.Width) * int64(i.Height) * (samples + depth + int64(outs)*2*samples + samples)
}

// claim takes the photo's share of the memory budget and waits until it is
// there.
func (r *run) claim(p *photo) error {
	info, err := media.Probe(p.ctx, p.in.path)
	if err != nil {
		return err
	}
	need := photoBytes(info, len(p.outs))
	weight := min(memoryBudget, need)
	if err := r.memory.Acquire(p.ctx, weight); err != nil {
		return err
	}
	p.weight = weight
	r.limitHeap(heapBase + need)
	r.tidy(p)
	return nil
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
