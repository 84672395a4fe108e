package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"spatialmaker/processor/pix"
)

// SegmentWriter compresses a run of frames into a file that holds nothing
// else. A film is written as a row of them, see JoinVideo. Write and Close are
// for one goroutine; cancelling the context given to StartSegment kills the
// encoder.
type SegmentWriter struct {
	ctx    context.Context
	ff     *FFmpeg
	path   string
	e      VideoEncoding
	child  *child
	stdin  io.WriteCloser
	frames int64
	gray   []byte // neutral colour planes that follow a grey picture
	row    []byte
	once   sync.Once
	err    error
}

// SegmentExt is the extension of a segment's name.
const SegmentExt = ".mov"

// StartSegment starts an encoder that writes the file path. The frames' times
// are not its business: they are counted, and joined with their times later.
func StartSegment(ctx context.Context, path string, e VideoEncoding) (*SegmentWriter, error) {
	ff, err := FindFFmpeg(ctx)
	if err != nil {
		return nil, err
	}
	if e.Encoder == "" {
		if err := ff.ChooseEncoder(ctx, &e); err != nil {
			return nil, err
		}
	}
	w := &SegmentWriter{ctx: ctx, ff: ff, path: path, e: e}
	if e.Layout.Model == pix.Gray && e.Codec != FFV1 {
		w.gray = neutralPlanes(e.Layout)
	}
	c, err := startChild(ctx, ff.Path, w.args(), nil, func(cmd *exec.Cmd) error {
		w.stdin, err = cmd.StdinPipe()
		return err
	})
	if err != nil {
		return nil, err
	}
	w.child = c
	if f, ok := w.stdin.(*os.File); ok {
		growPipe(f)
	}
	go c.wait()
	return w, nil
}

// neutralPlanes are both colour planes of 4:2:0, without colour.
func neutralPlanes(l pix.Layout) []byte {
	n := 2 * ((l.W + 1) / 2) * ((l.H + 1) / 2)
	p := pix.Plane{W: n, H: 1, Comps: 1}
	if l.Bits == 8 {
		p.Pix8 = make([]uint8, n)
		for i := range p.Pix8 {
			p.Pix8[i] = 128
		}
	} else {
		p.Pix16 = make([]uint16, n)
		for i := range p.Pix16 {
			p.Pix16[i] = 1 << (l.Bits - 1)
		}
	}
	return planeBytes(&p)
}

// formats are the pixel formats that go in and come out, in ffmpeg's names.
func (w *SegmentWriter) formats() (in, out string) {
	e := &w.e
	in = samplingName(e.Layout.ShiftX, e.Layout.ShiftY) + depthSuffix(e.Layout.Bits)
	if e.Layout.Model == pix.Gray {
		in = "gray" + depthSuffix(e.Layout.Bits)
		if w.gray != nil {
			in = "yuv420p" + depthSuffix(e.Layout.Bits)
		}
	}
	out, _ = e.formatFor()
	fullRange := e.Source != nil && e.Source.Range == "pc" && e.Layout.Bits == 8
	if fullRange && (e.Encoder == "libx264" || e.Encoder == "libx265") && strings.HasPrefix(in, "yuv") && in == out {
		// The 8-bit formats have a name of their own for full range; with it
		// no version of ffmpeg thinks of converting. Other encoders know only
		// the plain names.
		in, out = "yuvj"+in[3:], "yuvj"+out[3:]
	}
	return in, out
}

// args is ffmpeg's command line.
func (w *SegmentWriter) args() []string {
	e := &w.e
	in, out := w.formats()
	rate := e.Rate
	if !rate.Valid() {
		rate = Ratio{25, 1}
	}
	args := []string{"-nostdin", "-hide_banner", "-nostats", "-v", "level+warning", "-y"}
	args = append(args, hardwareDevice(e.Encoder)...)
	args = append(args, "-f", "rawvideo", "-pixel_format", in, "-video_size", fmt.Sprintf("%dx%d", e.Layout.W, e.Layout.H),
		"-framerate", rate.String(), "-i", "pipe:0", "-map", "0:v:0")
	filter, colour := e.colourArgs()
	var filters []string
	if filter != "" {
		filters = append(filters, filter)
	}
	if e.SAR.Valid() {
		filters = append(filters, fmt.Sprintf("setsar=sar=%d/%d:max=65535", e.SAR.Num, e.SAR.Den))
	}
	if up := hardwareUpload(e.Encoder, e.Layout.Bits); up != "" {
		filters = append(filters, up)
	} else {
		args = append(args, "-pix_fmt", out)
	}
	if len(filters) > 0 {
		args = append(args, "-vf", strings.Join(filters, ","))
	}
	args = append(args, e.EncoderArgs()...)
	args = append(args, colour...)
	if e.Threads > 0 {
		args = append(args, "-threads", strconv.Itoa(e.Threads))
	}
	args = append(args, w.ff.passthrough()...)
	format := "mov" // takes everything but AV1
	if e.Codec == AV1 {
		format = "mp4"
	}
	return append(args, "-f", format, inputArg(w.path))
}

// encoderPatience is how long an encoder may take no input, or not end, before
// it is taken for hung. Some do hang when their output fails; the slowest
// presets at 8K take minutes for a frame.
const encoderPatience = 10 * time.Minute

// Write hands one frame to the encoder; pic may be released afterwards.
func (w *SegmentWriter) Write(pic *pix.Picture) error {
	if d, ok := w.stdin.(interface{ SetWriteDeadline(time.Time) error }); ok {
		// Where pipes have no deadlines, waiting goes on.
		_ = d.SetWriteDeadline(time.Now().Add(encoderPatience))
	}
	if pix.LayoutOf(pic) != w.e.Layout {
		return fmt.Errorf("write frame %+v to a video of %+v: %w", pix.LayoutOf(pic), w.e.Layout, pix.ErrShape)
	}
	for i := range pic.N {
		if err := w.plane(&pic.Planes[i]); err != nil {
			return w.failed(err)
		}
	}
	if w.gray != nil {
		if _, err := w.stdin.Write(w.gray); err != nil {
			return w.failed(err)
		}
	}
	w.frames++
	return nil
}

func (w *SegmentWriter) plane(p *pix.Plane) error {
	if p.Stride == p.W*p.Comps {
		_, err := w.stdin.Write(planeBytes(p))
		return err
	}
	for y := range p.H {
		row := pix.Plane{W: p.W, H: 1, Comps: p.Comps}
		if p.Pix16 != nil {
			row.Pix16 = p.Pix16[y*p.Stride:]
		} else {
			row.Pix8 = p.Pix8[y*p.Stride:]
		}
		w.row = append(w.row, planeBytes(&row)...)
	}
	_, err := w.stdin.Write(w.row)
	w.row = w.row[:0]
	return err
}

// failed explains a write that failed: the encoder has ended, and knows why.
func (w *SegmentWriter) failed(err error) error {
	w.child.stop()
	if cerr := w.ctx.Err(); cerr != nil {
		return cerr
	}
	if ce := childError(w.child.err, w.child.tail); ce != nil {
		err = ce
	}
	return fmt.Errorf("encode %s frame %d: %w", w.e.Encoder, w.frames, err)
}

// Close finishes the file, waits for the encoder and checks that every frame
// is in it. A second Close returns the first one's error.
func (w *SegmentWriter) Close() error {
	w.once.Do(func() {
		w.err = w.finish()
		if w.err != nil {
			os.Remove(w.path)
		}
	})
	return w.err
}

func (w *SegmentWriter) finish() error {
	cerr := w.stdin.Close()
	late := time.AfterFunc(encoderPatience, w.child.cancel)
	<-w.child.done
	late.Stop()
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if err := childError(w.child.err, w.child.tail); err != nil {
		return fmt.Errorf("encode %s: %w", w.e.Encoder, err)
	}
	if cerr != nil && !errors.Is(cerr, os.ErrClosed) {
		return fmt.Errorf("encode %s: %w", w.e.Encoder, cerr)
	}
	t, err := openSegment(w.path)
	if err != nil {
		return fmt.Errorf("check segment %s: %w", w.path, err)
	}
	defer closeQuietly(t)
	if int64(len(t.samples)) != w.frames {
		return fmt.Errorf("check segment %s: %d of %d frames: %w", w.path, len(t.samples), w.frames, ErrFrameCount)
	}
	return nil
}

// Abort kills the encoder and removes the file. After Close it does nothing.
func (w *SegmentWriter) Abort() {
	w.once.Do(func() {
		w.child.stop()
		closeQuietly(w.stdin)
		os.Remove(w.path)
		w.err = context.Canceled
	})
}

// Frames is the number of frames written.
func (w *SegmentWriter) Frames() int64 { return w.frames }
