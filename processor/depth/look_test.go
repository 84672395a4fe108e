package depth

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"spatialmaker/processor/pix"
)

// echo is a network that answers with its picture's red, whatever its size.
type echo struct {
	in    []float32
	w, h  int
	runs  int
	blind bool // answers with a constant instead
}

func (e *echo) Input(w, h int) ([]float32, error) {
	e.w, e.h = w, h
	if len(e.in) != 3*w*h {
		e.in = make([]float32, 3*w*h)
	}
	return e.in, nil
}

func (e *echo) Run(ctx context.Context) (Answer, error) {
	e.runs++
	v := append([]float32(nil), e.in[:e.w*e.h]...)
	if e.blind {
		clear(v)
	}
	return Answer{V: v, W: e.w, H: e.h, Took: time.Millisecond}, ctx.Err()
}

// lookAt shows a picture to the network at a fixed size.
func lookAt(t *testing.T, e *echo, d Descriptor, detail int, p *pix.Picture) (Map, error) {
	t.Helper()
	d.Polarity = Disparity
	l := NewLooker(e, LookerConfig{Descriptor: d, Workers: 2, Detail: detail, Doubt: &Doubt{}})
	defer l.Close()
	return l.Estimate(t.Context(), p)
}

// ruled is a picture whose red is the same function of the place at every size.
func ruled(w, h int) *pix.Picture {
	p := pix.New(pix.Layout{W: w, H: h, Model: pix.RGBA})
	for y := range h {
		for x := range w {
			px := p.Planes[0].Pix8[y*p.Planes[0].Stride+4*x:]
			px[0], px[3] = uint8(255*ruledAt((float64(x)+0.5)/float64(w), (float64(y)+0.5)/float64(h))+0.5), 255
		}
	}
	return p
}

func ruledAt(x, y float64) float64 { return 0.5 + 0.3*math.Sin(9*x) + 0.2*math.Cos(5*y) }

// With a network of one size nothing of a picture is lost, whatever its shape:
// the map shows all of it, in tiles where the picture is extreme.
func TestFixedSizeSeesAll(t *testing.T) {
	tests := []struct {
		name   string
		w, h   int
		fit    Fit
		detail int
		runs   int
	}{
		{"photo", 640, 480, Stretch, 0, 1},
		{"film", 640, 360, Stretch, 0, 1},
		{"upright", 360, 640, Stretch, 0, 1},
		{"film in a letterbox", 640, 360, Letterbox, 0, 1},
		{"panorama", 2300, 100, Stretch, 0, 23},
		{"panorama in letterboxes", 2300, 100, Letterbox, 0, 23},
		{"tower", 100, 2300, Stretch, 0, 23},
		{"detail", 640, 480, Stretch, 2, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := &echo{}
			m, err := lookAt(t, e, Descriptor{FixedW: 104, FixedH: 78, Fit: tt.fit}, tt.detail, ruled(tt.w, tt.h))
			if err != nil {
				t.Fatal(err)
			}
			if e.runs != tt.runs || m.Inference != time.Duration(tt.runs)*time.Millisecond {
				t.Errorf("%d runs, %v, want %d", e.runs, m.Inference, tt.runs)
			}
			worst := 0.0
			for y := range m.H {
				for x, v := range m.Row(y) {
					got := float64(m.Lo) + float64(v)*float64(m.Hi-m.Lo)
					want := ruledAt((float64(x)+0.5)/float64(m.W), (float64(y)+0.5)/float64(m.H))
					want = max(float64(m.Lo), min(want, float64(m.Hi)))
					worst = max(worst, math.Abs(got-want))
				}
			}
			if worst > 0.05 {
				t.Errorf("a value of the %dx%d map is %.3f off", m.W, m.H, worst)
			}
		})
	}
}

// What a Looker shows is normalised where the network wants it.
func TestLookerNormalises(t *testing.T) {
	pic := pix.New(pix.Layout{W: 9, H: 7, Bits: 8, Model: pix.RGBA})
	for i := range pic.Planes[0].Pix8 {
		pic.Planes[0].Pix8[i] = [4]uint8{51, 102, 204, 255}[i%4]
	}
	for _, normalise := range []bool{false, true} {
		e := &echo{}
		if _, err := lookAt(t, e, Descriptor{FixedW: 14, FixedH: 28, Normalise: normalise}, 0, pic); err != nil {
			t.Fatal(err)
		}
		// The constant answer made it look at the probe; look again.
		l := NewLooker(e, LookerConfig{Descriptor: Descriptor{FixedW: 14, FixedH: 28, Normalise: normalise}, Workers: 1, Doubt: &Doubt{settled: true}})
		if _, err := l.Estimate(t.Context(), pic); err != nil {
			t.Fatal(err)
		}
		l.Close()
		for c, want := range []float64{0.2, 0.4, 0.8} {
			if normalise {
				want = (want - []float64{0.485, 0.456, 0.406}[c]) / []float64{0.229, 0.224, 0.225}[c]
			}
			if got := float64(e.in[c*14*28+200]); math.Abs(got-want) > 1e-3 {
				t.Errorf("normalise %v: channel %d is %g, want %g", normalise, c, got, want)
			}
		}
	}
}

// A model that answers everything with a constant is refused, of whatever shape
// the picture is.
func TestConstantModelIsRefused(t *testing.T) {
	for _, size := range [][2]int{{64, 48}, {3000, 40}} {
		for _, detail := range []int{0, 2} {
			_, err := lookAt(t, &echo{blind: true}, Descriptor{FixedW: 28, FixedH: 28}, detail, ruled(size[0], size[1]))
			if !errors.Is(err, ErrBadOutput) {
				t.Errorf("%v, detail %d: error %v", size, detail, err)
			}
		}
	}
	plain := pix.New(pix.Layout{W: 64, H: 48, Model: pix.RGBA})
	if m, err := lookAt(t, &echo{}, Descriptor{FixedW: 28, FixedH: 28}, 0, plain); err != nil || m.Pix[0] != flatLevel {
		t.Errorf("a plain picture: %v", err)
	}
}
