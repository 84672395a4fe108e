package view

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// Deps is what the window is built from; main.go fills it.
type Deps struct {
	Version string
	Config  viewmodel.Config
	Files   []string // to be queued at the start
}

// ID names the program to the desktop; FyneApp.toml says the same.
const ID = "app.spatialmaker.desktop"

// Run opens the window and returns when it is closed or ctx ends.
func Run(ctx context.Context, d Deps) error {
	// Every change of widgets from another goroutine goes through fyne.Do; the
	// tests run without this flag and so with Fyne's check of it.
	app.SetMetadata(fyne.AppMetadata{
		ID: ID, Name: "Spatial Maker", Version: d.Version, Release: true,
		Migrations: map[string]bool{"fyneDo": true},
	})
	a := app.NewWithID(ID)
	a.Settings().SetTheme(own.NewTheme(own.System))
	vm := viewmodel.NewApp(d.Config)
	defer vm.Close()
	win := a.NewWindow("Spatial Maker")
	w := newWindow(vm, win, nativeChooser{win}, fyne.Do)
	win.SetOnDropped(func(_ fyne.Position, items []fyne.URI) { w.dropped(items) })
	win.Resize(fyne.NewSize(1240, 780))
	win.CenterOnScreen()
	win.SetMaster()
	vm.Open(d.Files...)
	stop := context.AfterFunc(ctx, func() { fyne.Do(a.Quit) })
	defer stop()
	win.ShowAndRun()
	return ctx.Err()
}
