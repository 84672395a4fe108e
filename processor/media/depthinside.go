package media

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"

	"spatialmaker/processor/pix"
)

// ErrNoDepth reports a photo that holds no depth that can be read.
var ErrNoDepth = errors.New("there is no depth in this file")

// DepthInside is the depth that a photo holds beside its picture, upright.
type DepthInside struct {
	Map  *pix.Map // disparity in the file's own unit: larger is nearer, nothing is normalised
	From string   // who wrote it, in words
}

// DecodeDepth reads the depth that a photo holds: the auxiliary picture of a
// HEIC or AVIF file, the disparity in an Apple JPEG, and the depth maps of
// Google's GDepth and Dynamic Depth. The error is ErrNoDepth when the file is
// sound but holds none.
func DecodeDepth(ctx context.Context, path string, lim Limits) (*DepthInside, error) {
	data, err := readFile(ctx, path)
	if err != nil {
		return nil, err
	}
	d, err := decodeDepth(ctx, data, lim)
	if err != nil {
		return nil, fmt.Errorf("depth in %s: %w", path, err)
	}
	return d, nil
}

func decodeDepth(ctx context.Context, data []byte, lim Limits) (d *DepthInside, err error) {
	format, err := sniff(data[:min(len(data), sniffLen)])
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			d, err = nil, fmt.Errorf("%w: its depth could not be read: %v", ErrCorrupt, r)
		}
	}()
	switch format {
	case FormatHEIC, FormatAVIF:
		d, err = heifDepth(ctx, data, format, lim)
	case FormatJPEG:
		d, err = jpegDepth(ctx, data, lim)
	default:
		return nil, ErrNoDepth
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return nil, ctxErr
	}
	return d, classify(err)
}

// scale tells what the samples 0 and 1 of a depth picture mean.
type scale struct {
	at0, at1 float64
	distance bool // they are distances, else disparities
}

// disparity makes a depth picture into a map of disparity.
func (s scale) disparity(p *pix.Picture) (*pix.Map, error) {
	m, err := mapOf(p)
	if err != nil {
		return nil, err
	}
	const nearest = 1e-3 // metres; nearer is noise, or nothing was measured
	for y := range m.H {
		row := m.Row(y)
		for x, v := range row {
			w := s.at0 + float64(v)*(s.at1-s.at0)
			if s.distance {
				w = 1 / max(w, nearest)
			}
			row[x] = float32(w)
		}
	}
	return m, nil
}

// appleScale reads Apple's description of a depth picture: half floats were
// spread over the samples, from the smallest to the largest. Without one the
// samples are taken as disparity.
func appleScale(xmp []byte) (s scale, ok bool) {
	kind := string(xmpField(xmp, "apdi:AuxiliaryImageType"))
	if kind != "disparity" && kind != "depth" {
		return scale{at1: 1}, false
	}
	s = scale{at1: 1, distance: kind == "depth"}
	lo, ok1 := xmpNumber(xmp, "apdi:FloatMinValue")
	hi, ok2 := xmpNumber(xmp, "apdi:FloatMaxValue")
	if ok1 && ok2 && hi > lo && math.Abs(lo) < 1e6 && math.Abs(hi) < 1e6 {
		s.at0, s.at1 = lo, hi
	}
	return s, true
}

// heifDepth decodes the auxiliary picture that is depth of the primary one.
func heifDepth(ctx context.Context, data []byte, format Format, lim Limits) (*DepthInside, error) {
	h, err := parseHEIF(data)
	if err != nil {
		return nil, err
	}
	id, ok := h.depthItem()
	if !ok {
		return nil, ErrNoDepth
	}
	// The decoders give the primary picture only, so the depth becomes that.
	st, err := decoders[format](ctx, h.withPrimary(id), lim)
	if err != nil {
		return nil, err
	}
	turn := st.orientation
	if h.orientation(id) == 1 {
		turn = h.orientation(h.primary) // it is stored as the picture is
	}
	s, apple := appleScale(h.metadata(id).XMP)
	m, err := s.upright(ctx, st.pic, turn)
	if err != nil {
		return nil, err
	}
	from := "its own depth picture"
	if apple {
		from = "Apple's portrait depth"
	}
	return &DepthInside{Map: m, From: from}, nil
}

// upright turns a decoded depth picture and makes it disparity.
func (s scale) upright(ctx context.Context, p *pix.Picture, orientation int) (*pix.Map, error) {
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	up, err := upright(ctx, p, orientation)
	if err != nil {
		return nil, err
	}
	return s.disparity(up)
}

// depthItem finds the auxiliary depth picture of the primary one.
func (h *heif) depthItem() (id uint32, ok bool) {
	for _, id := range h.to(h.primary, "auxl") {
		if h.auxKind(id) == InsideDepth {
			return id, true
		}
	}
	return 0, false
}

// withPrimary returns a copy of the file whose primary picture is another item.
func (h *heif) withPrimary(id uint32) []byte {
	data := bytes.Clone(h.file)
	at := func(part []byte) []byte { return data[cap(h.file)-cap(part):] } // parts of the file
	b := at(h.pitm)
	if b[0] == 0 {
		b[4], b[5] = byte(id>>8), byte(id)
	} else {
		b[4], b[5], b[6], b[7] = byte(id>>24), byte(id>>16), byte(id>>8), byte(id)
	}
	if it := h.items[id]; it.info != nil {
		at(it.info)[3] &^= 1 // a hidden picture is no primary one
	}
	return data
}

// jpegDepth finds depth in the places a JPEG may have it.
func jpegDepth(ctx context.Context, data []byte, lim Limits) (*DepthInside, error) {
	j, err := parseJPEG(data)
	if err != nil {
		return nil, err
	}
	turn := exifOrientation(j.meta.EXIF)
	for _, p := range mpfPictures(j) {
		if p.at <= 0 || p.at >= len(data) {
			continue
		}
		part := data[p.at:min(len(data), p.at+max(p.size, 0))]
		inner, err := parseJPEG(part)
		if err != nil {
			continue
		}
		if s, ok := appleScale(inner.meta.XMP); ok {
			return s.coded(ctx, part, lim, turn, "Apple's portrait depth")
		}
	}
	if d, err := gDepth(ctx, j, lim, turn); !errors.Is(err, ErrNoDepth) {
		return d, err
	}
	return dynamicDepth(ctx, data, j, lim, turn)
}

// coded decodes a depth picture that is a file of its own.
func (s scale) coded(ctx context.Context, file []byte, lim Limits, turn int, from string) (*DepthInside, error) {
	format, err := sniff(file[:min(len(file), sniffLen)])
	if err != nil {
		return nil, fmt.Errorf("%w: what it calls depth is no picture", ErrCorrupt)
	}
	decode, ok := decoders[format]
	if !ok {
		return nil, fmt.Errorf("%w: depth as %s", ErrUnsupported, format)
	}
	st, err := decode(ctx, file, lim)
	if err != nil {
		return nil, err
	}
	if st.orientation > 1 {
		turn = st.orientation
	}
	m, err := s.upright(ctx, st.pic, turn)
	if err != nil {
		return nil, err
	}
	return &DepthInside{Map: m, From: from}, nil
}

// googleScale reads how Google's formats spread distances over the samples: 0
// is near and 1 is far, in steps of distance (RangeLinear) or of its inverse
// (RangeInverse, the usual one). Without the ends only the order is known.
func googleScale(xmp []byte, prefix string) scale {
	near, ok1 := xmpNumber(xmp, prefix+"Near")
	far, ok2 := xmpNumber(xmp, prefix+"Far")
	if !ok1 || !ok2 || !(near > 0) || !(far > near) || far > 1e6 {
		return scale{at0: 1, at1: 0}
	}
	if strings.EqualFold(string(xmpField(xmp, prefix+"Format")), "RangeLinear") {
		return scale{at0: near, at1: far, distance: true}
	}
	return scale{at0: 1 / near, at1: 1 / far}
}

// gDepth reads the depth of Google's first format, which stands as text in XMP.
func gDepth(ctx context.Context, j *jpegHeader, lim Limits, turn int) (*DepthInside, error) {
	const prefix = "GDepth:"
	for _, xmp := range [][]byte{j.xmpMore, j.meta.XMP} {
		text := xmpField(xmp, prefix+"Data")
		if text == nil {
			continue
		}
		file := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
		n, err := base64.StdEncoding.Decode(file, text)
		if err != nil {
			return nil, fmt.Errorf("%w: GDepth: %w", ErrCorrupt, err)
		}
		about := j.meta.XMP
		if xmpField(about, prefix+"Near") == nil {
			about = xmp
		}
		return googleScale(about, prefix).coded(ctx, file[:n], lim, turn, "Google's depth map")
	}
	return nil, ErrNoDepth
}

// dynamicDepth reads the depth of Google's second format: files that follow the
// picture, listed in XMP with their lengths in the order they stand.
func dynamicDepth(ctx context.Context, data []byte, j *jpegHeader, lim Limits, turn int) (*DepthInside, error) {
	xmp := j.xmpMore
	if !bytes.Contains(xmp, []byte("Item:DataURI")) {
		xmp = j.meta.XMP
	}
	uri := xmpField(xmp, "DepthMap:DepthURI")
	if uri == nil {
		return nil, ErrNoDepth
	}
	// Counted from the end, as the length of the picture itself is not told.
	items := bytes.Split(xmp, []byte("Item:DataURI"))
	tail := 0
	for i := len(items) - 1; i > 0; i-- {
		// What belongs to one item stands around its DataURI, between that and
		// its neighbours'.
		item := itemText(items, i)
		length, _ := xmpNumber(item, "Item:Length")
		padding, _ := xmpNumber(item, "Item:Padding")
		if length < 0 || padding < 0 || length+padding > float64(len(data)-tail) {
			return nil, fmt.Errorf("%w: Dynamic Depth items outside the file", ErrCorrupt)
		}
		tail += int(length) + int(padding)
		if bytes.Equal(xmpField(item, "Item:DataURI"), uri) && length > 0 {
			at := len(data) - tail
			return googleScale(xmp, "DepthMap:").coded(ctx, data[at:at+int(length)], lim, turn, "Google's dynamic depth")
		}
	}
	return nil, ErrNoDepth
}

// itemText is the text of one item of a list split at its DataURIs: from the
// last opening bracket before it to the first closing one after it.
func itemText(parts [][]byte, i int) []byte {
	before, after := parts[i-1], parts[i]
	if k := bytes.LastIndex(before, []byte("<rdf:li")); k >= 0 {
		before = before[k:]
	}
	if k := bytes.Index(after, []byte("</rdf:li")); k >= 0 {
		after = after[:k]
	}
	return bytes.Join([][]byte{before, after}, []byte("Item:DataURI"))
}
