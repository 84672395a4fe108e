package media

// mpfPicture is one entry of a multi-picture index.
type mpfPicture struct {
	kind uint32 // CIPA DC-007 table 3: 0x020002 stereo (disparity), 0x010001 large thumbnail, ...
	at   int    // offset in the file
	size int
}

// Tags and kinds of CIPA DC-007 (multi-picture format).
const (
	tagMPEntry      = 0xb002
	mpEntryLength   = 16
	mpKindDisparity = 0x020002
	mpKindMask      = 0xffffff
	maxMPPictures   = 64
)

// mpfPictures lists the pictures of a multi-picture JPEG that lie inside the
// file's claims; nil when the index is damaged.
func mpfPictures(j *jpegHeader) []mpfPicture {
	t, first, err := openTIFF(j.mpf)
	if err != nil {
		return nil
	}
	d, ok := t.directory(first)
	if !ok {
		return nil
	}
	f, ok := d.find(tagMPEntry)
	if !ok {
		return nil
	}
	var out []mpfPicture
	for i := 0; i+mpEntryLength <= f.size && len(out) < maxMPPictures; i += mpEntryLength {
		e := t.b[f.data+i:]
		p := mpfPicture{
			kind: t.order.Uint32(e) & mpKindMask, size: int(t.order.Uint32(e[4:])), at: int(t.order.Uint32(e[8:])),
		}
		if p.at != 0 { // the first picture is at the start of the file
			p.at += j.mpfAt
		}
		out = append(out, p)
	}
	return out
}
