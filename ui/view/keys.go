package view

import (
	"runtime"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"

	own "spatialmaker/ui/widget"
)

// keysOf are the keys that are no shortcuts of the menu, and what they do where.
var keysOf = []string{"tab", "press", "arrows", "menu", "move", "delete", "result", "slider", "zoom", "bar", "escape"}

// showKeys lists every key in a sheet: those of the menu and those of lists,
// sliders and the picture.
func (w *Window) showKeys() {
	words := w.app.Words()
	table := container.New(own.Column(6))
	line := func(keys, does string) {
		name := own.NewText(keys)
		name.Color = own.ColorSecondary
		what := own.NewPara(does)
		what.Scale, what.Color = theme.SizeNameText, theme.ColorNameForeground
		table.Add(container.New(own.Line(12, 1), container.NewStack(fixedWidth(keysWide), name), what))
	}
	for _, k := range keysOf {
		line(words.T("keys."+k), words.T("keys."+k+".does"))
	}
	for _, m := range w.win.MainMenu().Items {
		for _, i := range m.Items {
			if i.Shortcut != nil {
				line(keyText(i.Shortcut), strings.TrimSuffix(i.Label, "…"))
			}
		}
	}
	scroll := container.NewVScroll(container.New(own.Inset(0, 0, 12, 0), table))
	scroll.SetMinSize(fyne.NewSize(sheetWidth-60, min(380, w.win.Canvas().Size().Height-180)))
	w.sheet(words.T("keys.title"), scroll, words.T("action.close"), own.Plain, func() {}, "")
}

// keysWide is the room for the longest combination of keys.
const keysWide = 140

// keyText writes a shortcut as the menus do.
func keyText(s fyne.Shortcut) string {
	k, ok := s.(fyne.KeyboardShortcut)
	if !ok {
		return ""
	}
	return strings.Join(append(modifiers(k.Mod()), keyNames(k.Key())), "+")
}

// modifiers are the words on the keys.
func modifiers(m fyne.KeyModifier) (out []string) {
	for _, x := range []struct {
		is         fyne.KeyModifier
		pc, onAMac string
	}{
		{fyne.KeyModifierControl, "Ctrl", "⌃"},
		{fyne.KeyModifierAlt, "Alt", "⌥"},
		{fyne.KeyModifierShift, "Shift", "⇧"},
		{fyne.KeyModifierSuper, "Super", "⌘"},
	} {
		switch {
		case m&x.is == 0:
		case runtime.GOOS == "darwin":
			out = append(out, x.onAMac)
		default:
			out = append(out, x.pc)
		}
	}
	return out
}

func keyNames(k fyne.KeyName) string {
	switch k {
	case fyne.KeyReturn:
		return "Enter"
	case fyne.KeyLeft:
		return "←"
	case fyne.KeyRight:
		return "→"
	case fyne.KeyBackspace:
		return "⌫"
	case desktop.KeyNone:
		return ""
	}
	return string(k)
}
