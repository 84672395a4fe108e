package media

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"spatialmaker/processor/pix"
)

// The parts of ffprobe's JSON that are read.
type probeJSON struct {
	Streams  []probeStream `json:"streams"`
	Format   probeFormat   `json:"format"`
	Chapters []struct {
		Start string `json:"start_time"`
		End   string `json:"end_time"`
		Tags  Tags   `json:"tags"`
	} `json:"chapters"`
	Frames []probeFrame `json:"frames"`
}

type probeFormat struct {
	Names    string `json:"format_name"`
	Start    string `json:"start_time"`
	Duration string `json:"duration"`
	Tags     Tags   `json:"tags"`
}

type probeStream struct {
	Index       int            `json:"index"`
	Codec       string         `json:"codec_name"`
	Profile     string         `json:"profile"`
	Kind        string         `json:"codec_type"`
	W           int            `json:"width"`
	H           int            `json:"height"`
	SAR         string         `json:"sample_aspect_ratio"`
	PixFmt      string         `json:"pix_fmt"`
	Range       string         `json:"color_range"`
	Space       string         `json:"color_space"`
	Transfer    string         `json:"color_transfer"`
	Primaries   string         `json:"color_primaries"`
	ChromaLoc   string         `json:"chroma_location"`
	FieldOrder  string         `json:"field_order"`
	BaseRate    string         `json:"r_frame_rate"`
	AvgRate     string         `json:"avg_frame_rate"`
	TimeBase    string         `json:"time_base"`
	Start       string         `json:"start_time"`
	StartPTS    int64          `json:"start_pts"`
	Ticks       int64          `json:"duration_ts"`
	BitRate     string         `json:"bit_rate"`
	Frames      string         `json:"nb_frames"`
	Channels    int            `json:"channels"`
	SampleRate  string         `json:"sample_rate"`
	Disposition map[string]int `json:"disposition"`
	Tags        Tags           `json:"tags"`
	SideData    []probeSide    `json:"side_data_list"`
}

type probeFrame struct {
	PixFmt     string      `json:"pix_fmt"`
	Interlaced int         `json:"interlaced_frame"`
	Range      string      `json:"color_range"`
	Space      string      `json:"color_space"`
	Transfer   string      `json:"color_transfer"`
	Primaries  string      `json:"color_primaries"`
	Tags       Tags        `json:"tags"`
	SideData   []probeSide `json:"side_data_list"`
}

type probeSide struct {
	Kind   string `json:"side_data_type"`
	Matrix string `json:"displaymatrix"`
	Type   string `json:"type"` // of Stereo 3D
	Invert int    `json:"inverted"`

	RX     string `json:"red_x"`
	RY     string `json:"red_y"`
	GX     string `json:"green_x"`
	GY     string `json:"green_y"`
	BX     string `json:"blue_x"`
	BY     string `json:"blue_y"`
	WX     string `json:"white_point_x"`
	WY     string `json:"white_point_y"`
	MinLum string `json:"min_luminance"`
	MaxLum string `json:"max_luminance"`

	MaxContent int `json:"max_content"`
	MaxAverage int `json:"max_average"`
	DVProfile  int `json:"dv_profile"`
}

// ProbeVideo asks ffprobe and the file itself what the video holds. It reads
// the head of the file and decodes its first frame, whatever the length.
func ProbeVideo(ctx context.Context, path string) (*VideoInfo, error) {
	return probeVideo(ctx, path, (*FFmpeg).probeTwice)
}

// ProbeVideoHead is ProbeVideo without the first frames: enough for a video of
// depth, whose frames have nothing to say of stereo, HDR or fields.
func ProbeVideoHead(ctx context.Context, path string) (*VideoInfo, error) {
	return probeVideo(ctx, path, func(ff *FFmpeg, ctx context.Context, path string) (head, frames *probeJSON, err error) {
		head, err = ff.probeHead(ctx, path)
		return head, &probeJSON{}, err
	})
}

func probeVideo(ctx context.Context, path string, ask func(*FFmpeg, context.Context, string) (head, frames *probeJSON, err error)) (*VideoInfo, error) {
	ff, err := FindFFmpeg(ctx)
	if err != nil {
		return nil, err
	}
	// The name decides nothing: ffprobe would take a text for the container
	// that its name promises.
	if _, err := Sniff(path); err != nil {
		return nil, err
	}
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	head, frames, err := ask(ff, ctx, path)
	if err != nil {
		return nil, fmt.Errorf("read video %s: %w", path, err)
	}
	v := &VideoInfo{Path: path, Size: st.Size()}
	if err := v.fill(head); err != nil {
		return nil, fmt.Errorf("read video %s: %w", path, err)
	}
	v.firstFrames(frames)
	v.findStereo(head, frames)
	return v, nil
}

// probeTwice runs the two questions side by side: the headers, and the first
// frames, which alone know what only the codec's own messages say.
func (f *FFmpeg) probeTwice(ctx context.Context, path string) (head, frames *probeJSON, err error) {
	var wg sync.WaitGroup
	var err2 error
	wg.Go(func() {
		frames, err2 = f.probe(ctx, "-select_streams", "V:0", "-read_intervals", "%+#4", "-show_frames", inputArg(path))
	})
	head, err = f.probeHead(ctx, path)
	wg.Wait()
	if err != nil {
		return nil, nil, err
	}
	if err2 != nil {
		if ctx.Err() != nil {
			return nil, nil, err2
		}
		frames = &probeJSON{} // the reader will meet the damage and tell of it
	}
	return head, frames, nil
}

func (f *FFmpeg) probeHead(ctx context.Context, path string) (*probeJSON, error) {
	return f.probe(ctx, "-show_streams", "-show_format", "-show_chapters", inputArg(path))
}

func (f *FFmpeg) probe(ctx context.Context, args ...string) (*probeJSON, error) {
	out, err := f.output(ctx, f.Probe, append([]string{"-v", "error", "-of", "json"}, args...)...)
	if err != nil {
		return nil, classifyProbe(err)
	}
	p := &probeJSON{}
	if err := json.Unmarshal(out, p); err != nil {
		return nil, fmt.Errorf("understand ffprobe's answer: %w", err)
	}
	return p, nil
}

// inputArg protects a path that looks like an option or like a protocol.
func inputArg(path string) string {
	return "file:" + path
}

// classifyProbe gives ffprobe's failures one of the package's sentinels.
func classifyProbe(err error) error {
	var ce *ChildError
	if !errors.As(err, &ce) {
		return err
	}
	switch {
	case strings.Contains(ce.Tail, "moov atom not found"):
		return fmt.Errorf("%w (its index, which comes last, is missing)", ErrTruncated)
	case strings.Contains(ce.Tail, "Permission denied"):
		return fs.ErrPermission
	case strings.Contains(ce.Tail, "No such file"):
		return fs.ErrNotExist
	case strings.Contains(ce.Tail, "Invalid data found"):
		return fmt.Errorf("%w (%w)", ErrUnknownKind, ce)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, ce)
}

func (v *VideoInfo) fill(p *probeJSON) error {
	v.Container = p.Format.Names
	v.Start, v.Duration = seconds(p.Format.Start), seconds(p.Format.Duration)
	v.Tags = p.Format.Tags
	main := -1
	for i, s := range p.Streams {
		if s.Kind == "video" && s.Disposition["attached_pic"] == 0 && s.Disposition["timed_thumbnails"] == 0 {
			main = i
			break
		}
	}
	for i, s := range p.Streams {
		if i != main {
			v.addStream(s)
		}
	}
	if main < 0 {
		return ErrNoVideo
	}
	for _, c := range p.Chapters {
		v.Chapters = append(v.Chapters, Chapter{seconds(c.Start).Seconds(), seconds(c.End).Seconds(), c.Tags["title"]})
	}
	v.Created = firstTag(p.Format.Tags, p.Streams[main].Tags, "com.apple.quicktime.creationdate", "creation_time", "date")
	v.Location = firstTag(p.Format.Tags, p.Streams[main].Tags, "com.apple.quicktime.location.iso6709", "location")
	v.Title = firstTag(p.Format.Tags, p.Streams[main].Tags, "title")
	return v.Video.fill(p.Streams[main])
}

func firstTag(a, b Tags, keys ...string) string {
	for _, k := range keys {
		for _, t := range []Tags{a, b} {
			if s := t[k]; s != "" {
				return s
			}
		}
	}
	return ""
}

func (v *VideoInfo) addStream(s probeStream) {
	rate, _ := strconv.Atoi(s.SampleRate)
	t := Stream{
		Index: s.Index, Codec: s.Codec, Kind: s.Kind, Language: s.Tags["language"], Title: s.Tags["title"],
		Channels: s.Channels, Rate: rate, Default: s.Disposition["default"] == 1, Forced: s.Disposition["forced"] == 1, Tags: s.Tags,
		Start: seconds(s.Start),
	}
	switch {
	case s.Kind == "audio":
		v.Audio = append(v.Audio, t)
	case s.Kind == "subtitle":
		v.Subtitles = append(v.Subtitles, t)
	case s.Kind == "attachment":
		v.Attachments = append(v.Attachments, t)
	case s.Kind == "video" && s.Disposition["attached_pic"] == 1:
		v.Covers = append(v.Covers, t)
	default:
		v.Other = append(v.Other, t)
	}
}

func (s *VideoStream) fill(p probeStream) error {
	if p.W < 1 || p.H < 1 || p.PixFmt == "" {
		return fmt.Errorf("%w: its video track has no picture (codec %q)", ErrTruncated, p.Codec)
	}
	*s = VideoStream{
		Index: p.Index, Codec: p.Codec, Profile: p.Profile, CodedW: p.W, CodedH: p.H, W: p.W, H: p.H,
		SAR: parseRatio(p.SAR), FieldOrder: p.FieldOrder, ChromaLoc: p.ChromaLoc,
		TimeBase: parseRatio(p.TimeBase), StartPTS: p.StartPTS, Ticks: p.Ticks,
		FrameRate: parseRatio(p.AvgRate), BaseRate: parseRatio(p.BaseRate),
		Language: p.Tags["language"], Tags: p.Tags,
	}
	s.Frames, _ = strconv.ParseInt(p.Frames, 10, 64)
	s.BitRate, _ = strconv.ParseInt(p.BitRate, 10, 64)
	if !s.TimeBase.Valid() {
		return fmt.Errorf("%w: its video track has no time base", ErrCorrupt)
	}
	if !s.SAR.Valid() || s.SAR.Num == s.SAR.Den {
		s.SAR = Ratio{}
	}
	s.setColour(p.PixFmt, p.Range, p.Space, p.Transfer, p.Primaries)
	switch p.FieldOrder {
	case "tt", "bb", "tb", "bt":
		s.Interlaced = true
	}
	for _, d := range p.SideData {
		s.sideData(d)
	}
	if s.Rotation%180 != 0 {
		s.W, s.H = s.H, s.W
		s.SAR.Num, s.SAR.Den = s.SAR.Den, s.SAR.Num
	}
	return nil
}

// setColour keeps the tags as they are; what is missing stays unspecified. The
// yuvj formats say full range by their name.
func (s *VideoStream) setColour(format, rng, space, transfer, primaries string) {
	f := workFormat(format)
	s.PixFmt, s.Bits, s.Subsample, s.Alpha = format, f.bits, f.chroma, f.alpha
	known := func(word string) string {
		if word == "unknown" || word == "reserved" || word == "unspecified" {
			return ""
		}
		return word
	}
	s.Range, s.Matrix, s.Transfer, s.Primaries = known(rng), known(space), known(transfer), known(primaries)
	if f.full {
		s.Range = "pc"
	}
	s.Colour = pix.Colour{
		Primaries: primariesCodes[s.Primaries], Transfer: transferCodes[s.Transfer],
		Matrix: matrixCodes[s.Matrix], FullRange: s.Range == "pc",
	}
	if f.from == "rgb" { // converted once, to what such material is shown as
		s.Colour.Matrix, s.Colour.FullRange, s.Range, s.Matrix = pix.MatrixBT709, false, "tv", "bt709"
	}
}

func (s *VideoStream) sideData(d probeSide) {
	switch {
	case d.Kind == "Display Matrix":
		s.Rotation, s.Mirrored = uprightFrom(d.Matrix)
	case d.Kind == "Mastering display metadata" && d.RX != "" && d.MaxLum != "":
		s.HDR.Mastering = d.mastering()
	case d.Kind == "Content light level metadata":
		s.HDR.Light = &Light{clamp16(d.MaxContent), clamp16(d.MaxAverage)}
	case d.Kind == "DOVI configuration record":
		s.HDR.DolbyP = d.DVProfile
	}
}

func clamp16(v int) uint16 { return uint16(max(0, min(v, math.MaxUint16))) }

func (d probeSide) mastering() *Mastering {
	const chroma, lum = 50000, 10000 // units of 0.00002 and of 0.0001 cd/m2
	c := func(s string) uint16 { return clamp16(int(math.Round(parseRatio(s).Float() * chroma))) }
	l := func(s string) uint32 { return uint32(min(math.MaxUint32, math.Round(parseRatio(s).Float()*lum))) }
	return &Mastering{
		RX: c(d.RX), RY: c(d.RY), GX: c(d.GX), GY: c(d.GY), BX: c(d.BX), BY: c(d.BY),
		WX: c(d.WX), WY: c(d.WY), MaxLum: l(d.MaxLum), MinLum: l(d.MinLum),
	}
}

// uprightFrom reads ffprobe's dump of a display matrix (three lines of an
// address and three numbers, in 16.16 fixed point) and gives the rotation,
// clockwise and in steps of 90 degrees, and whether the picture is mirrored
// left to right before that. Other angles are taken to the nearest step.
func uprightFrom(dump string) (rotation int, mirrored bool) {
	var m []float64
	for line := range strings.Lines(dump) {
		_, nums, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		for _, f := range strings.Fields(nums) {
			v, _ := strconv.ParseFloat(f, 64)
			m = append(m, v)
		}
	}
	if len(m) < 5 {
		return 0, false
	}
	// A point (x, y) goes to (a x + c y, b x + d y), y pointing down.
	a, b, c, d := m[0], m[1], m[3], m[4]
	mirrored = a*d-b*c < 0
	if mirrored {
		a, b = -a, -b // take the flip of x out, what is left is a rotation
	}
	deg := math.Atan2(b, a) * 180 / math.Pi
	return ((int(math.Round(deg/90))*90)%360 + 360) % 360, mirrored
}

// firstFrames adds what only decoded frames know.
func (v *VideoInfo) firstFrames(p *probeJSON) {
	for i, f := range p.Frames {
		if f.Interlaced == 1 {
			v.Video.Interlaced = true
		}
		if i > 0 {
			continue
		}
		s := &v.Video
		if s.Transfer == "" && f.Transfer != "" || s.Matrix == "" && f.Space != "" {
			s.setColour(s.PixFmt, f.Range, f.Space, f.Transfer, f.Primaries)
		}
		for _, d := range f.SideData {
			if d.Kind != "Display Matrix" { // the container's is applied; the codec's would be a second one
				s.sideData(d)
			}
		}
	}
}

// packedFrame reads a frame packing message of HEVC. Before version 7 ffprobe
// tells only that there is one: then it is read from the file.
func (v *VideoInfo) packedFrame(f probeFrame) *StereoSignal {
	if s := stereoSide(f.SideData, framePackingSEI); s != nil {
		return s
	}
	for _, d := range f.SideData {
		if d.Kind == "Stereo 3D" && v.Video.Codec == "hevc" {
			return packingInFile(v.Path)
		}
	}
	return nil
}

const framePackingSEI = "frame packing SEI"

// stereoSide reads ffprobe's side data on the packing of eyes.
func stereoSide(side []probeSide, from string) *StereoSignal {
	for _, d := range side {
		if d.Kind != "Stereo 3D" {
			continue
		}
		if s := stereoWord(d.Type, from); s != nil {
			s.Swap = s.Swap || d.Invert == 1
			return s
		}
	}
	return nil
}

func (v *VideoInfo) findStereo(head, frames *probeJSON) {
	if s := stereoBoxes(v.Path); s != nil {
		v.Stereo = s
		return
	}
	for _, f := range frames.Frames {
		if v.Stereo = stereoWord(f.Tags["stereo_mode"], framePackingSEI); v.Stereo != nil {
			return
		}
	}
	for _, s := range head.Streams {
		if s.Index != v.Video.Index {
			continue
		}
		if v.Stereo = stereoSide(s.SideData, "stereo mode"); v.Stereo == nil {
			v.Stereo = stereoWord(s.Tags["stereo_mode"], "stereo mode")
		}
	}
	if v.Stereo == nil && len(frames.Frames) > 0 {
		v.Stereo = v.packedFrame(frames.Frames[0])
	}
	if v.Stereo == nil {
		v.Stereo = stereoName(v.Path)
	}
}

// seconds reads ffprobe's decimal seconds exactly to the microsecond it gives.
func seconds(s string) time.Duration {
	whole, frac, _ := strings.Cut(s, ".")
	neg := strings.HasPrefix(whole, "-")
	n, err := strconv.ParseInt(strings.TrimPrefix(whole, "-"), 10, 64)
	if err != nil || n > math.MaxInt64/int64(time.Second)-1 {
		return 0
	}
	frac = (frac + "000000000")[:9]
	ns, err := strconv.ParseInt(frac, 10, 64)
	if err != nil {
		return 0
	}
	d := time.Duration(n)*time.Second + time.Duration(ns)
	if neg {
		d = -d
	}
	return d
}
