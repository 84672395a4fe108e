package view

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"

	"spatialmaker/ui/viewmodel"
)

// shortcut is a key with the desktop's usual modifier: Command on a Mac,
// Control elsewhere.
func shortcut(key fyne.KeyName, more fyne.KeyModifier) fyne.Shortcut {
	return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault | more}
}

// buildMenu makes the menu bar. Its shortcuts work wherever the focus is.
func (w *Window) buildMenu() {
	words := w.app.Words()
	item := func(key string, sc fyne.Shortcut, do func()) *fyne.MenuItem {
		m := fyne.NewMenuItem(words.T(key), do)
		m.Shortcut = sc
		return m
	}
	rule := fyne.NewMenuItemSeparator
	quit := fyne.NewMenuItem(words.T("menu.quit"), w.quit)
	quit.IsQuit = true
	quit.Shortcut = shortcut(fyne.KeyQ, 0)
	file := fyne.NewMenu(words.T("menu.file"),
		item("action.add", shortcut(fyne.KeyO, 0), w.chooseFiles),
		item("action.add_folder", shortcut(fyne.KeyO, fyne.KeyModifierShift), w.chooseFolder),
		rule(),
		item("menu.convert", shortcut(fyne.KeyReturn, 0), w.app.Convert),
		item("action.cancel_all", shortcut(fyne.KeyPeriod, 0), w.app.Queue.CancelAll),
		rule(),
		item("menu.settings", shortcut(fyne.KeyComma, 0), func() { w.ShowSettings(PageGeneral) }),
		item("menu.models", shortcut(fyne.KeyM, fyne.KeyModifierShift), func() { w.ShowSettings(PageModels) }),
		rule(), quit,
	)
	edit := fyne.NewMenu(words.T("menu.edit"),
		item("menu.undo", &fyne.ShortcutUndo{}, w.orField(&fyne.ShortcutUndo{}, w.app.Controls.Undo)),
		item("menu.redo", &fyne.ShortcutRedo{}, w.orField(&fyne.ShortcutRedo{}, w.app.Controls.Redo)),
		item("menu.reset", nil, w.app.Controls.Reset),
		rule(),
		item("menu.paste", &fyne.ShortcutPaste{}, w.orField(&fyne.ShortcutPaste{Clipboard: fyne.CurrentApp().Clipboard()}, w.paste)),
		item("action.copy_command", shortcut(fyne.KeyC, fyne.KeyModifierShift), w.copyCommand),
		rule(),
		item("action.remove", shortcut(fyne.KeyBackspace, 0), w.app.Queue.RemoveSelected),
		item("action.clear_finished", nil, w.app.Queue.ClearFinished),
		item("action.clear", nil, w.app.Queue.Clear),
	)
	view := fyne.NewMenu(words.T("menu.view"))
	digits := []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6}
	for i, m := range viewmodel.Modes() {
		view.Items = append(view.Items, item("mode."+string(m), shortcut(digits[i], 0), func() { w.app.SetMode(m) }))
	}
	view.Items = append(view.Items, rule(),
		item("preview.zoom_in", shortcut(fyne.KeyPlus, 0), func() { w.preview.viewer.ZoomBy(1.25) }),
		item("preview.zoom_out", shortcut(fyne.KeyMinus, 0), func() { w.preview.viewer.ZoomBy(0.8) }),
		item("preview.fit", shortcut(fyne.Key0, 0), func() { w.preview.viewer.Fit() }),
		item("preview.actual", shortcut(fyne.Key0, fyne.KeyModifierShift), func() { w.preview.viewer.ZoomTo(1) }),
		rule(),
		item("scrub.menu", shortcut(fyne.KeyP, 0), w.playPause),
		item("scrub.back", shortcut(fyne.KeyLeft, 0), func() { w.app.Preview.Step(-1) }),
		item("scrub.on", shortcut(fyne.KeyRight, 0), func() { w.app.Preview.Step(1) }),
	)
	help := fyne.NewMenu(words.T("menu.help"),
		item("menu.keys", shortcut(fyne.KeyF1, 0), w.showKeys), item("menu.about", nil, w.about))
	if w.logs != "" {
		help.Items = append(help.Items, item("menu.logs", nil, func() { w.openFile(w.logs) }))
	}
	w.win.SetMainMenu(fyne.NewMainMenu(file, edit, view, help))
}

// orField gives a shortcut to the field that has the focus, if one has, and
// else does do: the menu sees its shortcuts before the fields do.
func (w *Window) orField(s fyne.Shortcut, do func()) func() {
	return func() {
		if f, ok := w.win.Canvas().Focused().(*widget.Entry); ok {
			f.TypedShortcut(s)
			return
		}
		do()
	}
}

// paste takes the paths or file addresses on the clipboard, one a line.
func (w *Window) paste() {
	w.app.Open(pastedPaths(fyne.CurrentApp().Clipboard().Content())...)
}

func pastedPaths(text string) []string {
	var paths []string
	for line := range strings.Lines(text) {
		line = strings.Trim(strings.TrimSpace(line), `"'`)
		if strings.HasPrefix(line, "file://") {
			if u, err := storage.ParseURI(line); err == nil {
				line = u.Path()
			}
		}
		if line != "" {
			paths = append(paths, line)
		}
	}
	return paths
}

// about says what the program is.
func (w *Window) about() {
	words := w.app.Words()
	w.ask(words.T("app.name"), words.T("about.text", "version", w.version), "", nil)
}

// quit asks first when that would cut work short.
func (w *Window) quit() {
	words := w.app.Words()
	s := w.app.Queue.State()
	if !s.Busy() && !w.app.Models.Loading() {
		w.leave()
		return
	}
	text := words.T("quit.downloads")
	if s.Busy() {
		text = words.N("quit.text", s.Working)
	}
	w.ask(words.T("quit.title"), text, words.T("menu.quit"), w.leave)
}

// leave remembers the window's size and ends the program.
func (w *Window) leave() {
	size := w.win.Canvas().Size()
	w.app.Settings.Change(func(p *viewmodel.Prefs) { p.Width, p.Height = size.Width, size.Height })
	w.win.SetCloseIntercept(nil)
	w.win.Close()
}
