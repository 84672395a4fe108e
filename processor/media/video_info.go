package media

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"spatialmaker/processor/pix"
)

// Ratio is a rational number: a time base in seconds, a frame rate in frames a
// second, or the aspect ratio of a sample. Den is never negative; the zero
// value means unknown.
type Ratio struct {
	Num, Den int64
}

// Valid reports whether the ratio is known and positive.
func (r Ratio) Valid() bool { return r.Num > 0 && r.Den > 0 }

// Float returns the value, 0 while unknown.
func (r Ratio) Float() float64 {
	if r.Den == 0 {
		return 0
	}
	return float64(r.Num) / float64(r.Den)
}

// String gives "num/den".
func (r Ratio) String() string { return fmt.Sprintf("%d/%d", r.Num, r.Den) }

// MarshalText writes "num/den", "" while unknown.
func (r Ratio) MarshalText() ([]byte, error) {
	if !r.Valid() {
		return nil, nil
	}
	return []byte(r.String()), nil
}

// parseRatio reads "30000/1001" or "64:45"; anything else is unknown.
func parseRatio(s string) Ratio {
	sep := "/"
	if strings.Contains(s, ":") {
		sep = ":"
	}
	a, b, ok := strings.Cut(s, sep)
	if !ok {
		return Ratio{}
	}
	n, err1 := strconv.ParseInt(a, 10, 64)
	d, err2 := strconv.ParseInt(b, 10, 64)
	if err1 != nil || err2 != nil || d <= 0 {
		return Ratio{}
	}
	return Ratio{n, d}
}

// Rescale converts t ticks of the time base from into ticks of to, rounded to
// the nearest (halves away from zero). It is exact for any sizes.
func Rescale(t int64, from, to Ratio) int64 {
	n := new(big.Int).Mul(big.NewInt(t), big.NewInt(from.Num))
	n.Mul(n, big.NewInt(to.Den))
	d := new(big.Int).Mul(big.NewInt(from.Den), big.NewInt(to.Num))
	n.Lsh(n, 1)
	if n.Sign() < 0 {
		n.Sub(n, d)
	} else {
		n.Add(n, d)
	}
	return n.Quo(n, d.Lsh(d, 1)).Int64()
}

var nanoseconds = Ratio{1, int64(time.Second)}

// Duration converts ticks of the time base r to a time.Duration.
func (r Ratio) Duration(ticks int64) time.Duration {
	if !r.Valid() {
		return 0
	}
	return time.Duration(Rescale(ticks, r, nanoseconds))
}

// Ticks converts d to ticks of the time base r, rounded to the nearest.
func (r Ratio) Ticks(d time.Duration) int64 {
	if !r.Valid() {
		return 0
	}
	return Rescale(int64(d), nanoseconds, r)
}

// VideoInfo is what a video file says about itself.
type VideoInfo struct {
	Path      string        `json:"path"`
	Size      int64         `json:"size"`      // bytes
	Container string        `json:"container"` // ffmpeg's names of the format, "mov,mp4,m4a,3gp,3g2,mj2"
	Start     time.Duration `json:"start_ns"`  // of the earliest stream, as the container counts
	Duration  time.Duration `json:"duration_ns"`

	Video       VideoStream   `json:"video"`
	Audio       []Stream      `json:"audio,omitempty"`
	Subtitles   []Stream      `json:"subtitles,omitempty"`
	Covers      []Stream      `json:"covers,omitempty"`      // attached pictures
	Attachments []Stream      `json:"attachments,omitempty"` // fonts and the like
	Other       []Stream      `json:"other,omitempty"`       // data, timecode, further videos
	Chapters    []Chapter     `json:"chapters,omitempty"`
	Tags        Tags          `json:"tags,omitempty"`
	Created     string        `json:"creation_time,omitempty"`
	Location    string        `json:"location,omitempty"`
	Title       string        `json:"title,omitempty"`
	Stereo      *StereoSignal `json:"stereo,omitempty"` // nil for a flat film
}

// Tags are a container's or stream's metadata.
type Tags map[string]string

// Stream is any track but the one that is converted.
type Stream struct {
	Index    int    `json:"index"`
	Codec    string `json:"codec,omitempty"`
	Kind     string `json:"kind"` // ffmpeg's word: audio, subtitle, video, data, attachment
	Language string `json:"language,omitempty"`
	Title    string `json:"title,omitempty"`
	Channels int    `json:"channels,omitempty"`
	Rate     int    `json:"sample_rate,omitempty"` // samples a second
	Default  bool   `json:"default,omitempty"`
	Forced   bool   `json:"forced,omitempty"`

	Start time.Duration `json:"start_ns"` // of its first packet, on the container's clock
	Tags  Tags          `json:"tags,omitempty"`
}

// Chapter is a named part of the film, in seconds of the container's clock.
type Chapter struct {
	Start float64 `json:"start_s"`
	End   float64 `json:"end_s"`
	Title string  `json:"title,omitempty"`
}

// VideoStream is the track that is converted: the first that is no cover.
type VideoStream struct {
	Index   int    `json:"index"`
	Codec   string `json:"codec"`
	Profile string `json:"profile,omitempty"`

	// W and H are of the picture upright, after Rotation and Mirrored.
	W        int  `json:"width"`
	H        int  `json:"height"`
	CodedW   int  `json:"coded_width"` // as decoded, before rotation
	CodedH   int  `json:"coded_height"`
	Rotation int  `json:"rotation"`           // degrees clockwise that bring it upright: 0, 90, 180, 270
	Mirrored bool `json:"mirrored,omitempty"` // flipped left to right before it is rotated

	SAR        Ratio      `json:"sample_aspect_ratio"` // upright; zero: square or not said
	PixFmt     string     `json:"pix_fmt"`
	Bits       int        `json:"bits"`
	Subsample  string     `json:"chroma"` // "4:2:0", "4:2:2", "4:4:4", "gray", "rgb"
	Alpha      bool       `json:"alpha,omitempty"`
	Colour     pix.Colour `json:"-"`
	Primaries  string     `json:"color_primaries,omitempty"`
	Transfer   string     `json:"color_transfer,omitempty"`
	Matrix     string     `json:"color_space,omitempty"`
	Range      string     `json:"color_range,omitempty"` // "tv", "pc", "" when not said
	ChromaLoc  string     `json:"chroma_location,omitempty"`
	FieldOrder string     `json:"field_order,omitempty"` // "progressive", "tt", "bb", "tb", "bt"
	Interlaced bool       `json:"interlaced,omitempty"`
	HDR        HDR        `json:"hdr,omitzero"`

	TimeBase  Ratio  `json:"time_base"`      // seconds a tick
	StartPTS  int64  `json:"start_pts"`      // ticks
	Ticks     int64  `json:"duration_ticks"` // 0 when not said
	FrameRate Ratio  `json:"frame_rate"`     // average
	BaseRate  Ratio  `json:"base_rate"`      // lowest rate that holds all times exactly
	Frames    int64  `json:"frames"`         // as the container claims, 0 when it does not
	BitRate   int64  `json:"bit_rate,omitempty"`
	Language  string `json:"language,omitempty"`
	Tags      Tags   `json:"tags,omitempty"`
}

// HDR is the static metadata of HDR10 and what is known of Dolby Vision.
type HDR struct {
	Mastering *Mastering `json:"mastering,omitempty"`
	Light     *Light     `json:"content_light,omitempty"`
	DolbyP    int        `json:"dolby_vision_profile,omitempty"`
}

// Mastering is the display a film was graded on (SMPTE ST 2086): chromaticities
// in units of 0.00002 and luminances in units of 0.0001 cd/m2, the integers of
// the HEVC SEI message and of the mdcv box.
type Mastering struct {
	RX, RY, GX, GY, BX, BY, WX, WY uint16
	MaxLum, MinLum                 uint32
}

// Light is the content light level (CTA-861.3), in cd/m2.
type Light struct {
	MaxCLL  uint16 `json:"max_cll"`
	MaxFALL uint16 `json:"max_fall"`
}

// ExpectedFrames estimates the number of frames: what the container claims,
// else duration times average rate, else 0.
func (v *VideoInfo) ExpectedFrames() int64 {
	s := &v.Video
	if s.Frames > 0 {
		return s.Frames
	}
	d := s.TimeBase.Duration(s.Ticks)
	if d == 0 {
		d = v.Duration
	}
	if !s.FrameRate.Valid() {
		return 0
	}
	return int64(d.Seconds()*s.FrameRate.Float() + 0.5)
}
