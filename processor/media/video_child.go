package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// killDelay is how long a child that was asked to end may take before it is
// killed: short enough that cancelling is over within a second.
const killDelay = 400 * time.Millisecond

// child is a running ffmpeg. It runs in a process group of its own, so that
// the terminal's interrupt does not reach it before we decide, and so that
// nothing it starts survives it.
type child struct {
	cmd    *exec.Cmd
	tail   *tail
	cancel context.CancelFunc
	done   chan struct{} // closed when the process has ended and its pipes are drained
	err    error         // of Wait, valid after done
}

// startChild starts name with args. Stdin and stdout are set by prepare, which
// may be nil. Cancelling ctx kills the child's group at once; its output is
// temporary by construction, nothing is lost by not ending it politely.
func startChild(ctx context.Context, name string, args []string, watch func(line string), prepare func(*exec.Cmd) error) (*child, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, name, args...)
	ownGroup(cmd)
	cmd.WaitDelay = killDelay
	c := &child{cmd: cmd, tail: newTail(watch), cancel: cancel, done: make(chan struct{})}
	cmd.Stderr = c.tail
	if prepare != nil {
		if err := prepare(cmd); err != nil {
			cancel()
			return nil, err
		}
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return c, nil
}

// wait waits for the process; it may be called once, from any goroutine.
func (c *child) wait() {
	c.err = c.cmd.Wait()
	c.tail.flush()
	c.cancel()
	close(c.done)
}

// stop kills the process and waits for it. The goroutine running wait must
// have been started.
func (c *child) stop() {
	c.cancel()
	<-c.done
}

// ChildError is a failed ffmpeg or ffprobe: how it ended and the last lines it
// wrote to standard error.
type ChildError struct {
	Tail string
	Err  error
}

// Error gives the most telling line of the tail and how the process ended.
func (e *ChildError) Error() string {
	if e.Tail == "" {
		return "ffmpeg: " + e.Err.Error()
	}
	return fmt.Sprintf("ffmpeg: %s (%v)", strings.ReplaceAll(e.Tail, "\n", "; "), e.Err)
}

// Unwrap returns how the process ended.
func (e *ChildError) Unwrap() error { return e.Err }

// Hint is the next step where something else ended the process.
func (e *ChildError) Hint() string {
	if !strings.HasPrefix(e.Err.Error(), "signal: ") {
		return ""
	}
	return "something else ended ffmpeg, often for want of memory: run it again, a video goes on from what is finished"
}

// childError joins a process's end with its stderr; ENOSPC told by the child
// in words becomes ErrDiskFull.
func childError(err error, t *tail) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil // it ended well; only a pipe was held open by something else
	}
	ce := &ChildError{Tail: t.text(), Err: err}
	if strings.Contains(ce.Tail, "No space left on device") {
		return fmt.Errorf("%w: %w", ErrDiskFull, ce)
	}
	return ce
}

// tail is a writer for a child's standard error. It keeps the last lines,
// counts those marked as errors, and hands every line to watch. exec copies
// into it from one goroutine, so the pipe never fills up.
type tail struct {
	mu     sync.Mutex
	watch  func(line string)
	part   []byte
	lines  []string
	errors int
}

const (
	tailLines   = 12
	tailLineCap = 400 // bytes kept of one line
)

func newTail(watch func(line string)) *tail { return &tail{watch: watch} }

// Write takes any piece of the stream; it never fails.
func (t *tail) Write(b []byte) (int, error) {
	n := len(b)
	for {
		i := bytes.IndexAny(b, "\r\n")
		if i < 0 {
			if len(t.part) < tailLineCap {
				t.part = append(t.part, b[:min(len(b), tailLineCap)]...)
			}
			return n, nil
		}
		t.part = append(t.part, b[:min(i, tailLineCap)]...)
		t.line()
		b = b[i+1:]
	}
}

func (t *tail) flush() { t.line() }

// line finishes the collected line. ffmpeg runs with -loglevel level+...: each
// line carries its level in brackets, which decides what it is.
func (t *tail) line() {
	s := strings.TrimSpace(string(t.part))
	t.part = t.part[:0]
	if s == "" {
		return
	}
	if t.watch != nil {
		t.watch(s)
	}
	if strings.Contains(s, "[verbose]") || strings.Contains(s, "[info]") {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if isErrorLine(s) {
		t.errors++
	}
	if len(t.lines) == tailLines {
		t.lines = append(t.lines[:0], t.lines[1:]...)
	}
	t.lines = append(t.lines, stripLevel(s))
}

func isErrorLine(s string) bool {
	return strings.Contains(s, "[error]") || strings.Contains(s, "[fatal]") || strings.Contains(s, "[panic]")
}

// stripLevel removes "[h264 @ 0x55d0] [error] " from the front of a line: the
// address means nothing to a reader, the name of the part does.
func stripLevel(s string) string {
	name := ""
	for strings.HasPrefix(s, "[") {
		in, rest, ok := strings.Cut(s[1:], "] ")
		if !ok {
			break
		}
		if who, _, isPart := strings.Cut(in, " @ "); isPart {
			name = who + ": "
		}
		s = rest
	}
	return name + s
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}

func (t *tail) errorCount() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.errors
}

// closeQuietly closes c when the error can change nothing any more.
func closeQuietly(c io.Closer) { _ = c.Close() }
