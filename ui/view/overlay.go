package view

import (
	"slices"

	"fyne.io/fyne/v2"
)

// overlay is something that lies over the window until it is closed.
type overlay struct{ close func() }

// lay remembers what Escape closes; the function it returns forgets it again.
func (w *Window) lay(close func()) (gone func()) {
	o := &overlay{close: close}
	w.over = append(w.over, o)
	return func() { w.over = slices.DeleteFunc(w.over, func(x *overlay) bool { return x == o }) }
}

// typedKey takes the keys that no control wants.
func (w *Window) typedKey(e *fyne.KeyEvent) {
	if n := len(w.over); n > 0 && e.Name == fyne.KeyEscape {
		w.over[n-1].close()
	}
}
