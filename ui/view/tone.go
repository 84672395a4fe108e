package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"spatialmaker/processor"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// toneColor is the theme's colour for how good or bad something is.
func toneColor(t viewmodel.Tone) fyne.ThemeColorName {
	switch t {
	case viewmodel.Good:
		return theme.ColorNameSuccess
	case viewmodel.Careful:
		return theme.ColorNameWarning
	case viewmodel.Bad:
		return theme.ColorNameError
	}
	return own.ColorSecondary
}

// stateMark is the sign at the end of a row.
func stateMark(r *viewmodel.Row) (own.Icon, fyne.ThemeColorName) {
	switch r.State {
	case processor.Done:
		return own.IconCheck, theme.ColorNameSuccess
	case processor.Failed:
		return own.IconWarning, theme.ColorNameError
	case processor.Paused:
		return own.IconPause, theme.ColorNameWarning
	case processor.Ready:
		if r.CanCancel {
			return own.IconClock, own.ColorSecondary
		}
	}
	return "", own.ColorSecondary
}

func kindIcon(k viewmodel.Kind) own.Icon {
	if k == viewmodel.KindVideo {
		return own.IconFilm
	}
	return own.IconPhoto
}
