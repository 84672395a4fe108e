package depth

import (
	"math"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// Through identity.onnx a detailed estimate is the picture itself, at a finer
// size and without seams.
func TestDetailIsFiner(t *testing.T) {
	path := mediatest.Model(t, "identity.onnx")
	p := noise(pix.Layout{W: 640, H: 480, Model: pix.RGBA}, 8)
	rest := map[int]float64{}
	for _, n := range []int{0, 2, 3} {
		e := open(t, Config{ModelPath: path, ShortSide: 112, Detail: n})
		m, err := e.Estimate(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 && m.W < 112*4/3*3/2 {
			t.Errorf("detail %d: a map of %dx%d is no finer", n, m.W, m.H)
		}
		// Against the picture at its own size.
		want := referenceMean(rgbaColours(p), p.W, p.H, p.W, p.H)
		tl := &tile{part: wholePart(p), w: m.W, h: m.H, v: m.Pix}
		sum := 0.0
		for i, w := range want {
			got := float64(m.Lo) + float64(tl.at(float64(i%p.W)+0.5, float64(i/p.W)+0.5))*float64(m.Hi-m.Lo)
			sum += math.Abs(got - w)
		}
		rest[n] = sum / float64(len(want))
	}
	t.Logf("mean distance from the picture: %.4f whole, %.4f with 2x2 tiles, %.4f with 3x3", rest[0], rest[2], rest[3])
	if rest[2] > rest[0] || rest[3] > rest[2] {
		t.Errorf("more tiles are no closer to the picture: %v", rest)
	}
}

// A tile that has nothing to do with the whole is left out.
func TestDetailDistrustsStrangeTiles(t *testing.T) {
	whole := &tile{part: part{0, 0, 100, 100}, w: 50, h: 50, v: make([]float32, 2500)}
	odd := &tile{part: part{0, 0, 60, 60}, w: 50, h: 50, v: make([]float32, 2500)}
	for i := range whole.v {
		whole.v[i] = float32(i%50) / 50
		odd.v[i] = float32(i/50%7) / 7
	}
	if a, b := fitTile(odd, whole); a != 0 || b != 0 {
		t.Errorf("fitted with %g, %g", a, b)
	}
	like := &tile{part: part{0, 0, 60, 60}, w: 50, h: 50, v: make([]float32, 2500)}
	for i := range like.v {
		like.v[i] = 3 * whole.at(float64(i%50)*1.2+0.6, float64(i/50)*1.2+0.6)
	}
	if a, b := fitTile(like, whole); math.Abs(a-1.0/3) > 0.01 || math.Abs(b) > 0.01 {
		t.Errorf("fitted with %g, %g, want a third and 0", a, b)
	}
}
