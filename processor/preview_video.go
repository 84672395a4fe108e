package processor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"spatialmaker/processor/media"
)

// previewFilm is a video in the preview, read on where requests follow each other
// frame by frame, as playing does, and sought in else.
type previewFilm struct {
	key    sourceKey // without a moment
	info   *media.VideoInfo
	padW   int // columns and rows that an export adds to its frames
	padH   int
	reader *media.VideoReader
	stop   context.CancelFunc
	at     time.Duration // of the frame read last
	pts    int64         // the same on its own clock
}

// frameTime is how long a frame of the film stands.
func (f *previewFilm) frameTime() time.Duration {
	if fps := f.info.Video.FrameRate.Float(); fps > 0 {
		return time.Duration(float64(time.Second) / fps)
	}
	return 40 * time.Millisecond // a still picture in a film's clothes
}

func (f *previewFilm) close() {
	if f == nil || f.reader == nil {
		return
	}
	f.stop()
	_ = f.reader.Close() // nothing was written that could be lost
	f.reader = nil
}

// openFilm looks into the file of key, which has no moment, if it is a video.
func (p *Preview) openFilm(ctx context.Context, key sourceKey) (ok bool, err error) {
	if p.film != nil && p.film.key == key {
		return true, nil
	}
	if format, err := media.Sniff(key.path); err != nil || format != media.FormatVideo {
		return false, nil //nolint:nilerr // who reads it tells
	}
	p.film.close()
	p.film = nil
	info, err := media.ProbeVideo(ctx, key.path)
	if err != nil {
		return true, err
	}
	p.film = &previewFilm{key: key, info: info}
	return true, nil
}

// pad has frames read with the columns and rows that an export with these
// options gives them, and returns how many those are.
func (f *previewFilm) pad(o Options) (w, h int) {
	w, h = padding(media.DecodedLayout(f.info), o)
	if w != f.padW || h != f.padH {
		f.close()
		f.padW, f.padH = w, h
	}
	return w, h
}

// frame returns the picture of the film that stands at the request's moment,
// or its last one.
func (p *Preview) frame(ctx context.Context, q PreviewRequest) (*media.Photo, error) {
	f := p.film
	if n := int64(f.info.Video.W) * int64(f.info.Video.H); n > q.Options.MaxPixels {
		return nil, fmt.Errorf("%s: frames of %dx%d: %w", q.Path, f.info.Video.W, f.info.Video.H, media.ErrTooLarge)
	}
	step := f.frameTime()
	if f.reader != nil && q.At > f.at && q.At <= f.at+step*3/2 {
		if photo, err := f.next(ctx); err == nil {
			return photo, nil
		}
	}
	return f.stand(ctx, q.At)
}

// stand returns the frame that stands at a moment, or the last one.
func (f *previewFilm) stand(ctx context.Context, at time.Duration) (*media.Photo, error) {
	if f.info.Duration > 0 {
		at = min(at, f.info.Duration)
	}
	photo, err := f.seek(ctx, at)
	for back := f.frameTime(); behind(err) && at > 0 && back < 8*time.Second; back *= 4 {
		photo, err = f.last(ctx, max(at-back, 0)) // behind the last frame: look for that
	}
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: no picture at %v: %w", f.info.Path, at, media.ErrTruncated)
	}
	return photo, err
}

// behind says that there is no frame from the wanted moment on.
func behind(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, media.ErrTruncated)
}

// seek starts reading at a moment and returns the first frame from there.
func (f *previewFilm) seek(ctx context.Context, at time.Duration) (*media.Photo, error) {
	f.close()
	// The reader outlives the request: the next one may go on with it.
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	r, err := media.OpenVideo(run, f.info, media.VideoReadOptions{Start: at, PadW: f.padW, PadH: f.padH})
	if err != nil {
		stop()
		return nil, err
	}
	f.reader, f.stop = r, stop
	return f.next(ctx)
}

// next returns the following frame. A ctx that ends kills the decoder.
func (f *previewFilm) next(ctx context.Context) (*media.Photo, error) {
	unhook := context.AfterFunc(ctx, f.stop)
	fr, err := f.reader.Next()
	unhook()
	if err != nil {
		f.close()
		return nil, errors.Join(ctx.Err(), err)
	}
	v := &f.info.Video
	f.at, f.pts = v.TimeBase.Duration(fr.PTS)-f.info.Start, fr.PTS
	return &media.Photo{Picture: fr.Pic, Format: media.FormatVideo, Notes: f.reader.Notes()}, nil
}

// last reads from a moment to the end and returns the last frame.
func (f *previewFilm) last(ctx context.Context, from time.Duration) (*media.Photo, error) {
	photo, err := f.seek(ctx, from)
	for err == nil {
		following, ferr := f.next(ctx)
		if behind(ferr) {
			return photo, nil
		}
		photo, err = following, ferr
	}
	return nil, err
}
