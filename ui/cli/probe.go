package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"spatialmaker/processor"
	"spatialmaker/processor/media"
)

func (a *App) probe(ctx context.Context, args []string) error {
	var asJSON bool
	fs := pflag.NewFlagSet("probe", pflag.ContinueOnError)
	fs.BoolVar(&asJSON, "json", false, "one JSON object for each input")
	if done, err := a.parse(fs, "probe INPUT... [--json]", args); done || err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return fmt.Errorf("%w: probe needs at least one INPUT", errUsage)
	}
	failed := false
	for _, path := range fs.Args() {
		info, err := media.Probe(ctx, path)
		switch {
		case errors.Is(err, context.Canceled):
			return err
		case err != nil:
			failed = true
			fmt.Fprintln(a.Stderr, failure(path, processor.Explain(err)))
			continue
		case asJSON:
			err = a.object(info)
		default:
			err = describe(a.Stdout, info)
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return errTold
	}
	return nil
}

// describe writes what a file says about itself for people.
func describe(w io.Writer, i *media.Info) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(what, format string, args ...any) {
		if s := strings.TrimSpace(fmt.Sprintf(format, args...)); s != "" {
			fmt.Fprintf(t, "  %s\t%s\n", what, s)
		}
	}
	fmt.Fprintf(t, "%s\n", i.Path)
	line("kind", "%s, %s, %s", i.Kind, i.Format, bytesText(i.Bytes))
	turned := ""
	if i.Rotation != 0 || i.Mirrored {
		turned = fmt.Sprintf(" (stored turned by %d degrees%s)", i.Rotation, map[bool]string{true: ", mirrored"}[i.Mirrored])
	}
	line("size", "%d x %d%s", i.Width, i.Height, turned)
	if i.Frames > 1 && i.Kind == media.KindPhoto {
		line("frames", "%d", i.Frames)
	}
	if c := i.Colour; c != nil {
		line("colour", "%s", list(c.Model, fmt.Sprintf("%d bits", c.Bits), c.Chroma, c.Coding, c.ICC, c.Primaries, c.Transfer, c.Range))
	}
	if m := i.Metadata; m != nil {
		line("camera", "%s", list(strings.TrimSpace(m.Make+" "+m.Model), m.Lens, m.Time))
		if g := m.GPS; g != nil {
			line("place", "%.5f, %.5f", g.Latitude, g.Longitude)
		}
	}
	for _, x := range i.Inside {
		size := ""
		if x.Width > 0 {
			size = fmt.Sprintf("%d x %d", x.Width, x.Height)
		}
		line("holds", "%s", list(x.Kind, x.Layout, size, x.From, x.Detail))
	}
	if i.Video != nil {
		describeVideo(line, i.Video)
	}
	for _, n := range i.Notes {
		line("note", "%s", n)
	}
	return t.Flush()
}

// list joins what is there.
func list(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.2f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}

func describeVideo(line func(what, format string, args ...any), v *media.VideoInfo) {
	s := &v.Video
	line("length", "%s, %s frames a second, %d frames", v.Duration.Round(1e6), s.FrameRate, v.ExpectedFrames())
	line("video", "%s", list(s.Codec, s.Profile, s.PixFmt, fmt.Sprintf("%d bits", s.Bits), s.Primaries, s.Transfer, s.Matrix, s.Range))
	if s.Interlaced {
		line("fields", "%s", s.FieldOrder)
	}
	tracks := func(what string, in []media.Stream) {
		for _, x := range in {
			channels := ""
			if x.Channels > 0 {
				channels = fmt.Sprintf("%d channels", x.Channels)
			}
			line(what, "%s", list(x.Codec, channels, x.Language, x.Title))
		}
	}
	tracks("audio", v.Audio)
	tracks("subtitles", v.Subtitles)
	tracks("cover", v.Covers)
	if len(v.Chapters) > 0 {
		line("chapters", "%d", len(v.Chapters))
	}
	line("title", "%s", v.Title)
	line("created", "%s", v.Created)
	line("place", "%s", v.Location)
	if v.Stereo != nil {
		line("stereo", "%+v", *v.Stereo)
	}
}
