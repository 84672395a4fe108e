package models

import (
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// The program's own transport, in a process of its own (the environment is read
// once): HTTPS_PROXY is used, and certificates are checked against the system's.
func TestProxyOfTheEnvironment(t *testing.T) {
	b := modelBytes(70, 100_000)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { send(w, r, b) }))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	var tunnels atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "example.com:443" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		tunnels.Add(1)
		up, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer up.Close()
		down, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer down.Close()
		io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(up, down)
		io.Copy(down, up)
	}))
	defer proxy.Close()

	dir := t.TempDir()
	c := &Catalogue{Hosts: []string{"example.com"}, Licences: map[string]Licence{"mit": {Name: "MIT", Commercial: true}}, Models: []Entry{{
		Name: "m", Family: "m", Backend: ONNX, LicenceID: "mit", Main: "model.onnx",
		Files: []File{{Name: "model.onnx", URL: "https://example.com/m", SHA256: sumOf(b), Bytes: int64(len(b))}},
	}}}
	place(t, filepath.Join(dir, "catalogue.json"), mustJSON(t, c))
	place(t, filepath.Join(dir, "roots.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MODELS_TEST_CHILD="+dir, "HTTPS_PROXY="+proxy.URL, "NO_PROXY=", "SSL_CERT_FILE="+filepath.Join(dir, "roots.pem"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s := storeIn(dir, nil, c, nil)
	m, err := s.Resolve("m", Auto)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, s, m, b)
	if tunnels.Load() != 1 {
		t.Errorf("%d tunnels through the proxy", tunnels.Load())
	}
}
