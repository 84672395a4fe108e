package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/gen2brain/avif"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// uprightAt tells, straight from the wording of EXIF 2.32 ("the 0th row is at
// the visual top ..."), which stored pixel is seen at x, y of the upright
// picture; w and h are the stored size.
func uprightAt(orientation, x, y, w, h int) (sx, sy int) {
	switch orientation {
	case 2: // row 0 top, column 0 right
		return w - 1 - x, y
	case 3: // bottom, right
		return w - 1 - x, h - 1 - y
	case 4: // bottom, left
		return x, h - 1 - y
	case 5: // row 0 is the left side, column 0 the top
		return y, x
	case 6: // right, top
		return y, h - 1 - x
	case 7: // right, bottom
		return w - 1 - y, h - 1 - x
	case 8: // left, bottom
		return w - 1 - y, x
	}
	return x, y
}

// turned returns an 8-bit RGBA picture turned pixel by pixel.
func turned(p *pix.Picture, orientation int) *pix.Picture {
	q := toRGBA8(p)
	l := pix.LayoutOf(q)
	if orientation >= 5 {
		l.W, l.H = l.H, l.W
	}
	out := pix.New(l)
	out.Alpha = q.Alpha
	s, d := &q.Planes[0], &out.Planes[0]
	for y := range out.H {
		for x := range out.W {
			sx, sy := uprightAt(orientation, x, y, q.W, q.H)
			copy(d.Pix8[y*d.Stride+4*x:][:4], s.Pix8[sy*s.Stride+4*sx:][:4])
		}
	}
	return out
}

var layouts = map[string]pix.Layout{
	"gray": {Model: pix.Gray, Bits: 8}, "gray16": {Model: pix.Gray, Bits: 16},
	"rgba": {Model: pix.RGBA, Bits: 8}, "rgba16": {Model: pix.RGBA, Bits: 16},
	"444": {Model: pix.YUV, Bits: 8}, "422": {Model: pix.YUV, Bits: 8, ShiftX: 1}, "440": {Model: pix.YUV, Bits: 8, ShiftY: 1},
	"420": {Model: pix.YUV, Bits: 8, ShiftX: 1, ShiftY: 1}, "411": {Model: pix.YUV, Bits: 8, ShiftX: 2},
	"420p10": {Model: pix.YUV, Bits: 10, ShiftX: 1, ShiftY: 1},
}

// TestUpright compares every turn of every layout with one done pixel by pixel.
// Sizes are multiples of the chroma step, where no sample has to move.
func TestUpright(t *testing.T) {
	for name, l := range layouts {
		for _, size := range [][2]int{{4, 4}, {72, 40}, {132, 68}} {
			for o := 1; o <= 8; o++ {
				p := scene(l.Resized(size[0], size[1]), l.Model == pix.RGBA)
				want := turned(p, o)
				got, err := upright(t.Context(), p, o)
				if err != nil {
					t.Fatal(err)
				}
				if err := got.Check(); err != nil {
					t.Fatal(err)
				}
				if got.Alpha != p.Alpha || got.Colour != p.Colour {
					t.Errorf("%s orientation %d lost its description", name, o)
				}
				if most, _ := worst(t, want, toRGBA8(got)); most != 0 {
					t.Errorf("%s %v orientation %d differs by %g", name, size, o, most)
				}
			}
		}
	}
}

// TestUprightOdd turns pictures whose chroma does not cover the last column
// and row whole. Luma must be exact; chroma that is a ramp over the picture
// must lie on that ramp afterwards, wherever its samples came to be.
func TestUprightOdd(t *testing.T) {
	for name, l := range layouts {
		if l.Model != pix.YUV || l.Bits != 8 {
			continue
		}
		for _, size := range [][2]int{{1, 1}, {3, 1}, {1, 2}, {37, 22}, {38, 21}, {41, 33}, {43, 35}} {
			for o := 1; o <= 8; o++ {
				checkOdd(t, name, l.Resized(size[0], size[1]), o)
			}
		}
	}
}

func checkOdd(t *testing.T, name string, l pix.Layout, o int) {
	t.Helper()
	p := pix.New(l)
	value := func(x, y float64) float64 { return 40 + 3*x + 2*y } // of stored pixel centres
	for i := range p.N {
		pl := &p.Planes[i]
		for y := range pl.H {
			for x := range pl.W {
				cx := (float64(x)+0.5)*float64(int(1)<<pl.ShiftX) - 0.5
				cy := (float64(y)+0.5)*float64(int(1)<<pl.ShiftY) - 0.5
				pl.Pix8[y*pl.Stride+x] = uint8(value(cx, cy) + 0.5)
			}
		}
	}
	got, err := upright(context.Background(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Check(); err != nil {
		t.Fatalf("%s %+v orientation %d: %v", name, l, o, err)
	}
	for i := range got.N {
		pl := &got.Planes[i]
		// Where a mirrored sample reaches past the stored edge it repeats it.
		slack := 1.01
		for y := range pl.H {
			for x := range pl.W {
				cx := (float64(x)+0.5)*float64(int(1)<<pl.ShiftX) - 0.5
				cy := (float64(y)+0.5)*float64(int(1)<<pl.ShiftY) - 0.5
				sx, sy := uprightFloat(o, cx, cy, float64(l.W), float64(l.H))
				edge := i > 0 && (x == 0 || y == 0 || x == pl.W-1 || y == pl.H-1)
				if d := float64(pl.Pix8[y*pl.Stride+x]) - value(sx, sy); !edge && (d > slack || d < -slack) {
					t.Fatalf("%s %dx%d orientation %d plane %d at %d,%d: off by %g", name, l.W, l.H, o, i, x, y, d)
				}
			}
		}
	}
}

// uprightFloat is uprightAt for positions between pixels.
func uprightFloat(o int, x, y, w, h float64) (float64, float64) {
	const fine = 1000
	sx, sy := uprightAt(o, 0, 0, 1, 1)
	if sx != 0 || sy != 0 {
		panic("a single pixel turns into itself")
	}
	ix, iy := uprightAt(o, int(x*fine), int(y*fine), int((w-1)*fine)+1, int((h-1)*fine)+1)
	return float64(ix) / fine, float64(iy) / fine
}

// exifWith returns an EXIF block with an orientation, in either byte order, and
// a thumbnail.
func exifWith(order binary.ByteOrder, orientation int) []byte {
	thumb := []byte{0xff, 0xd8, 1, 2, 3, 4, 0xff, 0xd9}
	b := []byte("II*\x00\x08\x00\x00\x00")
	if order == binary.BigEndian {
		b = []byte("MM\x00*\x00\x00\x00\x08")
	}
	main := []entry{
		shortEntry(order, tagOrientation, orientation),
		{tagMake, typeASCII, 8, []byte("Example\x00")},
		longEntry(order, tagExifIFD, 0),
	}
	dir := encodeDirectory(order, main, len(b))
	sub := encodeDirectory(order, []entry{
		longEntry(order, tagPixelX, 4000), shortEntry(order, tagPixelY, 3000),
		{tagTimeOriginal, typeASCII, 20, []byte("2020:01:02 03:04:05\x00")},
	}, len(b)+len(dir))
	second := len(b) + len(dir) + len(sub)
	order.PutUint32(dir[2+12*2+8:], uint32(len(b)+len(dir))) // the third entry by tag is the sub directory's
	order.PutUint32(dir[2+12*3:], uint32(second))
	b = append(append(b, dir...), sub...)
	ifd1 := encodeDirectory(order, []entry{longEntry(order, tagThumbOffset, 0), longEntry(order, tagThumbLength, len(thumb))}, second)
	order.PutUint32(ifd1[2+8:], uint32(second+len(ifd1)))
	return append(append(b, ifd1...), thumb...)
}

// TestEXIFOrientation decodes the same picture with each orientation in each
// format that keeps it in EXIF or in a tag.
func TestEXIFOrientation(t *testing.T) {
	src := gradient(46, 30)
	plain := map[Format]*pix.Picture{}
	files := map[Format][]byte{}
	for _, f := range []Format{FormatJPEG, FormatPNG, FormatTIFF, FormatWebP} {
		// The writer resets orientations, so a 1 is written and changed here.
		files[f] = encoded(t, src, Encoding{Format: f, Quality: 95, Lossless: true, Meta: Metadata{EXIF: exifWith(binary.LittleEndian, 1)}})
		plain[f] = decoded(t, files[f]).Picture
	}
	tag := []byte{0x12, 0x01, 3, 0, 1, 0, 0, 0, 1}
	for f, file := range files {
		at := bytes.Index(file, tag)
		if at < 0 {
			t.Fatalf("%s: no orientation in the file", f)
		}
		for o := 1; o <= 8; o++ {
			b := bytes.Clone(file)
			b[at+8] = byte(o)
			if f == FormatPNG {
				fixChecksums(b)
			}
			got := decoded(t, b)
			if got.Orientation != o {
				t.Errorf("%s: orientation %d, want %d", f, got.Orientation, o)
			}
			// A quarter turn is exact, but chroma of odd sizes may move.
			if most, _ := worst(t, turned(plain[f], o), toRGBA8(got.Picture)); most > 0 {
				t.Errorf("%s orientation %d: differs by %g", f, o, most)
			}
		}
	}
}

// TestSharedOrientation compares the shared photos that are stored turned.
func TestSharedOrientation(t *testing.T) {
	derived := func(name string) *pix.Picture {
		return mustDecode(t, mediatest.Shared(t, "photos", "derived", name)).Picture
	}
	reference := derived("jpeg_p3_gps_orient1_reference.jpg")
	for _, name := range []string{"jpeg_p3_gps_orient6.jpg", "jpeg_p3_gps_orient8.jpg"} {
		// The turned files hold the turned coefficients: only the rounding of
		// the inverse transform differs.
		if most, mean := worst(t, reference, derived(name)); most > 6 || mean > 0.2 {
			t.Errorf("%s differs from the reference by %.1f, on average %.3f", name, most, mean)
		}
	}
	for name, o := range map[string]int{"jpeg_portrait_labelled_orient6.jpg": 6, "jpeg_landscape_labelled_orient8.jpg": 8} {
		path := mediatest.Shared(t, "photos", name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		p, err := fromYCbCr(stored.(*image.YCbCr), jpegColour)
		if err != nil {
			t.Fatal(err)
		}
		if most, _ := worst(t, turned(p, o), mustDecode(t, path).Picture); most != 0 {
			t.Errorf("%s: differs by %g from a turn of the stored pixels", name, most)
		}
	}
}

// TestAVIFRotation turns what libavif returns, which leaves rotation alone, and
// compares.
func TestAVIFRotation(t *testing.T) {
	for name, o := range map[string]int{"avif_irot1_labelled.avif": 5, "derived/avif_irot1.avif": 8} {
		data, err := os.ReadFile(mediatest.Shared(t, "photos", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		img, err := avif.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		stored, err := fromImage(img)
		if err != nil {
			t.Fatal(err)
		}
		whole := decoded(t, data)
		if whole.Orientation != o {
			t.Errorf("%s: orientation %d, want %d", name, whole.Orientation, o)
		}
		if most, _ := worst(t, turned(stored, o), whole.Picture); most != 0 {
			t.Errorf("%s: differs by %g", name, most)
		}
	}
}

// TestHEICRotation sets the rotation in the container to none, turns the pixels
// here, and compares with what the untouched file gives. Its EXIF block says 6
// as well, which must not turn the picture again.
func TestHEICRotation(t *testing.T) {
	data, err := os.ReadFile(mediatest.Shared(t, "photos", "heic_iphoneXS_orient6_p3_gps.heic"))
	if err != nil {
		t.Fatal(err)
	}
	whole := decoded(t, data)
	if whole.Orientation != 6 || exifOrientation(whole.Meta.EXIF) != 6 {
		t.Errorf("orientation %d, in EXIF %d", whole.Orientation, exifOrientation(whole.Meta.EXIF))
	}
	data[bytes.Index(data, []byte("irot"))+4] = 0
	stored := decoded(t, data)
	if stored.Orientation != 1 {
		t.Fatalf("orientation %d without rotation", stored.Orientation)
	}
	for i := range whole.Picture.N {
		a, b := &stored.Picture.Planes[i], &whole.Picture.Planes[i]
		for y := range b.H {
			for x := range b.W {
				sx, sy := uprightAt(6, x, y, a.W, a.H)
				if a.Pix8[sy*a.Stride+sx] != b.Pix8[y*b.Stride+x] {
					t.Fatalf("plane %d differs at %d, %d", i, x, y)
				}
			}
		}
	}
}

// TestHEIFOrientationTable checks every combination of turn and mirror, in both
// orders, against doing one after the other.
func TestHEIFOrientationTable(t *testing.T) {
	const w, h = 5, 3
	rotate := map[byte]int{0: 1, 1: 8, 2: 3, 3: 6} // anticlockwise quarter turns
	mirror := map[byte]int{0: 4, 1: 2}             // axis 0: top and bottom change places
	src := gradient(w, h)
	for turns := range byte(4) {
		for axis := range byte(2) {
			for _, mirrorFirst := range []bool{false, true} {
				props := []heifProp{{"irot", []byte{turns}}, {"imir", []byte{axis}}}
				want := turned(turned(src, rotate[turns]), mirror[axis])
				if mirrorFirst {
					props[0], props[1] = props[1], props[0]
					want = turned(turned(src, mirror[axis]), rotate[turns])
				}
				hf := &heif{props: props, items: map[uint32]*heifItem{1: {id: 1, props: []int{0, 1}}}}
				got := turned(src, hf.orientation(1))
				if fmt.Sprint(got.Planes[0].Pix8) != fmt.Sprint(want.Planes[0].Pix8) || got.W != want.W {
					t.Errorf("%d turns, axis %d, mirror first %v: orientation %d", turns, axis, mirrorFirst, hf.orientation(1))
				}
			}
		}
	}
}

func BenchmarkUpright(b *testing.B) {
	for _, name := range []string{"420", "rgba"} {
		b.Run(name, func(b *testing.B) {
			l := layouts[name].Resized(4032, 3024)
			p := scene(l, false)
			b.SetBytes(int64(l.Bytes()))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := upright(b.Context(), p, 6); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
