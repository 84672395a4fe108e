package stereo

import "math"

// A step leads from a place in a frame to the same place of the background in the
// frame before, in samples of a grid.
type step struct{ x, y int32 }

// The picture's zones: the background beside the holes of each moves as one.
const (
	zonesAcross, zonesDown = 4, 3
	trackRows              = 128 // that are looked at
	trackLeast             = 24
	// trackStill is the deviation, in 8-bit levels, that noise explains. A step must
	// take away trackGain of it, and trackChance times what chance does.
	trackStill  = 3
	trackGain   = 0.12
	trackChance = 2
	trackFar    = 32 // the longest step
)

// step is that of the zone of a column and a row of a grid.
func (m *recall) step(g *fillGrid, x int32, y int) step {
	v := m.moved[zone(int(x), g.W, zonesAcross)+zonesAcross*zone(y, g.H, zonesDown)]
	return step{(v.x + 1<<g.ShiftX>>1) >> g.ShiftX, (v.y + 1<<g.ShiftY>>1) >> g.ShiftY}
}

func zone(at, n, zones int) int { return min(at*zones/n, zones-1) }

// moved is where a strip of the frame before lies now.
func (s *strip) moved(v step) span { return span{s.x0 - v.x, s.x1 - v.x} }

// track finds the step of zone z on the grid of luma.
func (f *filler) track(z int) {
	m, g := &f.recall, &f.grids[0]
	if !m.valid[0] {
		return
	}
	t := tracker{now: &m.now[0], was: &m.was[0], margin: f.margin(g), level: float32(int(1) << (f.dst.Bits - 8))}
	t.zone(z)
	m.moved[z] = t.search(m.moved[z])
}

// tracker looks for the step of one zone.
type tracker struct {
	now, was *plate
	margin   int32
	level    float32
	x0, x1   int32 // columns in which its holes begin
	y0, y1   int
	best     step
	least    float32 // what apart tells of best
	enough   int     // pixels that must be compared
}

func (t *tracker) zone(z int) {
	x, y := z%zonesAcross, z/zonesAcross
	first := func(i, n, zones int) int { return (i*n + zones - 1) / zones }
	t.x0, t.x1 = int32(first(x, t.now.w, zonesAcross)), int32(first(x+1, t.now.w, zonesAcross))
	t.y0, t.y1 = first(y, t.now.h, zonesDown), first(y+1, t.now.h, zonesDown)
}

// search finds the step with the least difference, beginning with none and the
// last one. What stands still is not searched for.
func (t *tracker) search(last step) step {
	still, n := t.apart(step{})
	if n < trackLeast || still < trackStill {
		return step{}
	}
	t.best, t.least, t.enough = step{}, still*(1-trackGain-trackChance/float32(math.Sqrt(float64(n)))), n/2
	t.try(last)
	for r := int32(8); r > 0; r /= 2 {
		for from := (step{-1, -1 << 20}); from != t.best; {
			from = t.best
			for _, d := range [8]step{{-1, 0}, {1, 0}, {0, -1}, {0, 1}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}} {
				t.try(step{from.x + r*d.x, from.y + r*d.y})
			}
		}
	}
	return t.best
}

// try takes a step for the best if it is.
func (t *tracker) try(v step) {
	if max(v.x, -v.x, v.y, -v.y) > trackFar {
		return
	}
	if d, n := t.apart(v); n > t.enough && d < t.least {
		t.best, t.least = v, d
	}
}

// apart is how much the zone's strips and those that a step leads to differ but
// for their brightness, in 8-bit levels, and the number of pixels compared.
func (t *tracker) apart(v step) (float32, int) {
	var d deviation
	every := max(t.now.h/trackRows, 1)
	for y := t.y0 + every/2; y < t.y1; y += every {
		past := t.was.past(y, v)
		strips := t.now.strips[t.now.rows[y]:t.now.rows[y+1]]
		for i := range strips {
			s := &strips[i]
			if s.h0 < t.x0 || s.h0 >= t.x1 {
				continue
			}
			open, _ := s.parts(t.margin)
			for k := range past {
				if both := open.and(past[k].moved(v)); both.a <= both.b {
					t.overlap(&d, s, &past[k], both, v)
				}
			}
		}
	}
	if d.n == 0 {
		return 0, 0
	}
	n := float64(d.n)
	return float32(math.Sqrt(max(d.squares-d.sum*d.sum/n, 0)/n)) / t.level, d.n
}

// deviation adds up differences, of which it is the brightness that changes for
// all alike.
type deviation struct {
	n            int
	sum, squares float64
}

// overlap adds up the differences of luma, or of green, in some columns.
func (t *tracker) overlap(d *deviation, s, o *strip, both span, v step) {
	w := int32(t.now.n)
	at, was := s.at-s.x0, o.at+v.x-o.x0
	sum, squares := float32(0), float32(0)
	for x := both.a; x <= both.b; x += 2 {
		if t.was.from[x+was] > 0 {
			continue
		}
		e := t.now.colour[(x+at)*w+w/4] - t.was.colour[(x+was)*w+w/4]
		sum += e
		squares += e * e
		d.n++
	}
	d.sum += float64(sum)
	d.squares += float64(squares)
}
