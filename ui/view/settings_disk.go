package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// diskPage says where things lie, how much they take, and clears them.
type diskPage struct {
	root  fyne.CanvasObject
	w     *Window
	lines []diskLine
}

// diskLine is one kind of thing on the disk.
type diskLine struct {
	about *own.Para
	clear *own.Button // nil where there is nothing to clear
	// show gives the text and how many bytes could be cleared.
	show func(words *viewmodel.Words, s *viewmodel.ModelsState) (text string, bytes int64)
}

func newDiskPage(w *Window) *diskPage {
	p := &diskPage{w: w}
	m, at := w.app.Models, w.app.Models.State()
	rows := []fyne.CanvasObject{
		p.line("settings.disk.models", at.Folder, nil, func(words *viewmodel.Words, s *viewmodel.ModelsState) (string, int64) {
			return words.T("settings.disk.at", "size", words.Bytes(s.Use.Models), "folder", s.Folder), 0
		}),
		p.line("settings.disk.unfinished", "", m.ClearUnfinished, func(words *viewmodel.Words, s *viewmodel.ModelsState) (string, int64) {
			return words.Bytes(s.Use.Unfinished), s.Use.Unfinished
		}),
		p.line("settings.disk.films", at.Films, m.ClearDepths, func(words *viewmodel.Words, s *viewmodel.ModelsState) (string, int64) {
			return words.T("settings.disk.films.about", "size", words.Bytes(s.Depths), "folder", s.Films), s.Depths
		}),
		p.line("settings.disk.prepared", at.Cache, m.ClearPrepared, func(words *viewmodel.Words, s *viewmodel.ModelsState) (string, int64) {
			return words.T("settings.disk.prepared.about", "size", words.Bytes(s.Made), "folder", s.Cache), s.Made
		}),
	}
	if len(w.backends) > 1 {
		rows = append(rows, p.line("settings.disk.compiled", "", m.ClearCompiled, func(words *viewmodel.Words, s *viewmodel.ModelsState) (string, int64) {
			return words.T("settings.disk.compiled.about", "size", words.Bytes(s.Use.Compiled)), s.Use.Compiled
		}))
	}
	rows = append(rows, p.line("settings.disk.free", "", nil, func(words *viewmodel.Words, s *viewmodel.ModelsState) (string, int64) {
		if s.Use.Free < 0 {
			return words.T("settings.disk.unknown"), 0
		}
		return words.Bytes(s.Use.Free), 0
	}))
	if w.logs != "" {
		rows = append(rows, p.line("settings.disk.logs", w.logs, nil, func(*viewmodel.Words, *viewmodel.ModelsState) (string, int64) {
			return w.logs, 0
		}))
	}
	p.root = page(ruled(rows...))
	p.update(at)
	return p
}

// line adds a kind of thing: its folder can be shown unless that is "", and it
// can be cleared unless clear is nil.
func (p *diskPage) line(key, folder string, clear func(), show func(*viewmodel.Words, *viewmodel.ModelsState) (string, int64)) fyne.CanvasObject {
	words := p.w.app.Words()
	l := diskLine{about: own.NewPara(""), show: show}
	acts := container.New(own.Line(6))
	if folder != "" {
		acts.Add(own.NewIconButton(own.IconFolder, words.T("action.reveal"), func() { p.w.openFile(folder) }))
	}
	if clear != nil {
		l.clear = own.NewButton(words.T("settings.disk.clear"), "", own.Plain, clear)
		acts.Add(l.clear)
	}
	p.lines = append(p.lines, l)
	text := container.New(own.Column(2), own.NewText(words.T(key)), l.about)
	return container.New(own.Inset(0, 9, 0, 9), container.New(own.Line(16, 0), text, acts))
}

func (p *diskPage) update(s viewmodel.ModelsState) {
	words := p.w.app.Words()
	for _, l := range p.lines {
		text, bytes := l.show(words, &s)
		l.about.SetText(text)
		if l.clear != nil {
			l.clear.SetEnabled(bytes > 0)
		}
	}
}
