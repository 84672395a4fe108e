package media

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FFmpegEnv names the environment variable that points at the ffmpeg program
// (or the folder it lies in); ffprobe is expected beside it.
const FFmpegEnv = "SPATIALMAKER_FFMPEG"

// FFmpeg is an installed pair of ffmpeg and ffprobe. Its methods may be called
// from several goroutines.
type FFmpeg struct {
	Path    string // of ffmpeg
	Probe   string // of ffprobe
	Version string // as it names itself, for example "5.1.9"

	once     sync.Once
	encoders []string
	encErr   error

	mu    sync.Mutex
	works map[string]error // hardware encoders that were tried
}

var (
	foundMu sync.Mutex
	found   = map[string]*FFmpeg{}
)

// FindFFmpeg looks for ffmpeg and ffprobe: in $SPATIALMAKER_FFMPEG, beside the
// program and in its app bundle, in $PATH, and where Homebrew and the system
// keep them. A pair found once is not looked for again. The error wraps
// ErrNoFFmpeg, and says where was looked and how to install it.
func FindFFmpeg(ctx context.Context) (*FFmpeg, error) {
	places := ffmpegPlaces()
	key := strings.Join(places, string(filepath.ListSeparator))
	foundMu.Lock()
	defer foundMu.Unlock()
	if f := found[key]; f != nil {
		return f, nil
	}
	var broken []string
	for _, dir := range places {
		f, err := tryFFmpeg(ctx, dir)
		switch {
		case err == nil:
			found[key] = f
			return f, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !errors.Is(err, fs.ErrNotExist):
			broken = append(broken, err.Error())
		}
	}
	why := "looked in " + strings.Join(places, ", ")
	if len(broken) > 0 {
		why = strings.Join(broken, "; ")
	}
	return nil, fmt.Errorf("%w (%s); videos need it: install it with `brew install ffmpeg` or `apt install ffmpeg`, or set %s to its path",
		ErrNoFFmpeg, why, FFmpegEnv)
}

// LocateFFmpeg returns the path of the ffmpeg that FindFFmpeg would try first,
// without running it; the error wraps ErrNoFFmpeg.
func LocateFFmpeg() (string, error) {
	places := ffmpegPlaces()
	for _, dir := range places {
		path, err := exec.LookPath(filepath.Join(dir, "ffmpeg"))
		if err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w (looked in %s)", ErrNoFFmpeg, strings.Join(places, ", "))
}

// ffmpegPlaces lists the folders to look in. A set environment variable is
// the only place: a wrong one must not be passed over in silence.
func ffmpegPlaces() []string {
	if p := os.Getenv(FFmpegEnv); p != "" {
		if st, err := os.Stat(p); err == nil && !st.IsDir() {
			p = filepath.Dir(p)
		}
		return []string{p}
	}
	var out []string
	add := func(dir string) {
		if dir != "" && !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	if exe, err := os.Executable(); err == nil {
		dir := filepath.Dir(exe)
		add(dir)
		add(filepath.Join(dir, "..", "Resources"))
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		add(dir)
	}
	add("/opt/homebrew/bin")
	add("/usr/local/bin")
	add("/usr/bin")
	return out
}

func tryFFmpeg(ctx context.Context, dir string) (*FFmpeg, error) {
	f := &FFmpeg{works: map[string]error{}}
	var err error
	if f.Path, err = exec.LookPath(filepath.Join(dir, "ffmpeg")); err != nil {
		return nil, fs.ErrNotExist
	}
	if f.Probe, err = exec.LookPath(filepath.Join(dir, "ffprobe")); err != nil {
		return nil, fmt.Errorf("%s has no ffprobe beside it", f.Path)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := f.output(ctx, f.Path, "-hide_banner", "-version")
	if err != nil {
		return nil, fmt.Errorf("%s does not start: %w", f.Path, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	if fields := strings.Fields(line); len(fields) > 2 && fields[1] == "version" {
		f.Version, _, _ = strings.Cut(fields[2], "-")
	}
	return f, nil
}

// atLeast compares the version. Builds named after a commit count as new.
func (f *FFmpeg) atLeast(major, minor int) bool {
	a, rest, _ := strings.Cut(strings.TrimPrefix(f.Version, "n"), ".")
	b, _, _ := strings.Cut(rest, ".")
	have, err := strconv.Atoi(a)
	if err != nil {
		return true
	}
	part, _ := strconv.Atoi(b)
	return have > major || have == major && part >= minor
}

// output runs a short command of the pair and returns its standard output. The
// error carries what it wrote to standard error.
func (f *FFmpeg) output(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	ownGroup(cmd)
	var out bytes.Buffer
	tail := newTail(nil)
	cmd.Stdout, cmd.Stderr = &out, tail
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return out.Bytes(), childError(err, tail)
	}
	return out.Bytes(), nil
}

// Encoders lists the video encoders this ffmpeg was built with, sorted. The
// program is asked once.
func (f *FFmpeg) Encoders(ctx context.Context) ([]string, error) {
	f.once.Do(func() {
		out, err := f.output(context.WithoutCancel(ctx), f.Path, "-hide_banner", "-v", "error", "-encoders")
		if err != nil {
			f.encErr = fmt.Errorf("ask %s for its encoders: %w", f.Path, err)
			return
		}
		f.encoders = parseEncoders(out)
	})
	return f.encoders, f.encErr
}

// parseEncoders reads the lines " V....D libx264  text" of `ffmpeg -encoders`.
func parseEncoders(out []byte) []string {
	var names []string
	sc := bufio.NewScanner(bytes.NewReader(out))
	for sc.Scan() {
		fields := strings.Fields(sc.Text())
		if len(fields) >= 2 && len(fields[0]) == 6 && fields[0][0] == 'V' && fields[1] != "=" {
			names = append(names, fields[1])
		}
	}
	slices.Sort(names)
	return names
}

// Has reports whether the encoder is built in.
func (f *FFmpeg) Has(ctx context.Context, encoder string) bool {
	names, err := f.Encoders(ctx)
	return err == nil && slices.Contains(names, encoder)
}

// Works encodes a few small black frames with the encoder, because a build
// lists hardware encoders whether or not the hardware is there. Answers are
// kept for the life of f. It returns nil when the encoder works.
func (f *FFmpeg) Works(ctx context.Context, encoder string) error {
	f.mu.Lock()
	err, tried := f.works[encoder]
	f.mu.Unlock()
	if tried {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	args := []string{"-nostdin", "-v", "error"}
	args = append(args, hardwareDevice(encoder)...)
	args = append(args, "-f", "lavfi", "-i", "color=black:s=320x240:r=25:d=0.2")
	if filter := hardwareUpload(encoder, 8); filter != "" {
		args = append(args, "-vf", filter)
	}
	args = append(args, "-c:v", encoder)
	if strings.HasSuffix(encoder, "_videotoolbox") && !strings.HasPrefix(encoder, "prores") {
		args = append(args, "-q:v", "60") // the scale it will be given: Intel Macs have none
	}
	args = append(args, "-f", "null", "-")
	_, err = f.output(ctx, f.Path, args...)
	if errors.Is(err, context.Canceled) {
		return err // says nothing about the encoder
	}
	f.mu.Lock()
	f.works[encoder] = err
	f.mu.Unlock()
	return err
}
