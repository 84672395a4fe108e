package media

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spatialmaker/processor/media/mediatest"
)

// TestWriteSound takes the sound out of films whose clocks begin elsewhere than
// at zero: it must stay where it was, and the text and the tags come along.
func TestWriteSound(t *testing.T) {
	for name, want := range map[string]struct {
		sound, text int
		note        string
	}{
		"vp9_opus.webm":     {1, 0, "AAC"},
		"subs_chapters.mkv": {1, 1, ""},
		"mpegts.ts":         {1, 0, ""},
		"pcm_audio.mov":     {1, 0, ""},
		"no_audio.mp4":      {0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := ProbeVideo(t.Context(), mediatest.Variant(t, "video", name))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "sound.mov")
			notes, err := WriteSound(t.Context(), v, path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(notes, ";"), want.note) {
				t.Errorf("notes %q", notes)
			}
			if want.sound == 0 {
				if _, err := os.Stat(path); err == nil {
					t.Error("a file without sound was written")
				}
				return
			}
			got, err := probeSound(t, path)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Audio) != want.sound || len(got.Subtitles) != want.text {
				t.Fatalf("%d sound and %d text tracks", len(got.Audio), len(got.Subtitles))
			}
			// What is encoded anew begins up to two packets early.
			if d := got.Audio[0].Start - v.Audio[0].Start; d.Abs() > 50*time.Millisecond {
				t.Errorf("the sound begins at %v, in the source at %v", got.Audio[0].Start, v.Audio[0].Start)
			}
		})
	}
}

// probeSound reads the streams of a file without pictures.
func probeSound(t *testing.T, path string) (*VideoInfo, error) {
	t.Helper()
	ff, err := FindFFmpeg(t.Context())
	if err != nil {
		return nil, err
	}
	p, err := ff.probe(t.Context(), "-show_streams", "-show_format", inputArg(path))
	if err != nil {
		return nil, err
	}
	v := &VideoInfo{Path: path}
	for _, s := range p.Streams {
		v.addStream(s)
	}
	return v, nil
}

func TestCopiesWhole(t *testing.T) {
	for name, want := range map[string]bool{
		"base_640x360.mp4": true, "pcm_audio.mov": true, "no_audio.mp4": true, "subs_chapters_creationtime.mp4": true,
		"vp9_opus.webm": false, "subs_chapters.mkv": false, "mpegts.ts": false,
	} {
		v, err := ProbeVideo(t.Context(), mediatest.Variant(t, "video", name))
		if err != nil {
			t.Fatal(err)
		}
		if got := CopiesWhole(v, MOV); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
