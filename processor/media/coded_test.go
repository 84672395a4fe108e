package media

import (
	"encoding/base64"
	"math"
	"strings"
	"testing"

	"spatialmaker/processor/pix"
)

// Pictures of 37x23 pixels in formats that nothing here writes. Colour: red
// 10+6x, green 10+10y, blue 128 (grey: 10+4x+4y). Made from PNG with libheif's
// heif-enc (-q 92; -A -q 90 for AVIF) and libjxl's cjxl (-d 0.5 from a JPEG with
// EXIF orientation 6; -d 0 for the others).
var coded = map[string]string{
	"g.heic": "" +
		"AAAAGGZ0eXBoZWljAAAAAG1pZjFoZWljAAABrW1ldGEAAAAAAAAAIWhkbHIAAAAAAAAAAHBpY3QAAAAAAAAAAAAAAAAAAAAADnBpdG0AAAAAAAIAAAAQaWRh" +
		"dAAAAAAAJQAXAAAAOGlsb2MBAAAAREAAAgABAAAAAAAAAc0AAQAAAAAAAAHeAAIAAQAAAAAAAAABAAAAAAAAAAgAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAA" +
		"AQABAABodmMxAAAAABVpbmZlAgAAAAACAABncmlkAAAAANhpcHJwAAAAtmlwY28AAAB2aHZjQwEDcAAAAAAAAAAAAB7wAPz9+PgAAA8DIAABABhAAQwB//8D" +
		"cAAAAwCQAAADAAADAB66AkAhAAEAKkIBAQNwAAADAJAAAAMAAAMAHqAggQWW6q6a5uBAQMCAAAADAIAAAAMAhCIAAQAGRAHBc8GJAAAAFGlzcGUAAAAAAAAA" +
		"QAAAAEAAAAAUaXNwZQAAAAAAAAAlAAAAFwAAABBwaXhpAAAAAAMICAgAAAAaaXBtYQAAAAAAAAACAAECgQIAAgIDhAAAABppcmVmAAAAAAAAAA5kaW1nAAIA" +
		"AQABAAAB5m1kYXQAAAHaKAGvBnIIocYQgI8mXqs0E2XLbRpuK/woH7qg+nH+Y0suNkfCv7z/xlL/TncOMYTtPN/F3vYFv/xI/tSvczAxvhXLbeX57Qwgl/Tn" +
		"JSyIWwcI0v79cdYrYnmTgfgZZLAzoKIzpqzCXj+v35gbfNXCHjXwIZq5ibsB7dcodjvsTBICsXBuxEZgwjrNYad7e95nmhF0FETmav6hmgWPfOu6S5HYvS1i" +
		"vD7I5WT/oKYsUk1omdVVellP7LfBJkG+u6ibZXikATrMBG125l+W+5cmKNqAi8iJXopTjKzPTBLVrjtKjrdn1fRZe4Ru/l9n6nq0ccFtAHbhee/wpT5I3sy0" +
		"fyKM+B1N/Bd6kEuQL/0MacVoFKeDI/CnF3KPW3oWdJL5OuOGxfJm1ntj5SX46OwkYYSHCwmexTUBk5LSUqlJ4DgMnXW+L6pxhLxJoUfr3mWoazJVhZn5W3OR" +
		"USl9d93IPIUE8dM3WMOftb3ATdCpqSCsQ/Ref/3uCqXP/vgPffvmSF2V6J2k1/YC4NVVlSc/+z4pJCgToK515Pxfi+Tj+spHSJk+50gE+sgj+VtyjiPS4tch" +
		"cyw1NkMkgwcRaqcK1LxaYoh/tCxk+yIs6rX7JVa1RepWe/QjvBzn",
	"k.heic": "" +
		"AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAaZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAACAAAA" +
		"EGlkYXQAAAAAACUAFwAAADhpbG9jAQAAAERAAAIAAQAAAAAAAAHKAAEAAAAAAAABCAACAAEAAAAAAAAAAQAAAAAAAAAIAAAAOGlpbmYAAAAAAAIAAAAVaW5m" +
		"ZQIAAAEAAQAAaHZjMQAAAAAVaW5mZQIAAAAAAgAAZ3JpZAAAAADRaXBycAAAAK9pcGNvAAAAcWh2Y0MBBAgAAAAAAAAAAAAe8AD8/Pj4AAAPAyAAAQAXQAEM" +
		"Af//BAgAAAMAn/gAAAMAAB66AkAhAAEAJkIBAQQIAAADAJ/4AAADAAAewIIEFluqumubAgAAAwACAAADAAIQIgABAAZEAcFzwYkAAAAUaXNwZQAAAAAAAABA" +
		"AAAAQAAAABRpc3BlAAAAAAAAACUAAAAXAAAADnBpeGkAAAAAAQgAAAAaaXBtYQAAAAAAAAACAAECgQIAAgIDhAAAABppcmVmAAAAAAAAAA5kaW1nAAIAAQAB" +
		"AAABEG1kYXQAAAEEKAGuDOQ/WwYgt8U+o9KzSzecjCxgXsqfwT7/5gxu7GJ2B7zALWUdQslMWWF3pUMk/qS/AlX/MqCyseV4Ozv4ZBa4t139B/8JBLF/bPxz" +
		"2Q9UM1xbp/7o0QG7fhQXO2G4l6oWerPlAw8rCCfIewxSKQi1pNUK2K9QhW/vACQxIHBbSV4CdYoGLLOIedHgSJnLyvHtOWQn79vUYW6fqdMXiUZwmq3P24SE" +
		"YiiUsqTjRU4SibOZjVAX92d1i1NCLKHEcc69BlcHFh/bUAnnhJlavlXyjys4qWcasj0RG7K/WQYBMlMnsPXrN+EagWD0BTQnFOxMmrHe36n7y7d9AVbUYr75" +
		"054=",
	"g6.jxl": "" +
		"AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAEAanhsY/8KsABIWCChuCQAEogAoAO/yigBAFChMsq4wcu5ni8/dFhM27jO0FbbFpYkioxjk3QC" +
		"h5kEiURrIO72QCFE6s0LVOJWP/87KuYDLgemTXSxYQRUD1WHCYW8S0CA6cm2fvrOLVvdSoswnpkk3Jh2hKnQ5H9O2REaAKiQArm220rU5d0dLzMzZsaYmWTC" +
		"BhQNCZCgAb2DhFHwVrC9JSut1xpWx5S++5rX6Pf0gZwg/tQwMX3sT26eIrCjQoDSc9FP4o9Nmy1Q727j7IOh5K6FHfwTU/BIpyHewTmIcGBWftDGiVB3lMc3" +
		"QN4N/gv+8R9IE0dKIGBdQAAA",
	"g16.jxl": "" +
		"AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAAJanhsbAoAAAC/anhsY/8KsABI4AeguBAIAgEAnAJLOEH1Qj98cB2cBt+voKCgoOQERIwG7jMT" +
		"Y7CYGONDgAG0U8VgF2GMMdwIQAkQggsAJI7GowD8/1NQwYIFCxb8/y9YsGDBggULFhzwL1iwYMGCBQsWBI0tSEEDAwMDAwMDAwMDk3UDAwMDAwMDAwMDAwMD" +
		"AwMDAwMDAwMDAwMDA76xoJs5TjoDkgAAAoTq8k0lQeag//+t5cfgr43gzE6KP4ayU5H8AA==",
	"k.jxl": "" +
		"/wqwAEiAoLgQCAIBANwBSygkxjUUJCTFBIXgDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" +
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	"k.avif": "" +
		"AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOhtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAA" +
		"Imlsb2MAAAAAREAAAQABAAAAAAEMAAEAAAAAAAAAPAAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEAAGF2MDEAAAAAaGlwcnAAAABJaXBjbwAAABNjb2xy" +
		"bmNseAACAAIABoAAAAAMYXYxQ4EAHAAAAAAUaXNwZQAAAAAAAAAlAAAAFwAAAA5waXhpAAAAAAEIAAAAF2lwbWEAAAAAAAAAAQABBIGCA4QAAABEbWRhdBIA" +
		"CgYYFSSzCoAyMBGAAAEAulbii+fFMleZc7XeTvOdi2eG+IooHq/quyYRF39PtQQvhl+q8+bc7PCsoA==",
}

// codedFile returns one of the coded pictures.
func codedFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(coded[name])
	if err != nil || len(b) == 0 {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// TestCoded checks every pixel of the coded pictures. Their width is no multiple
// of anything, and smaller than the decoders' smallest planes.
func TestCoded(t *testing.T) {
	for name := range coded {
		p := decoded(t, codedFile(t, name))
		orientation, w, h := 1, 37, 23
		if name == "g6.jxl" {
			orientation, w, h = 6, 23, 37
		}
		pic := p.Picture
		if pic.W != w || pic.H != h || p.Orientation != orientation {
			t.Errorf("%s: %dx%d, orientation %d", name, pic.W, pic.H, p.Orientation)
			continue
		}
		gray := strings.HasPrefix(name, "k")
		if gray != (pic.Model == pix.Gray) {
			t.Errorf("%s: model %s", name, pic.Model)
		}
		if name == "g16.jxl" && pic.Bits != 16 {
			t.Errorf("%s: %d bits", name, pic.Bits)
		}
		most := 0
		for y := range h {
			for x := range w {
				sx, sy := uprightAt(orientation, x, y, 37, 23)
				want := [3]int{10 + 6*sx, 10 + 10*sy, 128}
				if gray {
					want = [3]int{10 + 4*sx + 4*sy, 10 + 4*sx + 4*sy, 10 + 4*sx + 4*sy}
				}
				got := rgbAt(pic, x, y)
				for c := range 3 {
					most = max(most, int(math.Abs(float64(got[c]-want[c]))))
				}
			}
		}
		limit := 0
		if name != "g16.jxl" && name != "k.jxl" { // lossy; chroma at half size
			limit = 14
		}
		if most > limit {
			t.Errorf("%s: a pixel is %d off", name, most)
		}
	}
}
