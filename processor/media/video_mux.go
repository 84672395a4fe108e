package media

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Container is the kind of file a video is written as.
type Container string

// The containers, by their extension.
const (
	MP4 Container = "mp4"
	MOV Container = "mov"
	MKV Container = "mkv"
)

// ContainerFor chooses the container for an output named path; without a known
// extension the one that suits the codec: MP4 plays everywhere.
func ContainerFor(ext string, c Codec) Container {
	switch strings.ToLower(strings.TrimPrefix(ext, ".")) {
	case "mp4", "m4v":
		return MP4
	case "mov":
		return MOV
	case "mkv":
		return MKV
	}
	switch c {
	case ProRes:
		return MOV
	case FFV1:
		return MKV
	}
	return MP4
}

// Holds reports whether the container can hold the codec.
func (c Container) Holds(codec Codec) bool {
	switch codec {
	case ProRes:
		return c != MP4
	case FFV1:
		return c == MKV
	case AV1:
		return c != MOV
	}
	return true
}

// copied lists the codecs of sound and text that a container takes as they are
// and that its players know. Matroska takes all.
var copied = map[Container][]string{
	MP4: {"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac", "dts", "mov_text"},
	MOV: {"aac", "mp3", "ac3", "eac3", "alac", "mov_text", "qdm2", "mace3", "mace6", "ima_adpcm_qt"},
}

func (c Container) copies(codec string) bool {
	switch {
	case c == MKV:
		return codec != "mov_text" && codec != ""
	case c == MOV && strings.HasPrefix(codec, "pcm_"):
		return true
	}
	return slices.Contains(copied[c], codec)
}

// soundCodec is what a sound track becomes that the container does not take:
// lossless stays lossless.
func soundCodec(s Stream) (codec string, args []string) {
	switch {
	case strings.HasPrefix(s.Codec, "pcm_"), s.Codec == "flac", s.Codec == "truehd", s.Codec == "mlp", s.Codec == "wavpack":
		return "alac", nil
	}
	const perChannel = 96 // kbit/s
	return "aac", []string{strconv.Itoa(perChannel*max(2, min(s.Channels, 8))) + "k"}
}

var textSubtitles = []string{"subrip", "srt", "ass", "ssa", "webvtt", "text", "mov_text", "subviewer", "microdvd", "sami", "realtext", "stl"}

// muxPlan collects the arguments that bring everything but the video from the
// source to the output, and what has to be said about it.
type muxPlan struct {
	container Container
	maps      []string
	codecs    []string
	notes     []string
	sound     int
	text      int
	video     int             // streams of pictures so far; the film is number 0
	files     int             // attachments that are copied
	attach    []Stream        // covers to be attached
	starts    []time.Duration // of the streams that come along
}

func (m *muxPlan) say(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

func (m *muxPlan) add(s Stream, codecs ...string) {
	m.maps = append(m.maps, "-map", "1:"+strconv.Itoa(s.Index))
	m.codecs = append(m.codecs, codecs...)
	m.starts = append(m.starts, s.Start)
}

// earliest is when the first of the streams that come along begins.
func (m *muxPlan) earliest() time.Duration {
	if len(m.starts) == 0 {
		return 0
	}
	return slices.Min(m.starts)
}

// planMux decides for every stream of the source.
func planMux(v *VideoInfo, c Container) *muxPlan {
	m := &muxPlan{container: c, video: 1}
	for i, s := range v.Audio {
		m.audio(s, i+1)
	}
	for i, s := range v.Subtitles {
		m.subtitle(s, i+1)
	}
	for _, s := range v.Covers {
		m.cover(s)
	}
	for _, s := range v.Attachments {
		if c != MKV {
			m.say("attachment %s is left out: %s holds none", s.Tags["filename"], c)
			continue
		}
		m.files++
		m.add(s)
	}
	for _, s := range v.Other {
		if s.Codec != "bin_data" { // chapter titles, which are written as chapters
			m.say("track %d (%s %s) is left out", s.Index, s.Kind, s.name())
		}
	}
	return m
}

// name is a stream's codec, or the four letters of its tag where ffmpeg has no
// word.
func (s Stream) name() string {
	if s.Codec != "" && s.Codec != "none" {
		return s.Codec
	}
	return strings.Trim(s.Tags["handler_name"], "\x00 ")
}

func (m *muxPlan) audio(s Stream, number int) {
	if s.Codec == "" || s.Codec == "none" {
		m.say("sound track %d is left out: its codec is unknown", number)
		return
	}
	opt := ":a:" + strconv.Itoa(m.sound)
	m.sound++
	if m.container.copies(s.Codec) {
		m.add(s, "-c"+opt, "copy")
		return
	}
	codec, rate := soundCodec(s)
	m.add(s, "-c"+opt, codec)
	if len(rate) > 0 {
		m.codecs = append(m.codecs, "-b"+opt, rate[0])
	}
	m.say("sound track %d is written as %s: %s holds no %s", number, strings.ToUpper(codec), m.container, s.Codec)
}

func (m *muxPlan) subtitle(s Stream, number int) {
	opt := "-c:s:" + strconv.Itoa(m.text)
	switch {
	case m.container.copies(s.Codec):
		m.add(s, opt, "copy")
	case !slices.Contains(textSubtitles, s.Codec):
		m.say("subtitles %d (%s) are left out: %s holds no pictures of text", number, s.Codec, m.container)
		return
	case m.container == MKV:
		m.add(s, opt, "srt")
	default:
		m.add(s, opt, "mov_text")
		if s.Codec == "ass" || s.Codec == "ssa" {
			m.say("subtitles %d lose their styles: %s holds plain text", number, m.container)
		}
	}
	m.text++
}

func (m *muxPlan) cover(s Stream) {
	if s.Codec != "mjpeg" && s.Codec != "png" && s.Codec != "bmp" || m.container == MOV {
		m.say("the cover picture (%s) is left out: %s holds none of this kind", s.Codec, m.container)
		return
	}
	if m.container == MKV {
		m.attach = append(m.attach, s) // a file of its own in Matroska, not a track
		return
	}
	n := strconv.Itoa(m.video)
	m.video++
	m.add(s, "-c:v:"+n, "copy", "-disposition:v:"+n, "attached_pic")
}

// attachCovers takes the covers out of the source into folder dir and returns
// the arguments that attach them.
func (m *muxPlan) attachCovers(ctx context.Context, ff *FFmpeg, source, dir string) ([]string, error) {
	var args []string
	for i, s := range m.attach {
		ext, mime := "."+s.Codec, "image/"+s.Codec
		if s.Codec == "mjpeg" {
			ext, mime = ".jpg", "image/jpeg"
		}
		file := filepath.Join(dir, strconv.Itoa(i)+ext)
		_, err := ff.output(ctx, ff.Path, "-nostdin", "-v", "error", "-i", inputArg(source), "-map", "0:"+strconv.Itoa(s.Index),
			"-c", "copy", "-frames:v", "1", "-f", "image2", "-update", "1", inputArg(file))
		if err != nil {
			return nil, fmt.Errorf("take the cover out of %s: %w", source, err)
		}
		// Attachments are counted behind those that are copied.
		t := "-metadata:s:t:" + strconv.Itoa(m.files+i)
		args = append(args, "-attach", file, t, "mimetype="+mime, t, "filename=cover"+ext)
	}
	return args, nil
}

// tagArgs carry the film's own tags over to the new video track, and what
// players read of its stereo layout.
func tagArgs(v *VideoInfo, p Packing, c Container) []string {
	args := []string{"-map_metadata", "1", "-map_chapters", "1"}
	for _, key := range []string{"language", "title", "handler_name", "creation_time"} {
		if s := v.Video.Tags[key]; s != "" {
			args = append(args, "-metadata:s:v:0", key+"="+s)
		}
	}
	// The container writes its own; copied they would lie.
	for _, key := range []string{"major_brand", "minor_version", "compatible_brands", "encoder", "stereo_mode"} {
		args = append(args, "-metadata", key+"=")
	}
	if c == MKV {
		if mode := matroskaMode(p); mode != "" {
			args = append(args, "-metadata:s:v:0", "stereo_mode="+mode)
		}
		return args
	}
	flags := "+faststart"
	if keepsKeys(v.Tags) {
		flags += "+use_metadata_tags"
	}
	return append(args, "-movflags", flags)
}

// keepsKeys reports whether the source has tags that only QuickTime's free
// keys can hold.
func keepsKeys(t Tags) bool {
	for k := range t {
		if strings.HasPrefix(strings.ToLower(k), "com.") {
			return true
		}
	}
	return false
}

func matroskaMode(p Packing) string {
	switch {
	case p.Layout == "sbs" && p.Swap:
		return "right_left"
	case p.Layout == "sbs":
		return "left_right"
	case p.Layout == "tb" && p.Swap:
		return "bottom_top"
	case p.Layout == "tb":
		return "top_bottom"
	case p.Layout == "anaglyph":
		return "anaglyph_cyan_red"
	}
	return ""
}
