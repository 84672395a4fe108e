package steady

import (
	"context"

	"spatialmaker/processor/pix"
)

// blender smooths nearness along motion. Every pixel keeps its past value,
// fetched from where it was, and moves towards the new one by a gain: slow
// while the two agree to within the flicker expected there, and at once when
// they do not or when the picture shows something else than before.
type blender struct {
	crew   *pix.Crew
	mw     int // size of the maps
	mh     int
	was    []float32 // the past, not held to 0..1
	is     []float32 // what becomes the past
	lagWas []float32 // by how much the past has been behind of late
	lagIs  []float32 // what becomes that

	sx, sy float32 // map samples in a guide sample
	cols   []int32 // first map column of every guide column, and the end

	m      *matcher
	now    *pix.Map
	out    *pix.Map
	own    affine
	pace   [2]pace // where nothing but the camera moves; where something stirs
	rowsFn func(worker, y0, y1 int)
	copyFn func(worker, y0, y1 int)

	pairWas, pairNow []float32
}

// pace is how fast the past gives way to the present.
type pace struct {
	base   [256]float32 // by trust: the least gain
	reach  [256]float32 // by trust: 1 / tolerance
	slope  [256]float32 // by trust: how fast the gain rises beyond it
	behind float32      // 1 / the lag that is followed faster
	most   float32      // the largest gain
}

func newBlender(c *pix.Crew, mw, mh int, g luma) *blender {
	b := &blender{
		crew: c, mw: mw, mh: mh, was: make([]float32, mw*mh), is: make([]float32, mw*mh),
		lagWas: make([]float32, mw*mh), lagIs: make([]float32, mw*mh),
		sx: float32(mw) / float32(g.w), sy: float32(mh) / float32(g.h), cols: make([]int32, g.w+1),
	}
	for i := range b.cols {
		b.cols[i] = int32(i * mw / g.w)
	}
	n := (g.w/pairStep + 1) * (g.h/pairStep + 1)
	b.pairWas, b.pairNow = make([]float32, 0, n), make([]float32, 0, n)
	b.rowsFn, b.copyFn = b.rows, b.copyRows
	return b
}

const (
	pairStep  = 2   // every second guide sample each way
	pairTrust = 200 // of 255
)

// pairs collects past and present nearness of pixels that surely match, with
// own applied to the present. over is the share that leaves 0..1 under f.
func (b *blender) pairs(m *matcher, now *pix.Map, own affine) (was, mine []float32) {
	was, mine = b.pairWas[:0], b.pairNow[:0]
	g := &m.cur.level[0]
	for y := pairStep / 2; y < g.h; y += pairStep {
		my := min(int((float32(y)+0.5)*b.sy), b.mh-1)
		row := now.Row(my)
		for x := pairStep / 2; x < g.w; x += pairStep {
			if m.trust[y*g.w+x] < pairTrust {
				continue
			}
			mx := min(int((float32(x)+0.5)*b.sx), b.mw-1)
			v := m.cells[y/cellSize*m.cw+x/cellSize]
			hx := mx + roundHalf(float32(v.x)*b.sx/vectorUnit)
			hy := my + roundHalf(float32(v.y)*b.sy/vectorUnit)
			if hx < 0 || hy < 0 || hx >= b.mw || hy >= b.mh {
				continue
			}
			was = append(was, b.was[hy*b.mw+hx])
			mine = append(mine, own.A*row[mx]+own.B)
		}
	}
	b.pairWas, b.pairNow = was, mine
	return was, mine
}

func roundHalf(v float32) int {
	if v < 0 {
		return -int(0.5 - v)
	}
	return int(v + 0.5)
}

// Tolerances, as shares of the range. Where the picture shows something else,
// the past may only be taken when it hardly differs, which bounds any trail.
const (
	strangeTolerance = 0.010
	leastTolerance   = 0.03
	mostTolerance    = 0.35
	flickerTolerance = 2.5 // times the flicker that nine of ten matched pixels keep to
	strangeGain      = 0.5 // the past fades at once where it is not trusted

	// Where nothing but the camera moves, a jump of depth is the network's: it
	// is followed, but not at once.
	calmGain = 0.3

	// Flicker goes to and fro; what stays on one side for frames is change: the
	// rim of depth around a slow object, one picture dissolving into another.
	lagRate   = 0.2
	lagShare  = 0.4 // of the flicker: three deviations of what chance leaves
	leastLag  = 0.012
	lagSlope  = 0.8
	mostByLag = 0.7

	// Where something moves by itself, change is likelier than flicker, and
	// flicker is seen less: what is tolerated there, as a share of elsewhere.
	stirShare   = 0.4
	objectStirs = 0.4 // of the picture at most, for all of that
	mostStirred = 0.6
)

// tables sets the gains and tolerances for a flicker level. stirred is the share
// of the picture near which something moves by itself: where that is most of
// it, it is the picture that cannot be followed, and no object.
func (b *blender) tables(flicker, gain, stirred float32) {
	b.pace[0].set(flicker, gain, 1)
	b.pace[0].most = calmGain
	alone := max(0, min((mostStirred-stirred)/(mostStirred-objectStirs), 1))
	b.pace[1].set(flicker, gain, 1-(1-stirShare)*alone)
	b.pace[1].most = 1
}

// set fills the tables for a flicker level; share is that of the ordinary
// tolerance and lag.
func (p *pace) set(flicker, gain, share float32) {
	p.behind = 1 / (share * max(leastLag, lagShare*flicker))
	sure := share * max(leastTolerance, min(flickerTolerance*flicker, mostTolerance))
	for i := range p.reach {
		t := float32(i) / 255
		p.base[i] = max(gain, strangeGain*(1-t))
		p.reach[i] = 1 / (strangeTolerance + t*t*(sure-strangeTolerance))
		p.slope[i] = 1 / (0.5 + 2*t)
	}
}

// smooth writes the frame to out and to is.
func (b *blender) smooth(ctx context.Context, m *matcher, now, out *pix.Map, own affine) error {
	b.m, b.now, b.out, b.own = m, now, out, own
	err := b.crew.Bands(ctx, b.mh, 16, b.rowsFn)
	b.m, b.now, b.out = nil, nil, nil
	return err
}

// start writes a frame that has no past.
func (b *blender) start(ctx context.Context, now, out *pix.Map, own affine) error {
	b.now, b.out, b.own = now, out, own
	err := b.crew.Bands(ctx, b.mh, 32, b.copyFn)
	b.now, b.out = nil, nil
	return err
}

func (b *blender) commit() {
	b.was, b.is = b.is, b.was
	b.lagWas, b.lagIs = b.lagIs, b.lagWas
}

func (b *blender) copyRows(_, y0, y1 int) {
	for y := y0; y < y1; y++ {
		is := b.is[y*b.mw : (y+1)*b.mw]
		clear(b.lagIs[y*b.mw : (y+1)*b.mw])
		out := b.out.Row(y)
		for x, v := range b.now.Row(y) {
			v = b.own.A*v + b.own.B
			is[x] = v
			out[x] = unit(v)
		}
	}
}

func unit(v float32) float32 {
	if v < 0 {
		return 0
	}
	if v > 1 {
		return 1
	}
	return v
}

func (b *blender) rows(_, y0, y1 int) {
	m := b.m
	gw, gh := m.cur.level[0].w, m.cur.level[0].h
	for y := y0; y < y1; y++ {
		gy := y * gh / b.mh
		trust := m.trust[gy*gw : (gy+1)*gw]
		cells := m.cells[gy/cellSize*m.cw : (gy/cellSize+1)*m.cw]
		stir := m.stir[gy/cellSize*m.cw : (gy/cellSize+1)*m.cw]
		for c, v := range cells {
			p := &b.pace[0]
			if stir[c] {
				p = &b.pace[1]
			}
			b.cell(y, v, p, trust, c*cellSize, min((c+1)*cellSize, gw))
		}
	}
}

// cell smooths one row of one cell: guide columns g0..g1.
func (b *blender) cell(y int, v vector, p *pace, trust []uint8, g0, g1 int) {
	x0, x1 := int(b.cols[g0]), int(b.cols[g1])
	now := b.now.Row(y)
	is, lagIs := b.is[y*b.mw:(y+1)*b.mw], b.lagIs[y*b.mw:(y+1)*b.mw]
	out := b.out.Row(y)
	if v == (vector{}) {
		past, lag := b.was[y*b.mw:(y+1)*b.mw], b.lagWas[y*b.mw:(y+1)*b.mw]
		for g := g0; g < g1; g++ {
			gain, reach, slope := p.base[trust[g]], p.reach[trust[g]], p.slope[trust[g]]
			for x := int(b.cols[g]); x < int(b.cols[g+1]); x++ {
				is[x], lagIs[x] = b.step(past[x], lag[x], now[x], gain, reach, slope, p)
				out[x] = unit(is[x])
			}
		}
		return
	}
	dx, fx := split(float32(v.x) * b.sx / vectorUnit)
	dy, fy := split(float32(v.y) * b.sy / vectorUnit)
	r0 := b.was[max(min(y+dy, b.mh-1), 0)*b.mw:][:b.mw]
	r1 := b.was[max(min(y+dy+1, b.mh-1), 0)*b.mw:][:b.mw]
	lag := b.lagWas[max(min(y+nearer(dy, fy), b.mh-1), 0)*b.mw:][:b.mw]
	dn := nearer(dx, fx)
	inside := x0+dx >= 0 && x1+dx < b.mw
	for g := g0; g < g1; g++ {
		gain, reach, slope := p.base[trust[g]], p.reach[trust[g]], p.slope[trust[g]]
		for x := int(b.cols[g]); x < int(b.cols[g+1]); x++ {
			l, r, k := x+dx, x+dx+1, x+dn
			if !inside {
				l, r, k = max(min(l, b.mw-1), 0), max(min(r, b.mw-1), 0), max(min(k, b.mw-1), 0)
			}
			top := r0[l] + (r0[r]-r0[l])*fx
			low := r1[l] + (r1[r]-r1[l])*fx
			is[x], lagIs[x] = b.step(top+(low-top)*fy, lag[k], now[x], gain, reach, slope, p)
			out[x] = unit(is[x])
		}
	}
}

// split parts v into a whole number and 0..1.
func split(v float32) (int, float32) {
	i := int(v)
	if float32(i) > v {
		i--
	}
	return i, v - float32(i)
}

// nearer rounds what split took apart.
func nearer(i int, f float32) int {
	if f >= 0.5 {
		return i + 1
	}
	return i
}

// step moves the past towards the present, and tells by how much it has been
// behind of late.
func (b *blender) step(past, lag, now, gain, reach, slope float32, p *pace) (value, behind float32) {
	e := b.own.A*now + b.own.B - past
	x := e * reach
	if x < 0 {
		x = -x
	}
	if x > 1 {
		gain = max(gain, min(gain+(1-gain)*(x-1)*slope, p.most))
	}
	lag += (e - lag) * lagRate
	y := lag * p.behind
	if y < 0 {
		y = -y
	}
	if y > 1 {
		gain = max(gain, min(gain+(y-1)*lagSlope, p.most, mostByLag))
	}
	return past + e*gain, lag * (1 - gain)
}
