package processor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"spatialmaker/processor/media"
)

// encode compresses the pictures of all outputs into rows of segments. A row
// is finished while the next one begins: encoders hold many frames back.
func (f *film) encode(ctx context.Context, in <-chan *filmFrame) error {
	g, ctx := errgroup.WithContext(ctx)
	rows := make(chan *segmentRow)
	g.Go(func() error {
		for r := range rows {
			if err := r.finish(); err != nil {
				return err
			}
			close(r.done)
		}
		return nil
	})
	g.Go(func() error {
		defer close(rows)
		return f.fillRows(ctx, in, rows)
	})
	return g.Wait()
}

// segmentRow is one segment of every output.
type segmentRow struct {
	film    *film
	writers []*media.SegmentWriter // one for each output, nil for the spatial film
	entry   journalRow
	done    chan struct{} // closed when the row is finished
}

func (f *film) fillRows(ctx context.Context, in <-chan *filmFrame, rows chan<- *segmentRow) error {
	// The first encoders start while the first frame is on its way.
	r, err := f.startRow(ctx, f.fromRow)
	if err != nil {
		return err
	}
	defer func() {
		if r != nil {
			r.abort()
		}
	}()
	next := f.fromRow + 1
	pass := func() error {
		done := r
		r = nil
		if err := hand(ctx, rows, done); err != nil {
			done.abort()
			return err
		}
		return f.awaitEncoder(ctx, done)
	}
	for fr := range in {
		if r == nil {
			if r, err = f.startRow(ctx, next); err != nil {
				return err
			}
			next++
		}
		begin := time.Now()
		err := r.write(ctx, fr)
		f.spent.encode.Add(int64(time.Since(begin)))
		last := f.lastOfRow(fr.index)
		fr.free()
		if err != nil {
			return err
		}
		f.item.advance(1)
		if last {
			if err := pass(); err != nil {
				return err
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if r != nil && len(r.entry.Times) > 0 {
		return pass()
	}
	return nil
}

// oneEncoder reports whether a row must be finished before the next begins, as
// two encoders of such pictures take too much memory.
func (f *film) oneEncoder() bool {
	return slices.ContainsFunc(f.outs, func(o filmOutput) bool { return o.encoding.Large() })
}

// awaitEncoder waits until a row is finished where the next must not begin
// before.
func (f *film) awaitEncoder(ctx context.Context, r *segmentRow) error {
	if !f.oneEncoder() {
		return nil
	}
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *film) startRow(ctx context.Context, row int) (*segmentRow, error) {
	if free, err := freeSpace(f.work.dir); err == nil && free < roomNeeded {
		return nil, fmt.Errorf("begin segment %d in %s: %w (%d MB left)", row, f.work.dir, media.ErrDiskFull, free>>20)
	}
	r := &segmentRow{film: f, done: make(chan struct{})}
	for i, o := range f.outs {
		if f.spatial.is(i) {
			r.writers = append(r.writers, nil)
			continue
		}
		w, err := media.StartSegment(ctx, f.work.segment(row, i), o.encoding)
		if err != nil {
			r.abort()
			return nil, err
		}
		r.writers = append(r.writers, w)
	}
	return r, nil
}

func (r *segmentRow) write(ctx context.Context, fr *filmFrame) error {
	for i, w := range r.writers {
		var err error
		if w == nil {
			err = r.film.spatial.write(ctx, fr.packed[i], fr.pts)
		} else {
			err = w.Write(fr.packed[i])
		}
		if err != nil {
			return err
		}
	}
	r.entry.Times = append(r.entry.Times, fr.pts)
	r.entry.Screen = fr.screen
	return nil
}

// finish waits for the encoders and enters the row into the journal.
func (r *segmentRow) finish() error {
	var segments []int
	for i, w := range r.writers {
		if w == nil {
			continue
		}
		if err := w.Close(); err != nil {
			r.abort()
			return err
		}
		segments = append(segments, i)
	}
	f := r.film
	if err := f.work.finish(r.entry, segments); err != nil {
		return err
	}
	f.fromFrame += int64(len(r.entry.Times))
	// A source that is gone gives no sound later: better told now than in the end.
	return f.id.unchanged(f.in.path)
}

func (r *segmentRow) abort() {
	for _, w := range r.writers {
		if w != nil {
			w.Abort() // nothing for those that are closed
		}
	}
}
