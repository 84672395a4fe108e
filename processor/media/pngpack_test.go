package media

import (
	"bytes"
	"hash/adler32"
	"image/png"
	"io"
	"math/rand/v2"
	"testing"

	"spatialmaker/processor/pix"
)

// TestPNGBands: pictures of one and of many bands, in batches by one worker and
// by several, come back sample by sample and are not larger than the standard
// encoder's by more than the bands' ends.
func TestPNGBands(t *testing.T) {
	for _, l := range []pix.Layout{
		{W: 1, H: 1, Bits: 8, Model: pix.Gray},
		{W: 3, H: 900, Bits: 16, Model: pix.RGBA},
		{W: 700, H: 500, Bits: 8, Model: pix.RGBA},
		{W: 700, H: 500, Bits: 16, Model: pix.RGBA},
		{W: 90_000, H: 5, Bits: 8, Model: pix.RGBA}, // a row is more than a band
		{W: 900, H: 1200, Bits: 16, Model: pix.Gray},
	} {
		for _, alpha := range []bool{false, true} {
			if alpha && l.Model != pix.RGBA {
				continue
			}
			p := scene(l, alpha)
			p.Alpha = alpha
			one := encoded(t, p, Encoding{Format: FormatPNG, Workers: 1})
			if several := encoded(t, p, Encoding{Format: FormatPNG, Workers: 3}); !bytes.Equal(one, several) {
				t.Errorf("%+v: another file from three workers", l)
			}
			img, err := png.Decode(bytes.NewReader(one))
			if err != nil {
				t.Fatalf("%+v, alpha %v: %v", l, alpha, err)
			}
			comparePNG(t, p, one)
			var std bytes.Buffer
			if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&std, img); err != nil {
				t.Fatal(err)
			}
			if most := std.Len()*103/100 + 100; len(one) > most {
				t.Errorf("%+v, alpha %v: %d bytes, the standard encoder takes %d", l, alpha, len(one), std.Len())
			}
		}
	}
}

// comparePNG decodes a file and compares its samples with the picture's.
func comparePNG(t *testing.T, p *pix.Picture, file []byte) {
	t.Helper()
	got, err := DecodePhoto(t.Context(), writeTemp(t, "x.png", file), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	q := got.Picture
	if q.W != p.W || q.H != p.H || q.Model != p.Model || q.Bits != p.Bits || q.Alpha != p.Alpha {
		t.Fatalf("%+v with alpha %v came back as %+v with %v", pix.LayoutOf(p), p.Alpha, pix.LayoutOf(q), q.Alpha)
	}
	a, b := newRowSource(p, 4), newRowSource(q, 4)
	comps := 4
	if p.Model == pix.Gray {
		comps = 1
	}
	ra, rb := make([]byte, p.W*comps*p.Bits/8), make([]byte, p.W*comps*p.Bits/8)
	for y := range p.H {
		a.row16(y, ra)
		b.row16(y, rb)
		if !bytes.Equal(ra, rb) {
			t.Fatalf("%+v: row %d came back otherwise", pix.LayoutOf(p), y)
		}
	}
}

// TestPNGOpaque: alpha that is full everywhere is not written.
func TestPNGOpaque(t *testing.T) {
	for _, bits := range []int{8, 16} {
		p := scene(pix.Layout{W: 20, H: 10, Bits: bits, Model: pix.RGBA}, false)
		p.Alpha = true
		file := encoded(t, p, Encoding{Format: FormatPNG})
		if colour := file[len(pngSignature)+8+9]; colour != pngRGB {
			t.Errorf("%d bits: colour type %d", bits, colour)
		}
	}
}

func TestJoinAdler(t *testing.T) {
	b := make([]byte, 200_000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	for _, cut := range []int{0, 1, 65520, 65521, 65522, 131042, len(b)} {
		got := joinAdler(adler32.Checksum(b[:cut]), adler32.Checksum(b[cut:]), int64(len(b)-cut))
		if want := adler32.Checksum(b); got != want {
			t.Errorf("cut at %d: %#x, want %#x", cut, got, want)
		}
	}
}

func BenchmarkEncodePNG(b *testing.B) {
	p := scene(pix.Layout{W: 2000, H: 1500, Bits: 8, Model: pix.RGBA}, false)
	b.SetBytes(2000 * 1500 * 3)
	b.ReportAllocs()
	for b.Loop() {
		if err := EncodePhoto(b.Context(), io.Discard, p, Encoding{Format: FormatPNG}); err != nil {
			b.Fatal(err)
		}
	}
}
