package viewmodel

import (
	"reflect"
	"slices"
	"sync"

	"spatialmaker/processor"
	"spatialmaker/processor/pack"
)

// ModelChoice is a line of the model picker.
type ModelChoice struct {
	Name      string // as Options.Model has it
	Title     string
	Good      string // what it is good for
	Installed bool
	Bytes     int64
	Size      string // of the download, in words; "" when nobody knows it
	Licence   string
	Free      bool // may be used commercially
	Rank      int
	Usual     bool // its family's choice for this system, or installed
	// Recommended marks the one model to offer to who has none as good.
	Recommended bool
	Speed       float64 // seconds a picture as measured on this machine, 0 when not yet
}

// ControlsState is all that the controls show.
type ControlsState struct {
	Options  processor.Options
	Models   []ModelChoice
	Model    string // the name of the one in force, also when it is chosen by default
	Presets  []Preset
	Preset   string // key of the preset that the options match, "" for none
	Advanced bool   // the folded part is open
	CanUndo  bool
	CanRedo  bool
	Auto     float64 // the convergence that auto has found for the chosen file
	Video    bool    // the chosen file is a video
}

// undoDepth is how many changes of the controls can be taken back.
const undoDepth = 50

// Controls holds the options of the next conversion.
type Controls struct {
	change
	words *Words

	mu        sync.Mutex
	state     ControlsState
	own       []Preset
	undo      []processor.Options
	redo      []processor.Options
	gesture   string // what is being dragged: its steps are undone as one
	onOptions func(processor.Options)
	onPresets func([]Preset)
}

// NewControls returns controls standing at their defaults.
func NewControls(w *Words) *Controls {
	c := &Controls{words: w}
	c.state.Options = processor.DefaultOptions()
	c.state.Auto = 0.5 // until a picture tells better
	return c
}

// OnChange sets who is told that State has changed.
func (c *Controls) OnChange(fn func()) { c.listen(fn) }

// OnOptions sets who follows the options, at every step of a slider.
func (c *Controls) OnOptions(fn func(processor.Options)) { c.onOptions = fn }

// OnPresets sets who keeps the user's own presets.
func (c *Controls) OnPresets(fn func([]Preset)) { c.onPresets = fn }

// State returns what to show.
func (c *Controls) State() ControlsState {
	c.read()
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state
	s.Options = clone(s.Options)
	s.CanUndo, s.CanRedo = len(c.undo) > 0, len(c.redo) > 0
	s.Presets = append(builtIn(c.words), c.own...)
	s.Preset = match(s.Presets, s.Options)
	s.Model = c.model()
	return s
}

// model is the name of the model in force; c.mu is held.
func (c *Controls) model() string {
	if c.state.Options.Model != "" {
		return c.state.Options.Model
	}
	for _, m := range c.state.Models {
		if m.Installed {
			return m.Name // the list begins with the best
		}
	}
	return ""
}

// Options returns the options as they stand.
func (c *Controls) Options() processor.Options {
	c.mu.Lock()
	defer c.mu.Unlock()
	return clone(c.state.Options)
}

// SetWords changes the language.
func (c *Controls) SetWords(w *Words) {
	c.mu.Lock()
	c.words = w
	c.mu.Unlock()
	c.tell()
}

// Change alters the options. Steps with the same gesture, as a slider makes
// while it is dragged, count as one for Undo; "" is a step of its own.
func (c *Controls) Change(gesture string, fn func(*processor.Options)) {
	c.mu.Lock()
	before := clone(c.state.Options)
	after := clone(before)
	fn(&after)
	if reflect.DeepEqual(before, after) {
		c.mu.Unlock()
		return
	}
	if gesture == "" || gesture != c.gesture {
		c.undo = append(c.undo, before)
		if len(c.undo) > undoDepth {
			c.undo = c.undo[1:]
		}
	}
	c.gesture = gesture
	c.redo = nil
	c.put(after)
}

// Settle ends a gesture.
func (c *Controls) Settle() {
	c.mu.Lock()
	c.gesture = ""
	c.mu.Unlock()
}

// put takes over options, unlocks and tells.
func (c *Controls) put(o processor.Options) {
	c.state.Options = o
	fn := c.onOptions
	c.mu.Unlock()
	if fn != nil {
		fn(clone(o))
	}
	c.tell()
}

// Undo takes the last change back.
func (c *Controls) Undo() { c.swap(&c.undo, &c.redo) }

// Redo does again what Undo took back.
func (c *Controls) Redo() { c.swap(&c.redo, &c.undo) }

func (c *Controls) swap(from, to *[]processor.Options) {
	c.mu.Lock()
	n := len(*from)
	if n == 0 {
		c.mu.Unlock()
		return
	}
	o := (*from)[n-1]
	*from = (*from)[:n-1]
	*to = append(*to, c.state.Options)
	c.gesture = ""
	c.put(o)
}

// Reset goes back to the defaults, keeping where the outputs go.
func (c *Controls) Reset() {
	c.Change("", func(o *processor.Options) {
		out := o.Output
		*o = processor.DefaultOptions()
		o.Output = out
	})
}

// Load takes over saved options without a trace in Undo; invalid ones are left.
func (c *Controls) Load(o processor.Options) {
	if o.Validate() != nil {
		return
	}
	c.mu.Lock()
	c.put(clone(o))
}

// SetModels fills the model picker, the best first. If the chosen one is not
// on this computer any more, the best that is takes its place.
func (c *Controls) SetModels(m []ModelChoice) {
	c.mu.Lock()
	c.state.Models = m
	name := c.state.Options.Model
	if slices.ContainsFunc(m, func(x ModelChoice) bool { return x.Name == name && !x.Installed }) {
		o := clone(c.state.Options)
		o.Model = ""
		c.put(o)
		return
	}
	c.mu.Unlock()
	c.tell()
}

// SetAdvanced remembers whether the folded part is open.
func (c *Controls) SetAdvanced(open bool) {
	c.mu.Lock()
	c.state.Advanced = open
	c.mu.Unlock()
	c.tell()
}

// SetFound tells what the preview has found out about the chosen file: the
// convergence that auto takes, if known, and whether it is a video.
func (c *Controls) SetFound(known bool, convergence float64, video bool) {
	c.mu.Lock()
	if !known {
		convergence = c.state.Auto
	}
	changed := c.state.Auto != convergence || c.state.Video != video
	c.state.Auto, c.state.Video = convergence, video
	c.mu.Unlock()
	if changed {
		c.tell()
	}
}

// SetStrength is a step of the strength slider.
func (c *Controls) SetStrength(v float64) {
	c.Change("strength", func(o *processor.Options) { o.Strength = v })
}

// SetConvergence is a step of the convergence slider; it leaves auto.
func (c *Controls) SetConvergence(v float64) {
	c.Change("convergence", func(o *processor.Options) { o.Convergence = processor.Convergence{Value: v} })
}

// SetAutoConvergence chooses between auto and what auto has found.
func (c *Controls) SetAutoConvergence(auto bool) {
	c.mu.Lock()
	found := c.state.Auto
	c.mu.Unlock()
	c.Change("", func(o *processor.Options) {
		if auto {
			o.Convergence = processor.Convergence{Auto: true}
		} else if o.Convergence.Auto {
			o.Convergence = processor.Convergence{Value: found}
		}
	})
}

// ToggleFormat adds or takes away an output; the last one stays.
func (c *Controls) ToggleFormat(f pack.Layout, on bool) {
	c.Change("", func(o *processor.Options) {
		at := slices.Index(o.Formats, f)
		switch {
		case on && at < 0:
			o.Formats = append(o.Formats, f)
			slices.SortFunc(o.Formats, func(a, b pack.Layout) int {
				return slices.Index(Formats(), a) - slices.Index(Formats(), b)
			})
		case !on && at >= 0 && len(o.Formats) > 1:
			o.Formats = slices.Delete(o.Formats, at, at+1)
		}
	})
}

// clone copies options with what they point to.
func clone(o processor.Options) processor.Options {
	o.Formats = slices.Clone(o.Formats)
	return o
}
