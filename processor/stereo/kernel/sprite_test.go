package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSpritesAgree(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 12))
	found := 0
	for _, w := range widths {
		for _, bits := range []int{8, 10, 16} {
			for _, k := range [][2]int{{1, 1}, {3, 1}, {3, 4}, {4, 4}} {
				b := band(rnd, w, bits, k[0], k[1])
				mixed := make([]Mixed, w)
				mixed = mixed[:Mix(mixed, b)]
				at, disp, from := make([]int32, w), slices.Clone(b.Disp[2*w:3*w]), make([]int32, w)
				for i := range mixed {
					at[mixed[i].X] = int32(i) + 1
				}
				for _, mirror := range []bool{false, true} {
					Paint(from, disp, mirror)
					got := Sprites(nil, mixed, b, at, disp, from, 2, mirror)
					want := make([]Late, spriteTargets*len(mixed))
					want = want[:refSprites(want, mixed, b, at, disp, from, 2, mirror)]
					if len(got) != len(want) {
						t.Fatalf("width %d, %d bits, %v: %d sprites, want %d", w, bits, k, len(got), len(want))
					}
					for i := range got {
						for c := k[0]; c < 4; c++ {
							got[i].Q[c] = 0
						}
						if got[i] != want[i] {
							t.Fatalf("width %d, %d bits, %v: %+v, want %+v", w, bits, k, got[i], want[i])
						}
					}
					found += len(got)
					compositesAgree(t, b, got)
				}
			}
		}
	}
	if found == 0 {
		t.Fatal("no sprite was ever found")
	}
}

// compositesAgree lays sprites over the third row of a band.
func compositesAgree(t *testing.T, b *Band, sprites []Late) {
	t.Helper()
	draw := func(fn func(*Canvas, []Late)) (s8 [4][]uint8, s16 [4][]uint16) {
		c := Canvas{Comps: b.Comps, Bits: b.Bits}
		for k := range b.Comps {
			c.At[k], c.Stride[k], c.Step[k], c.ShiftX[k], c.ShiftY[k] = b.Row[k][0], b.W*b.Step[k], b.Step[k], b.Shift[k], b.Shift[k]
			c.Pix8[k], c.Pix16[k] = slices.Clone(b.Pix8[k]), slices.Clone(b.Pix16[k])
		}
		fn(&c, sprites)
		return c.Pix8, c.Pix16
	}
	got8, got16 := draw(Composite)
	want8, want16 := draw(refComposite)
	for k := range b.Comps {
		if !slices.Equal(got8[k], want8[k]) || !slices.Equal(got16[k], want16[k]) {
			t.Fatalf("component %d: composites differ", k)
		}
	}
}
