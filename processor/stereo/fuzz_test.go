package stereo

import (
	"context"
	"encoding/binary"
	"math"
	"testing"

	"spatialmaker/processor/pix"
)

// FuzzRender draws pictures of any kind and size from any depth with any
// geometry: it must answer with eyes or an error, write nothing outside them,
// and do the same with one worker and with three.
func FuzzRender(f *testing.F) {
	nan := binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(math.NaN())))
	f.Add(uint8(9), uint8(4), uint8(0), uint8(3), 2.5, 0.5, uint8(0), 0.0, 0.0, []byte{0, 128, 255, 7})
	f.Add(uint8(1), uint8(1), uint8(3), uint8(1), 1000.0, 0.0, uint8(1), 100.0, 2.0, []byte{255})
	f.Add(uint8(1), uint8(40), uint8(4), uint8(2), -7.0, 1.0, uint8(2), -100.0, 0.5, []byte{1, 2, 3})
	f.Add(uint8(40), uint8(1), uint8(5), uint8(200), 90.0, -10.0, uint8(4), 0.0, 0.0, nan)
	f.Add(uint8(1), uint8(1), uint8(3), uint8(1), 1000.0, 0.0, uint8(0x30), 100.0, 2.0, []byte{0x30}) // chroma of which nothing is seen
	one, three := newRenderer(f, Options{Workers: 1}), newRenderer(f, Options{Workers: 3, Fill: FillGood})
	fast := newRenderer(f, Options{Workers: 2, Fill: FillFast})
	f.Fuzz(func(t *testing.T, w, h, kind, mapW uint8, strength, convergence float64, eyes uint8, front, most float64, depth []byte) {
		l := layouts[int(kind)%len(layouts)].Resized(int(w)%80+1, int(h)%80+1)
		src, m := noise(pix.New(l), 1), fuzzMap(int(mapW)%90+1, depth)
		g := Geometry{
			Strength: strength, Convergence: convergence, Eyes: Eyes(eyes % 4),
			Shape: Shape{Front: front, Behind: -front, MostFront: most, EaseEdges: eyes > 3},
		}
		ctx := context.Background()
		eye := func(r *Renderer) (a, b *pix.Picture, err error) {
			a, b = noise(pix.New(l), 2), noise(pix.New(l), 2)
			return a, b, r.Render(ctx, a, b, src, m, g)
		}
		a1, b1, err1 := eye(one)
		a3, b3, err3 := eye(three)
		if (err1 == nil) != (err3 == nil) || (err1 == nil) != (g.Check() == nil) {
			t.Fatalf("%+v: %v, %v", g, err1, err3)
		}
		if err1 != nil {
			return
		}
		if !equal(a1, a3) || !equal(b1, b3) {
			t.Fatal("workers change the eyes")
		}
		if _, _, err := eye(fast); err != nil {
			t.Fatal(err)
		}
		if strength == 0 && (!equal(a1, src) || !equal(b1, src)) {
			t.Fatal("no strength changes the picture")
		}
		Comfort(m, g)
		if c := AutoConvergence(m); !(c >= 0 && c <= 1) {
			t.Fatalf("the screen lies at %v", c)
		}
	})
}

// fuzzMap makes a map of w columns: four bytes are any number at all, the rest
// are levels.
func fuzzMap(w int, b []byte) *pix.Map {
	h := max(1, min((len(b)+w-1)/w, 90))
	m := pix.NewMap(w, h)
	for i := range m.Pix {
		if len(b) > 0 {
			m.Pix[i] = float32(b[i%len(b)]) / 255
		}
	}
	if len(b) >= 4 {
		m.Pix[len(m.Pix)/2] = math.Float32frombits(binary.LittleEndian.Uint32(b))
	}
	return m
}
