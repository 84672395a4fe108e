package coreml

import "fmt"

// SpatialPhotoOptions say what photo to write.
type SpatialPhotoOptions struct {
	Path string // the file to write, HEIC whatever its name; an existing one is replaced
	// Source is a photo whose EXIF, GPS, IPTC and TIFF data are copied, with
	// the orientation set to upright. "" copies nothing.
	Source  string
	Profile []byte  // ICC profile of the pixels; empty is sRGB
	Quality float64 // 0..1
	Camera  Camera
}

// WriteSpatialPhoto writes a stereo HEIC as Apple's cameras do: the left eye
// is the primary picture and both carry the camera's data. The eyes are of
// equal size and of format RGBX8 or RGBX16. It needs macOS 14.
func WriteSpatialPhoto(o SpatialPhotoOptions, left, right *Image) error {
	if err := Linked(); err != nil {
		return err
	}
	if err := o.check(left, right); err != nil {
		return fmt.Errorf("spatial photo %s: %w", o.Path, err)
	}
	if err := absolute(&o.Path, &o.Source); err != nil {
		return fmt.Errorf("spatial photo: %w", err)
	}
	if err := nativePhoto(&o, left, right); err != nil {
		return fmt.Errorf("spatial photo %s: %w", o.Path, err)
	}
	return nil
}

func (o *SpatialPhotoOptions) check(left, right *Image) error {
	for _, p := range []*Image{left, right} {
		if p.Format != RGBX8 && p.Format != RGBX16 {
			return fmt.Errorf("eye of format %d: %w", p.Format, ErrArgument)
		}
		if err := p.check(); err != nil {
			return err
		}
	}
	switch {
	case o.Path == "":
		return fmt.Errorf("no path: %w", ErrArgument)
	case left.Format != right.Format || left.W != right.W || left.H != right.H:
		return fmt.Errorf("eyes of %dx%d and %dx%d: %w", left.W, left.H, right.W, right.H, ErrArgument)
	case !(o.Quality >= 0 && o.Quality <= 1):
		return fmt.Errorf("quality %g: %w", o.Quality, ErrArgument)
	case !(o.Camera.Focal > 0):
		return fmt.Errorf("focal length of %g pixels: %w", o.Camera.Focal, ErrArgument)
	}
	return o.Camera.check()
}
