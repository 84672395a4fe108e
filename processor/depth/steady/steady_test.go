package steady

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/pix"
)

// The scenes of these tests are drawn: a textured ground, perhaps a textured
// square before it, and depth that is known exactly.
const (
	sceneW, sceneH = 320, 180
	mapW, mapH     = 128, 72
	groundDepth    = 0.3
	squareDepth    = 0.8
)

// grounds holds the textures drawn so far, wide enough for every pan.
var grounds = map[uint64][]float32{}

const groundW, groundH = 1000, 256

// ground is made of waves of all lengths in directions of a seed, 0..1.
func ground(seed uint64) []float32 {
	if g, ok := grounds[seed]; ok {
		return g
	}
	g := make([]float32, groundW*groundH)
	length := 150.0
	for i := range uint64(6) {
		turn := float64((seed*31+i*17)%23) / 23 * 2 * math.Pi
		kx, ky := math.Cos(turn)*2*math.Pi/length, math.Sin(turn)*2*math.Pi/length
		for y := range groundH {
			for x := range groundW {
				g[y*groundW+x] += float32(math.Sin(float64(x)*kx+float64(y)*ky+float64((seed*7+i*5)%11)) / 12)
			}
		}
		length /= 1.7
	}
	for i := range g {
		g[i] += 0.5
	}
	grounds[seed] = g
	return g
}

// texture samples a ground, between columns linearly.
func texture(g []float32, x float64, y int) float64 {
	i := int(x)
	f := float32(x - float64(i))
	at := y*groundW + i
	return float64(g[at] + (g[at+1]-g[at])*f)
}

// square is where the object of a scene stands, in picture samples.
type square struct{ x, y, size int }

func (q square) holds(x, y float64) bool {
	return x >= float64(q.x) && y >= float64(q.y) && x < float64(q.x+q.size) && y < float64(q.y+q.size)
}

// scene draws ground number seed moved by shift samples, and the square.
func scene(seed uint64, shift float64, q square, light float64) *pix.Picture {
	p := pix.New(pix.Layout{W: sceneW, H: sceneH, Model: pix.YUV, ShiftX: 1, ShiftY: 1})
	below, above := ground(seed), ground(seed+31)
	for y := range p.H {
		for x := range p.W {
			v := texture(below, float64(x)+shift, y)
			if q.holds(float64(x), float64(y)) {
				v = 1 - texture(above, float64(x-q.x), y-q.y)
			}
			p.Planes[0].Pix8[y*p.W+x] = uint8(max(16, min(16+200*v*light, 235)))
		}
	}
	return p
}

// truth is the depth of a scene: the ground slopes a little with what it shows.
func truth(shift float64, q square) *pix.Map {
	m := pix.NewMap(mapW, mapH)
	for y := range mapH {
		for x := range mapW {
			px, py := (float64(x)+0.5)*sceneW/mapW, (float64(y)+0.5)*sceneH/mapH
			v := groundDepth + 0.2*math.Sin((px+shift)*0.02)
			if q.holds(px, py) {
				v = squareDepth
			}
			m.Pix[y*mapW+x] = float32(v)
		}
	}
	return m
}

// flicker returns an estimate of m as a network would give it: values of its
// own scale and level for each frame, and noise.
func flicker(m *pix.Map, seed uint64, scale, level, noise float64) depth.Map {
	r := rand.New(rand.NewPCG(seed, 5))
	a, b := 1+scale*(2*r.Float64()-1), level*(2*r.Float64()-1)
	out := pix.NewMap(m.W, m.H)
	lo, hi := math.Inf(1), math.Inf(-1)
	raw := make([]float64, len(m.Pix))
	for i, v := range m.Pix {
		raw[i] = a*float64(v) + b + noise*r.NormFloat64()
		lo, hi = min(lo, raw[i]), max(hi, raw[i])
	}
	for i, v := range raw {
		out.Pix[i] = float32((v - lo) / (hi - lo))
	}
	return depth.Map{Map: out, Lo: float32(lo), Hi: float32(hi)}
}

// film is pictures with their estimates.
type film struct {
	pics []*pix.Picture
	maps []depth.Map
}

func (f *film) add(p *pix.Picture, m depth.Map) {
	f.pics, f.maps = append(f.pics, p), append(f.maps, m)
}

// part returns frames a..b, with maps of their own.
func (f *film) part(a, b int) *film {
	g := &film{}
	for i := a; i < b; i++ {
		m := f.maps[i]
		m.Map = pix.NewMap(m.W, m.H)
		copyMap(m.Map, f.maps[i].Map)
		g.add(f.pics[i], m)
	}
	return g
}

// play sends a film through a stage until it has given out most frames.
func play(t testing.TB, s *Stage, f *film, most int) []Frame {
	t.Helper()
	f = f.part(0, len(f.pics))
	var out []Frame
	take := func() {
		for len(out) < most {
			x, ok, err := s.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return
			}
			out = append(out, x)
		}
	}
	for i := range f.pics {
		if err := s.Push(context.Background(), f.pics[i], f.maps[i]); err != nil {
			t.Fatal(err)
		}
		take()
	}
	s.End()
	take()
	return out
}

func run(t testing.TB, o Options, f *film) []Frame {
	t.Helper()
	s := New(o)
	defer s.Close()
	out := play(t, s, f, len(f.pics))
	if len(out) != len(f.pics) {
		t.Fatalf("%d frames came out of %d", len(out), len(f.pics))
	}
	return out
}

func shots(fs []Frame) []int {
	var at []int
	for i, f := range fs {
		if f.First {
			at = append(at, i)
		}
	}
	return at
}

// standing is a shot of a scene that stands still.
func standing(f *film, n int, seed uint64, light func(i int) float64) {
	for i := range n {
		l := 1.0
		if light != nil {
			l = light(i)
		}
		f.add(scene(seed, 0, square{}, l), flicker(truth(0, square{}), seed*100+uint64(i), 0.1, 0.05, 0.01))
	}
}

func TestShots(t *testing.T) {
	flash := func(a, b int) func(int) float64 {
		return func(i int) float64 {
			if i >= a && i < b {
				return 4
			}
			return 1
		}
	}
	tests := []struct {
		name string
		make func(f *film)
		want []int
	}{
		{"one shot", func(f *film) { standing(f, 20, 1, nil) }, []int{0}},
		{"a cut", func(f *film) { standing(f, 12, 1, nil); standing(f, 12, 2, nil) }, []int{0, 12}},
		{"three cuts", func(f *film) {
			for seed := range uint64(4) {
				standing(f, 6, seed, nil)
			}
		}, []int{0, 6, 12, 18}},
		{"flash", func(f *film) { standing(f, 24, 1, flash(10, 12)) }, []int{0}},
		{"flash at the end", func(f *film) { standing(f, 12, 1, flash(11, 12)) }, []int{0, 11}},
		{"flash at the start", func(f *film) { standing(f, 12, 1, flash(0, 1)) }, []int{0}},
		{"fade", func(f *film) { standing(f, 30, 1, func(i int) float64 { return 1 - float64(i)/32 }) }, []int{0}},
		{"an interjected frame", func(f *film) { standing(f, 9, 1, nil); standing(f, 1, 2, nil); standing(f, 9, 1, nil) }, []int{0}},
		{"single frame", func(f *film) { standing(f, 1, 1, nil) }, []int{0}},
		{"one colour", func(f *film) {
			for range 12 {
				f.add(pix.New(pix.Layout{W: 64, H: 48, Model: pix.RGBA}), depth.Map{Map: pix.NewMap(56, 42)})
			}
		}, []int{0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &film{}
			tt.make(f)
			out := run(t, Options{Strength: DefaultStrength}, f)
			if got := shots(out); !slices.Equal(got, tt.want) {
				t.Errorf("shots begin at %v, want %v", got, tt.want)
			}
			for i, x := range out {
				if bad := x.Map.Sanitize(); bad > 0 {
					t.Errorf("frame %d has %d values that are no numbers", i, bad)
				}
			}
		})
	}
}

// meanChange is the mean change from frame to frame between a and b.
func meanChange(fs []Frame, a, b int) float64 {
	sum := 0.0
	for i := a + 1; i < b; i++ {
		sum += change(fs[i-1].Map, fs[i].Map, 0)
	}
	return sum / float64(b-a-1)
}

func TestStillPictureIsSteady(t *testing.T) {
	f := &film{}
	standing(f, 30, 1, nil)
	for i, p := range f.pics {
		f.pics[i] = noisy(p, uint64(i))
	}
	before := meanChange(run(t, Options{Strength: 0}, f), 0, 30)
	for _, perFrame := range []bool{false, true} {
		after := meanChange(run(t, Options{Strength: DefaultStrength, PerFrame: perFrame}, f), 0, 30)
		t.Logf("per frame %v: change %.4f, unsmoothed %.4f", perFrame, after, before)
		if after > Limits.Still*before {
			t.Errorf("per frame %v: change %.4f, want at most %g of %.4f", perFrame, after, Limits.Still, before)
		}
	}
}

// A camera that pans, over ground whose depth goes with it.
func TestPanIsSteady(t *testing.T) {
	for _, speed := range []float64{0.6, 2, 5.5, 15} {
		f := &film{}
		for i := range 30 {
			shift := speed * float64(i)
			f.add(noisy(scene(1, shift, square{}, 1), uint64(i)), flicker(truth(shift, square{}), uint64(i), 0.05, 0.03, 0.01))
		}
		ratio := func(o Options) float64 {
			out := run(t, o, f)
			sum := 0.0
			for i := 1; i < len(out); i++ {
				sum += change(out[i-1].Map, out[i].Map, speed/sceneW)
			}
			return sum
		}
		before, after := ratio(Options{}), ratio(Options{Strength: DefaultStrength})
		t.Logf("%g samples a frame: %.3f of the unsmoothed change", speed, after/before)
		if after > Limits.Pan*before {
			t.Errorf("%g samples a frame: %.3f of the unsmoothed change, want at most %g", speed, after/before, Limits.Pan)
		}
	}
}

// Where a square has just been, the ground has its own depth at once.
func TestNoTrail(t *testing.T) {
	for _, speed := range []float64{0.3, 1, 3, 7, 20} {
		for _, pan := range []float64{0, 2.5} {
			f := &film{}
			at := func(i int) square { return square{x: 10 + int(float64(i)*speed), y: 60, size: 55} }
			n := min(30, int((sceneW-70)/speed))
			for i := range n {
				f.add(noisy(scene(1, pan*float64(i), at(i), 1), uint64(i)), flicker(truth(pan*float64(i), at(i)), uint64(i), 0, 0, 0.002))
			}
			out := run(t, Options{Strength: DefaultStrength}, f)
			sum, count := 0.0, 0
			for i := 4; i < n; i++ {
				for k, v := range out[i].Map.Pix {
					px, py := (float64(k%mapW)+0.5)*sceneW/mapW, (float64(k/mapW)+0.5)*sceneH/mapH
					if at(i-4).holds(px, py) && !at(i).holds(px, py) {
						sum += math.Abs(float64(v - f.maps[i].Pix[k]))
						count++
					}
				}
			}
			wake := sum / float64(count)
			t.Logf("square at %g, camera at %g samples a frame: wake %.4f", speed, pan, wake)
			if wake > Limits.Wake {
				t.Errorf("square at %g, camera at %g samples a frame: error in its wake %.4f, want at most %g", speed, pan, wake, Limits.Wake)
			}
		}
	}
}

// The second shot's frames are exactly what they are without the first.
func TestCutSeparates(t *testing.T) {
	both, alone := &film{}, &film{}
	standing(both, 15, 1, nil)
	standing(both, 15, 2, nil)
	standing(alone, 15, 2, nil)
	x, y := run(t, Options{Strength: 1}, both), run(t, Options{Strength: 1}, alone)
	for i := range y {
		if !slices.Equal(x[15+i].Map.Pix, y[i].Map.Pix) {
			t.Fatalf("frame %d of the second shot differs by %g", i, change(x[15+i].Map, y[i].Map, 0))
		}
	}
}

// A near object that enters does not push the rest away when the model scales
// every frame by itself.
func TestPerFrameScaleIsUndone(t *testing.T) {
	f := &film{}
	at := func(i int) square { return square{x: sceneW - 4*i, y: 50, size: 75} }
	for i := range 40 {
		q := at(max(i-15, 0))
		m := flicker(truth(0, q), uint64(i), 0, 0, 0.003)
		m.Lo, m.Hi = 0, 1 // as Core ML's Small gives it
		f.add(scene(1, 0, q, 1), m)
	}
	jump := func(o Options) float64 {
		out := run(t, o, f)
		worst := 0.0
		for i := 1; i < len(out); i++ {
			worst = max(worst, math.Abs(corner(out[i].Map)-corner(out[i-1].Map)))
		}
		return worst
	}
	raw, steadied := jump(Options{}), jump(Options{Strength: DefaultStrength, PerFrame: true})
	t.Logf("the ground jumps by %.3f, unsteadied by %.3f", steadied, raw)
	if raw < 0.1 || steadied > 0.03 {
		t.Errorf("the ground jumps by %.3f, unsteadied by %.3f; want 0.03 at most where it was 0.1", steadied, raw)
	}
}

// corner is the mean of the map's upper left, where nothing happens.
func corner(m *pix.Map) float64 {
	sum := 0.0
	for y := range 16 {
		for x := range 30 {
			sum += float64(m.Pix[y*m.W+x])
		}
	}
	return sum / 480
}

// mixed has motion, a flash, a cut and a pan: for tests of sameness.
func mixed() *film {
	f := &film{}
	for i := range 20 {
		q := square{x: 10 + 4*i, y: 60, size: 55}
		light := 1.0
		if i == 7 {
			light = 3
		}
		f.add(noisy(scene(1, float64(i), q, light), uint64(i)), flicker(truth(float64(i), q), uint64(i), 0.1, 0.05, 0.01))
	}
	standing(f, 20, 3, nil)
	return f
}

func TestSameWithAnyWorkers(t *testing.T) {
	f := mixed()
	want := run(t, Options{Strength: DefaultStrength, Workers: 1}, f)
	for _, workers := range []int{2, 5} {
		for i, x := range run(t, Options{Strength: DefaultStrength, Workers: workers}, f) {
			if !slices.Equal(x.Map.Pix, want[i].Map.Pix) {
				t.Fatalf("%d workers: frame %d differs", workers, i)
			}
		}
	}
}

func TestResumeGivesTheSame(t *testing.T) {
	f := mixed()
	o := Options{Strength: DefaultStrength}
	want := run(t, o, f)
	for _, at := range []int{0, 1, 5, 7, 8, 12, 19, 20, 21, 33, 40} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			first := New(o)
			defer first.Close()
			play(t, first, f, at)
			second := New(o)
			defer second.Close()
			if err := second.Restore(first.State()); err != nil {
				t.Fatal(err)
			}
			rest := f.part(at, len(f.pics))
			out := play(t, second, rest, len(rest.pics))
			if len(out) != len(rest.pics) {
				t.Fatalf("%d frames, want %d", len(out), len(rest.pics))
			}
			for i, x := range out {
				y := want[at+i]
				if !slices.Equal(x.Map.Pix, y.Map.Pix) || x.Shot != y.Shot || x.First != y.First {
					t.Fatalf("frame %d differs by %g, shot %d, want %d", at+i, change(x.Map, y.Map, 0), x.Shot, y.Shot)
				}
			}
		})
	}
}

func TestRestoreRefuses(t *testing.T) {
	f := mixed()
	s := New(Options{Strength: DefaultStrength})
	defer s.Close()
	play(t, s, f, 5)
	good := s.State()
	flipped := slices.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, b := range map[string][]byte{"empty": nil, "short": good[:len(good)-1], "changed": flipped, "long": append(slices.Clone(good), 0)} {
		fresh := New(Options{})
		if err := fresh.Restore(b); !errors.Is(err, ErrState) {
			t.Errorf("%s: error %v, want ErrState", name, err)
		}
		fresh.Close()
	}
	if err := s.Restore(good); !errors.Is(err, ErrState) {
		t.Errorf("a stage in use was restored: %v", err)
	}
}

// Off means that estimates pass as they are; shots are told all the same.
func TestStrengthZeroPasses(t *testing.T) {
	f := &film{}
	standing(f, 10, 1, nil)
	standing(f, 10, 2, nil)
	out := run(t, Options{}, f)
	for i, x := range out {
		if !slices.Equal(x.Map.Pix, f.maps[i].Pix) {
			t.Fatalf("frame %d was changed", i)
		}
	}
	if got := shots(out); !slices.Equal(got, []int{0, 10}) {
		t.Errorf("shots begin at %v", got)
	}
}

func TestChangeOfSize(t *testing.T) {
	f := &film{}
	standing(f, 10, 1, nil)
	for range 10 {
		p, err := f.pics[0].Sub(image.Rect(0, 0, 180, 180))
		if err != nil {
			t.Fatal(err)
		}
		f.add(p, depth.Map{Map: pix.NewMap(72, 72), Hi: 1})
	}
	if got := shots(run(t, Options{Strength: DefaultStrength}, f)); !slices.Equal(got, []int{0, 10}) {
		t.Errorf("shots begin at %v, want a new one where the size changes", got)
	}
}

func TestMisuse(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	p := scene(1, 0, square{}, 1)
	if err := s.Push(t.Context(), p, depth.Map{Map: &pix.Map{W: 3, H: 3}}); !errors.Is(err, pix.ErrShape) {
		t.Errorf("error %v, want ErrShape", err)
	}
	if _, ok, err := s.Next(t.Context()); ok || err != nil {
		t.Errorf("an empty stage gave a frame, error %v", err)
	}
	s.End()
	if err := s.Push(t.Context(), p, depth.Map{Map: pix.NewMap(9, 9)}); !errors.Is(err, ErrEnded) {
		t.Errorf("error %v, want ErrEnded", err)
	}
	// A cancelled frame is not lost.
	s = New(Options{Strength: 1})
	defer s.Close()
	if err := s.Push(t.Context(), p, depth.Map{Map: pix.NewMap(mapW, mapH), Hi: 1}); err != nil {
		t.Fatal(err)
	}
	s.End()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if _, ok, err := s.Next(t.Context()); !ok || err != nil {
		t.Errorf("the frame is lost, error %v", err)
	}
}
