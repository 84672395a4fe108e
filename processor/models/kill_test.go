package models

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestMain lets the test program be the child that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("MODELS_TEST_CHILD"); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child downloads "m" into dir, as dir's files tell it: with a certificate there
// it trusts that one, without it uses the program's own way to the network.
func child(dir string) error {
	cat, err := os.ReadFile(filepath.Join(dir, "catalogue.json"))
	if err != nil {
		return err
	}
	c, err := ParseCatalogue(cat)
	if err != nil {
		return err
	}
	s := storeIn(dir, nil, c, nil)
	if cert, err := os.ReadFile(filepath.Join(dir, "cert")); err == nil {
		parsed, err := x509.ParseCertificate(cert)
		if err != nil {
			return err
		}
		pool := x509.NewCertPool()
		pool.AddCert(parsed)
		s.cfg.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	}
	_, err = s.Download(context.Background(), "m", DownloadOptions{})
	return err
}

// A process that downloads is killed at random moments, again and again. What
// stands under a final name is whole each time, and in the end it all arrives.
func TestKilledAtAnyMoment(t *testing.T) {
	b := modelBytes(60, 4<<20)
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(1, 2))
	var served, killAt atomic.Int64
	var kill atomic.Pointer[func()]
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		send(&killer{ResponseWriter: w, served: &served, killAt: &killAt, kill: &kill}, r, b)
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	c := &Catalogue{Hosts: []string{"127.0.0.1"}, Licences: map[string]Licence{"mit": {Name: "MIT", Commercial: true}}, Models: []Entry{{
		Name: "m", Family: "m", Backend: ONNX, LicenceID: "mit", Main: "model.onnx",
		Files: []File{{Name: "model.onnx", URL: srv.URL + "/m", SHA256: sumOf(b), Bytes: int64(len(b))}},
	}}}
	place(t, filepath.Join(dir, "catalogue.json"), mustJSON(t, c))
	place(t, filepath.Join(dir, "cert"), srv.Certificate().Raw)
	s := storeIn(dir, nil, c, nil)

	run := func() (killed bool) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "MODELS_TEST_CHILD="+dir)
		var out bytes.Buffer
		cmd.Stderr = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		f := func() { _ = cmd.Process.Kill() }
		kill.Store(&f)
		err := cmd.Wait()
		if err != nil && !strings.Contains(err.Error(), "killed") {
			t.Fatalf("the child failed by itself: %v: %s", err, out.String())
		}
		return err != nil
	}
	kills := 0
	for i := range 24 {
		var timer *time.Timer
		if i%3 == 2 {
			// Near the end: verifying, syncing and renaming are under way.
			killAt.Store(-1)
			timer = time.AfterFunc(time.Duration(rnd.IntN(120))*time.Millisecond, func() {
				if f := kill.Load(); f != nil {
					(*f)()
				}
			})
		} else {
			killAt.Store(served.Load() + rnd.Int64N(400<<10))
		}
		if run() {
			kills++
		}
		if timer != nil {
			timer.Stop()
		}
		intact(t, s)
		if u := s.DiskUse(); u.Models != 0 && u.Models != int64(len(b)) {
			t.Fatalf("%d bytes stand under final names", u.Models)
		}
		if m, err := s.Resolve("m", Auto); err == nil && m.Installed {
			if err := s.Remove(t.Context(), "m"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if kills < 12 {
		t.Errorf("only %d of 24 children were killed", kills)
	}
	killAt.Store(-1)
	kill.Store(nil)
	if run() {
		t.Fatal("the last child was killed, too")
	}
	m, err := s.Resolve("m", Auto)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, s, m, b)
}

// killer kills the child when it has been sent enough.
type killer struct {
	http.ResponseWriter
	served, killAt *atomic.Int64
	kill           *atomic.Pointer[func()]
}

func (k *killer) Write(b []byte) (int, error) {
	n, err := k.ResponseWriter.Write(b)
	if at := k.killAt.Load(); at >= 0 && k.served.Add(int64(n)) > at {
		(*k.kill.Load())()
	}
	return n, err
}
