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
}

// nativeChooser uses the system's dialogs and falls back on Fyne's, which take
// one file at a time.
type nativeChooser struct{ win fyne.Window }

func (n nativeChooser) chooseFiles(w *viewmodel.Words, chosen func([]string)) {
	if !desktop.CanChoose() {
		d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
			if err != nil || f == nil {
				return
			}
			path := f.URI().Path()
			if err := f.Close(); err != nil {
				fyne.LogError("close "+path, err)
			}
			chosen([]string{path})
		}, n.win)
		d.Resize(fyne.NewSize(760, 520))
		d.Show()
		return
	}
	go func() {
		paths, err := desktop.ChooseFiles(context.Background(), w.T("dialog.files"), w.T("dialog.kind"), w.T("dialog.all"))
		n.answer(err, len(paths) > 0, func() { chosen(paths) })
	}()
}

func (n nativeChooser) chooseFolder(w *viewmodel.Words, chosen func(string)) {
	if !desktop.CanChoose() {
		d := dialog.NewFolderOpen(func(f fyne.ListableURI, err error) {
			if err == nil && f != nil {
				chosen(f.Path())
			}
		}, n.win)
		d.Resize(fyne.NewSize(760, 520))
		d.Show()
		return
	}
	go func() {
		path, err := desktop.ChooseFolder(context.Background(), w.T("dialog.folder"))
		n.answer(err, path != "", func() { chosen(path) })
	}()
}

// answer comes back to Fyne's goroutine with a dialog's result.
func (n nativeChooser) answer(err error, any bool, use func()) {
	fyne.Do(func() {
		switch {
		case err != nil:
			dialog.ShowError(err, n.win)
		case any:
			use()
		}
	})
}
