package stereo

import (
	"context"
	"math"

	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
)

// Limits of the size at which ramps are looked for. Softer maps are halved, and
// lose nothing by it; larger ones for the sake of memory.
const (
	softest   = 2.8 // samples
	rampLarge = 2200 << 10
)

// alreadySharp is the softness below which a map of the picture's size is left
// as it is: steps of one pixel.
const alreadySharp = 0.6

// Maps with harder steps than leastSoft, or rougher than blocky, are softened by
// softenBy at first: the blocks that some networks deliver are no shapes.
const (
	leastSoft = 1.2
	blocky    = 0.001
	softenBy  = 1.1
)

// roughSteps is how many times the map's roughness a step must have.
const roughSteps = 30

// prepare chooses the working size and sets up everything for it.
func (q *ramp) prepare(ctx context.Context, span float64, crew *pix.Crew) error {
	if q.load == nil {
		q.bind(crew.Workers())
	}
	soft, rough, err := q.measure(ctx, crew)
	if err != nil {
		return err
	}
	own := q.src.W == q.pic.W && q.src.H == q.pic.H
	q.sharp = own && soft < alreadySharp
	w, h := min(q.src.W, q.pic.W), min(q.src.H, q.pic.H)
	soft *= math.Sqrt(float64(w) / float64(q.src.W) * float64(h) / float64(q.src.H))
	for w > 8 && h > 8 && (soft > softest || w*h > rampLarge) {
		w, h, soft = (w+1)/2, (h+1)/2, soft/2
	}
	q.soften = q.soften[:0]
	if soft < leastSoft || rough > blocky {
		q.soften = gaussian(q.soften, softenBy)
	}
	soft = ladder(soft)
	k := &q.k
	k.Fit(w, h)
	k.Step = leastStep
	if span > 0 {
		k.Step = min(k.Step, float32(2/span))
	}
	k.Step = max(k.Step, roughSteps*rough)
	k.Slack = float32(0.25 / (soft * soft))
	k.LevelR = min(int(math.Ceil(1.7*soft)), 4)
	k.Blur = gaussian(k.Blur[:0], soft)
	q.reach = min(max(int(math.Round(2.2*soft)), 3), 5)
	k.Taps = disc(k.Taps[:0], q.reach)
	q.scale.set(q.src, w, h)
	q.direct.set(q.src, q.pic.W, q.pic.H)
	q.over.set(w, h, q.pic.W, q.pic.H)
	q.columns = q.columns[:0]
	for x := range w {
		q.columns = append(q.columns, int32((2*x+1)*q.pic.W/(2*w)))
	}
	q.fit()
	return nil
}

// ladder rounds softness to one of few values, lest windows change from frame
// to frame of a film.
func ladder(soft float64) float64 {
	steps := [...]float64{1.3, 1.7, 2.2}
	best := steps[0]
	for _, s := range steps {
		if math.Abs(s-soft) < math.Abs(best-soft) {
			best = s
		}
	}
	return best
}

func (q *ramp) fit() {
	k := &q.k
	n := k.Stride * k.H
	for _, p := range []*[]float32{
		&q.soft, &q.near, &q.far, &q.mid, &q.mix, &q.res, &q.steps[0], &q.steps[1], &q.comps[0], &q.comps[1], &q.comps[2],
	} {
		resize(p, n)
	}
	resize(&q.fields, k.Blocks*8*k.H*kernel.FieldCount)
	resize(&q.flag, k.Blocks*k.H)
	resize(&q.live, k.Blocks*k.H)
	rows := max(rampRows+2*(max(len(k.Blur), len(q.soften))-1), 6)
	for i := range q.tmp {
		resize(&q.tmp[i], max(rows*k.Stride, q.src.W+1))
	}
}

// gaussian appends the middle and one side of a blur of standard deviation s.
func gaussian(b []float32, s float64) []float32 {
	n := min(int(math.Ceil(2.2*s)), 7)
	sum := 0.0
	for i := -n; i <= n; i++ {
		sum += math.Exp(-float64(i*i) / (2 * s * s))
	}
	for i := range n + 1 {
		b = append(b, float32(math.Exp(-float64(i*i)/(2*s*s))/sum))
	}
	return b
}

// disc appends the taps of a round window of half width n, every other as on a
// chessboard.
func disc(t []kernel.Tap, n int) []kernel.Tap {
	s := float64(n) / 2
	for y := -n; y <= n; y++ {
		for x := -n; x <= n; x++ {
			if d := x*x + y*y; d <= n*n+1 && (x+y)%2 == 0 {
				t = append(t, kernel.Tap{DX: int32(x), DY: int32(y), Weight: float32(math.Exp(-float64(d) / (2 * s * s)))})
			}
		}
	}
	return t
}

// Lines of the map that are measured each way, and the most samples that one
// side of a ramp is followed.
const (
	softLines = 32
	softWalk  = 24
	softStep  = 0.06 // least height
	softPart  = 0.96 // of a ramp within its walk
	softTurn  = 0.93 // what the median of a line's ramps is of that across them
)

// texture is what lines of a map are measured by.
type texture struct {
	soft   [64]int  // ramps by their softness in tenths of a sample; one counts its height's square in 1/1000
	rough  [512]int // samples by their distance from the mean of those two before and after, in 1/10000
	ramps  int
	points int
}

// measure tells how wide the map's ramps are: the standard deviation, in
// samples, of the blur that steps seem to have gone through; 1.3 when there are
// too few. Thin things, whose ramps are cut short, count little. Roughness is
// the median distance of a sample from those beside: what a network leaves of
// its blocks.
func (q *ramp) measure(ctx context.Context, crew *pix.Crew) (soft float64, rough float32, err error) {
	clear(q.textures)
	err = crew.Bands(ctx, min(softLines, q.src.H)+min(softLines, q.src.W), 8, q.scan)
	t := &q.textures[0]
	for i := range q.textures[1:] {
		t.add(&q.textures[1+i])
	}
	soft = 1.3
	if t.ramps >= 300 {
		soft = softTurn * (float64(share(t.soft[:], t.ramps/2)) + 0.5) / 10
	}
	return soft, float32(share(t.rough[:], t.points/2)) / 10000, err
}

// scanBand measures lines i0 to i1, rows before columns.
func (q *ramp) scanBand(worker, i0, i1 int) {
	t, m := &q.textures[worker], q.src
	rows, columns := min(softLines, m.H), min(softLines, m.W)
	for i := i0; i < i1; i++ {
		if i < rows {
			t.line(samples{m.Pix[(2*i+1)*m.H/(2*rows)*m.Stride:], m.W, 1})
		} else {
			t.line(samples{m.Pix[(2*(i-rows)+1)*m.W/(2*columns):], m.H, m.Stride})
		}
	}
}

// add adds what another worker has measured.
func (t *texture) add(o *texture) {
	for i, n := range o.soft {
		t.soft[i] += n
	}
	for i, n := range o.rough {
		t.rough[i] += n
	}
	t.ramps, t.points = t.ramps+o.ramps, t.points+o.points
}

// share returns where the n-th of the counted stands.
func share(hist []int, n int) int {
	for i, c := range hist {
		if n -= c; n < 0 {
			return i
		}
	}
	return len(hist) - 1
}

// samples are n values of a map, step apart.
type samples struct {
	v       []float32
	n, step int
}

func (s samples) at(i int) float32 { return within01(s.v[min(max(i, 0), s.n-1)*s.step]) }

// line measures a line of the map.
func (t *texture) line(s samples) {
	before, here := float32(0), s.at(1)-s.at(0)
	for i := range s.n - 1 {
		next := s.at(i+2) - s.at(i+1)
		if i%2 == 0 {
			d := s.at(i) - (s.at(i-2)+s.at(i+2))/2
			t.rough[min(int(10000*max(d, -d)), len(t.rough)-1)]++
			t.points++
		}
		sign := float32(1)
		if here < 0 {
			sign = -1
		}
		peak, a, b := sign*here, sign*before, sign*next
		before, here = here, next
		if peak < softStep/12 || a > peak || b >= peak {
			continue
		}
		height := s.height(i, sign, peak)
		// Little of a blurred step lies beyond where it rises a fifth as fast as in
		// its middle.
		soft := float64(height/peak) / (softPart * math.Sqrt(2*math.Pi))
		if height < softStep || soft >= float64(len(t.soft))/10 {
			continue
		}
		weight := int(1000 * height * height)
		t.soft[int(10*soft)] += weight
		t.ramps += weight
	}
}

// height follows a ramp both ways from its steepest rise, behind sample i. It
// returns 0 for what is no ramp: a ridge narrower than its blur, a slope, and
// what the map's end cuts off.
func (s samples) height(i int, sign, peak float32) float32 {
	sum := peak
	for _, d := range [2]int{-1, 1} {
		u := peak
		for j := 1; u >= peak/5; j++ {
			k := i + d*j
			if j > softWalk || k < 0 || k+1 >= s.n {
				return 0
			}
			u = sign * (s.at(k+1) - s.at(k))
			sum += max(u, 0)
		}
		if u < -peak/5 {
			return 0
		}
	}
	return sum
}
