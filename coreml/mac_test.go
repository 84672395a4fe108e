//go:build darwin && cgo && coreml && !coremlstub

package coreml

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// These tests run the real bridge, on a Mac only.

func openTiny(t *testing.T, asImage bool, o Options) *Model {
	t.Helper()
	o.Path = writeTinyModel(t, asImage, 40, 30)
	o.Cache = filepath.Join(t.TempDir(), "tiny.mlmodelc")
	m, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	t.Logf("runs on %v, notes %q, %+v", m.Units(), m.Notes(), m.Description())
	return m
}

// picture makes a picture of either kind with padded rows, and what the model
// must answer at x, y.
func picture(asImage bool, seed int) (Image, func(x, y int) float64) {
	const w, h = 40, 30
	colour := func(x, y int) (r, g, b byte) { return byte(6*x + seed), byte(8 * y), byte(x*y + 3*seed) }
	weigh := func(x, y int) float64 {
		r, g, b := colour(x, y)
		return (float64(r) + 2*float64(g) + 4*float64(b)) / (7 * 255)
	}
	p := Image{Format: BGRA8, W: w, H: h}
	if asImage {
		data := make([]byte, h*(4*w+20))
		for y := range h {
			for x := range w {
				r, g, b := colour(x, y)
				copy(data[y*(4*w+20)+4*x:], []byte{b, g, r, 255})
			}
		}
		p.Planes[0] = Plane{Data: data, Stride: 4*w + 20}
		return p, weigh
	}
	p.Format = RGBF32
	var planes [3][]float32
	for i := range planes {
		planes[i] = make([]float32, h*(w+3))
		for y := range h {
			for x := range w {
				r, g, b := colour(x, y)
				planes[i][y*(w+3)+x] = float32([3]byte{r, g, b}[i])
			}
		}
		p.Planes[i] = Plane{Data: Bytes(planes[i]), Stride: 4 * (w + 3)}
	}
	return p, weigh
}

func holds(t *testing.T, a *Answer, want func(x, y int) float64) {
	t.Helper()
	for y := range a.H {
		for x := range a.W {
			if got := float64(a.Data[y*a.Stride+x]); math.Abs(got-want(x, y)) > 0.005 {
				t.Fatalf("answer at %d,%d is %g, want %g", x, y, got, want(x, y))
			}
		}
	}
}

func blank() Answer {
	return Answer{Data: make([]float32, 30*47), Stride: 47, W: 40, H: 30}
}

func TestMacSystem(t *testing.T) {
	s, err := Describe()
	if err != nil || s.OS == "" || !s.Has(CPU) {
		t.Errorf("%+v, %v", s, err)
	}
	t.Logf("%+v", s)
}

func TestMacPredicts(t *testing.T) {
	for _, asImage := range []bool{true, false} {
		for _, o := range []Options{{Units: CPU}, {Units: GPU}, {Units: Auto}, {Units: Auto, Concurrency: 3}} {
			t.Run(fmt.Sprintf("image %v on %v by %d", asImage, o.Units, o.Concurrency), func(t *testing.T) {
				m := openTiny(t, asImage, o)
				var wg sync.WaitGroup
				for g := range 3 {
					wg.Go(func() {
						var pictures []Image
						var answers []Answer
						var wants []func(x, y int) float64
						for i := range 4 {
							p, want := picture(asImage, 10*g+i)
							pictures, answers, wants = append(pictures, p), append(answers, blank()), append(wants, want)
						}
						if err := m.Predict(context.Background(), "image", "depth", pictures, answers); err != nil {
							t.Error(err)
							return
						}
						for i := range answers {
							holds(t, &answers[i], wants[i])
						}
					})
				}
				wg.Wait()
			})
		}
	}
}

func TestMacCancelsAndRefuses(t *testing.T) {
	m := openTiny(t, true, Options{Units: CPU})
	p, _ := picture(true, 0)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := m.Predict(ctx, "image", "depth", []Image{p}, []Answer{blank()}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	bad := filepath.Join(t.TempDir(), "bad.mlmodel")
	if err := os.WriteFile(bad, []byte("not a model"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Options{Path: bad, Cache: filepath.Join(t.TempDir(), "bad.mlmodelc")})
	if !errors.Is(err, ErrFailed) {
		t.Errorf("a file that is no model: %v", err)
	}
	t.Log(err)
}

// TestMacKeepsNothing: memory must not grow with the number of predictions.
func TestMacKeepsNothing(t *testing.T) {
	m := openTiny(t, true, Options{})
	p, _ := picture(true, 0)
	a := blank()
	most := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return u.Maxrss // bytes on macOS
	}
	run := func(n int) {
		for range n {
			if err := m.Predict(context.Background(), "image", "depth", []Image{p}, []Answer{a}); err != nil {
				t.Fatal(err)
			}
		}
	}
	run(500)
	before := most()
	run(5000)
	grown := most() - before
	t.Logf("5000 predictions: %d bytes more, %v, notes %q", grown, m.Units(), m.Notes())
	if grown > 32<<20 {
		t.Errorf("memory grew by %d bytes", grown)
	}
}

var macCamera = Camera{
	BaselineMicrometres: 63707, HFOVMillidegrees: 65000, Adjustment: 125,
	Focal: 502.3, LeftX: 320, RightX: 320, Y: 240, Hero: LeftEye,
}

// box returns the 4 bytes after the head of the first box of that name and so
// many bytes of its own.
func box(t *testing.T, file []byte, name string, skip int) uint32 {
	t.Helper()
	at := bytes.Index(file, []byte(name))
	if at < 0 || at+4+skip+4 > len(file) {
		t.Errorf("there is no %s", name)
		return 0
	}
	return binary.BigEndian.Uint32(file[at+4+skip:])
}

func TestMacSpatialVideo(t *testing.T) {
	s, err := Describe()
	if err != nil {
		t.Fatal(err)
	}
	for _, bits := range []int{8, 10} {
		t.Run(fmt.Sprintf("%d bits", bits), func(t *testing.T) {
			o := SpatialVideoOptions{
				Path: filepath.Join(t.TempDir(), "out.mov"), W: 640, H: 480, Bits: bits,
				Primaries: 1, Transfer: 1, Matrix: 1, Timescale: 30000, Start: 0, Quality: 0.6, Camera: macCamera,
				Chapters: []Chapter{{Title: "Überblick", Start: 0, End: 2002}, {Title: "The end", Start: 2002, End: 7007}},
			}
			if bits == 10 { // HDR10, in the SEI messages' own bytes
				o.Primaries, o.Transfer, o.Matrix = 9, 16, 9
				o.Mastering = []byte{0x33, 0xc2, 0x86, 0xc4, 0x1d, 0x4c, 0x0b, 0xb8, 0x84, 0xd0, 0x3e, 0x80, 0x3d, 0x13, 0x40, 0x42, 0, 0x98, 0x96, 0x80, 0, 0, 0, 1}
				o.Light = []byte{3, 232, 1, 144}
			}
			w, err := NewSpatialVideoWriter(o)
			if !s.SpatialVideo {
				if !errors.Is(err, ErrUnsupported) {
					t.Errorf("without an MV-HEVC encoder: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = w.Close() }()
			for i, at := range []int64{0, 1001, 2002, 5005, 6006} {
				l, r := ramp(640, 480, bits, 10*i), ramp(640, 480, bits, 10*i+8)
				if err := w.Write(context.Background(), &l, &r, at); err != nil {
					t.Fatal(err)
				}
			}
			report, err := w.Finish(context.Background(), 7007)
			if err != nil || report.Frames != 5 || report.Chapters != 2 || len(report.Skipped) > 0 {
				t.Fatalf("%+v, %v", report, err)
			}
			file, err := os.ReadFile(o.Path)
			if err != nil {
				t.Fatal(err)
			}
			if v := box(t, file, "blin", 4); v != macCamera.BaselineMicrometres {
				t.Errorf("baseline %d", v)
			}
			if v := box(t, file, "dadj", 4); int32(v) != macCamera.Adjustment {
				t.Errorf("adjustment %d", int32(v))
			}
			if v := box(t, file, "hfov", 0); v != macCamera.HFOVMillidegrees {
				t.Errorf("field of view %d", v)
			}
			box(t, file, "lhvC", 0)
			box(t, file, "stri", 4)
			box(t, file, "chap", 0)
			for _, c := range o.Chapters {
				if !bytes.Contains(file, append([]byte{0, byte(len(c.Title))}, c.Title...)) {
					t.Errorf("there is no chapter %s", c.Title)
				}
			}
			if bits == 10 {
				if !bytes.Contains(file, append([]byte("mdcv"), o.Mastering...)) || !bytes.Contains(file, append([]byte("clli"), o.Light...)) {
					t.Error("HDR10's data are not in the sample description")
				}
			}
		})
	}
}

// ramp draws one eye.
func ramp(w, h, bits, shift int) Frame {
	f := Frame{Stride: [3]int{w, w / 2, w / 2}}
	for i, n := range [3]int{w * h, w * h / 4, w * h / 4} {
		if bits == 8 {
			f.Pix8[i] = make([]uint8, n)
			for k := range n {
				f.Pix8[i][k] = uint8(16 + (k+shift)%200)
			}
			continue
		}
		f.Pix16[i] = make([]uint16, n)
		for k := range n {
			f.Pix16[i][k] = uint16(64 + (k+shift)%800)
		}
	}
	return f
}

func TestMacSpatialVideoRemovesUnfinished(t *testing.T) {
	o := SpatialVideoOptions{Path: filepath.Join(t.TempDir(), "out.mov"), W: 640, H: 480, Bits: 8, Timescale: 600, Camera: macCamera}
	w, err := NewSpatialVideoWriter(o)
	if errors.Is(err, ErrUnsupported) {
		return // TestMacSpatialVideo holds that against what the machine says
	}
	if err != nil {
		t.Fatal(err)
	}
	f := ramp(640, 480, 8, 0)
	if err := w.Write(context.Background(), &f, &f, 0); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(o.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file stays: %v", err)
	}
}

func TestMacSpatialPhoto(t *testing.T) {
	for _, format := range []Format{RGBX8, RGBX16} {
		stride := 640 * 4 * map[Format]int{RGBX8: 1, RGBX16: 2}[format]
		eye := func(shift int) Image {
			data := make([]byte, stride*480)
			for i := range data {
				data[i] = byte(i/7 + shift)
			}
			return Image{Format: format, W: 640, H: 480, Planes: [3]Plane{{Data: data, Stride: stride}}}
		}
		left, right := eye(0), eye(9)
		path := filepath.Join(t.TempDir(), "out.heic")
		if err := WriteSpatialPhoto(SpatialPhotoOptions{Path: path, Quality: 0.9, Camera: macCamera}, &left, &right); err != nil {
			t.Errorf("format %d: %v", format, err)
			continue
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"ster", "heic", "hvc1"} {
			if !bytes.Contains(file, []byte(name)) {
				t.Errorf("format %d: no %s in the file", format, name)
			}
		}
		t.Logf("format %d: %d bytes; cmin %v, cmex %v", format, len(file), bytes.Contains(file, []byte("cmin")), bytes.Contains(file, []byte("cmex")))
	}
}
