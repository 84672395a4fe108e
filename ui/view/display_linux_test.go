package view_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"spatialmaker/processor/depth"
	"spatialmaker/testdata/scene"
	"spatialmaker/testdata/scene/scenetest"
)

// A real window on a display without a screen, and what tests and measurements
// do with it: they drop files from another program, press keys, move the mouse,
// and find their way by what is to be seen.

const (
	screenW, screenH = 1400, 900
	patience         = 60 * time.Second
)

// display is a running Xvfb.
type display struct {
	t    testing.TB
	name string
	env  []string
}

// needs skips where the tools of the test are not installed; make test
// installs them on Debian.
func needs(t testing.TB, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("SPATIALMAKER_REQUIRE_DISPLAY") != "" {
				t.Fatal(err)
			}
			t.Skipf("the window needs a display to be tested on: %v", err)
		}
	}
}

func openDisplay(t testing.TB) *display {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// It must not begin anew when the program has only looked whether it is there.
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", screenW, screenH), "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb did not start: %v", err)
	}
	name := ":" + strings.TrimSpace(line)
	return &display{t: t, name: name, env: append(environment(t), "DISPLAY="+name, "LIBGL_ALWAYS_SOFTWARE=1")}
}

// environment is that of the tests, and where the set-up puts the runtime: the
// program built here does not lie beside it.
func environment(t testing.TB) []string {
	t.Helper()
	env := os.Environ()
	if os.Getenv(depth.RuntimeVariable) == "" {
		path, err := filepath.Abs("../../build/runtime/libonnxruntime.so.1")
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, depth.RuntimeVariable+"="+path)
	}
	return env
}

// do runs xdotool.
func (d *display) do(args ...string) {
	d.t.Helper()
	cmd := exec.Command("xdotool", args...)
	cmd.Env = d.env
	if out, err := cmd.CombinedOutput(); err != nil {
		d.t.Fatalf("xdotool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (d *display) at(p image.Point) []string {
	return []string{"mousemove", "--sync", fmt.Sprint(p.X), fmt.Sprint(p.Y)}
}

// drag presses at a, moves to b in steps and lets go.
func (d *display) drag(a, b image.Point) {
	d.do(d.at(a)...)
	d.do("mousedown", "1")
	const steps = 12
	for i := 1; i <= steps; i++ {
		d.do(d.at(a.Add(b.Sub(a).Mul(i).Div(steps)))...)
	}
	d.do("mouseup", "1")
}

func (d *display) click(p image.Point) {
	d.do(d.at(p)...)
	d.do("click", "1")
}

// shot is what is on the screen.
func (d *display) shot() image.Image {
	d.t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "x11grab", "-draw_mouse", "0", "-video_size",
		fmt.Sprintf("%dx%d", screenW, screenH), "-i", d.name, "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-")
	cmd.Env = d.env
	out, err := cmd.Output()
	if err != nil {
		d.t.Fatalf("grab the screen: %v", err)
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		d.t.Fatal(err)
	}
	return img
}

// until looks ten times a second whether ok holds.
func (d *display) until(what string, ok func() bool) {
	t := d.t
	t.Helper()
	late := time.After(patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited in vain for: %s; the screen is in %s", what, d.keep())
		}
	}
}

// keep writes what is on the screen to a file for people to look at.
func (d *display) keep() string {
	path := filepath.Join(os.TempDir(), "spatialmaker-window.png")
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(png.Encode(f, d.shot()), f.Close())
	}
	if err != nil {
		return err.Error()
	}
	return path
}

// accent is the colour of the program's buttons and sliders in the light look.
var accent = color.RGBA{0x4a, 0x50, 0xd4, 0xff}

// runs finds the horizontal runs of the accent colour that are at least least
// pixels long, inside r.
func runs(img image.Image, r image.Rectangle, least int) []image.Rectangle {
	var out []image.Rectangle
	for y := r.Min.Y; y < r.Max.Y; y++ {
		start := -1
		for x := r.Min.X; x <= r.Max.X; x++ {
			same := x < r.Max.X && color.RGBAModel.Convert(img.At(x, y)) == accent
			switch {
			case same && start < 0:
				start = x
			case !same && start >= 0:
				if x-start >= least {
					out = append(out, image.Rect(start, y, x, y+1))
				}
				start = -1
			}
		}
	}
	return out
}

func middle(r image.Rectangle) image.Point { return r.Min.Add(r.Max).Div(2) }

// program is the running window.
type program struct {
	t      testing.TB
	d      *display
	cmd    *exec.Cmd
	home   string
	stderr bytes.Buffer
	ended  chan error
}

// programVariable names a program to try in place of one that is built for it,
// which takes longer than most measurements.
const programVariable = "SPATIALMAKER_PROGRAM"

// build makes the program as it is shipped, with its real driver.
func build(t testing.TB) string {
	t.Helper()
	if path := os.Getenv(programVariable); path != "" {
		return path
	}
	bin := filepath.Join(t.TempDir(), "spatialmaker")
	cmd := exec.Command("go", "build", "-tags", "x11,nodynamic", "-o", bin, "spatialmaker")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// start opens the window with a home of its own; env is added to the
// environment.
func start(t testing.TB, d *display, bin string, env ...string) *program {
	t.Helper()
	p := &program{t: t, d: d, home: t.TempDir(), ended: make(chan error, 1)}
	settings := `{"version":1,"look":"light","language":"en","width":1240,"height":780}`
	if err := os.WriteFile(filepath.Join(p.home, "settings.json"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command(bin)
	look := "SPATIALMAKER_CHECK_THREADS=1"
	if _, ok := t.(*testing.B); ok { // the check takes time
		look = "SPATIALMAKER_WATCH_STALLS=1"
	}
	p.cmd.Env = append(d.env, "SPATIALMAKER_HOME="+p.home, look, "FYNE_SCALE=1")
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the program's log:\n%s\nstill running: %t", p.log(), len(p.ended) == 0)
			_ = p.cmd.Process.Signal(syscall.SIGQUIT) // and it says where it stands
			time.Sleep(time.Second)
			t.Log(p.stderr.String())
		}
		_ = p.cmd.Process.Kill()
	})
	return p
}

// kept reads a JSON file of the program's folder.
func (p *program) kept(name string, v any) bool {
	raw, err := os.ReadFile(filepath.Join(p.home, name))
	return err == nil && json.Unmarshal(raw, v) == nil
}

func (p *program) strength() float64 {
	var s struct {
		Options struct{ Strength float64 } `json:"options"`
	}
	p.kept("settings.json", &s)
	return s.Options.Strength
}

// log is what the program has written to its log.
func (p *program) log() string {
	raw, err := os.ReadFile(filepath.Join(p.home, "logs", "spatialmaker.log"))
	if err != nil && !os.IsNotExist(err) {
		p.t.Fatal(err)
	}
	return string(raw)
}

// quit presses the keys for it and waits for the end, which must be a good one
// without a word from Fyne's thread checker.
func (p *program) quit() {
	p.t.Helper()
	p.d.do("key", "ctrl+q")
	select {
	case err := <-p.ended:
		if err != nil {
			p.t.Errorf("the program ended with %v:\n%s", err, p.stderr.String())
		}
	case <-time.After(patience):
		p.t.Errorf("the window did not close; the screen is in %s", p.d.keep())
	}
	if s := p.stderr.String(); strings.Contains(s, "Fyne call thread") {
		p.t.Errorf("widgets were changed from a wrong goroutine:\n%s", s)
	}
}

type entry struct {
	Input   string   `json:"input"`
	Done    bool     `json:"done"`
	Outputs []string `json:"outputs"`
}

func (p *program) queue() []entry {
	var q struct {
		Entries []entry `json:"entries"`
	}
	p.kept("queue.json", &q)
	return q.Entries
}

// drop drags files from a program of another toolkit to a point.
func (d *display) drop(to image.Point, files []string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", append([]string{"testdata/dragsource.py"}, files...)...)
	cmd.Env = append(d.env, "GDK_BACKEND=x11", "NO_AT_BRIDGE=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait()
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
	}
	d.drag(image.Pt(32, 32), to)
	for lines.Scan() {
		switch lines.Text() {
		case "dropped":
			return
		case "failed": // a busy window may say too late that it takes files
			d.drag(image.Pt(32, 32), to)
		}
	}
	d.t.Fatalf("the other program did not get rid of the files: %s", stderr.String())
}

// samples writes two pictures of the project's own scene, one under a name
// that has seen much.
func samples(t testing.TB) []string {
	t.Helper()
	img := scenetest.Picture(t, 480, 320, scene.Options{}, scene.Centre)
	dir := t.TempDir()
	var files []string
	for _, name := range []string{"garden.jpg", "Gärten 🌷 100% #2\n.jpg"} {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(jpeg.Encode(f, img, nil), f.Close()); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	return files
}
