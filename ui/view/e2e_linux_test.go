package view_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestDropMoveConvert(t *testing.T) {
	needs(t, "Xvfb", "xdotool", "ffmpeg", "/usr/bin/python3")
	bin, d, files := build(t), openDisplay(t), samples(t)
	begin := time.Now()
	p := start(t, d, bin)
	whole := image.Rect(0, 0, screenW, screenH)

	// the empty state's button is the only thing in the accent colour so wide
	var button []image.Rectangle
	d.until("the window", func() bool {
		button = runs(d.shot(), whole, 30)
		return len(button) > 0
	})
	t.Logf("visible after %v, grabbing the screen included", time.Since(begin).Round(time.Millisecond))
	d.drop(middle(button[0]), files)
	d.until("two rows", func() bool { return len(p.queue()) == 2 })
	for i, e := range p.queue() {
		if e.Input != files[i] {
			t.Errorf("row %d is %q, not %q", i, e.Input, files[i])
		}
	}

	// right of the preview: sliders are runs of a few lines, Convert many
	right := image.Rect(screenW*2/3, 0, screenW, screenH)
	var slider, convert image.Rectangle
	d.until("the sliders and the button", func() bool {
		rs := runs(d.shot(), right, 40)
		if len(rs) < 20 {
			return false
		}
		slider, convert = rs[0], rs[len(rs)-1]
		return convert.Dx() > 2*slider.Dx()
	})
	before := p.strength()
	thumb := image.Pt(slider.Max.X+4, slider.Min.Y+1)
	d.drag(thumb, thumb.Add(image.Pt(70, 0)))
	d.until("the strength in the settings", func() bool { return p.strength() > before+1 })

	d.click(image.Pt(middle(convert).X, convert.Min.Y-6))
	d.until("the results", func() bool {
		q := p.queue()
		return len(q) == 2 && q[0].Done && q[1].Done
	})
	checkOutputs(t, p, bin, files)

	p.quit()
}

// checkOutputs holds the window's files against those of the command line with
// the same strength: they must be the same byte by byte.
func checkOutputs(t *testing.T, p *program, bin string, files []string) {
	t.Helper()
	folder := t.TempDir()
	args := append([]string{"convert", "-q", "-o", folder, "--strength", fmt.Sprint(p.strength())}, files...)
	cmd := exec.Command(bin, args...)
	cmd.Env = append(environment(t), "SPATIALMAKER_HOME="+p.home)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("convert: %v\n%s", err, out)
	}
	for i, e := range p.queue() {
		if len(e.Outputs) != 1 {
			t.Errorf("%s: outputs %q", files[i], e.Outputs)
			continue
		}
		got, err := os.ReadFile(e.Outputs[0])
		if err != nil {
			t.Error(err)
			continue
		}
		if filepath.Dir(e.Outputs[0]) != filepath.Dir(files[i]) {
			t.Errorf("%s was not written beside its original", e.Outputs[0])
		}
		want, err := os.ReadFile(filepath.Join(folder, filepath.Base(e.Outputs[0])))
		if err != nil {
			t.Error(err)
			continue
		}
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(got))
		if err != nil || cfg.Width != 960 || cfg.Height != 320 {
			t.Errorf("%s: %dx%d, %v", e.Outputs[0], cfg.Width, cfg.Height, err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the command line writes", e.Outputs[0])
		}
	}
}

// button waits for the empty window's one button and returns its middle.
func (d *display) button() image.Point {
	d.t.Helper()
	var found []image.Rectangle
	d.until("the window", func() bool {
		found = runs(d.shot(), image.Rect(0, 0, screenW, screenH), 30)
		return len(found) > 0
	})
	return middle(found[0])
}

// What is dropped on the real window may be anything, and what it needs may be
// missing: it stays, says so, works on and closes.
func TestTheRealWindowBearsFaults(t *testing.T) {
	needs(t, "Xvfb", "xdotool", "ffmpeg", "/usr/bin/python3")
	bin, d := build(t), openDisplay(t)
	good := samples(t)
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.jpg")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "mixed")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(good[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 { // a quarter is worth a row
		content, name := raw, fmt.Sprintf("%03d.jpg", i)
		if i%4 != 0 {
			content, name = []byte("no picture"), fmt.Sprintf("%03d.txt", i)
		}
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", filepath.Join(folder, "broken.jpg")); err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(dir, strings.Repeat("n", 251)+".jpg")
	if err := os.WriteFile(long, raw, 0o600); err != nil {
		t.Fatal(err)
	}

	p := start(t, d, bin, "SPATIALMAKER_RUNTIME="+filepath.Join(dir, "no-runtime.so"))
	at := d.button()
	d.until("word of the missing runtime", func() bool { return strings.Contains(p.log(), "ONNX Runtime was not found") })
	d.drop(at, []string{pipe, folder, long, good[1]})
	d.until("the rows", func() bool { return len(p.queue()) == 52 }) // the pipe is not kept
	if err := os.Remove(good[1]); err != nil {
		t.Fatal(err)
	}
	d.do("key", "ctrl+Return")
	d.until("the failures", func() bool { return strings.Count(p.log(), filepath.Base(folder)) >= 50 })
	for _, want := range []string{"pipe.jpg: ", "no such file"} {
		if !strings.Contains(p.log(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
	p.quit()
}
