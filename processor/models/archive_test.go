package models

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"spatialmaker/processor/protoscan/prototest"
)

// item is an entry of an archive made for a test.
type item struct {
	name string
	data string
	mode fs.FileMode // fs.ModeDir, fs.ModeSymlink, ...; 0 for a file
}

func zipOf(t testing.TB, items ...item) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, it := range items {
		h := &zip.FileHeader{Name: it.name, Method: zip.Deflate}
		h.SetMode(it.mode | 0o644)
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(it.data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t testing.TB, items ...item) []byte {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	w := tar.NewWriter(gz)
	for _, it := range items {
		h := &tar.Header{Name: it.name, Mode: 0o644, Size: int64(len(it.data)), Typeflag: tar.TypeReg}
		switch it.mode {
		case fs.ModeDir:
			h.Typeflag = tar.TypeDir
		case fs.ModeSymlink:
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, it.data, 0
		case fs.ModeIrregular:
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, it.data, 0
		case fs.ModeDevice:
			h.Typeflag, h.Size = tar.TypeChar, 0
		case fs.ModeNamedPipe:
			h.Typeflag, h.Size = tar.TypeFifo, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte(it.data)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pkgItems is a Core ML package, with what macOS leaves beside it.
func pkgItems(root string) []item {
	return []item{
		{name: root + "/", mode: fs.ModeDir},
		{name: root + "/Manifest.json", data: "{}"},
		{name: "__MACOSX/" + root + "/._Manifest.json", data: "side"},
		{name: root + "/Data/com.apple.CoreML/model.mlmodel", data: string(prototest.DepthCoreML(518, 392, true))},
		{name: root + "/Data/com.apple.CoreML/weights/._weight.bin", data: "side"},
		{name: root + "/Data/com.apple.CoreML/weights/weight.bin", data: strings.Repeat("w", 5000)},
		{name: root + "/.DS_Store", data: "side"},
	}
}

// dotted writes names as "tar -c ." does.
func dotted(items []item) []item {
	for i := range items {
		items[i].name = "./" + items[i].name
	}
	return append([]item{{name: "./", mode: fs.ModeDir}}, items...)
}

// unpackBytes unpacks an archive held in memory and lists what came out.
func unpackBytes(t testing.TB, b []byte, format string, limit bounds) (dir string, names []string, err error) {
	t.Helper()
	base := t.TempDir()
	src, dir := filepath.Join(base, "a"), filepath.Join(base, "out")
	if err := errors.Join(os.WriteFile(src, b, 0o644), os.Mkdir(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	err = unpack(context.Background(), src, format, dir, limit, func(int64) {})
	werr := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if !d.Type().IsRegular() {
				t.Errorf("%s is %v", path, d.Type())
			}
			rel, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if werr != nil {
		t.Fatal(werr)
	}
	// Whatever the archive tried, nothing lies beside its folder.
	if ents, _ := os.ReadDir(base); len(ents) != 2 {
		t.Errorf("something was written outside: %v", ents)
	}
	return dir, names, err
}

var roomy = bounds{bytes: 1 << 20, files: 100}

func TestUnpackPackages(t *testing.T) {
	want := []string{
		"P.mlpackage/Data/com.apple.CoreML/model.mlmodel",
		"P.mlpackage/Data/com.apple.CoreML/weights/weight.bin",
		"P.mlpackage/Manifest.json",
	}
	for format, b := range map[string][]byte{"zip": zipOf(t, pkgItems("P.mlpackage")...), "tar.gz": tarOf(t, dotted(pkgItems("P.mlpackage"))...)} {
		dir, names, err := unpackBytes(t, b, format, roomy)
		if err != nil || !slices.Equal(names, want) {
			t.Errorf("%s: %v, %v", format, names, err)
		}
		if b, err := os.ReadFile(filepath.Join(dir, want[1])); err != nil || len(b) != 5000 {
			t.Errorf("%s: weights: %d bytes, %v", format, len(b), err)
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	type kind struct {
		format string
		make   func(testing.TB, ...item) []byte
	}
	both := []kind{{"zip", zipOf}, {"tar.gz", tarOf}}
	for _, c := range []struct {
		name  string
		items []item
		only  string
		limit bounds
	}{
		{name: "a path above", items: []item{{name: "../x", data: "x"}}},
		{name: "a path above, later", items: []item{{name: "a/../../x", data: "x"}}},
		{name: "an absolute path", items: []item{{name: "/tmp/x", data: "x"}}},
		{name: "a drive", items: []item{{name: "C:/x", data: "x"}}},
		{name: "backslashes", items: []item{{name: `..\x`, data: "x"}}},
		{name: "an empty part", items: []item{{name: "a//x", data: "x"}}},
		{name: "a NUL", only: "zip", items: []item{{name: "a\x00b", data: "x"}}},
		{name: "a symbolic link", items: []item{{name: "a", data: "/etc/passwd", mode: fs.ModeSymlink}}},
		{name: "a link to a folder and a file through it", items: []item{{name: "a", data: "..", mode: fs.ModeSymlink}, {name: "a/x", data: "x"}}},
		{name: "a hard link", only: "tar.gz", items: []item{{name: "a", data: "b", mode: fs.ModeIrregular}}},
		{name: "a device", only: "tar.gz", items: []item{{name: "a", mode: fs.ModeDevice}}},
		{name: "a pipe", only: "tar.gz", items: []item{{name: "a", mode: fs.ModeNamedPipe}}},
		{name: "a name twice", items: []item{{name: "a", data: "1"}, {name: "a", data: "2"}}},
		{name: "a file as a folder", items: []item{{name: "a", data: "1"}, {name: "a/b", data: "2"}}},
		{name: "more bytes than expected", items: []item{{name: "a", data: strings.Repeat("0", 10_001)}}, limit: bounds{bytes: 10_000, files: 9}},
		{name: "more files than expected", items: []item{{name: "a"}, {name: "b"}, {name: "c"}}, limit: bounds{bytes: 99, files: 2}},
		{name: "a deep nest", items: []item{{name: strings.Repeat("a/", 40) + "x", data: "x"}}},
	} {
		for _, k := range both {
			if c.only != "" && c.only != k.format {
				continue
			}
			t.Run(c.name+", "+k.format, func(t *testing.T) {
				limit := c.limit
				if limit.files == 0 {
					limit = roomy
				}
				if _, _, err := unpackBytes(t, k.make(t, c.items...), k.format, limit); !errors.Is(err, ErrArchive) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestUnpackFindsDamage(t *testing.T) {
	for format, b := range map[string][]byte{"zip": zipOf(t, pkgItems("P.mlpackage")...), "tar.gz": tarOf(t, pkgItems("P.mlpackage")...)} {
		for _, n := range []int{0, 1, 20, len(b) / 2, len(b) - 9, len(b) - 1} {
			if _, _, err := unpackBytes(t, b[:n], format, roomy); !errors.Is(err, ErrArchive) {
				t.Errorf("%s cut to %d of %d bytes: %v", format, n, len(b), err)
			}
		}
		want, _, err := unpackBytes(t, b, format, roomy)
		if err != nil {
			t.Fatal(err)
		}
		orig := hashes(t, want)
		for at := 0; at < len(b); at += 11 {
			bent := slices.Clone(b)
			bent[at] ^= 0x55
			dir, _, err := unpackBytes(t, bent, format, roomy)
			if err != nil {
				continue
			}
			// Names and times have no checksum in a zip; contents do.
			for name, sum := range hashes(t, dir) {
				if orig[name] != "" && orig[name] != sum {
					t.Errorf("%s with byte %d changed gives another %s", format, at, name)
				}
			}
		}
	}
}

func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := hashTree(context.Background(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]string{}
	for _, k := range files {
		byName[k.Name] = k.SHA256
	}
	return byName
}

// A package published only as an archive, and one with an archive as a second
// address for its files.
func TestDownloadOfArchives(t *testing.T) {
	pkg := pkgItems("P.mlpackage")
	zipped, tarred := zipOf(t, pkg...), tarOf(t, pkg...)
	files := func() (all []File) {
		for _, it := range pkg {
			if it.mode == 0 && !sideFile(it.name) {
				all = append(all, File{Name: it.name, URL: "https://one.test/" + it.name, Bytes: int64(len(it.data)), SHA256: sumOf([]byte(it.data))})
			}
		}
		return all
	}
	zipAt := Archive{URL: "https://two.test/P.mlpackage.zip", Format: "zip", Bytes: int64(len(zipped)), SHA256: sumOf(zipped)}
	tarAt := Archive{URL: "https://two.test/P.mlpackage.tar.gz", Format: "tar.gz", ApproxUnpacked: 6000}
	for _, c := range []struct {
		name     string
		entry    Entry
		first    bool // no hash was published
		requests int
		err      error
		damage   func([]byte) []byte
	}{
		{name: "files", entry: Entry{Files: files()}, requests: 3},
		{name: "zip", entry: Entry{Archives: []Archive{zipAt}}, requests: 1},
		{name: "tar.gz without a hash", entry: Entry{Archives: []Archive{tarAt}}, first: true, requests: 1},
		{name: "files fail, zip works", entry: Entry{Files: broken(files()), Archives: []Archive{zipAt}}, requests: 2},
		{name: "a damaged tar.gz", entry: Entry{Archives: []Archive{tarAt}}, err: ErrArchive, damage: func(b []byte) []byte { return b[:len(b)-5] }},
		{name: "an archive of other files", entry: Entry{Files: broken(files())[:2], Archives: []Archive{zipAt}}, err: ErrHash},
		{name: "an archive without a model", entry: Entry{Archives: []Archive{tarAt}}, err: ErrArchive, damage: func([]byte) []byte { return tarOf(t, item{name: "readme", data: "x"}) }},
		{name: "an archive that escapes", entry: Entry{Archives: []Archive{tarAt}}, err: ErrArchive, damage: func([]byte) []byte { return tarOf(t, item{name: "../x", data: "x"}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				web := serve(t, func(w http.ResponseWriter, r *http.Request) {
					b := zipped
					if strings.HasSuffix(r.URL.Path, ".tar.gz") {
						b = tarred
					}
					if c.damage != nil {
						b = c.damage(b)
					}
					if r.Host == "two.test" {
						send(w, r, b)
						return
					}
					for _, it := range pkg {
						if "/"+it.name == r.URL.Path {
							send(w, r, []byte(it.data))
							return
						}
					}
					w.WriteHeader(404)
				})
				c.entry.Main, c.entry.Backend = "P.mlpackage", CoreML
				s := storeFor(t, web, catalogueOf(t, c.entry), nil)
				m, err := s.Download(t.Context(), "m", DownloadOptions{})
				if !errors.Is(err, c.err) {
					t.Fatalf("got %v, want %v", err, c.err)
				}
				if c.err != nil {
					clear(t, err, "m: ", "two.test")
					nothing(t, s)
					return
				}
				intact(t, s)
				if web.count() != c.requests || m.FirstUse != c.first || filepath.Base(m.Path) != "P.mlpackage" {
					t.Errorf("%d requests, %+v", web.count(), m)
				}
				checks, err := s.Verify(t.Context(), "m")
				if err != nil || checks[0].Err != nil {
					t.Errorf("verify: %v, %+v", err, checks)
				}
				d, err := describePackage(m.Path)
				if err != nil || d.FixedW != 518 || d.FixedH != 392 || d.Output != OutputImage16Half || !d.PerFrame {
					t.Errorf("described as %+v, %v", d, err)
				}
			})
		})
	}
}

// A package's description without a hash must at least be readable.
func TestDamagedManifest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		web := serve(t, func(w http.ResponseWriter, r *http.Request) { send(w, r, []byte(`{"itemInfoEntries": {`)) })
		e := Entry{Main: "P.mlpackage", Backend: CoreML, Files: []File{{Name: "P.mlpackage/Manifest.json", URL: "https://one.test/Manifest.json"}}}
		s := storeFor(t, web, catalogueOf(t, e), nil)
		if _, err := s.Download(t.Context(), "m", DownloadOptions{}); !errors.Is(err, ErrHash) || !strings.Contains(err.Error(), "no JSON") {
			t.Errorf("got %v", err)
		}
		nothing(t, s)
	})
}

func broken(files []File) []File {
	for i := range files {
		files[i].URL = "https://one.test/gone"
	}
	return files
}

// tiny is a package small enough to be fuzzed quickly.
func tiny() []item {
	return []item{{name: "P/", mode: fs.ModeDir}, {name: "P/a.json", data: "{}"}, {name: "._x", data: "s"}, {name: "P/w/b", data: "www"}}
}

func fuzzUnpack(f *testing.F, format string, seeds ...[]byte) {
	for _, b := range seeds {
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		dir, names, err := unpackBytes(t, b, format, bounds{bytes: 64 << 10, files: 20})
		if err == nil && len(names) > 20 {
			t.Errorf("%d files", len(names))
		}
		if n := dirSize(dir); n > 64<<10 {
			t.Errorf("%d bytes came out", n)
		}
	})
}

func FuzzUnpackZip(f *testing.F) {
	fuzzUnpack(f, "zip", zipOf(f, tiny()...), zipOf(f, item{name: "../x", data: "x"}), zipOf(f, item{name: "a", data: "b", mode: fs.ModeSymlink}))
}

func FuzzUnpackTarGz(f *testing.F) {
	fuzzUnpack(f, "tar.gz", tarOf(f, tiny()...), tarOf(f, item{name: "../x", data: "x"}), tarOf(f, item{name: "a", data: "b", mode: fs.ModeSymlink}))
}

func FuzzCoreMLSignature(f *testing.F) {
	f.Add(prototest.DepthCoreML(518, 392, true))
	f.Add(prototest.DepthCoreML(518, 518, false))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, out, err := coreMLSignature(bytes.NewReader(b), int64(len(b)))
		if err == nil && len(in)+len(out) > 128 {
			t.Errorf("%d features", len(in)+len(out))
		}
	})
}
