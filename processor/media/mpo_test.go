package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// mpoOf writes a pair of eyes that differ.
func mpoOf(t *testing.T, meta Metadata) (file []byte, left, right *pix.Picture) {
	t.Helper()
	l := pix.Layout{W: 130, H: 64, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}
	left, right = scene(l, false), scene(l, false)
	for i := range right.Planes[0].Pix8 {
		right.Planes[0].Pix8[i] = 255 - right.Planes[0].Pix8[i]
	}
	var b bytes.Buffer
	if err := EncodeMPO(t.Context(), &b, left, right, Encoding{Quality: 100, Meta: meta}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), left, right
}

// TestMPO: what is written is found again through the index, whatever
// metadata stands in front of it.
func TestMPO(t *testing.T) {
	for name, meta := range map[string]Metadata{
		"bare": {}, "all": {EXIF: exifWith(binary.LittleEndian, 6), ICC: profile("RGB ", strings.Repeat("long ", 30000)), XMP: []byte("<x/>")},
	} {
		t.Run(name, func(t *testing.T) {
			file, left, right := mpoOf(t, meta)
			a, b, err := decodeEyes(context.Background(), file, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			for _, eye := range []struct{ got, want *pix.Picture }{{a, left}, {b, right}} {
				if most, _ := worst(t, eye.got, eye.want); most > 12 {
					t.Errorf("an eye differs by %.0f", most)
				}
			}
			j, err := parseJPEG(file)
			if err != nil {
				t.Fatal(err)
			}
			pictures := mpfPictures(j)
			if len(pictures) != 2 || pictures[0].at != 0 || pictures[0].size != pictures[1].at || pictures[1].at+pictures[1].size != len(file) {
				t.Fatalf("the index says %+v of %d bytes", pictures, len(file))
			}
			second, err := parseJPEG(file[pictures[1].at:])
			if err != nil {
				t.Fatal(err)
			}
			if mpfNumber(j) != 1 || mpfNumber(second) != 2 {
				t.Errorf("the eyes are numbered %d and %d", mpfNumber(j), mpfNumber(second))
			}
			if !bytes.Equal(second.meta.EXIF, j.meta.EXIF) || !bytes.Equal(second.meta.ICC, meta.ICC) || !bytes.Equal(second.meta.XMP, meta.XMP) {
				t.Error("the right eye lacks metadata")
			}
			if !slices.Contains(decoded(t, file).Notes, "this file holds 2 pictures (MPO); the first one is used") {
				t.Error("opened as a photo it does not tell of the second eye")
			}
		})
	}
}

// TestDecodeEyes: a camera's file, and files that hold no pair.
func TestDecodeEyes(t *testing.T) {
	path := mediatest.Shared(t, "photos", "mpo_nintendo3ds_frozenpond.mpo")
	left, right, err := DecodeEyes(context.Background(), path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if most, mean := worst(t, left, right); left.W != 640 || right.H != 480 || most < 50 || mean > 60 {
		t.Errorf("eyes of %dx%d that differ by %.0f at most, %.0f as a rule", left.W, left.H, most, mean)
	}
	file, _, _ := mpoOf(t, Metadata{})
	single := encoded(t, scene(pix.Layout{W: 8, H: 8, Bits: 8, Model: pix.Gray}, false), Encoding{Format: FormatJPEG})
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"one picture":  {single, ErrNoPair},
		"a PNG":        {encoded(t, scene(pix.Layout{W: 8, H: 8, Bits: 8, Model: pix.Gray}, false), Encoding{Format: FormatPNG}), ErrNoPair},
		"cut":          {file[:len(file)-9], ErrTruncated},
		"swapped eyes": {swapNumbers(t, file), nil},
	} {
		if _, _, err := DecodeEyes(context.Background(), writeTemp(t, name+".mpo", c.data), Limits{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	a, _, err := decodeEyes(context.Background(), file, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, b, err := decodeEyes(context.Background(), swapNumbers(t, file), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if most, _ := worst(t, a, b); most != 0 {
		t.Error("the eyes' own numbers are not believed")
	}
}

// swapNumbers exchanges the numbers by which the eyes call themselves.
func swapNumbers(t *testing.T, file []byte) []byte {
	t.Helper()
	field := func(n byte) []byte { return []byte{0xb1, 0x01, 0, typeLong, 0, 0, 0, 1, 0, 0, 0, n} }
	out := bytes.Clone(file)
	for i, n := range []byte{1, 2} {
		at := bytes.Index(file, field(n))
		if at < 0 {
			t.Fatalf("no number %d", n)
		}
		copy(out[at:], field(byte(2-i)))
	}
	return out
}
