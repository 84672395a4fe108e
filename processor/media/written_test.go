package media

import (
	"context"
	"errors"
	"testing"

	"spatialmaker/processor/pix"
)

func TestCheckPhoto(t *testing.T) {
	p := scene(pix.Layout{W: 40, H: 30, Bits: 8, Model: pix.RGBA}, false)
	for _, f := range []Format{FormatJPEG, FormatPNG, FormatWebP, FormatTIFF} {
		file := encoded(t, p, Encoding{Format: f})
		check := func(b []byte, as Format, w int) error {
			return CheckPhoto(context.Background(), writeTemp(t, "x", b), as, w, 30)
		}
		if err := check(file, f, 40); err != nil {
			t.Errorf("%s: %v", f, err)
		}
		if err := check(file, f, 41); !errors.Is(err, ErrWritten) {
			t.Errorf("%s of another size: %v", f, err)
		}
		if err := check(file, FormatGIF, 40); !errors.Is(err, ErrWritten) {
			t.Errorf("%s taken for another format: %v", f, err)
		}
		if err := check(file[:len(file)-3], f, 40); f != FormatTIFF && !errors.Is(err, ErrWritten) {
			t.Errorf("%s cut short: %v", f, err)
		}
	}
}
