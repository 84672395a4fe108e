package media

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"golang.org/x/image/bmp"

	"spatialmaker/processor/pix"
)

// describe fills what every format's metadata tells.
func (i *Info) describe(m Metadata) {
	c := i.Colour
	if space := iccSpace(m.ICC); space != "" {
		c.ICC, c.ICCBytes, c.ICCSpace = iccDescription(m.ICC), len(m.ICC), string(bytes.TrimSpace([]byte(space)))
	}
	i.Metadata = cameraInfo(m)
	i.Inside = append(i.Inside, insideXMP(m.XMP)...)
}

func probeJPEG(b []byte, i *Info) error {
	j, err := parseJPEG(b)
	if err != nil {
		return err
	}
	i.Width, i.Height, i.Orientation = j.w, j.h, exifOrientation(j.meta.EXIF)
	i.Colour.Bits, i.Colour.Coding = j.precision, j.coding()
	i.Colour.Model, i.Colour.Chroma = j.model()
	i.Inside = append(i.Inside, insideJPS(j.jps)...)
	i.Inside = append(i.Inside, insideMPF(b, j)...)
	i.describe(j.meta)
	if err := j.supported(); err != nil {
		i.Notes = append(i.Notes, err.Error())
	}
	return nil
}

// coding names a JPEG's process.
func (j *jpegHeader) coding() string {
	switch j.sof {
	case markSOF0:
		return "baseline"
	case markSOF1:
		return "extended sequential"
	case markSOF2:
		return "progressive"
	case markSOF9:
		return "arithmetic sequential"
	case markSOFA:
		return "arithmetic progressive"
	case 0xc3, 0xcb:
		return "lossless"
	}
	return "hierarchical"
}

// model names a JPEG's colours and subsampling.
func (j *jpegHeader) model() (model, chroma string) {
	switch len(j.comps) {
	case 1:
		return "gray", ""
	case 4:
		return "cmyk", ""
	case 3:
	default:
		return fmt.Sprintf("%d components", len(j.comps)), ""
	}
	c := j.comps
	if !j.jfif && (j.adobe == 0 || j.adobe < 0 && c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B') {
		return "rgb", ""
	}
	if c[1].h == 0 || c[1].v == 0 {
		return "yuv", ""
	}
	return "yuv", chromaName(int(c[0].h/c[1].h), int(c[0].v/c[1].v))
}

// chromaName names a subsampling by its steps across and down.
func chromaName(stepX, stepY int) string {
	switch [2]int{stepX, stepY} {
	case [2]int{1, 1}:
		return "4:4:4"
	case [2]int{2, 1}:
		return "4:2:2"
	case [2]int{2, 2}:
		return "4:2:0"
	case [2]int{1, 2}:
		return "4:4:0"
	case [2]int{4, 1}:
		return "4:1:1"
	case [2]int{4, 2}:
		return "4:1:0"
	}
	return fmt.Sprintf("1/%d x 1/%d", stepX, stepY)
}

func probePNG(b []byte, i *Info) error {
	h, err := parsePNG(b)
	if err != nil {
		return err
	}
	i.Width, i.Height, i.Orientation, i.Frames = h.w, h.h, exifOrientation(h.meta.EXIF), max(h.frames, 1)
	c := i.Colour
	c.Bits = h.depth
	c.Model = map[byte]string{pngGray: "gray", pngRGB: "rgb", 3: "palette", 4: "gray", pngRGBA: "rgb"}[h.colourType]
	c.Alpha = h.colourType&4 != 0 || h.transparent
	if h.interlaced {
		c.Coding = "interlaced"
	}
	if h.cicp != nil {
		c.codes(pix.Colour{Primaries: h.cicp[0], Transfer: h.cicp[1], Matrix: pix.Unspecified, FullRange: h.cicp[3] == 1})
	}
	i.describe(h.meta)
	return nil
}

func probeGIF(b []byte, i *Info) error {
	if len(b) < 10 {
		return fmt.Errorf("%w: the GIF's header is incomplete", ErrTruncated)
	}
	i.Width, i.Height = int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))
	i.Frames = max(gifFrames(b), 1)
	i.Colour.Model, i.Colour.Bits = "palette", 8
	return nil
}

func probeBMP(b []byte, i *Info) error {
	cfg, err := bmp.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return bmpError(err)
	}
	i.Width, i.Height = cfg.Width, cfg.Height
	i.Colour.Model, i.Colour.Bits = "rgb", 8
	if len(b) > 30 {
		i.Colour.Coding = fmt.Sprintf("%d bits a pixel", binary.LittleEndian.Uint16(b[28:]))
	}
	return nil
}

func probeTIFF(b []byte, i *Info) error {
	h, err := parseTIFF(b)
	if err != nil {
		return err
	}
	i.Width, i.Height, i.Orientation, i.Frames = h.w, h.h, h.orientation, h.pages
	i.Colour.Bits = h.bits
	switch h.photometric {
	case 0, tiffBlackIsZero:
		i.Colour.Model = "gray"
	case 3:
		i.Colour.Model = "palette"
	case 5:
		i.Colour.Model = "cmyk"
	case 6:
		i.Colour.Model = "yuv"
	default:
		i.Colour.Model = "rgb"
	}
	i.describe(h.meta)
	if h.raw {
		i.Notes = append(i.Notes, "a camera's raw file; this is the size of its first preview")
	}
	return nil
}

func probeWebP(b []byte, i *Info) error {
	h, err := parseWebP(b)
	if err != nil {
		return err
	}
	i.Width, i.Height, i.Orientation, i.Frames = h.w, h.h, exifOrientation(h.meta.EXIF), max(h.frames, 1)
	c := i.Colour
	c.Bits, c.Alpha, c.Model, c.Chroma, c.Coding = 8, h.alpha, "yuv", "4:2:0", "lossy"
	if h.lossless {
		c.Model, c.Chroma, c.Coding = "rgb", "", "lossless"
	}
	i.describe(h.meta)
	return nil
}

func probeHEIF(b []byte, i *Info) error {
	h, err := parseHEIF(b)
	if err != nil {
		return err
	}
	w, ht := h.size(h.primary)
	i.Width, i.Height, i.Orientation = int(w), int(ht), h.orientation(h.primary)
	if h.frames {
		i.Frames = max(sequenceFrames(b), 1)
	}
	info := h.coding(h.primary)
	i.Colour.Bits = info.bits
	i.Colour.Model, i.Colour.Chroma = "yuv", [4]string{"", "4:2:0", "4:2:2", "4:4:4"}[info.chroma]
	if info.chroma == 0 {
		i.Colour.Model = "gray"
	}
	if it := h.items[h.primary]; it.typ == "grid" {
		i.Colour.Coding = fmt.Sprintf("grid of %d tiles", len(h.coded(h.primary)))
	} else {
		i.Colour.Coding = it.typ
	}
	i.Working = h.working(i.Format, info)
	i.Colour.codes(info.colour)
	i.Inside = insideHEIF(h)
	for _, in := range i.Inside {
		i.Colour.Alpha = i.Colour.Alpha || in.Kind == InsideAlpha
	}
	i.describe(h.metadata(h.primary))
	return nil
}

// working is what decoding the primary picture takes beside it, in bytes.
func (h *heif) working(f Format, info codedInfo) int64 {
	w, ht := h.size(h.primary)
	switch {
	case f == FormatAVIF && info.bits > 8:
		return 5 * 8 * w * ht
	case f == FormatAVIF:
		return 5 * 4 * w * ht
	case h.tiles() == nil:
		return 8 * w * ht
	}
	const decoder = 12 << 20
	return decoder*int64(min(pix.Workers(0), maxTileDecoders)) + 3*w*ht // the tiles, and the picture before it is turned
}

// sequenceFrames counts the samples of the first track of an image sequence.
func sequenceFrames(b []byte) int {
	frames := 0
	var walk func(typ string, body []byte) error
	walk = func(typ string, body []byte) error {
		switch typ {
		case "moov", "trak", "mdia", "minf", "stbl":
			return walkBoxes(body, walk)
		case "stsz":
			if _, _, r := fullBox(body); frames == 0 {
				r.uint(4)
				frames = int(r.uint(4))
			}
		}
		return nil
	}
	_ = walkBoxes(b, walk) // a damaged file gives what was seen
	return frames
}

func probeJXL(b []byte, i *Info) error {
	h, err := parseJXL(b)
	if err != nil {
		return err
	}
	i.Width, i.Height, i.Orientation = int(h.w), int(h.h), h.orientation
	i.Working = 3 * 4 * h.w * h.h
	c := i.Colour
	c.Model, c.Bits = "rgb", h.bits
	if h.gray {
		c.Model = "gray"
	}
	switch {
	case h.fromJPEG:
		c.Coding = "recompressed JPEG"
	case h.float:
		c.Coding = "floating point"
	}
	c.codes(h.colour)
	i.describe(h.meta)
	if h.animated {
		i.Notes = append(i.Notes, "an animation")
	}
	return nil
}

// codes puts H.273 code points into words.
func (c *ColourInfo) codes(v pix.Colour) {
	c.Primaries, c.Transfer, c.Matrix = primariesNames[v.Primaries], transferNames[v.Transfer], matrixNames[v.Matrix]
	c.HDR = v.Transfer == pix.TransferPQ || v.Transfer == pix.TransferHLG
	switch {
	case v.FullRange:
		c.Range = "full"
	case v.Matrix != pix.Unspecified || v.Primaries != pix.Unspecified:
		c.Range = "limited"
	}
}

var primariesNames = map[uint8]string{
	1: "BT.709", 4: "BT.470M", 5: "BT.601 (625)", 6: "BT.601 (525)", 7: "SMPTE 240M", 8: "film",
	9: "BT.2020", 10: "XYZ", 11: "DCI-P3", 12: "Display P3", 22: "EBU 3213",
}

var transferNames = map[uint8]string{
	1: "BT.709", 4: "gamma 2.2", 5: "gamma 2.8", 6: "BT.601", 7: "SMPTE 240M", 8: "linear", 11: "xvYCC", 13: "sRGB",
	14: "BT.2020", 15: "BT.2020 (12 bit)", 16: "PQ", 17: "DCI", 18: "HLG",
}

var matrixNames = map[uint8]string{
	0: "RGB", 1: "BT.709", 4: "FCC", 5: "BT.601", 6: "BT.601", 7: "SMPTE 240M", 8: "YCgCo", 9: "BT.2020", 10: "BT.2020 constant luminance",
	14: "ICtCp",
}
