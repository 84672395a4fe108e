package bench

import (
	"context"
	"errors"
	"runtime"
	"time"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/steady"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// PostFigure is what happens to the depth of a film's frame between the network
// and the eyes: the answer becomes a map, the map is steadied, and sharpened
// along the picture's edges. Milliseconds, and Go allocations in a frame.
type PostFigure struct {
	Width       int     `json:"width"`
	Height      int     `json:"height"`
	MapWidth    int     `json:"map_width"`
	MapHeight   int     `json:"map_height"`
	NormaliseMS float64 `json:"normalise_ms"`
	SteadyMS    float64 `json:"steady_ms"`
	RefineMS    float64 `json:"refine_ms"`
	MS          float64 `json:"ms"` // the three together
	LimitMS     float64 `json:"limit_ms"`
	Allocations float64 `json:"allocations"`
}

// postLimit is what all of it may take for a frame of full HD.
const postLimit = 10

// timePost times frames of full HD at the size films are estimated at.
func timePost(ctx context.Context, o Options, tell func(string)) (*PostFigure, error) {
	f := &PostFigure{Width: 1920, Height: 1080, MapWidth: 448, MapHeight: depth.FilmShortSide, LimitMS: postLimit}
	tell("depth: between the network and the eyes")
	l := pix.Layout{W: f.Width, H: f.Height, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}
	pool := pix.NewPool(64 << 20)
	s := &postSubject{
		pool: pool, finish: depth.Finisher{Pool: pool}, stage: steady.New(steady.Options{Strength: steady.DefaultStrength, Pool: pool}),
		render: stereo.NewRenderer(stereo.Options{}), sharp: pix.NewMap(l.W, l.H), values: make([]float32, f.MapWidth*f.MapHeight),
	}
	defer s.stage.Close()
	defer s.render.Close()
	var full *pix.Map
	s.pic, full = sample(l)
	s.low = pix.NewMap(f.MapWidth, f.MapHeight)
	if err := stereo.Resize(s.low, full); err != nil {
		return nil, err
	}
	for range 2 * steady.DefaultLookAhead { // fills the look-ahead, and the pool
		if _, err := s.frame(ctx); err != nil {
			return nil, err
		}
	}
	n := max(3*o.Rounds, 9)
	parts := [3][]time.Duration{make([]time.Duration, 0, n), make([]time.Duration, 0, n), make([]time.Duration, 0, n)}
	sum := make([]time.Duration, 0, n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		took, err := s.frame(ctx)
		if err != nil {
			return nil, err
		}
		for i, d := range took {
			parts[i] = append(parts[i], d)
		}
		sum = append(sum, took[0]+took[1]+took[2])
	}
	runtime.ReadMemStats(&after)
	f.Allocations = float64((after.Mallocs - before.Mallocs) / uint64(n))
	f.NormaliseMS, f.SteadyMS, f.RefineMS, f.MS = median(parts[0]), median(parts[1]), median(parts[2]), median(sum)
	return f, nil
}

// postSubject is what the frames of timePost go through.
type postSubject struct {
	pool       *pix.Pool
	finish     depth.Finisher
	stage      *steady.Stage
	render     *stereo.Renderer
	pic        *pix.Picture
	low, sharp *pix.Map
	values     []float32
	n          int
}

var errNoFrame = errors.New("the look-ahead gave no frame")

// frame sends one frame through the three stages and returns what each took.
func (s *postSubject) frame(ctx context.Context) (took [3]time.Duration, err error) {
	s.n++
	for i, v := range s.low.Pix { // a network's answer is never the same twice
		s.values[i] = 20*v + 0.1*float32((i+s.n)%7)
	}
	begin := time.Now()
	m, _, err := s.finish.Finish(s.values, s.low.W, s.low.H, depth.Disparity)
	if err != nil {
		return took, err
	}
	took[0] = time.Since(begin)
	if err := s.stage.Push(ctx, s.pic, m); err != nil {
		return took, err
	}
	out, ok, err := s.stage.Next(ctx)
	if err != nil {
		return took, err
	}
	took[1] = time.Since(begin) - took[0]
	if !ok {
		if s.n > steady.DefaultLookAhead+1 {
			return took, errNoFrame
		}
		return took, nil
	}
	err = s.render.Refine(ctx, s.sharp, out.Map, s.pic, stereo.RefineOptions{})
	took[2] = time.Since(begin) - took[0] - took[1]
	out.Map.Release()
	return took, err
}
