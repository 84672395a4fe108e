package processor

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"sync"
	"time"

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
// both are 0; at full size the eyes are those an export writes, unless the
// result says that they are nearly so.
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
	// Nearly says that a film's export will have this frame a little different:
	// it knows the frames around it, which the preview does not, or not in time.
	Nearly bool
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
	mixer   *pack.Mixer // nil before it is needed
	depths  *knownFilm  // nil before a film's depth has been looked for
	scaled  kept[scaledKey, *pix.Picture]
	depth   *pendingDepth
	full    kept[fullKey, fullDepth]
	reading kept[readingKey, stereo.Reading]
	eyes    kept[eyesKey, eyePair]

	recallTime time.Duration
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
	padW      int           // of a video: columns and rows that its outputs need
	padH      int
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
	film   bool
	widen  float64
	steady float64 // of a film
	past   int     // frames that steadying looked at
	known  bool    // it is the cache's
}

type readingKey struct {
	full     fullKey
	geometry stereo.Geometry
}

type eyesKey struct {
	full     fullKey
	geometry stereo.Geometry
	fill     stereo.Fill
	recalls  bool // holes remember the frames before
}

type eyePair struct{ packed, left, right *pix.Picture }

// NewPreview returns a preview that works with the engine's network.
func (e *Engine) NewPreview() *Preview { return &Preview{engine: e, recallTime: recallTime} }

// Forget releases everything the preview keeps.
func (p *Preview) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.eyes.drop(releaseEyes)
	p.full.drop(fullDepth.release)
	p.depths.close()
	p.depths = nil
	if p.mixer != nil {
		p.mixer.Close()
		p.mixer = nil
	}
	p.scaled.drop((*pix.Picture).Release)
	p.source.drop(func(*media.Photo) {})
	p.film.close()
	p.film = nil
	p.moments.drop()
	p.dropDepth()
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
	full, fk, err := p.fullDepth(ctx, key, src, pic, q, &res)
	if err != nil {
		return res, err
	}
	res.Convergence = full.screen
	g := q.Options.geometry(res.Convergence)
	if q.View == ViewDepth || q.View == ViewDepthTint {
		res.Image = depthImage(full.m, q.View == ViewDepthTint)
	} else if res.Image, err = p.eyesView(ctx, pic, full.m, eyesKey{full: fk, geometry: g, fill: q.Options.fill()}, q, &res); err != nil {
		return res, err
	}
	r, err := p.reading.get(readingKey{full: fk, geometry: g}, func(stereo.Reading) {}, func() (stereo.Reading, error) {
		return stereo.Comfort(full.m, g), nil
	})
	res.Comfort = Comfort{Outside: r.Outside, Nearest: r.Nearest, Farthest: r.Farthest}
	return res, err
}

func (p *Preview) eyesView(ctx context.Context, pic *pix.Picture, full *pix.Map, key eyesKey, q PreviewRequest, res *PreviewResult) (*image.RGBA, error) {
	eyes, err := p.eyePairOf(ctx, pic, full, key, q, res)
	if err != nil {
		return nil, fmt.Errorf("make the eyes of %s: %w", q.Path, err)
	}
	return p.show(ctx, eyes, q)
}

func (p *Preview) decode(ctx context.Context, q PreviewRequest) (sourceKey, *media.Photo, error) {
	st, err := os.Stat(q.Path)
	if err != nil {
		return sourceKey{}, nil, err
	}
	key := sourceKey{path: q.Path, size: st.Size(), modified: st.ModTime(), maxPixels: q.Options.MaxPixels}
	film, err := p.openFilm(ctx, key)
	if err != nil {
		return key, nil, err
	}
	if film {
		key.padW, key.padH = p.film.pad(q.Options)
	}
	key.at = q.At
	src, err := p.source.get(key, func(*media.Photo) {}, func() (*media.Photo, error) {
		if film {
			return p.frame(ctx, q)
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

// drawing is stereo.Renderer's Render.
type drawing func(ctx context.Context, left, right, src *pix.Picture, depth *pix.Map, g stereo.Geometry) error

// render makes the eyes of a picture with one of the renderer's ways of drawing.
func (p *Preview) render(ctx context.Context, draw drawing, pic *pix.Picture, full *pix.Map, g stereo.Geometry) (eyePair, error) {
	packed := p.engine.pool.Picture(pack.Size(pack.SBS, pix.LayoutOf(pic)))
	packed.Alpha, packed.Colour = pic.Alpha, pic.Colour
	left, right, err := pack.Eyes(pack.SBS, packed)
	if err == nil {
		err = draw(ctx, left, right, pic, full, g)
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
		if p.mixer == nil {
			p.mixer = pack.NewMixer(p.engine.cfg.Workers)
		}
		if err := p.mixer.Into(ctx, out, e.left, e.right, pack.Method(q.Options.Anaglyph)); err != nil {
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
