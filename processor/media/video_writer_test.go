package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// TestLosslessSamples writes without loss and reads back: no sample of any
// format may have changed on the way through both processes.
func TestLosslessSamples(t *testing.T) {
	for _, c := range []struct {
		name  string
		codec Codec
		ext   Container
	}{
		{"base_640x360.mp4", H264, MP4},
		{"full_range.mp4", H264, MP4},
		{"h264_422.mp4", H264, MKV},
		{"odd_853x479_444.mp4", H264, MP4},
		{"hevc10_hlg.mp4", HEVC, MP4},
		{"full_range.mp4", HEVC, MP4},
		{"no_colour_tags.mp4", FFV1, MKV},
		{"full_range.mp4", FFV1, MKV},
		{"hevc10_hdr10_pq.mp4", FFV1, MKV},
	} {
		t.Run(fmt.Sprintf("%s %s", c.name, c.codec), func(t *testing.T) {
			src, dst := mediatest.Variant(t, "video", c.name), filepath.Join(t.TempDir(), "out."+string(c.ext))
			if _, err := remake(t, src, dst, VideoEncoding{Codec: c.codec, Lossless: true}, JoinOptions{Container: c.ext, Packing: Packing{Layout: "sbs"}}); err != nil {
				t.Fatal(err)
			}
			in, err := OpenVideo(context.Background(), mustProbe(t, src), VideoReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			out, err := OpenVideo(context.Background(), mustProbe(t, dst), VideoReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			for n := 0; ; n++ {
				a, err1 := in.Next()
				b, err2 := out.Next()
				if errors.Is(err1, io.EOF) && errors.Is(err2, io.EOF) {
					break
				}
				if err1 != nil || err2 != nil {
					t.Fatalf("frame %d: %v, %v", n, err1, err2)
				}
				want := hashPicture(a.Pic)
				for eye := range 2 {
					part, err := b.Pic.Sub(image.Rect(eye*a.Pic.W, 0, (eye+1)*a.Pic.W, a.Pic.H))
					if err != nil {
						t.Fatal(err)
					}
					flat := pix.New(pix.LayoutOf(part))
					if err := part.CopyTo(flat); err != nil {
						t.Fatal(err)
					}
					if hashPicture(flat) != want {
						t.Fatalf("frame %d, eye %d: samples changed", n, eye)
					}
				}
			}
		})
	}
}

// TestTrimmedSync cuts a part out and looks that each copied packet of sound
// lies to the pictures as in the source.
func TestTrimmedSync(t *testing.T) {
	for _, name := range []string{"two_audio_tracks.mp4", "subs_chapters.mkv", "audio_starts_late_0.5s.mp4"} {
		t.Run(name, func(t *testing.T) {
			src, dst := mediatest.Variant(t, "video", name), filepath.Join(t.TempDir(), "out.mp4")
			o := JoinOptions{Start: 600 * time.Millisecond, Duration: 700 * time.Millisecond}
			if _, err := remake(t, src, dst, VideoEncoding{Codec: H264}, o); err != nil {
				t.Fatal(err)
			}
			v := mustProbe(t, src)
			t1, h1 := packets(t, src, "a:0", v.Start.Seconds()+o.Start.Seconds())
			t2, h2 := packets(t, dst, "a:0", 0)
			if len(h2) < 20 || len(h2) > 50 {
				t.Fatalf("%d packets of sound for 0.7 s", len(h2))
			}
			from := slices.Index(h1, h2[0])
			if from < 0 {
				t.Fatal("the first packet is none of the source's")
			}
			for i := range h2 {
				if h2[i] != h1[from+i] || math.Abs(t2[i]-t1[from+i]) > 0.001 {
					t.Fatalf("packet %d at %.4f, in the source at %.4f", i, t2[i], t1[from+i])
				}
			}
			if math.Abs(t2[0]) > 0.025 {
				t.Errorf("sound begins at %.4f", t2[0])
			}
		})
	}
}

func TestMissingEncoder(t *testing.T) {
	ff, err := FindFFmpeg(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	poor := &FFmpeg{Path: ff.Path, Probe: ff.Probe, Version: ff.Version, works: map[string]error{}}
	poor.once.Do(func() { poor.encoders = []string{"libx264", "prores_ks"} })
	err = poor.ChooseEncoder(context.Background(), &VideoEncoding{Codec: AV1})
	if !errors.Is(err, ErrNoEncoder) || !strings.Contains(err.Error(), "it can write: h264 prores") {
		t.Errorf("got %v, want the alternatives named", err)
	}
	e := VideoEncoding{Codec: HEVC, Encoder: "hevc_nvenc"}
	if err := ff.ChooseEncoder(context.Background(), &e); !errors.Is(err, ErrNoEncoder) || !strings.Contains(err.Error(), "can write: h264") {
		t.Errorf("hardware that is not there: %v", err)
	}
}

// TestEncoderKilled kills the encoder: an error that tells of it, no file.
func TestEncoderKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s"+SegmentExt)
	l := pix.Layout{W: 320, H: 240, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}
	w, err := StartSegment(context.Background(), path, VideoEncoding{Codec: H264, Layout: l})
	if err != nil {
		t.Fatal(err)
	}
	pic := pix.New(l)
	if err := w.Write(pic); err != nil {
		t.Fatal(err)
	}
	if err := w.child.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-w.child.done
	if err := w.Write(pic); err == nil {
		t.Error("a killed encoder took a frame")
	}
	if err := w.Close(); err == nil {
		t.Error("a killed encoder finished its file")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestFrameCountChecked(t *testing.T) {
	dir := t.TempDir()
	seg := filepath.Join(dir, "0"+SegmentExt)
	l := pix.Layout{W: 64, H: 64, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}
	w, err := StartSegment(context.Background(), seg, VideoEncoding{Codec: H264, Layout: l})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := w.Write(pix.New(l)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(dir, "out.mp4")
	_, err = JoinVideo(context.Background(), dst, JoinOptions{
		Segments: []string{seg}, Times: []int64{0, 1000, 2000, 3000}, Container: MP4, Bare: true,
		Source: &VideoInfo{Video: VideoStream{TimeBase: Ratio{1, 30000}}},
	})
	if !errors.Is(err, ErrFrameCount) {
		t.Errorf("got %v, want ErrFrameCount", err)
	}
	if _, err := os.Stat(dst); !os.IsNotExist(err) {
		t.Error("an output stands there all the same")
	}
}
