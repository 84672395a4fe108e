package pack

import (
	"errors"
	"slices"
	"testing"

	"spatialmaker/processor/pix"
)

func TestParseLayouts(t *testing.T) {
	got, err := ParseLayouts("sbs, depth,sbs")
	if err != nil || !slices.Equal(got, []Layout{SBS, Depth}) {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"", "sbs,", "SBS", "sideways"} {
		if _, err := ParseLayouts(bad); !errors.Is(err, ErrLayout) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestNames: the names of design/cli.md, and each read back from a name.
func TestNames(t *testing.T) {
	want := map[Layout][]string{
		SBS: {"p_LRF_Full_SBS.jpg"}, HalfSBS: {"p_LR.jpg"}, TB: {"p_TBF_fulltb.jpg"}, HalfTB: {"p_TB.jpg"}, Cross: {"p_RLF_cross.jpg"},
		LeftRight: {"p_left.jpg", "p_right.jpg"}, Anaglyph: {"p_redcyan.jpg"}, Depth: {"p_depth.jpg"}, RGBD: {"p_RGBD.jpg"},
	}
	for l, names := range want {
		if got := Names("p", l, "jpg"); !slices.Equal(got, names) {
			t.Errorf("%s: %v", l, got)
		}
		for _, n := range names {
			if got, err := LayoutOf("/some/where/" + n); err != nil || got != l {
				t.Errorf("%s is read as %q, %v", n, got, err)
			}
		}
	}
	for _, plain := range []string{"holiday.jpg", "house_3D.jpg"} {
		if _, err := LayoutOf(plain); !errors.Is(err, ErrUnnamed) {
			t.Errorf("%s: %v", plain, err)
		}
	}
	for name, stem := range map[string]string{"p_3D.mpo": "p", "DSCF0001.MPO": "DSCF0001", "a_TB_left.mpo": "a_TB_left"} {
		if l, s := Parse(name); l != MPO || s != stem {
			t.Errorf("%s is read as %q of %q", name, l, s)
		}
	}
}

func TestEyes(t *testing.T) {
	eye := pix.Layout{W: 10, H: 6, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}
	for l, at := range map[Layout][4]int{ // x, y of the left and of the right eye
		SBS: {0, 0, 10, 0}, Cross: {10, 0, 0, 0}, TB: {0, 0, 0, 6}, HalfSBS: {0, 0, 6, 0}, HalfTB: {0, 0, 0, 4},
	} {
		packed := pix.New(Size(l, eye))
		left, right, err := Eyes(l, packed)
		if err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		left.Planes[0].Pix8[0], right.Planes[0].Pix8[0] = 1, 2
		if n := packed.Planes[0].Stride; packed.Planes[0].Pix8[at[1]*n+at[0]] != 1 || packed.Planes[0].Pix8[at[3]*n+at[2]] != 2 {
			t.Errorf("%s: the eyes do not lie where they should", l)
		}
		if left.W != right.W || left.H != right.H {
			t.Errorf("%s: eyes of different sizes", l)
		}
	}
	if _, _, err := Eyes(Anaglyph, pix.New(eye)); !errors.Is(err, ErrLayout) {
		t.Errorf("an anaglyph has no two eyes: %v", err)
	}
	odd := eye.Resized(9, 5)
	for l, fits := range map[Layout]bool{SBS: false, Cross: false, RGBD: false, TB: false, HalfSBS: true, Anaglyph: true} {
		if Fits(l, odd) != fits || !Fits(l, eye) {
			t.Errorf("%s: fits %v", l, Fits(l, odd))
		}
	}
}

func TestDepthInto(t *testing.T) {
	m := pix.NewMap(4, 1)
	copy(m.Pix, []float32{0, 0.5, 1, 7})
	g := pix.New(pix.Layout{W: 4, H: 1, Bits: 16, Model: pix.Gray})
	if err := DepthInto(g, m); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(g.Planes[0].Pix16, []uint16{0, 32768, 65535, 65535}) {
		t.Error(g.Planes[0].Pix16)
	}
	y := pix.New(pix.Layout{W: 4, H: 1, Bits: 10, Model: pix.YUV, ShiftX: 1})
	if err := DepthInto(y, m); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(y.Planes[0].Pix16, []uint16{64, 502, 940, 940}) || y.Planes[1].Pix16[1] != 512 {
		t.Error(y.Planes[0].Pix16, y.Planes[1].Pix16)
	}
	if err := DepthInto(pix.New(pix.Layout{W: 3, H: 1, Bits: 8, Model: pix.Gray}), m); !errors.Is(err, pix.ErrShape) {
		t.Errorf("another size gives %v", err)
	}
}
