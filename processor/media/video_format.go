package media

import (
	"strings"

	"spatialmaker/processor/pix"
)

// pixFmt is a decoded pixel format: what ffmpeg is asked for, and the layout
// in which its bytes arrive.
type pixFmt struct {
	name   string // given to ffmpeg; above 8 bits in the machine's byte order
	bits   int
	model  pix.Model
	sx, sy uint8
	full   bool   // the format itself means full range (yuvj)
	chroma string // of the source
	alpha  bool   // the source has one, and it is dropped
	from   string // "rgb" when the source is RGB and becomes YUV once
}

func (f pixFmt) layout(w, h int) pix.Layout {
	return pix.Layout{W: w, H: h, Bits: f.bits, Model: f.model, ShiftX: f.sx, ShiftY: f.sy}
}

// workFormat chooses the planar format a source format is worked on in: its
// own where that is planar YUV or grey of 8, 10 or 12 bits, else the nearest
// that loses nothing. RGB becomes YUV 4:4:4; alpha is dropped, a film that has
// it shows it nowhere.
func workFormat(name string) pixFmt {
	base := strings.TrimSuffix(strings.TrimSuffix(name, "le"), "be")
	if f, ok := semiPlanar[base]; ok {
		return f
	}
	switch {
	case strings.HasPrefix(base, "gray"):
		return grayFormat(base)
	case strings.HasPrefix(base, "yuvj"):
		f := yuvFormat(base[4:])
		f.full, f.name = true, "yuvj"+strings.TrimPrefix(f.name, "yuv")
		return f
	case strings.HasPrefix(base, "yuva"):
		f := yuvFormat(base[4:])
		f.alpha = true
		return f
	case strings.HasPrefix(base, "yuv"):
		return yuvFormat(base[3:])
	case base == "monow" || base == "monob":
		return grayFormat("gray")
	}
	f := yuvFormat("444p" + rgbDepth(base))
	f.chroma, f.from = "rgb", "rgb"
	f.alpha = strings.Contains(base, "a") && base != "pal8" && !strings.HasPrefix(base, "bayer")
	return f
}

var semiPlanar = map[string]pixFmt{
	"nv12": yuvFormat("420p"), "nv21": yuvFormat("420p"), "nv16": yuvFormat("422p"), "nv24": yuvFormat("444p"),
	"nv42": yuvFormat("444p"), "p010": yuvFormat("420p10"), "p012": yuvFormat("420p12"), "p210": yuvFormat("422p10"),
	"p410": yuvFormat("444p10"), "p016": yuvFormat("420p12"), "p216": yuvFormat("422p12"), "p416": yuvFormat("444p12"),
	"nv20": yuvFormat("422p10"), "y210": yuvFormat("422p10"), "y212": yuvFormat("422p12"), "v30x": yuvFormat("444p10"),
	"xv30": yuvFormat("444p10"), "xv36": yuvFormat("444p12"), "yuyv422": yuvFormat("422p"), "uyvy422": yuvFormat("422p"),
	"yvyu422": yuvFormat("422p"), "vuya": yuvFormat("444p"), "vuyx": yuvFormat("444p"), "ayuv64": yuvFormat("444p12"),
}

// yuvFormat reads "420p", "422p10", "440p12"... The odd samplings (4:1:0,
// 4:1:1, 4:4:0) become the next finer one that the stages know.
func yuvFormat(s string) pixFmt {
	sampling, depth, _ := strings.Cut(s, "p")
	f := pixFmt{model: pix.YUV}
	switch sampling {
	case "420", "410":
		f.sx, f.sy, f.chroma, f.name = 1, 1, "4:2:0", "yuv420p"
	case "422", "411":
		f.sx, f.chroma, f.name = 1, "4:2:2", "yuv422p"
	default:
		f.chroma, f.name = "4:4:4", "yuv444p"
	}
	suffix := ""
	f.bits, suffix = depthOf(depth)
	f.name += suffix
	return f
}

// depthOf rounds a depth up to one the stages and the encoders know. 14 and 16
// bits become 12: no encoder here takes more.
func depthOf(s string) (bits int, suffix string) {
	switch s {
	case "9", "10":
		return 10, "10"
	case "12", "14", "16":
		return 12, "12"
	}
	return 8, ""
}

func grayFormat(base string) pixFmt {
	bits, suffix := depthOf(strings.TrimPrefix(base, "gray"))
	return pixFmt{name: "gray" + suffix, bits: bits, model: pix.Gray, chroma: "gray", alpha: base == "ya8"}
}

// rgbDepth finds the depth of a component in names like gbrp10, rgb48, x2rgb10.
func rgbDepth(base string) string {
	switch {
	case strings.HasSuffix(base, "48"), strings.HasSuffix(base, "64"), strings.HasSuffix(base, "12"),
		strings.HasSuffix(base, "14"), strings.HasSuffix(base, "16"), strings.HasSuffix(base, "f32"):
		return "12"
	case strings.HasSuffix(base, "p9"), strings.HasSuffix(base, "10"):
		return "10"
	}
	return ""
}

// colour code points of H.273 by ffmpeg's names. Names that are missing stand
// for unspecified.
var (
	primariesCodes = map[string]uint8{
		"bt709": 1, "bt470m": 4, "bt470bg": 5, "smpte170m": 6, "smpte240m": 7, "film": 8,
		"bt2020": 9, "smpte428": 10, "smpte431": 11, "smpte432": 12, "ebu3213": 22, "jedec-p22": 22,
	}
	transferCodes = map[string]uint8{
		"bt709": 1, "bt470m": 4, "gamma22": 4, "bt470bg": 5, "gamma28": 5, "smpte170m": 6, "smpte240m": 7, "linear": 8,
		"log100": 9, "log316": 10, "iec61966-2-4": 11, "bt1361e": 12, "iec61966-2-1": 13, "bt2020-10": 14,
		"bt2020-12": 15, "smpte2084": 16, "smpte428": 17, "arib-std-b67": 18,
	}
	matrixCodes = map[string]uint8{
		"bt709": 1, "fcc": 4, "bt470bg": 5, "smpte170m": 6, "smpte240m": 7, "ycgco": 8, "ycocg": 8, "bt2020nc": 9, "bt2020c": 10,
		"smpte2085": 11, "chroma-derived-nc": 12, "chroma-derived-c": 13, "ictcp": 14,
	}
)
