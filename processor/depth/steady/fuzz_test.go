package steady

import (
	"testing"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/pix"
)

// FuzzRestore restores damaged states. What is accepted must work.
func FuzzRestore(f *testing.F) {
	s := New(Options{Strength: DefaultStrength, Workers: 1})
	f.Add(s.State())
	p := pix.New(pix.Layout{W: 40, H: 40, Model: pix.Gray})
	if err := s.Push(f.Context(), p, depth.Map{Map: pix.NewMap(33, 35), Hi: 1}); err != nil {
		f.Fatal(err)
	}
	s.End()
	if _, ok, err := s.Next(f.Context()); !ok || err != nil {
		f.Fatal(ok, err)
	}
	f.Add(s.State())
	s.Close()
	f.Fuzz(func(t *testing.T, data []byte) {
		s := New(Options{Strength: 1, Workers: 1})
		defer s.Close()
		if s.Restore(data) != nil {
			return
		}
		if err := s.Push(t.Context(), p, depth.Map{Map: pix.NewMap(33, 35), Hi: 1}); err != nil {
			t.Fatal(err)
		}
		s.End()
		x, ok, err := s.Next(t.Context())
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if bad := x.Map.Sanitize(); bad > 0 {
			t.Errorf("%d values are no numbers", bad)
		}
	})
}
