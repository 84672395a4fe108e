package media

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// TestHEIFTiles compares phones' grids, decoded tile by tile, with what libheif
// makes of the whole: every sample must be the same.
func TestHEIFTiles(t *testing.T) {
	for name, orientation := range map[string]int{
		"photos/heic_iphoneXS_orient6_p3_gps.heic": 6, "apple/spatial_photo_visionpro_bedroom.heic": 1,
	} {
		if mediatest.Race && orientation == 6 {
			continue // 12 megapixels twice
		}
		data, err := os.ReadFile(mediatest.Shared(t, name))
		if err != nil {
			t.Fatal(err)
		}
		h, err := openHEIF(data, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		tiles := h.tiles()
		if tiles == nil {
			t.Errorf("%s: no grid", name)
			continue
		}
		whole, err := runHEIF(t.Context(), data, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		pic, err := tiles.decode(t.Context())
		if err == nil {
			pic, err = upright(t.Context(), pic, orientation)
		}
		if err != nil {
			t.Fatal(err)
		}
		if pix.LayoutOf(pic) != pix.LayoutOf(whole) {
			t.Fatalf("%s: %v, whole %v", name, pix.LayoutOf(pic), pix.LayoutOf(whole))
		}
		for i := range whole.N {
			a, b := &whole.Planes[i], &pic.Planes[i]
			for y := range a.H {
				if !bytes.Equal(a.Pix8[y*a.Stride:][:a.W], b.Pix8[y*b.Stride:][:b.W]) {
					t.Fatalf("%s: plane %d is another in row %d", name, i, y)
				}
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := tiles.decode(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: cancelled: %v", name, err)
		}
	}
}

// TestHEIFTilesPlain: anything but a plain grid is left to libheif, and a tile
// that cannot be decoded is an error.
func TestHEIFTilesPlain(t *testing.T) {
	data, err := os.ReadFile(mediatest.Shared(t, "apple/spatial_photo_visionpro_bedroom.heic"))
	if err != nil {
		t.Fatal(err)
	}
	change := func(name string, do func(h *heif)) {
		h, err := openHEIF(bytes.Clone(data), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		do(h)
		if h.tiles() != nil {
			t.Errorf("%s: taken for a plain grid", name)
		}
	}
	retype := func(h *heif, id uint32, from, to string) {
		for _, i := range h.items[id].props {
			if h.props[i].typ == from {
				h.props[i].typ = to
			}
		}
	}
	tileOf := func(h *heif) uint32 { return h.from(h.primary, "dimg")[1] }
	change("no grid", func(h *heif) { h.items[h.primary].typ = "iovl" })
	change("cropped", func(h *heif) { retype(h, h.primary, "pixi", "clap") })
	change("turned tiles", func(h *heif) { retype(h, tileOf(h), "colr", "irot") })
	change("another codec", func(h *heif) { h.items[tileOf(h)].typ = "av01" })
	change("a tile without a size", func(h *heif) { h.items[tileOf(h)].props = nil })
	change("a tile too few", func(h *heif) {
		for i, r := range h.refs {
			if r.typ == "dimg" && r.from == h.primary {
				h.refs[i].to = r.to[1:]
			}
		}
	})
	h, err := openHEIF(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	clear(h.data(tileOf(h), maxFileSize))
	if _, err := decodePhoto(t.Context(), data, Limits{}); err == nil {
		t.Error("a tile without data was decoded")
	}
}
