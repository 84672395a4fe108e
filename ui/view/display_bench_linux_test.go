package view_test

import (
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/draw"

	"spatialmaker/testdata/scene"
	"spatialmaker/testdata/scene/scenetest"
)

// What is measured here is the program as it is shipped, on a display without a
// screen, drawn by OpenGL in software: a computer with a graphics processor is
// quicker. Run it while nothing else runs:
//
//	make build
//	SPATIALMAKER_PROGRAM=$PWD/build/spatialmaker go test -tags ci,nodynamic -run '^$' -bench Display -benchtime 1x ./ui/view

// watch grabs a small part of the screen again and again, sixty times a second,
// and calls seen with its pixels (four bytes each) until that returns true.
func (d *display) watch(at image.Point, seen func(pix []byte) bool) {
	d.t.Helper()
	const side = 16
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "x11grab", "-framerate", "60", "-draw_mouse", "0",
		"-video_size", fmt.Sprintf("%dx%d", side, side), "-i", fmt.Sprintf("%s+%d,%d", d.name, at.X, at.Y),
		"-f", "rawvideo", "-pix_fmt", "bgra", "-")
	cmd.Env = d.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	pix := make([]byte, 4*side*side)
	for late := time.Now().Add(patience); ; {
		if _, err := io.ReadFull(out, pix); err != nil {
			d.t.Fatalf("grab the screen: %v", err)
		}
		if seen(pix) {
			return
		}
		if time.Now().After(late) {
			d.t.Fatalf("waited in vain; the screen is in %s", d.keep())
		}
	}
}

// lit says whether every pixel is bright: the light look's ground is drawn.
func lit(pix []byte) bool {
	for i := 0; i < len(pix); i += 4 {
		if pix[i] < 0x80 {
			return false
		}
	}
	return true
}

// BenchmarkDisplayVisible times the program from its start to its first picture
// on the screen; the limit is one second.
func BenchmarkDisplayVisible(b *testing.B) {
	needs(b, "Xvfb", "xdotool", "ffmpeg")
	bin, d := build(b), openDisplay(b)
	start(b, d, bin).quitWhen(lit) // what the system reads from the disk is read
	var sum time.Duration
	n := 0
	for b.Loop() {
		begin := time.Now()
		p := start(b, d, bin)
		d.watch(image.Pt(screenW/2, 120), lit)
		sum += time.Since(begin)
		n++
		b.StopTimer()
		p.quit()
		b.StartTimer()
	}
	b.ReportMetric(float64(sum.Milliseconds())/float64(n), "ms/visible")
}

// quitWhen waits for the window to be drawn and closes it.
func (p *program) quitWhen(ok func([]byte) bool) {
	p.t.Helper()
	p.d.watch(image.Pt(screenW/2, 120), ok)
	p.quit()
}

// memory is how much of the program lies in memory, in bytes.
func (p *program) memory() float64 {
	p.t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(raw), "VmRSS:")
	kb, err := strconv.ParseFloat(strings.Fields(line)[0], 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return kb * 1024
}

var (
	stoodStill = regexp.MustCompile(`the window stood still for (\d+) ms.*`)
	turns      = regexp.MustCompile(`turns of the loop: .*`)
)

// longest is the longest wait the log tells of after its first from bytes.
func (p *program) longest(from int) (ms float64) {
	p.t.Helper()
	for _, m := range stoodStill.FindAllStringSubmatch(p.log()[from:], -1) {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			p.t.Fatal(err)
		}
		ms = max(ms, n)
	}
	return ms
}

// photos writes n pictures into a folder.
func photos(b *testing.B, n, w, h int) string {
	b.Helper()
	dir := b.TempDir()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	src := scenetest.Picture(b, 480, 320, scene.Options{}, scene.Centre)
	draw.ApproxBiLinear.Scale(img, img.Rect, src, src.Bounds(), draw.Src, nil)
	first := filepath.Join(dir, "0000.jpg")
	f, err := os.Create(first)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(jpeg.Encode(f, img, nil), f.Close()); err != nil {
		b.Fatal(err)
	}
	raw, err := os.ReadFile(first)
	if err != nil {
		b.Fatal(err)
	}
	for i := 1; i < n; i++ {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.jpg", i)), raw, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// BenchmarkDisplayThousandFiles drops a folder of 1,000 photos on the window
// while one is open in the preview, which has loaded the engine. The limits are
// 400 MB more than before and no event that waits longer than 100 ms.
func BenchmarkDisplayThousandFiles(b *testing.B) {
	needs(b, "Xvfb", "xdotool", "ffmpeg", "/usr/bin/python3")
	bin, d := build(b), openDisplay(b)
	one, many := photos(b, 1, 600, 400), photos(b, 1000, 600, 400)
	for b.Loop() {
		p := start(b, d, bin)
		d.drop(d.button(), []string{filepath.Join(one, "0000.jpg")})
		d.settle(p)
		engine, from := p.memory(), len(p.log())
		d.drop(image.Pt(screenW/2, screenH/2), []string{many})
		d.until("a thousand rows", func() bool { return len(p.queue()) == 1001 })
		for range 20 { // look at all of them
			d.do("mousemove", "150", "400", "click", "--repeat", "20", "--delay", "10", "5")
		}
		d.settle(p)
		b.ReportMetric((p.memory()-engine)/1e6, "MB/above-engine")
		b.ReportMetric(p.longest(from), "ms/longest-wait")
		stalls := stoodStill.FindAllString(p.log()[from:], -1)
		p.quit()
		b.Logf("%d turns were too long: %s\n%s", len(stalls), strings.Join(stalls, "; "), turns.FindString(p.log()))
	}
}

// BenchmarkDisplayHundredPreviews looks at 100 photos of 12 megapixels one after
// the other; the limit is a tenth more memory than after the first five.
func BenchmarkDisplayHundredPreviews(b *testing.B) {
	needs(b, "Xvfb", "xdotool", "ffmpeg", "/usr/bin/python3")
	bin, d := build(b), openDisplay(b)
	many := photos(b, 101, 4000, 3000)
	for b.Loop() {
		p := start(b, d, bin)
		d.drop(d.button(), []string{many})
		d.until("the rows", func() bool { return len(p.queue()) == 101 })
		d.settle(p)
		d.click(image.Pt(140, 170)) // the first row, so that the list has the keys
		var early float64
		for i := range 100 {
			d.do("key", "Down")
			d.settle(p)
			if i == 4 {
				early = p.memory()
			}
		}
		late := p.memory()
		b.ReportMetric(early/1e6, "MB/after-5")
		b.ReportMetric(late/1e6, "MB/after-100")
		b.ReportMetric(late/early, "times")
		p.quit()
	}
}

// settle waits until the program has nothing to do any more: it uses next to no
// processor time for half a second.
func (d *display) settle(p *program) {
	d.t.Helper()
	ticks := func() (n int64) {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		if err != nil {
			d.t.Fatal(err)
		}
		// after the name in brackets: user and system time are fields 14 and 15 (proc(5))
		fields := strings.Fields(string(raw[strings.LastIndex(string(raw), ")")+2:]))
		for _, f := range fields[11:13] {
			t, err := strconv.ParseInt(f, 10, 64)
			if err != nil {
				d.t.Fatal(err)
			}
			n += t
		}
		return n
	}
	quiet, last := 0, ticks()
	d.until("quiet", func() bool {
		now := ticks()
		if now-last <= 2 { // of 10 ms, in a tenth of a second
			quiet++
		} else {
			quiet = 0
		}
		last = now
		return quiet >= 5
	})
}
