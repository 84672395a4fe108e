package media

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// remake decodes a video and writes it again as two copies side by side, in
// segments of a few frames, the way the engine does.
func remake(t testing.TB, src, dst string, e VideoEncoding, o JoinOptions) (notes []string, err error) {
	t.Helper()
	ctx := context.Background()
	pool := pix.NewPool(64 << 20)
	o.Source = mustProbe(t, src)
	r, err := OpenVideo(ctx, o.Source, VideoReadOptions{Pool: pool, Start: o.Start, Duration: o.Duration})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	l := r.Layout()
	e.Layout = l.Resized(2*l.W, l.H)
	e.Rate, e.SAR, e.Source = o.Source.Video.FrameRate, o.Source.Video.SAR, &o.Source.Video
	if e.Preset == "" && !e.Lossless && (e.Codec == H264 || e.Codec == HEVC) {
		e.Preset = "ultrafast"
	}
	const each = 25
	var w *SegmentWriter
	dir, err := os.MkdirTemp(filepath.Dir(dst), ".segments-") //nolint:usetesting // on the output's own disk, as the engine does
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	finish := func() error {
		if w == nil {
			return nil
		}
		defer func() { w = nil }()
		return w.Close()
	}
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(o.Times)%each == 0 {
			if err := finish(); err != nil {
				return nil, err
			}
			path := filepath.Join(dir, fmt.Sprintf("%d%s", len(o.Segments), SegmentExt))
			if w, err = StartSegment(ctx, path, e); err != nil {
				return nil, err
			}
			o.Segments = append(o.Segments, path)
		}
		both := pool.Picture(e.Layout)
		for eye := range 2 {
			part, err := both.Sub(image.Rect(eye*l.W, 0, (eye+1)*l.W, l.H))
			if err != nil {
				return nil, err
			}
			if err := f.Pic.CopyTo(part); err != nil {
				return nil, err
			}
		}
		if err := w.Write(both); err != nil {
			return nil, err
		}
		both.Release()
		f.Pic.Release()
		o.Times = append(o.Times, f.PTS)
	}
	if err := finish(); err != nil {
		return nil, err
	}
	if o.Container == "" {
		o.Container = MP4
	}
	o.Codec = e.Codec
	return JoinVideo(ctx, dst, o)
}

// shown is what ffprobe tells of a file, as a user's player would see it.
type shown struct {
	Streams  []shownStream
	Chapters []struct {
		Start string `json:"start_time"`
		End   string `json:"end_time"`
		Tags  Tags
	}
	Format struct {
		Start    string `json:"start_time"`
		Duration string
		Tags     Tags
	}
}

type shownStream struct {
	Kind        string `json:"codec_type"`
	Codec       string `json:"codec_name"`
	Tag         string `json:"codec_tag_string"`
	Width       int
	Height      int
	PixFmt      string `json:"pix_fmt"`
	Range       string `json:"color_range"`
	Space       string `json:"color_space"`
	Transfer    string `json:"color_transfer"`
	Primaries   string `json:"color_primaries"`
	SAR         string `json:"sample_aspect_ratio"`
	FieldOrder  string `json:"field_order"`
	Disposition map[string]int
	Tags        Tags
	SideData    []map[string]any `json:"side_data_list"`
}

func (s shownStream) side(kind string) map[string]any {
	for _, d := range s.SideData {
		if d["side_data_type"] == kind {
			return d
		}
	}
	return nil
}

func ffprobe(t testing.TB, into any, args ...string) {
	t.Helper()
	out, err := exec.Command("ffprobe", append([]string{"-v", "quiet", "-of", "json"}, args...)...).Output()
	if err != nil {
		t.Fatalf("ffprobe %v: %v", args, err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatal(err)
	}
}

func showFile(t testing.TB, path string) (s shown, film shownStream) {
	t.Helper()
	ffprobe(t, &s, "-show_streams", "-show_format", "-show_chapters", path)
	for _, st := range s.Streams {
		if st.Kind == "video" && st.Disposition["attached_pic"] == 0 {
			return s, st
		}
	}
	t.Fatalf("%s has no video", path)
	return s, film
}

func (s shown) of(kind string) (out []shownStream) {
	for _, st := range s.Streams {
		if st.Kind == kind {
			out = append(out, st)
		}
	}
	return out
}

// packets lists a stream's packets: time from the file's beginning, hash.
func packets(t testing.TB, path, stream string, zero float64) (times []float64, hashes []string) {
	t.Helper()
	var p struct {
		Packets []struct {
			PTS  string `json:"pts_time"`
			Hash string `json:"data_hash"`
		}
	}
	ffprobe(t, &p, "-select_streams", stream, "-show_packets", "-show_data_hash", "md5", path)
	for _, k := range p.Packets {
		at, err := strconv.ParseFloat(k.PTS, 64)
		if err != nil {
			t.Fatalf("%s %s: packet without a time", path, stream)
		}
		times = append(times, at-zero)
		hashes = append(hashes, k.Hash)
	}
	return times, hashes
}

// TestNothingLost writes each variant as side by side and compares what comes
// out with what went in.
func TestNothingLost(t *testing.T) {
	cases := []struct {
		name  string
		codec Codec
		ext   Container
		sound string // codec of the sound where it is not copied
		check func(t *testing.T, in, out shownStream, all shown)
	}{
		{name: "base_640x360.mp4", check: func(t *testing.T, _, out shownStream, _ shown) {
			if d := out.side("Stereo 3D"); d == nil || d["type"] != "side by side" {
				t.Errorf("stereo layout not signalled: %v", out.SideData)
			}
		}},
		{name: "base_640x360.mp4", codec: HEVC},
		{name: "base_640x360.mp4", codec: AV1},
		{name: "base_640x360.mp4", codec: ProRes, ext: MOV},
		{name: "rot90.mp4"},
		{name: "mirrored.mp4"},
		{name: "vfr.mp4"},
		{name: "fps23976.mp4"},
		{name: "fps60.mp4"},
		{name: "fps1.mp4"},
		{name: "one_frame.mp4"},
		{name: "audio_starts_late_0.5s.mp4"},
		{name: "video_starts_late_0.4s.mp4"},
		{name: "audio_shorter_than_video.mp4"},
		{name: "hevc10_hlg.mp4", codec: HEVC},
		{name: "hevc10_hdr10_pq.mp4", codec: HEVC, check: checkHDR},
		{name: "hevc10_hdr10_pq.mp4", codec: AV1, check: checkHDR},
		{name: "hevc10_hdr10_pq.mp4", codec: HEVC, ext: MKV, check: checkHDR},
		{name: "full_range.mp4"},
		{name: "full_range.mp4", codec: HEVC},
		{name: "bt601.mp4"},
		{name: "no_colour_tags.mp4", check: func(t *testing.T, _, out shownStream, _ shown) {
			if tags := out.Space + out.Transfer + out.Primaries; tags != "" {
				t.Errorf("an untagged film was tagged %s", tags)
			}
		}},
		{name: "h264_422.mp4"},
		{name: "odd_853x479_444.mp4"},
		{name: "anamorphic_720x576_sar64-45.mp4", check: func(t *testing.T, _, out shownStream, _ shown) {
			if out.SAR != "64:45" {
				t.Errorf("sample aspect ratio %s", out.SAR)
			}
		}},
		{name: "interlaced_25i_tff.mp4", check: func(t *testing.T, _, out shownStream, _ shown) {
			if out.FieldOrder != "progressive" || out.SAR != "16:15" {
				t.Errorf("field order %s, sample aspect ratio %s", out.FieldOrder, out.SAR)
			}
		}},
		{name: "two_audio_tracks.mp4"},
		{name: "audio_5.1.mp4"},
		{name: "pcm_audio.mov", sound: "alac"},
		{name: "pcm_audio.mov", ext: MOV},
		{name: "subs_chapters_creationtime.mp4"},
		{name: "subs_chapters.mkv"},
		{name: "subs_chapters.mkv", ext: MKV},
		{name: "quicktime_mdta_location.mov", ext: MOV},
		{name: "with_cover_art.mp4", check: checkCover},
		{name: "with_cover_art.mp4", ext: MKV, check: checkCover},
		{name: "mpegts.ts"},
		{name: "vp9_opus.webm"},
		{name: "mjpeg_pcm.avi", sound: "alac"},
		{name: "bframes_opengop.mp4"},
		{name: "fragmented.mp4"},
	}
	done := map[Container]map[Codec]bool{MP4: {}, MOV: {}, MKV: {}}
	for _, c := range cases {
		if c.codec == "" {
			c.codec = H264
		}
		if c.ext == "" {
			c.ext = MP4
		}
		if mediatest.Race && done[c.ext][c.codec] && c.check == nil && c.sound == "" {
			continue // other files, the same goroutines
		}
		done[c.ext][c.codec] = true
		t.Run(fmt.Sprintf("%s to %s %s", c.name, c.codec, c.ext), func(t *testing.T) {
			src, dst := mediatest.Variant(t, "video", c.name), filepath.Join(t.TempDir(), "out."+string(c.ext))
			notes, err := remake(t, src, dst, VideoEncoding{Codec: c.codec}, JoinOptions{Container: c.ext, Packing: Packing{Layout: "sbs"}})
			if err != nil {
				t.Fatal(err)
			}
			a, in := showFile(t, src)
			b, out := showFile(t, dst)
			compareFilm(t, src, in, out)
			compareTimes(t, src, dst, a, b)
			compareSound(t, src, dst, a, b, c.sound, notes)
			compareText(t, src, dst, a, b)
			compareTags(t, a, b)
			indexFirst(t, dst)
			if c.check != nil {
				c.check(t, in, out, b)
			}
			entries, err := os.ReadDir(filepath.Dir(dst))
			if err != nil || len(entries) != 1 {
				t.Errorf("left beside the output: %v %v", entries, err)
			}
		})
	}
}

func compareFilm(t *testing.T, src string, in, out shownStream) {
	t.Helper()
	v := mustProbe(t, src).Video
	if out.Width != 2*v.W || out.Height != v.H {
		t.Errorf("%dx%d from eyes of %dx%d", out.Width, out.Height, v.W, v.H)
	}
	if out.side("Display Matrix") != nil {
		t.Error("the output is rotated once more")
	}
	wantFmt := in.PixFmt
	if out.Codec == "prores" {
		wantFmt = "yuv422p10le"
	}
	plain := func(s string) string { return strings.Replace(s, "yuvj", "yuv", 1) } // range is compared below
	if plain(out.PixFmt) != plain(wantFmt) {
		t.Errorf("pixel format %s became %s", in.PixFmt, out.PixFmt)
	}
	rng := in.Range
	if out.Codec == "prores" {
		rng = out.Range
	}
	if out.Range != rng || out.Space != in.Space || out.Transfer != in.Transfer || out.Primaries != in.Primaries {
		t.Errorf("colour %s %s %s %s became %s %s %s %s", in.Range, in.Space, in.Transfer, in.Primaries,
			out.Range, out.Space, out.Transfer, out.Primaries)
	}
	if out.Codec == "hevc" && out.Tag != "hvc1" && out.Tag != "[0][0][0][0]" {
		t.Errorf("tag %s: Apple's players want hvc1", out.Tag)
	}
}

// compareTimes: every frame once, to one tick of 1/90000 s from the film's
// beginning. Matroska counts in milliseconds.
func compareTimes(t *testing.T, src, dst string, a, b shown) {
	t.Helper()
	v := mustProbe(t, src)
	var want []float64
	for _, p := range probeFrames(t, src) {
		want = append(want, v.Video.TimeBase.Duration(p).Seconds()-v.Start.Seconds())
	}
	got, _ := packets(t, dst, "V:0", 0)
	slices.Sort(got)
	if len(got) != len(want) {
		t.Fatalf("%d frames from %d", len(got), len(want))
	}
	slack, shift := 1.01/90000, 0.0
	if strings.HasSuffix(dst, ".mkv") {
		slack, shift = 0.00101, got[0]-want[0]
	}
	for i := range want {
		if math.Abs(got[i]-shift-want[i]) > slack {
			t.Fatalf("frame %d at %f, not %f", i, got[i], want[i])
		}
	}
}

// compareSound: the packets' bytes are the source's (but for the framing of
// MPEG-TS), and lie to the pictures as they did, to a millisecond.
func compareSound(t *testing.T, src, dst string, a, b shown, recoded string, notes []string) {
	t.Helper()
	in, out := a.of("audio"), b.of("audio")
	if len(in) != len(out) {
		t.Fatalf("%d sound tracks from %d", len(out), len(in))
	}
	picturesIn, _ := packets(t, src, "V:0", 0)
	picturesOut, _ := packets(t, dst, "V:0", 0)
	for i := range in {
		if x, y := in[i].Tags["language"], out[i].Tags["language"]; x != y && x != "" {
			t.Errorf("language of track %d: %s became %s", i, x, y)
		}
		stream := "a:" + strconv.Itoa(i)
		t1, h1 := packets(t, src, stream, slices.Min(picturesIn))
		t2, h2 := packets(t, dst, stream, slices.Min(picturesOut))
		if math.Abs(t1[0]-t2[0]) > 0.001 {
			t.Errorf("track %d begins %.4f s from the pictures, not %.4f", i, t2[0], t1[0])
		}
		switch {
		case recoded != "":
			if out[i].Codec != recoded || !strings.Contains(strings.Join(notes, ";"), strings.ToUpper(recoded)) {
				t.Errorf("track %d is %s, notes %q", i, out[i].Codec, notes)
			}
		case strings.HasSuffix(src, ".ts"):
			if len(h1) != len(h2) {
				t.Errorf("track %d: %d packets from %d", i, len(h2), len(h1))
			}
		case strings.HasPrefix(in[i].Codec, "pcm_"):
			if out[i].Codec != in[i].Codec {
				t.Errorf("track %d: %s became %s", i, in[i].Codec, out[i].Codec)
			}
		default:
			if !slices.Equal(h1, h2) {
				t.Errorf("track %d: the packets are not the source's (%d, %d)", i, len(h1), len(h2))
			}
		}
	}
}

func compareText(t *testing.T, src, dst string, a, b shown) {
	t.Helper()
	if x, y := len(a.of("subtitle")), len(b.of("subtitle")); x != y {
		t.Fatalf("%d subtitle tracks from %d", y, x)
	}
	for i := range a.of("subtitle") {
		text := func(path string) string {
			out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0:s:"+strconv.Itoa(i), "-f", "srt", "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			return string(out)
		}
		x, y := text(src), text(dst)
		if strings.HasSuffix(dst, ".mkv") || strings.HasSuffix(src, ".mkv") {
			continue // ffmpeg moves Matroska's beginning when it extracts
		}
		if x != y {
			t.Errorf("subtitles\n%s\nbecame\n%s", x, y)
		}
	}
	if len(a.Chapters) != len(b.Chapters) {
		t.Fatalf("%d chapters from %d", len(b.Chapters), len(a.Chapters))
	}
	for i, c := range a.Chapters {
		d := b.Chapters[i]
		if c.Start != d.Start || c.End != d.End || c.Tags["title"] != d.Tags["title"] {
			t.Errorf("chapter %v became %v", c, d)
		}
	}
}

// compareTags looks that every tag that is not the container's own came over.
func compareTags(t *testing.T, a, b shown) {
	t.Helper()
	have := Tags{}
	for k, v := range b.Format.Tags {
		have[strings.ToLower(k)] = v
	}
	for k, v := range a.Format.Tags {
		switch k = strings.ToLower(k); k {
		case "major_brand", "minor_version", "compatible_brands", "encoder", "software":
			continue
		}
		if sameTime(v, have[k]) || have[k] == v {
			continue
		}
		t.Errorf("tag %s: %q became %q", k, v, have[k])
	}
}

func sameTime(a, b string) bool {
	x, err1 := time.Parse(time.RFC3339, a)
	y, err2 := time.Parse(time.RFC3339, b)
	return err1 == nil && err2 == nil && x.Equal(y)
}

func checkHDR(t *testing.T, _, out shownStream, _ shown) {
	m, l := out.side("Mastering display metadata"), out.side("Content light level metadata")
	if m == nil || l == nil {
		t.Fatalf("HDR10 metadata are lost: %v", out.SideData)
	}
	for key, want := range map[string]float64{"red_x": 0.68, "green_y": 0.69, "blue_x": 0.15, "white_point_y": 0.329, "max_luminance": 1000, "min_luminance": 0.0001} {
		s, _ := m[key].(string)
		if got := parseRatio(s).Float(); math.Abs(got-want) > 1e-6 {
			t.Errorf("%s is %s, want %g", key, s, want)
		}
	}
	if l["max_content"] != 1000.0 || l["max_average"] != 400.0 {
		t.Errorf("content light level %v", l)
	}
}

func checkCover(t *testing.T, _, _ shownStream, all shown) {
	n := 0
	for _, s := range all.Streams {
		if s.Kind == "video" && s.Disposition["attached_pic"] == 1 {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d covers", n)
	}
}

// indexFirst: players begin before a film has come whole.
func indexFirst(t *testing.T, path string) {
	t.Helper()
	if filepath.Ext(path) == ".mkv" {
		return
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	if err := boxes(f, 0, st.Size(), func(b box) (bool, error) {
		kinds = append(kinds, b.kind)
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	if slices.Index(kinds, "moov") > slices.Index(kinds, "mdat") {
		t.Errorf("the index comes last: %v", kinds)
	}
}
