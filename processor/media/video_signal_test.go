package media

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"spatialmaker/processor/media/mediatest"
)

// TestStereoSignal writes each packing in each kind of file and looks that
// players are told of it, not by the name alone.
func TestStereoSignal(t *testing.T) {
	in := mediatest.Variant(t, "video", "base_640x360.mp4")
	cases := []struct {
		codec Codec
		ext   Container
	}{{H264, MP4}, {H264, MKV}, {HEVC, MOV}, {HEVC, MKV}, {AV1, MP4}, {AV1, MKV}, {ProRes, MOV}}
	packings := []Packing{{Layout: "sbs"}, {Layout: "sbs", Swap: true}, {Layout: "tb"}, {}}
	if mediatest.Race {
		packings = packings[1:3]
	}
	for _, c := range cases {
		for _, p := range packings {
			t.Run(fmt.Sprintf("%s %s %s %v", c.codec, c.ext, p.Layout, p.Swap), func(t *testing.T) {
				dst := filepath.Join(t.TempDir(), "film."+string(c.ext))
				if _, err := remake(t, in, dst, VideoEncoding{Codec: c.codec}, JoinOptions{
					Container: c.ext, Packing: p, Duration: 120 * time.Millisecond,
				}); err != nil {
					t.Fatal(err)
				}
				s := mustProbe(t, dst).Stereo
				told := Packing{}
				if s != nil && s.Sure {
					told = Packing{Layout: s.Layout, Swap: s.Swap}
				}
				if told != p && !unsaid(c.codec, c.ext, p) {
					t.Errorf("players are told %+v (%+v), it is %+v", told, s, p)
				}
			})
		}
	}
}

// unsaid: AV1 in MP4 has a box for two layouts only, none for the right eye
// first; ProRes has no word at all.
func unsaid(c Codec, ext Container, p Packing) bool {
	return c == ProRes || c == AV1 && ext == MP4 && p.Swap
}

// FuzzSEI feeds the reader of messages anything, beginning with our own.
func FuzzSEI(f *testing.F) {
	for _, p := range []Packing{{Layout: "sbs"}, {Layout: "sbs", Swap: true}, {Layout: "tb"}} {
		nal := seiMessages(true, p, HDR{Light: &Light{MaxCLL: 1}})
		got := packingInSEI(unescape(nal[2:]))
		if got == nil || got.Layout != p.Layout || got.Swap != p.Swap {
			f.Errorf("%+v is read as %+v", p, got)
		}
		f.Add(nal)
	}
	f.Fuzz(func(_ *testing.T, data []byte) { packingInSEI(unescape(data)) })
}
