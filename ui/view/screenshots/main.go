// Command screenshots draws the pictures of the window that the documentation
// shows. It needs no display: the window is drawn by Fyne's software painter,
// over the real engine and the shipped model, with the project's own scene.
package main

import (
	"errors"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"spatialmaker/processor"
	"spatialmaker/processor/models"
	"spatialmaker/testdata/scene"
	"spatialmaker/ui/view"
	"spatialmaker/ui/viewmodel"
	own "spatialmaker/ui/widget"
)

func main() {
	out := flag.String("o", "docs/screenshots", "folder to write to")
	all := flag.Bool("all", false, "also what the documentation does not show: other sizes, 200 % scale, many files")
	only := flag.String("only", "", "the one picture to draw")
	flag.Parse()
	if err := draw(*out, *only, *all); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

// shot is one picture: the window's size and look, and what is done to it.
type shot struct {
	name  string
	look  own.Mode
	size  fyne.Size
	scale float32
	lang  string
	extra bool // not in the documentation
	set   func(s *studio)
}

var (
	wide  = fyne.NewSize(1240, 780)
	small = fyne.NewSize(900, 600)
	large = fyne.NewSize(1920, 1200)
)

var shots = []shot{
	{name: "empty", look: own.Light, size: wide, set: func(*studio) {}},
	{name: "side-by-side", look: own.Light, size: wide, set: func(s *studio) { s.open(4) }},
	{name: "compare", look: own.Dark, size: wide, set: func(s *studio) {
		s.mode(viewmodel.ModeCompare)
		s.vm.Preview.SetColourMap(true)
		s.open(4)
	}},
	{name: "converting", look: own.Dark, size: wide, set: func(s *studio) {
		s.mode(viewmodel.ModeAnaglyph)
		s.open(8)
		s.film() // it takes a while, and the rest waits for it
		film, _ := s.vm.Queue.Row(8)
		s.vm.Queue.Move(film.ID, -5)
		s.settle(false)
		s.vm.Convert()
		s.until(func() bool {
			film, _ := s.vm.Queue.Row(3)
			return s.vm.Queue.State().Done >= 3 && film.Part > 0.3
		})
	}},
	{name: "film", look: own.Light, size: wide, set: func(s *studio) {
		s.vm.SetAdvanced(true)
		s.mode(viewmodel.ModeAnaglyph)
		s.film()
		s.open(3)
		s.vm.Queue.Select(0)
		s.settle(false)
		s.vm.Preview.Seek(1600 * time.Millisecond)
	}},
	{name: "models", look: own.Light, size: wide, set: func(s *studio) {
		s.open(4)
		s.window.ShowSettings(view.PageModels)
	}},
	{name: "empty-dark", look: own.Dark, size: wide, extra: true, set: func(*studio) {}},
	{name: "depth-small", look: own.Light, size: small, extra: true, set: func(s *studio) {
		s.mode(viewmodel.ModeDepth)
		s.vm.Preview.SetColourMap(true)
		s.open(4)
	}},
	{name: "double-scale", look: own.Dark, size: small, scale: 2, extra: true, set: func(s *studio) { s.open(4) }},
	{name: "german", look: own.Light, size: small, lang: "de", extra: true, set: func(s *studio) {
		s.vm.SetAdvanced(true)
		s.open(4)
	}},
	{name: "errors", look: own.Light, size: wide, extra: true, set: func(s *studio) {
		s.spoil()
		s.open(3)
		s.vm.Queue.Select(0)
	}},
	{name: "two-hundred", look: own.Dark, size: large, extra: true, set: func(s *studio) { s.open(200) }},
	{name: "general", look: own.Dark, size: wide, extra: true, set: func(s *studio) { s.window.ShowSettings(view.PageGeneral) }},
	{name: "storage", look: own.Light, size: small, extra: true, set: func(s *studio) { s.window.ShowSettings(view.PageDisk) }},
}

func draw(out, only string, all bool) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	pictures, err := os.MkdirTemp("", "spatialmaker-screenshots-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(pictures)
	if err := paintSamples(pictures); err != nil {
		return err
	}
	test.NewApp()
	for _, sh := range shots {
		if only != "" && sh.name != only || only == "" && sh.extra && !all {
			continue
		}
		if err := sh.take(out, pictures); err != nil {
			return fmt.Errorf("%s: %w", sh.name, err)
		}
		fmt.Println(filepath.Join(out, sh.name+".png"))
	}
	return nil
}

// names are what the sample pictures are called.
var names = []string{"Garden party", "Balloons", "Picnic", "The gate", "Afternoon", "Ball games", "Under the trees", "Behind the fence", "Going home"}

// paintSamples draws moments of the project's scene.
func paintSamples(folder string) error {
	for i, name := range names {
		v := scene.Render(960, 720, scene.Options{Time: float64(i) * 0.7, Shot: i % 2}, scene.Centre)
		if err := writeJPEG(filepath.Join(folder, name+".jpg"), v.Picture); err != nil {
			return err
		}
	}
	return nil
}

func writeJPEG(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(jpeg.Encode(f, img, &jpeg.Options{Quality: 92}), f.Close())
}

// studio is a window with its engine, for one picture.
type studio struct {
	vm       *viewmodel.App
	window   *view.Window
	win      fyne.Window
	pictures string
	home     string
	posts    chan func()
}

func (sh shot) take(out, pictures string) (err error) {
	home, err := os.MkdirTemp("", "spatialmaker-home-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	store, err := models.Open(home)
	if err != nil {
		return err
	}
	engine := processor.NewEngine(processor.Config{Models: store, Open: processor.NewOpener(store)})
	queue, err := processor.OpenQueue(engine, filepath.Join(home, "queue.json"))
	if err != nil {
		return err
	}
	settings, err := viewmodel.OpenSettings("")
	if err != nil {
		return err
	}
	words, err := viewmodel.NewWords(sh.lang)
	if err != nil {
		return err
	}
	settings.Change(func(p *viewmodel.Prefs) { p.Options.Output = filepath.Join(home, "Pictures", "3D") })
	vm := viewmodel.NewApp(viewmodel.Config{
		Worker: queue, Renderer: engine.NewPreview(), Inspector: viewmodel.NewFiles(engine.NewPreview()),
		Models: viewmodel.Store{Store: store}, Settings: settings, Words: words,
	})
	defer func() { err = errors.Join(err, vm.Close(), queue.Close(), engine.Close()) }()
	fyne.CurrentApp().Settings().SetTheme(own.NewTheme(sh.look))
	s := &studio{vm: vm, pictures: pictures, home: home, posts: make(chan func(), 100_000)}
	s.win = fyne.CurrentApp().NewWindow("Spatial Maker")
	defer s.win.Close()
	s.window = view.New(vm, s.win, func(f func()) { s.posts <- f })
	s.window.Open(viewmodel.Prefs{Width: sh.size.Width, Height: sh.size.Height})
	if sh.scale > 0 {
		s.win.Canvas().(software.WindowlessCanvas).SetScale(sh.scale)
	}
	s.until(func() bool { return len(vm.Controls.State().Models) > 0 })
	s.win.Canvas().Capture() // the preview learns its room
	sh.set(s)
	s.settle(sh.name == "converting")
	f, err := os.Create(filepath.Join(out, sh.name+".png"))
	if err != nil {
		return err
	}
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	return errors.Join(enc.Encode(f, s.win.Canvas().Capture()), f.Close())
}

// open queues n pictures.
func (s *studio) open(n int) {
	var paths []string
	for i := range n {
		path := filepath.Join(s.pictures, names[i%len(names)]+".jpg")
		if i >= len(names) {
			link := filepath.Join(s.home, fmt.Sprintf("%s %d.jpg", names[i%len(names)], i/len(names)+1))
			if os.Link(path, link) == nil {
				path = link
			}
		}
		paths = append(paths, path)
	}
	s.vm.Open(paths...)
	s.vm.Queue.Settled()
	s.vm.Queue.Poll()
}

// film queues a video: a walk along one of the pictures.
func (s *studio) film() {
	path := filepath.Join(s.home, "Along the fence.mp4")
	out, err := exec.Command("ffmpeg", "-v", "error", "-loop", "1", "-i", filepath.Join(s.pictures, names[1]+".jpg"), "-vf",
		"crop=768:576:x=1.6*n:y=72,format=yuv420p", "-r", "30", "-t", "4", "-c:v", "libx264", "-preset", "veryfast", path).CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "screenshots: %v\n%s", err, out)
		return
	}
	s.vm.Open(path)
	s.vm.Queue.Settled()
}

// spoil queues files that cannot be converted.
func (s *studio) spoil() {
	text := filepath.Join(s.home, "notes.jpg")
	cut := filepath.Join(s.home, "half a picture.jpg")
	whole, err := os.ReadFile(filepath.Join(s.pictures, names[0]+".jpg"))
	if err == nil {
		err = errors.Join(os.WriteFile(text, []byte("These are notes."), 0o600), os.WriteFile(cut, whole[:len(whole)/3], 0o600))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
	}
	s.vm.Open(cut, text, filepath.Join(s.home, "not there.jpg"))
	s.vm.Queue.Settled()
}

func (s *studio) mode(m viewmodel.Mode) { s.vm.SetMode(m) }

// until runs what view models post until ok holds, at most a minute.
func (s *studio) until(ok func() bool) {
	late := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case f := <-s.posts:
			f()
		case <-tick.C:
		case <-late:
			return
		}
	}
}

// settle lets everything that was asked for arrive; work under way goes on.
func (s *studio) settle(working bool) {
	for range 4 {
		s.until(func() bool { return len(s.posts) == 0 })
		s.win.Canvas().Capture() // asks for thumbnails
		if !working {
			s.vm.Queue.Looked()
		}
		s.until(func() bool {
			p := s.vm.Preview.State()
			return !p.Busy && !p.Steadying && len(s.posts) == 0
		})
	}
}
