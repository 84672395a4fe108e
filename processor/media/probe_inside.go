package media

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"

	"spatialmaker/processor/pix"
)

// xmpInside maps XMP vocabularies to what they announce.
var xmpInside = []struct {
	name []byte
	in   Inside
}{
	{[]byte("ns.google.com/photos/1.0/depthmap/"), Inside{Kind: InsideDepth, From: "GDepth"}},
	{[]byte("ns.google.com/photos/dd/1.0/"), Inside{Kind: InsideDepth, From: "Dynamic Depth"}},
	{[]byte("ns.google.com/photos/1.0/image/"), Inside{Kind: InsideStereo, From: "GImage", Layout: "separate", Detail: "the right eye stands in the XMP"}},
	{[]byte("ns.adobe.com/hdr-gain-map/"), Inside{Kind: InsideGainMap, From: "hdrgm"}},
	{[]byte("ns.google.com/photos/1.0/panorama/"), Inside{Kind: InsidePano, From: "GPano"}},
	{[]byte("MicroVideoOffset"), Inside{Kind: InsideMotion, From: "GCamera"}},
	{[]byte(":MotionPhoto="), Inside{Kind: InsideMotion, From: "GCamera"}},
}

// insideXMP looks for announcements in an XMP packet.
func insideXMP(xmp []byte) []Inside {
	var out []Inside
	for _, x := range xmpInside {
		if bytes.Contains(xmp, x.name) {
			out = append(out, x.in)
		}
	}
	return out
}

// insideJPS reads the stereo descriptor of a JPS file: a length, then
// separation, flags, layout and type (JPS specification, "stereoscopic descriptor").
func insideJPS(jps []byte) []Inside {
	if len(jps) < 6 {
		return nil
	}
	const stereo, leftFirst, halfHeight, halfWidth = 1, 4, 1, 2
	flags, layout, kind := jps[3], jps[4], jps[5]
	if kind != stereo {
		return []Inside{{Kind: InsideOther, From: "JPS", Detail: "one eye of a pair"}}
	}
	in := Inside{Kind: InsideStereo, From: "JPS"}
	in.Layout = map[byte]string{1: "rows", 2: "sbs", 3: "tb", 4: "anaglyph"}[layout]
	order := "left eye first"
	if flags&leftFirst == 0 {
		order = "right eye first"
		if in.Layout == "sbs" {
			in.Layout = "cross"
		}
	}
	in.Detail = order
	switch {
	case flags&halfWidth != 0:
		in.Detail += ", half width"
	case flags&halfHeight != 0:
		in.Detail += ", half height"
	}
	return []Inside{in}
}

// insideMPF lists the further pictures of a multi-picture JPEG.
func insideMPF(b []byte, j *jpegHeader) []Inside {
	pictures := mpfPictures(j)
	if len(pictures) < 2 {
		return nil
	}
	var out []Inside
	for n, p := range pictures {
		in := Inside{From: "MPF", Kind: InsideOther}
		if p.at > 0 && p.at < len(b) {
			if inner, err := parseJPEG(b[p.at:]); err == nil {
				in.Width, in.Height = inner.w, inner.h
				if bytes.Contains(inner.meta.XMP, []byte("hdr-gain-map")) || bytes.Contains(inner.meta.XMP, []byte("HDRGainMap")) {
					in.Kind = InsideGainMap
				}
				if _, ok := appleScale(inner.meta.XMP); ok {
					in.Kind, in.Detail = InsideDepth, "Apple's portrait depth"
				}
			}
		}
		switch {
		case p.kind == mpKindDisparity:
			if n == 0 {
				continue
			}
			in.Kind, in.Layout, in.Detail = InsideStereo, "separate", fmt.Sprintf("picture %d of %d", n+1, len(pictures))
		case n == 0:
			continue
		case p.kind>>16 == 1 && in.Kind == InsideOther:
			in.Kind = InsideThumb
		}
		out = append(out, in)
	}
	return out
}

// auxKinds sorts the URNs of auxiliary pictures by a part of them.
var auxKinds = []struct{ part, kind string }{
	{"auxid:1", InsideAlpha},
	{":alpha", InsideAlpha},
	{"auxid:2", InsideDepth},
	{":depth", InsideDepth},
	{"disparity", InsideDepth},
	{"hdrgainmap", InsideGainMap},
	{"matte", InsideMatte},
}

// insideHEIF lists stereo groups and auxiliary pictures.
func insideHEIF(h *heif) []Inside {
	var out []Inside
	for _, g := range h.groups {
		if g.typ == "ster" && len(g.ids) >= 2 {
			out = append(out, h.stereo(g))
		}
	}
	for _, id := range h.order {
		it := h.items[id]
		if it.typ == "tmap" {
			out = append(out, Inside{Kind: InsideGainMap, From: "tmap"})
		}
		kind := h.auxKind(id)
		if kind == "" {
			continue
		}
		w, ht := h.size(id)
		out = append(out, Inside{Kind: kind, From: "auxC", Width: int(w), Height: int(ht), Detail: h.auxName(id)})
	}
	return out
}

// auxName is the URN of what an auxiliary picture shows, "" of other items.
func (h *heif) auxName(id uint32) string {
	urn := h.prop(id, "auxC")
	if len(urn) < 5 {
		return ""
	}
	name, _, _ := bytes.Cut(urn[4:], []byte{0})
	return string(bytes.ToValidUTF8(name, nil))
}

// auxKind is what an auxiliary picture shows, "" for other items.
func (h *heif) auxKind(id uint32) string {
	name := h.auxName(id)
	if name == "" {
		return ""
	}
	for _, k := range auxKinds {
		if strings.Contains(name, k.part) {
			return k.kind
		}
	}
	return InsideOther
}

// The extended types of Apple's first spelling of camera boxes, and of the
// disparity adjustment.
const (
	uuidIntrinsics = "\x22\xcc\x04\xc7\xd6\xd9\x4e\x07\x9d\x90\x4e\xb6\xec\xba\xf3\xa3"
	uuidExtrinsics = "\x43\x63\xe9\x14\x5b\x7d\x4a\xab\x97\xae\xbe\xa6\x98\x03\xb4\x34"
	uuidDisparity  = "\xde\x22\x50\x85\x36\xcb\x43\x65\x87\x43\x2f\x87\x05\xe7\xc7\x8a"
)

// stereo describes a stereo group: its first item is the left eye.
func (h *heif) stereo(g heifGroup) Inside {
	left, right := g.ids[0], g.ids[1]
	w, ht := h.size(right)
	in := Inside{Kind: InsideStereo, From: "ster", Width: int(w), Height: int(ht), Layout: "separate"}
	in.Detail = "the primary picture is the left eye"
	if h.primary == right {
		in.Detail = "the primary picture is the right eye"
	}
	if b := h.either(left, "cmin", uuidIntrinsics); b != nil {
		in.FOV = fieldOfView(b)
	}
	lx, lok := position(h.either(left, "cmex", uuidExtrinsics))
	rx, rok := position(h.either(right, "cmex", uuidExtrinsics))
	if lok && rok {
		in.Baseline = math.Round((rx-lx)*1000) / 1000
	}
	for _, id := range []uint32{g.id, left, right} {
		if b := h.either(id, "", uuidDisparity); len(b) >= 4 {
			r := &reader{b: b}
			in.Disparity = float64(int32(r.uint(4))) / 100
			break
		}
	}
	return in
}

// heifEyes decodes both eyes of a stereo group.
func heifEyes(ctx context.Context, data []byte, lim Limits) (left, right *pix.Picture, err error) {
	h, err := parseHEIF(data)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range h.groups {
		if g.typ != "ster" || len(g.ids) < 2 || h.items[g.ids[0]] == nil || h.items[g.ids[1]] == nil {
			continue
		}
		var eyes [2]*pix.Picture
		for i := range eyes {
			// The decoder gives the primary picture only.
			photo, err := decodePhoto(ctx, h.withPrimary(g.ids[i]), lim)
			if err != nil {
				return nil, nil, err
			}
			eyes[i] = photo.Picture
		}
		return eyes[0], eyes[1], nil
	}
	return nil, nil, fmt.Errorf("%w: it has no stereo group", ErrNoPair)
}

// either returns a property by its four letters or by its extended type.
func (h *heif) either(id uint32, typ, uuid string) []byte {
	if b := h.prop(id, typ); b != nil && typ != "" {
		return b
	}
	for _, b := range h.all(id, "uuid") {
		if len(b) > 16 && string(b[:16]) == uuid {
			return b[16:]
		}
	}
	return nil
}

// fieldOfView reads the focal length of a camera intrinsics box, which is
// relative to the picture's width, and returns the horizontal angle in degrees.
func fieldOfView(b []byte) float64 {
	_, flags, r := fullBox(b)
	f := float64(int32(r.uint(4))) / float64(int64(1)<<(flags>>8&31))
	if r.short || f <= 0 {
		return 0
	}
	return math.Round(2*math.Atan(0.5/f)*180/math.Pi*100) / 100
}

// position reads x of a camera extrinsics box, in millimetres.
func position(b []byte) (float64, bool) {
	if b == nil {
		return 0, false
	}
	_, flags, r := fullBox(b)
	if flags&1 == 0 {
		return 0, true
	}
	x := float64(int32(r.uint(4))) / 1000 // stored in micrometres
	return x, !r.short
}
