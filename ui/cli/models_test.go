package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spatialmaker/processor/models"
	"spatialmaker/processor/protoscan/prototest"
)

// shop is a model server with its catalogue, and the commands on top of it.
type shop struct {
	t        *testing.T
	store    *models.Store
	requests int
	out, err bytes.Buffer
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t}
	free, restricted := prototest.DepthONNX([]byte("free"), ""), prototest.DepthONNX([]byte("restricted"), "")
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests++
		b := map[string][]byte{"/free": free, "/big": restricted, "/first": prototest.DepthONNX([]byte("first"), ""), "/wrong": restricted}[r.URL.Path]
		if b == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	}))
	t.Cleanup(srv.Close)
	entry := func(name, licence string, b []byte) models.Entry {
		sum := sha256.Sum256(b)
		return models.Entry{
			Name: name + "-onnx", Family: name, Title: name, Good: "For the test.", Backend: models.ONNX, LicenceID: licence,
			Main: "m.onnx", Default: true, Rank: 5, Files: []models.File{{
				Name: "m.onnx", URL: srv.URL + "/" + name, Bytes: int64(len(b)), SHA256: hex.EncodeToString(sum[:]),
			}},
		}
	}
	first := entry("first", "mit", free)
	first.Files[0].SHA256, first.Files[0].Bytes, first.Files[0].ApproxBytes = "", 0, 100
	list, err := json.Marshal(models.Catalogue{
		Hosts: []string{"127.0.0.1"},
		Licences: map[string]models.Licence{
			"mit":          {Name: "MIT", Commercial: true, Summary: "Free.", URL: "https://mit.example"},
			"cc-by-nc-4.0": {Name: "CC-BY-NC-4.0", Summary: "Not for commercial use.", URL: "https://cc.example"},
		},
		Models: []models.Entry{entry("free", "mit", free), entry("big", "cc-by-nc-4.0", restricted), first, entry("wrong", "mit", free), entry("gone", "mit", free)},
	})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := models.ParseCatalogue(list)
	if err != nil {
		t.Fatal(err)
	}
	no := false
	s.store = models.New(models.Config{
		Home: t.TempDir(), Catalogue: cat, Transport: srv.Client().Transport, CoreML: &no,
		Getenv: func(string) string { return "" },
	})
	return s
}

// run runs "models" with args and returns the exit status.
func (s *shop) run(args ...string) int { return s.runWith(s.t.Context(), args...) }

func (s *shop) runWith(ctx context.Context, args ...string) int {
	s.out.Reset()
	s.err.Reset()
	a := &App{Stdout: &s.out, Stderr: &s.err, Store: func() (*models.Store, error) { return s.store, nil }}
	return a.Main(ctx, append([]string{"models"}, args...))
}

func (s *shop) want(status int, in *bytes.Buffer, parts ...string) {
	s.t.Helper()
	got := status
	for _, p := range parts {
		if !strings.Contains(in.String(), p) {
			s.t.Errorf("status %d without %q:\nstdout: %s\nstderr: %s", got, p, &s.out, &s.err)
		}
	}
}

func (s *shop) expect(status int, args ...string) {
	s.t.Helper()
	if got := s.run(args...); got != status {
		s.t.Fatalf("models %v: status %d, want %d\nstdout: %s\nstderr: %s", args, got, status, &s.out, &s.err)
	}
}

func TestModelsDownloadListVerifyRemove(t *testing.T) {
	s := newShop(t)
	s.expect(ExitOK, "list")
	s.want(0, &s.out, "free-onnx", "about 100 B", "no hash published", "CC-BY-NC-4.0", "Downloaded models take 0 B")

	s.expect(ExitOK, "download", "free", "first")
	paths := strings.Fields(s.out.String())
	if len(paths) != 2 || !filepath.IsAbs(paths[0]) {
		t.Fatalf("stdout is %q", &s.out)
	}
	s.want(0, &s.err, "free-onnx: ", "verified", "first-onnx: ", "recorded now")

	s.expect(ExitOK, "path", "free")
	if strings.TrimSpace(s.out.String()) != paths[0] {
		t.Errorf("path says %q", &s.out)
	}
	s.expect(ExitOK, "path")
	if strings.TrimSpace(s.out.String()) != s.store.Path() {
		t.Errorf("path says %q", &s.out)
	}
	s.expect(ExitOK, "verify")
	s.want(0, &s.out, "free-onnx: good", "first-onnx: good")

	if err := os.WriteFile(paths[0], []byte("damage"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.expect(ExitFailed, "verify")
	s.want(0, &s.err, "spatialmaker models remove free-onnx", paths[0][:len(paths[0])-len("m.onnx")-1], "sha256")
	s.want(0, &s.out, "first-onnx: good")
	s.expect(ExitFailed, "verify", "--json")
	var checked []CheckedModel
	if err := json.Unmarshal(s.out.Bytes(), &checked); err != nil || len(checked) != 2 || checked[0].OK || checked[0].Error == nil || !checked[1].OK {
		t.Errorf("%+v, %v", checked, err)
	}

	s.expect(ExitOK, "remove", "free", "first", "--forget")
	s.expect(ExitFailed, "remove", "free")
	s.want(0, &s.err, "not downloaded")
	s.expect(ExitFailed, "path", "free")
	s.want(0, &s.err, "spatialmaker models download free-onnx")
}

func TestModelsListJSON(t *testing.T) {
	s := newShop(t)
	s.expect(ExitOK, "download", "free")
	s.expect(ExitOK, "list", "--json")
	var list []map[string]any
	if err := json.Unmarshal(s.out.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 5 {
		t.Fatalf("%d models", len(list))
	}
	for _, m := range list {
		for _, key := range []string{"name", "backend", "licence", "bytes", "sha256", "installed", "path", "url"} {
			if _, ok := m[key]; !ok {
				t.Errorf("%v has no %s", m["name"], key)
			}
		}
	}
	free, first := list[0], list[2]
	if free["installed"] != true || free["path"] == nil || free["licence"] != "MIT" || len(free["sha256"].(string)) != 64 {
		t.Errorf("installed: %v", free)
	}
	if first["installed"] != false || first["path"] != nil || first["bytes"] != nil || first["sha256"] != nil || first["approx_bytes"] != 100.0 || first["first_use"] != true {
		t.Errorf("unknown size and hash: %v", first)
	}
}

func TestModelsDownloadAsksForTheLicence(t *testing.T) {
	s := newShop(t)
	s.expect(ExitFailed, "download", "big")
	s.want(0, &s.err, "comes under CC-BY-NC-4.0", "Not for commercial use.", "https://cc.example", "--accept-licence")
	s.expect(ExitFailed, "download", "big", "--json")
	var last ModelEvent
	for line := range strings.Lines(s.out.String()) {
		last = ModelEvent{}
		if err := json.Unmarshal([]byte(line), &last); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	if last.Event != "error" || last.Error == nil || last.Error.Kind != "licence" || last.Licence == nil || len(last.Licence.Text) < 5000 {
		t.Errorf("last event %+v", last)
	}
	if s.requests != 0 {
		t.Errorf("%d requests before consent", s.requests)
	}
	s.expect(ExitOK, "licence", "big")
	s.want(0, &s.out, "Attribution-NonCommercial 4.0 International", "Section 1 -- Definitions.")
	s.expect(ExitOK, "download", "big", "--accept-licence")
	s.want(0, &s.err, "big-onnx: CC-BY-NC-4.0, not for commercial use")
	s.expect(ExitOK, "remove", "big")
	s.expect(ExitOK, "download", "big") // asked once
}

func TestModelsDownloadFailures(t *testing.T) {
	s := newShop(t)
	s.expect(ExitFailed, "download", "gone", "wrong", "free")
	s.want(0, &s.err, "gone-onnx: m.onnx: 127.0.0.1:", "404 Not Found", "wrong-onnx: ", "free-onnx: ")
	if n := strings.Count(s.out.String(), "\n"); n != 1 {
		t.Errorf("%d paths on stdout", n)
	}
	s.expect(ExitFailed, "download", "gone", "--json")
	events := strings.Split(strings.TrimSpace(s.out.String()), "\n")
	var last ModelEvent
	if err := json.Unmarshal([]byte(events[len(events)-1]), &last); err != nil || last.Event != "error" || last.Error.Kind != "download" || last.Error.Hint == "" {
		t.Errorf("%+v, %v", last, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := s.runWith(ctx, "download", "free"); got != ExitOK && got != ExitInterrupted {
		t.Errorf("interrupted: status %d", got)
	}
	if got := s.runWith(ctx, "download", "gone", "--json"); got != ExitInterrupted || !strings.Contains(s.out.String(), `"cancelled"`) {
		t.Errorf("interrupted: status %d, %s", got, &s.out)
	}
}

func TestModelsAdd(t *testing.T) {
	s := newShop(t)
	p := filepath.Join(t.TempDir(), "mine.onnx")
	if err := os.WriteFile(p, prototest.DepthONNX([]byte("mine"), ""), 0o644); err != nil {
		t.Fatal(err)
	}
	s.expect(ExitOK, "add", p, "--name", "hers")
	s.want(0, &s.err, "added as hers", "larger is nearer", "short side 518")
	s.expect(ExitOK, "list")
	s.want(0, &s.out, "hers", "licence unknown", "Brought by hand.")
	s.expect(ExitFailed, "licence", "hers")
	s.expect(ExitFailed, "add", filepath.Join(t.TempDir(), "no.onnx"))
	s.want(0, &s.err, "no.onnx")
}

func TestModelsUsage(t *testing.T) {
	s := newShop(t)
	for _, args := range [][]string{
		{},
		{"nonsense"},
		{"download"},
		{"remove"},
		{"add"},
		{"add", "a", "b"},
		{"path", "a", "b"},
		{"licence"},
		{"list", "x"},
		{"list", "--accept-licence"},
		{"download", "free", "--bogus"},
	} {
		s.expect(ExitUsage, args...)
		if s.err.Len() == 0 || s.out.Len() > 0 {
			t.Errorf("models %v: stdout %q, stderr %q", args, &s.out, &s.err)
		}
	}
	s.expect(ExitOK, "--help")
	for _, c := range modelCommands {
		s.want(0, &s.out, c.usage)
		a := &App{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}}
		if got := a.Main(t.Context(), []string{"models", c.name, "--help"}); got != ExitOK {
			t.Errorf("help of %s: %d", c.name, got)
		}
	}
}

// The line on a terminal fits into 100 columns and says what people ask for.
func TestDescribeProgress(t *testing.T) {
	p := models.Progress{
		Model: "depth-anything-3-mono-large-coreml-earlier", Stage: models.StageDownloading, Done: 123_456_789, Total: 668_000_000,
		Speed: 11_400_000, Left: 48 * time.Second,
	}
	got := describeProgress(p, true)
	want := "depth-anything-3…ge-coreml-earlier  123 MB of about 668 MB  18%  11 MB/s  48 s left"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	p = models.Progress{Model: "m", Stage: models.StageRetrying, Done: 5, Total: 10, Exact: true, Note: "the connection was lost; trying again in 2s"}
	if got, want := describeProgress(p, false), "m  5 B of 10 B  50%  retrying: the connection was lost; trying again in 2s"; got != want {
		t.Errorf("got %q", got)
	}
	p.Note = strings.Repeat("a long reason ", 20)
	if got := []rune(describeProgress(p, true)); len(got) != 100 || got[99] != '…' {
		t.Errorf("%d characters: %q", len(got), string(got))
	}
	for _, stage := range []models.Stage{models.StageVerifying, models.StageUnpacking, models.StageWaiting} {
		if got := describeProgress(models.Progress{Model: "m", Stage: stage}, true); got != fmt.Sprintf("m  %s", stage) {
			t.Errorf("got %q", got)
		}
	}
}
