package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"spatialmaker/processor"
	"spatialmaker/processor/models"
)

// ModelEvent is a line of "models download --json".
type ModelEvent struct {
	Event   string                 `json:"event"` // start, progress, done, error, cancelled
	Model   string                 `json:"model"`
	Stage   models.Stage           `json:"stage,omitempty"`
	File    string                 `json:"file,omitempty"`
	Done    *int64                 `json:"done,omitempty"`  // bytes
	Total   *int64                 `json:"total,omitempty"` // bytes; absent when nobody knows
	Speed   float64                `json:"bytes_per_s,omitempty"`
	ETA     *float64               `json:"eta_s,omitempty"`
	Note    string                 `json:"note,omitempty"`
	Output  string                 `json:"output,omitempty"`
	Seconds *float64               `json:"seconds,omitempty"`
	Error   *processor.Explanation `json:"error,omitempty"`
	Licence *LicenceText           `json:"licence,omitempty"` // with an error of kind "licence"
}

// LicenceText is a licence that must be accepted before a download.
type LicenceText struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
	URL     string `json:"url"`
	Text    string `json:"text"`
}

// downloadVoice tells of one download after another.
type downloadVoice interface {
	start(name string)
	progress(p models.Progress)
	done(m models.Model, took time.Duration)
	failed(name string, err error)
	cancelled(name string)
}

func (a *App) modelsDownload(ctx context.Context, s *models.Store, c *modelCall) error {
	var v downloadVoice = &downloadText{app: a, line: textVoice{stderr: a.Stderr, redraw: a.Terminal && !c.quiet}, quiet: c.quiet}
	if c.json {
		v = &downloadJSON{enc: json.NewEncoder(a.Stdout), app: a}
	}
	failed := false
	for _, name := range c.names {
		v.start(name)
		begun := time.Now()
		d := s.Start(ctx, name, models.DownloadOptions{AcceptLicence: c.accept})
		follow(d, v)
		m, err := d.Wait()
		switch {
		case err == nil:
			v.done(m, time.Since(begun))
		case ctx.Err() != nil:
			v.cancelled(name)
			return err
		default:
			v.failed(name, err)
			failed = true
		}
	}
	if failed {
		return errTold
	}
	return nil
}

// follow reports a download's progress ten times a second until it ends, and
// once more then.
func follow(d *models.Download, v downloadVoice) {
	c := time.NewTicker(tick)
	defer c.Stop()
	for {
		select {
		case <-d.Done():
			v.progress(d.Progress())
			return
		case <-c.C:
			v.progress(d.Progress())
		}
	}
}

// downloadText tells people: a line that redraws itself on a terminal, else a
// plain line now and then; the model's path on stdout at the end.
type downloadText struct {
	app   *App
	line  textVoice
	quiet bool
	said  time.Time
	note  string // what was said last
}

// sayEvery is how often progress is told where lines cannot be redrawn.
const sayEvery = 5 * time.Second

func (t *downloadText) start(string) { t.said, t.note = time.Now(), "" }

func (t *downloadText) progress(p models.Progress) {
	switch {
	case p.Stage == models.StageDone || p.Stage == models.StageFailed || p.Stage == models.StageCancelled:
	case t.line.redraw:
		t.line.draw(describeProgress(p, true))
	case t.quiet:
	case p.Note != "" && p.Note != t.note, p.Note == "" && time.Since(t.said) >= sayEvery:
		t.said, t.note = time.Now(), p.Note
		fmt.Fprintln(t.app.Stderr, describeProgress(p, false))
	}
}

func (t *downloadText) done(m models.Model, took time.Duration) {
	t.line.wipe()
	if !t.quiet {
		if n := m.Notice(); n != "" {
			fmt.Fprintln(t.app.Stderr, n)
		}
		switch {
		case m.Origin != models.InStore:
			fmt.Fprintf(t.app.Stderr, "%s: %s\n", m.Name, state(m))
		case m.FirstUse:
			fmt.Fprintf(t.app.Stderr, "%s: %s in %s. No hash was published for it: it was recorded now, and later downloads are checked against it.\n",
				m.Name, m.Size(), timeLeft(took))
		default:
			fmt.Fprintf(t.app.Stderr, "%s: %s in %s, verified\n", m.Name, m.Size(), timeLeft(took))
		}
	}
	fmt.Fprintln(t.app.Stdout, m.Path)
}

func (t *downloadText) failed(name string, err error) {
	t.line.wipe()
	var le *models.LicenceError
	if errors.As(err, &le) {
		l := le.Licence
		fmt.Fprintf(t.app.Stderr, "%s comes under %s.\n%s\nThe full text: %s, or spatialmaker models licence %s\n", le.Model, l.Name, l.Summary, l.URL, le.Model)
	}
	fmt.Fprintln(t.app.Stderr, failure(name, processor.Explain(err)))
}

func (t *downloadText) cancelled(name string) {
	t.line.wipe()
	if !t.quiet {
		fmt.Fprintf(t.app.Stderr, "%s: interrupted; what came is kept, the same command goes on from there\n", name)
	}
}

// describeProgress is a download in one line; short keeps it within a terminal's
// width.
func describeProgress(p models.Progress, short bool) string {
	s := p.Model
	if short {
		s = shorten(p.Model, 34)
	}
	switch p.Stage {
	case models.StageDownloading, models.StagePaused, models.StageRetrying:
		s += "  " + models.FormatBytes(p.Done)
		if p.Total > 0 {
			about := ""
			if !p.Exact {
				about = "about "
			}
			s += fmt.Sprintf(" of %s%s  %.0f%%", about, models.FormatBytes(p.Total), 100*p.Fraction())
		}
	}
	if p.Stage != models.StageDownloading {
		s += "  " + string(p.Stage)
	}
	if p.Speed > 0 {
		s += "  " + models.FormatBytes(int64(p.Speed)) + "/s"
	}
	if p.Left > 0 {
		s += "  " + timeLeft(p.Left) + " left"
	}
	if p.Note != "" {
		s += ": " + p.Note
	}
	if r := []rune(s); short && len(r) > terminalWidth {
		s = string(r[:terminalWidth-1]) + "…"
	}
	return s
}

// terminalWidth is what a line that redraws itself may take: one that wraps
// would stay.
const terminalWidth = 100

// downloadJSON writes one event a line.
type downloadJSON struct {
	enc *json.Encoder
	app *App
}

// emit writes a line; a reader that has gone away is no reason to stop.
func (j *downloadJSON) emit(e ModelEvent) { _ = j.enc.Encode(e) }

func (j *downloadJSON) start(name string) { j.emit(ModelEvent{Event: "start", Model: name}) }

func (j *downloadJSON) progress(p models.Progress) {
	e := ModelEvent{Event: "progress", Model: p.Model, Stage: p.Stage, File: p.File, Done: &p.Done, Speed: round(p.Speed, 0), Note: p.Note}
	if p.Total > 0 {
		e.Total = &p.Total
	}
	if p.Left > 0 {
		left := round(p.Left.Seconds(), 1)
		e.ETA = &left
	}
	j.emit(e)
}

func (j *downloadJSON) done(m models.Model, took time.Duration) {
	seconds := round(took.Seconds(), 3)
	j.emit(ModelEvent{Event: "done", Model: m.Name, Output: m.Path, Seconds: &seconds, Note: m.Notice()})
}

func (j *downloadJSON) failed(name string, err error) {
	x := processor.Explain(err)
	e := ModelEvent{Event: "error", Model: name, Error: &x}
	var le *models.LicenceError
	if errors.As(err, &le) {
		l := le.Licence
		e.Licence = &LicenceText{Name: l.Name, Summary: l.Summary, URL: l.URL, Text: l.Text}
	}
	j.emit(e)
	fmt.Fprintln(j.app.Stderr, failure(name, x))
}

func (j *downloadJSON) cancelled(name string) { j.emit(ModelEvent{Event: "cancelled", Model: name}) }
