package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"spatialmaker/processor"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// queuePane is the list of files at the left.
type queuePane struct {
	w       *Window
	root    fyne.CanvasObject
	count   *own.Text
	sum     *own.Text // how many have failed
	notice  *own.Para
	list    *fileList
	clear   *own.Button
	foot    *fyne.Container
	card    *problemCard
	inner   *fyne.Container
	length  int
	grabbed processor.EntryID // being pulled to another place
	chosen  int
	row     viewmodel.Row      // the chosen one
	shown   *viewmodel.Problem // what the preview says already
}

func newQueuePane(w *Window) *queuePane {
	words := w.app.Words()
	p := &queuePane{w: w, chosen: -1, count: own.NewHeading(""), sum: own.NewCaption(""), notice: own.NewPara("")}
	p.sum.Color, p.sum.Cut = theme.ColorNameError, own.CutEnd
	add := own.NewIconButton(own.IconAdd, words.T("action.add"), w.chooseFiles)
	folder := own.NewIconButton(own.IconFolder, words.T("action.add_folder"), w.chooseFolder)
	p.clear = own.NewButton(words.T("action.clear_finished"), "", own.Quiet, w.app.Queue.ClearFinished)
	p.clear.Small = true
	p.list = newFileList(p)
	head := container.New(own.Inset(16, 10, 8, 6), container.New(own.Line(8, 1), p.count, p.sum, container.New(own.Line(2), folder, add)))
	p.card = newProblemCard(w.app)
	p.foot = container.New(own.Inset(12, 6, 12, 8), container.New(own.Column(8), p.card.root, p.notice, container.New(own.Inset(-5, 0, 0, 0), container.NewHBox(p.clear))))
	p.inner = own.NewEdges(head, p.foot, nil, nil, container.New(own.Inset(8, 0, 0, 0), container.NewStack(p.list, p.list.ring)))
	p.root = onPlate(own.ColorSurface, own.NewEdges(nil, nil, nil, newRule(own.ColorBorder), p.inner))
	return p
}

func (p *queuePane) update(s viewmodel.QueueState) {
	words := p.w.app.Words()
	p.count.SetText(words.N("queue.count", s.Len))
	p.sum.SetText("")
	if s.Failed > 0 {
		p.sum.SetText(words.N("queue.failed", s.Failed))
	}
	p.notice.SetText(s.Notice)
	if s.Reading {
		p.notice.SetText(words.T("queue.reading"))
	}
	p.notice.Hidden = p.notice.Text() == ""
	p.clear.Hidden = s.Finished == 0
	p.row, _ = p.w.app.Queue.Row(s.Selected)
	p.updateFoot()
	p.inner.Refresh()
	p.length = s.Len
	if s.Selected != p.chosen {
		p.chosen = s.Selected
		if p.list.Size().Height > 0 && s.Selected >= 0 {
			p.list.ScrollTo(s.Selected)
		}
	}
	p.list.Refresh()
}

// updateFoot shows what is wrong with the chosen file, unless the preview says
// the same at this moment.
func (p *queuePane) updateFoot() {
	row := p.row
	if row.Problem != nil && p.shown != nil && row.Problem.Kind == p.shown.Kind {
		row.Problem = nil
	}
	p.card.update(&row)
	p.foot.Hidden = p.notice.Hidden && p.clear.Hidden && row.Problem == nil
}

// said tells what the preview says is wrong, nil for nothing.
func (p *queuePane) said(problem *viewmodel.Problem) {
	if problem == p.shown {
		return
	}
	p.shown = problem
	p.updateFoot()
	p.inner.Refresh()
}

// flash says something that needs no answer.
func (p *queuePane) flash(text string) {
	p.notice.SetText(text)
	p.notice.Show()
	p.foot.Show()
	p.inner.Refresh()
}

// fill shows row i; the list reuses its row widgets.
func (p *queuePane) fill(i int, o fyne.CanvasObject) {
	row, ok := p.w.app.Queue.Row(i)
	if !ok {
		return
	}
	line := o.(*own.Row)
	d := own.RowData{
		Name: row.Name, Detail: row.Detail, DetailColor: toneColor(row.Tone), Thumb: row.Thumb,
		Kind: kindIcon(row.Info.Kind), Bar: row.Progress, Part: row.Part, BarColor: theme.ColorNamePrimary,
		Selected: i == p.chosen, Tip: row.Tip, Wrap: row.Problem != nil,
	}
	d.Mark, d.MarkColor = stateMark(&row)
	d.Actions = p.actions(&row)
	line.OnSelect = func() {
		p.w.app.Queue.Select(i)
		p.list.touch()
	}
	// The list may fill this widget with another row while it is pulled.
	line.OnGrab = func() {
		p.grabbed = row.ID
		p.w.app.Queue.Select(i)
		p.list.touch()
	}
	line.OnMove = func(places int) { p.w.app.Queue.Move(p.grabbed, places) }
	line.OnMenu = func(at fyne.Position) { p.menu(row, at) }
	line.Set(d)
}

// actions are the icons of a row under the pointer.
func (p *queuePane) actions(r *viewmodel.Row) []own.Action {
	app, words, id := p.w.app, p.w.app.Words(), r.ID
	var acts []own.Action
	if r.CanResume {
		acts = append(acts, own.Action{Icon: own.IconPlay, Tip: words.T("action.resume"), Do: func() { app.Queue.Pause(false, id) }})
	}
	if r.CanPause {
		acts = append(acts, own.Action{Icon: own.IconPause, Tip: words.T("action.pause"), Do: func() { app.Queue.Pause(true, id) }})
	}
	if r.State == processor.Done && len(r.Outputs) > 0 {
		acts = append(acts, own.Action{Icon: own.IconReveal, Tip: words.T("action.reveal"), Do: func() { p.w.reveal(r.Outputs[0]) }})
	}
	if r.CanRetry {
		acts = append(acts, own.Action{Icon: own.IconRetry, Tip: words.T("action.retry"), Do: func() { app.Retry(id) }})
	}
	if r.CanCancel {
		return append(acts, own.Action{Icon: own.IconRemove, Tip: words.T("action.cancel"), Do: func() { app.Queue.Cancel(id) }})
	}
	return append(acts, own.Action{Icon: own.IconTrash, Tip: words.T("action.remove"), Do: func() { app.Queue.Remove(id) }})
}

// problemCard says what is wrong with the chosen file and what to do.
type problemCard struct {
	root  *fyne.Container
	title *own.Para
	next  *own.Para
	act   *own.Button // what helps at one click, if anything does
	acts  *fyne.Container
	id    processor.EntryID
}

func newProblemCard(app *viewmodel.App) *problemCard {
	c := &problemCard{title: own.NewPara(""), next: own.NewPara("")}
	c.act = own.NewButton(app.Words().T("action.replace"), "", own.Plain, func() { app.Replace(c.id) })
	c.act.Small = true
	c.acts = container.NewHBox(c.act)
	c.title.Color, c.title.Style = theme.ColorNameError, fyne.TextStyle{Bold: true}
	plate := newPlate(theme.ColorNameBackground)
	plate.radius, plate.stroke = 8, own.ColorBorder
	c.root = container.NewStack(plate, container.New(own.Inset(10, 8, 10, 8), container.New(own.Column(5), c.title, c.next, c.acts)))
	c.root.Hide()
	return c
}

func (c *problemCard) update(r *viewmodel.Row) {
	p := r.Problem
	if p == nil {
		c.root.Hide()
		return
	}
	c.id = r.ID
	c.acts.Hidden = p.Kind != "exists"
	c.title.SetText(p.Title)
	c.next.SetText(p.Next)
	c.root.Show()
}
