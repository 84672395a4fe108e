package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"
)

// Format is the kind of a file, found from its content.
type Format string

// The formats that are told apart. Every video container is FormatVideo.
const (
	FormatUnknown Format = ""
	FormatJPEG    Format = "jpeg"
	FormatPNG     Format = "png"
	FormatWebP    Format = "webp"
	FormatTIFF    Format = "tiff"
	FormatBMP     Format = "bmp"
	FormatGIF     Format = "gif"
	FormatHEIC    Format = "heic"
	FormatAVIF    Format = "avif"
	FormatJXL     Format = "jxl"
	FormatVideo   Format = "video"
)

// sniffLen is how much of a file's start is looked at: enough for the brands
// of an ftyp box and for three packets of an MPEG transport stream.
const sniffLen = 1024

// Sniff finds the format of a file from its first bytes, never from its name.
// Folders, devices and pipes are refused with ErrNotRegular before anything is
// read; other errors are ErrEmpty, ErrUnknownKind and those of opening.
func Sniff(path string) (Format, error) {
	f, err := openRegular(path)
	if err != nil {
		return FormatUnknown, err
	}
	defer f.Close()
	head := make([]byte, sniffLen)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return FormatUnknown, fmt.Errorf("read %s: %w", path, err)
	}
	format, err := sniff(head[:n])
	if err != nil {
		return format, fmt.Errorf("read %s: %w", path, err)
	}
	return format, nil
}

// openRegular opens a regular file for reading.
func openRegular(path string) (*os.File, error) {
	// The look before opening keeps a pipe without a writer from blocking.
	fi, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, pathCause(err))
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w (%s)", path, ErrNotRegular, modeName(fi.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, pathCause(err))
	}
	return f, nil
}

// pathCause takes the operation and the path, which the caller's message has
// already, out of an error of package os.
func pathCause(err error) error {
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	if le := (*os.LinkError)(nil); errors.As(err, &le) {
		return le.Err
	}
	return err
}

func modeName(m os.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&os.ModeNamedPipe != 0:
		return "a pipe"
	case m&os.ModeSocket != 0:
		return "a socket"
	case m&os.ModeDevice != 0:
		return "a device"
	}
	return m.String()
}

// magic pairs the first bytes of a file with its format.
var magic = []struct {
	at     int
	bytes  string
	format Format
}{
	{0, "\xff\xd8\xff", FormatJPEG},
	{0, "\x89PNG\r\n\x1a\n", FormatPNG},
	{0, "GIF87a", FormatGIF},
	{0, "GIF89a", FormatGIF},
	{0, "II*\x00", FormatTIFF},
	{0, "MM\x00*", FormatTIFF},
	{0, "\xff\x0a", FormatJXL},
	{0, "\x00\x00\x00\x0cJXL \r\n\x87\n", FormatJXL},
	{0, "\x1a\x45\xdf\xa3", FormatVideo},                 // Matroska, WebM
	{0, "FLV\x01", FormatVideo},                          // Flash video
	{0, "OggS", FormatVideo},                             // Ogg
	{0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", FormatVideo}, // ASF, WMV
	{0, "\x00\x00\x01\xba", FormatVideo},                 // MPEG program stream
	{0, "\x00\x00\x01\xb3", FormatVideo},                 // MPEG video
	{0, "\x06\x0e\x2b\x34", FormatVideo},                 // MXF
	{0, "YUV4MPEG2 ", FormatVideo},                       // y4m
	{4, "moov", FormatVideo},                             // QuickTime without ftyp
	{4, "mdat", FormatVideo},
	{4, "wide", FormatVideo},
	{4, "pnot", FormatVideo},
	{4, "moof", FormatVideo},
	{4, "styp", FormatVideo},
}

// sniff finds the format of a file that begins with head (up to sniffLen bytes).
func sniff(head []byte) (Format, error) {
	if len(head) == 0 {
		return FormatUnknown, ErrEmpty
	}
	for _, m := range magic {
		if len(head) >= m.at+len(m.bytes) && string(head[m.at:m.at+len(m.bytes)]) == m.bytes {
			return m.format, nil
		}
	}
	switch {
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return FormatWebP, nil
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "AVI ":
		return FormatVideo, nil
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return sniffBrands(head), nil
	case isBMP(head):
		return FormatBMP, nil
	case isTransportStream(head):
		return FormatVideo, nil
	}
	return FormatUnknown, fmt.Errorf("%w: it %s", ErrUnknownKind, looksLike(head))
}

// sniffBrands reads an ftyp box: the major brand, then the compatible ones.
func sniffBrands(head []byte) Format {
	size := min(int64(binary.BigEndian.Uint32(head)), int64(len(head)))
	brands := []string{string(head[8:12])}
	for at := int64(16); at+4 <= size; at += 4 {
		brands = append(brands, string(head[at:at+4]))
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(brands, func(b string) bool { return slices.Contains(names, b) })
	}
	switch brands[0] {
	case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs":
		return FormatHEIC
	case "avif", "avis":
		return FormatAVIF
	case "mif1", "mif2", "msf1", "miaf":
		// These say only "HEIF": what is inside stands among the others.
		if has("avif", "avis") {
			return FormatAVIF
		}
		return FormatHEIC
	}
	switch {
	case has("isom", "iso2", "mp41", "mp42", "qt  "):
		return FormatVideo
	case has("avif"):
		return FormatAVIF
	case has("heic", "heix"):
		return FormatHEIC
	}
	return FormatVideo
}

// isBMP wants more than the two letters, which begin many texts.
func isBMP(head []byte) bool {
	if len(head) < 18 || head[0] != 'B' || head[1] != 'M' {
		return false
	}
	switch binary.LittleEndian.Uint32(head[14:]) { // size of the info header
	case 12, 16, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// isTransportStream looks for the sync byte of three packets in a row.
func isTransportStream(head []byte) bool {
	for _, packet := range []int{188, 192} {
		at := packet - 188 // m2ts has four bytes of time before the sync byte
		if len(head) > at+2*packet && head[at] == 0x47 && head[at+packet] == 0x47 && head[at+2*packet] == 0x47 {
			return true
		}
	}
	return false
}

// looksLike words what an unknown file seems to be.
func looksLike(head []byte) string {
	text := head
	for cut := 0; cut < 4 && len(text) > 0 && !utf8.Valid(text); cut++ {
		text = text[:len(text)-1] // the head may end inside a character
	}
	switch {
	case len(head) >= 5 && string(head[:5]) == "%PDF-":
		return "is a PDF document"
	case len(head) >= 4 && string(head[:4]) == "PK\x03\x04":
		return "is a ZIP archive"
	case utf8.Valid(text) && !bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' }):
		return "is text"
	}
	return fmt.Sprintf("begins with the bytes % x", head[:min(8, len(head))])
}
