package view

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// scrubBar goes through a video: a slider over its length, frame steps, and a
// button that plays a short loop.
type scrubBar struct {
	root   *fyne.Container
	w      *Window
	slider *own.Slider
	play   *own.Button
	now    *own.Text
	length time.Duration
}

func newScrubBar(w *Window) *scrubBar {
	words, p := w.app.Words(), w.app.Preview
	b := &scrubBar{w: w, now: own.NewCaption("")}
	b.slider = own.NewSlider(0, 1, 0, 0, func(v float64) { p.Scrub(seconds(v)) })
	b.slider.Plain = true
	b.slider.OnSettled = func(v float64) { p.Seek(seconds(v)) }
	b.play = own.NewIconButton(own.IconPlay, words.T("scrub.play"), w.playPause)
	back := own.NewIconButton(own.IconStepBack, words.T("scrub.back"), func() { p.Step(-1) })
	on := own.NewIconButton(own.IconStepOn, words.T("scrub.on"), func() { p.Step(1) })
	b.now.Align = fyne.TextAlignTrailing
	b.root = container.New(own.Inset(10, 4, 16, 0),
		container.New(own.Line(2, 3), back, b.play, on, b.slider, gapAcross(8), b.now))
	b.root.Hide()
	return b
}

func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }

// gapAcross is an empty space of a width.
func gapAcross(w float32) fyne.CanvasObject { return fixedWidth(w) }

// update reports whether the bar has appeared or gone.
func (b *scrubBar) update(s *viewmodel.PreviewState) bool {
	words := b.w.app.Words()
	changed := b.root.Visible() != s.Film
	b.root.Hidden = !s.Film
	if !s.Film {
		return changed
	}
	if s.Length != b.length {
		b.length = s.Length
		b.slider.Max = max(s.Length.Seconds(), 0.001)
	}
	if s.FPS > 0 {
		b.slider.Step = 1 / s.FPS
	}
	b.slider.SetValue(s.At.Seconds())
	b.now.SetText(words.Moment(s.At) + " / " + words.Moment(s.Length))
	icon, tip := own.IconPlay, "scrub.play"
	if s.Playing {
		icon, tip = own.IconPause, "scrub.stop"
	}
	b.play.SetIcon(icon)
	b.play.SetTip(words.T(tip))
	return changed
}

// playPause plays the chosen video, or stops it.
func (w *Window) playPause() { w.app.Preview.Play(!w.app.Preview.State().Playing) }
