package media

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// ramp returns a map that runs from 0 at the left to 1 at the right, with a
// little of y in it.
func ramp(w, h int) *pix.Map {
	m := pix.NewMap(w, h)
	for y := range h {
		for x := range m.Row(y) {
			m.Row(y)[x] = float32(x+y) / float32(max(1, w+h-2))
		}
	}
	return m
}

func TestMapRoundTrip(t *testing.T) {
	for _, c := range []struct {
		format DepthFormat
		step   float64
	}{{DepthPNG16, 1.0 / 65535}, {DepthPNG8, 1.0 / 255}} {
		for _, size := range [][2]int{{1, 1}, {7, 5}, {300, 211}} {
			m := ramp(size[0], size[1])
			path := filepath.Join(t.TempDir(), "map")
			err := writeUnchecked(path, KeepExisting, func(w io.Writer) error {
				return EncodeMap(t.Context(), w, m, MapEncoding{Format: c.format, Lo: 0.25, Hi: 17.5})
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := DecodeMap(t.Context(), path, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got.W != m.W || got.H != m.H {
				t.Fatalf("%s: %dx%d", c.format, got.W, got.H)
			}
			for i, v := range m.Pix {
				if d := math.Abs(float64(v - got.Pix[i])); d > c.step/2+1e-7 {
					t.Fatalf("%s %v: value %d is %g off", c.format, size, i, d)
				}
			}
			data, _ := os.ReadFile(path)
			if !bytes.Contains(data, []byte("tEXt"+rangeKeyword+"\x000.25 17.5")) {
				t.Errorf("%s: no range in the file", c.format)
			}
		}
	}
}

// TestMapExact checks the full range of both sample sizes value by value.
func TestMapExact(t *testing.T) {
	g8, g16 := image.NewGray(image.Rect(0, 0, 256, 1)), image.NewGray16(image.Rect(0, 0, 256, 256))
	for i := range 256 {
		g8.Pix[i] = uint8(i)
	}
	for i := range 65536 {
		binary.BigEndian.PutUint16(g16.Pix[2*i:], uint16(i))
	}
	dir := t.TempDir()
	for _, c := range []struct {
		img image.Image
		top float32
	}{{g8, 255}, {g16, 65535}} {
		path := filepath.Join(dir, "exact.png")
		var b bytes.Buffer
		if err := png.Encode(&b, c.img); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := DecodeMap(t.Context(), path, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range m.Pix {
			if want := float32(float64(i) / float64(c.top)); v != want {
				t.Fatalf("sample %d of %g became %g, want %g", i, c.top, v, want)
			}
		}
		if m.Pix[len(m.Pix)-1] != 1 {
			t.Errorf("the largest sample became %g", m.Pix[len(m.Pix)-1])
		}
	}
}

func TestMapRefusesColour(t *testing.T) {
	path := mediatest.Shared(t, "photos", "jpeg_elephant_660x480.jpg")
	if _, err := DecodeMap(t.Context(), path, Limits{}); !errors.Is(err, ErrNotGray) || !strings.Contains(err.Error(), path) {
		t.Errorf("a colour JPEG as depth: %v", err)
	}
	if _, err := DecodeMap(t.Context(), mediatest.Shared(t, "photos", "derived", "png_rgba.png"), Limits{}); !errors.Is(err, ErrNotGray) {
		t.Errorf("a colour PNG as depth: %v", err)
	}
	m, err := DecodeMap(t.Context(), mediatest.Shared(t, "stereo", "Cones", "disp_left.png"), Limits{})
	if err != nil || m.W != 450 || m.H != 375 {
		t.Errorf("a disparity map: %v %v", m, err)
	}
}

// readEXR reads what encodeEXR writes, by the layout of the format.
func readEXR(t *testing.T, b []byte) (attrs map[string][]byte, values []float32) {
	t.Helper()
	le := binary.LittleEndian
	if le.Uint32(b) != exrMagic || le.Uint32(b[4:]) != 2 {
		t.Fatalf("not an OpenEXR file: % x", b[:8])
	}
	attrs = map[string][]byte{}
	r := &reader{b: b, at: 8}
	for {
		name := r.cstring()
		if name == "" {
			break
		}
		r.cstring()
		n := int(le.Uint32(r.take(4)))
		attrs[name] = r.take(n)
	}
	box := attrs["dataWindow"]
	w, h := int(le.Uint32(box[8:]))+1, int(le.Uint32(box[12:]))+1
	for y := 0; y < h; y += 16 {
		at := int(le.Uint64(r.take(8)))
		if got := int(le.Uint32(b[at:])); got != y {
			t.Fatalf("block of row %d says %d", y, got)
		}
		size := 4 * w * min(16, h-y)
		body := b[at+8 : at+8+int(le.Uint32(b[at+4:]))]
		if len(body) < size {
			z, err := zlib.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(z); err != nil || len(body) != size {
				t.Fatalf("%d bytes, want %d: %v", len(body), size, err)
			}
			for i := 1; i < len(body); i++ {
				body[i] += body[i-1] - 128
			}
			half := (size + 1) / 2
			joined := make([]byte, size)
			for i := range joined {
				joined[i] = body[i%2*half+i/2]
			}
			body = joined
		}
		for i := 0; i < size; i += 4 {
			values = append(values, math.Float32frombits(le.Uint32(body[i:])))
		}
	}
	return attrs, values
}

func TestEXR(t *testing.T) {
	noise := ramp(37, 35)
	for i := range noise.Pix {
		noise.Pix[i] = math.Float32frombits(uint32(i)*2654435761>>9 | 0x3f000000)
	}
	for name, m := range map[string]*pix.Map{"ramp": ramp(300, 50), "one": ramp(1, 1), "noise": noise} {
		var b bytes.Buffer
		if err := EncodeMap(context.Background(), &b, m, MapEncoding{Format: DepthEXR, Lo: -2, Hi: 3}); err != nil {
			t.Fatal(err)
		}
		attrs, values := readEXR(t, b.Bytes())
		if len(values) != len(m.Pix) {
			t.Fatalf("%s: %d values, want %d", name, len(values), len(m.Pix))
		}
		for i, v := range values {
			if v != m.Pix[i] {
				t.Fatalf("%s: value %d is %g, want %g", name, i, v, m.Pix[i])
			}
		}
		if got := math.Float32frombits(binary.LittleEndian.Uint32(attrs["depthLo"])); got != -2 {
			t.Errorf("%s: depthLo %g", name, got)
		}
		if !bytes.HasPrefix(attrs["channels"], []byte("Y\x00\x02\x00\x00\x00")) {
			t.Errorf("%s: channels % x", name, attrs["channels"])
		}
		if dir := os.Getenv("SPATIALMAKER_SHOW"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".exr"), b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := EncodeMap(context.Background(), io.Discard, ramp(2, 2), MapEncoding{Format: "tga"}); !errors.Is(err, ErrEncode) {
		t.Errorf("an unknown depth format: %v", err)
	}
}
