package depth

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// BenchmarkOverhead runs, in turn, the whole way of a picture, the bare call of
// the same session, and that of a session for any size, and reports medians:
// one run of one machine, so that its moods hit all three alike.
func BenchmarkOverhead(b *testing.B) {
	sizes := []struct {
		name  string
		l     pix.Layout
		short int
	}{
		{"12MP-518x518", pix.Layout{W: 3464, H: 3464, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 518},
		{"1080p-924x518", pix.Layout{W: 1920, H: 1080, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 518},
		{"1080p-448x252", pix.Layout{W: 1920, H: 1080, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 252},
	}
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			e := open(b, Config{ModelPath: mediatest.Model(b, "small_dyn.onnx"), ShortSide: size.short, Threads: 2})
			p := noise(size.l, 1)
			v := e.sig.view(wholePart(p))
			bare, err := e.sessions.acquire(v.w, v.h)
			if err != nil {
				b.Fatal(err)
			}
			l := loader{path: e.cfg.ModelPath, sig: e.sig, threads: 2}
			dynamic, err := l.build(0, 0)
			if err != nil {
				b.Fatal(err)
			}
			in, out := benchTensors(b, v.w, v.h)
			twin := fixedTwin(b, v.w, v.h)
			var ours, inside, alone, any, fixed []time.Duration
			call := func(s *session) time.Duration {
				began := time.Now()
				if err := s.ort.Run([]ort.Value{in}, []ort.Value{out}); err != nil {
					b.Fatal(err)
				}
				return time.Since(began)
			}
			for b.Loop() {
				began := time.Now()
				m, err := e.Estimate(b.Context(), p)
				if err != nil {
					b.Fatal(err)
				}
				ours = append(ours, time.Since(began))
				inside = append(inside, m.Inference)
				m.Release()
				alone = append(alone, call(bare))
				any = append(any, call(dynamic))
				if twin != nil {
					fixed = append(fixed, call(twin))
				}
			}
			ms := func(d []time.Duration) float64 {
				slices.Sort(d)
				return d[len(d)/2].Seconds() * 1000
			}
			b.ReportMetric(ms(ours), "ms/whole")
			b.ReportMetric(ms(alone), "ms/bare")
			b.ReportMetric(ms(any), "ms/dynamic")
			if twin != nil {
				b.ReportMetric(ms(alone)/ms(fixed), "bare/fixed")
			}
			b.ReportMetric(ms(ours)/ms(inside), "whole/inside")
			if err := e.sessions.release(bare); err != nil {
				b.Error(err)
			}
			if err := dynamic.free(); err != nil {
				b.Error(err)
			}
		})
	}
}

// fixedTwin is the same network exported for one size, where the folder that
// SPATIALMAKER_FIXED_MODELS names has it (make_dav2.py --height --width makes
// small_518x518.onnx and so on), else nil.
func fixedTwin(b *testing.B, w, h int) *session {
	b.Helper()
	path := filepath.Join(os.Getenv("SPATIALMAKER_FIXED_MODELS"), fmt.Sprintf("small_%dx%d.onnx", w, h))
	info, err := readHeader(path)
	if err != nil {
		return nil
	}
	sig, err := inferDescriptor(Descriptor{}, info)
	if err != nil {
		b.Fatal(err)
	}
	l := loader{path: path, sig: sig, threads: 2}
	s, err := l.build(0, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.free(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// benchTensors are an input with a picture in it and an output.
func benchTensors(b testing.TB, w, h int) (in, out *tensor) {
	b.Helper()
	in, err := newTensor(w, h, ort.NewShape(1, 3, int64(h), int64(w)))
	if err != nil {
		b.Fatal(err)
	}
	drawProbe(in.GetData(), w, h)
	out, err = newTensor(w, h, ort.NewShape(1, int64(h), int64(w)))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if in.Destroy() != nil || out.Destroy() != nil {
			b.Error("a tensor was not freed")
		}
	})
	return in, out
}
