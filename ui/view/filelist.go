package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// menu opens what can be done with a row at the pointer.
func (p *queuePane) menu(r viewmodel.Row, at fyne.Position) {
	app, words, id := p.w.app, p.w.app.Words(), r.ID
	item := func(key string, on bool, do func()) *fyne.MenuItem {
		m := fyne.NewMenuItem(words.T(key), do)
		m.Disabled = !on
		return m
	}
	hasResult := len(r.Outputs) > 0
	menu := fyne.NewMenu("",
		item("action.open_result", hasResult, func() { p.w.openFile(r.Outputs[0]) }),
		item("action.reveal", true, func() {
			if hasResult {
				p.w.reveal(r.Outputs[0])
			} else {
				p.w.reveal(r.Path)
			}
		}),
		fyne.NewMenuItemSeparator(),
		item("action.retry", r.Finished(), func() { app.Retry(id) }),
		item("action.cancel", r.CanCancel, func() { app.Queue.Cancel(id) }),
	)
	switch {
	case r.CanResume:
		menu.Items = append(menu.Items, item("action.resume", true, func() { app.Queue.Pause(false, id) }))
	case r.CanPause:
		menu.Items = append(menu.Items, item("action.pause", true, func() { app.Queue.Pause(true, id) }))
	}
	menu.Items = append(menu.Items,
		fyne.NewMenuItemSeparator(),
		item("action.move_up", true, func() { app.Queue.Move(id, -1) }),
		item("action.move_down", true, func() { app.Queue.Move(id, 1) }),
		fyne.NewMenuItemSeparator(),
		item("action.remove", true, func() { app.Queue.Remove(id) }),
	)
	widget.ShowPopUpMenuAtPosition(menu, p.w.win.Canvas(), at)
}

// fileList is the list with the keys that a list of files has. The selection
// is the view model's; Fyne's own is not used.
type fileList struct {
	widget.List
	p       *queuePane
	ring    *ground // drawn over the list while it has the focus
	touched bool    // a click is giving it the focus
}

func newFileList(p *queuePane) *fileList {
	l := &fileList{p: p, ring: newPlate(own.ColorNone)}
	l.ring.stroke, l.ring.radius, l.ring.thick = theme.ColorNameFocus, 7, 2
	l.ring.Hide()
	l.Length = func() int { return p.length }
	l.CreateItem = func() fyne.CanvasObject { return own.NewRow() }
	l.UpdateItem = p.fill
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey implements fyne.Focusable.
func (l *fileList) TypedKey(e *fyne.KeyEvent) {
	q, at := l.p.w.app.Queue, l.p.chosen
	switch e.Name {
	case fyne.KeyUp:
		q.Select(max(at-1, 0))
	case fyne.KeyDown:
		q.Select(min(at+1, l.p.length-1))
	case fyne.KeyHome:
		q.Select(0)
	case fyne.KeyEnd:
		q.Select(l.p.length - 1)
	case fyne.KeyPageUp:
		q.Select(max(at-l.pageful(), 0))
	case fyne.KeyPageDown:
		q.Select(min(at+l.pageful(), l.p.length-1))
	case fyne.KeySpace, desktop.KeyMenu:
		l.openMenu()
	case fyne.KeyEscape:
		l.p.w.typedKey(e)
	case fyne.KeyDelete, fyne.KeyBackspace:
		q.RemoveSelected()
	case fyne.KeyReturn, fyne.KeyEnter:
		if r, ok := q.Row(at); ok && len(r.Outputs) > 0 {
			l.p.w.openFile(r.Outputs[0])
		}
	}
}

// FocusGained implements fyne.Focusable. Fyne's own mark on a row stays away: it
// is not on the chosen one.
func (l *fileList) FocusGained() {
	if !l.touched {
		l.ring.Show()
	}
}

// touch gives the list the focus because a row was clicked: the mark is for who
// came by the keyboard.
func (l *fileList) touch() {
	l.touched = true
	l.p.w.win.Canvas().Focus(l)
	l.touched = false
}

// FocusLost implements fyne.Focusable.
func (l *fileList) FocusLost() {
	l.ring.Hide()
}

// pitch is how far the rows are apart.
func (l *fileList) pitch() float32 { return l.CreateItem().MinSize().Height + theme.Padding() }

// pageful is how many rows are seen at a time, less one to keep the place.
func (l *fileList) pageful() int { return max(1, int(l.Size().Height/l.pitch())-1) }

// openMenu opens what can be done with the chosen row beside it.
func (l *fileList) openMenu() {
	r, ok := l.p.w.app.Queue.Row(l.p.chosen)
	if !ok {
		return
	}
	l.ScrollTo(l.p.chosen)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(l)
	down := float32(l.p.chosen)*l.pitch() - l.GetScrollOffset() + l.pitch()/2
	l.p.menu(r, at.AddXY(l.Size().Width/2, min(max(down, 0), l.Size().Height)))
}

// TypedShortcut implements fyne.Shortcutable: Alt with an arrow moves the row,
// Shift with F10 opens its menu.
func (l *fileList) TypedShortcut(s fyne.Shortcut) {
	c, ok := s.(*desktop.CustomShortcut)
	if ok && c.Modifier == fyne.KeyModifierShift && c.KeyName == fyne.KeyF10 {
		l.openMenu()
		return
	}
	if !ok || c.Modifier != fyne.KeyModifierAlt {
		return
	}
	r, ok := l.p.w.app.Queue.Row(l.p.chosen)
	switch {
	case !ok:
	case c.KeyName == fyne.KeyUp:
		l.p.w.app.Queue.Move(r.ID, -1)
	case c.KeyName == fyne.KeyDown:
		l.p.w.app.Queue.Move(r.ID, 1)
	}
}
