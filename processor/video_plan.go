package processor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
)

// filmOutput is one video to be written.
type filmOutput struct {
	layout    pack.Layout
	eye       int // of left-right: 0 left, 1 right
	path      string
	container media.Container
	encoding  media.VideoEncoding
	packing   media.Packing
}

// unsignalled reports whether nothing in the file can tell players how the
// eyes are arranged: frames of ProRes have no such message, and Matroska alone
// says it outside of them.
func (o *filmOutput) unsignalled() bool {
	told := o.packing.Layout == "sbs" || o.packing.Layout == "tb"
	return told && o.encoding.Codec == media.ProRes && o.container == media.MOV
}

// film plans the outputs for one video. See photo for existing ones.
func (p *planner) film(ctx context.Context, in input, info *media.VideoInfo) (outs []filmOutput, skipped int, err error) {
	ff, err := media.FindFFmpeg(ctx)
	if err != nil {
		return nil, 0, err
	}
	folder := filepath.Dir(in.path)
	if p.target.folder != "" {
		folder = filepath.Join(p.target.folder, in.sub)
	}
	ext := filepath.Ext(in.path)
	stem := strings.TrimSuffix(filepath.Base(in.path), ext)
	eye := filmLayout(info, p.options)
	for _, l := range p.options.Formats {
		if l == pack.MPO {
			return nil, 0, fmt.Errorf("%w: an mpo file holds a photo", ErrPhotosOnly)
		}
		o := filmOutput{layout: l, packing: packingOf(l)}
		end, err := p.filmEnd(ctx, ff, &o, info, eye)
		if err != nil {
			return nil, 0, err
		}
		paths := []string{p.target.file}
		if p.target.file == "" {
			paths = p.unclaimed(in, folder, stem, strings.TrimPrefix(ext, "."), l, end)
		}
		exists, err := p.existing(in, paths)
		if err != nil {
			return nil, 0, err
		}
		if exists {
			skipped++
			continue
		}
		for i, path := range paths {
			o.path, o.eye = path, i
			outs = append(outs, o)
		}
	}
	return outs, skipped, nil
}

// filmEnd decides how an output is written, and gives the extension of its name.
func (p *planner) filmEnd(ctx context.Context, ff *media.FFmpeg, o *filmOutput, info *media.VideoInfo, eye pix.Layout) (string, error) {
	wanted := strings.TrimPrefix(filepath.Ext(p.target.file), ".")
	switch {
	case o.layout == pack.Wiggle && wanted == "":
		return string(media.MP4), nil
	case o.layout == pack.Wiggle:
		return wanted, wiggleEnds(p.target.file)
	case o.layout == pack.Spatial:
		err := p.spatialOutput(o, info, eye)
		return string(o.container), err
	}
	err := p.encoding(ctx, ff, o, info, eye, wanted)
	return string(o.container), err
}

// packingOf is what players are told of a layout.
func packingOf(l pack.Layout) media.Packing {
	switch l {
	case pack.SBS, pack.HalfSBS:
		return media.Packing{Layout: "sbs"}
	case pack.Cross:
		return media.Packing{Layout: "sbs", Swap: true}
	case pack.TB, pack.HalfTB:
		return media.Packing{Layout: "tb"}
	case pack.Anaglyph:
		return media.Packing{Layout: "anaglyph"}
	}
	return media.Packing{}
}

// maxH264 is the widest or highest H.264 picture that common hardware decodes.
const maxH264 = 4096

// contentOf is what an encoder's quality is chosen by.
func contentOf(l pack.Layout) media.Content {
	switch l {
	case pack.HalfSBS, pack.HalfTB:
		return media.HalfEyes
	case pack.Anaglyph:
		return media.Anaglyph
	case pack.Depth, pack.RGBD:
		return media.DepthMap
	}
	return media.FullEyes
}

// codecs lists the codecs to try for an output, the best first, and the
// encoder when one was asked for by name.
func (p *planner) codecs(l pack.Layout, packed, eye pix.Layout, info *media.VideoInfo, ext string) (codecs []media.Codec, encoder string, err error) {
	if p.options.Codec != "" {
		c, encoder, ok := media.ParseCodec(p.options.Codec)
		if !ok {
			return nil, "", fmt.Errorf("%w --codec %q", ErrOption, p.options.Codec)
		}
		return []media.Codec{c}, encoder, nil
	}
	depth := l == pack.Depth
	switch {
	case depth && (ext == "" || strings.EqualFold(ext, "mkv")):
		codecs = []media.Codec{media.FFV1}
	case eye.Bits > 8 && !depth:
		codecs = []media.Codec{media.HEVC, media.AV1, media.H264}
	case packed.W > maxH264 || packed.H > maxH264:
		codecs = []media.Codec{media.HEVC, media.H264}
	default:
		codecs = []media.Codec{media.H264, media.HEVC}
	}
	if strings.EqualFold(ext, "mov") && !depth && info.Video.Codec == "prores" {
		codecs = append([]media.Codec{media.ProRes}, codecs...)
	}
	return codecs, "", nil
}

// encoding chooses codec, container and encoder for an output.
func (p *planner) encoding(ctx context.Context, ff *media.FFmpeg, o *filmOutput, info *media.VideoInfo, eye pix.Layout, ext string) error {
	e := media.VideoEncoding{
		CRF: p.options.CRF, Preset: p.options.Preset, Content: contentOf(o.layout),
		Rate: info.Video.FrameRate, SAR: info.Video.SAR, Source: &info.Video,
	}
	e.Layout = pack.Size(o.layout, eye)
	codecs, encoder, err := p.codecs(o.layout, e.Layout, eye, info, ext)
	if err != nil {
		return err
	}
	e.Encoder = encoder
	if o.layout == pack.Depth {
		// Grey of 16 bits where it is kept for later, else what players show.
		e.Layout, e.Source = eye, nil
		e.Layout.Model, e.Layout.Bits, e.Layout.ShiftX, e.Layout.ShiftY = pix.YUV, 8, 1, 1
		if codecs[0] == media.FFV1 {
			e.Layout = pix.Layout{W: eye.W, H: eye.H, Model: pix.Gray, Bits: 16}
		}
	}
	for _, c := range codecs {
		try := e
		try.Codec = c
		if err = ff.ChooseEncoder(ctx, &try); err == nil {
			o.encoding, o.container = try, media.ContainerFor(ext, c)
			break
		}
		if !errors.Is(err, media.ErrNoEncoder) {
			return err
		}
	}
	if err != nil {
		return err
	}
	if !o.encoding.TakesPreset() {
		return fmt.Errorf("%w --preset %s: %s takes one of %s", ErrOption, o.encoding.Preset, o.encoding.Encoder,
			strings.Join(media.Presets(o.encoding.Encoder), " "))
	}
	if ext != "" && !strings.EqualFold(ext, string(o.container)) && !strings.EqualFold(ext, "m4v") {
		return fmt.Errorf("%w --output .%s: videos are written as mp4, mov or mkv", ErrOption, ext)
	}
	if !o.container.Holds(o.encoding.Codec) {
		return fmt.Errorf("%w --codec %s: %s files do not hold it; take another extension", ErrOption, o.encoding.Codec, o.container)
	}
	return nil
}
