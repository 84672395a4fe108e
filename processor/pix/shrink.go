package pix

import (
	"context"
	"fmt"
)

// Shrink resizes src into dst by exact area averages; dst has src's model and
// bits and is no larger than it in either direction. Chroma planes are averaged
// on their own grids.
func Shrink(ctx context.Context, dst, src *Picture, workers int) error {
	if err := dst.Check(); err != nil {
		return err
	}
	if err := src.Check(); err != nil {
		return err
	}
	a, b := LayoutOf(src), LayoutOf(dst)
	if a.Resized(b.W, b.H) != b || b.W > a.W || b.H > a.H {
		return fmt.Errorf("shrink %+v to %+v: %w", a, b, ErrShape)
	}
	for i := range src.N {
		s, d := &src.Planes[i], &dst.Planes[i]
		cols := spans(s.W, d.W)
		rows := spans(s.H, d.H)
		scratch := make([][]float32, Workers(workers))
		err := Bands(ctx, Workers(workers), d.H, 8, func(w, y0, y1 int) {
			if scratch[w] == nil {
				scratch[w] = make([]float32, s.W*s.Comps)
			}
			for y := y0; y < y1; y++ {
				if src.Bits > 8 {
					shrinkRow(d.Pix16[y*d.Stride:], s.Pix16, s, rows[y], cols, scratch[w])
				} else {
					shrinkRow(d.Pix8[y*d.Stride:], s.Pix8, s, rows[y], cols, scratch[w])
				}
			}
		})
		if err != nil {
			return err
		}
	}
	dst.Alpha, dst.Colour = src.Alpha, src.Colour
	return nil
}

// span is the stretch of source samples that one target sample covers: from
// and to with the weights of the two ends; samples between weigh 1.
type span struct {
	from, to    int // inclusive
	first, last float32
	scale       float32 // 1 / sum of weights
}

func spans(n, out int) []span {
	s := make([]span, out)
	step := float64(n) / float64(out)
	for i := range s {
		a, b := float64(i)*step, float64(i+1)*step
		from, to := int(a), int(b)
		end := float32(b - float64(to))
		if to >= n || end < 1e-6 {
			to, end = to-1, 1
		}
		first := float32(float64(from+1) - a)
		if from >= to {
			first, end = 1, 1
			to = from
		}
		s[i] = span{from: from, to: to, first: first, last: end, scale: float32(1 / (b - a))}
		if from == to {
			s[i].scale = 1
		}
	}
	return s
}

func shrinkRow[T uint8 | uint16](dst, src []T, pl *Plane, row span, cols []span, acc []float32) {
	n := pl.W * pl.Comps
	acc = acc[:n]
	for i, v := range src[row.from*pl.Stride : row.from*pl.Stride+n] {
		acc[i] = float32(v) * row.first
	}
	for y := row.from + 1; y <= row.to; y++ {
		w := float32(1)
		if y == row.to {
			w = row.last
		}
		for i, v := range src[y*pl.Stride : y*pl.Stride+n] {
			acc[i] += float32(v) * w
		}
	}
	for x, c := range cols {
		for k := range pl.Comps {
			sum := acc[c.from*pl.Comps+k] * c.first
			for i := c.from + 1; i < c.to; i++ {
				sum += acc[i*pl.Comps+k]
			}
			if c.to > c.from {
				sum += acc[c.to*pl.Comps+k] * c.last
			}
			dst[x*pl.Comps+k] = T(sum*c.scale*row.scale + 0.5)
		}
	}
}
