package view

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"spatialmaker/ui/desktop"
	"spatialmaker/ui/viewmodel"
)

// fileChooser lets the user choose files and folders. The functions are called
// on Fyne's goroutine, and not at all when nothing was chosen.
type fileChooser interface {
	chooseFiles(w *viewmodel.Words, chosen func(paths []string))
	chooseFolder(w *viewmodel.Words, chosen func(path string))
	// chooseFile takes one file; key is that of the dialog's title, with
	// ".kind" the name for such files.
	chooseFile(w *viewmodel.Words, key string, patterns []string, chosen func(path string))
}

// nativeChooser uses the system's dialogs and falls back on Fyne's, which take
// one file at a time.
type nativeChooser struct{ win fyne.Window }

func (n nativeChooser) chooseFiles(w *viewmodel.Words, chosen func([]string)) {
	if !desktop.CanChoose() {
		n.drawnFile(func(path string) { chosen([]string{path}) })
		return
	}
	go func() {
		paths, err := desktop.ChooseFiles(context.Background(), w.T("dialog.files"), w.T("dialog.kind"), w.T("dialog.all"))
		n.answer(w, err, len(paths) > 0, func() { chosen(paths) })
	}()
}

func (n nativeChooser) chooseFile(w *viewmodel.Words, key string, patterns []string, chosen func(string)) {
	if !desktop.CanChoose() {
		n.drawnFile(chosen)
		return
	}
	go func() {
		path, err := desktop.ChooseFile(context.Background(), w.T(key), w.T(key+".kind"), patterns, w.T("dialog.all"))
		n.answer(w, err, path != "", func() { chosen(path) })
	}()
}

func (n nativeChooser) chooseFolder(w *viewmodel.Words, chosen func(string)) {
	if !desktop.CanChoose() {
		d := dialog.NewFolderOpen(func(f fyne.ListableURI, err error) {
			if err == nil && f != nil {
				chosen(f.Path())
			}
		}, n.win)
		n.show(d)
		return
	}
	go func() {
		path, err := desktop.ChooseFolder(context.Background(), w.T("dialog.folder"))
		n.answer(w, err, path != "", func() { chosen(path) })
	}()
}

// drawnFile is Fyne's own dialog.
func (n nativeChooser) drawnFile(chosen func(string)) {
	n.show(dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil || f == nil {
			return
		}
		path := f.URI().Path()
		if err := f.Close(); err != nil {
			fyne.LogError("close "+path, err)
		}
		chosen(path)
	}, n.win))
}

func (n nativeChooser) show(d *dialog.FileDialog) {
	win := n.win.Canvas().Size()
	d.Resize(fyne.NewSize(min(780, win.Width-60), min(540, win.Height-60)))
	d.Show()
}

// answer comes back to Fyne's goroutine with a dialog's result.
func (n nativeChooser) answer(w *viewmodel.Words, err error, any bool, use func()) {
	fyne.Do(func() {
		switch {
		case err != nil:
			p := w.Problem(err)
			dialog.ShowInformation(p.Title, p.More, n.win)
		case any:
			use()
		}
	})
}
