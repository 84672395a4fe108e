package media

import (
	"slices"
	"strings"
	"testing"

	"spatialmaker/processor/pix"
)

func TestParseCodec(t *testing.T) {
	cases := []struct {
		word    string
		codec   Codec
		encoder string
		ok      bool
	}{
		{"h264", H264, "", true},
		{"hevc", HEVC, "", true},
		{"hevc_videotoolbox", HEVC, "hevc_videotoolbox", true},
		{"libsvtav1", AV1, "libsvtav1", true},
		{"mp3", "", "", false},
		{"", "", "", false},
	}
	for _, c := range cases {
		codec, encoder, ok := ParseCodec(c.word)
		if codec != c.codec || encoder != c.encoder || ok != c.ok {
			t.Errorf("ParseCodec(%q) = %q, %q, %v", c.word, codec, encoder, ok)
		}
	}
}

func TestPresets(t *testing.T) {
	cases := []struct {
		encoder, preset string
		takes           bool
	}{
		{"libx264", "veryslow", true},
		{"libx265", "8", false},
		{"libsvtav1", "13", true},
		{"libaom-av1", "13", false},
		{"prores_ks", "4444xq", true},
		{"hevc_nvenc", "p7", true},
		{"h264_qsv", "p7", false},
		{"ffv1", "medium", true}, // it has none and is not told
		{"libx264", "", true},
	}
	for _, c := range cases {
		if e := (VideoEncoding{Encoder: c.encoder, Preset: c.preset}); e.TakesPreset() != c.takes {
			t.Errorf("%s with preset %q: %v, want %v", c.encoder, c.preset, !c.takes, c.takes)
		}
	}
	if words := Presets(""); !slices.Contains(words, "slow") || !slices.Contains(words, "12") || !slices.Contains(words, "hq") {
		t.Errorf("of all codecs: %v", words)
	}
	if words := Presets("mp3"); words != nil {
		t.Errorf("of mp3: %v", words)
	}
}

// TestEncoderFormats: what each encoder is given for what is decoded.
func TestEncoderFormats(t *testing.T) {
	yuv := func(bits int, sx, sy uint8) pix.Layout {
		return pix.Layout{W: 64, H: 64, Bits: bits, Model: pix.YUV, ShiftX: sx, ShiftY: sy}
	}
	cases := []struct {
		codec   Codec
		encoder string
		layout  pix.Layout
		want    string
		note    bool
	}{
		{H264, "libx264", yuv(8, 1, 1), "yuv420p", false},
		{H264, "libx264", yuv(10, 1, 0), "yuv422p10", false},
		{H264, "libx264", yuv(12, 0, 0), "yuv444p10", true},
		{HEVC, "libx265", yuv(12, 1, 1), "yuv420p12", false},
		{HEVC, "libx265", pix.Layout{W: 64, H: 64, Bits: 10, Model: pix.Gray}, "yuv420p10", false},
		{AV1, "libsvtav1", yuv(10, 1, 1), "yuv420p10", false},
		{ProRes, "prores_ks", yuv(8, 1, 1), "yuv422p10", false},
		{ProRes, "prores_ks", yuv(12, 0, 0), "yuv444p10", true},
		{ProRes, "prores_videotoolbox", yuv(10, 1, 0), "p210le", false},
		{HEVC, "hevc_videotoolbox", yuv(10, 1, 1), "p010le", false},
		{HEVC, "hevc_videotoolbox", yuv(8, 1, 1), "yuv420p", false},
		{FFV1, "ffv1", pix.Layout{W: 64, H: 64, Bits: 16, Model: pix.Gray}, "gray16", false},
	}
	for _, c := range cases {
		e := VideoEncoding{Codec: c.codec, Encoder: c.encoder, Layout: c.layout}
		got, note := e.formatFor()
		if got != c.want || (note != "") != c.note {
			t.Errorf("%s of %+v: %s (%q), want %s", c.encoder, c.layout, got, note, c.want)
		}
	}
}

// TestQualityByContent: what is squeezed, coloured or depth gets more bits.
func TestQualityByContent(t *testing.T) {
	for codec, scale := range defaultCRF {
		if !slices.IsSortedFunc(scale[:], func(a, b int) int { return b - a }) {
			t.Errorf("%s: %v", codec, scale)
		}
		e := VideoEncoding{Codec: codec, Encoder: encodersOf[codec].software[0], Content: HalfEyes}
		if args := strings.Join(e.EncoderArgs(), " "); !strings.Contains(args, "-crf ") {
			t.Errorf("%s: %s", codec, args)
		}
		e.CRF = 33
		if args := strings.Join(e.EncoderArgs(), " "); !strings.Contains(args, "-crf 33") {
			t.Errorf("%s: %s", codec, args)
		}
	}
}

func TestStereoNames(t *testing.T) {
	cases := map[string]string{
		"film_LRF_Full_SBS.mp4": "sbs", "Film.3D.HSBS.1080p.mkv": "sbs", "clip_TB.mp4": "tb", "clip_LR.mp4": "sbs",
		"a_RLF_cross.mp4": "sbs", "x_TBF_fulltb.mp4": "tb", "y_redcyan.mp4": "anaglyph",
		"OU campus tour.mp4": "", "tb or not tb.mp4": "", "holiday.mp4": "", "LR.mp4": "", "film 3d ou.mkv": "tb",
	}
	for name, want := range cases {
		got := ""
		if s := stereoName("/some/folder/" + name); s != nil {
			got = s.Layout
			if s.Sure || s.From != "file name" {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if got != want {
			t.Errorf("%s is taken for %q, want %q", name, got, want)
		}
	}
}

// TestWorkFormats: every source format has a planar one that loses nothing
// (beyond 12 bits and transparency).
func TestWorkFormats(t *testing.T) {
	cases := map[string]string{
		"yuv420p": "yuv420p", "yuvj420p": "yuvj420p", "yuv420p10le": "yuv420p10", "yuv422p12be": "yuv422p12", "nv12": "yuv420p",
		"p010le": "yuv420p10", "gray": "gray", "gray10le": "gray10", "yuva444p10le": "yuv444p10", "yuv440p": "yuv444p",
		"yuv411p": "yuv422p", "yuv410p": "yuv420p", "gbrp": "yuv444p", "gbrp10le": "yuv444p10", "rgb48be": "yuv444p12",
		"bgra": "yuv444p", "pal8": "yuv444p", "uyvy422": "yuv422p", "yuv420p9le": "yuv420p10", "yuv444p16le": "yuv444p12",
	}
	for name, want := range cases {
		if got := workFormat(name); got.name != want {
			t.Errorf("%s is worked on as %s, want %s", name, got.name, want)
		}
	}
}
