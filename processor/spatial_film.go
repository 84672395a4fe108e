package processor

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"spatialmaker/coreml"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
)

// SpatialFilmOptions say what spatial film to write. Times are ticks of
// TimeBase on the clock of Source.
type SpatialFilmOptions struct {
	Path     string // a .mov that does not exist, under a temporary name
	Source   string // whose sound and metadata are copied: what AVFoundation reads, "" for none
	Layout   pix.Layout
	Colour   pix.Colour
	SAR      media.Ratio // of a pixel; zero: square
	TimeBase media.Ratio
	Start    int64 // of the first moment shown
	Until    int64 // nothing of Source after this is copied; 0: to its end
	Chapters []media.Chapter
	HDR      media.HDR // of films of more than 8 bits
	Quality  float64
	Geometry pack.SpatialGeometry // one for the whole film
}

// SpatialFilm brings pairs of eyes into a spatial video: MV-HEVC of 4:2:0 and
// 8 or 10 bits, whatever sampling they come in. For one goroutine at a time.
type SpatialFilm struct {
	w      *coreml.SpatialVideoWriter
	o      SpatialFilmOptions
	bits   int
	planes [2][3][]uint16 // for eyes that are not 4:2:0 of 8 or 10 bits; 8-bit samples lie two in one
}

// NewSpatialFilm begins a film. The errors wrap ErrNoSpatial where the machine
// cannot, pack.ErrSpatial where the geometry has no cameras.
func NewSpatialFilm(o SpatialFilmOptions) (*SpatialFilm, error) {
	if err := SpatialSupport(); err != nil {
		return nil, err
	}
	if o.Layout.Model != pix.YUV && o.Layout.Model != pix.Gray {
		return nil, fmt.Errorf("spatial film of %v pictures: %w", o.Layout.Model, pix.ErrShape)
	}
	if !o.TimeBase.Valid() || o.TimeBase.Den > math.MaxInt32 {
		return nil, fmt.Errorf("spatial film with time base %v: %w", o.TimeBase, ErrOption)
	}
	// An odd last column or row has no chroma of its own in 4:2:0.
	w, h := o.Layout.W&^1, o.Layout.H&^1
	o.Geometry.W, o.Geometry.H = w, h
	camera, err := spatialCamera(o.Geometry)
	if err != nil {
		return nil, err
	}
	f := &SpatialFilm{o: o, bits: 8}
	if o.Layout.Bits > 8 {
		f.bits = 10
	}
	num := o.TimeBase.Num
	v := coreml.SpatialVideoOptions{
		Path: o.Path, Source: o.Source, W: w, H: h, Bits: f.bits, FullRange: o.Colour.FullRange,
		PixelW: int(o.SAR.Num), PixelH: int(o.SAR.Den), Primaries: o.Colour.Primaries, Transfer: o.Colour.Transfer, Matrix: o.Colour.Matrix,
		Timescale: int32(o.TimeBase.Den), Start: o.Start * num, Until: o.Until * num,
		Quality: o.Quality, Camera: camera, Chapters: spatialChapters(&o),
	}
	if f.bits > 8 && o.HDR.Mastering != nil {
		v.Mastering = o.HDR.Mastering.Bytes()
	}
	if f.bits > 8 && o.HDR.Light != nil {
		v.Light = o.HDR.Light.Bytes()
	}
	f.w, err = coreml.NewSpatialVideoWriter(v)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// spatialChapters brings the source's chapters to the film's clock, one after
// the other: players know where a chapter begins only, so that a gap, or what
// two share, belongs to one of them, and of those with one beginning the last
// counts. What lies outside of the film is left out.
func spatialChapters(o *SpatialFilmOptions) []coreml.Chapter {
	ticks := func(seconds float64) int64 {
		t := min(max(seconds*float64(o.TimeBase.Den)/float64(o.TimeBase.Num), 0), maxTicks)
		return int64(math.Round(t)) * o.TimeBase.Num
	}
	all := slices.Clone(o.Chapters)
	slices.SortStableFunc(all, func(a, b media.Chapter) int { return cmp.Compare(a.Start, b.Start) })
	var out []coreml.Chapter
	for i, c := range all {
		end := c.End
		if i+1 < len(all) {
			end = all[i+1].Start
		}
		k := coreml.Chapter{Title: chapterTitle(c.Title), Start: max(ticks(c.Start), o.Start*o.TimeBase.Num), End: ticks(end)}
		if o.Until > 0 {
			k.End = min(k.End, o.Until*o.TimeBase.Num)
		}
		if k.End > k.Start {
			out = append(out, k)
		}
	}
	return out
}

// maxTicks keeps what a damaged file says of its chapters countable.
const maxTicks = 1 << 52

// chapterTitle is what a text track can hold of a title.
func chapterTitle(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	return strings.ToValidUTF8(s[:min(len(s), math.MaxUint16)], "")
}

// Write adds the eyes shown at pts; they must have the film's layout.
func (f *SpatialFilm) Write(ctx context.Context, left, right *pix.Picture, pts int64) error {
	var eyes [2]coreml.Frame
	for i, p := range []*pix.Picture{left, right} {
		if l := pix.LayoutOf(p); l != f.o.Layout {
			return fmt.Errorf("eye of %+v in a film of %+v: %w", l, f.o.Layout, pix.ErrShape)
		}
		f.arrange(&eyes[i], p, i)
	}
	return f.w.Write(ctx, &eyes[0], &eyes[1], pts*f.o.TimeBase.Num)
}

// Finish ends the film at the given time, after its last frame, and waits for
// the copied tracks. The film must still be closed.
func (f *SpatialFilm) Finish(ctx context.Context, end int64) (coreml.VideoReport, error) {
	return f.w.Finish(ctx, end*f.o.TimeBase.Num)
}

// Close gives the writer back; an unfinished film is removed.
func (f *SpatialFilm) Close() error { return f.w.Close() }

// arrange points frame at the planes of p, or at copies brought to 4:2:0 and
// the film's bits.
func (f *SpatialFilm) arrange(frame *coreml.Frame, p *pix.Picture, eye int) {
	for i := range 3 {
		if i >= p.N {
			f.neutral(frame, i, eye)
			continue
		}
		pl := &p.Planes[i]
		w, h := f.o.Geometry.W, f.o.Geometry.H
		if i > 0 {
			w, h = w/2, h/2
		}
		fits := i == 0 || pl.ShiftX == 1 && pl.ShiftY == 1
		switch {
		case f.bits == 8 && fits:
			frame.Pix8[i], frame.Stride[i] = pl.Pix8, pl.Stride
		case f.bits == 8:
			dst := coreml.Bytes(grow(&f.planes[eye][i], (w*h+1)/2))[:w*h]
			halve(dst, pl.Pix8, pl, w, h, 0, i > 0)
			frame.Pix8[i], frame.Stride[i] = dst, w
		case fits && p.Bits == 10:
			frame.Pix16[i], frame.Stride[i] = pl.Pix16, pl.Stride
		default:
			dst := grow(&f.planes[eye][i], w*h)
			halve(dst, pl.Pix16, pl, w, h, p.Bits-10, i > 0)
			frame.Pix16[i], frame.Stride[i] = dst, w
		}
	}
}

// neutral gives grey eyes a chroma plane without colour.
func (f *SpatialFilm) neutral(frame *coreml.Frame, i, eye int) {
	w, n := f.o.Geometry.W/2, f.o.Geometry.W/2*(f.o.Geometry.H/2)
	frame.Stride[i] = w
	if f.bits == 8 {
		frame.Pix8[i] = coreml.Bytes(grow(&f.planes[eye][i], (n+1)/2))[:n]
		for k := range frame.Pix8[i] {
			frame.Pix8[i][k] = 128
		}
		return
	}
	frame.Pix16[i] = grow(&f.planes[eye][i], n)
	for k := range frame.Pix16[i] {
		frame.Pix16[i][k] = 512
	}
}

// halve brings a plane to w x h samples of 4:2:0, averaging where it has more
// and repeating where it has fewer (luma: one by one), and takes off the lowest
// bits, rounding.
func halve[T uint8 | uint16](dst, src []T, pl *pix.Plane, w, h, drop int, chroma bool) {
	nx, dx := reach(pl.ShiftX, chroma)
	ny, dy := reach(pl.ShiftY, chroma)
	most := uint32(math.MaxUint32)
	if drop > 0 {
		most = 1<<10 - 1 // rounding up must not leave the film's bits
	}
	n := uint32(nx * ny)
	for y := range h {
		for x := range w {
			sum := n << drop / 2
			for j := range ny {
				row := src[(y*ny/dy+j)*pl.Stride+x*nx/dx:][:nx]
				for _, v := range row {
					sum += uint32(v)
				}
			}
			dst[y*w+x] = T(min(sum/n>>drop, most))
		}
	}
}

// reach tells how many samples of a plane subsampled by shift fall into one of
// 4:2:0, or how many of those share one.
func reach(shift uint8, chroma bool) (samples, sharers int) {
	switch {
	case chroma && shift == 0:
		return 2, 1
	case chroma && shift == 2:
		return 1, 2
	}
	return 1, 1
}

func grow(s *[]uint16, n int) []uint16 {
	if len(*s) < n {
		*s = make([]uint16, n)
	}
	return (*s)[:n]
}
