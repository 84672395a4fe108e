// Command spatialmaker turns photos and videos into stereoscopic 3D, in a
// window or from the command line.
package main

import (
	"context"
	_ "embed"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/BurntSushi/toml"

	"spatialmaker/processor"
	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/apple"
	"spatialmaker/processor/media"
	"spatialmaker/processor/models"
	"spatialmaker/ui/cli"
	"spatialmaker/ui/view"
)

//go:embed FyneApp.toml
var appFile string

// gcPercent keeps a conversion's heap close to what is in use: a few large
// buffers without pointers, which cost the collector nothing to look at.
const gcPercent = 30

// smallHeap is below what a heap is not held to: the collector would run all the
// time to save a few megabytes. Compiling a codec takes 40.
const smallHeap = 64 << 20

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string) int {
	p := program{version: appVersion(appFile)}
	app := &cli.App{
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Terminal: isTerminal(os.Stderr),
		Engine:   p.engine,
		About:    p.about,
		Store:    p.store,
		Window:   p.window,
	}
	return app.Main(ctx, args)
}

// appVersion reads the version from FyneApp.toml, its only source.
func appVersion(file string) string {
	var app struct{ Details struct{ Version string } }
	if _, err := toml.Decode(file, &app); err != nil {
		return "unknown"
	}
	return app.Details.Version
}

func isTerminal(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// program builds the parts of the application when they are first needed.
type program struct{ version string }

func (p program) store() (*models.Store, error) {
	home, err := models.DefaultHome()
	if err != nil {
		return nil, err
	}
	coreML := apple.Available()
	return models.New(models.Config{Home: home, CoreML: &coreML}), nil
}

func (p program) engine(logf func(format string, args ...any)) (*processor.Engine, error) {
	s, err := p.store()
	if err != nil {
		return nil, err
	}
	debug.SetGCPercent(gcPercent)
	limit := func(bytes int64) { debug.SetMemoryLimit(max(bytes, smallHeap)) }
	return engineOf(s, processor.Config{Logf: logf, HeapLimit: limit})
}

// engineOf completes c with what every engine needs.
func engineOf(s *models.Store, c processor.Config) (*processor.Engine, error) {
	home, err := models.DefaultHome()
	c.Models, c.Open, c.Depths = s, processor.NewOpener(s), depthCache(home)
	return processor.NewEngine(c), err
}

// depthCache is where the depth of films is kept.
func depthCache(home string) processor.DepthCache {
	return processor.DepthCache{Dir: filepath.Join(home, "depth"), Limit: processor.DefaultDepthLimit}
}

// window opens the window and returns when it is closed.
func (p program) window(ctx context.Context, files []string) error {
	s, err := p.store()
	if err != nil {
		return err
	}
	home, err := models.DefaultHome()
	if err != nil {
		return err
	}
	return view.Run(ctx, view.Deps{
		Version: p.version, Home: home, Store: s, Files: files, Backends: backends(), Depths: depthCache(home),
		Prepared: []string{filepath.Join(home, "graphs"), media.CodecCache()},
		Engine: func(workers int, logf func(format string, args ...any)) (*processor.Engine, error) {
			return engineOf(s, processor.Config{Workers: workers, Logf: logf})
		},
		Runtime: func() error { _, err := depth.FindRuntime(depth.RuntimeOptions{}); return err },
	})
}

// backends are what can run networks here, none when there is no choice.
func backends() []processor.Backend {
	if !apple.Available() {
		return nil
	}
	return []processor.Backend{processor.AutoBackend, processor.CoreMLBackend, processor.ONNXBackend}
}

func (p program) about() cli.About {
	a := cli.About{Version: p.version, Platform: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	path, err := depth.FindRuntime(depth.RuntimeOptions{})
	if err == nil {
		a.Runtime.Path = path
		a.Runtime.Version, err = depth.RuntimeVersion(path)
	}
	if err != nil {
		a.Runtime.Error = processor.Explain(err).Line()
	} else {
		a.Backends = append(a.Backends, string(processor.ONNXBackend))
	}
	if apple.Available() {
		a.Backends = append(a.Backends, string(processor.CoreMLBackend))
	}
	if a.FFmpeg.Path, err = media.LocateFFmpeg(); err != nil {
		a.FFmpeg.Error = err.Error()
	}
	a.Home, _ = models.DefaultHome()
	return a
}
