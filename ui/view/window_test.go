package view

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"spatialmaker/processor"
	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/depthtest"
	"spatialmaker/processor/media"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

func fileURI(path string) fyne.URI { return storage.NewFileURI(path) }

// still hides what differs from run to run: how long a picture took.
func (r *rig) still() { r.w.preview.note.Hide() }

func TestWindowLooks(t *testing.T) {
	cases := []struct {
		name string
		o    rigOptions
		set  func(r *rig)
	}{
		{"empty-light", rigOptions{look: own.Light, size: fyne.NewSize(900, 600)}, func(*rig) {}},
		{"queue-light", rigOptions{look: own.Light, size: fyne.NewSize(1100, 700)}, func(r *rig) {
			r.drop(r.picture("garden.jpg", 600, 400), r.picture("tall.jpg", 200, 300), filepath.Join(r.dir, "gone.jpg"))
			r.settle()
		}},
		{"compare-dark", rigOptions{look: own.Dark, size: fyne.NewSize(900, 600)}, func(r *rig) {
			r.vm.SetMode(viewmodel.ModeCompare)
			r.drop(r.picture("garden.jpg", 600, 400))
			r.settle()
		}},
		{"german-advanced-dark", rigOptions{look: own.Dark, language: "de", size: fyne.NewSize(900, 600)}, func(r *rig) {
			r.vm.SetAdvanced(true)
			r.vm.Controls.SetAutoConvergence(false)
			r.drop(r.picture("garten.jpg", 600, 400))
			r.settle()
		}},
		{"models-light", rigOptions{look: own.Light, size: fyne.NewSize(900, 600)}, func(r *rig) {
			r.vm.Models.Load("small", false)
			r.w.ShowSettings(PageModels)
		}},
		{"no-runtime-dark", rigOptions{look: own.Dark, size: fyne.NewSize(900, 600), runtime: func() error {
			return fmt.Errorf("look for it: %w", depth.ErrNoRuntime)
		}}, func(r *rig) {
			r.until("the banner", func() bool { return r.w.banner.root.Visible() })
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.o)
			r.until("the models", func() bool { return r.w.empty.offer.Visible() && r.w.controls.model.Text() == "Gradient" })
			// These are about the window: what the stereo stage makes of a
			// picture is not looked at here, so that it may change.
			r.vm.SetMode(viewmodel.ModeOriginal)
			r.vm.Controls.Change("", func(o *processor.Options) { o.Refine = processor.Off })
			c.set(r)
			r.still()
			r.run()
			r.paint()
			r.run()
			golden(t, c.name, r.paint())
		})
	}
}

func TestConvertFromTheWindow(t *testing.T) {
	r := newRig(t, rigOptions{})
	a, b := r.picture("a.jpg", 160, 120), r.picture("b.jpg", 160, 120)
	r.drop(a, b)
	r.settle()
	if !r.w.queue.list.Visible() || r.w.queue.count.Text() != "2 files" || r.w.controls.convert.Text() != "Convert 2 files" {
		t.Errorf("%q, %q", r.w.queue.count.Text(), r.w.controls.convert.Text())
	}
	test.Tap(r.w.controls.convert)
	r.until("the results", func() bool { s := r.vm.Queue.State(); return s.Done == 2 })
	for _, f := range []string{a, b} {
		out := strings.TrimSuffix(f, ".jpg") + "_LRF_Full_SBS.jpg"
		if st, err := os.Stat(out); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", out, err)
		}
	}
	r.run()
	// who meant to press Pause at this moment starts nothing
	c := r.w.controls
	if !c.work.Visible() || c.status.Text() != "Finished" || !c.pause.Disabled() || !c.convert.Disabled() {
		t.Errorf("right afterwards the foot says %q", c.status.Text())
	}
	test.Tap(c.pause)
	test.Tap(c.convert)
	r.until("the foot to change", func() bool { return !c.work.Visible() })
	if s := r.vm.Queue.State(); c.convert.Text() != "Convert again" || s.Busy() || s.Paused {
		t.Errorf("afterwards the button says %q, %+v", c.convert.Text(), s)
	}
	// once more: the results exist, and the rows say so with a next step
	test.Tap(r.w.controls.convert)
	r.until("the refusal", func() bool { return r.vm.Queue.State().Failed == 1 })
	row, _ := r.vm.Queue.Row(0)
	if row.Problem == nil || row.Problem.Kind != "exists" || row.Problem.Next == "" {
		t.Errorf("the row says %+v", row.Problem)
	}
	// and one click replaces it
	r.run()
	if !r.w.queue.card.root.Visible() || !r.w.queue.card.acts.Visible() {
		t.Fatal("no help is offered")
	}
	test.Tap(r.w.queue.card.act)
	r.until("the replacement", func() bool { return r.vm.Queue.State().Done == 2 })
	if r.vm.Controls.Options().Overwrite {
		t.Error("replacing one file replaces all from now on")
	}
}

// field finds a field of the advanced part.
func (r *rig) field(key string) *formField {
	r.t.Helper()
	for _, f := range r.w.controls.advanced.form {
		if f.key == key {
			return f
		}
	}
	r.t.Fatalf("there is no field %q", key)
	return nil
}

// press sends a key to the control of an advanced field.
func (r *rig) press(key string, k fyne.KeyName) func() {
	return func() { r.field(key).control.(fyne.Focusable).TypedKey(&fyne.KeyEvent{Name: k}) }
}

func TestEveryControlChangesThePreview(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.drop(r.picture("a.jpg", 320, 240))
	r.settle()
	c := r.w.controls
	steps := []struct {
		name string
		do   func()
	}{
		{"strength", func() { c.strength.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd}) }},
		{"in front", r.press("advanced.front", fyne.KeyEnd)},
		{"behind", r.press("advanced.behind", fyne.KeyHome)},
		{"limit", func() { r.field("advanced.limit").control.(*own.Picker).Choose(1) }},
		{"sides", r.press("advanced.ease_edges", fyne.KeySpace)},
		{"refinement", func() {
			r.press("advanced.refine", fyne.KeyRight)() // on, as auto is here
			r.press("advanced.refine", fyne.KeyRight)()
		}},
		{"screen plane", func() { c.plane.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome}) }},
		{"eyes", func() { c.eyes.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight}) }},
		{"mode", func() { r.w.preview.modes.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight}) }},
		{"anaglyph", func() { r.field("advanced.anaglyph").control.(*own.Picker).Choose(3) }},
		{"undo", func() { r.vm.Controls.Undo() }},
	}
	before := r.vm.Preview.State().First.Image
	for _, s := range steps {
		s.do()
		r.settle()
		after := r.vm.Preview.State().First.Image
		if before.Rect == after.Rect && string(before.Pix) == string(after.Pix) {
			t.Errorf("%s changed nothing", s.name)
		}
		before = after
	}
	if o := r.vm.Controls.Options(); o.Convergence.Auto || o.Convergence.Value != 0 || o.Strength != 8 {
		t.Errorf("options %+v", o)
	}
}

func TestFaultsLeaveAWindowThatWorks(t *testing.T) {
	r := newRig(t, rigOptions{})
	gone := r.picture("gone.jpg", 100, 80)
	pipe := filepath.Join(r.dir, "device")
	if err := os.Symlink("/dev/zero", pipe); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(r.dir, "broken.jpg")
	if err := os.Symlink(filepath.Join(r.dir, "nowhere"), broken); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(r.dir, "text.jpg")
	if err := os.WriteFile(text, []byte("this is no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	long := r.picture(strings.Repeat("ü", 125)+".jpg", 100, 80)
	odd := r.picture("new\nline 🌷 \u202e.jpg", 100, 80)
	r.drop(gone, pipe, broken, text, long, odd)
	r.settle()
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	r.vm.Convert()
	r.until("the ends", func() bool { s := r.vm.Queue.State(); return s.Done == 1 && s.Failed == 5 })
	kinds := map[string]string{}
	for i := range 6 {
		row, _ := r.vm.Queue.Row(i)
		if row.Problem != nil {
			kinds[row.Name] = row.Problem.Kind
			if row.Problem.Title == "" || row.Problem.Next == "" || row.Detail == "" {
				t.Errorf("%s: %+v", row.Name, row.Problem)
			}
		}
	}
	want := map[string]string{
		"gone.jpg": "not-found", "device": "not-a-file", "broken.jpg": "not-found", "text.jpg": "not-media",
		filepath.Base(long): "name-too-long", // with the output's suffix
	}
	if fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
	r.settle()
}

func TestAModelThatFailsIsToldInThePreview(t *testing.T) {
	est := &depthtest.Gradient{Err: errors.Join(errors.New("run it"), depth.ErrBadOutput)}
	r := newRig(t, rigOptions{est: est})
	r.drop(r.picture("a.jpg", 100, 80))
	r.settle()
	s := r.vm.Preview.State()
	if s.Problem == nil || s.Problem.Kind != "bad-model" {
		t.Fatalf("problem %+v", s.Problem)
	}
	r.run()
	if !r.w.preview.hint.root.Visible() || r.w.preview.hint.title.Text() != s.Problem.Title {
		t.Errorf("the window says %q", r.w.preview.hint.title.Text())
	}
	// the original needs no model
	r.vm.SetMode(viewmodel.ModeOriginal)
	r.settle()
	if r.vm.Preview.State().First == nil || r.w.preview.hint.root.Visible() {
		t.Error("the original is not shown")
	}
}

func TestLanguageRebuildsTheWindow(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.drop(r.picture("a.jpg", 100, 80))
	r.settle()
	r.w.ShowSettings(PageGeneral)
	r.w.setLanguage("de")
	r.settle()
	if got := r.w.controls.convert.Text(); got != "Umwandeln" {
		t.Errorf("the button says %q", got)
	}
	if got := r.win.MainMenu().Items[0].Label; got != "Datei" {
		t.Errorf("the first menu is called %q", got)
	}
	if r.w.settings == nil || !r.w.settings.popup.Visible() {
		t.Error("the settings closed")
	}
	if r.w.queue.count.Text() != "1 Datei" || r.vm.Preview.State().First == nil {
		t.Error("the files went")
	}
}

func TestMenuReachesEverything(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.drop(r.picture("a.jpg", 100, 80))
	r.settle()
	seen := map[string]string{}
	for _, m := range r.win.MainMenu().Items {
		for _, i := range m.Items {
			if i.IsSeparator {
				continue
			}
			if i.Label == "" || i.Action == nil || strings.Contains(i.Label, ".") {
				t.Errorf("%s: %q does nothing or has no words", m.Label, i.Label)
			}
			if i.Shortcut == nil {
				continue
			}
			if other := seen[i.Shortcut.ShortcutName()]; other != "" {
				t.Errorf("%q and %q have the same keys", i.Label, other)
			}
			seen[i.Shortcut.ShortcutName()] = i.Label
		}
	}
	press := func(menu, item int) { r.win.MainMenu().Items[menu].Items[item].Action() }
	press(2, 1)
	r.settle()
	if m := r.vm.Preview.State().Mode; m != viewmodel.ModeDepth {
		t.Errorf("mode %s", m)
	}
	r.vm.Controls.SetStrength(5)
	press(1, 0)
	if s := r.vm.Controls.Options().Strength; s != processor.DefaultOptions().Strength {
		t.Errorf("undo leaves strength %g", s)
	}
	press(1, 5)
	if got := r.app.Clipboard().Content(); !strings.HasPrefix(got, "spatialmaker convert ") {
		t.Errorf("the clipboard holds %q", got)
	}
	press(1, 7)
	r.run()
	if n := r.vm.Queue.State().Len; n != 0 || !r.w.empty.root.Visible() {
		t.Errorf("%d rows", n)
	}
}

func TestPastedPaths(t *testing.T) {
	got := pastedPaths("/a/b c.jpg\r\nfile:///x/%C3%BC%20y.png\n\n  \"/q.jpg\"\n")
	if want := "[/a/b c.jpg /x/ü y.png /q.jpg]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestQuitAsksWhileThereIsWork(t *testing.T) {
	est := &depthtest.Gradient{Delay: patience}
	r := newRig(t, rigOptions{est: est})
	r.drop(r.picture("a.jpg", 100, 80))
	r.vm.Queue.Settled()
	r.vm.Convert()
	r.until("work", func() bool { s := r.vm.Queue.State(); return s.Busy() })
	r.w.quit()
	if r.win.Canvas().Overlays().Top() == nil {
		t.Error("nothing was asked")
	}
	r.vm.Queue.CancelAll()
	r.until("the end", func() bool { s := r.vm.Queue.State(); return !s.Busy() })
}

func TestKeysOfTheList(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.drop(r.picture("a.jpg", 100, 80), r.picture("b.jpg", 100, 80), r.picture("c.jpg", 100, 80))
	r.settle()
	key := func(k fyne.KeyName) {
		r.w.queue.list.TypedKey(&fyne.KeyEvent{Name: k})
		r.settle()
	}
	key(fyne.KeyDown)
	key(fyne.KeyEnd)
	key(fyne.KeyUp)
	if got := filepath.Base(r.vm.Preview.State().Path); got != "b.jpg" {
		t.Errorf("shows %s", got)
	}
	key(fyne.KeyDelete)
	if got := filepath.Base(r.vm.Preview.State().Path); got != "c.jpg" || r.vm.Queue.State().Len != 2 {
		t.Errorf("after Delete shows %s of %d", got, r.vm.Queue.State().Len)
	}
}

// film makes a video of two seconds out of the scene: it moves to the left.
func (r *rig) film(name string) string {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	out, err := exec.Command("ffmpeg", "-v", "error", "-loop", "1", "-i", r.picture("still.jpg", 480, 240), "-vf",
		"crop=320:240:x=8*n:y=0,format=yuv420p", "-r", "10", "-t", "2", "-c:v", "libx264", "-preset", "ultrafast", path).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func TestVideoInTheWindow(t *testing.T) {
	r := newRig(t, rigOptions{})
	path := r.film("film.mp4")
	r.drop(path)
	r.settle()
	scrub := r.w.preview.scrub
	if !scrub.root.Visible() || scrub.now.Text() != "0:00.00 / 0:02.00" || !r.field("advanced.part").root.Visible() {
		t.Fatalf("the bar says %q", scrub.now.Text())
	}
	if row, _ := r.vm.Queue.Row(0); row.Info.Kind != viewmodel.KindVideo || row.Thumb == nil || !strings.HasPrefix(row.Detail, "320 × 240 · 0:02") {
		t.Errorf("the row says %q", row.Detail)
	}
	first := r.vm.Preview.State().First.Image
	scrub.slider.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	r.settle()
	last := r.vm.Preview.State().First.Image
	if string(first.Pix) == string(last.Pix) || scrub.now.Text() != "0:02.00 / 0:02.00" {
		t.Errorf("at the end the picture is the first; the bar says %q", scrub.now.Text())
	}
	r.w.controls.advanced.start.SetText("0:01")
	r.w.controls.advanced.length.SetText("0.5")
	if o := r.vm.Controls.Options(); o.Start != time.Second || o.Duration != 500*time.Millisecond {
		t.Errorf("start %v, length %v", o.Start, o.Duration)
	}
	r.w.controls.advanced.length.SetText("nonsense")
	if o := r.vm.Controls.Options(); o.Duration != 500*time.Millisecond {
		t.Errorf("nonsense is %v", o.Duration)
	}
	r.vm.Convert()
	r.until("the end", func() bool { s := r.vm.Queue.State(); return s.Finished == 1 })
	row, _ := r.vm.Queue.Row(0)
	if row.State != processor.Done || len(row.Outputs) != 1 {
		t.Fatalf("state %v, %+v", row.State, row.Problem)
	}
	info, err := media.ProbeVideo(t.Context(), row.Outputs[0])
	if err != nil || info.Video.W != 640 || info.Video.H != 240 {
		t.Errorf("%s: %+v, %v", row.Outputs[0], info, err)
	}
	// a photo has no moments
	r.drop(r.picture("photo.jpg", 100, 80))
	r.settle()
	r.vm.Queue.Select(1)
	r.settle()
	if scrub.root.Visible() || r.field("advanced.part").root.Visible() {
		t.Error("a photo can be scrubbed")
	}
}

// TestFieldsOfFilmsHaveTheirPlaces: fields that come with a video are laid out
// below each other, not one over the other.
func TestFieldsOfFilmsHaveTheirPlaces(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.vm.SetAdvanced(true)
	r.run()
	for _, video := range []bool{true, false, true} {
		r.vm.Controls.SetFound(true, 0.5, video)
		r.run()
		r.paint()
		a := r.w.controls.advanced
		if shown := r.field("advanced.part").root.Visible(); shown != video {
			t.Fatalf("a video is %v, its part is to be chosen %v", video, shown)
		}
		bottom := float32(-1)
		for i, f := range a.form {
			if !f.root.Visible() {
				continue
			}
			if y := f.root.Position().Y; y <= bottom {
				t.Errorf("video %v: field %d begins at %g, above %g where the one before ends", video, i, y, bottom)
			}
			bottom = f.root.Position().Y + f.root.Size().Height
		}
	}
}
