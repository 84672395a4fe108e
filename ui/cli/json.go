package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"spatialmaker/processor"
)

// Event is one line of --json; docs/json.md describes it.
type Event struct {
	Event    string                 `json:"event"`
	Input    string                 `json:"input,omitempty"`
	Stage    string                 `json:"stage,omitempty"`
	Done     *int64                 `json:"done,omitempty"`
	Total    *int64                 `json:"total,omitempty"`
	FPS      float64                `json:"fps,omitempty"`
	ETA      *float64               `json:"eta_s,omitempty"`
	Output   string                 `json:"output,omitempty"`
	Error    *processor.Explanation `json:"error,omitempty"`
	Seconds  *float64               `json:"seconds,omitempty"`
	Frames   *int64                 `json:"frames,omitempty"`
	Outputs  []string               `json:"outputs,omitempty"`
	DepthMS  *float64               `json:"depth_ms,omitempty"`
	StereoMS *float64               `json:"stereo_ms,omitempty"`
	Model    string                 `json:"model,omitempty"`
	Backend  string                 `json:"backend,omitempty"`
	Depth    string                 `json:"depth_from,omitempty"`
	Comfort  *Comfort               `json:"comfort,omitempty"`
	Notes    []string               `json:"notes,omitempty"`
}

// Comfort is the comfort reading of a finished file: the share of the picture
// outside comfortable parallax (0..1) and the extremes in percent of the width
// of one eye, positive in front of the screen.
type Comfort struct {
	Outside  float64 `json:"outside"`
	Nearest  float64 `json:"nearest_pct"`
	Farthest float64 `json:"farthest_pct"`
}

type jsonVoice struct {
	w      *json.Encoder
	stderr io.Writer
}

// emit writes a line; a reader that has gone away is no reason to stop the
// work: the exit status still tells.
func (j *jsonVoice) emit(e Event) { _ = j.w.Encode(e) }

func (j *jsonVoice) Queued([]*processor.Item) {}

func (j *jsonVoice) Started(it *processor.Item) {
	s := it.Snapshot()
	j.emit(Event{Event: "start", Input: it.Input, Total: &s.Total})
}

func (j *jsonVoice) progress(it *processor.Item) {
	s := it.Snapshot()
	stage := string(s.Stage)
	switch s.State {
	case processor.Working:
	case processor.Paused:
		stage = "paused"
	default:
		return
	}
	e := Event{Event: "progress", Input: it.Input, Stage: stage, Done: &s.Done, Total: &s.Total, FPS: round(s.FPS, 2)}
	if s.ETA > 0 {
		left := round(s.ETA.Seconds(), 1)
		e.ETA = &left
	}
	j.emit(e)
}

func (j *jsonVoice) Wrote(it *processor.Item, path string) {
	j.emit(Event{Event: "output", Input: it.Input, Output: path})
}

func (j *jsonVoice) Ended(it *processor.Item) {
	s := it.Snapshot()
	switch s.State {
	case processor.Done:
		seconds, d, st := round(s.Timing.Total.Seconds(), 3), ms(s.Timing.Depth), ms(s.Timing.Stereo)
		e := Event{
			Event: "done", Input: it.Input, Seconds: &seconds, Frames: &s.Frames, Outputs: s.Outputs,
			DepthMS: &d, StereoMS: &st, Model: s.Model, Backend: s.Backend, Depth: s.DepthFrom, Notes: s.Notes,
		}
		if c := s.Comfort; c != nil {
			e.Comfort = &Comfort{Outside: round(c.Outside, 4), Nearest: round(c.Nearest, 3), Farthest: round(c.Farthest, 3)}
		}
		j.emit(e)
	case processor.Cancelled:
		j.emit(Event{Event: "cancelled", Input: it.Input})
	default:
		x := processor.Explain(s.Err)
		j.emit(Event{Event: "error", Input: it.Input, Error: &x})
		fmt.Fprintln(j.stderr, failure(it.Input, x))
	}
}

func (j *jsonVoice) last() {}
