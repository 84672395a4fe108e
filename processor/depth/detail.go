package depth

import (
	"context"
	"math"

	"spatialmaker/processor/pix"
)

// High detail: the network looks at the whole picture, which settles what is
// near and what is far, and then at overlapping tiles of it, which it sees
// larger. Of a tile only what is finer than a twelfth of it is taken, so that
// its own idea of near and far cannot bend the picture.
const (
	detailOverlap = 0.3 // of a tile's side
	detailBands   = 12  // what is coarser than this share of a tile is the whole's
	detailFit     = 48  // grid of points at which a tile is fitted
	detailTrust   = 0.5 // least correlation of a tile with the whole
	mostDetail    = 4   // tiles each way
	widestCanvas  = 4096
)

// detailed estimates a picture with n x n tiles.
func (l *Looker) detailed(ctx context.Context, pic *pix.Picture, n int) (Map, error) {
	whole, spent, err := l.look(ctx, pic, wholePart(pic))
	if err != nil {
		return Map{}, err
	}
	share := 1 / (1 + float64(n-1)*(1-detailOverlap))
	grow := math.Min(1/share, math.Min(float64(pic.W)/float64(whole.w), widestCanvas/float64(max(whole.w, whole.h))))
	grow = math.Max(grow, 1)
	c := newCanvas(pic, int(float64(whole.w)*grow), int(float64(whole.h)*grow))
	tw, th := float64(pic.W)*share, float64(pic.H)*share
	for j := range n {
		for i := range n {
			x := (float64(pic.W) - tw) * float64(i) / float64(n-1)
			y := (float64(pic.H) - th) * float64(j) / float64(n-1)
			t, took, err := l.look(ctx, pic, part{x, y, x + tw, y + th})
			if err != nil {
				return Map{}, err
			}
			spent += took
			c.layDetail(t, whole, i > 0, i < n-1, j > 0, j < n-1)
		}
	}
	return l.joined(ctx, c, spent)
}

// layDetail adds a tile on top of the whole, fading at its inner sides.
func (c *canvas) layDetail(t, whole *tile, left, right, up, down bool) {
	t.a, t.b = fitTile(t, whole)
	low := lowDifference(t, whole)
	x0, x1 := c.cells(t.x0, t.x1, c.sx, c.w)
	y0, y1 := c.cells(t.y0, t.y1, c.sy, c.h)
	for y := y0; y < y1; y++ {
		py := (float64(y) + 0.5) * c.sy
		v := (py - t.y0) / (t.y1 - t.y0)
		for x := x0; x < x1; x++ {
			px := (float64(x) + 0.5) * c.sx
			u := (px - t.x0) / (t.x1 - t.x0)
			weight := fade(u, left, right) * fade(v, up, down)
			value := float64(whole.at(px, py))
			if t.a != 0 {
				value = t.a*float64(t.at(px, py)) + t.b + float64(low.at(px, py))
			}
			c.sum[y*c.w+x] += float32(weight * value)
			c.share[y*c.w+x] += float32(weight)
		}
	}
}

// fade is the weight at q (0..1) of a tile's side that has neighbours.
func fade(q float64, before, after bool) float64 {
	w := 1.0
	if before {
		w = math.Min(w, q/detailOverlap)
	}
	if after {
		w = math.Min(w, (1-q)/detailOverlap)
	}
	return math.Max(w, 1e-4)
}

// fitTile finds the gain and level that bring a tile to the whole; 0, 0 when
// the two have little in common.
func fitTile(t, whole *tile) (a, b float64) {
	a, limit := 1, math.Inf(1)
	for round := range 2 {
		var n, st, sw, stt, sww, stw, rest float64
		eachPoint(t, detailFit, func(x, y float64) {
			p, q := float64(t.at(x, y)), float64(whole.at(x, y))
			r := math.Abs(a*p + b - q)
			if round > 0 && r > limit {
				return
			}
			n++
			st += p
			sw += q
			stt += p * p
			sww += q * q
			stw += p * q
		})
		mt, mw := st/n, sw/n
		vt, vw, cov := stt/n-mt*mt, sww/n-mw*mw, stw/n-mt*mw
		if n < detailFit || !(vt > 0) || !(vw > 0) || cov < detailTrust*math.Sqrt(vt*vw) {
			return 0, 0
		}
		a = cov / vt
		b = mw - a*mt
		eachPoint(t, detailFit, func(x, y float64) {
			rest += math.Abs(a*float64(t.at(x, y)) + b - float64(whole.at(x, y)))
		})
		limit = 3 * rest / (detailFit * detailFit)
	}
	return a, b
}

// eachPoint calls fn with an n x n grid of points of a tile.
func eachPoint(t *tile, n int, fn func(x, y float64)) {
	for j := range n {
		for i := range n {
			fn(t.x0+(t.x1-t.x0)*(float64(i)+0.5)/float64(n), t.y0+(t.y1-t.y0)*(float64(j)+0.5)/float64(n))
		}
	}
}

// lowDifference is what the whole has and a fitted tile has not, coarsely.
func lowDifference(t, whole *tile) *tile {
	const fine = detailBands * 4
	low := &tile{part: t.part, w: detailBands, h: detailBands, v: make([]float32, detailBands*detailBands)}
	k := 0
	eachPoint(t, fine, func(x, y float64) {
		cell := k/fine/4*detailBands + k%fine/4
		low.v[cell] += (whole.at(x, y) - float32(t.a)*t.at(x, y) - float32(t.b)) / 16
		k++
	})
	return low
}
