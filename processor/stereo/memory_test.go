package stereo

import (
	"runtime"
	"testing"
	"weak"

	"spatialmaker/processor/pix"
)

// TestRendererLetsPicturesGo renders and then holds only the renderer: pictures
// of twelve megapixels must not live as long as it does.
func TestRendererLetsPicturesGo(t *testing.T) {
	for _, l := range []pix.Layout{
		{W: 64, H: 32, Bits: 8, Model: pix.RGBA},
		{W: 64, H: 34, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
	} {
		r := NewRenderer(Options{Workers: 2, Fill: FillGood})
		kept := renderOnce(t, r, l)
		runtime.GC()
		for i, p := range kept {
			if p.Value() != nil {
				t.Errorf("%s: the renderer keeps %s", nameOf(l), [...]string{"the source", "the left eye", "the right eye"}[i])
			}
		}
		r.Close()
	}
}

// renderOnce renders a picture with holes and returns pointers to the samples
// of source and eyes that do not keep them.
func renderOnce(t *testing.T, r *Renderer, l pix.Layout) (kept [3]weak.Pointer[uint8]) {
	t.Helper()
	var pics [3]*pix.Picture
	for i := range pics {
		pics[i] = pix.New(l)
		kept[i] = weak.Make(&pics[i].Planes[0].Pix8[0])
	}
	m := steps(pix.NewMap(l.W, l.H), 3)
	noise(pics[0], 1)
	if err := r.Refine(t.Context(), pix.NewMap(l.W, l.H), m, pics[0], RefineOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := r.Render(t.Context(), pics[1], pics[2], pics[0], m, Geometry{Strength: 20, Convergence: 0.5}); err != nil {
		t.Fatal(err)
	}
	return kept
}
