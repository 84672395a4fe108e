package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"spatialmaker/processor"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// Window is the main window. Its content is built anew when the language
// changes; the view models live on.
type Window struct {
	app   *viewmodel.App
	win   fyne.Window
	tips  *own.TipLayer
	files fileChooser
	post  poster

	version  string
	logs     string // the folder of log files, "" for none
	cores    int
	backends []processor.Backend

	settings *settingsPanel // nil while closed
	banner   *bannerBar
	queue    *queuePane
	preview  *previewPane
	controls *controlsPane
	empty    *emptyState
	body     *fyne.Container
	follows  []*follower
	stalls   *stallWatch // nil unless somebody measures
	over     []*overlay  // what lies over the window, the topmost last
}

// New returns a window over app; build fills it. post runs functions on
// Fyne's goroutine.
func New(app *viewmodel.App, win fyne.Window, post poster) *Window {
	win.SetPadded(false)
	return &Window{app: app, win: win, post: post, files: nativeChooser{win}, cores: 1}
}

// build makes the content in the language in force.
func (w *Window) build() {
	w.forget()
	w.buildMenu()
	w.tips = own.NewTipLayer()
	w.banner = newBanner(w.app)
	w.queue = newQueuePane(w)
	w.preview = newPreviewPane(w)
	w.controls = newControlsPane(w)
	w.empty = newEmptyState(w)
	w.body = container.New(&threeColumns{}, w.queue.root, w.preview.root, w.controls.root, w.empty.root)
	w.win.SetContent(container.NewStack(
		own.NewEdges(w.banner.root, nil, nil, nil, w.body),
		w.tips,
	))
	w.track(w.app.OnChange, w.banner.update)
	w.track(w.app.Queue.OnChange, w.updateQueue)
	w.track(w.app.Preview.OnChange, w.updatePreview)
	w.track(w.app.Controls.OnChange, w.controls.update)
	w.track(w.app.Models.OnChange, w.updateModels)
	w.banner.update()
	w.updateQueue()
	w.updatePreview()
	w.controls.update()
	w.updateModels()
}

// forget ends what keeps the content up to date and moving.
func (w *Window) forget() {
	for _, f := range w.follows {
		f.close()
	}
	w.follows = nil
	if w.preview != nil {
		w.preview.wiggle.run(false)
	}
}

func (w *Window) updateModels() {
	s := w.app.Models.State()
	w.empty.update(s)
	w.controls.updateLoads(s)
	if w.settings != nil {
		w.settings.update(s)
	}
}

// track has update run after each change.
func (w *Window) track(on func(func()), update func()) {
	f := &follower{update: w.stalls.timed(update), post: w.post}
	w.follows = append(w.follows, f)
	on(f.changed)
}

func (w *Window) updateQueue() {
	s := w.app.Queue.State()
	w.queue.update(s)
	w.controls.updateWork(s)
	w.updateTitle(&s)
	empty := s.Len == 0 && !s.Reading
	if empty != w.empty.root.Visible() {
		if empty {
			w.empty.root.Show()
		} else {
			w.empty.root.Hide()
		}
		w.body.Refresh()
	}
}

// updateTitle shows the progress where it is seen while other windows lie over
// this one.
func (w *Window) updateTitle(s *viewmodel.QueueState) {
	words := w.app.Words()
	title := words.T("app.name")
	if s.Busy() {
		title = words.Percent(s.Part) + " – " + title
	}
	if title != w.win.Title() {
		w.win.SetTitle(title)
	}
}

func (w *Window) updatePreview() {
	s := w.app.Preview.State()
	w.preview.update(s)
	w.queue.said(s.Problem)
	if s.HasDepth || s.First != nil {
		w.app.Controls.SetFound(s.HasDepth, s.Convergence, s.Film)
	}
}

// dropped takes what was dropped on the window.
func (w *Window) dropped(items []fyne.URI) {
	paths := make([]string, 0, len(items))
	for _, u := range items {
		paths = append(paths, u.Path())
	}
	w.app.Open(paths...)
}

func (w *Window) chooseFiles() {
	w.files.chooseFiles(w.app.Words(), func(paths []string) { w.app.Open(paths...) })
}

func (w *Window) chooseFolder() {
	w.files.chooseFolder(w.app.Words(), func(path string) { w.app.Open(path) })
}

// threeColumns lays the file list, the preview and the controls side by side.
// While the list is empty the fourth object takes the place of the first two.
type threeColumns struct{}

func columnWidths(total float32) (left, right float32) {
	left = min(max(total*0.22, 224), 300)
	right = min(max(total*0.25, 272), 320)
	return left, right
}

func (threeColumns) MinSize(objs []fyne.CanvasObject) fyne.Size {
	h := max(objs[0].MinSize().Height, objs[2].MinSize().Height)
	return fyne.NewSize(860, max(h, 480))
}

func (threeColumns) Layout(objs []fyne.CanvasObject, s fyne.Size) {
	left, right := columnWidths(s.Width)
	queue, preview, controls, empty := objs[0], objs[1], objs[2], objs[3]
	place := func(o fyne.CanvasObject, x, w float32) {
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(w, s.Height))
	}
	place(controls, s.Width-right, right)
	if empty.Visible() {
		queue.Hide()
		preview.Hide()
		place(empty, 0, s.Width-right)
		return
	}
	queue.Show()
	preview.Show()
	place(queue, 0, left)
	place(preview, left, s.Width-left-right)
}
