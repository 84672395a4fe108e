package viewmodel

import (
	"context"
	"os"
	"path/filepath"
	"strings"

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

// Thumb implements Inspector.
func (f *Files) Thumb(ctx context.Context, path string, w, h int) Thumb {
	r, err := f.preview.Render(ctx, processor.PreviewRequest{
		Path: path, Options: processor.DefaultOptions(), View: processor.ViewOriginal, MaxW: w, MaxH: h,
	})
	f.preview.Forget()
	if err != nil {
		return Thumb{} // the row says itself what is the matter with the file
	}
	return Thumb{Image: r.Image, W: r.W, H: r.H}
}
