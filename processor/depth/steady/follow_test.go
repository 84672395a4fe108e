package steady

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/pix"
)

// guides of a picture whose left half has texture and whose right half has
// none, seen before and after the camera has turned.
func halfTextured(t *testing.T, shift float64) (before, after *guide, m *matcher) {
	t.Helper()
	c := pix.NewCrew(1)
	t.Cleanup(c.Close)
	const w, h = 224, 126
	r := rand.New(rand.NewPCG(1, 2))
	waves := make([][3]float64, 12)
	for i := range waves {
		waves[i] = [3]float64{0.1 + 0.5*r.Float64(), 0.1 + 0.5*r.Float64(), 6 * r.Float64()}
	}
	fill := func(shift float64) *guide {
		g := newGuide(w, h)
		for y := range h {
			for x := range w {
				v := 120.0
				if x < w/2 {
					for _, k := range waves {
						v += 9 * math.Sin(k[0]*(float64(x)+shift)+k[1]*float64(y)+k[2])
					}
				}
				g.level[0].pix[y*w+x] = uint8(max(0, min(v, 255)))
			}
		}
		g.finish()
		return g
	}
	return fill(0), fill(shift), newMatcher(c, w, h)
}

func TestFlatBlocksFollowTheCamera(t *testing.T) {
	before, after, m := halfTextured(t, 5)
	if err := m.match(t.Context(), before, after); err != nil {
		t.Fatal(err)
	}
	wrong, n := 0, 0
	for b, v := range m.blocks[0] {
		x, y := m.corner(0, b)
		// Not at the seam, nor where the picture came in from outside.
		if x < 130 || x > 190 || y < 16 || y > 100 {
			continue
		}
		n++
		if d := apart(v, vector{5 * vectorUnit, 0}); d > 1 {
			wrong++
		}
	}
	if n == 0 || wrong > 0 {
		t.Errorf("%d of %d blocks without texture do not move with the rest", wrong, n)
	}
}

func TestCameraIsFitted(t *testing.T) {
	before, after, m := halfTextured(t, 0)
	if err := m.match(t.Context(), before, after); err != nil {
		t.Fatal(err)
	}
	want := camera{x: 6, y: -9, zoom: 0.08, roll: -0.03}
	for b := range m.blocks[0] {
		m.blocks[0][b] = want.at(m.fromMiddle(0, b))
	}
	m.blocks[0][3*m.bw[0]+4] = vector{90, 90} // something that moves by itself
	got, ok := m.lead(0)
	if !ok || math.Abs(got.x-want.x) > 0.5 || math.Abs(got.y-want.y) > 0.5 ||
		math.Abs(got.zoom-want.zoom) > 0.01 || math.Abs(got.roll-want.roll) > 0.01 {
		t.Errorf("%+v, not %+v", got, want)
	}
}

// TestLastingChangeIsFollowed: depth that flickers to and fro is held, depth
// that goes on one way is followed within frames.
func TestLastingChangeIsFollowed(t *testing.T) {
	b := &blender{
		mw: 1, mh: 1, cols: []int32{0, 1}, is: make([]float32, 1), lagIs: make([]float32, 1),
		own: affine{A: 1}, now: pix.NewMap(1, 1), out: pix.NewMap(1, 1),
	}
	p := &pace{most: 1}
	p.set(0.03, gain(DefaultStrength), 1)
	run := func(now func(i int) float32) (value float32) {
		b.is[0], b.lagIs[0] = 0.5, 0
		for i := range 24 {
			b.now.Pix[0] = now(i)
			b.step(0, b.is, b.lagIs, []uint8{255}, p, 0, 1)
		}
		return b.out.Pix[0]
	}
	flicker := run(func(i int) float32 { return 0.5 + 0.03*float32(i%2*2-1) })
	if d := math.Abs(float64(flicker - 0.5)); d > 0.006 {
		t.Errorf("a flicker of 0.03 moves the depth by %.4f", d)
	}
	drift := func(i int) float32 { return 0.5 + 0.01*float32(i) }
	if d := drift(23) - run(drift); d > 0.035 { // 0.061 by the gain alone
		t.Errorf("a steady change of 0.01 a frame is followed %.4f behind", d)
	}
}

// Pictures whose small levels are a block or less wide or high have no sample
// aside to compare with.
func TestSlenderPictures(t *testing.T) {
	whole := scene(1, 0, square{}, 1)
	for _, size := range []image.Point{{1, 1}, {9, 9}, {200, 16}, {16, 170}, {250, 64}, {64, 170}, {250, 40}} {
		f := &film{}
		p, err := whole.Sub(image.Rectangle{Max: image.Pt(min(size.X, whole.W), min(size.Y, whole.H))})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			f.add(p, depth.Map{Map: pix.NewMap(p.W, p.H), Hi: 1})
		}
		if out := run(t, Options{Strength: DefaultStrength}, f); len(out) != 4 {
			t.Errorf("%v: %d frames of 4", size, len(out))
		}
	}
}
