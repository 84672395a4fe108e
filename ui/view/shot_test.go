package view

import (
	"context"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"spatialmaker/processor"
	"spatialmaker/processor/models"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

type queue chan func()

func (q queue) post(f func()) { q <- f }

func (q queue) drain(d time.Duration) {
	end := time.After(d)
	for {
		select {
		case f := <-q:
			f()
		case <-end:
			return
		}
	}
}

func TestShot(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(own.NewTheme(own.Light))
	home := t.TempDir()
	s, err := models.Open(home)
	if err != nil {
		t.Fatal(err)
	}
	e := processor.NewEngine(processor.Config{Models: s, Open: processor.OpenEstimator})
	q, err := processor.OpenQueue(e, filepath.Join(home, "queue.json"))
	if err != nil {
		t.Fatal(err)
	}
	words, _ := viewmodel.NewWords("en")
	vm := viewmodel.NewApp(viewmodel.Config{Worker: q, Renderer: e.NewPreview(), Inspector: viewmodel.NewFiles(e.NewPreview()), Words: words,
		Models: func(context.Context) ([]viewmodel.ModelChoice, error) { return viewmodel.Choices(s) }})
	win := test.NewTempWindow(t, nil)
	posts := make(queue, 1000)
	w := newWindow(vm, win, nil, posts.post)
	_ = w
	win.Resize(fyne.NewSize(1240, 780))
	shot := func(name string) {
		win.Canvas().Capture()
		posts.drain(2*time.Second)
		win.Canvas().Capture()
		posts.drain(time.Second)
		f, _ := os.Create("/tmp/window/" + name + ".png")
		png.Encode(f, win.Canvas().Capture())
		f.Close()
	}
	shot("empty")
	files, _ := filepath.Glob("/work/shared/media/photos/*/*.jpg")
	more, _ := filepath.Glob("/work/shared/media/photos/*/*.heic")
	files = append(files, more...)
	vm.Open(files[:14]...)
	vm.Queue.Settled()
	shot("sbs")
	vm.Preview.SetMode(viewmodel.ModeCompare)
	shot("compare")
	a.Settings().SetTheme(own.NewTheme(own.Dark))
	vm.Preview.SetMode(viewmodel.ModeAnaglyph)
	shot("dark")
	win.Resize(fyne.NewSize(900, 600))
	shot("small")
}
