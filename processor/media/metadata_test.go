package media

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// profile returns an ICC profile of a colour space with a description.
func profile(space, name string) []byte {
	b := make([]byte, 128)
	copy(b[16:], space)
	copy(b[36:], "acsp")
	text := append([]byte("desc\x00\x00\x00\x00"), binary.BigEndian.AppendUint32(nil, uint32(len(name)+1))...)
	text = append(append(text, name...), 0)
	b = binary.BigEndian.AppendUint32(b, 1)
	b = append(b, "desc"...)
	b = binary.BigEndian.AppendUint32(b, 144)
	b = binary.BigEndian.AppendUint32(b, uint32(len(text)))
	return append(b, text...)
}

// TestMetadataCarried writes metadata in every format and reads it back.
func TestMetadataCarried(t *testing.T) {
	p := gradient(46, 30)
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		meta := Metadata{
			EXIF: exifWith(order, 6), ICC: profile("RGB ", strings.Repeat("long ", 30000)),
			XMP: []byte(`<x:xmpmeta tiff:Orientation="6"><a>kept</a></x:xmpmeta>`),
		}
		for _, f := range []Format{FormatJPEG, FormatPNG, FormatTIFF, FormatWebP} {
			b := encoded(t, p, Encoding{Format: f, Meta: meta})
			got := decoded(t, b)
			if got.Orientation != 1 || got.Picture.W != 46 {
				t.Errorf("%s %v: orientation %d, %d wide", f, order, got.Orientation, got.Picture.W)
			}
			if !bytes.Equal(got.Meta.ICC, meta.ICC) {
				t.Errorf("%s %v: a profile of %d bytes became %d", f, order, len(meta.ICC), len(got.Meta.ICC))
			}
			if x := string(got.Meta.XMP); !strings.Contains(x, "kept") || !strings.Contains(x, `Orientation="1"`) {
				t.Errorf("%s %v: XMP %q", f, order, x)
			}
			c := cameraInfo(got.Meta)
			if c == nil || c.Make != "Example" || c.Time != "2020-01-02T03:04:05" {
				t.Errorf("%s %v: %+v", f, order, c)
			}
			checkEXIFSize(t, string(f), got.Meta.EXIF, 46, 30)
		}
	}
}

func checkEXIFSize(t *testing.T, name string, exif []byte, w, h int) {
	t.Helper()
	tf, first, err := openTIFF(exif)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	d, _ := tf.directory(first)
	sub, ok := tf.sub(&d, tagExifIFD)
	if !ok || tf.value(&sub, tagPixelX) != w || tf.value(&sub, tagPixelY) != h {
		t.Errorf("%s: EXIF says %dx%d, want %dx%d", name, tf.value(&sub, tagPixelX), tf.value(&sub, tagPixelY), w, h)
	}
	if d.next != 0 || bytes.Contains(exif, []byte{0xff, 0xd8}) {
		t.Errorf("%s: the thumbnail is still there", name)
	}
}

// TestPhoneMetadata carries a real phone's metadata, whose maker notes hold
// offsets of their own: nothing in front of the thumbnail may move.
func TestPhoneMetadata(t *testing.T) {
	src := mustDecode(t, mediatest.Shared(t, "photos", "derived", "jpeg_p3_gps_orient6.jpg"))
	got := decoded(t, encoded(t, src.Picture, Encoding{Format: FormatJPEG, Meta: src.Meta}))
	if got.Orientation != 1 {
		t.Errorf("orientation %d", got.Orientation)
	}
	a, b := cameraInfo(src.Meta), cameraInfo(got.Meta)
	if a.GPS == nil || *a.GPS.Altitude != *b.GPS.Altitude || a.GPS.Latitude != b.GPS.Latitude || a.Lens != b.Lens || a.Time != b.Time {
		t.Errorf("%+v became %+v", a, b)
	}
	at := bytes.Index(src.Meta.EXIF, []byte("Apple iOS\x00"))
	if at < 0 || bytes.Index(got.Meta.EXIF, []byte("Apple iOS\x00")) != at {
		t.Error("the maker note moved")
	}
	if !bytes.Equal(src.Meta.ICC, got.Meta.ICC) {
		t.Error("the profile changed")
	}
}

// TestProfilesMatch checks that a profile only goes with its kind of colour.
func TestProfilesMatch(t *testing.T) {
	rgb := gradient(8, 8)
	gray := scene(pix.Layout{W: 8, H: 8, Bits: 8, Model: pix.Gray}, false)
	for _, f := range []Format{FormatJPEG, FormatPNG, FormatTIFF} {
		for _, c := range []struct {
			p     *pix.Picture
			space string
			kept  bool
		}{{rgb, "RGB ", true}, {rgb, "CMYK", false}, {rgb, "GRAY", false}, {gray, "GRAY", true}, {gray, "RGB ", false}} {
			got := decoded(t, encoded(t, c.p, Encoding{Format: f, Meta: Metadata{ICC: profile(c.space, "x")}}))
			if (got.Meta.ICC != nil) != c.kept {
				t.Errorf("%s: a %q profile with %s: kept %v", f, c.space, c.p.Model, got.Meta.ICC != nil)
			}
		}
	}
}

// TestXMPLeftOut checks that promises about the source's structure are dropped.
func TestXMPLeftOut(t *testing.T) {
	for _, name := range []string{
		"http://ns.google.com/photos/1.0/depthmap/", "http://ns.google.com/photos/1.0/container/",
		"http://ns.adobe.com/hdr-gain-map/1.0/", "xmpNote:HasExtendedXMP", "http://ns.google.com/photos/1.0/panorama/",
	} {
		if out := outputXMP([]byte(`<x a="` + name + `"/>`)); out != nil {
			t.Errorf("%s was kept: %s", name, out)
		}
	}
	in := `<x tiff:Orientation='8'><tiff:Orientation>6</tiff:Orientation></x>`
	if out := string(outputXMP([]byte(in))); out != `<x tiff:Orientation='1'><tiff:Orientation>1</tiff:Orientation></x>` {
		t.Errorf("%s", out)
	}
}

// TestColourCodes checks that code points of HDR and wide colour reach a PNG
// and come back.
func TestColourCodes(t *testing.T) {
	p := scene(pix.Layout{W: 8, H: 8, Bits: 16, Model: pix.RGBA}, false)
	p.Colour.Primaries, p.Colour.Transfer = 9, pix.TransferPQ
	got := decoded(t, encoded(t, p, Encoding{Format: FormatPNG})).Picture.Colour
	if got.Primaries != 9 || got.Transfer != pix.TransferPQ {
		t.Errorf("%+v", got)
	}
}

func TestEXIFDamage(t *testing.T) {
	good := exifWith(binary.LittleEndian, 6)
	if o := exifOrientation(good); o != 6 {
		t.Fatalf("orientation %d", o)
	}
	circle := bytes.Clone(good)
	binary.LittleEndian.PutUint32(circle[8+2+12*3:], 8) // the thumbnail's directory is the first one
	for name, b := range map[string][]byte{
		"nothing": nil, "text": []byte("not EXIF at all, by far"), "header only": good[:8], "far directory": append(append([]byte{}, good[:4]...), 0xff, 0xff, 0xff, 0x7f),
	} {
		if o := exifOrientation(b); o != 1 {
			t.Errorf("%s: orientation %d", name, o)
		}
		if out := outputEXIF(b, 1, 1); out != nil {
			t.Errorf("%s became %d bytes", name, len(out))
		}
	}
	if out := outputEXIF(circle, 10, 10); exifOrientation(out) != 1 {
		t.Error("a circle of directories")
	}
	nine := bytes.Clone(good)
	nine[bytes.Index(nine, []byte{0x12, 0x01, 3, 0})+8] = 9
	if o := exifOrientation(nine); o != 1 {
		t.Errorf("orientation 9 became %d", o)
	}
}
