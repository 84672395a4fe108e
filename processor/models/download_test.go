package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const addr = "https://one.test/a/model.onnx"

func contentSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestDownloadInstalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := modelBytes(1, 300_000)
		web := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, r, b) })
		s := storeFor(t, web, oneFile(t, sumOf(b), len(b), addr), nil)
		d := s.Start(t.Context(), "m", DownloadOptions{})
		m, err := d.Wait()
		if err != nil {
			t.Fatal(err)
		}
		holds(t, s, m, b)
		if p := d.Progress(); p.Stage != StageDone || p.Done != int64(len(b)) || p.Total != p.Done || !p.Exact || p.Fraction() != 1 {
			t.Errorf("progress at the end: %+v", p)
		}
		if m, err = s.Download(t.Context(), "family0", DownloadOptions{}); err != nil || web.count() != 1 {
			t.Errorf("fetched again: %v, %v, %d requests", m, err, web.count())
		}
	})
}

// Fifty connections are lost at random places; the file still comes out exact,
// and no byte but those in flight is fetched twice.
func TestDownloadSurvivesFiftyCuts(t *testing.T) {
	for _, known := range []bool{true, false} {
		t.Run(fmt.Sprintf("published hash %v", known), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := modelBytes(2, 2_000_000)
				rnd := rand.New(rand.NewPCG(3, 4))
				cuts := 0
				web := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if cuts < 50 {
						cuts++
						cutAfter(w, r, b, rnd.IntN(len(b)/30))
					}
					send(w, r, b)
				})
				sum := sumOf(b)
				if !known {
					sum = ""
				}
				s := storeFor(t, web, oneFile(t, sum, len(b), addr), nil)
				m, err := s.Download(t.Context(), "m", DownloadOptions{})
				if err != nil {
					t.Fatal(err)
				}
				holds(t, s, m, b)
				if web.count() != 51 || m.FirstUse == known {
					t.Errorf("%d requests, first use %v", web.count(), m.FirstUse)
				}
				if extra := web.sent() - int64(len(b)); extra > 50*300<<10 {
					t.Errorf("%d bytes were sent twice", extra)
				}
			})
		})
	}
}

// Each server here is broken for good. The error says what is wrong and where,
// in one line, and the store stays empty.
func TestBrokenServers(t *testing.T) {
	b := modelBytes(5, 200_000)
	wrong := modelBytes(6, 200_000)
	page := "<!DOCTYPE html><html><body>Welcome to Hotel Wi-Fi, please log in</body></html>"
	for _, c := range []struct {
		name   string
		sum    string // of the catalogue; "-" for none published
		size   int    // of the catalogue; -1 for unknown
		serve  http.HandlerFunc
		want   error
		says   string
		within time.Duration // of the false clock
	}{
		{name: "too little", serve: func(w http.ResponseWriter, r *http.Request) { send(w, r, b[:1000]) }, want: ErrSize, says: "1000 bytes, not 200"},
		{name: "too little, in chunks", serve: func(w http.ResponseWriter, r *http.Request) { chunks(w, b[:1000]) }, want: ErrSize, says: "1000 bytes"},
		{name: "too much", serve: func(w http.ResponseWriter, r *http.Request) { send(w, r, append(b[:len(b):len(b)], "more"...)) }, want: ErrSize},
		{name: "too much, in chunks", serve: func(w http.ResponseWriter, r *http.Request) { chunks(w, append(b[:len(b):len(b)], "more"...)) }, want: ErrSize, says: "more than"},
		{name: "wrong bytes", serve: func(w http.ResponseWriter, r *http.Request) { send(w, r, wrong) }, want: ErrHash, says: sumOf(wrong)},
		{name: "wrong bytes without a hash", sum: "-", serve: func(w http.ResponseWriter, r *http.Request) { send(w, r, make([]byte, len(b))) }, want: ErrHash, says: "ONNX"},
		{name: "404", serve: status(404), want: ErrNotFound, says: "404 Not Found"},
		{name: "410", serve: status(410), want: ErrNotFound},
		{name: "401", serve: status(401), want: ErrDenied},
		{name: "403", serve: status(403), want: ErrDenied},
		{name: "418", serve: status(418), says: "418"},
		{name: "500 for ever", serve: status(500), says: "500 Internal Server Error", within: 3 * time.Minute},
		{name: "429 for ever", serve: retryLater("7"), want: ErrBusy, says: "429", within: 3 * time.Minute},
		{name: "429 until tomorrow", serve: retryLater("86400"), want: ErrBusy, says: "24h", within: time.Second},
		{name: "endless redirects", serve: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://two.test"+r.URL.Path+"x", http.StatusFound)
		}, want: ErrNotFound, says: "redirects", within: time.Second},
		{name: "redirect to a stranger", serve: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://one.test.evil.example/m", http.StatusFound)
		}, want: ErrHost, says: "evil.example", within: time.Second},
		{name: "redirect to plain http", serve: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://one.test/m", http.StatusFound)
		}, want: ErrHost, says: "not https", within: time.Second},
		{name: "login page", serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, page)
		}, want: ErrWebPage, within: time.Second},
		{name: "login page that claims to be a file", size: -1, sum: "-", serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			io.WriteString(w, "\n "+page)
		}, want: ErrWebPage, within: time.Second},
		{name: "hangs before the answer", serve: func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, want: ErrStalled, says: "no answer", within: 10 * time.Minute},
		{name: "hangs in the middle", serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(b)))
			w.Write(b[:100])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, want: ErrStalled, within: 10 * time.Minute},
		{name: "trickles a byte a second", serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(b)))
			for i := range b {
				w.Write(b[i : i+1])
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-time.After(time.Second):
				}
			}
		}, want: ErrStalled, says: "a second", within: 15 * time.Minute},
		{name: "cuts before the first byte, for ever", serve: func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, says: "EOF", within: 3 * time.Minute},
		{name: "unknown size, ends with the connection", size: -1, sum: "-", serve: func(w http.ResponseWriter, r *http.Request) { untilClose(w, b[:len(b)/2]) }, want: ErrHash},
		{name: "unknown size and far too much", size: -1, serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(int64(maxUnknown)+1))
			w.WriteHeader(200)
		}, want: ErrSize, within: time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sum, size := sumOf(b), len(b)
				if c.sum == "-" {
					sum = ""
				}
				if c.size < 0 {
					size = 0
				}
				web := serve(t, c.serve)
				s := storeFor(t, web, oneFile(t, sum, size, addr), nil)
				start := time.Now()
				d := s.Start(t.Context(), "m", DownloadOptions{})
				_, err := d.Wait()
				if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
				clear(t, err, "m: ", "one.test", c.says)
				nothing(t, s)
				if took := time.Since(start); c.within > 0 && took > c.within {
					t.Errorf("gave up after %v, want within %v", took, c.within)
				}
				if p := d.Progress(); p.Stage != StageFailed || p.Note != err.Error() {
					t.Errorf("progress says %+v", p)
				}
			})
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func retryLater(after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

// chunks sends b without saying how long it is.
func chunks(w http.ResponseWriter, b []byte) {
	w.(http.Flusher).Flush()
	w.Write(b)
}

// untilClose answers as HTTP/1.0 did: the end of the connection is the end.
func untilClose(w http.ResponseWriter, b []byte) {
	conn, buf, err := w.(*counted).ResponseWriter.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	buf.WriteString("HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n")
	buf.Write(b)
	buf.Flush()
}

// Each server here does something odd once or always, and the download still
// comes to its end.
func TestOddServers(t *testing.T) {
	b := modelBytes(7, 400_000)
	for _, c := range []struct {
		name    string
		unknown bool // neither size nor hash are published
		serve   func(n int, w http.ResponseWriter, r *http.Request)
		check   func(t *testing.T, web *site, took time.Duration)
	}{
		{name: "no length", serve: func(_ int, w http.ResponseWriter, _ *http.Request) { chunks(w, b) }},
		{name: "no length, nothing known", unknown: true, serve: func(_ int, w http.ResponseWriter, _ *http.Request) { chunks(w, b) }},
		{name: "ends with the connection, nothing known", unknown: true, serve: func(_ int, w http.ResponseWriter, _ *http.Request) { untilClose(w, b) }},
		{name: "ends with the connection too early, once", unknown: true, serve: func(n int, w http.ResponseWriter, _ *http.Request) {
			untilClose(w, b[:len(b)>>(1-min(n, 1))])
		}},
		{name: "ignores ranges", serve: func(n int, w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Range")
			if n < 5 {
				cutAfter(w, r, b, 50_000+n*60_000)
			}
			send(w, r, b)
		}},
		{name: "answers another range", serve: func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				cutAfter(w, r, b, 100_000)
			}
			if n == 1 {
				r.Header.Set("Range", "bytes=7-")
			}
			send(w, r, b)
		}},
		{name: "a shorter range than asked for", serve: func(n int, w http.ResponseWriter, r *http.Request) {
			var from int
			fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
			r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, min(from+99_999, len(b)-1)))
			send(w, r, b)
		}, check: func(t *testing.T, web *site, _ time.Duration) {
			if web.count() != 5 {
				t.Errorf("%d requests", web.count())
			}
		}},
		{name: "500 twice", serve: func(n int, w http.ResponseWriter, r *http.Request) {
			if n < 2 {
				w.WriteHeader(500)
				return
			}
			send(w, r, b)
		}},
		{name: "429 with seconds", serve: func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				retryLater("90")(w, r)
				return
			}
			send(w, r, b)
		}, check: func(t *testing.T, _ *site, took time.Duration) {
			if took < 90*time.Second || took > 92*time.Second {
				t.Errorf("waited %v", took)
			}
		}},
		{name: "503 with a date", serve: func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				w.Header().Set("Retry-After", time.Now().Add(2*time.Minute).UTC().Format(http.TimeFormat))
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			send(w, r, b)
		}, check: func(t *testing.T, _ *site, took time.Duration) {
			if took < 118*time.Second || took > 122*time.Second {
				t.Errorf("waited %v", took)
			}
		}},
		{name: "hangs once", serve: func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				<-r.Context().Done()
				return
			}
			send(w, r, b)
		}},
		{name: "redirects to its network", serve: func(n int, w http.ResponseWriter, r *http.Request) {
			if r.Host == "one.test" {
				http.Redirect(w, r, "https://edge7.cdn.test/x?sig=1", http.StatusFound)
				return
			}
			send(w, r, b)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := -1
				web := serve(t, func(w http.ResponseWriter, r *http.Request) { n++; c.serve(n, w, r) })
				sum, size := sumOf(b), len(b)
				if c.unknown {
					sum, size = "", 0
				}
				s := storeFor(t, web, oneFile(t, sum, size, addr), nil)
				start := time.Now()
				m, err := s.Download(t.Context(), "m", DownloadOptions{})
				if err != nil {
					t.Fatal(err)
				}
				holds(t, s, m, b)
				if c.check != nil {
					c.check(t, web, time.Since(start))
				}
			})
		})
	}
}

// The server's file is replaced while half of it is here.
func TestFileChangesHalfWay(t *testing.T) {
	before, after := modelBytes(8, 300_000), modelBytes(9, 310_000)
	handler := func(etag bool) func(n int, w http.ResponseWriter, r *http.Request) {
		return func(n int, w http.ResponseWriter, r *http.Request) {
			switch {
			case n == 0 && etag:
				cutAfter(w, r, before, 150_000)
			case n == 0:
				w.Header().Set("Content-Length", fmt.Sprint(len(before)))
				w.Write(before[:150_000])
				panic(http.ErrAbortHandler)
			case etag:
				send(w, r, after)
			default: // no validators at all, and ranges served blindly
				http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(after)))
			}
		}
	}
	for _, etag := range []bool{true, false} {
		t.Run(fmt.Sprintf("no hash published, ETag %v", etag), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := -1
				web := serve(t, func(w http.ResponseWriter, r *http.Request) { n++; handler(etag)(n, w, r) })
				s := storeFor(t, web, oneFile(t, "", 0, addr), nil)
				m, err := s.Download(t.Context(), "m", DownloadOptions{})
				if err != nil {
					t.Fatal(err)
				}
				holds(t, s, m, after)
				if etag && web.request(1).Header.Get("If-Range") == "" {
					t.Error("the range was asked for without a condition")
				}
			})
		})
	}
	t.Run("hash published", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := -1
			web := serve(t, func(w http.ResponseWriter, r *http.Request) { n++; handler(true)(n, w, r) })
			s := storeFor(t, web, oneFile(t, sumOf(before), len(before), addr), nil)
			_, err := s.Download(t.Context(), "m", DownloadOptions{})
			if !errors.Is(err, ErrSize) {
				t.Fatalf("got %v", err)
			}
			nothing(t, s)
		})
	})
}

// A part left by an interrupted run is continued by the next one.
func TestDownloadGoesOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := modelBytes(10, 500_000)
		stop := true
		ctx, cancel := context.WithCancel(t.Context())
		web := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if stop {
				stop = false
				w.Header().Set("ETag", `"1"`)
				w.Header().Set("Content-Length", fmt.Sprint(len(b)))
				w.Write(b[:300_000])
				w.(http.Flusher).Flush()
				synctest.Wait()
				cancel()
				<-r.Context().Done()
				return
			}
			send(w, r, b)
		})
		home := t.TempDir()
		c := oneFile(t, sumOf(b), len(b), addr)
		s := storeIn(home, web, c, nil)
		d := s.Start(ctx, "m", DownloadOptions{})
		if _, err := d.Wait(); !errors.Is(err, context.Canceled) || d.Progress().Stage != StageCancelled {
			t.Fatalf("got %v, %+v", err, d.Progress())
		}
		nothing(t, s)
		if u := s.DiskUse(); u.Unfinished < 300_000 {
			t.Errorf("the part is not counted: %+v", u)
		}

		s = storeIn(home, web, c, nil)
		m, err := s.Download(t.Context(), "m", DownloadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		holds(t, s, m, b)
		if got := web.request(-1).Header.Get("Range"); got != "bytes=300000-" {
			t.Errorf("went on with %q", got)
		}
	})
}

// A part on the disk is damaged between two runs: found, fetched anew.
func TestDamagedPartIsFetchedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := modelBytes(11, 300_000)
		web := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, r, b) })
		s := storeFor(t, web, oneFile(t, sumOf(b), len(b), addr), nil)
		place(t, s.incoming("m")+"/0.part", make([]byte, 200_000))
		m, err := s.Download(t.Context(), "m", DownloadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		holds(t, s, m, b)
		if web.count() != 2 {
			t.Errorf("%d requests", web.count())
		}
	})
}

func TestPauseResumeCancelAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := modelBytes(12, 500_000)
		slow := true
		web := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if !slow {
				send(w, r, b)
				return
			}
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Content-Length", fmt.Sprint(len(b)))
			for i := 0; i < len(b) && r.Context().Err() == nil; i += 10_000 {
				w.Write(b[i:min(i+10_000, len(b))])
				w.(http.Flusher).Flush()
				time.Sleep(time.Second)
			}
		})
		s := storeFor(t, web, oneFile(t, sumOf(b), len(b), addr), nil)
		d := s.Start(t.Context(), "m", DownloadOptions{})
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()
		p := d.Progress()
		if p.Done != 110_000 || p.Speed < 9_500 || p.Speed > 11_500 || p.Left < 33*time.Second || p.Left > 42*time.Second {
			t.Errorf("after ten seconds: %+v", p)
		}

		start := time.Now()
		d.Pause()
		synctest.Wait()
		if p := d.Progress(); p.Stage != StagePaused || p.Done != 110_000 || time.Since(start) != 0 {
			t.Errorf("paused: %+v", p)
		}
		time.Sleep(time.Hour)
		if web.count() != 1 {
			t.Errorf("a request was made while paused")
		}
		d.Resume()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		start = time.Now()
		d.Cancel()
		if _, err := d.Wait(); !errors.Is(err, context.Canceled) || time.Since(start) != 0 {
			t.Errorf("cancel took %v and gave %v", time.Since(start), err)
		}
		nothing(t, s)

		slow = false
		m, err := s.Download(t.Context(), "m", DownloadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		holds(t, s, m, b)
	})
}

// Pausing while it waits between two tries holds it, too.
func TestPauseBetweenTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := modelBytes(13, 1000)
		ok := false
		web := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if !ok {
				w.WriteHeader(500)
				return
			}
			send(w, r, b)
		})
		s := storeFor(t, web, oneFile(t, sumOf(b), len(b), addr), nil)
		d := s.Start(t.Context(), "m", DownloadOptions{})
		synctest.Wait()
		if p := d.Progress(); p.Stage != StageRetrying || !strings.Contains(p.Note, "500") || !strings.Contains(p.Note, "again in") {
			t.Errorf("between tries: %+v", p)
		}
		d.Pause()
		time.Sleep(time.Hour)
		if p := d.Progress(); p.Stage != StagePaused || web.count() != 1 {
			t.Errorf("%+v after %d requests", p, web.count())
		}
		ok = true
		d.Resume()
		if m, err := d.Wait(); err != nil {
			t.Error(err)
		} else {
			holds(t, s, m, b)
		}
	})
}
