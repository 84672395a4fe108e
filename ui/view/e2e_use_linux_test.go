package view_test

import (
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Where the rows of the list are on the screen, whose middle the window takes.
var (
	listX  = 220
	firstY = 160
	pitch  = 64
)

func row(i int) image.Point { return image.Pt(listX, firstY+i*pitch) }

// clipboard is the text that another program finds there.
func (d *display) clipboard() string {
	d.t.Helper()
	cmd := exec.Command("/usr/bin/python3", "testdata/clipboard.py")
	cmd.Env = append(d.env, "GDK_BACKEND=x11", "NO_AT_BRIDGE=1")
	out, err := cmd.Output()
	if err != nil {
		d.t.Fatalf("read the clipboard: %v", err)
	}
	return string(out)
}

// inputs are the files of the list in their order.
func (p *program) inputs() (out []string) {
	for _, e := range p.queue() {
		out = append(out, e.Input)
	}
	return out
}

// fakeDialog puts a program that answers a file dialog with files before the
// system's, and returns the folder and what it writes its arguments to.
func fakeDialog(t *testing.T, files []string) (folder, args string) {
	t.Helper()
	folder = t.TempDir()
	answer, args := filepath.Join(folder, "answer"), filepath.Join(folder, "args")
	script := fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' \"$@\" >'%s'\ncat '%s'\n", args, answer)
	for path, text := range map[string]string{answer: strings.Join(files, "\x1e"), filepath.Join(folder, "zenity"): script} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return folder, args
}

// walk is a film that takes a while.
func walk(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "walk.mp4")
	out, err := exec.Command("ffmpeg", "-v", "error", "-loop", "1", "-i", samples(t)[0], "-vf", "crop=320:240:x=0.5*n:y=40,format=yuv420p",
		"-r", "25", "-t", "12", "-c:v", "libx264", "-preset", "ultrafast", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// What people do besides dropping and converting: choose files in the system's
// dialog, copy the command, pull rows about, take some away, undo a setting, quit
// while there is work and go on later.
func TestUseTheRealWindow(t *testing.T) {
	needs(t, "Xvfb", "xdotool", "ffmpeg", "/usr/bin/python3")
	bin, d := build(t), openDisplay(t)
	files := append(samples(t), walk(t))
	fake, args := fakeDialog(t, files)
	p := start(t, d, bin, "PATH="+fake+string(os.PathListSeparator)+os.Getenv("PATH"))
	d.button()

	d.do("key", "ctrl+o")
	d.until("the files of the dialog", func() bool { return slices.Equal(p.inputs(), files) })
	if asked, err := os.ReadFile(args); err != nil || !strings.Contains(string(asked), "--multiple") {
		t.Errorf("the dialog was asked for %q, %v", asked, err)
	}
	d.settle(p)

	d.do("key", "ctrl+shift+c")
	var command string
	d.until("the command", func() bool {
		command = d.clipboard()
		return command != ""
	})
	name, rest, _ := strings.Cut(command, " ")
	if name != "spatialmaker" {
		t.Errorf("the command is %q", command)
	}
	folder := t.TempDir()
	cmd := exec.Command("sh", "-c", "'"+bin+"' "+rest+" -q -o '"+folder+"'")
	cmd.Env = append(environment(t), "SPATIALMAKER_HOME="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
	if made, err := os.ReadDir(folder); err != nil || len(made) != len(files) {
		t.Errorf("the command wrote %v, %v", made, err)
	}

	d.drag(row(0), row(1))
	d.until("the first row to be the second", func() bool { return slices.Equal(p.inputs(), []string{files[1], files[0], files[2]}) })
	d.do("key", "Delete") // of the row pulled
	d.until("the row to be gone", func() bool { return slices.Equal(p.inputs(), []string{files[1], files[2]}) })
	undone(t, p)
	quitAndGoOn(t, p, bin)
}

// undone moves a slider by a click on it and takes that back.
func undone(t *testing.T, p *program) {
	t.Helper()
	d := p.d
	was := p.strength()
	var slider image.Rectangle
	d.until("the sliders", func() bool {
		rs := runs(d.shot(), image.Rect(screenW*2/3, 0, screenW, screenH), 40)
		if len(rs) < 20 {
			return false
		}
		slider = rs[0]
		return true
	})
	d.click(image.Pt(slider.Min.X+20, slider.Min.Y+1))
	d.until("another strength", func() bool { return p.strength() < was-1 })
	d.do("key", "ctrl+z")
	d.until("the strength as it was", func() bool { return p.strength() == was })
}

// quitAndGoOn quits while a film is converted and starts anew.
func quitAndGoOn(t *testing.T, p *program, bin string) {
	t.Helper()
	d := p.d
	done := func(p *program) (n int) {
		for _, e := range p.queue() {
			if e.Done {
				n++
			}
		}
		return n
	}
	d.do("key", "ctrl+Return")
	d.until("the photo", func() bool { return done(p) == 1 })
	d.do("key", "ctrl+q") // it asks
	d.do("sleep", "0.5", "key", "Escape", "sleep", "0.5")
	if len(p.ended) > 0 {
		t.Fatal("it did not ask before it quit")
	}
	d.do("key", "ctrl+q", "sleep", "0.5", "key", "Return")
	if err := <-p.ended; err != nil {
		t.Errorf("the program ended with %v:\n%s", err, p.stderr.String())
	}
	if done(p) != 1 {
		t.Fatal("the film was done before the program could be quit")
	}
	again := start(t, d, bin, "SPATIALMAKER_HOME="+p.home)
	again.home = p.home
	d.until("the film", func() bool { return done(again) == 2 })
	again.quit()
}
