package view

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"spatialmaker/processor"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// formField is a control for one option: its name, what it means, what it says
// now, and how it follows the options.
type formField struct {
	key     string // of its name
	root    fyne.CanvasObject
	control fyne.CanvasObject
	update  func(s *viewmodel.ControlsState)
	// applies says whether the chosen file has a use for it; nil means always.
	applies func(s *viewmodel.ControlsState) bool
}

// only shows the field where applies says so.
func (f *formField) only(applies func(s *viewmodel.ControlsState) bool) *formField {
	f.applies = applies
	return f
}

func forFilms(s *viewmodel.ControlsState) bool  { return s.Video }
func forPhotos(s *viewmodel.ControlsState) bool { return !s.Video }

// form is fields one under the other.
type form []*formField

func (f form) objects() []fyne.CanvasObject {
	objs := make([]fyne.CanvasObject, len(f))
	for i, x := range f {
		objs[i] = x.root
	}
	return objs
}

// update shows the state and says whether fields have come or gone.
func (f form) update(s *viewmodel.ControlsState) (changed bool) {
	for _, x := range f {
		if x.applies != nil && x.applies(s) != x.root.Visible() {
			changed = true
			if x.root.Visible() {
				x.root.Hide()
			} else {
				x.root.Show()
			}
		}
		if x.update != nil {
			x.update(s)
		}
	}
	return changed
}

// heading stands above the fields of one part of the form.
func heading(text string) *formField {
	t := own.NewCaption(text)
	t.Style = fyne.TextStyle{Bold: true}
	return &formField{root: container.New(own.Inset(0, 6, 0, -4), container.New(own.Column(6), newRule(own.ColorBorder), t))}
}

// explained is the text under key.about, "" where there is none.
func explained(words *viewmodel.Words, key string) string {
	if words.Has(key + ".about") {
		return words.T(key + ".about")
	}
	return ""
}

// named puts the name under key above a control, with its explanation.
func named(words *viewmodel.Words, key string, now *own.Text, control fyne.CanvasObject) fyne.CanvasObject {
	return field(words.T(key), explained(words, key), now, control)
}

// field puts a label, and what it says now, above a control.
func field(label, about string, now *own.Text, control fyne.CanvasObject) fyne.CanvasObject {
	objs := []fyne.CanvasObject{own.NewText(label)}
	if about != "" {
		objs = append(objs, own.NewHelp(about))
	}
	grow := len(objs)
	objs = append(objs, gap(1))
	if now != nil {
		now.Align = fyne.TextAlignTrailing
		objs = append(objs, now)
	}
	return container.New(own.Column(5), container.New(own.Line(5, grow), objs...), control)
}

// segments offers two or three values side by side, each called after
// key.value.
func segments[T ~string](w *Window, key string, values []T, of func(*processor.Options) *T) *formField {
	words := w.app.Words()
	c := own.NewSegmented(labelled(words, key+".", values), func(i int) {
		w.app.Controls.Change("", func(o *processor.Options) { *of(o) = values[i] })
	})
	return &formField{
		key: key, root: named(words, key, nil, c), control: c,
		update: func(s *viewmodel.ControlsState) { c.SetChosen(slices.Index(values, *of(&s.Options))) },
	}
}

// choice offers values in a list, under the titles given.
func choice[T comparable](w *Window, key string, values []T, titles []string, of func(*processor.Options) *T) *formField {
	words := w.app.Words()
	c := own.NewPicker(func(i int, _ bool) {
		w.app.Controls.Change("", func(o *processor.Options) { *of(o) = values[i] })
	})
	return &formField{
		key: key, root: named(words, key, nil, c), control: c,
		update: func(s *viewmodel.ControlsState) {
			c.SetOptions(titled(titles), slices.Index(values, *of(&s.Options)))
		},
	}
}

// slide offers the numbers lo..hi in steps; say puts one into words.
func slide(w *Window, key string, lo, hi, step float64, say func(float64) string, of func(*processor.Options) *float64) *formField {
	words, ctl := w.app.Words(), w.app.Controls
	usual := processor.DefaultOptions()
	now := own.NewCaption("")
	c := own.NewSlider(lo, hi, step, *of(&usual), func(v float64) {
		ctl.Change(key, func(o *processor.Options) { *of(o) = v })
	})
	c.OnSettled = func(float64) { ctl.Settle() }
	return &formField{
		key: key, root: named(words, key, now, c), control: c,
		update: func(s *viewmodel.ControlsState) {
			c.SetValue(*of(&s.Options))
			now.SetText(say(c.Value()))
		},
	}
}

// toggle offers on and off.
func toggle(w *Window, key string, of func(*processor.Options) *bool) *formField {
	words := w.app.Words()
	c := own.NewSwitch(func(on bool) {
		w.app.Controls.Change("", func(o *processor.Options) { *of(o) = on })
	})
	label := own.NewText(words.T(key))
	return &formField{
		key:     key,
		root:    container.New(own.Line(5, 2), label, own.NewHelp(explained(words, key)), gap(1), c),
		control: c,
		update:  func(s *viewmodel.ControlsState) { c.SetOn(*of(&s.Options)) },
	}
}

// labelled are the texts of values under a prefix.
func labelled[T ~string](words *viewmodel.Words, prefix string, all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = words.T(prefix + string(v))
	}
	return out
}

func titled(labels []string) []own.Option {
	out := make([]own.Option, len(labels))
	for i, l := range labels {
		out[i] = own.Option{Title: l}
	}
	return out
}
