package stereo

import (
	"context"
	"fmt"
	"math"

	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
)

// RefineOptions of Renderer.Refine. The zero value is the good default.
type RefineOptions struct {
	// Span is the disparity in pixels between depth 0 and 1 that the map will be
	// rendered with, for which steps of two pixels are silhouettes. 0, and at
	// most: such that they are of leastStep.
	Span float64
	// Widen moves silhouettes outwards: the near side gets what lies within that
	// part, -1 to 1, of half a ramp's depth.
	Widen float64
}

// leastStep is the difference of depth that is a silhouette.
const leastStep = 0.02

// Refine brings src to dst's size, which must be the picture's, and makes the
// soft ramps at silhouettes steps: see ramp. dst must not share memory with
// src.
func (r *Renderer) Refine(ctx context.Context, dst, src *pix.Map, pic *pix.Picture, o RefineOptions) error {
	if err := pic.Check(); err != nil {
		return fmt.Errorf("refine: picture: %w", err)
	}
	if err := src.Check(); err != nil {
		return fmt.Errorf("refine: depth: %w", err)
	}
	if err := dst.Check(); err != nil {
		return fmt.Errorf("refine: result: %w", err)
	}
	if dst.W != pic.W || dst.H != pic.H {
		return fmt.Errorf("refine: result of %dx%d for a picture of %dx%d: %w", dst.W, dst.H, pic.W, pic.H, pix.ErrShape)
	}
	if !(math.Abs(o.Widen) <= 1) {
		return fmt.Errorf("refine: silhouettes wider by %v: must be within 1: %w", o.Widen, ErrGeometry)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	q := &r.ramp
	q.dst, q.src, q.pic = dst, src, pic
	q.widen = float32(o.Widen)
	err := q.prepare(ctx, o.Span, r.crew)
	if err == nil {
		err = q.run(ctx, r.crew)
	}
	q.dst, q.src, q.pic = nil, nil, nil
	return err
}

// rampRows is how many rows a worker takes at a time. Blurring repeats some
// beside them.
const rampRows = 32

// rounds of bringing the two sides' depths into line with the map.
const rounds = 2

// ramp is the refinement. A network delivers silhouettes as ramps, as if exact
// depth had been blurred. So the steps that are looked for are those that give
// the map again when they are blurred: first a sample on a ramp takes the
// window's least or greatest depth, by the side of their middle it is on; then
// blurred steps are compared with the map, and each side's depth is moved by the
// mean difference over the samples of that side. All this is done at the map's
// size. At the picture's a pixel takes the near or the far depth by where the
// enlarged map is, and by which side's mean colour its own is nearer to as far
// as these differ.
type ramp struct {
	dst, src *pix.Map
	pic      *pix.Picture
	widen    float32
	k        kernel.Ramp
	reach    int       // rows that the window of k reaches up and down
	scale    mapScale  // from the map to the working size
	direct   mapScale  // from the map to the picture
	over     zoomTaps  // from the working size to the picture
	soften   []float32 // see kernel.Ramp.Blurred; empty when it need not be
	columns  []int32   // of the picture, for each of the working size

	soft, near, far, mid, mix, res []float32 // planes, see kernel.Ramp
	steps                          [2][]float32
	comps                          [3][]float32 // the picture at the working size
	fields                         []float32
	flag, live                     []uint8
	tmp                            [][]float32 // for each worker
	textures                       []texture   // for each worker
	sharp                          bool        // nothing to be done
	round                          int

	load, blur, levels, mark, residual, gather, join, draw, scan func(worker, y0, y1 int)
}

// bind makes the steps ready for a crew of workers.
func (q *ramp) bind(workers int) {
	q.load, q.blur, q.levels, q.mark, q.residual = q.loadBand, q.blurBand, q.levelsBand, q.markBand, q.residualBand
	q.gather, q.join, q.draw, q.scan = q.gatherBand, q.joinBand, q.drawBand, q.scanBand
	q.tmp, q.textures = make([][]float32, workers), make([]texture, workers)
}

// run goes through the steps, each in bands of rows.
func (q *ramp) run(ctx context.Context, crew *pix.Crew) error {
	var err error
	step := func(rows int, fn func(worker, y0, y1 int)) {
		if err == nil {
			err = crew.Bands(ctx, rows, rampRows, fn)
		}
	}
	if !q.sharp {
		step(q.k.H, q.load)
		if len(q.soften) > 0 {
			step(q.k.H, q.blur)
		}
		step(q.k.H, q.levels)
		step(q.k.H, q.mark)
		for q.round = range rounds {
			step(q.k.H, q.residual)
			step(q.k.H, q.gather)
		}
		step(q.k.H, q.join)
	}
	step(q.pic.H, q.draw)
	return err
}

func (q *ramp) blurBand(worker, y0, y1 int) {
	q.k.Blurred(y0, y1, q.res, q.soft, q.soften, q.tmp[worker])
}

func (q *ramp) levelsBand(worker, y0, y1 int) {
	q.k.Levels(y0, y1, q.soft, q.near, q.far, q.mid, q.mix, q.steps[0], q.steps[1], q.flag, q.tmp[worker])
}

func (q *ramp) markBand(_, y0, y1 int) {
	q.k.Dilate(y0, y1, q.live, q.flag, q.reach)
	q.sample(y0, y1)
}

func (q *ramp) residualBand(worker, y0, y1 int) {
	q.k.Residual(y0, y1, q.soft, q.steps[q.round&1], q.res, q.live, q.tmp[worker])
}

func (q *ramp) gatherBand(_, y0, y1 int) {
	q.k.Gather(y0, y1, q.soft, q.steps[q.round&1], q.res, q.near, q.far, q.mid, q.steps[q.round&1^1], q.flag)
}

func (q *ramp) joinBand(_, y0, y1 int) {
	q.k.Fields(y0, y1, q.soft, q.steps[rounds&1], q.comps, q.near, q.far, q.mid, q.mix, q.flag, q.live, q.fields)
}
