package models

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestMirrors(t *testing.T) {
	b, wrong := modelBytes(20, 200_000), modelBytes(21, 200_000)
	for _, c := range []struct {
		name  string
		one   http.HandlerFunc
		check func(t *testing.T, web *site)
	}{
		{name: "first has lost it", one: status(404)},
		{name: "first has other bytes", one: func(w http.ResponseWriter, r *http.Request) { send(w, r, wrong) }},
		{name: "first is down", one: status(502)},
		{
			name: "first breaks off for good", one: func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") != "" {
					w.WriteHeader(500)
					return
				}
				cutAfter(w, r, b, 150_000)
			},
			check: func(t *testing.T, web *site) {
				if got := web.request(-1).Header.Get("Range"); got != "bytes=150000-" {
					t.Errorf("the mirror was asked for %q", got)
				}
			},
		},
		{name: "first shows a login page", one: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				web := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if r.Host == "one.test" {
						c.one(w, r)
						return
					}
					send(w, r, b)
				})
				s := storeFor(t, web, oneFile(t, sumOf(b), len(b), addr, "https://two.test/mirror"), nil)
				m, err := s.Download(t.Context(), "m", DownloadOptions{})
				if err != nil {
					t.Fatal(err)
				}
				holds(t, s, m, b)
				if web.request(-1).Host != "two.test" {
					t.Errorf("last asked %s", web.request(-1).Host)
				}
				if c.check != nil {
					c.check(t, web)
				}
			})
		})
	}
	t.Run("all fail", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			web := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Host == "one.test" {
					w.WriteHeader(404)
					return
				}
				send(w, r, wrong)
			})
			s := storeFor(t, web, oneFile(t, sumOf(b), len(b), addr, "https://two.test/mirror"), nil)
			_, err := s.Download(t.Context(), "m", DownloadOptions{})
			if !errors.Is(err, ErrNotFound) || !errors.Is(err, ErrHash) {
				t.Fatalf("got %v", err)
			}
			clear(t, err, "one.test", "two.test", "404", sumOf(b))
			nothing(t, s)
		})
	})
}

// Without a network it gives up within seconds and leaves nothing behind.
func TestUnreachable(t *testing.T) {
	for _, c := range []struct {
		err  error
		says string
	}{
		{&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "one.test", Server: "10.0.0.1:53", IsNotFound: true}}, "cannot be reached: no such host"},
		{&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, "cannot be reached: connection refused"},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := modelBytes(19, 100)
			s := storeFor(t, nil, oneFile(t, sumOf(b), len(b), addr, "https://two.test/m"), nil)
			s.cfg.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, c.err }}
			start := time.Now()
			_, err := s.Download(t.Context(), "m", DownloadOptions{})
			if !errors.Is(err, ErrUnreachable) || time.Since(start) > 30*time.Second {
				t.Fatalf("got %v after %v", err, time.Since(start))
			}
			clear(t, err, "m: ", "one.test: ", "two.test: ", c.says)
			nothing(t, s)
			if exists(s.incoming("m")) {
				t.Error("something is left of a download that never began")
			}
		})
	}
}

// A rule's mirror serves what has a published hash, and nothing else.
func TestMirrorRuleNeedsAHash(t *testing.T) {
	for _, known := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			b := modelBytes(22, 1000)
			web := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Host == "one.test" {
					w.WriteHeader(404)
					return
				}
				send(w, r, b)
			})
			c := oneFile(t, sumOf(b), len(b), addr)
			if !known {
				c.Models[0].Files[0].SHA256 = ""
			}
			c.Mirrors = []Rewrite{{Of: "https://one.test/", At: "https://two.test/"}}
			_, err := storeFor(t, web, c, nil).Download(t.Context(), "m", DownloadOptions{})
			if (err == nil) != known || (err != nil && !errors.Is(err, ErrNotFound)) {
				t.Errorf("hash published %v: %v", known, err)
			}
			if last := web.request(-1); known && last.URL.Path != "/a/model.onnx" {
				t.Errorf("asked for %s", last.URL)
			}
		})
	}
}

// The token goes to the hub and to nobody else: not to where the hub redirects,
// not even under its own domain, nor to mirrors.
func TestTokenStaysWithTheHub(t *testing.T) {
	const hubAddr = "https://huggingface.co/org/model/resolve/main/model.onnx"
	for _, c := range []struct {
		name, endpoint, hub string
	}{
		{name: "default", hub: "huggingface.co"},
		{name: "HF_ENDPOINT", endpoint: "https://hub.corp.example/hf/", hub: "hub.corp.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := modelBytes(23, 1000)
				web := serve(t, func(w http.ResponseWriter, r *http.Request) {
					switch r.Host {
					case c.hub:
						http.Redirect(w, r, "https://eu.cdn.test/blob?sig=abc", http.StatusFound)
					case "eu.cdn.test":
						w.WriteHeader(404)
					default:
						send(w, r, b)
					}
				})
				vars := map[string]string{"HF_TOKEN": "secret", "HF_ENDPOINT": c.endpoint}
				cat := oneFile(t, sumOf(b), len(b), hubAddr, "https://one.test/m")
				s := storeFor(t, web, cat, vars)
				m, err := s.Download(t.Context(), "m", DownloadOptions{})
				if err != nil {
					t.Fatal(err)
				}
				holds(t, s, m, b)
				var seen []string
				for i := range web.count() {
					r := web.request(i)
					seen = append(seen, r.Host)
					if got, want := r.Header.Get("Authorization"), map[bool]string{true: "Bearer secret"}[r.Host == c.hub]; got != want {
						t.Errorf("%s got %q", r.Host, got)
					}
				}
				if strings.Join(seen, " ") != c.hub+" eu.cdn.test one.test" {
					t.Errorf("asked %v", seen)
				}
				if c.endpoint != "" && web.request(0).URL.Path != "/hf/org/model/resolve/main/model.onnx" {
					t.Errorf("asked the endpoint for %s", web.request(0).URL.Path)
				}
			})
		})
	}
	t.Run("plain http is refused", func(t *testing.T) {
		b := modelBytes(23, 100)
		s := storeFor(t, nil, oneFile(t, sumOf(b), len(b), hubAddr), map[string]string{"HF_ENDPOINT": "http://hub.corp.example"})
		if _, err := s.Download(t.Context(), "m", DownloadOptions{}); !errors.Is(err, ErrHost) || !strings.Contains(err.Error(), "HF_ENDPOINT") {
			t.Errorf("got %v", err)
		}
	})
}

// Where nobody published a hash, the first download is recorded, and a later
// one that brings other bytes is refused until the record is dropped.
func TestFirstUseIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, other := modelBytes(24, 5000), modelBytes(25, 5000)
		now := b
		web := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, r, now) })
		s := storeFor(t, web, oneFile(t, "", 0, addr), nil)
		m, err := s.Download(t.Context(), "m", DownloadOptions{})
		if err != nil || !m.FirstUse {
			t.Fatalf("%+v, %v", m, err)
		}
		if err := s.Remove(t.Context(), "m"); err != nil {
			t.Fatal(err)
		}
		if m, err = s.Download(t.Context(), "m", DownloadOptions{}); err != nil {
			t.Fatalf("the same bytes again: %v", err)
		}
		if err := s.Remove(t.Context(), "m"); err != nil {
			t.Fatal(err)
		}
		now = other
		_, err = s.Download(t.Context(), "m", DownloadOptions{})
		var hint *HintError
		if !errors.Is(err, ErrChanged) || !errors.As(err, &hint) || !strings.Contains(hint.Next, "--forget") {
			t.Fatalf("other bytes: %v", err)
		}
		clear(t, err, sumOf(b), sumOf(other), time.Now().Format(time.DateOnly))
		nothing(t, s)
		if err := s.Forget(t.Context(), "m"); err != nil {
			t.Fatal(err)
		}
		if m, err = s.Download(t.Context(), "m", DownloadOptions{}); err != nil {
			t.Fatal(err)
		}
		holds(t, s, m, other)

		place(t, s.recordsPath(), []byte("{broken"))
		if err := s.Remove(t.Context(), "m"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Download(t.Context(), "m", DownloadOptions{}); err == nil || !strings.Contains(err.Error(), "first-use.json") {
			t.Errorf("unreadable records were ignored: %v", err)
		}
	})
}

func TestConsentIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := modelBytes(26, 1000), modelBytes(27, 1000)
		web := serve(t, func(w http.ResponseWriter, r *http.Request) {
			send(w, r, map[string][]byte{"/b": b, "/c": c}[r.URL.Path])
		})
		entry := func(name, path string, b []byte) Entry {
			return Entry{
				Name: name, Family: "big", LicenceID: "cc-by-nc-4.0", Main: "m.onnx",
				Files: []File{{Name: "m.onnx", URL: "https://one.test" + path, SHA256: sumOf(b), Bytes: int64(len(b))}},
			}
		}
		s := storeFor(t, web, catalogueOf(t, entry("big-b", "/b", b), entry("big-c", "/c", c)), nil)
		_, err := s.Download(t.Context(), "big-b", DownloadOptions{})
		var le *LicenceError
		if !errors.Is(err, ErrLicence) || !errors.As(err, &le) || web.count() != 0 {
			t.Fatalf("without consent: %v, %d requests", err, web.count())
		}
		if !strings.Contains(le.Licence.Text, "NonCommercial") || !strings.Contains(le.Hint(), "--accept-licence") {
			t.Errorf("the error lacks the licence: %+v", le)
		}
		m, err := s.Download(t.Context(), "big-b", DownloadOptions{AcceptLicence: true})
		if err != nil {
			t.Fatal(err)
		}
		holds(t, s, m, b)
		if m.Notice() == "" || s.NeedsConsent(m) {
			t.Errorf("notice %q, asks again %v", m.Notice(), s.NeedsConsent(m))
		}
		if _, err := s.Download(t.Context(), "big-c", DownloadOptions{}); err != nil {
			t.Errorf("asked again for the same family: %v", err)
		}
		m.Licence.Text += " changed"
		if !s.NeedsConsent(m) {
			t.Error("a changed licence does not ask again")
		}
	})
}

// Two processes (two stores do as well) want the same model: one fetches, the
// other waits and finds it. Another model is not held up.
func TestTwoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := modelBytes(28, 300_000), modelBytes(29, 1000)
		web := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/c" {
				send(w, r, c)
				return
			}
			time.Sleep(20 * time.Second)
			send(w, r, b)
		})
		file := func(path string, b []byte) []File {
			return []File{{Name: "m.onnx", URL: "https://one.test" + path, SHA256: sumOf(b), Bytes: int64(len(b))}}
		}
		cat := catalogueOf(t, Entry{Name: "b", Main: "m.onnx", Files: file("/b", b)}, Entry{Name: "c", Main: "m.onnx", Files: file("/c", c)})
		home := t.TempDir()
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				s := storeIn(home, web, cat, nil)
				m, err := s.Download(t.Context(), "b", DownloadOptions{})
				if err != nil {
					t.Error(err)
					return
				}
				if m.SHA256 != sumOf(b) {
					t.Errorf("download %d: %+v", i, m)
				}
			})
		}
		synctest.Wait()
		d := storeIn(home, web, cat, nil).Start(t.Context(), "b", DownloadOptions{})
		time.Sleep(time.Second)
		if p := d.Progress(); p.Stage != StageWaiting || p.Note == "" {
			t.Errorf("the second says %+v", p)
		}
		start := time.Now()
		s := storeIn(home, web, cat, nil)
		if _, err := s.Download(t.Context(), "c", DownloadOptions{}); err != nil || time.Since(start) > time.Second {
			t.Errorf("another model: %v after %v", err, time.Since(start))
		}
		if err := s.Remove(t.Context(), "b"); err == nil || !strings.Contains(err.Error(), "being downloaded") {
			t.Errorf("removing during the download: %v", err)
		}
		wg.Wait()
		m, err := d.Wait()
		if err != nil || web.count() != 2 {
			t.Fatalf("%v after %d requests", err, web.count())
		}
		holds(t, s, m, b)
	})
}

// A newer catalogue means other bytes by the same name: they take the old
// ones' place.
func TestDownloadReplacesWhatAnOlderCatalogueMeant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before, after := modelBytes(31, 1000), modelBytes(32, 2000)
		web := serve(t, func(w http.ResponseWriter, r *http.Request) {
			send(w, r, map[string][]byte{"/1": before, "/2": after}[r.URL.Path])
		})
		home := t.TempDir()
		s := storeIn(home, web, oneFile(t, sumOf(before), len(before), "https://one.test/1"), nil)
		if _, err := s.Download(t.Context(), "m", DownloadOptions{}); err != nil {
			t.Fatal(err)
		}
		s = storeIn(home, web, oneFile(t, sumOf(after), len(after), "https://one.test/2"), nil)
		if m, err := s.Resolve("m", Auto); err != nil || !m.Installed {
			t.Errorf("until then the old one serves: %+v, %v", m, err)
		}
		m, err := s.Download(t.Context(), "m", DownloadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		holds(t, s, m, after)
		if n := s.DiskUse().Models; n != int64(len(after)) {
			t.Errorf("%d bytes are kept", n)
		}
	})
}

// Weights of which nothing is known, sent without any sign of their end, are
// refused: half of them would look whole.
func TestNothingTellsTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		graph := externalModel("w.bin")
		web := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/w" {
				untilClose(w, make([]byte, 1000))
				return
			}
			send(w, r, graph)
		})
		files := []File{{Name: "g.onnx", URL: "https://one.test/g"}, {Name: "w.bin", URL: "https://one.test/w"}}
		s := storeFor(t, web, catalogueOf(t, Entry{Main: "g.onnx", Files: files}), nil)
		_, err := s.Download(t.Context(), "m", DownloadOptions{})
		if !errors.Is(err, ErrSize) {
			t.Fatalf("got %v", err)
		}
		clear(t, err, "m: ", "w.bin", "does not say how many bytes")
		nothing(t, s)
		files[1].Bytes = 1000
		s = storeFor(t, web, catalogueOf(t, Entry{Main: "g.onnx", Files: files}), nil)
		if _, err := s.Download(t.Context(), "m", DownloadOptions{}); err != nil {
			t.Errorf("with a known size: %v", err)
		}
	})
}

// A graph and its weights, in two files that must keep their names.
func TestDownloadOfSeveralFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		weights := modelBytes(30, 400_000)
		graph := externalModel("model.onnx_data")
		web := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "_data") {
				send(w, r, weights)
				return
			}
			send(w, r, graph)
		})
		files := []File{
			{Name: "model.onnx", URL: addr, SHA256: sumOf(graph), Bytes: int64(len(graph))},
			{Name: "model.onnx_data", URL: addr + "_data", ApproxBytes: 390_000},
		}
		s := storeFor(t, web, catalogueOf(t, Entry{Main: "model.onnx", Files: files}), nil)
		d := s.Start(t.Context(), "m", DownloadOptions{})
		m, err := d.Wait()
		if err != nil {
			t.Fatal(err)
		}
		intact(t, s)
		if p := d.Progress(); p.Total != int64(len(graph)+len(weights)) || !p.Exact || p.Done != p.Total {
			t.Errorf("progress %+v", p)
		}
		if m.Bytes != int64(len(graph)+len(weights)) || !m.FirstUse || m.SHA256 != sumOf(weights) || len(m.Files) != 2 || m.Files[1].URL != addr+"_data" {
			t.Errorf("%+v", m)
		}
		checks, err := s.Verify(t.Context(), "")
		if err != nil || len(checks) != 1 || checks[0].Err != nil {
			t.Errorf("verify: %+v, %v", checks, err)
		}

		// The same graph published without its weights is no model.
		s = storeFor(t, web, catalogueOf(t, Entry{Main: "model.onnx", Files: files[:1]}), nil)
		if _, err := s.Download(t.Context(), "m", DownloadOptions{}); !errors.Is(err, ErrIncomplete) {
			t.Errorf("without weights: %v", err)
		}
		nothing(t, s)
	})
}

// A proxy that is gone is a server that cannot be reached, which people are
// told to check.
func TestAProxyThatIsGone(t *testing.T) {
	inner := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	outer := &net.OpError{Op: "proxyconnect", Net: "tcp", Err: inner}
	for _, err := range []error{inner, outer} {
		if got := sendError(context.Background(), &url.Error{Op: "Get", URL: "https://example.com/m", Err: err}); !errors.Is(got, ErrUnreachable) {
			t.Errorf("%v becomes %v", err, got)
		}
	}
}
