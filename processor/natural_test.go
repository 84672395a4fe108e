package processor

import (
	"slices"
	"testing"
)

func TestNaturalOrder(t *testing.T) {
	want := []string{
		"", "/a/Photo 1.jpg", "/a/photo 02.jpg", "/a/photo 2.jpg", "/a/photo 10 b.jpg", "/a/Photo 10.jpg",
		"/a/photo 123456789012345678901.jpg", "/a/zoo/1.jpg", "/b.jpg",
	}
	got := slices.Clone(want)
	slices.Sort(got)
	slices.SortFunc(got, natural)
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func FuzzNatural(f *testing.F) {
	f.Add("photo 9", "Photo 10", "photo 09")
	f.Add("\xff1", "\xfe01", "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if natural(a, b) != -natural(b, a) {
			t.Errorf("%q and %q have no order", a, b)
		}
		if (natural(a, b) == 0) != (a == b) {
			t.Errorf("%q and %q count as one", a, b)
		}
		if natural(a, b) < 0 && natural(b, c) < 0 && natural(a, c) >= 0 {
			t.Errorf("%q, %q, %q go round in a circle", a, b, c)
		}
	})
}
