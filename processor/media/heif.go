package media

import (
	"bytes"
	"fmt"
	"slices"
)

// heifItem is one picture or metadata block of a HEIF file (ISO/IEC 23008-12).
type heifItem struct {
	id          uint32
	typ         string // "hvc1", "av01", "grid", "Exif", "mime", ...
	contentType string // of "mime"
	hidden      bool
	info        []byte // the body of its entry, a part of the file
	props       []int  // indices into heif.props, in the order they apply
	method      int    // where the data is: 0 in the file, 1 in idat
	extents     []heifExtent
}

type heifExtent struct{ at, size uint64 }

// heifProp is one item property.
type heifProp struct {
	typ  string
	body []byte
}

// heifRef is a reference of one item to others: "dimg" (made of), "auxl"
// (auxiliary of), "cdsc" (describes), "thmb" (thumbnail of).
type heifRef struct {
	typ  string
	from uint32
	to   []uint32
}

// heifGroup is an entity group: "ster" for a stereo pair, left one first.
type heifGroup struct {
	typ string
	id  uint32
	ids []uint32
}

// heif is the index of a HEIF file; the pictures themselves are not touched.
type heif struct {
	file    []byte
	idat    []byte
	primary uint32
	pitm    []byte // the body of the box that names it, a part of the file
	items   map[uint32]*heifItem
	order   []uint32 // item ids as they are listed
	props   []heifProp
	refs    []heifRef
	groups  []heifGroup
	frames  bool // there is an image sequence as well
}

// maxHEIFEntries bounds lists whose lengths stand in the file.
const maxHEIFEntries = 1 << 16

// parseHEIF reads the index of a HEIF or AVIF file.
func parseHEIF(b []byte) (*heif, error) {
	h := &heif{file: b, items: map[uint32]*heifItem{}}
	meta := false
	err := walkBoxes(b, func(typ string, body []byte) error {
		switch {
		case typ == "meta" && !meta && len(body) >= 4:
			meta = true
			return walkBoxes(body[4:], h.metaBox)
		case typ == "moov":
			h.frames = true
		}
		return nil
	})
	if h.items[h.primary] == nil {
		switch {
		case err != nil:
			return nil, err
		case !meta && h.frames:
			return nil, fmt.Errorf("%w: an image sequence without a still picture", ErrUnsupported)
		}
		return nil, fmt.Errorf("%w: no primary picture in the index", ErrCorrupt)
	}
	return h, nil
}

func (h *heif) metaBox(typ string, body []byte) error {
	switch typ {
	case "pitm":
		v, _, r := fullBox(body)
		h.primary, h.pitm = uint32(r.uint(idBytes(v))), body
	case "iinf":
		v, _, r := fullBox(body)
		r.uint(idBytes(v))
		return walkBoxes(r.b[r.at:], h.infoBox)
	case "iloc":
		h.locations(body)
	case "iref":
		v, _, r := fullBox(body)
		return walkBoxes(r.b[r.at:], func(typ string, body []byte) error {
			h.reference(typ, body, idBytes(v))
			return nil
		})
	case "iprp":
		return walkBoxes(body, h.propertyBox)
	case "idat":
		h.idat = body
	case "grpl":
		return walkBoxes(body, h.groupBox)
	}
	return nil
}

// idBytes is the size of item numbers: two bytes in version 0, else four.
func idBytes(version byte) int {
	if version == 0 {
		return 2
	}
	return 4
}

// item returns the item with an id, listing it when it is new.
func (h *heif) item(id uint32) *heifItem {
	it := h.items[id]
	if it == nil {
		it = &heifItem{id: id}
		if len(h.items) < maxHEIFEntries {
			h.items[id] = it
			h.order = append(h.order, id)
		}
	}
	return it
}

// infoBox reads an item's type.
func (h *heif) infoBox(typ string, body []byte) error {
	v, flags, r := fullBox(body)
	if typ != "infe" || v < 2 {
		return nil
	}
	id := uint32(r.uint(2 * (int(min(v, 3)) - 1)))
	r.uint(2) // protection
	name := string(r.take(4))
	if r.short {
		return nil
	}
	it := h.item(id)
	it.typ, it.hidden, it.info = name, flags&1 != 0, body
	if name == "mime" {
		r.cstring()
		it.contentType = r.cstring()
	}
	return nil
}

// locations reads where the items' bytes are.
func (h *heif) locations(body []byte) {
	v, _, r := fullBox(body)
	sizes := r.uint(2)
	offBytes, lenBytes, baseBytes := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15)
	indexBytes := int(sizes & 15)
	if v == 0 {
		indexBytes = 0
	}
	if offBytes > 8 || lenBytes > 8 || baseBytes > 8 || indexBytes > 8 {
		return
	}
	count := r.uint(idBytes(max(v, 1) - 1)) // four bytes from version 2 on
	for n := uint64(0); n < count && n < maxHEIFEntries && !r.short; n++ {
		it := h.item(uint32(r.uint(idBytes(max(v, 1) - 1))))
		if v > 0 {
			it.method = int(r.uint(2) & 15)
		}
		r.uint(2) // data reference
		base := r.uint(baseBytes)
		extents := r.uint(2)
		for range extents {
			if r.short || len(it.extents) >= maxHEIFEntries {
				return
			}
			r.uint(indexBytes)
			at := base + r.uint(offBytes)
			it.extents = append(it.extents, heifExtent{at, r.uint(lenBytes)})
		}
	}
}

func (h *heif) reference(typ string, body []byte, idLen int) {
	r := &reader{b: body}
	ref := heifRef{typ: typ, from: uint32(r.uint(idLen))}
	for n := r.uint(2); n > 0 && !r.short; n-- {
		ref.to = append(ref.to, uint32(r.uint(idLen)))
	}
	if !r.short && len(h.refs) < maxHEIFEntries {
		h.refs = append(h.refs, ref)
	}
}

// propertyBox reads the properties and which item has which.
func (h *heif) propertyBox(typ string, body []byte) error {
	switch typ {
	case "ipco":
		return walkBoxes(body, func(typ string, body []byte) error {
			h.props = append(h.props, heifProp{typ, body})
			return nil
		})
	case "ipma":
		v, flags, r := fullBox(body)
		for n := r.uint(4); n > 0 && !r.short; n-- {
			it := h.item(uint32(r.uint(idBytes(v))))
			for m := r.uint(1); m > 0 && !r.short; m-- {
				i := 0
				if flags&1 != 0 {
					i = int(r.uint(2) & 0x7fff)
				} else {
					i = int(r.uint(1) & 0x7f)
				}
				if i > 0 && len(it.props) < maxHEIFEntries {
					it.props = append(it.props, i-1)
				}
			}
		}
	}
	return nil
}

func (h *heif) groupBox(typ string, body []byte) error {
	_, _, r := fullBox(body)
	g := heifGroup{typ: typ, id: uint32(r.uint(4))}
	for n := r.uint(4); n > 0 && !r.short; n-- {
		g.ids = append(g.ids, uint32(r.uint(4)))
	}
	if !r.short {
		h.groups = append(h.groups, g)
	}
	return nil
}

// all returns an item's properties of one type.
func (h *heif) all(id uint32, typ string) [][]byte {
	it := h.items[id]
	if it == nil {
		return nil
	}
	var out [][]byte
	for _, i := range it.props {
		if i < len(h.props) && h.props[i].typ == typ {
			out = append(out, h.props[i].body)
		}
	}
	return out
}

// prop returns an item's first property of a type, nil when it has none.
func (h *heif) prop(id uint32, typ string) []byte {
	if p := h.all(id, typ); len(p) > 0 {
		return p[0]
	}
	return nil
}

// size returns the pixel size an item claims, before rotation.
func (h *heif) size(id uint32) (w, ht int64) {
	_, _, r := fullBox(h.prop(id, "ispe"))
	return int64(r.uint(4)), int64(r.uint(4))
}

// data returns an item's bytes up to a limit; nil when they lie outside.
func (h *heif) data(id uint32, most int) []byte {
	it := h.items[id]
	if it == nil || it.method > 1 {
		return nil
	}
	src := h.file
	if it.method == 1 {
		src = h.idat
	}
	var out []byte
	for _, e := range it.extents {
		if e.at > uint64(len(src)) {
			return nil
		}
		if e.size == 0 { // to the end
			e.size = uint64(len(src)) - e.at
		}
		if e.size > uint64(len(src))-e.at || e.size > uint64(most-len(out)) {
			return nil
		}
		part := src[e.at : e.at+e.size]
		if len(it.extents) == 1 {
			return part
		}
		out = append(out, part...)
	}
	return out
}

// from returns the items that an item refers to.
func (h *heif) from(id uint32, typ string) []uint32 {
	for _, r := range h.refs {
		if r.from == id && r.typ == typ {
			return r.to
		}
	}
	return nil
}

// to returns the items that refer to an item.
func (h *heif) to(id uint32, typ string) []uint32 {
	var out []uint32
	for _, r := range h.refs {
		if r.typ == typ && slices.Contains(r.to, id) {
			out = append(out, r.from)
		}
	}
	return out
}

// coded returns the items whose bitstreams make up a picture: itself, or the
// tiles of a grid.
func (h *heif) coded(id uint32) []uint32 {
	if it := h.items[id]; it != nil && (it.typ == "grid" || it.typ == "iovl" || it.typ == "iden" || it.typ == "tmap") {
		return h.from(id, "dimg")
	}
	return []uint32{id}
}

// orientation translates rotation and mirroring of an item to an EXIF value.
func (h *heif) orientation(id uint32) int {
	turns, mirror, axis := 0, false, byte(0) // anticlockwise quarter turns, then a mirror
	if it := h.items[id]; it != nil {
		for _, i := range it.props {
			if i >= len(h.props) || len(h.props[i].body) < 1 {
				continue
			}
			v := h.props[i].body[0]
			switch h.props[i].typ {
			case "irot":
				if mirror { // a mirror before a turn is the opposite turn before it
					turns += 4 - int(v&3)
				} else {
					turns += int(v & 3)
				}
			case "imir":
				mirror, axis = true, v&1
			}
		}
	}
	turns %= 4
	switch {
	case !mirror:
		return [4]int{1, 8, 3, 6}[turns]
	case axis == 1: // left and right change places
		return [4]int{2, 7, 4, 5}[turns]
	}
	return [4]int{4, 5, 2, 7}[turns]
}

// metadata collects what describes an item.
func (h *heif) metadata(id uint32) Metadata {
	var m Metadata
	for _, ref := range h.to(id, "cdsc") {
		it := h.items[ref]
		switch {
		case it == nil:
		case it.typ == "Exif" && m.EXIF == nil:
			m.EXIF = exifPayload(h.data(ref, maxInflated))
		case it.typ == "mime" && it.contentType == "application/rdf+xml" && m.XMP == nil:
			m.XMP = h.data(ref, maxInflated)
		}
	}
	for _, c := range h.all(id, "colr") {
		if len(c) > 4 && (string(c[:4]) == "prof" || string(c[:4]) == "rICC") {
			m.ICC = c[4:]
		}
	}
	return m
}

// exifPayload finds the TIFF structure in an Exif item or box, which begins
// with the offset of that structure.
func exifPayload(b []byte) []byte {
	if len(b) < 4 {
		return nil
	}
	r := &reader{b: b}
	if skip := r.uint(4); skip < uint64(r.left()) {
		r.take(int(skip))
	}
	return bytes.TrimPrefix(r.b[r.at:], []byte("Exif\x00\x00"))
}
