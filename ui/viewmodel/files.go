package viewmodel

import (
	"context"
	"image"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/disintegration/imaging"

	"spatialmaker/processor"
	"spatialmaker/processor/media"
)

// Files is the Inspector of the files on disk. Its small pictures come from a
// preview of its own, so that they never push the chosen file's depth out.
type Files struct{ preview Renderer }

// NewFiles returns an Inspector that draws with p.
func NewFiles(p Renderer) *Files { return &Files{preview: p} }

// Inspect implements Inspector.
func (f *Files) Inspect(_ context.Context, path string) FileInfo {
	var info FileInfo
	if st, err := os.Stat(path); err == nil {
		info.Bytes = st.Size()
	}
	format, err := media.Sniff(path)
	switch {
	case err != nil:
	case format == media.FormatVideo:
		info.Kind = KindVideo
		info.Format = strings.ToUpper(strings.TrimPrefix(filepath.Ext(path), "."))
	default:
		info.Kind = KindPhoto
		info.Format = formatNames[format]
	}
	return info
}

var formatNames = map[media.Format]string{
	media.FormatJPEG: "JPEG", media.FormatPNG: "PNG", media.FormatWebP: "WebP", media.FormatTIFF: "TIFF",
	media.FormatBMP: "BMP", media.FormatGIF: "GIF", media.FormatHEIC: "HEIC", media.FormatAVIF: "AVIF",
	media.FormatJXL: "JPEG XL",
}

// thumbAt is the moment of a video that stands for it: the first pictures of
// films are often black.
const thumbAt = time.Second

// Thumb implements Inspector.
func (f *Files) Thumb(ctx context.Context, path string, w, h int) Thumb {
	q := processor.PreviewRequest{
		Path: path, Options: processor.DefaultOptions(), View: processor.ViewOriginal, MaxW: thumbDetail * w, MaxH: thumbDetail * h,
	}
	if format, err := media.Sniff(path); err == nil && format == media.FormatVideo {
		q.At = thumbAt
	}
	r, err := f.preview.Render(ctx, q)
	f.preview.Forget()
	if err != nil {
		return Thumb{Err: err}
	}
	t := Thumb{Image: sharpThumb(r.Image, w, h), W: r.W, H: r.H}
	if r.Film != nil {
		t.Length = r.Film.Length
	}
	return t
}

// thumbDetail is how many times larger than a thumbnail the picture is that it
// is made from: area averages bring it that far, which is quick but soft.
const thumbDetail = 3

// sharpThumb brings an opaque picture to at most w x h pixels with a sharp
// filter; smaller ones stay as they are.
func sharpThumb(img *image.RGBA, w, h int) *image.RGBA {
	n := imaging.Fit(img, w, h, imaging.Lanczos)
	// Straight and premultiplied alpha are the same where nothing shows through.
	return &image.RGBA{Pix: n.Pix, Stride: n.Stride, Rect: n.Rect}
}
