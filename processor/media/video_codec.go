package media

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"spatialmaker/processor/pix"
)

// Codec is how a video is compressed.
type Codec string

// The codecs that can be written.
const (
	H264   Codec = "h264"
	HEVC   Codec = "hevc"
	AV1    Codec = "av1"
	ProRes Codec = "prores"
	FFV1   Codec = "ffv1" // lossless; for depth
)

// ParseCodec reads a codec's name, or the name of one of ffmpeg's encoders for
// it ("hevc_videotoolbox", "libsvtav1"), which is then asked for by that name.
func ParseCodec(word string) (c Codec, encoder string, ok bool) {
	for c, names := range encodersOf {
		if string(c) == word {
			return c, "", true
		}
		if slices.Contains(names.software, word) || slices.Contains(names.hardware, word) {
			return c, word, true
		}
	}
	return "", "", false
}

// encodersOf lists ffmpeg's encoders for a codec, the best first.
var encodersOf = map[Codec]struct{ software, hardware []string }{
	H264: {
		[]string{"libx264", "libopenh264"},
		[]string{"h264_videotoolbox", "h264_nvenc", "h264_qsv", "h264_vaapi"},
	},
	HEVC: {
		[]string{"libx265"},
		[]string{"hevc_videotoolbox", "hevc_nvenc", "hevc_qsv", "hevc_vaapi"},
	},
	AV1: {
		[]string{"libsvtav1", "libaom-av1", "librav1e"},
		[]string{"av1_nvenc", "av1_qsv", "av1_vaapi"},
	},
	ProRes: {[]string{"prores_ks", "prores_aw"}, []string{"prores_videotoolbox"}},
	FFV1:   {[]string{"ffv1"}, nil},
}

// Content is what the pictures of a video are, which decides how carefully
// they are compressed.
type Content uint8

// The contents.
const (
	FullEyes Content = iota // each eye at its full size
	HalfEyes                // each eye squeezed: what is lost is stretched when shown
	Anaglyph                // depth lies in colour, which codecs treat coarsely
	DepthMap                // smooth areas and sharp steps, seen through a renderer
)

// VideoEncoding says how frames are compressed.
type VideoEncoding struct {
	Codec    Codec
	Encoder  string // ffmpeg's name; empty: chosen
	CRF      int    // 0: the default of the codec and Content
	Preset   string // the encoder's own word; empty: its default here
	Content  Content
	Layout   pix.Layout // of the pictures given to Write
	Rate     Ratio      // average frame rate, for rate control and level
	GOP      int        // frames from one keyframe to the next at most
	SAR      Ratio
	Source   *VideoStream // colour description; nil for none
	Threads  int
	Lossless bool // for tests: the samples come back as they were given
}

// ChooseEncoder fills in the encoder: the one asked for by name, else a
// hardware encoder that works here (unless a CRF or a preset asks for the
// software one's scale), else the best in software. The error wraps
// ErrNoEncoder and names what this ffmpeg can write.
func (f *FFmpeg) ChooseEncoder(ctx context.Context, e *VideoEncoding) error {
	list := encodersOf[e.Codec]
	if e.Encoder != "" {
		if !f.Has(ctx, e.Encoder) {
			return f.noEncoder(ctx, e.Codec, e.Encoder)
		}
		if slices.Contains(list.hardware, e.Encoder) {
			if err := f.Works(ctx, e.Encoder); err != nil {
				return fmt.Errorf("%w: %s does not work on this machine; without it %s can write: %s (%w)",
					ErrNoEncoder, e.Encoder, f.Path, f.canWrite(ctx), err)
			}
		}
		return ctx.Err()
	}
	if e.CRF == 0 && e.Preset == "" && !e.Lossless && e.hardwareFits() {
		if e.Encoder = f.workingHardware(ctx, list.hardware); e.Encoder != "" {
			return nil
		}
	}
	for _, name := range list.software {
		if f.Has(ctx, name) && e.softwareFits(name) {
			e.Encoder = name
			return nil
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.noEncoder(ctx, e.Codec, strings.Join(list.software, ", "))
}

// workingHardware is the first of the hardware encoders that works here, "" if
// none does.
func (f *FFmpeg) workingHardware(ctx context.Context, names []string) string {
	for _, name := range names {
		if hardwarePresent(name) && f.Has(ctx, name) && f.Works(ctx, name) == nil {
			return name
		}
	}
	return ""
}

func (f *FFmpeg) noEncoder(ctx context.Context, c Codec, wanted string) error {
	if _, err := f.Encoders(ctx); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s %s has no %s, which %s needs; it can write: %s",
		ErrNoEncoder, f.Path, f.Version, wanted, c, f.canWrite(ctx))
}

// canWrite lists the codecs that this ffmpeg writes in software.
func (f *FFmpeg) canWrite(ctx context.Context) string {
	var have []string
	for _, c := range []Codec{H264, HEVC, AV1, ProRes} {
		if slices.ContainsFunc(encodersOf[c].software, func(name string) bool { return f.Has(ctx, name) }) {
			have = append(have, string(c))
		}
	}
	if len(have) == 0 {
		return "none of its codecs"
	}
	return strings.Join(have, " ")
}

// hardwareFits: hardware takes 4:2:0 of 8 or 10 bits (ProRes: 4:2:2), and
// 10 bits only as HEVC or AV1.
func (e *VideoEncoding) hardwareFits() bool {
	l := e.Layout
	if e.Codec == ProRes {
		return l.Bits <= 10
	}
	sub := l.Model == pix.Gray || l.ShiftX == 1 && l.ShiftY == 1
	return sub && (l.Bits == 8 || l.Bits == 10 && e.Codec != H264)
}

func (e *VideoEncoding) softwareFits(name string) bool {
	if name != "libsvtav1" {
		return true
	}
	return e.Layout.Model == pix.Gray || e.Layout.ShiftX == 1 && e.Layout.ShiftY == 1
}

// hardwarePresent looks for the device's own traces before ffmpeg is started
// to try an encoder, which takes a tenth of a second each.
func hardwarePresent(encoder string) bool {
	exists := func(path string) bool { _, err := os.Stat(path); return err == nil }
	switch {
	case strings.HasSuffix(encoder, "_videotoolbox"):
		return runtime.GOOS == "darwin"
	case strings.HasSuffix(encoder, "_nvenc"):
		return exists("/dev/nvidia0") || runtime.GOOS == "windows"
	}
	return exists(renderNode())
}

// formatFor is the pixel format the encoder is given, and what changes by it.
func (e *VideoEncoding) formatFor() (format string, note string) {
	bits, sx, sy := e.Layout.Bits, e.Layout.ShiftX, e.Layout.ShiftY
	if e.Layout.Model == pix.Gray {
		if e.Codec == FFV1 {
			return "gray" + depthSuffix(bits), ""
		}
		sx, sy = 1, 1 // neutral colour planes go along: grey films play nowhere
	}
	most := 12
	switch {
	case e.Codec == ProRes:
		most, bits, sx, sy = 10, max(bits, 10), min(sx, 1), 0
	case e.Codec == FFV1:
		most = 16
	case e.Encoder == "libx264" || e.Encoder == "libsvtav1" || strings.Contains(e.Encoder, "_"):
		most = 10
	case e.Encoder == "libopenh264":
		most, sx, sy = 8, 1, 1
	}
	if bits > most {
		note = fmt.Sprintf("%d-bit samples are written with %d: %s takes no more", bits, most, e.Encoder)
		bits = most
	}
	switch { // what hardware calls the same samples
	case e.Encoder == "prores_videotoolbox":
		return "p210le", note
	case bits == 10 && (strings.HasSuffix(e.Encoder, "_videotoolbox") || strings.HasSuffix(e.Encoder, "_nvenc")):
		return "p010le", note
	}
	return samplingName(sx, sy) + depthSuffix(bits), note
}

// Note says what the chosen encoder changes about the samples, "" for nothing.
func (e *VideoEncoding) Note() string {
	_, note := e.formatFor()
	return note
}

func samplingName(sx, sy uint8) string {
	switch {
	case sx == 1 && sy == 1:
		return "yuv420p"
	case sx == 1:
		return "yuv422p"
	}
	return "yuv444p"
}

func depthSuffix(bits int) string {
	if bits == 8 {
		return ""
	}
	return strconv.Itoa(bits)
}

// EvenSizes reports whether the codec needs even sides for pictures of layout
// l: H.264, HEVC and ProRes do wherever colour is subsampled.
func (c Codec) EvenSizes(l pix.Layout) (w, h bool) {
	if c == AV1 || c == FFV1 {
		return false, false
	}
	if l.Model == pix.Gray {
		return true, true
	}
	return l.ShiftX > 0 || c == ProRes, l.ShiftY > 0
}

// defaultCRF by codec and content, on each codec's own scale. Squeezed eyes,
// anaglyphs and depth get more than pictures at their full size.
var defaultCRF = map[Codec][4]int{
	H264: {20, 18, 17, 16},
	HEVC: {22, 20, 19, 18},
	AV1:  {28, 25, 24, 22},
}

func (e *VideoEncoding) crf() int {
	if e.CRF > 0 {
		return e.CRF
	}
	return defaultCRF[e.Codec][e.Content]
}

// EncoderArgs are the options of the chosen encoder in ffmpeg's words, from
// "-c:v" on, without what depends on the source's colours.
func (e *VideoEncoding) EncoderArgs() []string {
	args := append([]string{"-c:v", e.Encoder}, e.qualityArgs()...)
	if e.GOP > 0 && e.Codec != ProRes && e.Codec != FFV1 {
		args = append(args, "-g", strconv.Itoa(e.GOP))
	}
	if e.Codec == HEVC {
		args = append(args, "-tag:v", "hvc1")
	}
	return args
}

// qualityArgs are the encoder's own words for quality and speed.
func (e *VideoEncoding) qualityArgs() []string {
	q := strconv.Itoa(e.crf())
	var args []string
	add := func(more ...string) { args = append(args, more...) }
	preset := func(standard string) string {
		if e.Preset != "" {
			return e.Preset
		}
		return standard
	}
	switch e.Encoder {
	case "libx264":
		add("-preset", preset("medium"))
		if e.Lossless {
			add("-qp", "0")
		} else {
			add("-crf", q)
		}
		if m := e.x264Memory(); m != "" {
			add("-x264-params", m)
		}
	case "libx265":
		params := "log-level=error" + e.x265Memory()
		if e.Lossless {
			params += ":lossless=1"
		} else {
			add("-crf", q)
		}
		add("-preset", preset("fast"), "-x265-params", params)
	case "libsvtav1":
		add("-crf", q, "-preset", preset("8"))
	case "libaom-av1":
		add("-crf", q, "-b:v", "0", "-cpu-used", preset("6"), "-row-mt", "1")
	case "librav1e":
		add("-qp", strconv.Itoa(e.crf()*4), "-speed", preset("6"))
	case "libopenh264":
		add("-b:v", strconv.Itoa(e.roughBits()))
	case "prores_ks", "prores_aw":
		profile := "3" // HQ
		if e.Layout.Model == pix.YUV && e.Layout.ShiftX == 0 {
			profile = "4" // 4444
		}
		add("-profile:v", preset(profile), "-vendor", "apl0")
	case "ffv1":
		add("-level", "3", "-g", "1", "-slices", "4", "-slicecrc", "1")
	default:
		return e.hardwareArgs(q)
	}
	return args
}

// hardwareArgs map the CRF to the nearest thing hardware encoders have.
func (e *VideoEncoding) hardwareArgs(q string) []string {
	var args []string
	switch {
	case strings.HasPrefix(e.Encoder, "prores_"):
		return []string{"-profile:v", "hq"}
	case strings.HasSuffix(e.Encoder, "_videotoolbox"):
		// Its scale is 1..100, larger is better; 60 looks like CRF 20.
		v := max(1, min(100, 100-2*e.crf()))
		args = []string{"-q:v", strconv.Itoa(v), "-allow_sw", "1"}
	case strings.HasSuffix(e.Encoder, "_nvenc"):
		args = []string{"-rc", "vbr", "-cq", q, "-b:v", "0"}
	case strings.HasSuffix(e.Encoder, "_qsv"):
		args = []string{"-global_quality", q}
	default:
		args = []string{"-qp", q}
	}
	if e.Preset != "" && !strings.HasSuffix(e.Encoder, "_vaapi") {
		args = append(args, "-preset", e.Preset)
	}
	if e.Codec == HEVC && e.Layout.Bits > 8 {
		args = append(args, "-profile:v", "main10")
	}
	return args
}

// roughBits is a bit rate for encoders without a quality scale: a tenth of a
// bit a pixel.
func (e *VideoEncoding) roughBits() int {
	rate := e.Rate.Float()
	if rate <= 0 {
		rate = 25
	}
	return int(float64(e.Layout.W*e.Layout.H) * rate / 10)
}

// colourArgs tag frames and stream alike with the source's description, so
// that nothing on the way takes them for something to convert. What the source
// leaves unsaid stays unsaid.
func (e *VideoEncoding) colourArgs() (filter string, args []string) {
	s := e.Source
	if s == nil {
		return "", nil
	}
	var params []string
	tag := func(value, param, option string) {
		if value != "" {
			params = append(params, param+"="+value)
			args = append(args, "-"+option, value)
		}
	}
	tag(s.Range, "range", "color_range")
	tag(known(primariesCodes, s.Primaries), "color_primaries", "color_primaries")
	tag(known(transferCodes, s.Transfer), "color_trc", "color_trc")
	tag(known(matrixCodes, s.Matrix), "colorspace", "colorspace")
	switch s.ChromaLoc {
	case "topleft", "center", "top", "bottomleft", "bottom":
		args = append(args, "-chroma_sample_location", s.ChromaLoc)
	}
	if len(params) > 0 {
		filter = "setparams=" + strings.Join(params, ":")
	}
	return filter, args
}

// known passes only words this program understands on to a command line.
func known(codes map[string]uint8, word string) string {
	if _, ok := codes[word]; ok {
		return word
	}
	return ""
}
