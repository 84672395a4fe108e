package view

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"spatialmaker/processor"
	own "spatialmaker/ui/widget"
)

// tour presses Tab until the focus is back where it began, and returns what it
// came by.
func (r *rig) tour() map[fyne.Focusable]bool {
	r.t.Helper()
	c := r.win.Canvas()
	c.FocusNext()
	first := c.Focused()
	seen := map[fyne.Focusable]bool{}
	defer func() {
		for f := range seen {
			if _, ok := f.(*own.Row); ok {
				r.t.Error("Tab goes through every row of the list")
			}
		}
	}()
	for f := first; f != nil && !seen[f]; f = c.Focused() {
		seen[f] = true
		c.FocusNext()
	}
	if c.Focused() != first {
		r.t.Errorf("Tab is caught at %T and does not come back to %T", c.Focused(), first)
	}
	return seen
}

func (r *rig) reaches(seen map[fyne.Focusable]bool, what map[string]fyne.Focusable) {
	r.t.Helper()
	for name, f := range what {
		if !seen[f] {
			r.t.Errorf("Tab does not reach %s", name)
		}
	}
}

func TestTabReachesEverything(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.vm.SetAdvanced(true)
	r.drop(r.picture("a.jpg", 200, 150))
	r.settle()
	c := r.w.controls
	controls := map[string]fyne.Focusable{
		"the list": r.w.queue.list, "the views": r.w.preview.modes, "the picture": r.w.preview.viewer,
		"presets": c.preset, "the model": c.model, "outputs": c.format, "strength": c.strength,
		"auto": c.auto, "the plane": c.plane, "eyes": c.eyes, "the folder": c.folder, "convert": c.convert,
	}
	for i, f := range c.advanced.form {
		if x, ok := f.control.(fyne.Focusable); ok && f.root.Visible() {
			controls[fmt.Sprintf("the advanced field %d", i)] = x
		}
	}
	if len(controls) < 18 {
		t.Fatalf("only %d controls to be reached", len(controls))
	}
	r.reaches(r.tour(), controls)
	r.w.ShowSettings(PageModels)
	r.run()
	cards := map[string]fyne.Focusable{"the tabs": r.w.settings.tabs}
	for _, m := range r.w.settings.models.cards {
		if m.row.CanLoad && m.row.Usual {
			cards["loading "+m.name] = m.load
		}
	}
	if len(cards) < 3 {
		t.Fatalf("only %v to be reached", cards)
	}
	r.reaches(r.tour(), cards)
	r.w.settings.turn(PageDisk)
	disk := map[string]fyne.Focusable{}
	for i, l := range r.w.settings.disk.lines {
		if l.clear != nil && !l.clear.Disabled() {
			disk[fmt.Sprintf("clearing %d", i)] = l.clear
		}
	}
	r.reaches(r.tour(), disk)
}

func TestEscapeClosesWhatLiesOverTheWindow(t *testing.T) {
	r := newRig(t, rigOptions{})
	escape := func() {
		if f := r.win.Canvas().Focused(); f != nil {
			f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		} else {
			r.win.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
		}
	}
	r.w.ShowSettings(PageGeneral)
	n := len(r.tour())
	for range n - 1 { // from any control but the one it opens with
		r.win.Canvas().FocusNext()
	}
	r.w.ask("title", "text", "yes", func() { t.Error("escape said yes") })
	escape()
	if r.w.settings == nil || len(r.w.over) != 1 {
		t.Fatalf("the question took the settings with it, or stays: %d", len(r.w.over))
	}
	escape()
	if r.w.settings != nil || r.win.Canvas().Overlays().Top() != nil {
		t.Error("the settings stay")
	}
	escape() // does nothing
}

func TestRowsByKeyboard(t *testing.T) {
	r := newRig(t, rigOptions{})
	for i := range 30 {
		r.drop(r.picture(fmt.Sprintf("%02d.jpg", i), 40, 30))
		r.vm.Queue.Settled()
	}
	r.settle()
	l := r.w.queue.list
	r.win.Canvas().Focus(l)
	if !l.ring.Visible() {
		t.Error("it cannot be seen where the focus is")
	}
	key := func(k fyne.KeyName) {
		l.TypedKey(&fyne.KeyEvent{Name: k})
		r.run()
	}
	key(fyne.KeyPageDown)
	if at := r.vm.Queue.State().Selected; at < 5 || at > 15 {
		t.Errorf("a page is %d rows", at)
	}
	key(fyne.KeyEnd)
	key(fyne.KeySpace)
	menu, ok := r.win.Canvas().Focused().(*widget.PopUpMenu)
	if !ok {
		t.Fatalf("no menu opens, the focus is on %T", r.win.Canvas().Focused())
	}
	if p, room := menu.Position(), r.win.Canvas().Size(); p.Y < 0 || p.Y+menu.MinSize().Height > room.Height {
		t.Errorf("it opens at %g, outside the window", p.Y)
	}
	menu.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp}) // the last line: remove
	menu.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	r.run()
	if n := r.vm.Queue.State().Len; n != 29 {
		t.Errorf("%d rows are left", n)
	}
}

func TestKeysAreListed(t *testing.T) {
	r := newRig(t, rigOptions{language: "de"})
	r.w.showKeys()
	top := r.win.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("nothing opens")
	}
	shown := map[string]bool{}
	for _, o := range test.LaidOutObjects(top) {
		if x, ok := o.(interface{ Text() string }); ok {
			shown[x.Text()] = true
		}
	}
	for _, m := range r.win.MainMenu().Items {
		for _, i := range m.Items {
			if i.Shortcut != nil && !shown[strings.TrimSuffix(i.Label, "…")] {
				t.Errorf("%q is not listed", i.Label)
			}
		}
	}
	for _, k := range keysOf {
		if key := "keys." + k; !r.vm.Words().Has(key) || !r.vm.Words().Has(key+".does") {
			t.Errorf("no words for %s", key)
		}
	}
}

func TestASegmentedControlGoesRoundBySpace(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.drop(r.picture("a.jpg", 40, 30))
	r.settle()
	eyes := r.w.controls.eyes
	var got []string
	for range 3 {
		eyes.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		got = append(got, r.vm.Controls.Options().Eyes)
	}
	if fmt.Sprint(got) != "[left right both]" || processor.DefaultOptions().Eyes != "both" {
		t.Errorf("chose %v", got)
	}
}
