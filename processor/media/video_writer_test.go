package media

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spatialmaker/processor/pix"
)

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
	if err := ff.ChooseEncoder(context.Background(), &e); !errors.Is(err, ErrNoEncoder) {
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
