package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"spatialmaker/ui/desktop"
	own "spatialmaker/ui/widget"
)

// reveal shows a file in the file manager.
func (w *Window) reveal(path string) { w.tell(desktop.Reveal(path)) }

// openFile shows a file with the system's program for it.
func (w *Window) openFile(path string) { w.tell(desktop.Open(path)) }

// tell shows an error once, in plain words.
func (w *Window) tell(err error) {
	if err == nil {
		return
	}
	p := w.app.Words().Problem(err)
	w.ask(p.Title, p.More+"\n\n"+p.Next, "", nil)
}

// ask shows a question in the window; with an empty yes there is only "close".
func (w *Window) ask(title, text, yes string, do func()) {
	words := w.app.Words()
	body := own.NewPara(text)
	body.Scale = "text"
	content := container.New(own.Column(0), fixedWidth(360), body)
	if yes == "" {
		dialog.ShowCustom(title, words.T("action.close"), content, w.win)
		return
	}
	dialog.ShowCustomConfirm(title, yes, words.T("action.cancel"), content, func(ok bool) {
		if ok {
			do()
		}
	}, w.win)
}

// copyCommand puts the command line for what the window would do now on the
// clipboard.
func (w *Window) copyCommand() {
	fyne.CurrentApp().Clipboard().SetContent(w.app.Command())
	w.queue.flash(w.app.Words().T("copied.command"))
}

// askPresetName asks for a name and keeps the settings under it.
func (w *Window) askPresetName() {
	words := w.app.Words()
	entry := widget.NewEntry()
	entry.SetPlaceHolder(words.T("controls.preset.save_name"))
	content := container.New(own.Column(0), fixedWidth(320), entry)
	d := dialog.NewCustomConfirm(words.T("controls.preset.save"), words.T("action.ok"), words.T("action.cancel"), content, func(ok bool) {
		if ok {
			w.app.Controls.SavePreset(entry.Text)
		}
	}, w.win)
	entry.OnSubmitted = func(string) { d.Confirm() }
	d.Show()
	w.win.Canvas().Focus(entry)
}
