package processor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/steady"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
)

// filmFrame is one frame on its way through the stages. It is owned by one
// stage at a time.
type filmFrame struct {
	index int64 // from the first frame that is converted
	pts   int64
	pic   *pix.Picture
	depth *pix.Map // at the network's size
	first bool     // of its shot

	packed []*pix.Picture // one for each output
	screen screen         // after this frame
}

func (f *filmFrame) free() {
	f.pic.Release()
	f.depth.Release()
	for _, p := range f.packed {
		p.Release()
	}
	f.packed = nil
}

// hand passes v on, or gives up with the context.
func hand[T any](ctx context.Context, out chan<- T, v T) error {
	select {
	case out <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// estimates are frames whose depth is being estimated, in order.
type estimate struct {
	frame *filmFrame
	done  chan struct{}
	depth depth.Map
	err   error
}

// networkDepth gives every frame the steadied depth of the network, as far as
// it lies in the cache from there. New depth goes into the cache.
func (f *film) networkDepth(ctx context.Context, in <-chan *filmFrame, out chan<- *filmFrame) error {
	row := f.fromRow
	for ; f.pieces.has(row); row++ {
		more, err := f.cachedRow(ctx, row, in, out)
		if err != nil || !more {
			return err
		}
	}
	l, err := f.run.estimator(ctx, f.options, f.options.FilmUse())
	if err != nil {
		return err
	}
	defer l.release()
	about := l.Describe()
	f.item.update(func(s *Snapshot) { s.Model, s.Backend, s.Device = l.model.Name, about.Backend, about.Device })
	st := steady.New(steady.Options{
		Strength: f.options.Steady, PerFrame: about.PerFrame, Workers: f.run.cfg.Workers, Pool: f.pool,
	})
	defer st.Close()
	if row > 0 {
		state, err := f.pieces.endState(row - 1)
		if err == nil {
			err = st.Restore(state)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errBadPiece, err)
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	queue := make(chan *estimate, filmsAtOnce) // so that the network need not wait for steadying
	g.Go(func() error {
		defer close(queue)
		return f.askNetwork(ctx, l, in, queue)
	})
	g.Go(func() error { return f.steadied(ctx, st, row, queue, out) })
	err = g.Wait()
	if now := l.Describe().Device; err == nil && now != about.Device {
		f.item.note(fmt.Sprintf("the %s failed; depth is estimated on the %s", about.Device, now))
	}
	return err
}

// askNetwork estimates frames side by side and hands them on in order.
func (f *film) askNetwork(ctx context.Context, est depth.Estimator, in <-chan *filmFrame, queue chan<- *estimate) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(filmsAtOnce)
	for fr := range in {
		e := &estimate{frame: fr, done: make(chan struct{})}
		if err := hand(gctx, queue, e); err != nil {
			break
		}
		g.Go(func() error {
			defer close(e.done)
			begin := time.Now()
			e.depth, e.err = est.Estimate(gctx, fr.pic)
			f.spent.depth.Add(int64(time.Since(begin)))
			f.spent.inference.Add(int64(e.depth.Inference))
			if e.err != nil {
				return fmt.Errorf("estimate the depth of frame %d: %w", fr.index, e.err)
			}
			return nil
		})
	}
	err := g.Wait()
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// steadied puts estimates through the steadying stage and hands frames on with
// what comes out of it, some frames later.
func (f *film) steadied(ctx context.Context, st *steady.Stage, row int, queue <-chan *estimate, out chan<- *filmFrame) error {
	var waiting []*filmFrame
	w := &rowWriter{film: f, row: row}
	defer w.abort()
	drain := func() error {
		for {
			m, ok, err := st.Next(ctx)
			if err != nil || !ok {
				return err
			}
			fr := waiting[0]
			waiting = waiting[1:]
			quantise(m.Map)
			fr.depth, fr.first = m.Map, m.First
			if err := w.add(fr, st); err != nil {
				return err
			}
			if err := hand(ctx, out, fr); err != nil {
				return err
			}
		}
	}
	for e := range queue {
		select {
		case <-e.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if e.err != nil {
			return e.err
		}
		if err := st.Push(ctx, e.frame.pic, e.depth); err != nil {
			return fmt.Errorf("steady the depth of frame %d: %w", e.frame.index, err)
		}
		waiting = append(waiting, e.frame)
		if err := drain(); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	st.End()
	if err := drain(); err != nil {
		return err
	}
	return w.finish(st)
}

// rowWriter brings depth into the cache, a piece for each row of segments. A
// cache that cannot be written costs a note, not the film; only a full disk is
// the film's own trouble, which waits until there is room.
type rowWriter struct {
	film  *film
	row   int
	piece *pieceWriter
	lost  bool // this row is not written any more
}

func (w *rowWriter) add(fr *filmFrame, st *steady.Stage) error {
	if !w.lost {
		if err := w.write(fr); err != nil {
			return err
		}
	}
	if w.film.lastOfRow(fr.index) {
		return w.finish(st)
	}
	return nil
}

func (w *rowWriter) write(fr *filmFrame) (err error) {
	if w.piece == nil {
		w.piece, err = w.film.pieces.create(w.row)
	}
	if err == nil {
		err = w.piece.add(fr.pts, fr.depth, fr.first)
	}
	return w.forgive(err)
}

// finish ends the row's piece, with the state the next one goes on from.
func (w *rowWriter) finish(st *steady.Stage) (err error) {
	if p := w.piece; p != nil {
		w.piece = nil
		err = w.forgive(p.finish(st.State()))
	}
	w.row++
	w.lost = false
	return err
}

func (w *rowWriter) forgive(err error) error {
	if err == nil || errors.Is(err, media.ErrDiskFull) {
		return err
	}
	w.abort()
	w.lost = true
	w.film.item.noteOnce("the depth is not kept for another export: " + err.Error())
	return nil
}

func (w *rowWriter) abort() {
	if w.piece != nil {
		w.piece.abort()
		w.piece = nil
	}
}

// cachedRow gives the frames of one row the depth in the cache. more is false
// when the film has ended.
func (f *film) cachedRow(ctx context.Context, row int, in <-chan *filmFrame, out chan<- *filmFrame) (more bool, err error) {
	p, err := f.pieces.open(row)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errBadPiece, err)
	}
	defer p.close()
	for fr := range in {
		pts, m, first, _, err := p.next()
		if err != nil {
			return false, err
		}
		if m == nil || pts != fr.pts {
			return false, errBadPiece
		}
		fr.depth, fr.first = m, first
		if err := hand(ctx, out, fr); err != nil {
			return false, err
		}
		if f.lastOfRow(fr.index) {
			return true, nil
		}
	}
	return false, ctx.Err()
}

// suppliedDepth gives every frame the depth that the user brings.
func (f *film) suppliedDepth(ctx context.Context, in <-chan *filmFrame, out chan<- *filmFrame) error {
	src, err := f.openSupplied(ctx, f.skipped+f.base)
	if err != nil {
		return fmt.Errorf("depth map: %w", err)
	}
	defer src.close()
	for fr := range in {
		m, err := src.next(ctx)
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: it ends at frame %d, the video goes on", ErrDepthFrames, fr.index)
		}
		if err != nil {
			return fmt.Errorf("depth map: %w", err)
		}
		if err := sameAspect(m, fr.pic); err != nil {
			return fmt.Errorf("depth map %s for %s: %w", f.options.DepthMap, f.in.path, err)
		}
		fr.depth = m
		if err := hand(ctx, out, fr); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// suppliedMaps is a row of depth maps, one for each frame.
type suppliedMaps struct {
	next  func(ctx context.Context) (*pix.Map, error)
	close func()
}

// openSupplied opens --depth-map: a folder of pictures in the order of their
// numbers, a grey video, or one picture for all frames. Maps count from the
// film's first frame; the first of them are skipped.
func (f *film) openSupplied(ctx context.Context, skip int64) (*suppliedMaps, error) {
	path := f.options.DepthMap
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	lim := media.Limits{MaxPixels: f.options.MaxPixels}
	if st.IsDir() {
		return f.depthFolder(path, skip, lim)
	}
	format, err := media.Sniff(path)
	if err != nil {
		return nil, err
	}
	if format == media.FormatVideo {
		return f.depthVideo(ctx, path, skip)
	}
	m, err := media.DecodeMap(ctx, path, lim)
	if err != nil {
		return nil, err
	}
	return &suppliedMaps{
		next:  func(context.Context) (*pix.Map, error) { return m, nil }, // not pooled: Release leaves it
		close: func() {},
	}, nil
}

func (f *film) depthFolder(path string, skip int64, lim media.Limits) (*suppliedMaps, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, natural)
	at := int(skip)
	return &suppliedMaps{
		next: func(ctx context.Context) (*pix.Map, error) {
			if at >= len(names) {
				return nil, io.EOF
			}
			at++
			return media.DecodeMap(ctx, filepath.Join(path, names[at-1]), lim)
		},
		close: func() {},
	}, nil
}

func (f *film) depthVideo(ctx context.Context, path string, skip int64) (*suppliedMaps, error) {
	info, err := media.ProbeVideoHead(ctx, path)
	if err != nil {
		return nil, err
	}
	r, err := media.OpenVideo(ctx, info, media.VideoReadOptions{Gray16: true, Pool: f.pool})
	if err != nil {
		return nil, err
	}
	return &suppliedMaps{
		next: func(context.Context) (*pix.Map, error) {
			for ; ; skip-- {
				fr, err := r.Next()
				if err != nil {
					return nil, err
				}
				if skip <= 0 {
					m := f.pool.Map(fr.Pic.W, fr.Pic.H)
					greyMap(m, fr.Pic)
					fr.Pic.Release()
					return m, nil
				}
				fr.Pic.Release()
			}
		},
		close: func() { r.Close() },
	}, nil
}

// greyMap reads 16-bit grey as nearness: full range is 0..1.
func greyMap(m *pix.Map, pic *pix.Picture) {
	p := &pic.Planes[0]
	for y := range m.H {
		row, src := m.Row(y), p.Pix16[y*p.Stride:]
		for x := range row {
			row[x] = float32(src[x]) / 65535
		}
	}
}
