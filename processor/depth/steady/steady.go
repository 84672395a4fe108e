package steady

import (
	"context"
	"errors"
	"fmt"
	"math"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/pix"
)

// Options says how to steady.
type Options struct {
	Strength  float64 // 0 off, 0.5 ordinary, 1 strong
	LookAhead int     // frames known before one is given out; 0 for DefaultLookAhead
	PerFrame  bool    // the model scales every frame by itself (Descriptor.PerFrame)
	Workers   int     // 0 for as many as Go may use
	Pool      *pix.Pool
}

// DefaultStrength is the setting of the field's one control that suits most
// films.
const DefaultStrength = 0.5

// DefaultLookAhead is enough to tell a cut from a flash and to see a change of
// range coming by a sixth of a second; a film at 30 fps holds as many frames.
const (
	DefaultLookAhead = 8
	leastLookAhead   = confirm
	mostLookAhead    = 64
)

// Frame is a steadied map.
type Frame struct {
	Map   *pix.Map // nearness 0..1 at the network's size; Release it after use
	Shot  int      // the shot it belongs to, counted from 0
	First bool     // the first of its shot
}

// Errors of wrong use.
var (
	ErrEnded = errors.New("the film has ended")
	ErrState = errors.New("not a state of the steadying stage")
)

// Stage steadies the depth of a film. It is for one goroutine.
type Stage struct {
	o     Options
	crew  *pix.Crew
	draw  *drawer
	match *matcher
	blend *blender

	queue   []entry  // frames pushed and not given out, the next one first
	spare   []*guide // memory of guides
	decided int      // frames of queue whose kind is known
	ended   bool

	past  *guide // of the last remembered frame, nil before the first
	state state
}

// entry is a frame on its way.
type entry struct {
	m    depth.Map
	g    *guide
	kind kind
}

// state is what a shot's frames hand on, besides past and the blender's map.
type state struct {
	Shot    int32
	Lo, Hi  float32 // the shot's range in the model's values
	Align   affine  // from the range's nearness to the shot's
	Flicker float32 // difference that nine of ten matched pixels keep to
}

// New returns a stage. Close it after use.
func New(o Options) *Stage {
	if o.LookAhead == 0 {
		o.LookAhead = DefaultLookAhead
	}
	o.LookAhead = max(leastLookAhead, min(o.LookAhead, mostLookAhead))
	o.Strength = max(0, min(o.Strength, 1))
	s := &Stage{o: o, crew: pix.NewCrew(o.Workers)}
	s.state.Shot = -1
	s.draw = newDrawer(s.crew)
	return s
}

// Close ends the stage's goroutines and releases the maps it still holds.
func (s *Stage) Close() {
	for _, e := range s.queue {
		e.m.Release()
	}
	s.queue = nil
	s.crew.Close()
}

// LookAhead is how many frames beyond the next one must have been pushed.
func (s *Stage) LookAhead() int { return s.o.LookAhead }

// Push adds the film's next frame: its picture, of which a small copy is made
// before the call returns, and its estimate, which the stage owns from here.
func (s *Stage) Push(ctx context.Context, pic *pix.Picture, m depth.Map) error {
	if s.ended {
		return ErrEnded
	}
	if err := errors.Join(pic.Check(), m.Check()); err != nil {
		return err
	}
	gw, gh := guideSize(m.W, m.H)
	g := s.guide(gw, gh)
	if err := s.draw.draw(ctx, g, pic); err != nil {
		return err
	}
	s.queue = append(s.queue, entry{m: m, g: g})
	return nil
}

// End says that no frame will follow.
func (s *Stage) End() { s.ended = true }

// guide returns memory for a guide.
func (s *Stage) guide(w, h int) *guide {
	for i, g := range s.spare {
		if g.level[0].w == w && g.level[0].h == h {
			last := len(s.spare) - 1
			s.spare[i] = s.spare[last]
			s.spare = s.spare[:last]
			return g
		}
	}
	s.spare = s.spare[:0] // of another size
	return newGuide(w, h)
}

// Next gives out the next frame. ok is false when frames must be pushed first,
// or when all have been given out after End.
func (s *Stage) Next(ctx context.Context) (f Frame, ok bool, err error) {
	if len(s.queue) == 0 || len(s.queue) <= s.o.LookAhead && !s.ended {
		return Frame{}, false, nil
	}
	s.decideAhead()
	e := s.queue[0]
	out, err := s.frame(ctx, &e)
	if err != nil {
		return Frame{}, false, err
	}
	copy(s.queue, s.queue[1:])
	s.queue[len(s.queue)-1] = entry{}
	s.queue = s.queue[:len(s.queue)-1]
	s.decided--
	e.m.Release()
	if e.kind == interlude {
		s.spare = append(s.spare, e.g)
	} else {
		if s.past != nil {
			s.spare = append(s.spare, s.past)
		}
		s.past = e.g
		s.blend.commit()
	}
	return Frame{Map: out, Shot: int(s.state.Shot), First: e.kind == begins}, true, nil
}

// decideAhead finds the kind of every frame whose successors are known well
// enough, and of all when the film has ended.
func (s *Stage) decideAhead() {
	for ; s.decided < len(s.queue); s.decided++ {
		at := s.decided
		rest := s.queue[at:]
		if len(rest) < confirm && !s.ended {
			return
		}
		last := s.past
		for i := at - 1; i >= 0; i-- {
			if s.queue[i].kind != interlude {
				last = s.queue[i].g
				break
			}
		}
		e := &s.queue[at]
		if last != nil && (last.level[0].w != e.g.level[0].w || last.level[0].h != e.g.level[0].h) {
			e.kind = begins
			continue
		}
		s.fitTools(e)
		var next [confirm]*guide
		n := 0
		for i := range min(len(rest), confirm) {
			if g := rest[i].g; g.level[0].w == e.g.level[0].w && g.level[0].h == e.g.level[0].h {
				next[n] = g
				n++
			}
		}
		e.kind = s.match.decide(last, next[:n])
	}
}

// fitTools makes the tools for the size of an entry.
func (s *Stage) fitTools(e *entry) {
	l := e.g.level[0]
	if s.match == nil || s.match.adapt.level[0].w != l.w || s.match.adapt.level[0].h != l.h {
		s.match = newMatcher(s.crew, l.w, l.h)
	}
}

// frame makes the map of the first entry and updates the state.
func (s *Stage) frame(ctx context.Context, e *entry) (*pix.Map, error) {
	s.fitTools(e)
	if s.blend == nil || s.blend.mw != e.m.W || s.blend.mh != e.m.H {
		if s.blend != nil {
			e.kind = begins
		}
		s.blend = newBlender(s.crew, e.m.W, e.m.H, e.g.level[0])
	}
	out := s.o.Pool.Map(e.m.W, e.m.H)
	next := s.state
	var err error
	if e.kind == begins {
		next = state{Shot: next.Shot + 1, Align: affine{A: 1}, Flicker: firstFlicker}
		next.Lo, next.Hi = s.window()
		err = s.blend.start(ctx, e.m.Map, out, s.own(e, &next))
	} else {
		err = s.along(ctx, e, out, &next)
	}
	if err != nil {
		out.Release()
		return nil, err
	}
	if e.kind != interlude {
		s.state = next
	}
	return out, nil
}

// Rates at which a shot's range and alignment follow, for each frame.
const (
	rangeRate    = 0.08
	pullRate     = 0.03 // of the alignment back to the range
	clipPull     = 0.15 // at most, when values leave 0..1
	flickerRate  = 0.2
	firstFlicker = 0.03
)

// along smooths a frame that goes on with its shot.
func (s *Stage) along(ctx context.Context, e *entry, out *pix.Map, next *state) error {
	lo, hi := s.window()
	next.Lo += (lo - next.Lo) * rangeRate
	next.Hi += (hi - next.Hi) * rangeRate
	if s.o.Strength == 0 {
		return s.blend.start(ctx, e.m.Map, out, affine{A: 1})
	}
	if err := s.match.match(ctx, s.past, e.g); err != nil {
		return err
	}
	own := s.own(e, next)
	was, now := s.blend.pairs(s.match, e.m.Map, own)
	found, rest, ok := fit(was, now, next.Align)
	if ok {
		next.Align = found
		next.Flicker += (rest - next.Flicker) * flickerRate
	}
	next.Align = next.Align.pull(pullRate + clipPull*beyond(now, next.Align))
	s.blend.tables(next.Flicker, gain(s.o.Strength), s.match.stirred)
	return s.blend.smooth(ctx, s.match, e.m.Map, out, own.then(next.Align))
}

// gain is the share of a new value at a strength: 0.14 at the ordinary one,
// which brings noise down to a tenth from frame to frame, and 0.02 at most.
func gain(strength float64) float32 {
	return float32(math.Pow(0.02, strength))
}

// beyond is the share of values, five times, that leave 0..1 under f.
func beyond(v []float32, f affine) float32 {
	n := 0
	for _, x := range v {
		if y := f.A*x + f.B; y > 1.02 || y < -0.02 {
			n++
		}
	}
	return min(5*float32(n)/float32(len(v)+1), 1)
}

// own maps an entry's normalised values to nearness in the shot's range.
func (s *Stage) own(e *entry, st *state) affine {
	if s.o.PerFrame || s.o.Strength == 0 || !(st.Hi > st.Lo) {
		return affine{A: 1}
	}
	k := 1 / (st.Hi - st.Lo)
	return affine{A: (e.m.Hi - e.m.Lo) * k, B: (e.m.Lo - st.Lo) * k}
}

// window is the mean range of the frames to come in this shot, the first
// entry's included.
func (s *Stage) window() (lo, hi float32) {
	n := float32(0)
	for i := range s.queue[:max(s.decided, 1)] {
		e := &s.queue[i]
		if i > 0 && e.kind == begins || i > s.o.LookAhead-confirm+1 {
			break
		}
		if e.kind == interlude || !(e.m.Hi > e.m.Lo) {
			continue
		}
		lo += e.m.Lo
		hi += e.m.Hi
		n++
	}
	if n == 0 {
		return s.queue[0].m.Lo, s.queue[0].m.Hi
	}
	return lo / n, hi / n
}

// check reports a state that cannot be.
func (st *state) check() error {
	for _, v := range []float32{st.Lo, st.Hi, st.Align.A, st.Align.B, st.Flicker} {
		if v != v || v > math.MaxFloat32 || v < -math.MaxFloat32 {
			return fmt.Errorf("a value that is no number: %w", ErrState)
		}
	}
	return nil
}
