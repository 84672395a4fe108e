package scene

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

const w, h = 200, 150

func TestRenderIsTheSameWithAnyNumberOfWorkers(t *testing.T) {
	one := Render(w, h, Options{Workers: 1}, Left)
	three := Render(w, h, Options{Workers: 3}, Left)
	if !bytes.Equal(one.Picture.Pix, three.Picture.Pix) {
		t.Error("pictures differ")
	}
	for i := range one.Nearness {
		if one.Nearness[i] != three.Nearness[i] {
			t.Fatalf("nearness differs at %d,%d", i%w, i/w)
		}
	}
}

func TestNearnessSpansTheScene(t *testing.T) {
	for shot := range 2 {
		v := Render(w, h, Options{Shot: shot, Time: 1.3}, Centre)
		sky, lo, hi := 0, float32(1), float32(0)
		for i, d := range v.Nearness {
			switch {
			case d == 0:
				sky++
			case d < 0 || d > 1 || d != d:
				t.Fatalf("shot %d: nearness %v at %d,%d", shot, d, i%w, i/w)
			default:
				lo, hi = min(lo, d), max(hi, d)
			}
		}
		if share := float64(sky) / (w * h); share < 0.05 || share > 0.6 {
			t.Errorf("shot %d: %.0f %% of the picture is sky", shot, share*100)
		}
		if lo > 0.03 || hi < 0.5 {
			t.Errorf("shot %d: nearness from %v to %v, wanted far and near things", shot, lo, hi)
		}
	}
}

// A point that both cameras see must have the same depth at the place where
// Disparity says it is, and there the same colour.
func TestDisparityJoinsTheEyes(t *testing.T) {
	o := Options{Parallax: 6, Time: 0.7}
	centre := Render(w, h, o, Centre)
	for _, eye := range []Eye{Left, Right} {
		other := Render(w, h, o, eye)
		joined, asked, colour := 0, 0, 0.0
		for y := range h {
			for x := range w {
				d := centre.Nearness[y*w+x]
				to := float64(x) - float64(eye)*centre.Disparity(d)/2
				i := int(math.Round(to))
				// Only places within a tenth of a pixel of a centre can be compared as they are.
				if i < 0 || i >= w || math.Abs(to-float64(i)) > 0.1 {
					continue
				}
				asked++
				if math.Abs(float64(other.Nearness[y*w+i]-d)) > 0.004 {
					continue
				}
				joined++
				a, b := centre.Picture.NRGBAAt(x, y), other.Picture.NRGBAAt(i, y)
				colour += math.Abs(float64(a.G) - float64(b.G))
			}
		}
		if asked < 2000 || float64(joined) < 0.88*float64(asked) {
			t.Errorf("eye %d: %d of %d points found in the other eye", eye, joined, asked)
		}
		if mean := colour / float64(joined); mean > 4 {
			t.Errorf("eye %d: joined points differ by %.1f of 255", eye, mean)
		}
	}
}

func TestTimeMovesAndShotCuts(t *testing.T) {
	differ := func(a, b *View) float64 {
		sum := 0.0
		for i := range a.Picture.Pix {
			sum += math.Abs(float64(a.Picture.Pix[i]) - float64(b.Picture.Pix[i]))
		}
		return sum / float64(len(a.Picture.Pix))
	}
	at := func(time float64, shot int) *View { return Render(w, h, Options{Time: time, Shot: shot}, Centre) }
	start := at(0, 0)
	step, cut := differ(start, at(1.0/25, 0)), differ(start, at(0, 1))
	if step <= 0 || step > 8 {
		t.Errorf("a frame later the picture differs by %.2f, wanted a little", step)
	}
	if cut < 4*step {
		t.Errorf("another shot differs by %.2f, a frame by %.2f: no cut", cut, step)
	}
}

// Whatever a ray hits must lie on the surface, and the normal must be a unit
// vector along which the distance grows.
func TestShapesAgreeWithTheirDistance(t *testing.T) {
	shapes := map[string]shape{
		"sphere":  sphere{vec{0.3, -0.2, 0.1}, 0.8},
		"capsule": newBone(vec{-0.4, -0.3, 0}, vec{0.5, 0.4, 0.2}, 0.3, 0.3),
		"cone":    newBone(vec{0, -0.6, 0}, vec{0.1, 0.6, 0.2}, 0.5, 0.15),
		"box":     newBox(vec{0.1, 0.1, 0}, vec{0.5, 0.3, 0.7}, 0.6),
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	point := func() vec { return vec{rnd.Float64()*2 - 1, rnd.Float64()*2 - 1, rnd.Float64()*2 - 1} }
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			c, r := s.ball()
			hits := 0
			for range 4000 {
				from := point().unit().mul(4)
				dir := point().sub(from).unit()
				far := s.hit(from, dir)
				if far == never {
					continue
				}
				hits++
				p := from.add(dir.mul(far))
				if d := s.away(p); math.Abs(d) > 1e-6 {
					t.Fatalf("hit %v lies %g from the surface", p, d)
				}
				if p.sub(c).length() > r+1e-6 {
					t.Fatalf("hit %v lies outside of the enclosing ball", p)
				}
				n := s.normal(p)
				if math.Abs(n.length()-1) > 1e-9 || n.dot(dir) > 1e-6 {
					t.Fatalf("normal %v at %v, ray %v", n, p, dir)
				}
				if d := s.away(p.add(n.mul(1e-3))); math.Abs(d-1e-3) > 1e-6 {
					t.Fatalf("0.001 along the normal the distance is %g", d)
				}
			}
			if hits < 400 {
				t.Fatalf("only %d rays hit", hits)
			}
		})
	}
}

// A leaf is hit inside its corners and nowhere else.
func TestLeaf(t *testing.T) {
	s := newLeaf(vec{0, 0, 0}, vec{1, 0, 0}, vec{0, 1, 0})
	for _, c := range []struct {
		x, y float64
		hit  bool
	}{{0.2, 0.2, true}, {0.49, 0.49, true}, {0.6, 0.6, false}, {-0.1, 0.2, false}, {0.2, -0.1, false}} {
		for _, z := range []float64{-2, 2} {
			far := s.hit(vec{c.x, c.y, z}, vec{0, 0, -z / 2})
			if got := far == 2; got != c.hit {
				t.Errorf("at %v,%v from z=%v: distance %v", c.x, c.y, z, far)
			}
		}
	}
}

// The enclosing balls decide into which tile a thing is sorted: a brute-force
// search over everything must find nothing else.
func TestTilesLoseNothing(t *testing.T) {
	o := Options{Time: 2}
	v := Render(w, h, o, Centre)
	all := light(newGarden(o.Time))
	r := raster{lit: all, camera: place(o), w: w, h: h, pixel: 2 * place(o).tan / w}
	for y := 0; y < h; y += 7 {
		for x := 0; x < w; x += 7 {
			dir := r.ray(float64(x)+0.5, float64(y)+0.5)
			what, far := all.look(r.at, dir, nil)
			want := float32(0)
			if what != -2 {
				want = float32(Near / (far * dir.dot(r.ahead)))
			}
			if got := v.Nearness[y*w+x]; got != want {
				t.Fatalf("nearness at %d,%d is %v, brute force says %v", x, y, got, want)
			}
		}
	}
}

func BenchmarkRender(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(640 * 480 * 4)
	for b.Loop() {
		Render(640, 480, Options{}, Centre)
	}
}
