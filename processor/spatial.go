package processor

import (
	"context"
	"errors"
	"fmt"
	"image"
	"runtime"
	"slices"

	"spatialmaker/coreml"
	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// ErrNoSpatial reports that this machine cannot write spatial photos or videos.
var ErrNoSpatial = errors.New("spatial photos and videos need macOS 14 or later, whose own frameworks write them")

// SpatialSupport returns nil where spatial photos can be written, else an error
// wrapping ErrNoSpatial that says what is missing.
func SpatialSupport() error {
	system, err := describeMac()
	if err == nil && !system.SpatialPhoto {
		err = fmt.Errorf("%w: macOS %s is too old", ErrNoSpatial, system.OS)
	}
	return err
}

// describeMac asks the bridge what the machine can do.
func describeMac() (coreml.System, error) {
	system, err := coreml.Describe()
	switch {
	case errors.Is(err, coreml.ErrUnsupported) && runtime.GOOS != "darwin":
		return system, fmt.Errorf("%w; this is %s", ErrNoSpatial, runtime.GOOS)
	case err != nil:
		return system, fmt.Errorf("%w: %w", ErrNoSpatial, err)
	}
	return system, nil
}

// Formats lists the layouts that this machine writes, in the order they are
// shown.
func Formats() []pack.Layout {
	all := pack.Layouts()
	if SpatialSupport() == nil {
		all = append(all, pack.Spatial)
	}
	return all
}

// spatialPair is what becomes a spatial photo: both eyes, how they were
// rendered and how they are to be seen.
type spatialPair struct {
	left, right *pix.Picture
	geometry    pack.SpatialGeometry
}

// spatialGeometry describes eyes of w x h that were rendered with g and whose
// screen plane is to lie at the nearness screen.
func spatialGeometry(g stereo.Geometry, screen float64, w, h int) pack.SpatialGeometry {
	share := map[stereo.Eyes]float64{stereo.BothEyes: 0.5, stereo.RightEye: 0, stereo.LeftEye: 1}
	return pack.SpatialGeometry{
		Strength: g.Strength, Rendered: g.Convergence, Screen: screen, Left: share[g.Eyes], W: w, H: h,
	}
}

// onlySpatial reports whether nothing else is made of the eyes. They are then
// rendered as by parallel cameras, which is what Apple asks for, and the file's
// adjustment carries the convergence.
func onlySpatial(outs []output) bool {
	return !slices.ContainsFunc(outs, func(o output) bool { return o.layout.NeedsEyes() && o.layout != pack.Spatial })
}

// imageIOReads lists what the metadata of a spatial photo can be copied from.
var imageIOReads = []media.Format{
	media.FormatJPEG, media.FormatPNG, media.FormatTIFF, media.FormatHEIC, media.FormatAVIF, media.FormatWebP, media.FormatGIF, media.FormatBMP,
}

// spatialQuality is ImageIO's when none is asked for.
const spatialQuality = 0.9

// writeSpatial writes one photo's pair through ImageIO.
func (r *run) writeSpatial(p *photo, k packedPicture, mode media.Overwrite) error {
	g := k.spatial.geometry
	if info, err := media.Probe(p.ctx, p.in.path); err == nil && info.Metadata != nil {
		g.HFOV = pack.HFOVFrom35mm(info.Metadata.Focal35, g.W, g.H)
	}
	camera, err := spatialCamera(g)
	if err != nil {
		return fmt.Errorf("write %s: %w", k.path, err)
	}
	left, err := spatialEye(p.ctx, k.spatial.left, r.cfg.Workers)
	if err != nil {
		return err
	}
	right, err := spatialEye(p.ctx, k.spatial.right, r.cfg.Workers)
	if err != nil {
		return err
	}
	out, err := media.CreateOutput(k.path, mode)
	if err != nil {
		return err
	}
	defer out.Abort()
	o := coreml.SpatialPhotoOptions{Path: out.Name(), Profile: p.src.Meta.ICC, Quality: spatialQuality, Camera: camera}
	if q := p.options.Quality; q > 0 {
		o.Quality = float64(q) / 100
	}
	if slices.Contains(imageIOReads, p.src.Format) {
		o.Source = p.in.path
	}
	if err := coreml.WriteSpatialPhoto(o, &left, &right); err != nil {
		return fmt.Errorf("write %s: %w", k.path, diskFull(err))
	}
	return out.Commit(nil)
}

// spatialCamera derives the camera data of a pair.
func spatialCamera(g pack.SpatialGeometry) (coreml.Camera, error) {
	s, err := pack.DeriveSpatial(g)
	if err != nil {
		return coreml.Camera{}, err
	}
	c := coreml.Camera{
		BaselineMicrometres: s.BaselineMicrometres, HFOVMillidegrees: s.HFOVMillidegrees, Adjustment: s.Adjustment,
		Focal: s.Focal, LeftX: s.LeftX, RightX: s.RightX, Y: s.Y, Hero: coreml.LeftEye,
	}
	if g.Left > 0.5 {
		c.Hero = coreml.RightEye // the untouched original
	}
	return c, nil
}

// spatialEye brings an eye into the form ImageIO takes: 16 bits stay, all else
// becomes RGB of 8 bits.
func spatialEye(ctx context.Context, p *pix.Picture, workers int) (coreml.Image, error) {
	if p.Model == pix.RGBA && p.Bits == 16 && !p.Alpha {
		pl := p.Planes[0]
		return coreml.Image{
			Format: coreml.RGBX16, W: p.W, H: p.H,
			Planes: [3]coreml.Plane{{Data: coreml.Bytes(pl.Pix16), Stride: 2 * pl.Stride}},
		}, nil
	}
	rgb := image.NewRGBA(image.Rect(0, 0, p.W, p.H))
	if err := pix.ToRGBA(ctx, rgb, p, workers); err != nil {
		return coreml.Image{}, err
	}
	return coreml.Image{
		Format: coreml.RGBX8, W: p.W, H: p.H,
		Planes: [3]coreml.Plane{{Data: rgb.Pix, Stride: rgb.Stride}},
	}, nil
}
