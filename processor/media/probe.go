package media

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// The kinds of Info.
const (
	KindPhoto = "photo"
	KindVideo = "video"
)

// Info is what a file says about itself; `spatialmaker probe --json` prints it.
// Of a photo only headers are read: nothing is decoded, and no limit of pixels
// applies.
type Info struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"` // KindPhoto or KindVideo
	Format Format `json:"format"`
	Bytes  int64  `json:"bytes"`

	// Width and Height are of the picture upright.
	Width       int  `json:"width"`
	Height      int  `json:"height"`
	Orientation int  `json:"orientation,omitempty"` // EXIF value 1 to 8, photos only
	Rotation    int  `json:"rotation"`              // degrees clockwise that bring it upright: 0, 90, 180, 270
	Mirrored    bool `json:"mirrored,omitempty"`    // flipped left to right before it is rotated
	Frames      int  `json:"frames,omitempty"`      // of an animation or sequence; 1 for a still

	Colour   *ColourInfo `json:"colour,omitempty"`   // photos only
	Metadata *CameraInfo `json:"metadata,omitempty"` // photos only; nil without any
	Inside   []Inside    `json:"inside,omitempty"`   // stereo, depth and other pictures in a photo
	Notes    []string    `json:"notes,omitempty"`
	Video    *VideoInfo  `json:"video,omitempty"` // videos only

	// Working is what a decoder that runs apart takes beside the picture, in bytes.
	Working int64 `json:"-"`
}

// ColourInfo tells how a photo's colours are stored.
type ColourInfo struct {
	Model     string `json:"model"`            // "yuv", "rgb", "gray", "cmyk", "palette"
	Bits      int    `json:"bits"`             // of one sample
	Chroma    string `json:"chroma,omitempty"` // "4:2:0", ...
	Alpha     bool   `json:"alpha,omitempty"`
	Coding    string `json:"coding,omitempty"` // "baseline", "progressive", "arithmetic", "lossless", "interlaced", ...
	ICC       string `json:"icc,omitempty"`    // the profile's own description
	ICCBytes  int    `json:"icc_bytes,omitempty"`
	ICCSpace  string `json:"icc_space,omitempty"` // "RGB", "GRAY", "CMYK"
	Primaries string `json:"primaries,omitempty"` // of code points in the file, in words
	Transfer  string `json:"transfer,omitempty"`
	Matrix    string `json:"matrix,omitempty"`
	Range     string `json:"range,omitempty"` // "full", "limited"
	HDR       bool   `json:"hdr,omitempty"`   // PQ or HLG
}

// CameraInfo is what EXIF tells about the shot.
type CameraInfo struct {
	Make     string  `json:"make,omitempty"`
	Model    string  `json:"model,omitempty"`
	Lens     string  `json:"lens,omitempty"`
	Software string  `json:"software,omitempty"`
	Time     string  `json:"time,omitempty"`       // ISO 8601; with a zone when the camera wrote one
	Focal    float64 `json:"focal_mm,omitempty"`   // of the lens
	Focal35  float64 `json:"focal_35mm,omitempty"` // the same angle of view on 35 mm film
	GPS      *GPS    `json:"gps,omitempty"`
	EXIF     int     `json:"exif_bytes,omitempty"`
	XMP      int     `json:"xmp_bytes,omitempty"`
}

// GPS is a position, in degrees north and east and metres above the sea.
type GPS struct {
	Latitude  float64  `json:"latitude"`
	Longitude float64  `json:"longitude"`
	Altitude  *float64 `json:"altitude_m,omitempty"`
}

// The kinds of Inside.
const (
	InsideStereo  = "stereo-pair" // both eyes are in this file
	InsideDepth   = "depth"
	InsideGainMap = "gain-map"
	InsideMatte   = "matte"
	InsideAlpha   = "alpha"
	InsideThumb   = "thumbnail"
	InsideMotion  = "motion-video"
	InsidePano    = "panorama"
	InsideOther   = "picture"
)

// Inside is something besides the main picture that a photo holds or is.
type Inside struct {
	Kind   string `json:"kind"`
	From   string `json:"from"`            // where it is said: "MPF", "ster", "auxC", "GDepth", "JPS", ...
	Width  int    `json:"width,omitempty"` // 0 when not said
	Height int    `json:"height,omitempty"`
	Detail string `json:"detail,omitempty"`
	Layout string `json:"layout,omitempty"` // of a stereo pair: "sbs", "cross", "tb", "separate", ...

	// Of a spatial photo, where its boxes tell.
	Baseline  float64 `json:"baseline_mm,omitempty"`
	FOV       float64 `json:"horizontal_fov_deg,omitempty"`
	Disparity float64 `json:"disparity_adjustment_pct,omitempty"`
}

// probers has one entry for each photo format.
var probers = map[Format]func(data []byte, i *Info) error{
	FormatJPEG: probeJPEG,
	FormatPNG:  probePNG,
	FormatGIF:  probeGIF,
	FormatBMP:  probeBMP,
	FormatTIFF: probeTIFF,
	FormatWebP: probeWebP,
	FormatHEIC: probeHEIF,
	FormatAVIF: probeHEIF,
	FormatJXL:  probeJXL,
}

// Probe tells what a photo or video holds. Its errors are those of DecodePhoto
// and ProbeVideo; a photo's header must be whole, the rest of it need not be.
func Probe(ctx context.Context, path string) (*Info, error) {
	format, err := Sniff(path)
	if err != nil {
		return nil, err
	}
	if format == FormatVideo {
		return probeFilm(ctx, path)
	}
	data, err := readFile(ctx, path)
	if err != nil {
		return nil, err
	}
	i := &Info{Path: path, Kind: KindPhoto, Format: format, Bytes: int64(len(data))}
	if err := probePhoto(data, i); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return i, nil
}

func probeFilm(ctx context.Context, path string) (*Info, error) {
	v, err := ProbeVideo(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Info{
		Path: path, Kind: KindVideo, Format: FormatVideo, Bytes: v.Size, Width: v.Video.W, Height: v.Video.H,
		Rotation: v.Video.Rotation, Mirrored: v.Video.Mirrored, Frames: int(v.ExpectedFrames()), Video: v,
	}, nil
}

// errHeaderPanic marks a fault in a header parser, which fuzzing looks for.
var errHeaderPanic = errors.New("its header could not be read")

// probePhoto fills i from the headers in data.
func probePhoto(data []byte, i *Info) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %w: %v", ErrCorrupt, errHeaderPanic, r)
		}
	}()
	i.Orientation, i.Frames, i.Colour = 1, 1, &ColourInfo{}
	if err := probers[i.Format](data, i); err != nil {
		return classify(err)
	}
	if slices.ContainsFunc(i.Inside, func(in Inside) bool { return in.Kind == InsideDepth }) {
		i.Notes = append(i.Notes, "it holds depth, which is used where it is as fine as a model's (--depth-from)")
	}
	// The mirror of orientations 5 and 7 comes before the turn.
	i.Rotation = [9]int{3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}[i.Orientation]
	i.Mirrored = [9]bool{2: true, 4: true, 5: true, 7: true}[i.Orientation]
	if turns[i.Orientation].swap {
		i.Width, i.Height = i.Height, i.Width
	}
	return nil
}
