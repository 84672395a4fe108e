package stereo

import (
	"context"
	"errors"
	"testing"

	"spatialmaker/processor/pix"
)

// A soft ramp across a sharp colour edge becomes a step at that edge.
func TestRefineSharpensAtTheColourEdge(t *testing.T) {
	r := newRenderer(t, Options{Workers: 2})
	for _, l := range []pix.Layout{
		{W: 80, H: 40, Bits: 8, Model: pix.RGBA},
		{W: 80, H: 40, Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
		{W: 80, H: 40, Bits: 8, Model: pix.Gray},
	} {
		src, soft := pix.New(l), pix.NewMap(l.W, l.H)
		for y := range l.H {
			for x := range l.W {
				soft.Pix[y*l.W+x] = 0.2 + 0.6*min(max((float32(x)-36)/8, 0), 1)
				if x >= 40 {
					p := &src.Planes[0]
					for c := range p.Comps {
						if p.Pix16 != nil {
							p.Pix16[y*p.Stride+x*p.Comps+c] = 700
						} else {
							p.Pix8[y*p.Stride+x*p.Comps+c] = 200
						}
					}
				}
			}
		}
		got := pix.NewMap(l.W, l.H)
		if err := r.Refine(context.Background(), got, soft, src, RefineOptions{Span: 20}); err != nil {
			t.Fatal(err)
		}
		for y := range l.H {
			for x, v := range got.Row(y) {
				want := float32(0.2)
				if x >= 40 {
					want = 0.8
				}
				if v < want-0.07 || v > want+0.07 {
					t.Fatalf("%s (%d,%d): %v, want %v", nameOf(l), x, y, v, want)
				}
			}
		}
	}
}

func TestRefineRefuses(t *testing.T) {
	r := newRenderer(t, Options{Workers: 1})
	p := pix.New(pix.Layout{W: 10, H: 10, Bits: 8, Model: pix.Gray})
	err := r.Refine(context.Background(), pix.NewMap(9, 10), pix.NewMap(3, 3), p, RefineOptions{})
	if !errors.Is(err, pix.ErrShape) {
		t.Errorf("got %v", err)
	}
}
