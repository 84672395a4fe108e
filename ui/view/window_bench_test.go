package view

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"spatialmaker/processor"
	"spatialmaker/processor/depth"
	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/models"
	"spatialmaker/ui/viewmodel"
)

// percentile sorts d and returns the value below which part p of it lies.
func percentile(d []time.Duration, p float64) time.Duration {
	slices.Sort(d)
	return d[min(int(p*float64(len(d))), len(d)-1)]
}

// BenchmarkSliderDrag drags the strength slider by 100 steps over a photo of
// 12 megapixels and times each from the step to its pixels in the viewer's
// buffer, in every view, with the depth sharpened and not; the limit is 50 ms
// for the 95th percentile.
func BenchmarkSliderDrag(b *testing.B) {
	for _, m := range viewmodel.Modes() {
		for _, refine := range []processor.Auto{processor.On, processor.Off} {
			b.Run(fmt.Sprintf("%s/refine-%s", m, refine), func(b *testing.B) { dragSlider(b, m, refine) })
		}
	}
}

func dragSlider(b *testing.B, mode viewmodel.Mode, refine processor.Auto) {
	r := newRig(b, rigOptions{})
	r.vm.SetMode(mode)
	r.vm.Preview.SetSides(processor.ViewAnaglyph, processor.ViewRight) // the dearest two to compare
	r.vm.Controls.Change("", func(o *processor.Options) { o.Refine = refine })
	r.drop(r.picture("photo.jpg", 4000, 3000))
	r.settle()
	slider := r.w.controls.strength
	view := r.w.preview.viewer
	scale := r.win.Canvas().Scale()
	w, h := int(view.Size().Width*scale), int(view.Size().Height*scale)
	var steps []time.Duration
	for b.Loop() {
		slider.SetValue(0)
		for i := range 100 {
			begin := time.Now()
			was := r.vm.Preview.State().First
			key := fyne.KeyRight
			if i >= 79 { // the slider's end: back again
				key = fyne.KeyLeft
			}
			slider.TypedKey(&fyne.KeyEvent{Name: key})
			r.until("the picture", func() bool {
				s := r.vm.Preview.State()
				return s.First != was && !s.Busy
			})
			r.run()
			view.Compose(w, h)
			steps = append(steps, time.Since(begin))
		}
	}
	b.ReportMetric(float64(percentile(steps, 0.5).Microseconds())/1000, "ms/median")
	b.ReportMetric(float64(percentile(steps, 0.95).Microseconds())/1000, "ms/p95")
}

// fastDepth is the model that ships with the program, ready to run.
func fastDepth(b *testing.B) depth.Estimator {
	b.Helper()
	runtime, err := depth.FindRuntime(depth.RuntimeOptions{})
	if err != nil {
		b.Skip(err)
	}
	m := models.Model{Name: "fastdepth", Path: filepath.Join(filepath.Dir(runtime), "fastdepth.onnx"), Installed: true}
	for _, e := range models.DefaultCatalogue().Models {
		if e.Name == m.Name {
			m.Descriptor = e.Descriptor
		}
	}
	if _, err := os.Stat(m.Path); err != nil {
		b.Skip(err)
	}
	est, err := processor.OpenEstimator(context.Background(), m, processor.NetworkUse{}, "")
	if err != nil {
		b.Fatal(err)
	}
	return est
}

// BenchmarkFirstPreview times a photo of 12 megapixels from the drop to its
// first picture in depth with the shipped model, which is loaded; the limit is
// one second.
func BenchmarkFirstPreview(b *testing.B) {
	r := newRig(b, rigOptions{est: fastDepth(b)})
	path := r.picture("photo.jpg", 4000, 3000)
	r.drop(r.picture("small.jpg", 40, 30)) // the preview learns its room
	r.settle()
	r.vm.Queue.Clear()
	for b.Loop() {
		r.drop(path)
		r.vm.Queue.Settled()
		r.until("the picture", func() bool {
			s := r.vm.Preview.State()
			return s.HasDepth && !s.Busy && s.First != nil && s.First.View == processor.ViewSBS
		})
		b.StopTimer()
		r.vm.Queue.Clear()
		r.until("the empty window", func() bool { return r.vm.Preview.State().Path == "" })
		r.run()
		b.StartTimer()
	}
}

// BenchmarkThousandFiles drops 1,000 files and times every call on Fyne's
// goroutine until they are all in the list and drawn; the limit is 100 ms for
// the longest.
func BenchmarkThousandFiles(b *testing.B) {
	r := newRig(b, rigOptions{})
	first, err := os.ReadFile(r.picture("0000.jpg", 120, 90))
	if err != nil {
		b.Fatal(err)
	}
	folder := filepath.Join(r.dir, "many")
	if err := os.Mkdir(folder, 0o755); err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%04d.jpg", i)), first, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	var longest, posted time.Duration
	var before, after runtime.MemStats
	for b.Loop() {
		r.vm.Queue.Clear()
		r.run()
		runtime.GC()
		runtime.ReadMemStats(&before)
		call := func(f func()) {
			begin := time.Now()
			f()
			longest = max(longest, time.Since(begin))
		}
		call(func() { r.drop(folder) })
		r.until("a thousand rows", func() bool { s := r.vm.Queue.State(); return s.Len == 1000 && !s.Reading })
		for i := 0; i < 1000; i += 50 { // look through all of it
			call(func() { r.w.queue.list.ScrollTo(i) })
			r.vm.Queue.Looked()
			for len(r.posts) > 0 {
				f := <-r.posts
				begin := time.Now()
				f()
				posted = max(posted, time.Since(begin))
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms/longest-event")
	b.ReportMetric(float64(posted.Microseconds())/1000, "ms/longest-update")
	b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/1e6, "MB/heap")
}

// Closing previews must give their memory back: after 100 of them no more is
// held than after the first five, plus a tenth.
func TestClosedPreviewsLeaveNothingBehind(t *testing.T) {
	r := newRig(t, rigOptions{})
	for i := range 3 {
		r.drop(r.picture(fmt.Sprintf("%d.jpg", i), 1200, 900))
	}
	r.settle()
	held := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what the first has made ready to go
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	previews := 102
	if mediatest.Race {
		previews = 30
	}
	var early uint64
	for i := range previews {
		r.vm.Queue.Select((i + 1) % 3)
		r.until("the picture", func() bool { s := r.vm.Preview.State(); return s.First != nil && !s.Busy })
		r.run()
		if i == 5 {
			early = held()
		}
	}
	if late := held(); float64(late) > float64(early)*1.1 {
		t.Errorf("after all previews %d KB are held, after five %d KB", late/1000, early/1000)
	}
}
