package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"spatialmaker/processor/pix"
)

// VideoReadOptions say which part of a video is read, and how.
type VideoReadOptions struct {
	Start    time.Duration // from the container's first moment; frames that begin earlier are left out
	Duration time.Duration // 0: to the end
	After    *int64        // go on behind the frame of exactly this PTS (of a run before); overrides Start
	Threads  int           // of the decoder, 0: its own choice
	Gray16   bool          // frames as 16-bit grey, for depth videos
	PadW     int           // columns (0 or 1) added on the right, repeating the last
	PadH     int           // rows added at the bottom
	Pool     *pix.Pool     // where frames come from; nil allocates
}

// VideoFrame is one decoded picture, upright and progressive. Release Pic.
type VideoFrame struct {
	Pic   *pix.Picture
	PTS   int64 // ticks of VideoStream.TimeBase, on the container's clock
	Index int64 // 0 for the first frame handed out
}

// VideoReport is how reading ended, valid after Next has returned io.EOF.
type VideoReport struct {
	Frames  int64
	Errors  int           // lines the decoder complained in
	Tail    string        // the last of them
	Missing int64         // frames the container promised that did not come
	ShortBy time.Duration // how much earlier than promised the film ended
	Resized int           // changes of the picture size, all scaled to the first
	Retimed int64         // frames whose time did not increase and was moved
}

// Damaged reports whether something of the film was lost.
func (r VideoReport) Damaged() bool { return r.Missing > 0 || r.ShortBy > 0 || r.Errors > 0 }

// VideoReader decodes a video through an ffmpeg child. Its methods are for one
// goroutine; cancelling the context given to OpenVideo kills the child.
type VideoReader struct {
	ctx    context.Context
	ff     *FFmpeg
	info   *VideoInfo
	opt    VideoReadOptions
	format pixFmt
	layout pix.Layout
	notes  []string

	child  *child
	pipe   io.Reader
	nut    *nutReader
	shift  int64 // added to times on the way through ffmpeg, to keep them positive
	first  int64 // smallest PTS handed out
	end    int64 // first PTS not handed out, when limited
	limit  bool
	sought bool // the child was started in the middle
	seen   bool // a frame has arrived from this child

	frames  int64
	lastPTS int64
	prior   int64 // PTS of the frame before the last, for the length of the last
	sizes   atomic.Int64
	report  VideoReport
	ended   error
}

// OpenVideo starts decoding. The frames keep the source's samples: no change
// of range, matrix, bit depth or chroma sampling.
func OpenVideo(ctx context.Context, info *VideoInfo, opt VideoReadOptions) (*VideoReader, error) {
	ff, err := FindFFmpeg(ctx)
	if err != nil {
		return nil, err
	}
	s := &info.Video
	r := &VideoReader{ctx: ctx, ff: ff, info: info, opt: opt, format: workFormat(s.PixFmt)}
	if opt.Gray16 {
		r.format = pixFmt{name: "gray16", bits: 16, model: pix.Gray, chroma: "gray"}
	}
	r.layout = r.format.layout(s.W+opt.PadW, s.H+opt.PadH)
	r.setRange()
	r.note()
	if err := r.start(r.first > s.StartPTS && seekable(info.Container)); err != nil {
		return nil, fmt.Errorf("decode %s: %w", info.Path, err)
	}
	return r, nil
}

func (r *VideoReader) setRange() {
	s := &r.info.Video
	// A frame counts from the first tick that is not before the wanted moment.
	ceil := func(d time.Duration) int64 {
		t := s.TimeBase.Ticks(r.info.Start + d)
		if s.TimeBase.Duration(t) < r.info.Start+d {
			t++
		}
		return t
	}
	const always = -1 << 62
	r.first = always
	if r.opt.Start > 0 {
		r.first = ceil(r.opt.Start)
	}
	if r.opt.Duration > 0 {
		r.end, r.limit = ceil(r.opt.Start+r.opt.Duration), true
	}
	if r.opt.After != nil {
		r.first = *r.opt.After + 1
	}
	r.lastPTS = r.first - 1
	r.shift = s.TimeBase.Ticks(time.Hour)
	if s.StartPTS < 0 {
		r.shift -= s.StartPTS
	}
}

// note tells what decoding changes about the film.
func (r *VideoReader) note() {
	s := &r.info.Video
	say := func(format string, args ...any) { r.notes = append(r.notes, fmt.Sprintf(format, args...)) }
	if s.Interlaced {
		say("interlaced: each frame is deinterlaced (bwdif)")
	}
	if r.format.from == "rgb" && !r.opt.Gray16 {
		say("%s frames are converted to YUV 4:4:4 (BT.709)", s.PixFmt)
	}
	if r.opt.PadW+r.opt.PadH > 0 {
		say("the picture of %dx%d is padded to %dx%d: the codec and the seam between the eyes need even sides", s.W, s.H, r.layout.W, r.layout.H)
	}
	if r.format.alpha {
		say("transparency is left out")
	}
	if s.HDR.DolbyP > 0 {
		say("Dolby Vision metadata (profile %d) is left out; the base picture keeps its own HDR", s.HDR.DolbyP)
	}
}

// Notes are what the user should know about how the film is read.
func (r *VideoReader) Notes() []string { return r.notes }

// Layout is the layout of all frames.
func (r *VideoReader) Layout() pix.Layout { return r.layout }

// seekable tells the containers whose index finds a keyframe by its time.
// Others are decoded from their beginning and the frames before are dropped:
// slower, but exact.
func seekable(container string) bool {
	return strings.Contains(container, "mp4") || strings.Contains(container, "matroska")
}

// discontinuous tells the containers whose clock may jump in the middle, which
// ffmpeg mends as long as it may move the whole film to begin at zero.
func discontinuous(container string) bool {
	switch container {
	case "mpegts", "mpeg", "mpegvideo", "vob", "h264", "hevc":
		return true
	}
	return false
}

// start starts a child that decodes from the beginning, or from the keyframe
// before the first wanted frame.
func (r *VideoReader) start(seek bool) error {
	r.sought, r.seen, r.nut = seek, false, nil
	c, err := startChild(r.ctx, r.ff.Path, r.args(seek), r.watch, func(cmd *exec.Cmd) error {
		out, err := cmd.StdoutPipe()
		r.pipe = out
		return err
	})
	if err != nil {
		return err
	}
	if f, ok := r.pipe.(*os.File); ok {
		growPipe(f)
	}
	r.child = c
	return nil
}

// args is ffmpeg's command line.
func (r *VideoReader) args(seek bool) []string {
	s := &r.info.Video
	args := []string{"-nostdin", "-hide_banner", "-nostats", "-v", "level+verbose", "-max_error_rate", "1"}
	threads := r.opt.Threads
	if threads == 0 && large(s.W, s.H) && runtime.NumCPU() > decoderThreads {
		threads = decoderThreads
	}
	if threads > 0 {
		args = append(args, "-threads", strconv.Itoa(threads))
	}
	if !discontinuous(r.info.Container) {
		args = append(args, "-copyts")
	}
	if seek {
		from := s.TimeBase.Duration(r.first) - r.info.Start
		args = append(args, "-noaccurate_seek", "-ss", secondsArg(max(0, from)))
	}
	args = append(args, "-noautorotate", "-i", inputArg(r.info.Path), "-map", "0:"+strconv.Itoa(s.Index),
		"-vf", r.filters(seek), "-pix_fmt", r.format.name)
	args = append(args, r.ff.passthrough()...)
	return append(args, "-enc_time_base", fmt.Sprintf("%d:%d", s.TimeBase.Num, s.TimeBase.Den),
		"-c:v", "rawvideo", "-f", "nut", "pipe:1")
}

// passthrough keeps every frame at its own time; the option was renamed in 5.1.
func (f *FFmpeg) passthrough() []string {
	if f.atLeast(5, 1) {
		return []string{"-fps_mode", "passthrough"}
	}
	return []string{"-vsync", "passthrough"}
}

func secondsArg(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 6, 64)
}

// filters makes frames upright, progressive and of one size.
func (r *VideoReader) filters(seek bool) string {
	s := &r.info.Video
	f := []string{fmt.Sprintf("setpts=PTS+%d", r.shift)}
	if !seek && r.first > s.StartPTS {
		// A second of margin for deinterlacing, which looks at neighbours.
		f = append(f, fmt.Sprintf("trim=start_pts=%d", r.first-r.offset()+r.shift-s.TimeBase.Ticks(time.Second)))
	}
	if s.Interlaced {
		f = append(f, "bwdif=mode=send_frame:parity=auto:deint=interlaced")
	}
	if s.Mirrored {
		f = append(f, "hflip")
	}
	switch s.Rotation {
	case 90:
		f = append(f, "transpose=clock")
	case 180:
		f = append(f, "hflip,vflip")
	case 270:
		f = append(f, "transpose=cclock")
	}
	scale := fmt.Sprintf("scale=%d:%d", s.W, s.H)
	if r.format.from == "rgb" {
		scale += ":out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int"
	}
	f = append(f, scale)
	if r.opt.PadW+r.opt.PadH > 0 {
		f = append(f, fmt.Sprintf("pad=%d:%d", r.layout.W, r.layout.H),
			fmt.Sprintf("fillborders=right=%d:bottom=%d:mode=smear", r.opt.PadW, r.opt.PadH))
	}
	return strings.Join(f, ",")
}

// DecodedLayout is the layout of the frames that OpenVideo gives, unpadded.
func DecodedLayout(info *VideoInfo) pix.Layout {
	return workFormat(info.Video.PixFmt).layout(info.Video.W, info.Video.H)
}

// FramesBefore counts the frames that begin before the moment start, without
// decoding them.
func FramesBefore(ctx context.Context, info *VideoInfo, start time.Duration) (int64, error) {
	if start <= 0 {
		return 0, nil
	}
	ff, err := FindFFmpeg(ctx)
	if err != nil {
		return 0, err
	}
	times, tb, err := ff.packetTimes(ctx, info.Path)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for _, t := range times {
		if tb.Duration(t) < info.Start+start {
			n++
		}
	}
	return n, nil
}

// offset is what ffmpeg takes off all times by itself, in ticks: for films it
// mends, the beginning of the only stream it was asked for.
func (r *VideoReader) offset() int64 {
	if !discontinuous(r.info.Container) {
		return 0
	}
	return r.info.Video.StartPTS
}

// watch sees every line of the child's stderr. ffmpeg tells (at level verbose)
// the size of the frames each time it builds its filters.
func (r *VideoReader) watch(line string) {
	if strings.Contains(line, "[graph 0 input from stream") && strings.Contains(line, "pixfmt:") {
		r.sizes.Add(1)
	}
}

// Next returns the next frame, io.EOF after the last, or an error that says at
// which frame decoding ended and why. After EOF, Report tells whether the film
// was complete.
func (r *VideoReader) Next() (VideoFrame, error) {
	if r.ended != nil {
		return VideoFrame{}, r.ended
	}
	for {
		f, keep, err := r.read()
		if errors.Is(err, errMissedSeek) {
			r.stop()
			err = r.start(false)
			if err == nil {
				continue
			}
		}
		if err != nil {
			r.ended = r.finish(err)
			return VideoFrame{}, r.ended
		}
		if keep {
			f.Index = r.frames
			r.frames++
			return f, nil
		}
	}
}

var (
	errMissedSeek = errors.New("the seek went too far") // it landed behind the wanted frame
	errReachedEnd = errors.New("end of the wanted part")
)

// read takes one frame from the child; keep is false for frames before the
// wanted part.
func (r *VideoReader) read() (f VideoFrame, keep bool, err error) {
	if r.nut == nil {
		if r.nut, err = newNUTReader(r.pipe); err != nil {
			return f, false, err
		}
	}
	size, pts, err := r.nut.next()
	if err != nil {
		return f, false, err
	}
	tb := r.info.Video.TimeBase
	pts = Rescale(pts, r.nut.base, tb) - r.shift + r.offset()
	if r.sought && !r.seen && pts > r.first-1 {
		// The frame before must have come by, or one is lost.
		return f, false, errMissedSeek
	}
	r.seen = true
	if r.limit && pts >= r.end {
		return f, false, errReachedEnd
	}
	if size != r.layout.Bytes() {
		return f, false, fmt.Errorf("%w: frame of %d bytes, not %d", errNUT, size, r.layout.Bytes())
	}
	if pts < r.first {
		_, err := io.CopyN(io.Discard, r.nut, int64(size))
		return f, false, err
	}
	if pts <= r.lastPTS {
		pts = r.lastPTS + 1
		r.report.Retimed++
	}
	pic := r.opt.Pool.Picture(r.layout)
	if err := readPlanes(r.nut, pic); err != nil {
		pic.Release()
		return f, false, err
	}
	pic.Colour = r.info.Video.Colour
	r.prior, r.lastPTS = r.lastPTS, pts
	return VideoFrame{Pic: pic, PTS: pts}, true, nil
}

// readPlanes fills the planes of a tightly packed picture straight from the
// pipe.
func readPlanes(src io.Reader, pic *pix.Picture) error {
	for i := range pic.N {
		if _, err := io.ReadFull(src, planeBytes(&pic.Planes[i])); err != nil {
			return unexpected(err)
		}
	}
	return nil
}

// planeBytes views a tightly packed plane as the bytes that ffmpeg exchanges:
// 16-bit samples in the machine's own order.
func planeBytes(p *pix.Plane) []byte {
	if p.Pix16 == nil {
		return p.Pix8[:p.W*p.Comps*p.H]
	}
	s := p.Pix16[:p.W*p.Comps*p.H]
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*2)
}

// stop kills the child and waits for it.
func (r *VideoReader) stop() {
	if r.child != nil {
		r.child.cancel()
		r.child.wait()
	}
}

// finish turns the end of the stream into io.EOF or an error, and sums up.
func (r *VideoReader) finish(err error) error {
	whole := errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF)
	if whole {
		r.child.wait()
	} else {
		r.stop()
	}
	if cerr := r.ctx.Err(); cerr != nil {
		return cerr
	}
	r.report.Frames = r.frames
	r.report.Errors = r.child.tail.errorCount()
	r.report.Tail = r.child.tail.text()
	r.report.Resized = int(max(0, r.sizes.Load()-1))
	switch {
	case errors.Is(err, errReachedEnd):
		return io.EOF
	case errors.Is(err, errNUT):
		return r.broken(err)
	case r.child.err != nil:
		return r.broken(childError(r.child.err, r.child.tail))
	case !whole:
		return r.broken(err)
	case r.frames == 0 && r.opt.After == nil:
		return r.broken(fmt.Errorf("%w: no frame can be decoded in this part%s", ErrTruncated, r.tailNote()))
	}
	r.measureLoss()
	return io.EOF
}

func (r *VideoReader) tailNote() string {
	if r.report.Tail == "" {
		return ""
	}
	last := r.report.Tail[strings.LastIndexByte(r.report.Tail, '\n')+1:]
	return " (ffmpeg: " + last + ")"
}

func (r *VideoReader) broken(err error) error {
	return fmt.Errorf("decode %s after frame %d: %w", r.info.Path, r.frames, err)
}

// measureLoss compares what came with what the container promised.
func (r *VideoReader) measureLoss() {
	s := &r.info.Video
	if r.limit || r.frames == 0 {
		return
	}
	promised := s.TimeBase.Duration(s.Ticks)
	if promised == 0 {
		promised = clock(s.Tags["DURATION"])
		promised -= s.TimeBase.Duration(s.StartPTS) - r.info.Start
	}
	// The last frame's own length is not known here: allow a few frames.
	frame := 40 * time.Millisecond
	if s.FrameRate.Valid() {
		frame = time.Duration(float64(time.Second) / s.FrameRate.Float())
	}
	if r.frames > 1 && r.prior >= s.StartPTS {
		frame = max(frame, s.TimeBase.Duration(r.lastPTS-r.prior))
	}
	const slack = 60 * time.Millisecond
	got := s.TimeBase.Duration(r.lastPTS-s.StartPTS) + frame
	if short := promised - got; short > 2*frame+slack {
		r.report.ShortBy = short
	}
	if r.opt.Start == 0 && r.opt.After == nil && (r.report.Errors > 0 || r.report.ShortBy > 0) {
		r.report.Missing = max(0, s.Frames-r.frames)
	}
}

// clock reads Matroska's "00:01:02.003000000".
func clock(s string) time.Duration {
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return 0
	}
	h, _ := strconv.Atoi(parts[0])
	m, _ := strconv.Atoi(parts[1])
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + seconds(parts[2])
}

// Report sums up a film that was read to its end.
func (r *VideoReader) Report() VideoReport { return r.report }

// Close ends decoding; it is safe at any time and more than once, but not
// while Next runs (cancel the context for that).
func (r *VideoReader) Close() error {
	if r.ended == nil {
		r.stop()
		r.ended = errors.New("video reader is closed")
	}
	return nil
}
