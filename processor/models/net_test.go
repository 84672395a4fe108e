package models

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"spatialmaker/processor/protoscan/prototest"
)

// Tests of the download run in a synctest bubble: the network is pipes in
// memory and time is false, so a server that hangs for an hour costs nothing.

// pipes is a network without wires: every name leads to one listener.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	mu    sync.Mutex
	ends  []net.Conn // the clients' ends
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ends = append(p.ends, client)
		return client, nil
	case <-p.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// cut drops every connection, as a cable pulled out.
func (p *pipes) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.ends {
		c.Close()
	}
}

// site is a server for every host of the test, and the client's way to it.
type site struct {
	mu       sync.Mutex
	requests []*http.Request // as they came, without bodies
	served   int64           // body bytes sent
	trips    http.RoundTripper
}

// serve starts a server inside the test's bubble.
func serve(t *testing.T, handler http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Clone(context.Background()))
		s.mu.Unlock()
		handler(&counted{w, s}, r)
	}))
	srv.Listener.Close()
	net := newPipes()
	srv.Listener = net
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	tr := &http.Transport{DialContext: net.dial, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "example.com"}}
	s.trips = tr
	t.Cleanup(func() { net.cut(); srv.Close() })
	return s
}

// counted adds up what a handler sends.
type counted struct {
	http.ResponseWriter
	s *site
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.s.mu.Lock()
	c.s.served += int64(n)
	c.s.mu.Unlock()
	return n, err
}
func (c *counted) Flush() { c.ResponseWriter.(http.Flusher).Flush() }

func (s *site) count() int { s.mu.Lock(); defer s.mu.Unlock(); return len(s.requests) }
func (s *site) sent() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.served
}

// request returns the i-th request; -1 is the last.
func (s *site) request(i int) *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < 0 {
		i += len(s.requests)
	}
	return s.requests[i]
}

// modelBytes is a readable ONNX file of about n bytes that no two seeds share.
func modelBytes(seed uint64, n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return prototest.DepthONNX(b, "")
}

func sumOf(b []byte) string { return contentSum(b) }

// oneFile is a catalogue with one entry "m" of one file, published at the given
// addresses. sum and size may be left out ("" and 0).
func oneFile(t *testing.T, sum string, size int, urls ...string) *Catalogue {
	t.Helper()
	f := File{Name: "model.onnx", URL: urls[0], Mirrors: urls[1:], SHA256: sum, Bytes: int64(size)}
	return catalogueOf(t, Entry{Files: []File{f}, Main: "model.onnx"})
}

func catalogueOf(t *testing.T, entries ...Entry) *Catalogue {
	t.Helper()
	c := &Catalogue{
		Hosts:    []string{"one.test", "two.test", "*.cdn.test", "huggingface.co"},
		Licences: map[string]Licence{"mit": {Name: "MIT", Commercial: true}, "cc-by-nc-4.0": {Name: "CC-BY-NC-4.0"}},
	}
	for i, e := range entries {
		if e.Name == "" {
			e.Name = "m"
		}
		if e.Family == "" {
			e.Family = fmt.Sprintf("family%d", i)
		}
		if e.Backend == "" {
			e.Backend = ONNX
		}
		if e.LicenceID == "" {
			e.LicenceID = "mit"
		}
		c.Models = append(c.Models, e)
	}
	c, err := ParseCatalogue(mustJSON(t, c))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// storeFor opens a store whose network is the site.
func storeFor(t *testing.T, s *site, c *Catalogue, vars map[string]string) *Store {
	t.Helper()
	return storeIn(filepath.Join(t.TempDir(), "home"), s, c, vars)
}

func storeIn(home string, s *site, c *Catalogue, vars map[string]string) *Store {
	all := map[string]string{"HOME": filepath.Join(home, "nobody")}
	maps.Copy(all, vars)
	no := false
	cfg := Config{Home: home, Catalogue: c, Getenv: env(all), Exe: filepath.Join(home, "bin", "x"), CoreML: &no}
	if s != nil {
		cfg.Transport = s.trips
	}
	return New(cfg)
}

// intact fails the test unless everything under a final name is what it should
// be: content folders hash to their names, receipts name content that is there.
func intact(t *testing.T, s *Store) {
	t.Helper()
	ents, err := os.ReadDir(filepath.Join(s.root, contentDir))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range ents {
		files, err := hashTree(context.Background(), s.contentPath(e.Name()), nil)
		if err != nil {
			t.Fatal(err)
		}
		if id := contentID(files); id != e.Name() {
			t.Errorf("content %s holds %s: %+v", e.Name(), id, files)
		}
	}
	recs, err := os.ReadDir(filepath.Join(s.root, installedDir))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range recs {
		if strings.HasPrefix(e.Name(), ".new-") {
			continue // a receipt that was being written
		}
		if _, err := s.readReceipt(strings.TrimSuffix(e.Name(), ".json")); err != nil {
			t.Errorf("receipt: %v", err)
		}
	}
}

// holds fails unless the model is installed with exactly these bytes and
// nothing unfinished is left.
func holds(t *testing.T, s *Store, m Model, want []byte) {
	t.Helper()
	intact(t, s)
	got, err := os.ReadFile(m.Path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%d bytes with sha256 %s, want %d with %s", len(got), sumOf(got), len(want), sumOf(want))
	}
	if !m.Installed || m.Origin != InStore || m.Bytes != int64(len(want)) || m.SHA256 != sumOf(want) {
		t.Errorf("described as %+v", m)
	}
	if exists(s.incoming(m.Name)) {
		t.Errorf("something is left in %s", s.incoming(m.Name))
	}
}

// nothing fails unless the store holds no model.
func nothing(t *testing.T, s *Store) {
	t.Helper()
	intact(t, s)
	if ents, _ := os.ReadDir(filepath.Join(s.root, contentDir)); len(ents) > 0 {
		t.Errorf("content after a failure: %v", ents)
	}
	if recs, err := s.receipts(); err != nil || len(recs) > 0 {
		t.Errorf("receipts after a failure: %v, %v", recs, err)
	}
}

// clear fails unless the error is one line that names the model and, where one
// is meant, the host.
func clear(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not name %q", err, p)
		}
	}
	if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "context canceled") {
		t.Errorf("error is not one plain line: %q", err)
	}
}

// send serves b as a good server does: ranges, validators, length.
func send(w http.ResponseWriter, r *http.Request, b []byte) {
	w.Header().Set("ETag", `"`+sumOf(b)[:16]+`"`)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(b)))
}

// cutAfter sends the answer's head and n bytes of its body, then drops the
// connection.
func cutAfter(w http.ResponseWriter, r *http.Request, b []byte, n int) {
	send(&cutter{w, n}, r, b)
	panic(http.ErrAbortHandler)
}

type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(b []byte) (int, error) {
	if len(b) > c.left {
		if _, err := c.ResponseWriter.Write(b[:c.left]); err != nil {
			return 0, err
		}
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(b)
	return c.ResponseWriter.Write(b)
}

// externalModel is a readable ONNX file whose weights lie in another.
func externalModel(name string) []byte { return prototest.DepthONNX([]byte("small"), name) }
