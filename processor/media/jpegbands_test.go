package media

import (
	"bytes"
	"image/jpeg"
	"testing"

	"spatialmaker/processor/pix"
)

// TestBandsAreOneJPEG: cut into bands or not, a picture is coded the same, for
// every kind of picture and whatever is left for the last band.
func TestBandsAreOneJPEG(t *testing.T) {
	kinds := map[string]*pix.Picture{
		"4:2:0":  scene(pix.Layout{W: 4100, H: 1027, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, false),
		"4:4:4":  scene(pix.Layout{W: 4096, H: 528, Bits: 8, Model: pix.YUV}, false),
		"4:1:0":  scene(pix.Layout{W: 4099, H: 530, Bits: 8, Model: pix.YUV, ShiftX: 2, ShiftY: 1}, false),
		"grey":   scene(pix.Layout{W: 9001, H: 300, Bits: 8, Model: pix.Gray}, false),
		"grey16": scene(pix.Layout{W: 9000, H: 129, Bits: 16, Model: pix.Gray}, false),
		"alpha":  scene(pix.Layout{W: 4000, H: 550, Bits: 8, Model: pix.RGBA}, true),
		"rgb16":  scene(pix.Layout{W: 4000, H: 550, Bits: 16, Model: pix.RGBA}, false),
		"wide":   scene(pix.Layout{W: 65535, H: 40, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, false),
		"high":   scene(pix.Layout{W: 33, H: 65535, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, false),
	}
	for name, p := range kinds {
		t.Run(name, func(t *testing.T) {
			var whole bytes.Buffer
			if err := jpeg.Encode(&whole, jpegImage(p), &jpeg.Options{Quality: 90}); err != nil {
				t.Fatal(err)
			}
			file := encoded(t, p, Encoding{Format: FormatJPEG, Quality: 90, Workers: 3})
			if !bytes.Contains(file, []byte{0xff, markDRI}) {
				t.Fatal("this picture was not cut into bands")
			}
			want, got := decoded(t, whole.Bytes()).Picture, decoded(t, file).Picture
			for i := range want.N {
				if !bytes.Equal(want.Planes[i].Pix8, got.Planes[i].Pix8) {
					t.Errorf("plane %d differs from the one coded whole", i)
				}
			}
			if again := encoded(t, p, Encoding{Format: FormatJPEG, Quality: 90, Workers: 1}); !bytes.Equal(again, file) {
				t.Error("the file depends on the number of workers")
			}
		})
	}
}
