package widget

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

// shown puts an object in a window of the program's look.
func shown(t *testing.T, o fyne.CanvasObject, w, h float32) fyne.Window {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Light))
	win := test.NewTempWindow(t, container.NewWithoutLayout(o))
	win.Resize(fyne.NewSize(900, 700))
	o.Resize(fyne.NewSize(w, h))
	return win
}

func key(n fyne.KeyName) *fyne.KeyEvent { return &fyne.KeyEvent{Name: n} }

func at(x, y float32) *fyne.PointEvent { return &fyne.PointEvent{Position: fyne.NewPos(x, y)} }

func drag(x, y, dx, dy float32) *fyne.DragEvent {
	return &fyne.DragEvent{PointEvent: *at(x, y), Dragged: fyne.NewDelta(dx, dy)}
}

func TestSlider(t *testing.T) {
	var got []float64
	settled := 0
	s := NewSlider(0, 8, 0.1, 2.5, func(v float64) { got = append(got, v) })
	s.OnSettled = func(float64) { settled++ }
	shown(t, s, 214, 22) // 200 between the ends of the thumb's way

	s.Dragged(drag(7+100, 10, 0, 0))
	s.Dragged(drag(7+100.4, 10, 0, 0)) // the same step
	s.Dragged(drag(999, 10, 0, 0))
	s.Dragged(drag(-50, 10, 0, 0))
	s.DragEnd()
	if want := []float64{4, 8, 0}; !slices.Equal(got, want) || settled != 1 {
		t.Errorf("dragging told %v, want %v; settled %d times", got, want, settled)
	}
	got = nil
	for _, k := range []fyne.KeyName{fyne.KeyRight, fyne.KeyPageUp, fyne.KeyLeft, fyne.KeyEnd, fyne.KeyHome, fyne.KeyA} {
		s.TypedKey(key(k))
	}
	if want := []float64{0.1, 1.1, 1, 8, 0}; !slices.Equal(got, want) {
		t.Errorf("keys told %v, want %v", got, want)
	}
	s.DoubleTapped(at(0, 0))
	if s.Value() != 2.5 {
		t.Errorf("a double tap gives %g", s.Value())
	}
	got = nil
	s.SetValue(3.14159)
	if s.Value() != 3.1 || got != nil {
		t.Errorf("set to %g, told %v", s.Value(), got)
	}
	s.Disable()
	s.Tapped(at(200, 10))
	if s.Value() != 3.1 {
		t.Errorf("a disabled slider moves to %g", s.Value())
	}
}

func TestSegmented(t *testing.T) {
	var got []int
	s := NewSegmented([]string{"One", "Two", "A long word"}, func(i int) { got = append(got, i) })
	shown(t, s, 300, 30)
	s.Tapped(at(295, 10))
	s.Tapped(at(5, 10))
	s.Tapped(at(5, 10)) // chosen already
	s.TypedKey(key(fyne.KeyRight))
	s.TypedKey(key(fyne.KeyRight))
	s.TypedKey(key(fyne.KeyRight)) // at the end
	if want := []int{2, 0, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	s.SetChosen(0)
	if len(got) != 4 || s.Chosen() != 0 {
		t.Error("SetChosen told, or did not choose")
	}
	s.SetChosen(-1)
	if s.Chosen() != 0 {
		t.Error("chose nothing")
	}
	var sum float32
	for _, w := range s.widths(300) {
		sum += w
	}
	if sum < 295.9 || sum > 296.1 {
		t.Errorf("the segments are %g wide, not 296", sum)
	}
}

func TestButtonAndSwitch(t *testing.T) {
	n := 0
	b := NewButton("Go", IconAdd, Primary, func() { n++ })
	shown(t, b, 100, 30)
	test.Tap(b)
	b.TypedKey(key(fyne.KeySpace))
	b.TypedKey(key(fyne.KeyReturn))
	b.TypedKey(key(fyne.KeyA))
	b.Disable()
	test.Tap(b)
	if n != 3 {
		t.Errorf("pressed %d times", n)
	}
	var on []bool
	s := NewSwitch(func(v bool) { on = append(on, v) })
	shown(t, s, 34, 20)
	test.Tap(s)
	s.TypedKey(key(fyne.KeySpace))
	s.SetOn(true)
	if want := []bool{true, false}; !slices.Equal(on, want) || !s.On() {
		t.Errorf("told %v, stands %v", on, s.On())
	}
}

func TestPicker(t *testing.T) {
	var got []string
	p := NewPicker(func(i int, on bool) { got = append(got, fmt.Sprint(i, on)) })
	win := shown(t, p, 200, 30)
	p.SetOptions([]Option{{Title: "A"}, {Title: "B", About: "with words"}, {Title: "C", Off: true}}, 0)
	test.Tap(p)
	if win.Canvas().Overlays().Top() == nil {
		t.Fatal("no list opened")
	}
	p.Choose(1)
	if p.Text() != "B" || win.Canvas().Overlays().Top() != nil {
		t.Errorf("shows %q; the list is open: %v", p.Text(), win.Canvas().Overlays().Top() != nil)
	}
	p.Choose(2) // off
	p.Choose(9)
	p.Mark(0)
	if want := []string{"1 true"}; !slices.Equal(got, want) || p.Text() != "A" {
		t.Errorf("told %v, shows %q", got, p.Text())
	}

	got = nil
	p.Multi = true
	p.SetOptions([]Option{{Title: "A"}, {Title: "B"}}, 0)
	p.TypedKey(key(fyne.KeyDown))
	p.Choose(1)
	if win.Canvas().Overlays().Top() == nil {
		t.Error("choosing one of several closes the list")
	}
	p.Choose(0)
	if want := []string{"1 true", "0 false"}; !slices.Equal(got, want) || p.Text() != "B" {
		t.Errorf("told %v, shows %q", got, p.Text())
	}
	p.SetText("as you like")
	if p.Text() != "as you like" {
		t.Error("its own text is not shown")
	}
}

func TestPickerByKeys(t *testing.T) {
	chosen := -1
	p := NewPicker(func(i int, _ bool) { chosen = i })
	win := shown(t, p, 200, 30)
	p.SetOptions([]Option{{Title: "A"}, {Title: "B"}, {Title: "C"}}, 0)
	p.TypedKey(key(fyne.KeySpace))
	c := win.Canvas()
	c.Focused().TypedKey(key(fyne.KeyDown))
	c.Focused().TypedKey(key(fyne.KeyDown))
	c.Focused().TypedKey(key(fyne.KeyUp))
	c.Focused().TypedKey(key(fyne.KeyReturn))
	if chosen != 1 {
		t.Errorf("chose %d", chosen)
	}
	p.TypedKey(key(fyne.KeySpace))
	c.Focused().TypedKey(key(fyne.KeyEscape))
	if c.Overlays().Top() != nil || chosen != 1 {
		t.Error("Escape does not close the list, or chooses")
	}
}

func TestRow(t *testing.T) {
	var log []string
	r := NewRow()
	shown(t, r, 240, rowHeight)
	r.OnSelect = func() { log = append(log, "select") }
	r.OnMenu = func(fyne.Position) { log = append(log, "menu") }
	r.Set(RowData{Name: "a.jpg", Detail: "JPEG", Actions: []Action{
		{Icon: IconRetry, Do: func() { log = append(log, "retry") }},
		{Icon: IconTrash, Do: func() { log = append(log, "trash") }},
	}})
	right := fyne.NewPos(240-rowGutter-rowPadding-5, 30)
	r.Tapped(&fyne.PointEvent{Position: right}) // no pointer over it: no actions there
	r.MouseIn(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: right}})
	r.Tapped(&fyne.PointEvent{Position: right})
	r.Tapped(at(240-rowGutter-rowPadding-rowAction-5, 30))
	r.Tapped(at(60, 30))
	r.MouseOut()
	r.Tapped(&fyne.PointEvent{Position: right})
	r.TappedSecondary(at(60, 30))
	if got, want := strings.Join(log, " "), "select trash retry select select menu"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRowIsPulledThroughTheList(t *testing.T) {
	r := NewRow()
	shown(t, r, 240, rowHeight)
	grabs, moved := 0, []int{}
	r.OnGrab = func() { grabs++ }
	r.OnMove = func(n int) { moved = append(moved, n) }
	for range 13 { // 130 down: past the middle of the next row, and of the one after
		r.Dragged(drag(60, 30, 0, 10))
	}
	r.DragEnd()
	r.Dragged(drag(60, 30, 0, -50))
	r.DragEnd()
	if grabs != 2 || !slices.Equal(moved, []int{1, 1, -1}) {
		t.Errorf("grabbed %d times, moved %v", grabs, moved)
	}
}

func TestFold(t *testing.T) {
	in := NewText("inside")
	f := NewFold("More", in)
	shown(t, f, 200, 200)
	var told []bool
	f.OnToggle = func(open bool) { told = append(told, open) }
	closed := f.MinSize().Height
	f.Tapped(at(10, 10))
	if !f.Open() || !in.Visible() || f.MinSize().Height <= closed {
		t.Error("did not open")
	}
	f.Tapped(at(10, foldHead+20)) // on the content
	if !f.Open() {
		t.Error("a click on the content closes it")
	}
	f.TypedKey(key(fyne.KeySpace))
	if f.Open() || in.Visible() || !slices.Equal(told, []bool{true, false}) {
		t.Errorf("open %v, told %v", f.Open(), told)
	}
}

func TestShorten(t *testing.T) {
	fits := func(n int) func(string) bool {
		return func(s string) bool { return len([]rune(s)) <= n }
	}
	for _, c := range []struct {
		in   string
		cut  Cut
		n    int
		want string
	}{
		{"short", CutEnd, 10, "short"},
		{"Holiday in the mountains", CutEnd, 10, "Holiday i…"},
		{"IMG_20260412_0815.jpg", CutMiddle, 11, "IMG_20….jpg"},
		{"far too long", CutNone, 3, "far too long"},
		{"line\nend\tand\x7f", CutNone, 99, "line end and "},
		{"photo_\u202egpj.exe", CutEnd, 99, "photo_gpj.exe"},
		{"🌷🌷🌷🌷🌷", CutEnd, 3, "🌷🌷…"},
		{"word", CutEnd, 0, "…"},
		{"", CutEnd, 0, ""},
		{"4032 × 3024 · 3.2 MB · JPEG", CutParts, 25, "4032 × 3024 · 3.2 MB"},
		{"4032 × 3024 · 3.2 MB · JPEG", CutParts, 12, "4032 × 3024"},
		{"4032 × 3024 · 3.2 MB · JPEG", CutParts, 6, "4032 …"},
		{"in one part", CutParts, 99, "in one part"},
	} {
		if got := Shorten(c.in, c.cut, fits(c.n)); got != c.want {
			t.Errorf("%q to %d: %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func FuzzShorten(f *testing.F) {
	f.Add("IMG_20260412_0815.jpg", 9, true)
	f.Add("\xff\x00🌷", 1, false)
	f.Fuzz(func(t *testing.T, s string, n int, end bool) {
		cut := CutMiddle
		if end {
			cut = CutEnd
		}
		got := Shorten(s, cut, func(s string) bool { return len([]rune(s)) <= n })
		if l := len([]rune(got)); l > n && l > 1 {
			t.Errorf("%q has %d letters, more than %d", got, l, n)
		}
		if strings.ContainsAny(got, "\n\r\t\x00") {
			t.Errorf("%q breaks a line", got)
		}
	})
}

func TestParaOfAtMostTwoLines(t *testing.T) {
	p := NewPara("The film has no pictures in it, and nothing else that could be shown to anybody")
	shown(t, p, 150, 40)
	whole := p.MinSize().Height
	p.Most = 2
	p.Refresh()
	r := test.WidgetRenderer(p).(*paraRenderer)
	if p.MinSize().Height >= whole || len(r.lines) != 2 || !strings.HasSuffix(r.lines[1].Text, "…") {
		t.Errorf("%d lines, the last %q", len(r.lines), r.lines[len(r.lines)-1].Text)
	}
}

func TestWrap(t *testing.T) {
	test.NewTempApp(t)
	style := fyne.TextStyle{}
	text := "Far far away, behind the word mountains, live the blind texts. " + strings.Repeat("x", 80) + "\n\nEnd"
	lines := Wrap(text, 150, 12, style)
	for _, l := range lines {
		if w := fyne.MeasureText(l, 12, style).Width; w > 150 {
			t.Errorf("%q is %g wide", l, w)
		}
	}
	if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.NewReplacer(" ", "", "\n", "").Replace(text) {
		t.Errorf("letters were lost or made: %q", got)
	}
	if lines[len(lines)-1] != "End" || lines[len(lines)-2] != "" {
		t.Errorf("the paragraphs ran together: %q", lines)
	}
	if got := Wrap("ab", 0.1, 12, style); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("in no room: %q", got)
	}
}

func TestTipStaysInTheWindow(t *testing.T) {
	b := NewIconButton(IconAdd, "tip", nil)
	layer := NewTipLayer()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Light))
	inner := container.NewWithoutLayout(b)
	win := test.NewTempWindow(t, container.NewStack(inner, layer))
	win.SetPadded(false)
	win.Resize(fyne.NewSize(400, 300))
	b.Resize(fyne.NewSize(30, 30))
	r := test.TempWidgetRenderer(t, layer).(*tipRenderer)
	for _, p := range []fyne.Position{{X: 0, Y: 0}, {X: 370, Y: 0}, {X: 370, Y: 270}, {X: 0, Y: 270}, {X: 180, Y: 140}} {
		b.Move(p)
		tipLayer(b).ShowFor(b, "Some words that are long enough to be wrapped into more than one line of the tip.")
		r.Refresh()
		at, s := r.box.Position(), r.box.Size()
		if at.X < 0 || at.Y < 0 || at.X+s.Width > 400 || at.Y+s.Height > 300 {
			t.Errorf("for a button at %v the tip lies at %v, %v", p, at, s)
		}
		if at.Y < p.Y+30 && at.Y+s.Height > p.Y {
			t.Errorf("for a button at %v the tip at %v covers it", p, at)
		}
	}
	hideTip(b)
	if len(r.Objects()) != 0 {
		t.Error("the tip stays")
	}
}

// A tip must not stick out from under a menu.
func TestTipMakesWayForAMenu(t *testing.T) {
	row, layer := NewRow(), NewTipLayer()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Light))
	win := test.NewTempWindow(t, container.NewStack(container.NewWithoutLayout(row), layer))
	row.Resize(fyne.NewSize(200, 60))
	layer.ShowFor(row, "all about it")
	asked := false
	row.OnMenu = func(fyne.Position) { asked = layer.text == "" }
	test.TapSecondary(row)
	if !asked {
		t.Error("the tip stays beside the menu")
	}
	if covered(row) {
		t.Error("nothing covers the row")
	}
	win.Canvas().Overlays().Add(NewIconButton(IconAdd, "", nil))
	if !covered(row) {
		t.Error("a tip would appear under the menu")
	}
}

func TestNoTipForWhatIsHidden(t *testing.T) {
	b := NewIconButton(IconAdd, "tip", nil)
	box := container.NewWithoutLayout(b)
	shown(t, box, 100, 100)
	b.Resize(fyne.NewSize(30, 30))
	b.Move(fyne.NewPos(20, 20))
	if gone(b) {
		t.Error("a button that is to be seen counts as gone")
	}
	box.Hide()
	if !gone(b) {
		t.Error("a button in a hidden box gets a tip")
	}
	box.Show()
	b.Hide()
	if !gone(b) {
		t.Error("a hidden button gets a tip")
	}
}

func TestLayouts(t *testing.T) {
	test.NewTempApp(t)
	box := func(w, h float32) *Badge {
		b := NewBadge(strings.Repeat("x", int(w)), theme.ColorNamePrimary)
		b.Resize(fyne.NewSize(w, h))
		return b
	}
	a, b := box(10, 10), box(3, 10)
	row := container.New(Line(5, 1), a, b)
	row.Resize(fyne.NewSize(300, 40))
	if b.Position().X != a.MinSize().Width+5 || b.Size().Width != 300-5-a.MinSize().Width {
		t.Errorf("the growing one lies at %v, %v", b.Position(), b.Size())
	}
	a.Hide()
	row.Refresh()
	if b.Position().X != 0 || b.Size().Width != 300 {
		t.Errorf("beside a hidden one it lies at %v, %v", b.Position(), b.Size())
	}
	a.Show()
	col := container.New(Column(7), a, b)
	if got, want := col.MinSize().Height, a.MinSize().Height+7+b.MinSize().Height; got != want {
		t.Errorf("a column is %g high, want %g", got, want)
	}
	wide, narrow := box(20, 10), box(2, 10)
	e := container.New(Either(), wide, narrow)
	e.Resize(fyne.NewSize(wide.MinSize().Width+1, 30))
	if !wide.Visible() || narrow.Visible() {
		t.Error("there is room, and the narrow one is shown")
	}
	e.Resize(fyne.NewSize(wide.MinSize().Width-1, 30))
	if wide.Visible() || !narrow.Visible() {
		t.Error("there is no room, and the wide one is shown")
	}
	para := NewPara(strings.Repeat("words that wrap ", 12))
	high := NewEdges(nil, container.New(Inset(5, 5, 5, 5), container.New(Column(3), para, box(1, 1))), nil, nil, box(1, 1))
	high.Resize(fyne.NewSize(150, 400))
	if bottom := high.Objects[0]; bottom.Position().Y+bottom.MinSize().Height > 400.5 || para.MinSize().Height < 50 {
		t.Errorf("a wrapped text at the bottom ends at %g of 400", bottom.Position().Y+bottom.MinSize().Height)
	}
	mid := box(1, 1)
	edges := NewEdges(nil, a, b, nil, mid)
	edges.Resize(fyne.NewSize(200, 100))
	if mid.Position().X != b.MinSize().Width || mid.Size().Height != 100-a.MinSize().Height {
		t.Errorf("the middle lies at %v, %v", mid.Position(), mid.Size())
	}
}
