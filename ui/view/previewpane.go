package view

import (
	"math"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// previewPane is the picture in the middle and what belongs to it.
type previewPane struct {
	w       *Window
	root    fyne.CanvasObject
	viewer  *own.Viewer
	modes   *own.Segmented
	narrow  *own.Picker
	sides   [2]*own.Picker
	sideBar *fyne.Container
	foot    *fyne.Container
	under   *fyne.Container
	scrub   *scrubBar
	colour  *own.Button
	hint    *hintCard
	swap    *own.Button
	zooms   *fyne.Container
	easy    *own.Help // comfort and meter with their explanation
	remarks *own.Help // what is to be known of this file
	comfort *own.Badge
	meter   *own.Meter
	note    *own.Text
	zoom    *own.Text
	wiggle  *wiggle
	first   own.Layer
	second  own.Layer
	path    string
}

// meterReach is the parallax at the ends of the comfort meter, in percent.
const meterReach = 4

func newPreviewPane(w *Window) *previewPane {
	words := w.app.Words()
	p := &previewPane{
		w: w, viewer: own.NewViewer(), comfort: own.NewBadge("", theme.ColorNameSuccess),
		meter: own.NewMeter(meterReach), note: own.NewCaption(""), zoom: own.NewCaption(""), hint: newHintCard(),
	}
	p.buildModes(words)
	p.viewer.OnView = func(v own.Viewport) {
		iw, ih := p.viewer.Inner(v)
		w.app.Preview.SetRoom(iw, ih, v.Scale)
	}
	p.viewer.OnZoom = func(s float64) {
		text := ""
		if s > 0 {
			text = words.Percent(math.Round(s*100) / 100)
			if s >= 1 {
				text = words.T("unit.percent", "n", int(math.Round(s*100)))
			}
		}
		p.zoom.SetText(text)
	}
	p.wiggle = newWiggle(p.viewer, w.post)
	p.zoom.Align = fyne.TextAlignTrailing
	p.note.Cut, p.note.Whole = own.CutParts, true
	out := own.NewIconButton(own.IconZoomOut, words.T("preview.zoom_out"), func() { p.viewer.ZoomBy(0.8) })
	in := own.NewIconButton(own.IconZoomIn, words.T("preview.zoom_in"), func() { p.viewer.ZoomBy(1.25) })
	fit := own.NewIconButton(own.IconFit, words.T("preview.fit"), p.viewer.Fit)
	p.colour = own.NewIconButton(own.IconPalette, words.T("preview.colour"), func() {
		w.app.Preview.SetColourMap(!w.app.Preview.State().ColourMap)
	})
	p.zooms = container.New(own.Line(0), p.colour, out, container.NewStack(fixedWidth(46), container.NewCenter(p.zoom)), in, fit)
	p.easy = own.NewExplained(container.New(own.Line(12), p.comfort, p.meter), "")
	p.remarks = own.NewHelp("")
	p.foot = container.New(own.Line(12, 1), p.easy, p.note, p.remarks, p.zooms)
	p.scrub = newScrubBar(w)
	p.under = container.New(own.Column(0), p.scrub.root, container.New(own.Inset(16, 4, 10, 6), p.foot))
	head := container.New(own.Inset(12, 9, 12, 9), container.New(own.Column(8),
		container.New(own.Either(), p.modes, p.narrow), p.sideBar))
	p.root = own.NewEdges(head, p.under, nil, nil,
		container.NewStack(p.viewer, container.NewCenter(p.hint.root)))
	return p
}

// fixedWidth is an empty object that keeps a place as wide as its content may
// become, so that neighbours do not move.
func fixedWidth(w float32) fyne.CanvasObject {
	g := newPlate(theme.ColorNameBackground)
	g.least = fyne.NewSize(w, 1)
	g.fill = own.ColorNone
	return g
}

func (p *previewPane) buildModes(words *viewmodel.Words) {
	modes := viewmodel.Modes()
	labels := make([]string, len(modes))
	options := make([]own.Option, len(modes))
	for i, m := range modes {
		labels[i] = words.T("mode." + string(m))
		options[i] = own.Option{Title: labels[i]}
	}
	choose := func(i int) { p.w.app.SetMode(modes[i]) }
	p.modes = own.NewSegmented(labels, choose)
	p.narrow = own.NewPicker(func(i int, _ bool) { choose(i) })
	p.narrow.SetOptions(options, 0)

	views := viewmodel.Sides()
	for side := range p.sides {
		p.sides[side] = own.NewPicker(func(i int, _ bool) {
			s := p.w.app.Preview.State()
			if side == 0 {
				p.w.app.Preview.SetSides(views[i], s.SideB)
			} else {
				p.w.app.Preview.SetSides(s.SideA, views[i])
			}
		})
	}
	p.swap = own.NewIconButton(own.IconSwap, words.T("preview.swap"), p.w.app.Preview.SwapSides)
	p.sideBar = container.NewCenter(container.New(own.Line(4), p.sides[0], p.swap, p.sides[1]))
	p.sideBar.Hide()
}

func (p *previewPane) update(s viewmodel.PreviewState) {
	words := p.w.app.Words()
	at := slices.Index(viewmodel.Modes(), s.Mode)
	p.modes.SetChosen(at)
	p.narrow.Mark(at)
	p.updateSides(words, &s)
	if s.Path != p.path {
		p.path = s.Path
		p.viewer.Fit()
	}
	p.show(&s)
	p.updateHint(words, &s)
	p.colour.Hidden = !showsDepth(&s)
	p.colour.Tint = ""
	if s.ColourMap {
		p.colour.Tint = theme.ColorNamePrimary
	}
	p.colour.Refresh()
	p.easy.Hidden, p.zooms.Hidden = s.Comfort == nil, s.First == nil
	if c := s.Comfort; c != nil {
		color := toneColor(c.Tone)
		p.comfort.Set(c.Word, color)
		p.meter.Set(c.Farthest, c.Nearest, color)
		p.easy.SetTip(c.Advice + "\n" + c.Range)
	}
	p.remarks.Hidden = len(s.Notes) == 0
	p.remarks.SetTip(strings.Join(s.Notes, "\n"))
	p.note.SetText(s.Note)
	if s.Steadying {
		p.note.SetText(words.T("preview.steadying"))
	}
	if s.Busy && !s.HasDepth && s.First != nil && s.Mode != viewmodel.ModeOriginal {
		p.note.SetText(words.T("preview.busy"))
	}
	p.foot.Refresh()
	if p.scrub.update(&s) {
		p.root.Refresh()
	}
}

func showsDepth(s *viewmodel.PreviewState) bool {
	return s.Mode == viewmodel.ModeDepth ||
		s.Mode == viewmodel.ModeCompare && (s.SideA == "depth" || s.SideB == "depth")
}

func (p *previewPane) updateSides(words *viewmodel.Words, s *viewmodel.PreviewState) {
	compare := s.Mode == viewmodel.ModeCompare
	if compare {
		views := viewmodel.Sides()
		options := make([]own.Option, len(views))
		for i, v := range views {
			options[i] = own.Option{Title: words.T("view." + string(v))}
		}
		p.sides[0].SetOptions(options, slices.Index(views, s.SideA))
		p.sides[1].SetOptions(options, slices.Index(views, s.SideB))
		p.viewer.SetNames(words.T("view."+string(s.SideA)), words.T("view."+string(s.SideB)))
	}
	if compare != p.sideBar.Visible() {
		p.sideBar.Hidden = !compare
		p.root.Refresh()
	}
}

// show hands the pictures to the viewer.
func (p *previewPane) show(s *viewmodel.PreviewState) {
	var a, b *own.Layer
	if s.First != nil {
		p.first = own.Layer{Image: s.First.Image, W: s.First.W, H: s.First.H}
		a = &p.first
	}
	if s.Second != nil {
		p.second = own.Layer{Image: s.Second.Image, W: s.Second.W, H: s.Second.H}
		b = &p.second
	}
	p.viewer.SetLayers(a, b, s.Mode == viewmodel.ModeCompare)
	p.wiggle.run(s.Mode == viewmodel.ModeWiggle && b != nil)
}

func (p *previewPane) updateHint(words *viewmodel.Words, s *viewmodel.PreviewState) {
	switch {
	case s.Path == "":
		p.hint.say(own.IconPhoto, own.ColorSecondary, words.T("preview.nothing"), "", "")
	case s.Problem != nil:
		p.hint.say(own.IconWarning, theme.ColorNameWarning, s.Problem.Title, s.Problem.More, s.Problem.Next)
	case s.First == nil && s.Busy: // the file's own picture comes first
		p.hint.say(own.IconClock, own.ColorSecondary, words.T("preview.opening"), "", "")
	default:
		p.hint.root.Hide()
	}
}

// hintCard stands in the middle of the preview in place of a picture.
type hintCard struct {
	root  *fyne.Container
	icon  *own.Glyph
	title *own.Text
	more  *own.Para
	next  *own.Para
}

const hintWidth = 300

func newHintCard() *hintCard {
	h := &hintCard{
		icon: own.NewGlyph(own.IconPhoto, own.ColorSecondary, 32), title: own.NewText(""),
		more: own.NewPara(""), next: own.NewPara(""),
	}
	h.title.Align, h.title.Style = fyne.TextAlignCenter, fyne.TextStyle{Bold: true}
	h.more.Align, h.next.Align = fyne.TextAlignCenter, fyne.TextAlignCenter
	h.next.Color = theme.ColorNameForeground
	h.root = container.New(own.Column(8), fixedWidth(hintWidth), container.NewCenter(h.icon), h.title, h.next, h.more)
	return h
}

func (h *hintCard) say(icon own.Icon, color fyne.ThemeColorName, title, more, next string) {
	h.icon.Set(icon, color)
	h.title.SetText(title)
	h.more.SetText(more)
	h.next.SetText(next)
	h.more.Hidden, h.next.Hidden = more == "", next == ""
	h.root.Show()
	h.root.Refresh()
}

// wiggle rocks the viewer between the eyes.
type wiggle struct {
	viewer *own.Viewer
	post   poster
	period time.Duration // how long each eye shows
	stop   chan struct{}
}

// wigglePeriod is how long each eye shows: fast enough for the depth to be
// felt, slow enough not to tire (2.5 Hz).
const wigglePeriod = 200 * time.Millisecond

func newWiggle(v *own.Viewer, post poster) *wiggle {
	return &wiggle{viewer: v, post: post, period: wigglePeriod}
}

func (g *wiggle) run(on bool) {
	if on == (g.stop != nil) {
		return
	}
	if !on {
		close(g.stop)
		g.stop = nil
		g.viewer.Alternate(false)
		return
	}
	stop := make(chan struct{})
	g.stop = stop
	go func() {
		tick := time.NewTicker(g.period)
		defer tick.Stop()
		for second := true; ; second = !second {
			select {
			case <-stop:
				return
			case <-tick.C:
				g.post(func() {
					if g.stop == stop {
						g.viewer.Alternate(second)
					}
				})
			}
		}
	}()
}
