//go:build cgo && coremlstub

package processor

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"spatialmaker/coreml"
	"spatialmaker/processor/media"
	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pack"
)

// spatialRecord is what the stand-in wrote of a film: its first two lines, what
// it was told of HDR10 and of chapters, and the time of each frame.
type spatialRecord struct {
	head, camera, end string
	extra             []string
	frames            []int64
	same              bool // both eyes of every frame are alike
}

func readRecord(t *testing.T, path string) (r spatialRecord) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if len(lines) < 4 {
		t.Fatalf("recorded %q", lines)
	}
	r.head, r.camera, r.end, r.same = lines[0], lines[1], lines[len(lines)-1], true
	for _, l := range lines[2 : len(lines)-1] {
		f := strings.Fields(l)
		if f[0] != "frame" {
			r.extra = append(r.extra, l)
			continue
		}
		at, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		r.frames = append(r.frames, at)
		r.same = r.same && f[2] == f[3]
	}
	return r
}

// sourceTimes are the times of a film's frames in ticks of 1/timescale.
func sourceTimes(t *testing.T, path string) (times []int64, info *media.VideoInfo) {
	t.Helper()
	info, err := media.ProbeVideo(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-select_streams", "V:0",
		"-show_entries", "packet=pts", "-of", "csv=p=0", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.FieldsSeq(string(out)) {
		pts, err := strconv.ParseInt(strings.Trim(line, ","), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, pts*info.Video.TimeBase.Num)
	}
	slices.Sort(times)
	return times, info
}

// TestSpatialFilmConversions takes whole films through the engine: every frame
// must arrive at its own time, the sound's file with it, and the camera must be
// the one the eyes were rendered by.
func TestSpatialFilmConversions(t *testing.T) {
	tests := []struct {
		name, in string
		set      func(*Options)
		sound    string // "source", "made" by ffmpeg, or "-"
		want     string // in the first line
		camera   string
	}{
		{"uneven times", "vfr.mp4", nil, "source", "format 5 full 0 pixels 0:0", "adjustment 250 hero 1"},
		{"10 bits", "hevc10_hlg.mp4", nil, "source", "format 6 full 0 pixels 0:0 colour 9 18 9", "adjustment 250 hero 1"},
		{"upright", "rot90.mp4", func(o *Options) { o.Convergence = Convergence{Value: 0.5} }, "source", "format 5", "adjustment 125 hero 1"},
		{"another container", "odd_853x479_vp9.webm", func(o *Options) { o.CRF = 30 }, "made", "video 854x480 format 5", "adjustment 250"},
		{"a transport stream", "mpegts.ts", nil, "made", "video ", "adjustment 250"},
		{"Matroska with subtitles", "subs_chapters.mkv", nil, "made", "video ", "adjustment 250"},
		{"grey", "h264_gray.mp4", nil, "source", "format 5", "adjustment 250"},
		{"full chroma", "odd_853x479_444.mp4", nil, "source", "video 854x480", "adjustment 250"},
		{"no sound", "no_audio.mp4", func(o *Options) { o.Eyes = "left" }, "source", "quality 0.60", "adjustment 250 hero 2"},
		{"beside others", "base_640x360.mp4", func(o *Options) { o.Formats = []pack.Layout{pack.Spatial, pack.HalfSBS} }, "source", "video 640x360", "adjustment 0 hero 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := standInEngine(t, "input image 56 56", "output image16half", "norm 1")
			in, dir := mediatest.Variant(t, "video", tt.in), t.TempDir()
			o := DefaultOptions()
			o.Output, o.Formats, o.Preset = dir+"/", []pack.Layout{pack.Spatial}, "ultrafast"
			o.Refine, o.Fill = Off, "fast"
			if tt.set != nil {
				tt.set(&o)
			}
			s, err := runFilm(t, e, o, in)
			if err != nil {
				t.Fatal(s.Err)
			}
			stem := strings.TrimSuffix(tt.in, filepath.Ext(tt.in))
			r := readRecord(t, filepath.Join(dir, stem+"_spatial.mov"))
			times, info := sourceTimes(t, in)
			if !slices.Equal(r.frames, times) {
				t.Errorf("frames at %v, want %v", r.frames, times)
			}
			if !strings.Contains(r.head, tt.want) || !strings.Contains(r.camera, tt.camera) || r.same {
				t.Errorf("%s\n%s\neyes alike: %v", r.head, r.camera, r.same)
			}
			last := info.Video.TimeBase.Num * info.Video.LastEnd([]int64{times[len(times)-1] / info.Video.TimeBase.Num})
			if r.end != fmt.Sprintf("end %d", last) {
				t.Errorf("%s, want %d", r.end, last)
			}
			checkSound(t, r.head, tt.sound, in)
			if len(s.Outputs) != len(o.Formats) || s.Backend != "coreml" || s.Frames != int64(len(times)) {
				t.Errorf("%+v", s)
			}
			noTemporaries(t, dir)
		})
	}
}

// TestSpatialFilmChaptersAndHDR: the source's chapters and its HDR10 data reach
// the film, from containers that Apple reads and from others, cut or whole.
// make_variants.sh says what they are.
func TestSpatialFilmChaptersAndHDR(t *testing.T) {
	chapters := func(from, to float64) func(float64) []string {
		return func(den float64) []string {
			return []string{
				fmt.Sprintf("chapter %.0f %.0f Chapter one", from*den, den),
				fmt.Sprintf("chapter %.0f %.0f Chapter two", den, to*den),
			}
		}
	}
	hdr := []string{
		// Green, blue, red and white in 1/50000, then the most and the least light.
		"mastering 33c286c41d4c0bb884d03e803d1340420098968000000001",
		"light 03e80190",
	}
	tests := []struct {
		name, in        string
		start, duration time.Duration
		want            func(den float64) []string
	}{
		{"MP4", "subs_chapters_creationtime.mp4", 0, 0, chapters(0, 2.5)},
		{"Matroska", "subs_chapters.mkv", 0, 0, chapters(0, 2.5)},
		{"cut", "subs_chapters_creationtime.mp4", 400 * time.Millisecond, time.Second, chapters(0.4, 1.4)},
		{"HDR10", "hevc10_hdr10_pq.mp4", 0, 200 * time.Millisecond, func(float64) []string { return hdr }},
		{"neither", "hevc10_hlg.mp4", 0, 200 * time.Millisecond, func(float64) []string { return nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := standInEngine(t, "input image 28 28", "output float16")
			in, dir := mediatest.Variant(t, "video", tt.in), t.TempDir()
			o := DefaultOptions()
			o.Output, o.Formats, o.Refine = filepath.Join(dir, "out.mov"), []pack.Layout{pack.Spatial}, Off
			o.Start, o.Duration = tt.start, tt.duration
			if s, err := runFilm(t, e, o, in); err != nil {
				t.Fatal(s.Err)
			}
			_, info := sourceTimes(t, in)
			if r, want := readRecord(t, o.Output), tt.want(float64(info.Video.TimeBase.Den)); !slices.Equal(r.extra, want) {
				t.Errorf("got  %q\nwant %q", r.extra, want)
			}
		})
	}
}

func checkSound(t *testing.T, head, kind, in string) {
	t.Helper()
	_, source, _ := strings.Cut(head, " source ")
	switch {
	case kind == "source" && source != in, kind == "made" && filepath.Base(source) != "sound.mov", kind == "-" && source != "-":
		t.Errorf("sound from %q, want %s", source, kind)
	}
}

// TestSpatialFilmCut: a stretch of the source keeps its clock, and the sound is
// told where it ends.
func TestSpatialFilmCut(t *testing.T) {
	e := standInEngine(t, "input image 28 28", "output float16")
	in, dir := mediatest.Variant(t, "video", "base_640x360.mp4"), t.TempDir()
	o := DefaultOptions()
	o.Output, o.Formats = filepath.Join(dir, "cut.mov"), []pack.Layout{pack.Spatial}
	o.Start, o.Duration = 400*time.Millisecond, time.Second
	if s, err := runFilm(t, e, o, in); err != nil {
		t.Fatal(s.Err)
	}
	r := readRecord(t, o.Output)
	times, info := sourceTimes(t, in)
	var want []int64
	for _, at := range times {
		if d := time.Duration(at) * time.Second / time.Duration(info.Video.TimeBase.Den); d >= o.Start && d < o.Start+o.Duration {
			want = append(want, at)
		}
	}
	if !slices.Equal(r.frames, want) || len(want) < 20 {
		t.Errorf("frames at %v, want %v", r.frames, want)
	}
	den := info.Video.TimeBase.Den
	if w := fmt.Sprintf("timescale %d start %d until %d", den, den*4/10, den*14/10); !strings.Contains(r.head, w) {
		t.Errorf("%s, want %s", r.head, w)
	}
}

// TestSpatialFilmFails: at every point of failure the error names the file and
// nothing stays, and a film that was interrupted is begun anew from its depth.
func TestSpatialFilmFails(t *testing.T) {
	in := mediatest.Variant(t, "video", "h264_gray.mp4")
	for name, fail := range map[string]func(coreml.StandIn){
		"open":   func(s coreml.StandIn) { s.Fail(coreml.EntryVideoOpen, 0, 1, 1) },
		"append": func(s coreml.StandIn) { s.Fail(coreml.EntryVideoAppend, 7, 1, 1) },
		"finish": func(s coreml.StandIn) { s.Fail(coreml.EntryVideoFinish, 0, 1, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			e := standInEngine(t, "input image 28 28", "output float16")
			dir := t.TempDir()
			o := DefaultOptions()
			o.Output, o.Formats = dir+"/", []pack.Layout{pack.Spatial, pack.HalfSBS}
			o.Preset, o.Refine = "ultrafast", Off
			fail(coreml.StandIn{})
			s, err := runFilm(t, e, o, in)
			if !errors.Is(err, ErrFailed) || !errors.Is(s.Err, coreml.ErrFailed) || !strings.Contains(s.Err.Error(), "spatial") {
				t.Fatalf("%v: %v", err, s.Err)
			}
			if found, _ := filepath.Glob(filepath.Join(dir, "*")); len(found) > 0 {
				t.Errorf("left behind: %v", found)
			}
			if s, err = runFilm(t, e, o, in); err != nil {
				t.Fatal(s.Err)
			}
			times, _ := sourceTimes(t, in)
			if r := readRecord(t, filepath.Join(dir, "h264_gray_spatial.mov")); !slices.Equal(r.frames, times) {
				t.Errorf("frames at %v, want %v", r.frames, times)
			}
			noTemporaries(t, dir)
		})
	}
}

// TestSpatialFilmFullDisk: where Apple's writer finds the disk full, the film
// waits for room as others do, begins again and is whole.
func TestSpatialFilmFullDisk(t *testing.T) {
	in := mediatest.Variant(t, "video", "h264_gray.mp4")
	for name, entry := range map[string]coreml.Entry{"append": coreml.EntryVideoAppend, "finish": coreml.EntryVideoFinish} {
		t.Run(name, func(t *testing.T) {
			e := standInEngine(t, "input image 28 28", "output float16")
			control, dir := coreml.StandIn{}, t.TempDir()
			control.Fail(entry, 0, 1, 5)
			o := DefaultOptions()
			o.Output, o.Formats, o.Refine = dir+"/", []pack.Layout{pack.Spatial}, Off
			s, err := runFilm(t, e, o, in)
			if err != nil {
				t.Fatal(s.Err)
			}
			if !slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, "is full: waiting for room") }) {
				t.Errorf("it did not wait: %q", s.Notes)
			}
			if n := control.Calls(coreml.EntryVideoOpen); n != 2 {
				t.Errorf("begun %d times, want 2", n)
			}
			times, _ := sourceTimes(t, in)
			if r := readRecord(t, filepath.Join(dir, "h264_gray_spatial.mov")); !slices.Equal(r.frames, times) {
				t.Errorf("frames at %v, want %v", r.frames, times)
			}
			noTemporaries(t, dir)
		})
	}
}

// TestSpatialFilmCancel: cancelling while the encoder keeps a frame waiting
// ends the film at once, and nothing stays.
func TestSpatialFilmCancel(t *testing.T) {
	e := standInEngine(t, "input image 28 28", "output float16")
	in, dir := mediatest.Variant(t, "video", "base_640x360.mp4"), t.TempDir()
	o := DefaultOptions()
	o.Output, o.Formats = dir+"/", []pack.Layout{pack.Spatial}
	o.DepthMap = writePNG(t, filepath.Join(t.TempDir(), "flat.png"), image.NewGray(image.Rect(0, 0, 64, 36)))
	ctx, cancel := context.WithCancel(t.Context())
	control := coreml.StandIn{}
	control.Hold(true)
	go func() {
		control.Await(1)
		cancel()
		control.AwaitCancels(1)
		control.Hold(false)
	}()
	var r recorder
	if err := e.Run(ctx, Job{Inputs: []string{in}, Options: o}, &r); !errors.Is(err, context.Canceled) || r.ended[0].State != Cancelled {
		t.Errorf("%v, %+v", err, r.ended)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
