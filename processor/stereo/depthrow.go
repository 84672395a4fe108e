package stereo

import (
	"math"

	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo/kernel"
)

// mapScale brings the rows of a depth map to picture size, sample centres kept
// in place: linear interpolation when it grows, a triangle over the covered
// samples when it shrinks.
type mapScale struct {
	w, h   int // picture
	mw, mh int // map
	x, y   []tap
	weight []float32 // weights of x, then of y
	// Where the map grows both ways: for each column the left one of two samples,
	// and how far from there to the next it lies.
	index []int32
	fx    []float32
}

// tap is where the weights of one output sample start and how many there are.
type tap struct {
	first, n, at int32
}

// same reports whether the map has the picture's size.
func (s *mapScale) same() bool { return s.w == s.mw && s.h == s.mh }

func (s *mapScale) set(m *pix.Map, w, h int) {
	if s.w == w && s.h == h && s.mw == m.W && s.mh == m.H {
		return
	}
	s.w, s.h, s.mw, s.mh = w, h, m.W, m.H
	s.weight = s.weight[:0]
	s.x = s.taps(s.x[:0], m.W, w)
	s.y = s.taps(s.y[:0], m.H, h)
	s.index, s.fx = s.index[:0], s.fx[:0]
	if m.W > 1 && m.W <= w && m.H <= h {
		s.index, s.fx = zoomAxis(s.index, s.fx, m.W, w)
	}
}

// zoomAxis appends for each of out positions the first of the two of n samples
// that it lies between, and how far from it.
func zoomAxis(at []int32, f []float32, n, out int) ([]int32, []float32) {
	for i := range out {
		c := min(max((float64(i)+0.5)*float64(n)/float64(out)-0.5, 0), float64(n-1))
		k := max(min(int(c), n-2), 0)
		at, f = append(at, int32(k)), append(f, float32(c-float64(k)))
	}
	return at, f
}

// taps appends the taps that bring n samples to the size out.
func (s *mapScale) taps(t []tap, n, out int) []tap {
	ratio := float64(n) / float64(out)
	reach := max(ratio, 1)
	for i := range out {
		c := (float64(i)+0.5)*ratio - 0.5
		lo := max(int(math.Ceil(c-reach)), 0)
		hi := min(int(math.Floor(c+reach)), n-1)
		at, sum := len(s.weight), float32(0)
		first := lo
		for j := lo; j <= hi; j++ {
			v := float32(1 - math.Abs(float64(j)-c)/reach)
			if v <= 0 && at == len(s.weight) {
				first = j + 1
				continue
			}
			s.weight = append(s.weight, v)
			sum += v
		}
		if sum <= 0 {
			first = min(max(int(math.Round(c)), 0), n-1)
			s.weight = append(s.weight[:at], 1)
			sum = 1
		}
		for j := range s.weight[at:] {
			s.weight[at+j] /= sum
		}
		t = append(t, tap{int32(first), int32(len(s.weight) - at), int32(at)})
	}
	return t
}

// row writes row y of the picture's depth, clamped to 0..1 with not-a-number as
// 0, but for a map of the picture's size; lines has room for a row of the map and
// one more.
func (s *mapScale) row(dst, lines []float32, m *pix.Map, y int) {
	if m.W == s.w && m.H == s.h {
		copy(dst, m.Row(y))
		return
	}
	t := s.y[y]
	if len(s.index) > 0 {
		fy := float32(0)
		if t.n == 2 {
			fy = s.weight[t.at+1]
		}
		kernel.RampRow(dst[:s.w], m.Row(int(t.first)), m.Row(int(t.first+t.n-1)), fy, s.index, s.fx, lines)
		return
	}
	lines = lines[:m.W]
	s.column(lines, m, t)
	for x, t := range s.x {
		v := float32(0)
		for j, k := range s.weight[t.at : t.at+t.n] {
			v += k * lines[int(t.first)+j]
		}
		dst[x] = v
	}
}

// column mixes the map's rows of t into lines.
func (s *mapScale) column(lines []float32, m *pix.Map, t tap) {
	clear(lines)
	for j := range t.n {
		k := s.weight[t.at+j]
		for i, v := range m.Row(int(t.first + j)) {
			lines[i] += k * within01(v)
		}
	}
}

// within01 clamps to 0..1, not-a-number becoming 0.
func within01(v float32) float32 {
	if !(v > 0) {
		return 0
	}
	if v > 1 { // the min built in would also look for not-a-number
		return 1
	}
	return v
}
