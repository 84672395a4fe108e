package view

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
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
	body.Scale = theme.SizeNameText
	if yes == "" {
		w.sheet(title, body, words.T("action.close"), own.Plain, func() {}, "")
		return
	}
	w.sheet(title, body, yes, own.Primary, do, words.T("action.cancel"))
}

// sheetWidth is that of questions and messages.
const sheetWidth = 420

// sheet shows a message over the window: a title, a body, a button that does
// something and, unless no is empty, one that does not. Escape is no, Return
// is yes. It returns what closes the sheet.
func (w *Window) sheet(title string, body fyne.CanvasObject, yes string, kind own.Kind, do func(), no string) (done func()) {
	var popup *widget.PopUp
	var gone func()
	done = func() {
		gone()
		popup.Hide()
	}
	gone = w.lay(done)
	act := own.NewButton(yes, "", kind, func() {
		done()
		do()
	})
	buttons := []fyne.CanvasObject{gap(1)}
	if no != "" {
		buttons = append(buttons, own.NewButton(no, "", own.Plain, done))
	}
	buttons = append(buttons, act)
	heading := own.NewHeading(title)
	heading.Cut, heading.Least = own.CutEnd, 100
	content := container.New(own.Inset(20, 18, 20, 16), container.New(own.Column(12),
		heading, body, gap(2), container.New(own.Line(8, 0), buttons...)))
	popup = widget.NewModalPopUp(content, w.win.Canvas())
	width := min(sheetWidth, w.win.Canvas().Size().Width-40)
	popup.Resize(fyne.NewSize(width, 10)) // the height follows from the width
	popup.Resize(fyne.NewSize(width, content.MinSize().Height))
	popup.Show()
	w.win.Canvas().Focus(act)
	return done
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
	save := func() { w.app.Controls.SavePreset(entry.Text) }
	done := w.sheet(strings.TrimSuffix(words.T("controls.preset.save"), "…"), entry, words.T("action.save"), own.Primary, save, words.T("action.cancel"))
	entry.OnSubmitted = func(string) {
		done()
		save()
	}
	w.win.Canvas().Focus(entry)
}
