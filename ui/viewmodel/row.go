package viewmodel

import (
	"image"
	"path/filepath"
	"strings"

	"spatialmaker/processor"
)

// Row is a file of the list, in words.
type Row struct {
	ID       processor.EntryID
	Path     string
	Name     string
	Info     FileInfo
	Thumb    *image.RGBA // nil while there is none
	State    processor.State
	Detail   string // the second line
	Tone     Tone   // of the second line
	Part     float64
	Progress bool // a bar is shown
	Outputs  []string
	Problem  *Problem
	Tip      string // everything about it, for who looks closer
	// What can be done with it now.
	CanPause, CanResume, CanCancel, CanRetry bool
}

// Finished says whether the row has come to its end.
func (r *Row) Finished() bool { return r.State.Final() }

// row puts an entry of the engine's queue into words.
func (w *Words) row(e *processor.Entry, info FileInfo) Row {
	out := Row{
		ID: e.ID, Path: e.Input, Name: filepath.Base(e.Input), Info: info,
		State: e.State, Part: e.Fraction(), Outputs: e.Outputs,
	}
	switch e.State {
	case processor.Ready:
		out.Detail = w.fileLine(info)
		if e.Wanted {
			out.Detail, out.CanCancel = w.T("row.waiting"), true
		}
	case processor.Working:
		out.Detail, out.Progress = w.workLine(&e.Snapshot), true
		out.CanCancel, out.CanPause = true, info.Kind == KindVideo
	case processor.Paused:
		out.Detail, out.Tone = w.T("row.paused"), Careful
		out.CanCancel, out.CanResume = true, e.Stage != processor.StageQueued
		out.Progress = out.Part > 0
		if e.NoRoom {
			out.Detail = w.T("row.no_room")
		}
	case processor.Done:
		out.Detail, out.Tone = w.doneLine(&e.Snapshot), Good
	case processor.Cancelled:
		out.Detail, out.CanRetry = w.T("row.cancelled"), true
	case processor.Failed:
		out.CanRetry, out.Tone, out.Detail = true, Bad, w.T("problem.failed")
		if e.Err != nil {
			out.Problem = w.Problem(e.Err)
			out.Detail = out.Problem.Title
		}
	}
	out.Tip = out.tip(w.Remarks(e.Notes))
	return out
}

// warn says of a file that waits for work that it cannot be read, before that
// work fails on it.
func (w *Words) warn(r *Row, err error) {
	if r.State != processor.Ready || r.CanCancel {
		return
	}
	r.Problem = w.Problem(err)
	r.Detail, r.Tone = r.Problem.Title, Careful
	r.Tip = r.tip(nil)
}

// tip is what a row has no room for: the whole name, what went wrong and what
// to do, what was noticed on the way.
func (r *Row) tip(notes []string) string {
	lines := []string{r.Name}
	if r.Problem != nil {
		lines = append(lines, r.Problem.Title+". "+r.Problem.Next)
	} else {
		lines = append(lines, r.Detail)
	}
	return strings.Join(append(lines, notes...), "\n")
}

// fileLine is "4032 × 3024 · 3.2 MB · JPEG", what matters most first.
func (w *Words) fileLine(i FileInfo) string {
	s := ""
	put := func(t string) {
		if t != "" && s != "" {
			s += " · "
		}
		s += t
	}
	if i.W > 0 {
		put(w.T("row.size", "w", w.plain(i.W), "h", w.plain(i.H)))
	}
	if i.Length > 0 {
		put(w.Clock(i.Length))
	}
	if i.Bytes > 0 {
		put(w.Bytes(i.Bytes))
	}
	put(i.Format)
	if s == "" {
		return w.T("row.looking")
	}
	return s
}

// workLine is "45 % · 2 min left · Estimating depth · 12.5 frames/s": a narrow
// list shows the beginning.
func (w *Words) workLine(s *processor.Snapshot) string {
	var parts []string
	if s.Total > 0 && s.Done > 0 {
		parts = append(parts, w.Percent(s.Fraction()))
	}
	if left := w.Left(s.ETA); left != "" {
		parts = append(parts, left)
	}
	parts = append(parts, w.stage(s))
	if s.FPS > 0 {
		parts = append(parts, w.T("row.fps", "n", w.Number(s.FPS, 1)))
	}
	return strings.Join(parts, " · ")
}

// stage is what is being done to a file. The frames of a film are in all stages
// at once; once all are made, the file is put together.
func (w *Words) stage(s *processor.Snapshot) string {
	switch {
	case s.Stage != processor.StageDecode || s.Done == 0:
		return w.T("stage." + string(s.Stage))
	case s.Done < s.Total || s.Total == 0:
		return w.T("stage.film")
	}
	return w.T("stage." + string(processor.StageEncode))
}

func (w *Words) doneLine(s *processor.Snapshot) string {
	switch len(s.Outputs) {
	case 0:
		return w.T("row.done_nothing")
	case 1:
		return w.T("row.done", "name", filepath.Base(s.Outputs[0]))
	}
	return w.N("row.done_several", len(s.Outputs), "name", filepath.Base(s.Outputs[0]))
}
