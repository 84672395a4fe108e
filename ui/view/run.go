package view

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/lang"

	"spatialmaker/assets"
	"spatialmaker/processor"
	"spatialmaker/processor/models"
	"spatialmaker/ui/desktop"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

// Deps is what the window is built from; main.go fills it.
type Deps struct {
	Version string
	Home    string // the program's own folder
	Store   *models.Store
	// Engine returns the engine, with as many workers as the settings say.
	Engine func(workers int, logf func(format string, args ...any)) (*processor.Engine, error)
	// Runtime looks for what runs the networks.
	Runtime  func() error
	Backends []processor.Backend // that can be chosen on this system
	Depths   processor.DepthCache
	Prepared []string // folders of what can be made again
	Files    []string // to be queued at the start
}

// ID names the program to the desktop; FyneApp.toml says the same.
const ID = "app.spatialmaker.desktop"

// Run opens the window and returns when it is closed or ctx ends. Whatever is
// missing or broken is said in the window and keeps nothing else from working.
func Run(ctx context.Context, d Deps) (err error) {
	if err := desktop.CheckDisplay(); err != nil {
		return err
	}
	// Every change of widgets from another goroutine goes through fyne.Do; with
	// the variable set Fyne checks that at every call, which takes time.
	check := os.Getenv("SPATIALMAKER_CHECK_THREADS") != ""
	app.SetMetadata(fyne.AppMetadata{
		ID: ID, Name: "Spatial Maker", Version: d.Version, Release: true,
		Migrations: map[string]bool{"fyneDo": !check},
	})
	var handed processor.Opened
	defer handed.Close()
	listenErr := handed.Begin() // before the toolkit starts
	a := app.NewWithID(ID)
	a.SetIcon(fyne.NewStaticResource("icon.png", assets.IconPNG))
	var problems []error
	note := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	note(listenErr)
	logs, crashed, err := desktop.OpenLogs(filepath.Join(d.Home, "logs"))
	note(err)
	settings, err := viewmodel.OpenSettings(filepath.Join(d.Home, "settings.json"))
	note(err)
	prefs := settings.Prefs()
	a.Settings().SetTheme(own.NewTheme(modeOf(prefs.Look)))
	words, err := startWords(prefs.Language)
	if err != nil {
		return err
	}
	engine, err := d.Engine(prefs.Workers, logs.Logf)
	if err != nil {
		return err
	}
	queue, err := processor.OpenQueue(engine, filepath.Join(d.Home, "queue.json"))
	note(err)
	vm := viewmodel.NewApp(viewmodel.Config{
		Worker: queue, Renderer: engine.NewPreview(), Inspector: viewmodel.NewFiles(engine.NewPreview()),
		Models: viewmodel.Store{Store: d.Store}, CoreML: slices.Contains(d.Backends, processor.CoreMLBackend), Settings: settings, Words: words, Desktop: &system{app: a},
		Runtime: d.Runtime, Depths: viewmodel.Depths{DepthCache: d.Depths}, Prepared: d.Prepared, Logf: logs.Logf, Crashed: crashed, Problems: problems,
	})
	w := New(vm, a.NewWindow("Spatial Maker"), fyne.Do)
	w.version, w.logs, w.cores, w.backends = d.Version, logs.Folder(), runtime.NumCPU(), d.Backends
	w.files = nativeChooser{w.win}
	if os.Getenv("SPATIALMAKER_WATCH_STALLS") != "" {
		w.stalls = watchStalls(logs.Logf)
		defer w.stalls.tell()
	}
	w.Open(prefs)
	vm.Open(d.Files...)
	handed.Each(vm.Open)
	stop := context.AfterFunc(ctx, func() { fyne.Do(w.leave) })
	defer stop()
	err = show(a, w.win)
	handed.Close()
	cerr := errors.Join(vm.Close(), queue.Close(), engine.Close(), logs.Close())
	if cerr != nil {
		fmt.Fprintln(os.Stderr, "spatialmaker:", cerr)
	}
	return errors.Join(err, ctx.Err())
}

// show runs the window. Where it cannot be opened, for want of OpenGL perhaps,
// the graphics library panics: that is an error like others. What happens once
// the window stands is a crash, and its log is worth having.
func show(a fyne.App, win fyne.Window) (err error) {
	stands := false
	a.Lifecycle().SetOnStarted(func() { stands = true })
	defer func() {
		if stands {
			return
		}
		if r := recover(); r != nil {
			err = desktop.NewDisplayError(r)
		}
	}()
	win.ShowAndRun()
	return nil
}

// startWords finds the texts for the language of the settings, else of the
// system.
func startWords(code string) (*viewmodel.Words, error) {
	if code == "" {
		code = viewmodel.LanguageFor(systemLocale())
	}
	return viewmodel.NewWords(code)
}

func systemLocale() string { return lang.SystemLocale().LanguageString() }

func modeOf(l viewmodel.Look) own.Mode {
	switch l {
	case viewmodel.LookLight:
		return own.Light
	case viewmodel.LookDark:
		return own.Dark
	}
	return own.System
}

// system is the desktop as the view model sees it.
type system struct {
	app   fyne.App
	awake desktop.Awake
}

// Notify implements viewmodel.Desktop.
func (s *system) Notify(title, text string) {
	fyne.Do(func() { s.app.SendNotification(fyne.NewNotification(title, text)) })
}

// Chime implements viewmodel.Desktop.
func (s *system) Chime() { desktop.Chime() }

// StayAwake implements viewmodel.Desktop.
func (s *system) StayAwake(on bool) { s.awake.Hold(on) }

// The window's size when nothing else is remembered.
const (
	firstWidth  = 1240
	firstHeight = 780
)

// Open fills the window and prepares it to be shown.
func (w *Window) Open(p viewmodel.Prefs) {
	w.build()
	w.win.SetOnDropped(func(_ fyne.Position, items []fyne.URI) { w.dropped(items) })
	w.win.SetCloseIntercept(w.quit)
	w.win.SetOnClosed(w.forget)
	w.win.Canvas().SetOnTypedKey(w.typedKey)
	w.win.SetMaster()
	size := fyne.NewSize(p.Width, p.Height)
	if size.Width < 600 || size.Height < 400 {
		size = fyne.NewSize(firstWidth, firstHeight)
	}
	w.win.Resize(size)
	w.win.CenterOnScreen()
}

// applyLook takes over the choice of light or dark.
func (w *Window) applyLook() {
	fyne.CurrentApp().Settings().SetTheme(own.NewTheme(modeOf(w.app.Settings.Prefs().Look)))
}

// setLanguage changes the language and builds the window anew.
func (w *Window) setLanguage(code string) {
	if err := w.app.SetLanguage(code, systemLocale()); err != nil {
		w.tell(err)
		return
	}
	w.settings.close()
	w.build()
	w.ShowSettings(PageGeneral)
}
