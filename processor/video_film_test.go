package processor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/media"
	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/models"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
)

// sway is a network whose depth moves with the picture's brightness, so that
// frames differ and the steadying stage has something to do.
type sway struct{ depthtest.Gradient }

func (s *sway) Estimate(ctx context.Context, pic *pix.Picture) (depth.Map, error) {
	m, err := s.Gradient.Estimate(ctx, pic)
	if err != nil {
		return m, err
	}
	var sum, n int
	p := &pic.Planes[0]
	for y := 0; y < p.H; y += 8 {
		for x := 0; x < p.W; x += 8 {
			if p.Pix16 != nil {
				sum += int(p.Pix16[y*p.Stride+x]) >> (pic.Bits - 8)
			} else {
				sum += int(p.Pix8[y*p.Stride+x])
			}
			n++
		}
	}
	shift := float32(sum/n%32) / 64
	for i, v := range m.Pix {
		m.Pix[i] = min(1, v*0.5+shift)
	}
	return m, nil
}

// filmEngine is an engine for films with short segments and a cache of its own.
func filmEngine(t testing.TB, est depth.Estimator, cache string) *Engine {
	e := NewEngine(Config{
		Models: oneModel{}, Depths: DepthCache{Dir: cache, Limit: 1 << 30}, Segment: 16,
		Open: func(context.Context, models.Model, NetworkUse) (depth.Estimator, error) { return est, nil },
	})
	t.Cleanup(func() { e.Close() })
	return e
}

// losslessFilm write without loss, so that frames can be compared.
func losslessFilm(out string) Options {
	o := DefaultOptions()
	o.Output, o.Codec, o.Overwrite = out, "ffv1", true
	return o
}

// frameHashes decodes a video and returns a hash of each frame with its time.
func frameHashes(t testing.TB, path string) (out []string) {
	t.Helper()
	eachFrame(t, path, math.MaxInt, func(f media.VideoFrame) {
		h := sha256.New()
		for i := range f.Pic.N {
			h.Write(f.Pic.Planes[i].Pix8)
			for _, v := range f.Pic.Planes[i].Pix16 {
				h.Write([]byte{byte(v), byte(v >> 8)})
			}
		}
		out = append(out, fmt.Sprintf("%d %s", f.PTS, hex.EncodeToString(h.Sum(nil)[:8])))
	})
	return out
}

// eachFrame hands the first n frames of a film to fn, which may not keep them.
func eachFrame(t testing.TB, path string, n int, fn func(media.VideoFrame)) {
	t.Helper()
	info, err := media.ProbeVideo(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := media.OpenVideo(context.Background(), info, media.VideoReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range n {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		fn(f)
		f.Pic.Release()
	}
}

func runFilm(t testing.TB, e *Engine, o Options, in string) (Snapshot, error) {
	t.Helper()
	var r recorder
	err := e.Run(context.Background(), Job{Inputs: []string{in}, Options: o}, &r)
	if len(r.ended) != 1 {
		t.Fatalf("%d files ended: %v", len(r.ended), err)
	}
	return r.ended[0], err
}

func TestFilmLayouts(t *testing.T) {
	in := mediatest.Variant(t, "video", "odd_853x479_vp9.webm")
	dir := t.TempDir()
	o := DefaultOptions()
	o.Output, o.Preset, o.Duration = dir, "ultrafast", 400*time.Millisecond
	o.Formats = slices.DeleteFunc(pack.Layouts(), func(l pack.Layout) bool { return l == pack.MPO })
	s, err := runFilm(t, filmEngine(t, &sway{}, t.TempDir()), o, in)
	if err != nil {
		t.Fatal(s.Err)
	}
	want := map[string]string{
		"odd_853x479_vp9_LRF_Full_SBS.mp4": "1708x480", "odd_853x479_vp9_LR.mp4": "856x480", "odd_853x479_vp9_TBF_fulltb.mp4": "854x960",
		"odd_853x479_vp9_TB.mp4": "854x480", "odd_853x479_vp9_RLF_cross.mp4": "1708x480", "odd_853x479_vp9_left.mp4": "854x480",
		"odd_853x479_vp9_right.mp4": "854x480", "odd_853x479_vp9_redcyan.mp4": "854x480", "odd_853x479_vp9_depth.mkv": "854x480",
		"odd_853x479_vp9_RGBD.mp4": "1708x480", "odd_853x479_vp9_wiggle.mp4": "852x478",
	}
	if len(s.Outputs) != len(want) {
		t.Errorf("%d outputs, want %d: %v", len(s.Outputs), len(want), s.Outputs)
	}
	for name, size := range want {
		info, err := media.ProbeVideo(context.Background(), filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if got := fmt.Sprintf("%dx%d", info.Video.W, info.Video.H); got != size {
			t.Errorf("%s is %s, want %s", name, got, size)
		}
	}
	if !strings.Contains(strings.Join(s.Notes, ";"), "padded") {
		t.Errorf("notes %q do not tell of padding", s.Notes)
	}
	noTemporaries(t, dir)
}

// TestFilmIsTheSourceWithoutDepth: where the disparity is zero, both eyes are
// the source, sample for sample, at its times.
func TestFilmIsTheSourceWithoutDepth(t *testing.T) {
	for _, name := range []string{"vfr.mp4", "hevc10_hlg.mp4", "rot90.mp4"} {
		t.Run(name, func(t *testing.T) {
			in := mediatest.Variant(t, "video", name)
			dir := t.TempDir()
			flat := filepath.Join(dir, "flat.png")
			info, err := media.ProbeVideo(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			writePNG(t, flat, image.NewGray(image.Rect(0, 0, info.Video.W/4, info.Video.H/4)))
			o := losslessFilm(filepath.Join(dir, "out") + "/")
			o.Formats = []pack.Layout{pack.LeftRight}
			o.DepthMap, o.Convergence = flat, Convergence{}
			s, err := runFilm(t, filmEngine(t, &sway{}, t.TempDir()), o, in)
			if err != nil {
				t.Fatal(s.Err)
			}
			want := frameHashes(t, in)
			for _, out := range s.Outputs {
				got := frameHashes(t, out)
				if len(got) != len(want) {
					t.Fatalf("%s has %d frames, want %d", out, len(got), len(want))
				}
				for i := range got {
					_, a, _ := strings.Cut(got[i], " ")
					_, b, _ := strings.Cut(want[i], " ")
					if a != b {
						t.Fatalf("%s: frame %d is not the source's", out, i)
					}
				}
			}
		})
	}
}

// TestFilmReusesDepth: another strength of the same film asks no network.
func TestFilmReusesDepth(t *testing.T) {
	in := mediatest.Variant(t, "video", "base_640x360.mp4")
	cache, dir := t.TempDir(), t.TempDir()
	est := &sway{}
	e := filmEngine(t, est, cache)
	o := losslessFilm(filepath.Join(dir, "a.mkv"))
	if s, err := runFilm(t, e, o, in); err != nil {
		t.Fatal(s.Err)
	}
	asked := est.Calls()
	if asked != 60 {
		t.Errorf("%d estimates for 60 frames", asked)
	}
	o.Output = filepath.Join(dir, "b.mkv")
	if s, err := runFilm(t, e, o, in); err != nil {
		t.Fatal(s.Err)
	}
	o.Output, o.Strength = filepath.Join(dir, "c.mkv"), 5
	if s, err := runFilm(t, e, o, in); err != nil {
		t.Fatal(s.Err)
	}
	if n := est.Calls(); n != asked {
		t.Errorf("%d more estimates for depth that is in the cache", n-asked)
	}
	a, b, c := frameHashes(t, filepath.Join(dir, "a.mkv")), frameHashes(t, filepath.Join(dir, "b.mkv")), frameHashes(t, filepath.Join(dir, "c.mkv"))
	if !slices.Equal(a, b) {
		t.Error("depth from the cache gives other frames")
	}
	if slices.Equal(a, c) {
		t.Error("another strength gives the same frames")
	}
	u, err := e.Depths().Usage()
	if err != nil || u.Films != 1 || u.Bytes == 0 {
		t.Errorf("usage %+v, %v", u, err)
	}
	if err := e.Depths().Clear(); err != nil {
		t.Error(err)
	}
	if u, _ := e.Depths().Usage(); u.Films != 0 {
		t.Errorf("%d films after clearing", u.Films)
	}
}

// TestFilmDamagedCache: depth that is damaged is estimated anew.
func TestFilmDamagedCache(t *testing.T) {
	in := mediatest.Variant(t, "video", "no_audio.mp4")
	cache, dir := t.TempDir(), t.TempDir()
	est := &sway{}
	e := filmEngine(t, est, cache)
	o := losslessFilm(filepath.Join(dir, "a.mkv"))
	if s, err := runFilm(t, e, o, in); err != nil {
		t.Fatal(s.Err)
	}
	want := frameHashes(t, o.Output)
	pieces, err := filepath.Glob(filepath.Join(cache, "*", "000001"))
	if err != nil || len(pieces) != 1 {
		t.Fatal(pieces, err)
	}
	b, err := os.ReadFile(pieces[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := len(b) / 2; i < len(b)/2+64; i++ {
		b[i] ^= 0x55
	}
	if err := os.WriteFile(pieces[0], b, 0o666); err != nil {
		t.Fatal(err)
	}
	if s, err := runFilm(t, e, o, in); err != nil {
		t.Fatal(s.Err)
	}
	if got := frameHashes(t, o.Output); !slices.Equal(got, want) {
		t.Error("damaged depth got into the film")
	}
}

// TestFilmClearedCache: clearing the cache under a film costs it nothing.
func TestFilmClearedCache(t *testing.T) {
	in := mediatest.Variant(t, "video", "no_audio.mp4")
	cache, dir := t.TempDir(), t.TempDir()
	est := &clearing{cache: cache}
	s, err := runFilm(t, filmEngine(t, est, cache), losslessFilm(filepath.Join(dir, "a.mkv")), in)
	if err != nil || s.Frames != 45 {
		t.Errorf("%d frames, %v", s.Frames, s.Err)
	}
}

// clearing empties the cache in the middle of every row.
type clearing struct {
	sway
	cache string
}

func (c *clearing) Estimate(ctx context.Context, pic *pix.Picture) (depth.Map, error) {
	if c.Calls()%16 == 12 {
		if err := (DepthCache{Dir: c.cache}).Clear(); err != nil {
			return depth.Map{}, err
		}
	}
	return c.sway.Estimate(ctx, pic)
}

// TestFilmSuppliedDepth brings the depth that was written before back as a
// grey video and as a folder of pictures.
func TestFilmSuppliedDepth(t *testing.T) {
	in := mediatest.Variant(t, "video", "base_640x360.mp4")
	dir := t.TempDir()
	folder := filepath.Join(dir, "maps")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		img := image.NewGray16(image.Rect(0, 0, 160, 90))
		for y := range 90 {
			for x := range 160 {
				img.SetGray16(x, y, color.Gray16{Y: uint16(i*1000 + y*50)})
			}
		}
		writePNG(t, filepath.Join(folder, fmt.Sprintf("%d.png", i+8)), img) // 8, 9, 10: not in the order of letters
	}
	grey := filepath.Join(dir, "grey.mkv")
	cmd := exec.Command("ffmpeg", "-v", "error", "-start_number", "8", "-i", filepath.Join(folder, "%d.png"), "-c:v", "ffv1", "-pix_fmt", "gray16", grey)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	e := filmEngine(t, &sway{}, t.TempDir())
	var all [][]string
	for i, source := range []string{folder, grey} {
		o := losslessFilm(filepath.Join(dir, fmt.Sprintf("%d.mkv", i)))
		o.DepthMap = source
		if s, err := runFilm(t, e, o, in); err != nil {
			t.Fatal(s.Err)
		}
		all = append(all, frameHashes(t, o.Output))
	}
	if len(all[0]) != 60 || !slices.Equal(all[0], all[1]) {
		t.Errorf("%d and %d frames, and not the same", len(all[0]), len(all[1]))
	}
	// A part of the film takes the maps of that part. Holes filled well remember
	// what was before it.
	o := losslessFilm(filepath.Join(dir, "part.mkv"))
	o.DepthMap, o.Start, o.Convergence, o.Fill = grey, time.Second, Convergence{Value: 0.5}, "fast"
	if s, err := runFilm(t, e, o, in); err != nil {
		t.Fatal(s.Err)
	}
	whole := losslessFilm(filepath.Join(dir, "whole.mkv"))
	whole.DepthMap, whole.Convergence, whole.Fill = folder, Convergence{Value: 0.5}, "fast"
	if s, err := runFilm(t, e, whole, in); err != nil {
		t.Fatal(s.Err)
	}
	part, full := hashesOnly(frameHashes(t, o.Output)), hashesOnly(frameHashes(t, whole.Output))
	if len(part) == 0 || !slices.Equal(part, full[len(full)-len(part):]) {
		t.Errorf("the last %d frames made alone differ from those of the whole film", len(part))
	}
	// Too few maps are told, not stretched.
	if err := os.Remove(filepath.Join(folder, "67.png")); err != nil {
		t.Fatal(err)
	}
	o = losslessFilm(filepath.Join(dir, "few.mkv"))
	o.DepthMap = folder
	if s, err := runFilm(t, e, o, in); err == nil || !errors.Is(s.Err, ErrDepthFrames) {
		t.Errorf("59 maps for 60 frames: %v", s.Err)
	}
}

func hashesOnly(in []string) (out []string) {
	for _, s := range in {
		_, h, _ := strings.Cut(s, " ")
		out = append(out, h)
	}
	return out
}

func TestFilmRefusals(t *testing.T) {
	cases := []struct {
		name string
		is   error
	}{
		{"already_sbs_frame_packing3.mp4", media.ErrAlready3D},
		{"audio_only.mp4", media.ErrNoVideo},
		{"truncated_no_moov.mp4", media.ErrTruncated},
		{"header_only.mp4", media.ErrTruncated},
		{"zero_bytes.mp4", media.ErrEmpty},
		{"text_named.mp4", media.ErrUnknownKind},
	}
	e := filmEngine(t, &sway{}, t.TempDir())
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s, err := runFilm(t, e, losslessFilm(dir), mediatest.Variant(t, "video", c.name))
			if !errors.Is(err, ErrFailed) || !errors.Is(s.Err, c.is) {
				t.Errorf("got %v, want %v", s.Err, c.is)
			}
			if x := Explain(s.Err); x.Hint == "" || x.Kind == "failed" || !strings.Contains(x.Message, c.name) {
				t.Errorf("explained as %+v", x)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	t.Run("no ffmpeg", func(t *testing.T) {
		t.Setenv(media.FFmpegEnv, t.TempDir())
		s, _ := runFilm(t, e, losslessFilm(t.TempDir()), mediatest.Variant(t, "video", "no_audio.mp4"))
		if !errors.Is(s.Err, media.ErrNoFFmpeg) {
			t.Errorf("got %v", s.Err)
		}
	})
}

// TestFilmDamage: what can be decoded is written, and the film is not called
// done when frames are lost.
func TestFilmDamage(t *testing.T) {
	cases := []struct {
		name string
		done bool
		note string
	}{
		{"truncated_moov_at_front.mp4", false, ""},
		{"zeroed_20kB_hole.mp4", false, ""},
		{"bit_errors.mp4", true, "damaged"},
		{"trailing_garbage.mp4", true, ""},
		{"resolution_change_midstream.ts", true, "changes its size"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.mkv")
			s, err := runFilm(t, filmEngine(t, &sway{}, t.TempDir()), losslessFilm(out), mediatest.Variant(t, "video", c.name))
			if (err == nil) != c.done {
				t.Errorf("state %s, %v", s.State, s.Err)
			}
			if !c.done && (!errors.Is(s.Err, ErrDamaged) || !strings.Contains(s.Err.Error(), out)) {
				t.Errorf("error %v", s.Err)
			}
			if !strings.Contains(strings.Join(s.Notes, ";"), c.note) {
				t.Errorf("notes %q", s.Notes)
			}
			if n := len(frameHashes(t, out)); n < 30 {
				t.Errorf("%d frames written", n)
			}
		})
	}
}

func TestFilmCancel(t *testing.T) {
	in := mediatest.Shared(t, "video", "src_indoor_1280x720.mp4")
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	est := &cancelling{after: 5, cancel: cancel}
	var r recorder
	err := filmEngine(t, est, t.TempDir()).Run(ctx, Job{Inputs: []string{in}, Options: losslessFilm(dir)}, &r)
	if !errors.Is(err, context.Canceled) || r.ended[0].State != Cancelled {
		t.Errorf("got %v, state %s", err, r.ended[0].State)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if n := childrenOf(os.Getpid()); n > 0 {
		t.Errorf("%d processes still run", n)
	}
}

// cancelling cancels after some estimates.
type cancelling struct {
	sway
	after  int
	cancel context.CancelFunc
}

func (c *cancelling) Estimate(ctx context.Context, pic *pix.Picture) (depth.Map, error) {
	if c.Calls() == c.after {
		c.cancel()
	}
	return c.sway.Estimate(ctx, pic)
}

// childrenOf counts the ffmpeg processes that pid has started and not reaped.
func childrenOf(pid int) (n int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, s := range stats {
		b, err := os.ReadFile(s)
		if err != nil {
			continue
		}
		name, rest, _ := strings.Cut(string(b), ") ")
		var state string
		var parent int
		if _, err := fmt.Sscan(rest, &state, &parent); err == nil && parent == pid && strings.Contains(name, "ffmpeg") && state != "Z" {
			n++
		}
	}
	return n
}
