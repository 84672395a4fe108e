package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"spatialmaker/processor/pix"
)

// heifTiles is a picture that is coded as a grid of equal tiles, as phones do.
// They are decoded one by one, each as a file of its own, and put together here:
// for the whole libheif takes several times the memory and only one processor.
type heifTiles struct {
	h      *heif
	ids    []uint32 // row by row
	across int
	w, ht  int // of the picture, before it is turned
	tw, th int // of a tile
}

// Properties that leave the samples as they are coded, and those that only turn
// the whole.
var (
	plainTile = []string{"ispe", "pixi", "colr", "hvcC", "pasp", "clli", "mdcv", "udes", "altt"}
	plainGrid = append([]string{"irot", "imir", "cmin", "cmex", "uuid"}, plainTile...)
)

// tiles describes the primary picture as a grid; nil when it is none, or one of
// other things.
func (h *heif) tiles() *heifTiles {
	if h.items[h.primary].typ != "grid" || !h.only(h.primary, plainGrid) || h.hasAlpha() {
		return nil
	}
	rows, cols, w, ht, ok := gridLayout(h.data(h.primary, 64))
	ids := h.from(h.primary, "dimg")
	if !ok || len(ids) < 2 || len(ids) != rows*cols {
		return nil
	}
	tw, th, ok := h.alike(ids)
	if gw, gh := h.size(h.primary); !ok || gw != w || gh != ht || tw*int64(cols) < w || th*int64(rows) < ht {
		return nil
	}
	return &heifTiles{h: h, ids: ids, across: cols, w: int(w), ht: int(ht), tw: int(tw), th: int(th)}
}

// alike returns the size of tiles that are all coded alike. Even sizes keep their
// chroma samples apart.
func (h *heif) alike(ids []uint32) (w, ht int64, ok bool) {
	w, ht = h.size(ids[0])
	for _, id := range ids {
		if iw, ih := h.size(id); iw != w || ih != ht || h.items[id] == nil || h.items[id].typ != "hvc1" || !h.only(id, plainTile) {
			return 0, 0, false
		}
	}
	return w, ht, w%2+ht%2 == 0
}

// hasAlpha reports whether another picture is the primary one's alpha.
func (h *heif) hasAlpha() bool {
	return slices.ContainsFunc(h.to(h.primary, "auxl"), func(id uint32) bool { return h.auxKind(id) == InsideAlpha })
}

// only reports whether all properties of an item are of the types.
func (h *heif) only(id uint32, types []string) bool {
	for _, i := range h.items[id].props {
		if i >= len(h.props) || !slices.Contains(types, h.props[i].typ) {
			return false
		}
	}
	return true
}

// file is a tile as a file: a grid of this one tile, because libheif takes
// another way through its colour conversions for a picture without a grid. A
// grey tile claims to be 4:2:0, see withChroma.
func (t *heifTiles) file(n int) []byte {
	const tile, grid = 1, 2
	var props []byte
	assign := func(id uint32, keep ...string) (of []byte) {
		for _, i := range t.h.items[id].props {
			p := t.h.props[i]
			if !slices.Contains(keep, p.typ) {
				continue
			}
			body := p.body
			if p.typ == "hvcC" && len(body) > 16 && body[16]&3 == 0 {
				body = bytes.Clone(body)
				body[16] |= 1
			}
			props = append(props, mkBox(p.typ, body)...)
			of = append(of, 0)
		}
		return of
	}
	ofTile := assign(t.ids[n], "ispe", "pixi", "colr", "hvcC")
	ofGrid := assign(t.h.primary, "pixi", "colr")
	props = append(props, mkBox("ispe", u32s(0, uint32(t.tw), uint32(t.th)))...)
	ofGrid = append(ofGrid, 0)
	for i := range ofTile {
		ofTile[i] = byte(i + 1)
	}
	for i := range ofGrid {
		ofGrid[i] = byte(len(ofTile) + i + 1)
	}
	ipma := slices.Concat(u32s(0, 2), []byte{0, tile, byte(len(ofTile))}, ofTile, []byte{0, grid, byte(len(ofGrid))}, ofGrid)
	layout := binary.BigEndian.AppendUint16([]byte{0, 0, 0, 0}, uint16(t.tw))
	layout = binary.BigEndian.AppendUint16(layout, uint16(t.th))
	coded := t.h.data(t.ids[n], maxFileSize)
	ftyp := mkBox("ftyp", []byte("heic"), u32s(0), []byte("mif1heic"))
	meta := func(at int) []byte {
		return mkBox("meta", u32s(0),
			mkBox("hdlr", u32s(0, 0), []byte("pict"), make([]byte, 13)),
			mkBox("pitm", u32s(0), []byte{0, grid}),
			mkBox("iinf", u32s(0), []byte{0, 2},
				mkBox("infe", u32s(2<<24), []byte{0, tile, 0, 0}, []byte("hvc1\x00")),
				mkBox("infe", u32s(2<<24), []byte{0, grid, 0, 0}, []byte("grid\x00"))),
			mkBox("iref", u32s(0), mkBox("dimg", []byte{0, grid, 0, 1, 0, tile})),
			mkBox("iprp", mkBox("ipco", props), mkBox("ipma", ipma)),
			mkBox("idat", layout),
			// Version 1, offsets and lengths of 4 bytes; the grid lies in idat.
			mkBox("iloc", u32s(1<<24), []byte{0x44, 0, 0, 2},
				[]byte{0, tile, 0, 0, 0, 0, 0, 1}, u32s(uint32(at), uint32(len(coded))),
				[]byte{0, grid, 0, 1, 0, 0, 0, 1}, u32s(0, uint32(len(layout)))))
	}
	const head = 8 // of mdat
	return slices.Concat(ftyp, meta(len(ftyp)+len(meta(0))+head), mkBox("mdat", coded))
}

// errNotPlain is returned for tiles that are not coded as planes.
var errNotPlain = errors.New("not planes of the tile's size")

// maxTileDecoders bounds the decoders of one picture. Each leaks the tiles that
// it has decoded until it ends.
const maxTileDecoders = 4

// decode decodes the tiles, several at a time.
func (t *heifTiles) decode(ctx context.Context) (*pix.Picture, error) {
	return runSandbox(ctx, libheif, sandboxTime(len(t.h.file)), func(d *sandboxed) (*pix.Picture, error) {
		first, err := runHEIFIn(d, t.file(0), Limits{})
		if err != nil {
			return nil, err
		}
		if err := t.check(first); err != nil {
			return nil, err
		}
		l := pix.LayoutOf(first)
		l.W, l.H = t.w, t.ht
		pic := pix.New(l)
		pic.Colour = first.Colour
		t.place(pic, first, 0)

		var last atomic.Int64
		work := func(d *sandboxed) error {
			for n := int(last.Add(1)); n < len(t.ids); n = int(last.Add(1)) {
				if err := t.one(ctx, d, pic, n); err != nil {
					last.Store(int64(len(t.ids))) // the others end, too
					return err
				}
			}
			return nil
		}
		var group errgroup.Group
		group.Go(func() error { return work(d) })
		for range min(pix.Workers(0), maxTileDecoders, len(t.ids)-1) - 1 {
			group.Go(func() error { return libheif.start(work) })
		}
		return pic, group.Wait()
	})
}

// one decodes a tile into its place.
func (t *heifTiles) one(ctx context.Context, d *sandboxed, pic *pix.Picture, n int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tile, err := runHEIFIn(d, t.file(n), Limits{})
	if err != nil {
		return err
	}
	if err := t.check(tile); err != nil {
		return err
	}
	want, got := pix.LayoutOf(pic), pix.LayoutOf(tile)
	if got.W, got.H = want.W, want.H; got != want {
		return errNotPlain
	}
	t.place(pic, tile, n)
	return nil
}

func (t *heifTiles) check(tile *pix.Picture) error {
	if tile.Model == pix.RGBA || tile.W != t.tw || tile.H != t.th {
		return errNotPlain
	}
	return nil
}

// place copies a tile to where it belongs; what lies beyond the border is cut.
func (t *heifTiles) place(pic, tile *pix.Picture, n int) {
	for i := range pic.N {
		d, s := &pic.Planes[i], &tile.Planes[i]
		x0, y0 := n%t.across*s.W, n/t.across*s.H
		for y := range min(s.H, d.H-y0) {
			if w := min(s.W, d.W-x0); w > 0 {
				copy(d.Pix8[(y0+y)*d.Stride+x0:][:w], s.Pix8[y*s.Stride:])
			}
		}
	}
}
