package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"spatialmaker/processor"
	"spatialmaker/processor/media"
)

func (a *App) probe(ctx context.Context, args []string) error {
	fs := pflag.NewFlagSet("probe", pflag.ContinueOnError)
	return a.inspect(ctx, fs, "probe INPUT... [--json]", args, func(path string) (finding, error) {
		info, err := media.Probe(ctx, path)
		return finding{about: info, ok: err == nil, text: func(w io.Writer) error { return describe(w, info) }}, err
	})
}

// finding is what a command has to say of one file.
type finding struct {
	about any                   // for --json
	text  func(io.Writer) error // for people
	ok    bool
}

// inspect runs a command that looks at files one by one: it prints each
// finding as text or JSON and each failure as a line on stderr, and ends with
// status 1 when any file failed or is not ok.
func (a *App) inspect(ctx context.Context, fs *pflag.FlagSet, usage string, args []string, look func(path string) (finding, error)) error {
	var asJSON bool
	fs.BoolVar(&asJSON, "json", false, "one JSON object for each file")
	if done, err := a.parse(fs, usage, args); done || err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return fmt.Errorf("%w: %s needs at least one file", errUsage, fs.Name())
	}
	failed := false
	for _, path := range fs.Args() {
		f, err := look(path)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed = failed || !f.ok
		switch {
		case err != nil:
			fmt.Fprintln(a.Stderr, failure(path, processor.Explain(err)))
			continue
		case asJSON:
			err = a.object(f.about)
		default:
			err = f.text(a.Stdout)
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
		line("cameras", "%s", cameras(x.Baseline, x.FOV, x.Disparity))
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
		describeStereo(line, v.Stereo)
	}
}

func describeStereo(line func(what, format string, args ...any), s *media.StereoSignal) {
	order, guess := "", ""
	if s.Swap {
		order = "right eye first"
	}
	if !s.Sure {
		guess = "a guess"
	}
	line("stereo", "%s", list(s.Layout, order, "by its "+s.From, guess))
	if c := s.Spatial; c != nil {
		line("layers", "%d", c.Layers)
		line("cameras", "%s", cameras(c.Baseline, c.FOV, c.Disparity))
		line("hero eye", "%s", c.Hero)
		line("lens", "%s", map[string]string{
			"rect": "rectilinear", "equi": "equirectangular", "hequ": "half equirectangular", "fish": "fisheye",
		}[c.Projection])
	}
}

// cameras tells what a file says of the cameras of a stereo pair.
func cameras(baseline, fov, adjustment float64) string {
	var parts []string
	if baseline > 0 {
		parts = append(parts, fmt.Sprintf("%.2f mm apart", baseline))
	}
	if fov > 0 {
		parts = append(parts, fmt.Sprintf("%.2f degrees wide", fov))
	}
	if adjustment != 0 {
		parts = append(parts, fmt.Sprintf("adjusted by %+.2f %%", adjustment))
	}
	return strings.Join(parts, ", ")
}
