package media

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// JoinOptions say how segments become a film.
type JoinOptions struct {
	Segments  []string
	Times     []int64    // PTS of every frame, on the source's clock, in ticks of its time base
	Source    *VideoInfo // where sound, text and tags come from
	Bare      bool       // the pictures only: nothing else of the source
	Start     time.Duration
	Duration  time.Duration // 0: to the end; the part of the source that Times cover
	Container Container
	Codec     Codec
	Packing   Packing
	Mode      Overwrite
	Progress  func(frames int) // called for every finished segment; may be nil
}

// JoinVideo writes the film path from finished segments: their frames at the
// given times, and from the source its sound, subtitles, chapters, tags and
// cover. notes say what could not be kept as it was.
func JoinVideo(ctx context.Context, path string, o JoinOptions) (notes []string, err error) {
	out, notes, err := PrepareVideo(ctx, path, o)
	if err != nil {
		return nil, err
	}
	return notes, out.Commit(nil)
}

// PrepareVideo is JoinVideo up to the output's name, which it gets by Commit:
// so that several films appear together. The output is written in the segments'
// folder, which must be on the same disk, and checked frame by frame.
func PrepareVideo(ctx context.Context, path string, o JoinOptions) (out *Output, notes []string, err error) {
	ff, err := FindFFmpeg(ctx)
	if err != nil {
		return nil, nil, err
	}
	film, err := openFilm(o)
	if err != nil {
		return nil, nil, fmt.Errorf("join %s: %w", path, err)
	}
	defer film.close()
	// In the segments' folder, which is cleared when the work is done: what a
	// crash leaves there goes with it.
	temp, err := createOutput(filepath.Dir(o.Segments[0]), path, o.Mode)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			temp.Abort()
		}
	}()
	plan := &muxPlan{container: o.Container}
	if !o.Bare {
		plan = planMux(o.Source, o.Container)
	}
	args := film.args(ff, plan)
	if len(plan.attach) > 0 {
		dir, err := os.MkdirTemp(filepath.Dir(o.Segments[0]), "cover-")
		if err != nil {
			return nil, nil, err
		}
		defer os.RemoveAll(dir)
		covers, err := plan.attachCovers(ctx, ff, o.Source.Path, dir)
		if err != nil {
			return nil, nil, err
		}
		args = append(args, covers...)
	}
	var stdin io.WriteCloser
	c, err := startChild(ctx, ff.Path, append(args, inputArg(temp.Name())), nil, func(cmd *exec.Cmd) error {
		stdin, err = cmd.StdinPipe()
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	go c.wait()
	werr := film.write(stdin)
	if cerr := stdin.Close(); werr == nil {
		werr = cerr
	}
	<-c.done
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case c.err != nil:
		return nil, nil, fmt.Errorf("write %s: %w", path, childError(c.err, c.tail))
	case werr != nil:
		return nil, nil, fmt.Errorf("write %s: %w", path, werr)
	}
	if err = film.verify(ctx, ff, temp.Name()); err != nil {
		return nil, nil, fmt.Errorf("write %s: check of the written file: %w", path, err)
	}
	return temp, plan.notes, nil
}

// film is a row of segments being joined.
type film struct {
	o         JoinOptions
	segments  []*segment
	entry     []byte
	timescale int64
	times     []int64 // from the film's zero, in ticks of timescale
	end       int64
	delay     int
}

func openFilm(o JoinOptions) (*film, error) {
	f := &film{o: o}
	if len(o.Times) == 0 || len(o.Segments) == 0 {
		return nil, ErrFrameCount
	}
	if err := f.open(); err != nil {
		f.close()
		return nil, err
	}
	f.setTimes()
	return f, nil
}

func (f *film) open() error {
	count := 0
	for _, path := range f.o.Segments {
		s, err := openSegment(path)
		if err != nil {
			return fmt.Errorf("segment %s: %w", path, err)
		}
		f.segments = append(f.segments, s)
		entry, err := joinEntry(s.entry, f.o.Packing, f.hdr())
		if err != nil {
			return fmt.Errorf("segment %s: %w", path, err)
		}
		if f.entry == nil {
			f.entry = entry
		} else if !bytes.Equal(f.entry, entry) {
			return fmt.Errorf("segment %s: %w: it was encoded with other settings than the first", path, ErrCorrupt)
		}
		for i, sm := range s.samples {
			f.delay = max(f.delay, i-sm.rank)
		}
		count += len(s.samples)
	}
	if count != len(f.o.Times) {
		return fmt.Errorf("%w: %d frames in the segments, %d were written", ErrFrameCount, count, len(f.o.Times))
	}
	return nil
}

func (f *film) hdr() HDR {
	if f.o.Source == nil {
		return HDR{}
	}
	return f.o.Source.Video.HDR
}

func (f *film) close() {
	for _, s := range f.segments {
		closeQuietly(s)
	}
}

// Time scales of a track: fine enough to place decoding times between frames,
// small enough that a day fits 32 bits in every player.
const (
	minTimescale = 10000
	maxTimescale = 1_000_000
	anyTimescale = 90000
)

// trackTimescale is the smallest multiple of the source's clock that is fine
// enough, so that times come over exactly.
func trackTimescale(tb Ratio) int64 {
	if !tb.Valid() || tb.Den > maxTimescale {
		return anyTimescale
	}
	return tb.Den * ((minTimescale + tb.Den - 1) / tb.Den)
}

// setTimes converts frame times to the track's scale, counted from the moment
// of the source that is the film's zero.
func (f *film) setTimes() {
	v := f.o.Source
	tb := v.Video.TimeBase
	f.timescale = trackTimescale(tb)
	to := Ratio{1, f.timescale}
	zero := Rescale(int64(v.Start+f.o.Start), nanoseconds, to)
	f.times = make([]int64, len(f.o.Times))
	for i, t := range f.o.Times {
		f.times[i] = Rescale(t, tb, to) - zero
		if i > 0 { // never two at one time, however coarse the scale
			f.times[i] = max(f.times[i], f.times[i-1]+1)
		}
	}
	f.end = Rescale(v.Video.LastEnd(f.o.Times), tb, to) - zero
}

// LastEnd is when the last of the frames ends: where the container says the
// track ends if that is plausible, else after an average frame.
func (s *VideoStream) LastEnd(times []int64) int64 {
	last := times[len(times)-1]
	frame := int64(1)
	if s.FrameRate.Valid() {
		frame = max(1, Rescale(1, Ratio{s.FrameRate.Den, s.FrameRate.Num}, s.TimeBase))
	} else if n := len(times); n > 1 {
		frame = times[n-1] - times[n-2]
	}
	if end := s.StartPTS + s.Ticks; s.Ticks > 0 && end > last && end <= last+8*frame {
		return end
	}
	return last + frame
}

// write sends the film through w.
func (f *film) write(w io.Writer) error {
	prefix, hevc := nalPrefix(f.entry)
	var sei []byte
	if prefix > 0 {
		sei = seiMessages(hevc, f.o.Packing, f.hdr())
	}
	b := bufio.NewWriterSize(w, 1<<18)
	if _, err := b.Write(fragmentHead(f.entry, uint32(f.timescale))); err != nil {
		return err
	}
	fw, _ := f.fragments(b)
	base := 0
	for i, s := range f.segments {
		if err := fw.segment(s, base, sei, prefix, hevc); err != nil {
			return fmt.Errorf("segment %s: %w", f.o.Segments[i], err)
		}
		base += len(s.samples)
		if f.o.Progress != nil {
			f.o.Progress(base)
		}
	}
	return b.Flush()
}

func (f *film) fragments(w io.Writer) (*fragmentWriter, int64) {
	return newFragmentWriter(w, f.times, f.end, f.delay)
}

// args is ffmpeg's command line up to the output's name. The film is input 0, the source input 1.
// Without -copyts ffmpeg would move each of them to begin at zero by itself
// and lose how they lie to each other; where it must be left to mend jumps of
// the clock, what it takes away is put back.
func (f *film) args(ff *FFmpeg, plan *muxPlan) []string {
	o := &f.o
	_, shift := f.fragments(nil)
	offset := -Ratio{1, f.timescale}.Duration(shift)
	args := []string{"-nostdin", "-hide_banner", "-nostats", "-v", "level+warning", "-y"}
	mend := !o.Bare && discontinuous(o.Source.Container)
	if mend {
		// Input 0 is moved to begin at zero by itself: only its true beginning
		// is to be added.
		offset = Ratio{1, f.timescale}.Duration(f.times[0])
	} else {
		args = append(args, "-copyts")
	}
	own := -o.Source.Start - o.Start
	if mend {
		own = plan.earliest() - o.Source.Start - o.Start
		if o.Start > 0 {
			own = 0 // ffmpeg moves a sought input so that the wanted moment is zero
		}
	}
	lift := max(0, -min(offset, own))
	if !mend {
		lift = 0
	}
	args = append(args, "-itsoffset", secondsArg(offset+lift), "-f", "mp4", "-i", "pipe:0")
	if !o.Bare {
		if o.Start > 0 {
			args = append(args, "-ss", secondsArg(o.Start))
			plan.codecs = append(plan.codecs, "-copypriorss", "0") // nothing from before the wanted moment
		}
		args = append(args, "-itsoffset", secondsArg(own+lift), "-thread_queue_size", "512", "-i", inputArg(o.Source.Path))
	}
	args = append(args, "-map", "0:v:0")
	args = append(args, plan.maps...)
	args = append(args, "-c:v:0", "copy")
	args = append(args, plan.codecs...)
	if !o.Bare {
		args = append(args, tagArgs(o.Source, o.Packing, o.Container)...)
	} else {
		args = append(args, "-map_metadata", "-1")
		if o.Container != MKV {
			args = append(args, "-movflags", "+faststart")
		}
	}
	if o.Codec == HEVC && o.Container != MKV {
		args = append(args, "-tag:v:0", "hvc1")
	}
	if o.Duration > 0 {
		args = append(args, "-t", secondsArg(o.Duration))
	}
	format := string(o.Container)
	if o.Container == MKV {
		format = "matroska"
	} else {
		args = append(args, "-video_track_timescale", strconv.FormatInt(f.timescale, 10))
		if ff.atLeast(5, 0) {
			// A late beginning is counted in this scale; by default in milliseconds.
			args = append(args, "-movie_timescale", strconv.FormatInt(f.timescale, 10))
		}
	}
	return append(args, "-strict", "unofficial", "-max_muxing_queue_size", "4096", "-f", format)
}

// verify checks the finished file: every frame is there, at its time, to one
// tick of 1/90000 s (in Matroska to the millisecond that it counts in).
func (f *film) verify(ctx context.Context, ff *FFmpeg, path string) error {
	times, tb, err := ff.packetTimes(ctx, path)
	if err != nil {
		return err
	}
	if len(times) != len(f.times) {
		return fmt.Errorf("%w: %d of %d are in the file", ErrFrameCount, len(times), len(f.times))
	}
	scale := Ratio{1, anyTimescale}
	slack, shift := int64(1), int64(0)
	if f.o.Container == MKV {
		slack = anyTimescale / 1000
		// Sound that begins before zero (AAC's first packet does) moves the
		// whole film: Matroska has no negative times.
		if first := Rescale(times[0], tb, scale) - Rescale(f.times[0], Ratio{1, f.timescale}, scale); first > 0 && !f.o.Bare {
			shift = min(first, anyTimescale/4)
		}
	}
	for i, t := range times {
		got, want := Rescale(t, tb, scale), Rescale(f.times[i], Ratio{1, f.timescale}, scale)+shift
		if got < want-slack || got > want+slack {
			return fmt.Errorf("%w: frame %d is shown at %d/%d s instead of %d", ErrFrameTime, i, got, anyTimescale, want)
		}
	}
	return nil
}

// packetTimes lists the times of the video's frames in showing order, and
// their time base.
func (f *FFmpeg) packetTimes(ctx context.Context, path string) (times []int64, tb Ratio, err error) {
	out, err := f.output(ctx, f.Probe, "-v", "error", "-select_streams", "V:0",
		"-show_entries", "packet=pts:stream=time_base", "-of", "csv", inputArg(path))
	if err != nil {
		return nil, tb, classifyProbe(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		switch {
		case len(fields) < 2:
		case fields[0] == "stream":
			tb = parseRatio(fields[1])
		case fields[0] == "packet":
			t, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return nil, tb, fmt.Errorf("%w: frame %d has no time", ErrFrameTime, len(times))
			}
			times = append(times, t)
		}
	}
	if !tb.Valid() {
		return nil, tb, ErrNoVideo
	}
	slices.Sort(times)
	return times, tb, nil
}
