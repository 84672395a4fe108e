package media

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"math/rand/v2"
	"testing"
	"time"
)

func TestEncodeGIF(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var pics []*image.RGBA
	for k := range 3 {
		m := image.NewRGBA(image.Rect(0, 0, 64, 48))
		for y := range 48 {
			for x := range 64 {
				m.SetRGBA(x, y, color.RGBA{uint8(x*3 + k*20), uint8(y * 5), uint8(200 - x - y + rnd.IntN(8)), 255})
			}
		}
		pics = append(pics, m)
	}
	var out bytes.Buffer
	order := []int{0, 1, 2, 1}
	if err := EncodeGIF(t.Context(), &out, pics, order, 80*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(&out)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Image) != len(order) || g.LoopCount != 0 || g.Delay[2] != 8 {
		t.Fatalf("%d pictures, loop count %d, delays %v", len(g.Image), g.LoopCount, g.Delay)
	}
	for i, at := range order {
		// Dithering changes single pixels; the mean over a few stays.
		sum, worst := [3]int{}, 0
		for y := range 48 {
			for x := range 64 {
				r, gr, b, _ := g.Image[i].At(x, y).RGBA()
				w := pics[at].RGBAAt(x, y)
				for c, d := range [3]int{int(r>>8) - int(w.R), int(gr>>8) - int(w.G), int(b>>8) - int(w.B)} {
					sum[c] += d
					worst = max(worst, d, -d)
				}
			}
		}
		for c, s := range sum {
			if mean := float64(s) / (64 * 48); mean < -3 || mean > 3 {
				t.Errorf("picture %d: component %d is off by %.1f on average", i, c, mean)
			}
		}
		if worst > 40 {
			t.Errorf("picture %d: a pixel is off by %d", i, worst)
		}
	}
	if err := EncodeGIF(t.Context(), &out, nil, nil, time.Second); !errors.Is(err, ErrEncode) {
		t.Errorf("no pictures: %v", err)
	}
}

// TestGIFKeepsFewColours: where the palette has room, no colour is changed.
func TestGIFKeepsFewColours(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		m.SetRGBA(i%16, i/16, color.RGBA{uint8(i / 64 * 85), uint8(i / 16 % 4 * 85), uint8(i % 4 * 85), 255})
	}
	p := newGIFPalette([]*image.RGBA{m})
	out := p.paint(m)
	for i := range 256 {
		if got, want := color.RGBAModel.Convert(out.At(i%16, i/16)), m.At(i%16, i/16); got != want {
			t.Fatalf("pixel %d is %v, want %v", i, got, want)
		}
	}
}

func BenchmarkEncodeGIF(b *testing.B) {
	m := image.NewRGBA(image.Rect(0, 0, 720, 480))
	for i := range m.Pix {
		m.Pix[i] = uint8(i*7 ^ i>>9)
	}
	b.SetBytes(int64(len(m.Pix)))
	for b.Loop() {
		if err := EncodeGIF(b.Context(), &bytes.Buffer{}, []*image.RGBA{m}, []int{0}, time.Second); err != nil {
			b.Fatal(err)
		}
	}
}
