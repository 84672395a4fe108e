package models

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// request asks src for what is missing of the part and copies the answer.
func (f *fetcher) request(ctx context.Context, w *want, p *part, src string) error {
	u, err := url.Parse(src)
	if err != nil {
		return final(fmt.Errorf("%w: %w", ErrHost, plainCause(err)))
	}
	if err := f.c.checkURL(u); err != nil {
		return final(err)
	}
	ctx, stalled := context.WithCancelCause(ctx)
	defer stalled(nil)
	watchdog := time.AfterFunc(headerTimeout+connectTimeout, func() {
		stalled(fmt.Errorf("%w: no answer for %v", ErrStalled, headerTimeout+connectTimeout))
	})
	defer watchdog.Stop()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, src, nil)
	if err != nil {
		return final(err)
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept-Encoding", "identity") // ranges count the file's own bytes
	if p.off > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", p.off))
		if v := p.state.validator(); v != "" {
			req.Header.Set("If-Range", v)
		}
	}
	resp, err := f.c.http.Do(req)
	if err != nil {
		return sendError(ctx, err)
	}
	defer resp.Body.Close()
	total, err := f.accept(w, p, resp)
	if err != nil {
		return err
	}
	watchdog.Reset(idleLimit)
	err = f.copyBody(w, p, resp.Body, total, func() { watchdog.Reset(idleLimit) })
	if err == nil && w.bytes > 0 && p.off != w.bytes {
		return final(fmt.Errorf("%w: the server sent %d bytes, not %d", ErrSize, p.off, w.bytes))
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && errors.Is(cause, ErrStalled) {
		err = cause
	}
	return err
}

// sendError sorts the errors of a request that got no answer.
func sendError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	err = plainCause(err)
	var cert *tls.CertificateVerificationError
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return fmt.Errorf("%w: %s", ErrUnreachable, dns.Err)
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return fmt.Errorf("%w: %w", ErrUnreachable, op.Err)
	case errors.Is(err, ErrHost), errors.Is(err, ErrNotFound):
		return final(err)
	case errors.As(err, &cert):
		return final(withHint(fmt.Errorf("%w: its certificate is not trusted: %w", ErrDenied, err),
			"something between here and the server answers in its place, such as a hotel's login page or a company's proxy"))
	}
	return err
}

// accept judges the answer's head. It leaves the part cut to where the body
// belongs and returns the size of the whole file, -1 when the server does not
// say.
func (f *fetcher) accept(w *want, p *part, resp *http.Response) (int64, error) {
	off, total, err := placed(p, resp)
	if err == nil {
		err = w.fits(total, resp)
	}
	if err != nil {
		return 0, err
	}
	if err := p.cut(off); err != nil {
		return 0, diskError(err, w.part)
	}
	if total > 0 {
		w.total(total)
	}
	if err := f.s.checkSpace(filepath.Dir(w.part), total-off); err != nil {
		return 0, err
	}
	p.state.ETag, p.state.LastModified = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	p.state.Total = max(total, 0)
	return total, diskError(p.save(w), w.part)
}

// placed says where in the file the answer's body belongs and how large the
// file is, from the status and the range.
func placed(p *part, resp *http.Response) (off, total int64, err error) {
	switch resp.StatusCode {
	case http.StatusOK:
		return 0, resp.ContentLength, nil
	case http.StatusPartialContent:
		off, total, ok := contentRange(resp.Header.Get("Content-Range"))
		if !ok || off != p.off || !sameFile(p.state, resp) {
			// Another part than asked for, or of another file.
			return 0, 0, errors.Join(fmt.Errorf("%w: the server's file changed or its range is wrong", ErrSize), restart(p))
		}
		return off, total, nil
	case http.StatusRequestedRangeNotSatisfiable:
		return 0, 0, errors.Join(fmt.Errorf("%w: the server has fewer bytes than were fetched before", ErrSize), restart(p))
	}
	return 0, 0, statusError(resp)
}

// fits refuses an answer that cannot be the file.
func (w *want) fits(total int64, resp *http.Response) error {
	switch {
	case isHTML(resp):
		return final(webPage())
	case w.bytes > 0 && total >= 0 && total != w.bytes:
		return final(fmt.Errorf("%w: the server has %d bytes, not %d", ErrSize, total, w.bytes))
	case total > w.limit:
		return final(fmt.Errorf("%w: the server has %d bytes, at most %d were expected", ErrSize, total, w.limit))
	case total < 0 && w.bytes == 0 && w.sha256 == "" && !w.provable && !framed(resp):
		return final(fmt.Errorf("%w: the server does not say how many bytes it sends, so nothing would tell whether all came", ErrSize))
	}
	return nil
}

// framed reports whether a lost connection can be told from the end of the
// answer.
func framed(resp *http.Response) bool {
	return resp.ContentLength >= 0 || resp.ProtoMajor > 1 || slices.Contains(resp.TransferEncoding, "chunked")
}

// restart forgets the part's bytes, so that the next try asks for all.
func restart(p *part) error {
	p.state.ETag, p.state.LastModified, p.state.Safe = "", "", 0
	return p.cut(0)
}

// sameFile reports whether a partial answer names the validators of the part.
func sameFile(s partState, resp *http.Response) bool {
	etag, date := resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	return (s.ETag == "" || etag == "" || s.ETag == etag) &&
		(s.LastModified == "" || date == "" || s.LastModified == date || s.ETag != "")
}

// contentRange reads "bytes 5-9/10"; an unknown size ("*") comes back as -1.
func contentRange(h string) (off, total int64, ok bool) {
	rest, found := strings.CutPrefix(h, "bytes ")
	span, size, found2 := strings.Cut(rest, "/")
	from, to, found3 := strings.Cut(span, "-")
	if !found || !found2 || !found3 {
		return 0, 0, false
	}
	off, err := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	if err != nil || err2 != nil || off < 0 || last < off {
		return 0, 0, false
	}
	if size == "*" {
		return off, -1, true
	}
	total, err = strconv.ParseInt(size, 10, 64)
	return off, total, err == nil && last < total
}

// statusError says what an answer other than the file means.
func statusError(resp *http.Response) error {
	said := fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	after := retryAfter(resp.Header.Get("Retry-After"))
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return final(withHint(fmt.Errorf("%w (%s)", ErrDenied, said),
			"a model behind a login on Hugging Face needs an access token in HF_TOKEN"))
	case code == http.StatusNotFound || code == http.StatusGone:
		return final(fmt.Errorf("%w (%s)", ErrNotFound, said))
	case after > patience:
		return final(fmt.Errorf("%w, in %v (%s)", ErrBusy, after, said))
	case code == http.StatusTooManyRequests || (code == http.StatusServiceUnavailable && after > 0):
		return verdict{err: fmt.Errorf("%w (%s)", ErrBusy, said), after: after}
	case code == http.StatusRequestTimeout || code == http.StatusTooEarly || code >= 500:
		return fmt.Errorf("the server has trouble (%s)", said)
	}
	return final(fmt.Errorf("unexpected answer (%s)", said))
}

// retryAfter reads a number of seconds or a date; 0 when there is neither.
func retryAfter(h string) time.Duration {
	if n, err := strconv.Atoi(h); err == nil && n > 0 && n < 1<<30 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(h); err == nil {
		return max(0, time.Until(t))
	}
	return 0
}

func isHTML(resp *http.Response) bool {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && (kind == "text/html" || kind == "application/xhtml+xml")
}

// looksLikeHTML reports whether a body begins like a page, whatever its header
// says. No model file begins with "<".
func looksLikeHTML(b []byte) bool {
	b = bytes.ToLower(bytes.TrimLeft(b[:min(len(b), 512)], "\xef\xbb\xbf \t\r\n"))
	return bytes.HasPrefix(b, []byte("<!doctype")) || bytes.HasPrefix(b, []byte("<html"))
}

func webPage() error {
	return withHint(ErrWebPage, "the network may want a login first: open any page in a browser, then try again")
}
