package viewmodel

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"spatialmaker/processor"
	"spatialmaker/processor/pack"
)

// Preset is a named set of choices about how the result looks and is laid out.
// It does not touch the model, the folder or the file handling.
type Preset struct {
	Key   string            `json:"key"`
	Name  string            `json:"name"`
	About string            `json:"-"`
	Own   bool              `json:"-"`
	Set   processor.Options `json:"options"`
}

// UnmarshalJSON reads a preset; options that an older file lacks have their
// defaults.
func (p *Preset) UnmarshalJSON(b []byte) error {
	type plain Preset
	read := plain{Set: processor.DefaultOptions()}
	err := json.Unmarshal(b, &read)
	*p = Preset(read)
	return err
}

// take copies from one what a preset sets, and leaves the rest.
func take(to *processor.Options, from processor.Options) {
	to.Formats = slices.Clone(from.Formats)
	to.Strength, to.Convergence, to.Eyes = from.Strength, from.Convergence, from.Eyes
	to.Front, to.Behind, to.Limit, to.EaseEdges = from.Front, from.Behind, from.Limit, from.EaseEdges
	to.Anaglyph, to.DepthFormat, to.Codec = from.Anaglyph, from.DepthFormat, from.Codec
	to.Refine, to.Widen, to.Fill, to.Steady = from.Refine, from.Widen, from.Fill, from.Steady
}

// apply puts the preset's choices into o.
func (p *Preset) apply(o *processor.Options) { take(o, p.Set) }

// match finds the preset whose choices are those of o.
func match(all []Preset, o processor.Options) string {
	want := processor.DefaultOptions()
	take(&want, o)
	for _, p := range all {
		got := processor.DefaultOptions()
		if take(&got, p.Set); reflect.DeepEqual(got, want) {
			return p.Key
		}
	}
	return ""
}

// builtIn are the presets of the program. Strengths follow what the devices
// bear: a headset fills the view, so it wants less than a television across
// the room; red-cyan glasses ghost when edges lie far apart.
func builtIn(w *Words) []Preset {
	make := func(key string, set func(*processor.Options)) Preset {
		o := processor.DefaultOptions()
		set(&o)
		return Preset{Key: key, Name: w.T("preset." + key), About: w.T("preset." + key + ".about"), Set: o}
	}
	return []Preset{
		make("standard", func(*processor.Options) {}),
		make("vision", func(o *processor.Options) {
			o.Formats = available(pack.Spatial, pack.SBS)
			o.Strength = 2
		}),
		make("quest", func(o *processor.Options) { o.Strength = 2.2 }),
		make("tv", func(o *processor.Options) {
			o.Formats = []pack.Layout{pack.HalfSBS}
			o.Strength = 3
		}),
		make("anaglyph", func(o *processor.Options) {
			o.Formats = []pack.Layout{pack.Anaglyph}
			o.Strength = 1.8
		}),
		make("depth", func(o *processor.Options) { o.Formats = []pack.Layout{pack.Depth} }),
	}
}

// Formats lists the layouts that the window offers; it does not change while
// the program runs.
var Formats = sync.OnceValue(processor.Formats)

// available is the layout want where this machine writes it, else instead.
func available(want, instead pack.Layout) []pack.Layout {
	if slices.Contains(Formats(), want) {
		return []pack.Layout{want}
	}
	return []pack.Layout{instead}
}

// UsePreset applies the preset of that key.
func (c *Controls) UsePreset(key string) {
	c.mu.Lock()
	all := append(builtIn(c.words), c.own...)
	c.mu.Unlock()
	for _, p := range all {
		if p.Key == key {
			c.Change("", p.apply)
		}
	}
}

// SavePreset keeps the present choices under a name; one of the same name is
// replaced.
func (c *Controls) SavePreset(name string) {
	name = strings.TrimSpace(name)
	if name == "" {
		return
	}
	c.editPresets(func(own []Preset) []Preset {
		p := Preset{Key: "own:" + name, Name: name, Own: true, Set: clone(c.state.Options)}
		p.Set.Output, p.Set.Model = "", ""
		if at := slices.IndexFunc(own, func(o Preset) bool { return o.Key == p.Key }); at >= 0 {
			own[at] = p
			return own
		}
		return append(own, p)
	})
}

// RemovePreset takes one of the user's own presets away.
func (c *Controls) RemovePreset(key string) {
	c.editPresets(func(own []Preset) []Preset {
		return slices.DeleteFunc(own, func(p Preset) bool { return p.Key == key })
	})
}

// LoadPresets takes over the user's own presets from where they are kept.
func (c *Controls) LoadPresets(own []Preset) {
	c.mu.Lock()
	c.own = slices.DeleteFunc(slices.Clone(own), func(p Preset) bool { return p.Set.Validate() != nil })
	for i := range c.own {
		c.own[i].Own = true
	}
	c.mu.Unlock()
	c.tell()
}

func (c *Controls) editPresets(fn func([]Preset) []Preset) {
	c.mu.Lock()
	c.own = fn(slices.Clone(c.own))
	own, keep := slices.Clone(c.own), c.onPresets
	c.mu.Unlock()
	if keep != nil {
		keep(own)
	}
	c.tell()
}
