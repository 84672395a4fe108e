package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"spatialmaker": main})
}

// TestScripts runs the command line as users do, with the shipped model and
// the real runtime; see testdata/script.
func TestScripts(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SPATIALMAKER_HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("SPATIALMAKER_RUNTIME", runtimeFolder(root))
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"draw":  draw,
			"claim": claim,
			"size":  size,
			"cut":   cut,

			"network": network,
			"plain":   plain,
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
	})
}

func runtimeFolder(root string) string {
	if p := os.Getenv("SPATIALMAKER_RUNTIME"); p != "" {
		return p
	}
	return filepath.Join(root, "build", "runtime")
}

// draw FILE WxH writes a picture with a shape before a background.
func draw(ts *testscript.TestScript, _ bool, args []string) {
	w, h := parseSize(ts, args[1])
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{uint8(60 + 90*y/h), uint8(110 + (x^y)&31), uint8(200 - 120*y/h), 255}
			if dx, dy := x-w/2, y-h*6/10; dx*dx*4+dy*dy < h*h/9 {
				c = color.NRGBA{220, uint8(90 + x&31), 60, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	if filepath.Ext(args[0]) == ".png" {
		ts.Check(png.Encode(f, img))
	} else {
		ts.Check(jpeg.Encode(f, img, nil))
	}
}

// plain FILE WxH writes a picture of one colour.
func plain(ts *testscript.TestScript, _ bool, args []string) {
	w, h := parseSize(ts, args[1])
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	ts.Check(png.Encode(f, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.NRGBA{90, 140, 60, 255}})))
}

// claim FILE WxH writes a PNG of a few bytes whose header claims the size.
func claim(ts *testscript.TestScript, _ bool, args []string) {
	w, h := parseSize(ts, args[1])
	chunk := func(kind string, data []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		b = append(append(b, kind...), data...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(w))
	head = append(binary.BigEndian.AppendUint32(head, uint32(h)), 1, 0, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", head)...)
	b = append(append(b, chunk("IDAT", []byte{0x78, 0x9c, 0x03, 0, 0, 0, 0, 1})...), chunk("IEND", nil)...)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// size FILE WxH checks a picture's size.
func size(ts *testscript.TestScript, neg bool, args []string) {
	w, h := parseSize(ts, args[1])
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	ts.Check(err)
	if (c.Width == w && c.Height == h) == neg {
		ts.Fatalf("%s is %dx%d", args[0], c.Width, c.Height)
	}
}

// cut FILE PERCENT keeps the first part of a file.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b[:len(b)*n/100], 0o600))
}

func parseSize(ts *testscript.TestScript, s string) (w, h int) {
	a, b, _ := strings.Cut(s, "x")
	w, err1 := strconv.Atoi(a)
	h, err2 := strconv.Atoi(b)
	ts.Check(errors.Join(err1, err2))
	return w, h
}

func TestVersionComesFromFyneApp(t *testing.T) {
	b, err := os.ReadFile("FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	v := appVersion(string(b))
	if !strings.Contains(string(b), `Version = "`+v+`"`) || v == "" {
		t.Errorf("version %q is not the one in FyneApp.toml", v)
	}
	if got := appVersion("not toml ["); got != "unknown" {
		t.Errorf("a damaged file gives %q", got)
	}
	if run(context.Background(), []string{"version"}) != 0 {
		t.Error("version fails")
	}
}
