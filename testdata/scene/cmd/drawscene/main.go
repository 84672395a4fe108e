// Command drawscene writes the sample picture that `make demo` converts, and on
// request its true depth and its true eyes.
package main

import (
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"

	"spatialmaker/testdata/scene"
)

func main() {
	out := flag.String("o", "sample.jpg", "picture to write, .jpg or .png")
	size := flag.String("size", "1600x1200", "width and height in pixels")
	time := flag.Float64("time", 0, "seconds into the animation")
	shot := flag.Int("shot", 0, "place of the camera, 0 or 1")
	truth := flag.Bool("truth", false, "also write <name>_depth.png (16 bit) and both eyes, <name>_left and _right")
	flag.Parse()
	if err := draw(*out, *size, scene.Options{Time: *time, Shot: *shot}, *truth); err != nil {
		fmt.Fprintln(os.Stderr, "drawscene:", err)
		os.Exit(1)
	}
}

func draw(out, size string, o scene.Options, truth bool) error {
	var w, h int
	if n, err := fmt.Sscanf(size, "%dx%d", &w, &h); n != 2 || w < 1 || h < 1 {
		return fmt.Errorf("size %q: must be like 1600x1200 (%w)", size, err)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	ext := filepath.Ext(out)
	stem := strings.TrimSuffix(out, ext)
	centre := scene.Render(w, h, o, scene.Centre)
	if err := write(out, centre.Picture); err != nil {
		return err
	}
	if !truth {
		return nil
	}
	if err := write(stem+"_depth.png", gray16(w, h, centre.Nearness)); err != nil {
		return err
	}
	for name, eye := range map[string]scene.Eye{"_left": scene.Left, "_right": scene.Right} {
		if err := write(stem+name+ext, scene.Render(w, h, o, eye).Picture); err != nil {
			return err
		}
	}
	return nil
}

// gray16 maps nearness 0..1 to the full range of 16 bits.
func gray16(w, h int, near []float32) *image.Gray16 {
	m := image.NewGray16(image.Rect(0, 0, w, h))
	for i, d := range near {
		m.SetGray16(i%w, i/w, color.Gray16{Y: uint16(math.Round(float64(min(d, 1)) * 65535))})
	}
	return m
}

// write encodes by the name's ending, through a temporary file so that an
// interrupted run leaves nothing that make would take for finished.
func write(path string, m image.Image) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".drawscene-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	switch strings.ToLower(filepath.Ext(path)) {
	case ".png":
		err = png.Encode(f, m)
	case ".jpg", ".jpeg":
		err = jpeg.Encode(f, m, &jpeg.Options{Quality: 94})
	default:
		err = fmt.Errorf("%s: write a .jpg or a .png", path)
	}
	if err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
