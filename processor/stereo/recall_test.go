package stereo

import (
	"context"
	"testing"

	"spatialmaker/processor/pix"
)

// film renders frames one after another and returns the eyes of all.
func film(tb testing.TB, r *Renderer, frames []*pix.Picture, maps []*pix.Map, g Geometry, first func(int) bool) (eyes []*pix.Picture) {
	tb.Helper()
	for k, src := range frames {
		left, right := pix.New(pix.LayoutOf(src)), pix.New(pix.LayoutOf(src))
		if err := r.RenderNext(context.Background(), left, right, src, maps[k], g, first(k)); err != nil {
			tb.Fatal(err)
		}
		eyes = append(eyes, left, right)
	}
	return eyes
}

// walk is a film of n frames in which something near goes across a still ground.
func walk(l pix.Layout, n int) (frames []*pix.Picture, maps []*pix.Map) {
	for k := range n {
		src, m := noise(pix.New(l), 7), pix.NewMap(l.W, l.H)
		body := noise(pix.New(l), 11)
		for y := range l.H {
			for x := range l.W {
				if at := l.W/4 + 2*k; x < at || x >= at+l.W/4 || y < l.H/4 {
					continue
				}
				m.Pix[y*m.Stride+x] = 0.9
				for i := range src.N {
					p, b := &src.Planes[i], &body.Planes[i]
					for c := range p.Comps {
						at := (y>>p.ShiftY)*p.Stride + (x>>p.ShiftX)*p.Comps + c
						if p.Pix16 != nil {
							p.Pix16[at] = b.Pix16[at]
						} else {
							p.Pix8[at] = b.Pix8[at]
						}
					}
				}
			}
		}
		frames, maps = append(frames, src), append(maps, m)
	}
	return frames, maps
}

// A shot comes out the same whatever was rendered before it and however many
// workers there are, its first frame is a picture's, and the later ones show what
// the earlier have seen.
func TestFilmBeginsAnew(t *testing.T) {
	g := Geometry{Strength: 12, Convergence: 0.2}
	for _, l := range []pix.Layout{
		{W: 160, H: 70, Bits: 8, Model: pix.RGBA},
		{W: 160, H: 70, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
		{W: 160, H: 70, Bits: 10, Model: pix.YUV, ShiftX: 1},
		{W: 160, H: 70, Bits: 16, Model: pix.RGBA},
	} {
		frames, maps := walk(l, 6)
		one, three := newRenderer(t, Options{Workers: 1}), newRenderer(t, Options{Workers: 3})
		whole := film(t, one, frames, maps, g, func(k int) bool { return k == 0 || k == 3 })
		again := film(t, three, frames[3:], maps[3:], g, func(k int) bool { return k == 0 })
		for i, e := range again {
			if !equal(e, whole[6+i]) {
				t.Errorf("%s: eye %d of a shot depends on what was before it", nameOf(l), i)
			}
		}
		for k := range frames {
			left, right := render(t, three, frames[k], maps[k], g)
			same := equal(left, whole[2*k]) && equal(right, whole[2*k+1])
			if first := k%3 == 0; same != first {
				t.Errorf("%s: frame %d is a picture's: %v, want %v", nameOf(l), k, same, first)
			}
		}
	}
}

// Where nothing is as it was, nothing is remembered.
func TestFilmForgetsAtCuts(t *testing.T) {
	l := pix.Layout{W: 160, H: 70, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}
	frames, maps := walk(l, 4)
	for i := range frames[3].N { // a cut that nobody has told of
		for k := range frames[3].Planes[i].Pix8 {
			frames[3].Planes[i].Pix8[k] ^= 0xff
		}
	}
	r := newRenderer(t, Options{Workers: 2})
	g := Geometry{Strength: 12, Convergence: 0.2}
	eyes := film(t, r, frames, maps, g, func(k int) bool { return k == 0 })
	left, right := render(t, r, frames[3], maps[3], g)
	if !equal(left, eyes[6]) || !equal(right, eyes[7]) {
		t.Error("holes behind a cut show what was before it")
	}
	// A plain picture in between ends the film, as does another size.
	small, smallMaps := walk(l.Resized(120, 64), 2)
	film(t, r, frames[:2], maps[:2], g, func(k int) bool { return k == 0 })
	eyes = film(t, r, small[:1], smallMaps[:1], g, func(int) bool { return false })
	if left, right := render(t, r, small[0], smallMaps[0], g); !equal(left, eyes[0]) || !equal(right, eyes[1]) {
		t.Error("holes show a film of another size")
	}
}

func TestFilmAllocatesNothing(t *testing.T) {
	frames, maps := walk(pix.Layout{W: 320, H: 180, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 3)
	r := newRenderer(t, Options{Workers: 1})
	left, right := pix.New(pix.LayoutOf(frames[0])), pix.New(pix.LayoutOf(frames[0]))
	k := 0
	next := func() {
		if err := r.RenderNext(context.Background(), left, right, frames[k%3], maps[k%3], Geometry{Strength: 5, Convergence: 0.2}, k == 0); err != nil {
			t.Fatal(err)
		}
		k++
	}
	for range 2 * len(frames) { // memory grows to what they need
		next()
	}
	if n := testing.AllocsPerRun(30, next); n > 0 {
		t.Errorf("%v allocations a frame", n)
	}
}
