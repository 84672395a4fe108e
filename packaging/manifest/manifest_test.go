package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func produce(t *testing.T, args ...string) string {
	t.Helper()
	t.Chdir("../..")
	var b bytes.Buffer
	if err := run(&b, args); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func wellFormed(t *testing.T, s string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(s)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, s)
		}
	}
}

func TestPlist(t *testing.T) {
	s := produce(t, "plist")
	wellFormed(t, s)
	app, err := load("FyneApp.toml", "CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<key>CFBundleIdentifier</key>\n\t<string>" + app.Details.ID + "</string>",
		"<key>CFBundleShortVersionString</key>\n\t<string>" + app.Details.Version + "</string>",
		"<key>CFBundleExecutable</key>\n\t<string>spatialmaker</string>",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q", want)
		}
	}
	// Every type the program says it opens is among the document types.
	for _, m := range app.mimeTypes() {
		if !strings.Contains(s, "<string>"+utis[m]+"</string>") {
			t.Errorf("%s is not among the document types", m)
		}
	}
}

func TestLinuxFiles(t *testing.T) {
	app, err := load("../../FyneApp.toml", "../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	var desktop, metainfo bytes.Buffer
	if err := errors.Join(app.desktop(&desktop), app.metainfo(&metainfo)); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, metainfo.String())
	for _, m := range app.mimeTypes() {
		if !strings.Contains(desktop.String(), m+";") || !strings.Contains(metainfo.String(), "<mediatype>"+m+"</mediatype>") {
			t.Errorf("%s is missing", m)
		}
	}
	if !strings.Contains(metainfo.String(), `<release version="`+app.Details.Version+`"`) {
		t.Errorf("no release %s in\n%s", app.Details.Version, metainfo.String())
	}
}

func TestControl(t *testing.T) {
	s := produce(t, "control", "amd64", "1234", "libc6 (>= 2.36)")
	for _, want := range []string{"Package: spatialmaker\n", "Architecture: amd64\n", "Installed-Size: 1234\n", "Depends: libc6 (>= 2.36)\n"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
	_, text, _ := strings.Cut(s, "Description: ")
	for line := range strings.Lines(text) {
		if len(line) > 81 {
			t.Errorf("line of %d characters: %s", len(line), line)
		}
	}
}

func TestParseReleases(t *testing.T) {
	got, err := parseReleases(strings.NewReader("# Changes\n\n## 0.2.0 - 2027-01-02\n\n- one\n  and more\n- two\n\n## 0.1.0 - 2026-11-23\n- first\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].version != "0.2.0" || got[1].date != "2026-11-23" {
		t.Fatalf("releases %+v", got)
	}
	if c := got[0].changes; len(c) != 2 || c[0] != "one and more" || c[1] != "two" {
		t.Errorf("changes %q", c)
	}
}

func TestUsage(t *testing.T) {
	t.Chdir("../..")
	for _, args := range [][]string{nil, {"nothing"}, {"control", "amd64"}} {
		if err := run(io.Discard, args); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
}
