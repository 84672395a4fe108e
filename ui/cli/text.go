package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"spatialmaker/processor"
)

// textVoice tells people: finished files on stdout, a line that redraws itself
// on a terminal's stderr, errors on stderr.
type textVoice struct {
	stdout, stderr io.Writer
	quiet, verbose bool
	redraw         bool
	total, ended   int
	failed         int
	drawn          int // width of the line that stands there now
}

func (t *textVoice) Queued(items []*processor.Item) { t.total = len(items) }

func (t *textVoice) Started(*processor.Item) {}

func (t *textVoice) progress(it *processor.Item) {
	s := it.Snapshot()
	if !t.redraw || s.State != processor.Working {
		return
	}
	line := fmt.Sprintf("%d/%d  %s  %s %3.0f%%", min(t.ended+1, t.total), t.total, shorten(it.Input, 32), s.Stage, 100*s.Fraction())
	if s.FPS > 0 {
		line += fmt.Sprintf("  %.1f frames/s", s.FPS)
	}
	if s.ETA > 0 {
		line += "  " + timeLeft(s.ETA) + " left"
	}
	t.draw(line)
}

// draw replaces the line that stands there.
func (t *textVoice) draw(line string) {
	n := len([]rune(line))
	fmt.Fprintf(t.stderr, "\r%s%s", line, strings.Repeat(" ", max(0, t.drawn-n)))
	t.drawn = n
}

func (t *textVoice) wipe() {
	if t.drawn > 0 {
		fmt.Fprintf(t.stderr, "\r%s\r", strings.Repeat(" ", t.drawn))
		t.drawn = 0
	}
}

func (t *textVoice) Wrote(_ *processor.Item, path string) {
	if t.quiet {
		return
	}
	t.wipe()
	fmt.Fprintln(t.stdout, path)
}

func (t *textVoice) Ended(it *processor.Item) {
	t.wipe()
	t.ended++
	s := it.Snapshot()
	if s.State == processor.Failed {
		t.failed++
		fmt.Fprintln(t.stderr, failure(it.Input, processor.Explain(s.Err)))
		return
	}
	if t.quiet {
		return
	}
	for _, n := range s.Notes {
		fmt.Fprintf(t.stderr, "%s: %s\n", it.Input, n)
	}
	if t.verbose && s.State == processor.Done {
		x := s.Timing
		fmt.Fprintf(t.stderr, "%s: %s %s %s, %d ms: decode %d, depth %d (network %d), stereo %d, encode %d\n",
			it.Input, s.Model, s.Backend, s.Device, x.Total.Milliseconds(), x.Decode.Milliseconds(), x.Depth.Milliseconds(),
			x.Inference.Milliseconds(), x.Stereo.Milliseconds(), x.Encode.Milliseconds())
	}
}

func (t *textVoice) last() {
	t.wipe()
	if t.redraw && t.failed > 0 && t.total > 1 {
		fmt.Fprintf(t.stderr, "%d of %d inputs failed\n", t.failed, t.total)
	}
}

// timeLeft writes a time as people say it.
func timeLeft(d time.Duration) string {
	d = d.Round(time.Second)
	switch h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60; {
	case h > 0:
		return fmt.Sprintf("%d h %02d min", h, m)
	case m > 0:
		return fmt.Sprintf("%d min %02d s", m, s)
	default:
		return fmt.Sprintf("%d s", s)
	}
}

// shorten keeps a file's name readable within width characters.
func shorten(path string, width int) string {
	name := []rune(filepath.Base(path))
	if len(name) <= width {
		return string(name)
	}
	head := width/2 - 1
	return string(name[:head]) + "…" + string(name[len(name)-(width-head-1):])
}
