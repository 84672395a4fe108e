package processor

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"slices"
	"sync"
	"time"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// View is what a preview shows.
type View string

// The views of a preview.
const (
	ViewOriginal  View = "original"
	ViewDepth     View = "depth" // grey, near is white
	ViewDepthTint View = "tint"  // near is warm, far is cold
	ViewSBS       View = "sbs"   // both eyes side by side, left first
	ViewAnaglyph  View = "anaglyph"
	ViewLeft      View = "left"
	ViewRight     View = "right"
)

// ErrView reports a view that is not one of the constants.
var ErrView = errors.New("unknown view")

// PreviewRequest asks for one picture. The picture is worked on at the largest
// size of its own shape that fits MaxW x MaxH pixels, or at full size when
// both are 0; at full size the eyes are those an export writes.
type PreviewRequest struct {
	Path       string
	Options    Options
	View       View
	MaxW, MaxH int
	At         time.Duration // of a video: the frame that stands then, or the last
	// Hasty asks not to estimate other frames of a video for the sake of
	// steadying; the result says whether that would have told more.
	Hasty bool
}

// PreviewResult is a picture for the screen and what it was made from.
type PreviewResult struct {
	Image       *image.RGBA // of the view; the receiver's own
	W, H        int         // of the file's picture, upright
	Comfort     Comfort
	Convergence float64 // the one used, when it was left to the program
	DepthFrom   string  // as in Snapshot; "" when no depth was needed
	Model       string
	Backend     string
	Device      string
	Inference   time.Duration // of the network run, 0 with a supplied depth
	Notes       []string
	Film        *FilmInfo // nil for a photo
	Rough       bool      // of a hasty request: the depth is less steady than it can be
}

// FilmInfo is what a preview tells of a video.
type FilmInfo struct {
	Length time.Duration
	FPS    float64       // average; 0 when it has none
	At     time.Duration // of the frame shown
}

// Preview shows what a conversion would give, through the conversion's own
// stages. Each stage keeps its last result, keyed by everything it depends on,
// so that a change of strength does not run the network again. Safe for
// concurrent use; calls run one after another, except that the network runs on
// its own and a call that gives up on it does not stop it for the next.
type Preview struct {
	engine *Engine

	mu      sync.Mutex
	source  kept[sourceKey, *media.Photo]
	film    *previewFilm
	moments filmMoments
	scaled  kept[scaledKey, *pix.Picture]
	depth   *pendingDepth
	full    kept[fullKey, *pix.Map]
	eyes    kept[eyesKey, eyePair]
}

// kept is a stage's last result and what it was made from.
type kept[K comparable, V any] struct {
	key K
	val V
	ok  bool
}

// get returns the kept value for key or makes it, releasing the old one first.
func (k *kept[K, V]) get(key K, release func(V), fresh func() (V, error)) (V, error) {
	if k.ok && k.key == key {
		return k.val, nil
	}
	k.drop(release)
	v, err := fresh()
	if err == nil {
		k.key, k.val, k.ok = key, v, true
	}
	return v, err
}

func (k *kept[K, V]) drop(release func(V)) {
	if k.ok {
		release(k.val)
		var zero V
		k.val, k.ok = zero, false
	}
}

type sourceKey struct {
	path      string
	size      int64
	modified  time.Time
	maxPixels int64
	at        time.Duration // of a video
}

type scaledKey struct {
	source sourceKey
	w, h   int
}

type depthKey struct {
	source   sourceKey
	model    string
	backend  Backend
	use      NetworkUse
	depthMap string
	from     DepthSource
}

type fullKey struct {
	depth  depthKey
	w, h   int
	refine bool
	steady float64 // of a film
	past   int     // frames that steadying looked at
}

type eyesKey struct {
	full     fullKey
	geometry stereo.Geometry
	fill     stereo.Fill
}

type eyePair struct{ packed, left, right *pix.Picture }

// pendingDepth is a network run that has begun; done is closed at its end.
type pendingDepth struct {
	key    depthKey
	cancel context.CancelFunc
	done   chan struct{}
	m      depth.Map
	about  depth.Description
	model  string
	from   string // as in Snapshot.DepthFrom
	note   string // more of where it comes from, "" for a network's
	err    error
}

// NewPreview returns a preview that works with the engine's network.
func (e *Engine) NewPreview() *Preview { return &Preview{engine: e} }

// Forget releases everything the preview keeps.
func (p *Preview) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.eyes.drop(releaseEyes)
	p.full.drop((*pix.Map).Release)
	p.scaled.drop((*pix.Picture).Release)
	p.source.drop(func(*media.Photo) {})
	p.film.close()
	p.film = nil
	p.moments.drop()
	p.dropDepth()
}

func (p *Preview) dropDepth() {
	d := p.depth
	p.depth = nil
	if d == nil {
		return
	}
	d.cancel()
	go func() {
		<-d.done
		if d.err == nil {
			d.m.Release()
		}
	}()
}

func releaseEyes(e eyePair) { e.packed.Release() }

// Render makes the picture asked for. A cancelled ctx returns its error.
func (p *Preview) Render(ctx context.Context, q PreviewRequest) (PreviewResult, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := q.Options.Validate(); err != nil {
		return PreviewResult{}, err
	}
	key, src, err := p.decode(ctx, q)
	if err != nil {
		return PreviewResult{}, err
	}
	res := PreviewResult{W: src.Picture.W, H: src.Picture.H, Notes: src.Notes}
	if src.Format == media.FormatVideo {
		res.Film = &FilmInfo{Length: p.film.info.Duration, FPS: p.film.info.Video.FrameRate.Float(), At: p.film.at}
	}
	pic, err := p.atSize(ctx, key, src.Picture, q)
	if err != nil {
		return res, err
	}
	if q.View == ViewOriginal {
		res.Image, err = p.screen(ctx, pic)
		return res, err
	}
	d, err := p.depthOf(ctx, key, src, q.Options)
	if err != nil {
		return res, err
	}
	res.DepthFrom = d.from
	res.Model, res.Backend, res.Device, res.Inference = d.model, d.about.Backend, d.about.Device, d.m.Inference
	if d.note != "" {
		res.Notes = append(slices.Clip(res.Notes), d.note)
	}
	rd := p.engine.renderer(q.Options.fill())
	defer p.engine.giveBack(rd)
	full, fk, err := p.fullDepth(ctx, rd.Renderer, src, pic, d, q, &res)
	if err != nil {
		return res, err
	}
	res.Convergence = q.Options.convergence(full)
	g := q.Options.geometry(res.Convergence)
	r := stereo.Comfort(full, g)
	res.Comfort = Comfort{Outside: r.Outside, Nearest: r.Nearest, Farthest: r.Farthest}
	if q.View == ViewDepth || q.View == ViewDepthTint {
		res.Image = depthImage(full, q.View == ViewDepthTint)
		return res, nil
	}
	eyes, err := p.eyes.get(eyesKey{full: fk, geometry: g, fill: q.Options.fill()}, releaseEyes, func() (eyePair, error) {
		return p.render(ctx, rd.Renderer, pic, full, g)
	})
	if err != nil {
		return res, fmt.Errorf("make the eyes of %s: %w", q.Path, err)
	}
	res.Image, err = p.show(ctx, eyes, q)
	return res, err
}

// fullDepth returns d at the size of pic, sharpened and, of a film, steadied as
// the moments before it ask; the cache keeps the map.
func (p *Preview) fullDepth(ctx context.Context, r *stereo.Renderer, src *media.Photo, pic *pix.Picture, d *pendingDepth, q PreviewRequest, res *PreviewResult) (*pix.Map, fullKey, error) {
	key := fullKey{depth: d.key, w: pic.W, h: pic.H, refine: q.Options.refines()}
	var past []*moment
	if res.Film != nil && d.from == depthOfModel && q.Options.Steady > 0 {
		var err error
		if past, res.Rough, err = p.past(ctx, src, d, q); err != nil {
			return nil, key, fmt.Errorf("look back from %v of %s: %w", p.film.at, q.Path, err)
		}
		key.steady, key.past = q.Options.Steady, len(past)
	}
	full, err := p.full.get(key, (*pix.Map).Release, func() (*pix.Map, error) {
		if len(past) == 0 {
			return p.engine.refined(ctx, q.Options, r, d.m.Map, pic)
		}
		m, err := p.steadied(ctx, past, q.Options.Steady, d.about.PerFrame)
		if err != nil {
			return nil, err
		}
		defer m.Release()
		return p.engine.refined(ctx, q.Options, r, m, pic)
	})
	if err != nil {
		return nil, key, fmt.Errorf("refine the depth of %s: %w", q.Path, err)
	}
	return full, key, nil
}

func (p *Preview) decode(ctx context.Context, q PreviewRequest) (sourceKey, *media.Photo, error) {
	st, err := os.Stat(q.Path)
	if err != nil {
		return sourceKey{}, nil, err
	}
	key := sourceKey{path: q.Path, size: st.Size(), modified: st.ModTime(), maxPixels: q.Options.MaxPixels, at: q.At}
	src, err := p.source.get(key, func(*media.Photo) {}, func() (*media.Photo, error) {
		if format, err := media.Sniff(q.Path); err == nil && format == media.FormatVideo {
			return p.frame(ctx, key, q)
		}
		return media.DecodePhoto(ctx, q.Path, media.Limits{MaxPixels: q.Options.MaxPixels})
	})
	return key, src, err
}

// atSize returns the picture at the size it is worked on: the file's own
// samples when it fits, else area averages.
func (p *Preview) atSize(ctx context.Context, key sourceKey, pic *pix.Picture, q PreviewRequest) (*pix.Picture, error) {
	w, h := fit(pic.W, pic.H, q.MaxW, q.MaxH)
	return p.scaled.get(scaledKey{source: key, w: w, h: h}, (*pix.Picture).Release, func() (*pix.Picture, error) {
		if w == pic.W && h == pic.H {
			if !pack.Fits(pack.SBS, pix.LayoutOf(pic)) {
				return pix.FullChroma(pic, p.engine.pool), nil
			}
			return pic, nil
		}
		small := p.engine.pool.Picture(pix.LayoutOf(pic).Resized(w, h))
		if err := pix.Shrink(ctx, small, pic, p.engine.cfg.Workers); err != nil {
			small.Release()
			return nil, err
		}
		return small, nil
	})
}

// fit returns the largest size of the shape w x h inside maxW x maxH that is
// no larger than itself. Sizes are even, so that two eyes share a picture on
// any chroma grid, unless the picture is shown at its own size.
func fit(w, h, maxW, maxH int) (fw, fh int) {
	if (maxW <= 0 && maxH <= 0) || (w <= maxW && h <= maxH) {
		return w, h
	}
	s := min(float64(maxW)/float64(w), float64(maxH)/float64(h))
	even := func(n int, most int) int { return min(max(2, int(float64(n)*s)&^1), max(1, most)) }
	return even(w, w), even(h, h)
}

// depthOf waits for the depth of the picture, beginning the run when it has
// not begun. The run goes on when ctx ends first: the next call, for another
// strength, will want it.
func (p *Preview) depthOf(ctx context.Context, key sourceKey, src *media.Photo, o Options) (*pendingDepth, error) {
	k := depthKey{source: key, model: o.Model, backend: o.Backend, use: o.PhotoUse(), depthMap: o.DepthMap, from: o.DepthFrom}
	if src.Format == media.FormatVideo {
		k.use = o.FilmUse() // what the film will look like, from the network that makes it
	}
	if p.depth == nil || p.depth.key != k || p.depth.failed() {
		p.dropDepth()
		run, cancel := context.WithCancel(context.WithoutCancel(ctx))
		d := &pendingDepth{key: k, cancel: cancel, done: make(chan struct{})}
		p.depth = d
		go func() {
			defer close(d.done)
			defer cancel()
			d.err = p.engine.previewDepth(run, d, src, o)
		}()
	}
	d := p.depth
	select {
	case <-d.done:
		return d, d.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (d *pendingDepth) failed() bool {
	select {
	case <-d.done:
		return d.err != nil
	default:
		return false
	}
}

func (e *Engine) previewDepth(ctx context.Context, d *pendingDepth, src *media.Photo, o Options) error {
	if o.DepthMap != "" {
		m, err := media.DecodeMap(ctx, o.DepthMap, media.Limits{MaxPixels: o.MaxPixels})
		if err != nil {
			return fmt.Errorf("depth map: %w", err)
		}
		d.m, d.from = depth.Map{Map: m, Hi: 1}, depthOfMap
		return sameAspect(m, src.Picture)
	}
	if src.Format != media.FormatVideo {
		in, err := depthInside(ctx, d.key.source.path, src.Picture, o, func(string) {})
		if err != nil {
			return err
		}
		m, used, err := e.fromInside(in, o)
		if used || err != nil {
			d.m, d.from, d.note = m, depthOfFile, aboutInside(in)
			return err
		}
	}
	l, err := e.estimator(ctx, o, d.key.use)
	if err != nil {
		return err
	}
	defer l.release()
	d.about, d.model, d.from = l.Describe(), l.model.Name, depthOfModel
	d.m, err = l.Estimate(ctx, src.Picture)
	return err
}

func (p *Preview) render(ctx context.Context, rd *stereo.Renderer, pic *pix.Picture, full *pix.Map, g stereo.Geometry) (eyePair, error) {
	packed := p.engine.pool.Picture(pack.Size(pack.SBS, pix.LayoutOf(pic)))
	packed.Alpha, packed.Colour = pic.Alpha, pic.Colour
	left, right, err := pack.Eyes(pack.SBS, packed)
	if err == nil {
		err = rd.Render(ctx, left, right, pic, full, g)
	}
	if err != nil {
		packed.Release()
		return eyePair{}, err
	}
	return eyePair{packed: packed, left: left, right: right}, nil
}

func (p *Preview) show(ctx context.Context, e eyePair, q PreviewRequest) (*image.RGBA, error) {
	switch q.View {
	case ViewSBS:
		return p.screen(ctx, e.packed)
	case ViewLeft:
		return p.screen(ctx, e.left)
	case ViewRight:
		return p.screen(ctx, e.right)
	case ViewAnaglyph:
		out := p.engine.pool.Picture(pix.LayoutOf(e.left))
		defer out.Release()
		out.Alpha, out.Colour = e.left.Alpha, e.left.Colour
		if err := pack.AnaglyphInto(ctx, out, e.left, e.right, pack.Method(q.Options.Anaglyph), p.engine.cfg.Workers); err != nil {
			return nil, err
		}
		return p.screen(ctx, out)
	}
	return nil, fmt.Errorf("%w %q", ErrView, q.View)
}

func (p *Preview) screen(ctx context.Context, pic *pix.Picture) (*image.RGBA, error) {
	img := image.NewRGBA(image.Rect(0, 0, pic.W, pic.H))
	return img, pix.ToRGBA(ctx, img, pic, p.engine.cfg.Workers)
}
