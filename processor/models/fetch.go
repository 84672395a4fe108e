package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// How a download behaves towards a server that fails.
const (
	maxTries     = 8                // without getting further, for an only address
	fewTries     = 4                // where there are others, or the address's name is unknown
	firstPause   = time.Second / 2  // doubles with every try without progress
	longestPause = 30 * time.Second //
	patience     = 10 * time.Minute // the longest Retry-After that is waited for
	gotFurther   = 64 << 10         // bytes that count as progress
)

// want is one file to fetch. All sources hold the same bytes.
type want struct {
	label   string // for messages
	part    string // where the unfinished file lies; its state lies beside it
	sources []string
	bytes   int64  // 0 when unknown
	limit   int64  // more than this is never accepted
	sha256  string // "" when nobody published it
	// provable: verify finds a missing end without knowing size or hash.
	provable bool
	// verify checks the whole part; it is called with the part synced.
	verify func(ctx context.Context, part string) error
	// total is told the size once a server names it.
	total func(n int64)
}

func (w *want) statePath() string { return w.part + ".json" }

// discard forgets what was fetched.
func (w *want) discard() {
	os.Remove(w.part)
	os.Remove(w.statePath())
}

// fetcher fetches one file after another. It is for one goroutine.
type fetcher struct {
	s   *Store
	c   *client
	m   *meter
	ctl *control
	buf []byte
}

// sourcesError holds what went wrong at each address.
type sourcesError struct {
	label string
	errs  []error
}

func (e *sourcesError) Error() string {
	var b strings.Builder
	for i, err := range e.errs {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(err.Error())
	}
	return e.label + ": " + b.String()
}

func (e *sourcesError) Unwrap() []error { return e.errs }

// ends reports whether err ends the whole download, whatever the address.
func ends(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, ErrNoSpace) || errors.Is(err, ErrReadOnly) || errors.Is(err, ErrChanged)
}

// fetch brings w.part, whole and verified, from the first source that works.
func (f *fetcher) fetch(ctx context.Context, w *want) error {
	failed := &sourcesError{label: w.label}
	for _, src := range w.sources {
		src = f.c.rewrite(src)
		err := f.fromSource(ctx, w, src)
		if err == nil {
			return nil
		}
		if ends(ctx, err) {
			return fmt.Errorf("%s: %w", w.label, err)
		}
		failed.errs = append(failed.errs, fmt.Errorf("%s: %w", hostOf(src), err))
	}
	return failed
}

func hostOf(addr string) string {
	if u, err := url.Parse(addr); err == nil {
		return u.Host
	}
	return addr
}

// fromSource tries one address until the file is there, the address turns out
// to be no good, or nothing got further for maxTries attempts.
func (f *fetcher) fromSource(ctx context.Context, w *want, src string) error {
	furthest, tries, restarts := partSize(w.part), 0, 0
	for {
		if err := f.ctl.gate(ctx); err != nil {
			return err
		}
		fresh := partSize(w.part) == 0
		err := f.attempt(ctx, w, src)
		if err == nil {
			err = f.verified(ctx, w)
		}
		var v verdict
		switch errors.As(err, &v); {
		case err == nil:
			return nil
		case errors.Is(err, errPaused):
			continue
		case errors.Is(err, ErrHash):
			w.discard()
			if restarts++; restarts > w.secondChances(fresh) {
				return err
			}
			furthest = 0
			continue
		case ends(ctx, err) || v.final:
			return err
		}
		if n := partSize(w.part); n >= furthest+gotFurther {
			furthest, tries = n, 0
		} else if tries++; tries >= w.patience(err) {
			return err
		}
		if err := f.pauseAfter(ctx, fmt.Errorf("%s: %w", hostOf(src), err), max(v.after, min(firstPause<<tries, longestPause))); err != nil {
			return err
		}
	}
}

// secondChances is how often a whole but wrong file is fetched anew. What was
// there before this attempt may have come from another address or been
// damaged; and without a published hash, what looks whole may have been cut.
func (w *want) secondChances(fresh bool) int {
	switch {
	case w.sha256 == "":
		return 2
	case fresh:
		return 0
	}
	return 1
}

// patience is how many tries without progress an address gets.
func (w *want) patience(err error) int {
	if len(w.sources) > 1 || errors.Is(err, ErrUnreachable) {
		return fewTries
	}
	return maxTries
}

// pauseAfter waits before the next try and says so. Pausing the download ends
// the wait; the loop's gate then holds it.
func (f *fetcher) pauseAfter(ctx context.Context, cause error, d time.Duration) error {
	f.m.stage(StageRetrying, fmt.Sprintf("%v; trying again in %v", cause, d))
	actx, end := f.ctl.attempt(ctx)
	defer end()
	if err := sleep(actx, d); err != nil && !errors.Is(err, errPaused) {
		return err
	}
	return nil
}

// verified checks a whole part against its hash, or whatever else is known.
func (f *fetcher) verified(ctx context.Context, w *want) error {
	f.m.stage(StageVerifying, "")
	return w.verify(ctx, w.part)
}

func partSize(path string) int64 {
	st, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return st.Size()
}

// verdict is an attempt's error with what it means for this address.
type verdict struct {
	err   error
	final bool          // asking again will not help
	after time.Duration // the server's own wish
}

func (v verdict) Error() string { return v.err.Error() }
func (v verdict) Unwrap() error { return v.err }

func final(err error) error { return verdict{err: err, final: true} }

// attempt makes one request and appends what comes to the part. A nil error
// means the part is whole as far as lengths can tell, and on the disk.
func (f *fetcher) attempt(ctx context.Context, w *want, src string) (err error) {
	actx, end := f.ctl.attempt(ctx)
	defer end()
	p, err := openPart(w, src)
	if err != nil {
		return diskError(err, w.part)
	}
	defer func() {
		if cerr := p.close(w); err == nil {
			err = diskError(cerr, w.part)
		}
	}()
	f.m.at(p.off)
	if p.whole(w) {
		return nil
	}
	f.m.stage(StageDownloading, "")
	err = f.request(actx, w, p, src)
	if err != nil && errors.Is(context.Cause(actx), errPaused) {
		return errPaused
	}
	return err
}

// copyBody appends body to the part. total is the size of the whole file, -1
// when unknown; alive is called with every sign of life.
func (f *fetcher) copyBody(w *want, p *part, body io.Reader, total int64, alive func()) error {
	if f.buf == nil {
		f.buf = make([]byte, 256<<10)
	}
	pace := newPace()
	checked := p.off
	for {
		n, rerr := body.Read(f.buf)
		alive()
		if err := f.store(w, p, f.buf[:n]); err != nil {
			return err
		}
		if p.off-checked >= spaceEvery {
			checked = p.off
			if err := f.checkpoint(w, p, total); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(rerr, io.EOF):
			if total >= 0 && p.off != total {
				return fmt.Errorf("after %d of %d bytes: %w", p.off, total, io.ErrUnexpectedEOF)
			}
			return nil
		case rerr != nil:
			return fmt.Errorf("after %d bytes: %w", p.off, plainCause(rerr))
		case pace.tooSlow(n):
			return fmt.Errorf("%w: under %s a second", ErrStalled, FormatBytes(slowest))
		}
	}
}

// store appends what was read to the part, unless it cannot belong to the file.
func (f *fetcher) store(w *want, p *part, b []byte) error {
	switch {
	case len(b) == 0:
		return nil
	case p.off+int64(len(b)) > w.limit:
		return final(fmt.Errorf("%w: more than %d bytes came", ErrSize, w.limit))
	case p.off == 0 && looksLikeHTML(b):
		return final(webPage())
	}
	if err := p.append(b); err != nil {
		return diskError(err, w.part)
	}
	f.m.at(p.off)
	return nil
}

// checkpoint looks at the free space and, where no hash will tell whether the
// bytes before a crash are good, brings them to the disk.
func (f *fetcher) checkpoint(w *want, p *part, total int64) error {
	if err := f.s.checkSpace(filepath.Dir(w.part), total-p.off); err != nil {
		return err
	}
	if w.sha256 != "" {
		return nil
	}
	return diskError(p.save(w), w.part)
}

// spaceEvery is how much is written between two looks at the free space.
const spaceEvery = 32 << 20

// A connection slower than this for paceWindow counts as lost.
const (
	slowest    = 2 << 10 // bytes a second
	paceWindow = time.Minute
	idleLimit  = 30 * time.Second // without a single byte
)

// pace notices a connection that trickles.
type pace struct {
	since time.Time
	got   int64
}

func newPace() *pace { return &pace{since: time.Now()} }

func (p *pace) tooSlow(n int) bool {
	p.got += int64(n)
	now := time.Now()
	dt := now.Sub(p.since)
	if dt < paceWindow {
		return false
	}
	slow := float64(p.got) < slowest*dt.Seconds()
	p.since, p.got = now, 0
	return slow
}
