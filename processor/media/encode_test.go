package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// scene draws a picture of a layout: smooth ramps, so that lossy coding stays
// close.
func scene(l pix.Layout, alpha bool) *pix.Picture {
	p := pix.New(l)
	p.Alpha, p.Colour = alpha, rgbColour
	if l.Model == pix.YUV {
		p.Colour = jpegColour
	}
	top := 1<<p.Bits - 1
	for i := range p.N {
		pl := &p.Planes[i]
		for y := range pl.H {
			v := float64(y<<pl.ShiftY) / float64(max(1, l.H))
			for k := range pl.W * pl.Comps {
				x, c := k/pl.Comps, k%pl.Comps
				u := float64(x<<pl.ShiftX) / float64(max(1, l.W))
				f := u
				switch (c + i) % 4 {
				case 1:
					f = v
				case 2:
					f = 1 - u
				case 3:
					f = 0.25 + 0.5*v
				}
				if c == 3 && !alpha {
					f = 1
				}
				if pl.Pix16 != nil {
					pl.Pix16[y*pl.Stride+k] = uint16(f * float64(top))
				} else {
					pl.Pix8[y*pl.Stride+k] = uint8(f * float64(top))
				}
			}
		}
	}
	return p
}

func encoded(t testing.TB, p *pix.Picture, e Encoding) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := EncodePhoto(t.Context(), &b, p, e); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decoded(t testing.TB, b []byte) *Photo {
	t.Helper()
	p, err := decodePhoto(context.Background(), b, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rgba16 returns every sample of p as 16-bit RGBA.
func rgba16(p *pix.Picture) []int {
	out := make([]int, 0, 4*p.W*p.H)
	row := make([]byte, 4*p.W)
	top := 1<<p.Bits - 1
	for y := range p.H {
		s := &p.Planes[0]
		switch {
		case p.Model == pix.RGBA && p.Bits > 8:
			for _, v := range s.Pix16[y*s.Stride : y*s.Stride+4*p.W] {
				out = append(out, int(v)*65535/top)
			}
		case p.Model == pix.Gray && p.Bits > 8:
			for _, v := range s.Pix16[y*s.Stride : y*s.Stride+p.W] {
				g := int(v) * 65535 / top
				out = append(out, g, g, g, 65535)
			}
		default:
			rowRGBA8(row, p, y)
			for _, v := range row {
				out = append(out, int(v)*257)
			}
		}
	}
	return out
}

// worst returns the largest difference of two pictures in 8-bit steps, and the
// mean one.
func worst(t testing.TB, a, b *pix.Picture) (most, mean float64) {
	t.Helper()
	if a.W != b.W || a.H != b.H {
		t.Fatalf("%dx%d and %dx%d", a.W, a.H, b.W, b.H)
	}
	x, y := rgba16(a), rgba16(b)
	for i := range x {
		d := float64(abs(x[i]-y[i])) / 257
		most, mean = max(most, d), mean+d/float64(len(x))
	}
	return most, mean
}

// TestEncodeDecode writes every layout in every format and reads it back.
func TestEncodeDecode(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2, 3}, {17, 9}, {67, 43}, {130, 64}} {
		w, h := size[0], size[1]
		pictures := map[string]*pix.Picture{
			"gray8":   scene(pix.Layout{W: w, H: h, Bits: 8, Model: pix.Gray}, false),
			"gray16":  scene(pix.Layout{W: w, H: h, Bits: 16, Model: pix.Gray}, false),
			"rgb8":    scene(pix.Layout{W: w, H: h, Bits: 8, Model: pix.RGBA}, false),
			"rgba8":   scene(pix.Layout{W: w, H: h, Bits: 8, Model: pix.RGBA}, true),
			"rgb16":   scene(pix.Layout{W: w, H: h, Bits: 16, Model: pix.RGBA}, false),
			"rgba16":  scene(pix.Layout{W: w, H: h, Bits: 16, Model: pix.RGBA}, true),
			"rgba10":  scene(pix.Layout{W: w, H: h, Bits: 10, Model: pix.RGBA}, true),
			"420":     scene(pix.Layout{W: w, H: h, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, false),
			"422":     scene(pix.Layout{W: w, H: h, Bits: 8, Model: pix.YUV, ShiftX: 1}, false),
			"440":     scene(pix.Layout{W: w, H: h, Bits: 8, Model: pix.YUV, ShiftY: 1}, false),
			"444":     scene(pix.Layout{W: w, H: h, Bits: 8, Model: pix.YUV}, false),
			"411":     scene(pix.Layout{W: w, H: h, Bits: 8, Model: pix.YUV, ShiftX: 2}, false),
			"tall411": scene(pix.Layout{W: w, H: h, Bits: 8, Model: pix.YUV, ShiftY: 2}, false),
		}
		for name, p := range pictures {
			for _, f := range []Format{FormatPNG, FormatTIFF, FormatWebP, FormatJPEG} {
				t.Run(fmt.Sprintf("%s/%s/%dx%d", f, name, w, h), func(t *testing.T) {
					got := decoded(t, encoded(t, p, Encoding{Format: f, Quality: 95, Lossless: true}))
					if got.Format != f {
						t.Errorf("written as %q", got.Format)
					}
					checkRoundTrip(t, f, p, got.Picture)
				})
			}
		}
	}
}

func checkRoundTrip(t *testing.T, f Format, want, got *pix.Picture) {
	t.Helper()
	limit := 0.0
	switch {
	case f == FormatJPEG:
		// Chroma of steep ramps in tiny pictures is beyond 4:2:0.
		if limit = 16; want.W < 60 {
			limit = 128
		}
		if want.Alpha {
			want = tight(toRGBA8(want))
			overWhite(want.Planes[0].Pix8)
		}
	case f == FormatWebP && want.Bits > 8:
		limit = 0.51
	case want.Bits == 10:
		limit = 1.0 / 257
	}
	if most, mean := worst(t, want, got); most > limit {
		t.Errorf("differs by %.2f, on average by %.3f, of 255", most, mean)
	}
	if f != FormatJPEG && got.Alpha != want.Alpha && want.W > 1 {
		t.Errorf("alpha %v, was %v", got.Alpha, want.Alpha)
	}
	if (f == FormatPNG || f == FormatTIFF) && want.Model != pix.YUV {
		bits := 8
		if want.Bits > 8 {
			bits = 16
		}
		if got.Bits != bits || got.Model != want.Model {
			t.Errorf("%s of %d bits came back as %s of %d", want.Model, want.Bits, got.Model, got.Bits)
		}
	}
}

// TestWebPLossy checks that planes written lossily keep their brightness: the
// range of VP8 is not JPEG's.
func TestWebPLossy(t *testing.T) {
	p := mustDecode(t, mediatest.Shared(t, "photos", "jpeg_elephant_660x480.jpg")).Picture
	got := decoded(t, encoded(t, p, Encoding{Format: FormatWebP, Quality: 90})).Picture
	if _, mean := worst(t, p, got); mean > 2.5 {
		t.Errorf("differs by %.2f of 255 on average", mean)
	}
	if got.Model != pix.YUV {
		t.Errorf("a lossy WebP came back as %s", got.Model)
	}
}

// TestParts checks that a part of a larger picture, whose rows are not
// adjacent, is written like a picture of its own.
func TestParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, l := range []pix.Layout{
		{W: 40, H: 30, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1},
		{W: 40, H: 30, Bits: 8, Model: pix.RGBA},
		{W: 40, H: 30, Bits: 16, Model: pix.RGBA},
		{W: 40, H: 30, Bits: 8, Model: pix.Gray},
	} {
		p := scene(l, false)
		x, y := 2*rng.IntN(5), 2*rng.IntN(5)
		part, err := p.Sub(image.Rect(x, y, x+21, y+17))
		if err != nil {
			t.Fatal(err)
		}
		whole := tight(part)
		whole.Alpha, whole.Colour = part.Alpha, part.Colour
		for _, f := range []Format{FormatPNG, FormatTIFF, FormatWebP, FormatJPEG} {
			e := Encoding{Format: f, Quality: 90}
			if !bytes.Equal(encoded(t, part, e), encoded(t, whole, e)) {
				t.Errorf("%s of %v: a part is written differently", f, l)
			}
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	wide := scene(pix.Layout{W: 70000, H: 1, Bits: 8, Model: pix.Gray}, false)
	for _, c := range []struct {
		p *pix.Picture
		f Format
	}{{wide, FormatJPEG}, {wide, FormatWebP}, {wide, FormatAVIF}, {wide, ""}} {
		err := EncodePhoto(t.Context(), io.Discard, c.p, Encoding{Format: c.f})
		if !errors.Is(err, ErrEncode) {
			t.Errorf("%dx%d as %q: %v", c.p.W, c.p.H, c.f, err)
		}
		if c.f == FormatJPEG && !strings.Contains(err.Error(), "70000x1") {
			t.Errorf("the message does not tell the size: %v", err)
		}
	}
	broken := scene(pix.Layout{W: 4, H: 4, Bits: 8, Model: pix.Gray}, false)
	broken.Planes[0].Pix8 = broken.Planes[0].Pix8[:3]
	if err := EncodePhoto(t.Context(), io.Discard, broken, Encoding{Format: FormatPNG}); !errors.Is(err, pix.ErrShape) {
		t.Errorf("a picture without its samples: %v", err)
	}
}

// failing fails after some bytes.
type failing struct {
	left int
	err  error
}

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, f.err
	}
	return len(b), nil
}

// TestEncodeWriteErrors checks that an error of the writer comes back from
// every encoder, wherever it strikes.
func TestEncodeWriteErrors(t *testing.T) {
	boom := errors.New("boom")
	l := pix.Layout{W: 900, H: 700, Bits: 8, Model: pix.RGBA}
	if mediatest.Race {
		l.W = 300
	}
	p := scene(l, true)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range p.Planes[0].Pix8 {
		p.Planes[0].Pix8[i] = uint8(rng.Uint32())
	}
	for _, f := range []Format{FormatPNG, FormatTIFF, FormatWebP, FormatJPEG} {
		full := len(encoded(t, p, Encoding{Format: f}))
		for _, at := range []int{0, full / 2, full - 1} {
			if err := EncodePhoto(t.Context(), &failing{at, boom}, p, Encoding{Format: f}); !errors.Is(err, boom) {
				t.Errorf("%s failing after %d of %d bytes: %v", f, at, full, err)
			}
		}
	}
}

// A WebP is written only when all of it is encoded: a cancelled call must not
// wait for that.
func TestEncodingWebPIsCancelled(t *testing.T) {
	p := scene(pix.Layout{W: 2000, H: 2000, Bits: 8, Model: pix.RGBA}, false)
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range p.Planes[0].Pix8 {
		p.Planes[0].Pix8[i] = uint8(rng.Uint32())
	}
	encoded(t, scene(pix.Layout{W: 8, H: 8, Bits: 8, Model: pix.RGBA}, false), Encoding{Format: FormatWebP}) // compiles the codec
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := EncodePhoto(ctx, io.Discard, p, Encoding{Format: FormatWebP}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
}
