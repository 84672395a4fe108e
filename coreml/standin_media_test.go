//go:build cgo && coremlstub

package coreml

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var someCamera = Camera{BaselineMicrometres: 63707, HFOVMillidegrees: 65000, Adjustment: 125, Focal: 1506.9, LeftX: 960, RightX: 961, Y: 540, Hero: LeftEye}

const cameraLine = "camera focal 1506.900 left 960.000 right 961.000 y 540.000 baseline 63707 field 65000 adjustment 125 hero 1\n"

func digest(rows ...[]byte) string {
	h := fnv.New64a()
	for _, r := range rows {
		_, _ = h.Write(r)
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// frame8 makes planes with padding and returns what the encoder must see.
func frame8(w, h, seed int) (f Frame, want string) {
	var rows [][]byte
	for i := range 3 {
		pw, ph := w, h
		if i > 0 {
			pw, ph = w/2, h/2
		}
		f.Stride[i] = pw + 3 + i
		f.Pix8[i] = make([]uint8, (ph-1)*f.Stride[i]+pw)
		for k := range f.Pix8[i] {
			f.Pix8[i][k] = uint8(k*(i+1) + seed)
		}
	}
	for y := range h {
		rows = append(rows, f.Pix8[0][y*f.Stride[0]:][:w])
	}
	for y := range h / 2 {
		var row []byte
		for x := range w / 2 {
			row = append(row, f.Pix8[1][y*f.Stride[1]+x], f.Pix8[2][y*f.Stride[2]+x])
		}
		rows = append(rows, row)
	}
	return f, digest(rows...)
}

// frame10 is frame8 for 10 bits; samples go to the upper bits.
func frame10(w, h, seed int) (f Frame, want string) {
	var rows [][]byte
	for i := range 3 {
		pw, ph := w, h
		if i > 0 {
			pw, ph = w/2, h/2
		}
		f.Stride[i] = pw
		f.Pix16[i] = make([]uint16, pw*ph)
		for k := range f.Pix16[i] {
			f.Pix16[i][k] = uint16(k*(i+1)+seed) & 1023
		}
	}
	for y := range h {
		row := make([]uint16, w)
		for x := range row {
			row[x] = f.Pix16[0][y*w+x] << 6
		}
		rows = append(rows, Bytes(row))
	}
	for y := range h / 2 {
		row := make([]uint16, w)
		for x := range w / 2 {
			row[2*x] = f.Pix16[1][y*w/2+x] << 6
			row[2*x+1] = f.Pix16[2][y*w/2+x] << 6
		}
		rows = append(rows, Bytes(row))
	}
	return f, digest(rows...)
}

func videoOptions(t *testing.T) SpatialVideoOptions {
	t.Helper()
	return SpatialVideoOptions{
		Path: filepath.Join(t.TempDir(), "out.mov"), W: 16, H: 12, Bits: 8,
		Primaries: 1, Transfer: 1, Matrix: 1, Timescale: 30000, Start: 100, Until: 11000, Quality: 0.5, Camera: someCamera,
	}
}

func TestSpatialVideo(t *testing.T) {
	for _, bits := range []int{8, 10} {
		t.Run(fmt.Sprintf("%d bits", bits), func(t *testing.T) {
			begin(t)
			source := filepath.Join(t.TempDir(), "source.mov")
			if err := os.WriteFile(source, []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
			o := videoOptions(t)
			o.Bits, o.Source, o.FullRange, o.PixelW, o.PixelH = bits, source, true, 4, 3
			extra := ""
			if bits == 10 {
				o.Mastering, o.Light = []byte("mastering display volume"), []byte{3, 232, 1, 144}
				o.Chapters = []Chapter{{"Größe", 100, 2000}, {"", 2000, 2001}, {"the end", 9000, 11000}}
				extra = fmt.Sprintf("mastering %x\nlight 03e80190\nchapter 100 2000 Größe\nchapter 2000 2001 \nchapter 9000 11000 the end\n", o.Mastering)
			}
			w, err := NewSpatialVideoWriter(o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = w.Close() }()
			want := fmt.Sprintf("video 16x12 format %d full 1 pixels 4:3 colour 1 1 1 timescale 30000 start 100 until 11000 quality 0.50 bitrate 0 source %s\n",
				map[int]Format{8: yuv420x8, 10: yuv420x10}[bits], source) + cameraLine + extra
			times := []int64{100, 1101, 2102, 9999} // not evenly spaced
			for i, at := range times {
				make := map[int]func(int, int, int) (Frame, string){8: frame8, 10: frame10}[bits]
				left, l := make(16, 12, i)
				right, r := make(16, 12, 100+i)
				if err := w.Write(context.Background(), &left, &right, at); err != nil {
					t.Fatal(err)
				}
				want += fmt.Sprintf("frame %d %s %s\n", at, l, r)
			}
			report, err := w.Finish(context.Background(), 11000)
			if err != nil || report.Frames != 4 || report.Audio != 1 || report.Chapters != len(o.Chapters) || len(report.Skipped) != 1 {
				t.Errorf("report %+v, %v", report, err)
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			got, err := os.ReadFile(o.Path)
			if err != nil || string(got) != want+"end 11000\n" {
				t.Errorf("got\n%s%v, want\n%s", got, err, want)
			}
			if err := w.Write(context.Background(), &Frame{}, &Frame{}, 20000); !errors.Is(err, ErrClosed) {
				t.Errorf("writing after Close: %v", err)
			}
			if _, err := w.Finish(context.Background(), 20000); !errors.Is(err, ErrClosed) {
				t.Errorf("finishing after Close: %v", err)
			}
		})
	}
}

func TestSpatialVideoRefuses(t *testing.T) {
	tests := map[string]func(*SpatialVideoOptions){
		"mp4":         func(o *SpatialVideoOptions) { o.Path = "x.mp4" },
		"odd width":   func(o *SpatialVideoOptions) { o.W = 15 },
		"no height":   func(o *SpatialVideoOptions) { o.H = 0 },
		"12 bits":     func(o *SpatialVideoOptions) { o.Bits = 12 },
		"timescale":   func(o *SpatialVideoOptions) { o.Timescale = 0 },
		"until":       func(o *SpatialVideoOptions) { o.Until = 50 },
		"quality":     func(o *SpatialVideoOptions) { o.Quality = 2 },
		"pixel shape": func(o *SpatialVideoOptions) { o.PixelW = 4 },
		"no baseline": func(o *SpatialVideoOptions) { o.Camera.BaselineMicrometres = 0 },
		"fov of 180":  func(o *SpatialVideoOptions) { o.Camera.HFOVMillidegrees = 180000 },
		"adjustment":  func(o *SpatialVideoOptions) { o.Camera.Adjustment = 10001 },
		"three eyes":  func(o *SpatialVideoOptions) { o.Camera.Hero = 3 },
		"mastering":   func(o *SpatialVideoOptions) { o.Mastering = make([]byte, 23) },
		"light":       func(o *SpatialVideoOptions) { o.Light = make([]byte, 5) },
		"early":       func(o *SpatialVideoOptions) { o.Chapters = []Chapter{{"a", 99, 200}} },
		"late":        func(o *SpatialVideoOptions) { o.Chapters = []Chapter{{"a", 200, 11001}} },
		"no length":   func(o *SpatialVideoOptions) { o.Chapters = []Chapter{{"a", 200, 200}} },
		"overlap":     func(o *SpatialVideoOptions) { o.Chapters = []Chapter{{"a", 200, 300}, {"b", 299, 400}} },
		"long title":  func(o *SpatialVideoOptions) { o.Chapters = []Chapter{{strings.Repeat("a", 65536), 200, 300}} },
		"a zero byte": func(o *SpatialVideoOptions) { o.Chapters = []Chapter{{"a\x00b", 200, 300}} },
		"not UTF-8":   func(o *SpatialVideoOptions) { o.Chapters = []Chapter{{"\xff", 200, 300}} },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			begin(t)
			o := videoOptions(t)
			spoil(&o)
			if _, err := NewSpatialVideoWriter(o); !errors.Is(err, ErrArgument) {
				t.Errorf("error %v, want ErrArgument", err)
			}
			if standIn.Calls(EntryVideoOpen) != 0 {
				t.Error("it crossed")
			}
		})
	}
}

func TestSpatialVideoFrames(t *testing.T) {
	begin(t)
	w, err := NewSpatialVideoWriter(videoOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	ctx := context.Background()
	good, _ := frame8(16, 12, 0)
	small, _ := frame8(16, 10, 0)
	deep, _ := frame10(16, 12, 0)
	if _, err := w.Finish(ctx, 200); !errors.Is(err, ErrArgument) {
		t.Errorf("finishing without frames: %v", err)
	}
	if err := w.Write(ctx, &good, &good, 99); !errors.Is(err, ErrArgument) {
		t.Errorf("a frame before the start: %v", err)
	}
	for _, bad := range []*Frame{&small, &deep, {}} {
		if err := w.Write(ctx, &good, bad, 100); !errors.Is(err, ErrArgument) {
			t.Errorf("a bad eye: %v", err)
		}
	}
	if err := w.Write(ctx, &good, &good, 100); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(ctx, &good, &good, 100); !errors.Is(err, ErrArgument) {
		t.Errorf("time standing still: %v", err)
	}
	if _, err := w.Finish(ctx, 100); !errors.Is(err, ErrArgument) {
		t.Errorf("an end that is not after the last frame: %v", err)
	}
}

// TestSpatialVideoStops: whatever goes wrong on the other side, no file stays.
func TestSpatialVideoStops(t *testing.T) {
	good, _ := frame8(16, 12, 0)
	write := func(ctx context.Context, w *SpatialVideoWriter) error { return w.Write(ctx, &good, &good, 200) }
	finish := func(ctx context.Context, w *SpatialVideoWriter) error { _, err := w.Finish(ctx, 300); return err }
	tests := []struct {
		name string
		set  func(cancel context.CancelFunc)
		run  func(context.Context, *SpatialVideoWriter) error
		kind error
	}{
		{"append fails", func(context.CancelFunc) { standIn.Fail(EntryVideoAppend, 0, 1, resultFailed) }, write, ErrFailed},
		{"append finds no room", func(context.CancelFunc) { standIn.Fail(EntryVideoAppend, 0, 1, resultFull) }, write, ErrDiskFull},
		{"finish finds no room", func(context.CancelFunc) { standIn.Fail(EntryVideoFinish, 0, 1, resultFull) }, finish, ErrDiskFull},
		{"append cancelled", func(cancel context.CancelFunc) { cancel() }, write, context.Canceled},
		{"finish fails", func(context.CancelFunc) { standIn.Fail(EntryVideoFinish, 0, 1, resultFailed) }, finish, ErrFailed},
		{"finish cancelled", func(cancel context.CancelFunc) { cancel() }, finish, context.Canceled},
		{"just closed", func(context.CancelFunc) {}, write, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begin(t)
			o := videoOptions(t)
			w, err := NewSpatialVideoWriter(o)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if err := w.Write(ctx, &good, &good, 100); err != nil {
				t.Fatal(err)
			}
			tt.set(cancel)
			if err := tt.run(ctx, w); !errors.Is(err, tt.kind) {
				t.Errorf("error %v, want %v", err, tt.kind)
			}
			for range 2 {
				if err := w.Close(); err != nil {
					t.Error(err)
				}
			}
			if _, err := os.Stat(o.Path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the file stays: %v", err)
			}
		})
	}
	t.Run("open", func(t *testing.T) {
		begin(t)
		standIn.Fail(EntryVideoOpen, 0, 1, resultUnsupported)
		if _, err := NewSpatialVideoWriter(videoOptions(t)); !errors.Is(err, ErrUnsupported) {
			t.Errorf("error %v", err)
		}
		o := videoOptions(t)
		o.Source = "/nowhere/film.mov"
		if _, err := NewSpatialVideoWriter(o); !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), o.Source) {
			t.Errorf("error %v", err)
		}
	})
}

func TestSpatialPhoto(t *testing.T) {
	begin(t)
	eye := func(seed byte) (Image, string) {
		data := make([]byte, 9*44)
		for i := range data {
			data[i] = byte(i) + seed
		}
		var rows [][]byte
		for y := range 9 {
			rows = append(rows, data[y*44:][:40])
		}
		return Image{Format: RGBX8, W: 10, H: 9, Planes: [3]Plane{{Data: data, Stride: 44}}}, digest(rows...)
	}
	left, l := eye(1)
	right, r := eye(2)
	source := filepath.Join(t.TempDir(), "in.jpg")
	o := SpatialPhotoOptions{Path: filepath.Join(t.TempDir(), "out.heic"), Source: source, Profile: []byte("icc"), Quality: 0.9, Camera: someCamera}
	if err := WriteSpatialPhoto(o, &left, &right); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("photo 10x9 format 3 quality 0.90 profile 3 %s source %s\n%seyes %s %s\n", digest([]byte("icc")), source, cameraLine, l, r)
	if got, err := os.ReadFile(o.Path); err != nil || string(got) != want {
		t.Errorf("got\n%s%v, want\n%s", got, err, want)
	}
	standIn.Fail(EntryPhoto, 0, 1, resultFailed)
	if err := WriteSpatialPhoto(o, &left, &right); !errors.Is(err, ErrFailed) {
		t.Errorf("error %v", err)
	}
	small := right
	small.H = 8
	yuv := Image{Format: yuv420x8, W: 10, H: 9}
	for name, call := range map[string]func() error{
		"name":       func() error { p := o; p.Path = ""; return WriteSpatialPhoto(p, &left, &right) },
		"quality":    func() error { p := o; p.Quality = -1; return WriteSpatialPhoto(p, &left, &right) },
		"focal":      func() error { p := o; p.Camera.Focal = 0; return WriteSpatialPhoto(p, &left, &right) },
		"baseline":   func() error { p := o; p.Camera.BaselineMicrometres = 0; return WriteSpatialPhoto(p, &left, &right) },
		"sizes":      func() error { return WriteSpatialPhoto(o, &left, &small) },
		"format":     func() error { return WriteSpatialPhoto(o, &yuv, &yuv) },
		"empty eyes": func() error { return WriteSpatialPhoto(o, &Image{Format: RGBX8}, &Image{Format: RGBX8}) },
	} {
		if err := call(); !errors.Is(err, ErrArgument) {
			t.Errorf("%s: error %v, want ErrArgument", name, err)
		}
	}
}
