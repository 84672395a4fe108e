package steady

import (
	"context"
	"math"

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

	past, lag [][]float32 // a row for each worker: the past brought along the motion, and its lag

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
	for range c.Workers() {
		b.past, b.lag = append(b.past, make([]float32, mw)), append(b.lag, make([]float32, mw))
	}
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

func (b *blender) rows(worker, y0, y1 int) {
	m := b.m
	gw, gh := m.cur.level[0].w, m.cur.level[0].h
	past, lag := b.past[worker], b.lag[worker]
	for y := y0; y < y1; y++ {
		gy := y * gh / b.mh
		trust := m.trust[gy*gw : (gy+1)*gw]
		cells := m.cells[gy/cellSize*m.cw : (gy/cellSize+1)*m.cw]
		stir := m.stir[gy/cellSize*m.cw : (gy/cellSize+1)*m.cw]
		for c := 0; c < len(cells); {
			first := c // of the cells that move alike
			for c++; c < len(cells) && cells[c] == cells[first]; c++ {
			}
			b.fetch(past, lag, y, cells[first], int(b.cols[first*cellSize]), int(b.cols[min(c*cellSize, gw)]))
		}
		for c := range cells {
			p := &b.pace[0]
			if stir[c] {
				p = &b.pace[1]
			}
			b.step(y, past, lag, trust, p, c*cellSize, min((c+1)*cellSize, gw))
		}
	}
}

// fetch brings the past of columns x0 to x1-1 of row y from where it was.
func (b *blender) fetch(past, lag []float32, y int, v vector, x0, x1 int) {
	past, lag = past[x0:x1], lag[x0:x1]
	if v == (vector{}) {
		copy(past, b.was[y*b.mw+x0:])
		copy(lag, b.lagWas[y*b.mw+x0:])
		return
	}
	dx, fx := split(float32(v.x) * b.sx / vectorUnit)
	dy, fy := split(float32(v.y) * b.sy / vectorUnit)
	r0 := b.was[max(min(y+dy, b.mh-1), 0)*b.mw:][:b.mw]
	r1 := b.was[max(min(y+dy+1, b.mh-1), 0)*b.mw:][:b.mw]
	behind := b.lagWas[max(min(y+nearer(dy, fy), b.mh-1), 0)*b.mw:][:b.mw]
	dn := nearer(dx, fx)
	if x0+dx < 0 || x1+dx >= b.mw {
		for i := range past {
			l := max(min(x0+i+dx, b.mw-1), 0)
			r, k := max(min(x0+i+dx+1, b.mw-1), 0), max(min(x0+i+dn, b.mw-1), 0)
			top, low := r0[l]+(r0[r]-r0[l])*fx, r1[l]+(r1[r]-r1[l])*fx
			past[i], lag[i] = top+(low-top)*fy, behind[k]
		}
		return
	}
	copy(lag, behind[x0+dn:])
	r0, r1 = r0[x0+dx:][:len(past)+1], r1[x0+dx:][:len(past)+1]
	l0, l1 := r0[0], r1[0]
	for i := range past {
		n0, n1 := r0[i+1], r1[i+1]
		top, low := l0+(n0-l0)*fx, l1+(n1-l1)*fx
		past[i] = top + (low-top)*fy
		l0, l1 = n0, n1
	}
}

// step moves the past towards the present in one row of one cell, guide columns
// g0 to g1-1, and notes by how much it has been behind of late.
func (b *blender) step(y int, past, lag []float32, trust []uint8, p *pace, g0, g1 int) {
	now, out := b.now.Row(y), b.out.Row(y)
	is, lagIs := b.is[y*b.mw:(y+1)*b.mw], b.lagIs[y*b.mw:(y+1)*b.mw]
	own, most, byLag := b.own, p.most, min(p.most, mostByLag)
	for g := g0; g < g1; g++ {
		base, reach, slope := p.base[trust[g]], p.reach[trust[g]], p.slope[trust[g]]
		x0, x1 := int(b.cols[g]), int(b.cols[g+1])
		now, is, lagIs, out, lag := now[x0:x1], is[x0:x1], lagIs[x0:x1], out[x0:x1], lag[x0:x1]
		for i, was := range past[x0:x1] {
			gain := base
			e := own.A*now[i] + own.B - was
			if x := size(e * reach); x > 1 {
				if x = gain + (1-gain)*(x-1)*slope; x > most {
					x = most
				}
				gain = max(gain, x)
			}
			behind := lag[i] + (e-lag[i])*lagRate
			if x := size(behind * p.behind); x > 1 {
				if x = gain + (x-1)*lagSlope; x > byLag {
					x = byLag
				}
				gain = max(gain, x)
			}
			v := was + e*gain
			is[i], lagIs[i], out[i] = v, behind*(1-gain), unit(v)
		}
	}
}

// size is the absolute value.
func size(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }

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
