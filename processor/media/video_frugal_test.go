package media

import (
	"strings"
	"testing"

	"spatialmaker/processor/pix"
)

// TestEncoderMemory: encoders hold back fewer frames where frames are large,
// and only there.
func TestEncoderMemory(t *testing.T) {
	at := func(w, h, bits int) pix.Layout {
		return pix.Layout{W: w, H: h, Bits: bits, Model: pix.YUV, ShiftX: 1, ShiftY: 1}
	}
	cases := []struct {
		name, encoder, preset string
		layout                pix.Layout
		threads               int
		want                  string // "" for the preset's own
	}{
		{"1080p side by side", "libx264", "", at(3840, 1080, 8), 24, ""},
		{"4K side by side", "libx264", "", at(7680, 2160, 8), 3, "sliced-threads=1:ref=2:b-pyramid=none:rc-lookahead=3"},
		{"4K side by side, veryfast", "libx264", "veryfast", at(7680, 2160, 8), 3, "sliced-threads=1:ref=1:b-pyramid=none:rc-lookahead=3"},
		{"4K side by side, nothing held", "libx264", "ultrafast", at(7680, 2160, 8), 3, ""},
		{"4K half, many cores", "libx264", "medium", at(3840, 2160, 8), 24, "sliced-threads=1:ref=2:b-pyramid=none:rc-lookahead=16"},
		{"4K half, little ahead", "libx264", "veryfast", at(3840, 2160, 8), 1, ""},
		{"1080p, HEVC", "libx265", "", at(3840, 1080, 10), 3, ""},
		{"4K side by side, HEVC", "libx265", "", at(7680, 2160, 10), 3, ":frame-threads=1:ref=1:bframes=0:rc-lookahead=1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := VideoEncoding{Codec: H264, Encoder: c.encoder, Preset: c.preset, Layout: c.layout, Threads: c.threads}
			args := strings.Join(e.EncoderArgs(), " ")
			if c.want == "" && (strings.Contains(args, "lookahead") || strings.Contains(args, "frame-threads")) {
				t.Errorf("args %q change the preset", args)
			}
			if !strings.Contains(args, c.want) {
				t.Errorf("args %q, want %q in them", args, c.want)
			}
		})
	}
}

func TestSlowEncoders(t *testing.T) {
	whole, half := pix.Layout{W: 7680, H: 2160, Bits: 8}, pix.Layout{W: 1920, H: 1080, Bits: 8}
	for _, c := range []struct {
		e    VideoEncoding
		want bool
	}{
		{VideoEncoding{Codec: HEVC, Encoder: "libx265", Layout: whole}, true},
		{VideoEncoding{Codec: AV1, Encoder: "libsvtav1", Layout: whole}, true},
		{VideoEncoding{Codec: HEVC, Encoder: "libx265", Layout: half}, false},
		{VideoEncoding{Codec: HEVC, Encoder: "hevc_videotoolbox", Layout: whole}, false},
		{VideoEncoding{Codec: AV1, Encoder: "av1_nvenc", Layout: whole}, false},
	} {
		if got := c.e.Slow(); got != c.want {
			t.Errorf("%s at %dx%d: slow is %v", c.e.Encoder, c.e.Layout.W, c.e.Layout.H, got)
		}
	}
}
