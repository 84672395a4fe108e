package media

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// slope is a grey picture that rises from 0 on the left to 255 on the right,
// with a black top left corner.
func slope(w, h int) *pix.Picture {
	p := pix.New(pix.Layout{W: w, H: h, Bits: 8, Model: pix.Gray})
	p.Colour = rgbColour
	for y := range h {
		for x := range w {
			p.Planes[0].Pix8[y*p.Planes[0].Stride+x] = uint8(255 * x / (w - 1))
		}
	}
	return p
}

// withSegments puts application segments behind a JPEG's SOI.
func withSegments(jpeg []byte, segments ...[]byte) []byte {
	out := bytes.Clone(jpeg[:2])
	for _, s := range segments {
		out = append(out, 0xff, s[0])
		out = binary.BigEndian.AppendUint16(out, uint16(len(s)+1))
		out = append(out, s[1:]...)
	}
	return append(out, jpeg[2:]...)
}

func app(marker byte, parts ...string) []byte {
	out := []byte{marker}
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// depthIndex lists two pictures; second is where the other one begins, counted
// from the index.
func depthIndex(second, size uint32) []byte {
	le := binary.LittleEndian
	b := append([]byte("MPF\x00"), "II*\x00\x08\x00\x00\x00\x01\x00"...)
	b = le.AppendUint16(b, tagMPEntry)
	b = le.AppendUint16(b, 7)
	b = le.AppendUint32(b, 2*mpEntryLength)
	b = le.AppendUint32(b, 26)
	b = le.AppendUint32(b, 0)
	for _, e := range [][3]uint32{{0x030000, 0, 0}, {0, size, second}} {
		for _, v := range append(e[:], 0) {
			b = le.AppendUint32(b, v)
		}
	}
	return append([]byte{0xe2}, b...)
}

// appleJPEG is a photo with a second picture that holds depth as an iPhone's
// exported portrait does.
func appleJPEG(t testing.TB, kind string, orientation int) []byte {
	main := encoded(t, gradient(60, 40), Encoding{Format: FormatJPEG, Meta: Metadata{}})
	const about = xmpName + `<x:xmpmeta><rdf:Description><apdi:FloatMaxValue>4.5</apdi:FloatMaxValue>` +
		`<apdi:FloatMinValue>0.5</apdi:FloatMinValue><apdi:AuxiliaryImageType>%s</apdi:AuxiliaryImageType></rdf:Description></x:xmpmeta>`
	inner := withSegments(encoded(t, slope(30, 20), Encoding{Format: FormatJPEG, Quality: 100}), app(0xe1, fmt.Sprintf(about, kind)))
	exif := app(0xe1, "Exif\x00\x00", string(exifWith(binary.BigEndian, orientation)))
	build := func(at int) []byte {
		head := withSegments(main, exif, depthIndex(uint32(at), uint32(len(inner))))
		return append(head, inner...)
	}
	probe := build(0)
	origin := bytes.Index(probe, []byte("MPF\x00")) + 4
	return build(len(probe) - len(inner) - origin)
}

// gDepthJPEG is a photo with depth as text in extended XMP, in two parts.
func gDepthJPEG(t testing.TB, format string) []byte {
	data := base64.StdEncoding.EncodeToString(encoded(t, slope(30, 20), Encoding{Format: FormatPNG}))
	more := `<x:xmpmeta><rdf:Description GDepth:Data="` + data + `"/></x:xmpmeta>`
	about := `<rdf:Description xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GDepth:Format="` + format +
		`" GDepth:Near="0.5" GDepth:Far="4" GDepth:Mime="image/png" xmpNote:HasExtendedXMP="0123456789abcdef0123456789abcdef"/>`
	part := func(at, end int) []byte {
		head := binary.BigEndian.AppendUint32([]byte("0123456789abcdef0123456789abcdef"), uint32(len(more)))
		head = binary.BigEndian.AppendUint32(head, uint32(at))
		return app(0xe1, xmpMoreName, string(head), more[at:end])
	}
	cut := len(more) / 3
	return withSegments(encoded(t, gradient(60, 40), Encoding{Format: FormatJPEG}), app(0xe1, xmpName, about), part(0, cut), part(cut, len(more)))
}

// dynamicJPEG is a photo followed by two files, the second of which is depth.
func dynamicJPEG(t testing.TB) []byte {
	depth := encoded(t, slope(30, 20), Encoding{Format: FormatJPEG, Quality: 100})
	xmp := `<rdf:Description DepthMap:Format="RangeInverse" DepthMap:Near="0.5" DepthMap:Far="4" DepthMap:DepthURI="android/depthmap">` +
		`<rdf:li><Container:Item Item:Mime="image/jpeg" Item:Length="0" Item:DataURI="primary_image"/></rdf:li>` +
		`<rdf:li><Container:Item Item:Mime="image/jpeg" Item:Length="100" Item:DataURI="android/other"/></rdf:li>` +
		fmt.Sprintf(`<rdf:li><Container:Item Item:Mime="image/jpeg" Item:Padding="3" Item:DataURI="android/depthmap" Item:Length="%d"/></rdf:li>`, len(depth))
	out := withSegments(encoded(t, gradient(60, 40), Encoding{Format: FormatJPEG}), app(0xe1, xmpName, xmp))
	out = append(out, make([]byte, 100)...)
	return append(append(out, depth...), 0, 0, 0)
}

func TestDecodeDepth(t *testing.T) {
	for name, c := range map[string]struct {
		file        []byte
		w, h        int
		left, right float64 // disparity at the two ends of the slope
		column      bool    // the slope runs down
	}{
		"apple disparity":    {appleJPEG(t, "disparity", 1), 30, 20, 0.5, 4.5, false},
		"apple depth":        {appleJPEG(t, "depth", 1), 30, 20, 2, 1 / 4.5, false},
		"apple turned":       {appleJPEG(t, "disparity", 6), 20, 30, 0.5, 4.5, true},
		"google inverse":     {gDepthJPEG(t, "RangeInverse"), 30, 20, 2, 0.25, false},
		"google linear":      {gDepthJPEG(t, "RangeLinear"), 30, 20, 2, 0.25, false},
		"google's later one": {dynamicJPEG(t), 30, 20, 2, 0.25, false},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := decodeDepth(t.Context(), c.file, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			m := d.Map
			if m.W != c.w || m.H != c.h || d.From == "" {
				t.Fatalf("%dx%d, %q", m.W, m.H, d.From)
			}
			first, last := float64(m.Row(m.H / 2)[0]), float64(m.Row(m.H / 2)[m.W-1])
			if c.column {
				first, last = float64(m.Row(0)[m.W/2]), float64(m.Row(m.H - 1)[m.W/2])
			}
			if math.Abs(first-c.left) > 0.05 || math.Abs(last-c.right) > 0.05 {
				t.Errorf("from %.3f to %.3f, not %.3f to %.3f", first, last, c.left, c.right)
			}
			if name == "google linear" {
				// Half way from 0.5 to 4 metres, so 1/2.25.
				if mid := float64(m.Row(10)[15]); math.Abs(mid-1/2.31) > 0.02 {
					t.Errorf("the middle is %.3f", mid)
				}
			}
		})
	}
}

func TestNoDepth(t *testing.T) {
	small := encoded(t, gradient(60, 40), Encoding{Format: FormatJPEG})
	cut := dynamicJPEG(t)
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"none":           {small, ErrNoDepth},
		"a png":          {encoded(t, gradient(9, 9), Encoding{Format: FormatPNG}), ErrNoDepth},
		"items missing":  {cut[:len(cut)/2], ErrCorrupt},
		"depth is noise": {bytes.ReplaceAll(gDepthJPEG(t, "x"), []byte(`Data="`), []byte(`Data="!`)), ErrCorrupt},
	} {
		if _, err := decodeDepth(t.Context(), c.file, Limits{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", name, err, c.want)
		}
	}
	if _, err := decodeDepth(t.Context(), appleJPEG(t, "disparity", 1), Limits{MaxPixels: 100}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a depth beyond the limit: %v", err)
	}
}

func TestPortraitDepth(t *testing.T) {
	d, err := DecodeDepth(t.Context(), mediatest.Shared(t, "photos/heic_iphone13pro_portrait_depth.heic"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m := d.Map
	if m.W != 768 || m.H != 576 {
		t.Fatalf("%dx%d", m.W, m.H)
	}
	// The file says 1.498 to 4.383; the dog sits before a wall.
	dog, wall := m.Row(360)[430], m.Row(40)[430]
	if dog < 2.3 || dog > 3.2 || wall < 1.49 || wall > 1.7 {
		t.Errorf("the dog is at %.2f, the wall at %.2f", dog, wall)
	}
	_, err = DecodeDepth(t.Context(), mediatest.Shared(t, "photos/heic_iphoneXS_orient6_p3_gps.heic"), Limits{})
	if !errors.Is(err, ErrNoDepth) {
		t.Errorf("a photo without depth: %v", err)
	}
}

// FuzzDepthInside looks for depth in anything: a sound map, or one error of a
// known kind.
func FuzzDepthInside(f *testing.F) {
	f.Add(appleJPEG(f, "disparity", 6))
	f.Add(gDepthJPEG(f, "RangeInverse"))
	f.Add(dynamicJPEG(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		if format, err := sniff(b[:min(len(b), sniffLen)]); err != nil || format != FormatJPEG {
			return
		}
		d, err := decodeDepth(context.Background(), b, fuzzLimits)
		if err == nil {
			err = d.Map.Check()
		} else if classified(err) {
			err = nil
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// An AVIF's auxiliary picture that is called depth is its depth. The file is one
// with transparency whose auxiliary picture gets the other name.
func TestAVIFDepth(t *testing.T) {
	data, err := os.ReadFile(mediatest.Shared(t, "photos", "derived", "avif_alpha.avif"))
	if err != nil {
		t.Fatal(err)
	}
	renamed := bytes.ReplaceAll(data, []byte("auxiliary:alpha"), []byte("auxiliary:depth"))
	if bytes.Equal(renamed, data) {
		t.Fatal("the file has no auxiliary picture")
	}
	if _, err := decodeDepth(t.Context(), data, Limits{}); !errors.Is(err, ErrNoDepth) {
		t.Errorf("transparency taken for depth: %v", err)
	}
	d, err := decodeDepth(t.Context(), renamed, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := DecodePhoto(t.Context(), mediatest.Shared(t, "photos", "derived", "avif_alpha.avif"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p := whole.Picture
	if d.Map.W != p.W || d.Map.H != p.H {
		t.Fatalf("%dx%d of a picture of %dx%d", d.Map.W, d.Map.H, p.W, p.H)
	}
	lo, hi, worst := 2.0, -1.0, 0.0
	for y := range p.H {
		for x, v := range d.Map.Row(y) {
			want := float64(p.Planes[0].Pix8[y*p.Planes[0].Stride+4*x+3]) / 255
			lo, hi, worst = min(lo, float64(v)), max(hi, float64(v)), max(worst, math.Abs(float64(v)-want))
		}
	}
	if hi-lo < 0.5 || worst > 0.012 {
		t.Errorf("depth from %.3f to %.3f, %.3f off the samples at worst", lo, hi, worst)
	}
}
