package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// probeFrames asks ffprobe for the times of all decoded frames, in ticks.
func probeFrames(t testing.TB, path string) []int64 {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "quiet", "-select_streams", "V:0", "-show_entries",
		"frame=best_effort_timestamp", "-of", "json", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Frames []struct {
			PTS *int64 `json:"best_effort_timestamp"`
		}
	}
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	var times []int64
	for _, f := range p.Frames {
		if f.PTS == nil {
			t.Fatalf("%s: a frame without a time", path)
		}
		times = append(times, *f.PTS)
	}
	return times
}

// probed keeps what was probed: the files of a test do not change.
var probed sync.Map

func mustProbe(t testing.TB, path string) *VideoInfo {
	t.Helper()
	if v, ok := probed.Load(path); ok {
		return v.(*VideoInfo)
	}
	v, err := ProbeVideo(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	probed.Store(path, v)
	return v
}

// readAll decodes what opt asks for and returns times, a hash of the samples
// of each frame, and the report.
func readAll(t testing.TB, path string, opt VideoReadOptions) (times []int64, hashes []string, rep VideoReport, err error) {
	t.Helper()
	if opt.Pool == nil {
		opt.Pool = pix.NewPool(64 << 20)
	}
	r, err := OpenVideo(context.Background(), mustProbe(t, path), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		f, err := r.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return times, hashes, r.Report(), err
		}
		if cerr := f.Pic.Check(); cerr != nil {
			t.Fatal(cerr)
		}
		times = append(times, f.PTS)
		hashes = append(hashes, hashPicture(f.Pic))
		f.Pic.Release()
	}
}

func hashPicture(p *pix.Picture) string {
	h := sha256.New()
	for i := range p.N {
		h.Write(planeBytes(&p.Planes[i]))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// ffmpegHashes is ffmpeg's own decode of the file, by default upright, cut
// into frames of the given bytes.
func ffmpegHashes(t testing.TB, path, format, filter string, bytesEach int) []string {
	t.Helper()
	args := []string{"-nostdin", "-v", "quiet", "-i", path, "-map", "0:V:0"}
	if filter != "" {
		args = append(args, "-vf", filter)
	}
	args = append(args, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", format, "pipe:1")
	out, err := exec.Command("ffmpeg", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for ; len(out) >= bytesEach; out = out[bytesEach:] {
		sum := sha256.Sum256(out[:bytesEach])
		hashes = append(hashes, hex.EncodeToString(sum[:8]))
	}
	if len(out) != 0 {
		t.Fatalf("%s: %d bytes left over", path, len(out))
	}
	return hashes
}

// TestReaderEveryFrame holds the reader against ffprobe's times and ffmpeg's
// own samples: each frame once, at its time, upright, its samples unchanged.
func TestReaderEveryFrame(t *testing.T) {
	cases := []struct {
		name   string
		w, h   int
		format string
		layout pix.Layout
	}{
		{"base_640x360.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"rot90.mp4", 360, 640, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"rot180.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"rot270.mp4", 360, 640, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"mirrored.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"vfr.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"fps23976.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"fps1.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"one_frame.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"hevc10_hlg.mp4", 640, 360, "yuv420p10", pix.Layout{Bits: 10, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"full_range.mp4", 640, 360, "yuvj420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"h264_422.mp4", 640, 360, "yuv422p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1}},
		{"prores_proxy.mov", 640, 360, "yuv422p10", pix.Layout{Bits: 10, Model: pix.YUV, ShiftX: 1}},
		{"odd_853x479_vp9.webm", 853, 479, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"odd_853x479_444.mp4", 853, 479, "yuv444p", pix.Layout{Bits: 8, Model: pix.YUV}},
		{"fragmented.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"mpegts.ts", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"mjpeg_pcm.avi", 320, 180, "yuvj420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"mpeg4_mp3.avi", 320, 180, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"subs_chapters.mkv", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"with_cover_art.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"bframes_opengop.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"video_starts_late_0.4s.mp4", 640, 360, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
		{"tiny_16x16.mp4", 16, 16, "yuv420p", pix.Layout{Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}},
	}
	done := map[string]bool{}
	for _, c := range cases {
		kind := fmt.Sprintf("%s of %dx%d", c.format, c.w, c.h)
		if mediatest.Race && done[kind] {
			continue
		}
		done[kind] = true
		t.Run(c.name, func(t *testing.T) {
			path := mediatest.Variant(t, "video", c.name)
			times, hashes, rep, err := readAll(t, path, VideoReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if rep.Damaged() || rep.Retimed > 0 || rep.Resized > 0 {
				t.Errorf("report of a good file: %+v", rep)
			}
			if want := probeFrames(t, path); !slices.Equal(times, want) {
				t.Errorf("times\n%v, ffprobe has\n%v", times, want)
			}
			want := ffmpegHashes(t, path, c.format, "", c.layout.Resized(c.w, c.h).Bytes())
			if !slices.Equal(hashes, want) {
				t.Errorf("%d frames, not the %d that ffmpeg decodes", len(hashes), len(want))
			}
		})
	}
}

func TestReaderDeinterlaces(t *testing.T) {
	path := mediatest.Variant(t, "video", "interlaced_25i_tff.mp4")
	r, err := OpenVideo(context.Background(), mustProbe(t, path), VideoReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if notes := strings.Join(r.Notes(), " "); !strings.Contains(notes, "deinterlaced") {
		t.Errorf("notes %q do not tell of deinterlacing", notes)
	}
	times, hashes, _, err := readAll(t, path, VideoReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := probeFrames(t, path); !slices.Equal(times, want) {
		t.Errorf("times %v, want %v", times, want)
	}
	size := pix.Layout{W: 720, H: 576, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}.Bytes()
	if want := ffmpegHashes(t, path, "yuv420p", "bwdif=mode=send_frame", size); !slices.Equal(hashes, want) {
		t.Error("frames differ from ffmpeg's deinterlaced ones")
	}
}

// TestReaderRange reads a part, and goes on behind a few frames as an
// interrupted conversion does: the frames must be those of the whole film.
func TestReaderRange(t *testing.T) {
	for _, name := range []string{"base_640x360.mp4", "bframes_opengop.mp4", "vfr.mp4", "mpegts.ts", "subs_chapters.mkv", "mpeg4_mp3.avi", "interlaced_25i_tff.mp4", "video_starts_late_0.4s.mp4"} {
		t.Run(name, func(t *testing.T) {
			path := mediatest.Variant(t, "video", name)
			times, hashes, _, err := readAll(t, path, VideoReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range []int{0, len(times)/2 + 3, len(times) - 1} {
				gotT, gotH, _, err := readAll(t, path, VideoReadOptions{After: &times[i]})
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(gotT, times[i+1:]) || !slices.Equal(gotH, hashes[i+1:]) {
					t.Fatalf("behind frame %d (%d): got %d frames from %v, want %d", i, times[i], len(gotT), gotT[:min(3, len(gotT))], len(times)-i-1)
				}
			}
			v := mustProbe(t, path)
			from, length := 500*time.Millisecond, 700*time.Millisecond
			var want []int64
			for _, p := range times {
				if at := v.Video.TimeBase.Duration(p) - v.Start; at >= from && at < from+length {
					want = append(want, p)
				}
			}
			got, _, _, err := readAll(t, path, VideoReadOptions{Start: from, Duration: length})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("0.5 s to 1.2 s: frames %v, want %v", got, want)
			}
		})
	}
}

func TestReaderDamage(t *testing.T) {
	cases := []struct {
		name  string
		probe error // what ProbeVideo ends with
		check func(t *testing.T, frames int, rep VideoReport, err error)
	}{
		{name: "truncated_no_moov.mp4", probe: ErrTruncated},
		{name: "header_only.mp4", probe: ErrTruncated},
		{name: "zero_bytes.mp4", probe: ErrEmpty},
		{name: "text_named.mp4", probe: ErrUnknownKind},
		{name: "audio_only.mp4", probe: ErrNoVideo},
		{name: "truncated_moov_at_front.mp4", check: func(t *testing.T, frames int, rep VideoReport, err error) {
			if err != nil || rep.ShortBy < 500*time.Millisecond || rep.Missing != int64(60-frames) || !rep.Damaged() {
				t.Errorf("%d frames, %+v, %v: the missing end is not told", frames, rep, err)
			}
		}},
		{name: "bit_errors.mp4", check: func(t *testing.T, frames int, rep VideoReport, err error) {
			if err != nil || frames < 50 || rep.Errors == 0 {
				t.Errorf("%d frames, %+v, %v: want most frames and the errors counted", frames, rep, err)
			}
		}},
		{name: "zeroed_20kB_hole.mp4", check: func(t *testing.T, frames int, rep VideoReport, err error) {
			if err != nil || rep.Missing != int64(60-frames) || rep.Errors == 0 {
				t.Errorf("%d frames, %+v, %v: the hole is not told", frames, rep, err)
			}
		}},
		{name: "trailing_garbage.mp4", check: func(t *testing.T, frames int, rep VideoReport, err error) {
			if err != nil || frames != 60 || rep.Missing > 0 || rep.ShortBy > 0 {
				t.Errorf("%d frames, %+v, %v: nothing is missing here", frames, rep, err)
			}
		}},
		{name: "resolution_change_midstream.ts", check: func(t *testing.T, frames int, rep VideoReport, err error) {
			if err != nil || frames != 75 || rep.Resized != 1 {
				t.Errorf("%d frames, %+v, %v: want all 75 and one change of size", frames, rep, err)
			}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := mediatest.Variant(t, "video", c.name)
			if c.probe != nil {
				_, err := ProbeVideo(context.Background(), path)
				if !errors.Is(err, c.probe) || !strings.Contains(err.Error(), c.name) {
					t.Fatalf("got %v, want %v and the file's name", err, c.probe)
				}
				return
			}
			times, _, rep, err := readAll(t, path, VideoReadOptions{})
			c.check(t, len(times), rep, err)
			if !slices.IsSorted(times) {
				t.Errorf("times go back: %v", times)
			}
		})
	}
}

// TestReaderCancel cancels in the middle and looks that the child is gone.
func TestReaderCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, err := OpenVideo(ctx, mustProbe(t, mediatest.Shared(t, "video", "src_indoor_1280x720.mp4")), VideoReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	pid := r.child.cmd.Process.Pid
	cancel()
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v after cancelling", err)
	}
	if processAlive(pid) {
		t.Errorf("ffmpeg %d still runs", pid)
	}
}

// TestReaderKilledChild kills ffmpeg from outside: an error, never an end.
func TestReaderKilledChild(t *testing.T) {
	r, err := OpenVideo(context.Background(), mustProbe(t, mediatest.Shared(t, "video", "src_indoor_1280x720.mp4")), VideoReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if err := r.child.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = r.Next()
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a killed decoder ended the film with %v", err)
	}
	var ce *ChildError
	if !errors.As(err, &ce) {
		t.Errorf("error %v does not tell of ffmpeg", err)
	} else if ce.Hint() == "" {
		t.Error("no next step for a process that was killed")
	}
}

func TestNoFFmpeg(t *testing.T) {
	t.Setenv(FFmpegEnv, t.TempDir())
	_, err := FindFFmpeg(context.Background())
	if !errors.Is(err, ErrNoFFmpeg) || !strings.Contains(err.Error(), "install") {
		t.Errorf("got %v, want ErrNoFFmpeg and how to install it", err)
	}
}

func TestParseEncoders(t *testing.T) {
	got := parseEncoders([]byte(" V..... = Video\n ------\n V....D libx264  text (codec h264)\n A..... aac  AAC\n VFS... ffv1 x\n"))
	if want := []string{"ffv1", "libx264"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRescale(t *testing.T) {
	cases := []struct {
		t        int64
		from, to Ratio
		want     int64
	}{
		{1, Ratio{1001, 30000}, Ratio{1, 90000}, 3003},
		{1001, Ratio{1, 24000}, Ratio{1, 90000}, 3754}, // 3753.75
		{-1, Ratio{1, 2}, Ratio{1, 1}, -1},
		{-1, Ratio{1, 3}, Ratio{1, 1}, 0},
		{1 << 60, Ratio{1, 1 << 30}, Ratio{1, 1 << 31}, 1 << 61},
	}
	for _, c := range cases {
		if got := Rescale(c.t, c.from, c.to); got != c.want {
			t.Errorf("Rescale(%d, %s, %s) = %d, want %d", c.t, c.from, c.to, got, c.want)
		}
	}
}

func TestUprightFrom(t *testing.T) {
	dump := func(a, b, c, d int) string {
		return fmt.Sprintf("\n00000000: %d %d 0\n00000001: %d %d 0\n00000002: 0 0 1073741824\n", a<<16, b<<16, c<<16, d<<16)
	}
	cases := []struct {
		name       string
		a, b, c, d int
		rotation   int
		mirrored   bool
	}{
		{"identity", 1, 0, 0, 1, 0, false},
		{"quarter", 0, 1, -1, 0, 90, false},
		{"half", -1, 0, 0, -1, 180, false},
		{"three quarters", 0, -1, 1, 0, 270, false},
		{"mirrored", -1, 0, 0, 1, 0, true},
		{"upside down mirrored", 1, 0, 0, -1, 180, true},
		{"transposed", 0, 1, 1, 0, 270, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, m := uprightFrom(dump(c.a, c.b, c.c, c.d))
			if r != c.rotation || m != c.mirrored {
				t.Fatalf("got %d %v, want %d %v", r, m, c.rotation, c.mirrored)
			}
			// Walk a point through "mirror, then rotate": it must land where
			// the matrix sends it.
			x, y := 2, 1
			wantX, wantY := c.a*x+c.c*y, c.b*x+c.d*y
			if m {
				x = -x
			}
			for range r / 90 {
				x, y = -y, x
			}
			if x != wantX || y != wantY {
				t.Errorf("point goes to (%d, %d), the matrix says (%d, %d)", x, y, wantX, wantY)
			}
		})
	}
	if r, m := uprightFrom("garbage"); r != 0 || m {
		t.Error("garbage rotates")
	}
}

func BenchmarkReader(b *testing.B) {
	path := filepath.Join(b.TempDir(), "in.mp4")
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=24:d=5", "-c:v", "libx264", "-preset", "ultrafast", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v %s", err, out)
	}
	v := mustProbe(b, path)
	pool := pix.NewPool(64 << 20)
	b.ReportAllocs()
	var frames int64
	for b.Loop() {
		r, err := OpenVideo(context.Background(), v, VideoReadOptions{Pool: pool})
		if err != nil {
			b.Fatal(err)
		}
		for {
			f, err := r.Next()
			if err != nil {
				break
			}
			f.Pic.Release()
			frames++
		}
		r.Close()
	}
	b.SetBytes(120 * 1920 * 1080 * 3 / 2)
	b.ReportMetric(float64(frames)/b.Elapsed().Seconds(), "frames/s")
}

// FuzzNUT feeds the frame parser anything: it must end, without a panic.
func FuzzNUT(f *testing.F) {
	out, err := exec.Command("ffmpeg", "-v", "quiet", "-f", "lavfi", "-i", "testsrc2=s=16x16:r=10:d=0.3", "-pix_fmt", "yuv420p", "-c:v", "rawvideo", "-f", "nut", "pipe:1").Output()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(out)
	f.Add([]byte(nutID))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := newNUTReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		for range 1000 {
			size, _, err := n.next()
			if err != nil {
				return
			}
			if got, err := io.CopyN(io.Discard, n, int64(size)); err != nil || got != int64(size) {
				return
			}
		}
	})
}

// processAlive reports whether the process still runs (a zombie does not).
func processAlive(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(after, "Z")
}
