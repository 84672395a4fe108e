package media

import "fmt"

// tiffHeader is what the first directory of a TIFF says.
type tiffHeader struct {
	w, h        int
	bits        int
	photometric int
	orientation int
	pages       int
	raw         bool // a camera's raw file, whose first directory is a small preview
	meta        Metadata
}

// Values and tags that tell a camera's raw file.
const (
	subfileReduced = 1
	tagDNGVersion  = 0xc612
	tagBits        = 0x0102
	tagPhotometric = 0x0106
	maxPages       = 10000
)

// parseTIFF reads the directories of a TIFF file.
func parseTIFF(b []byte) (*tiffHeader, error) {
	t, first, err := openTIFF(b)
	if err != nil {
		return nil, err
	}
	d, ok := t.directory(first)
	if !ok {
		return nil, fmt.Errorf("%w: the TIFF's directory lies outside the file", ErrTruncated)
	}
	h := &tiffHeader{
		w: t.value(&d, tagImageWidth), h: t.value(&d, tagImageLength),
		bits: max(t.value(&d, tagBits), 1), photometric: t.value(&d, tagPhotometric), orientation: 1, pages: 1,
	}
	if h.w == 0 || h.h == 0 {
		return nil, fmt.Errorf("%w: a TIFF without a size", ErrCorrupt)
	}
	if o := t.value(&d, tagOrientation); o >= 1 && o <= 8 {
		h.orientation = o
	}
	_, dng := d.find(tagDNGVersion)
	_, subs := d.find(tagSubIFDs)
	h.raw = dng || subs && t.value(&d, tagSubfileType)&subfileReduced != 0 || len(b) > 10 && string(b[8:10]) == "CR"
	if f, ok := d.find(tagICC); ok {
		h.meta.ICC = b[f.data : f.data+f.size]
	}
	if f, ok := d.find(tagXMP); ok {
		h.meta.XMP = b[f.data : f.data+f.size]
	}
	h.meta.EXIF = t.collectEXIF(&d)
	h.pages = t.pages(d)
	return h, nil
}

// pages counts the directories from d on. A chain that goes back is a circle.
func (t *tiffFile) pages(d directory) int {
	n := 1
	for d.next > d.at && n < maxPages {
		next, ok := t.directory(d.next)
		if !ok {
			break
		}
		n, d = n+1, next
	}
	return n
}
