// Package scenetest gives tests pictures of the sample scene that are drawn
// once and kept in build/scene, which all test processes share: rays take
// seconds, and minutes under the race detector.
package scenetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"spatialmaker/testdata/scene"
)

// Picture is the scene, w pixels by h, as one eye sees it. It is drawn again
// when the scene's source changes.
func Picture(t testing.TB, w, h int, o scene.Options, eye scene.Eye) *image.NRGBA {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	folder := filepath.Dir(filepath.Dir(file))
	o.Workers = 0
	key, err := keyOf(folder, fmt.Sprintf("%dx%d %+v %d", w, h, o, eye))
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(folder, "..", "..", "build", "scene", key+".png")
	if m, err := read(kept); err == nil && m.Rect == image.Rect(0, 0, w, h) {
		return m
	}
	m := scene.Render(w, h, o, eye).Picture
	if err := write(kept, m); err != nil {
		t.Fatal(err)
	}
	return m
}

// keyOf sums what and the sources of the scene.
func keyOf(folder, what string) (string, error) {
	sources, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, s := range sources {
		b, err := os.ReadFile(s)
		if err != nil {
			return "", err
		}
		sum.Write(b)
	}
	sum.Write([]byte(what))
	return hex.EncodeToString(sum.Sum(nil)[:12]), nil
}

func read(path string) (*image.NRGBA, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		return nil, err
	}
	if n, ok := m.(*image.NRGBA); ok {
		return n, nil
	}
	n := image.NewNRGBA(m.Bounds()) // what has no alpha comes back as RGBA
	draw.Draw(n, n.Rect, m, m.Bounds().Min, draw.Src)
	return n, nil
}

// write gives the picture its name when it is whole: another process may be
// looking for it.
func write(path string, m image.Image) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "drawing-")
	if err != nil {
		return err
	}
	err = png.Encode(f, m)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
