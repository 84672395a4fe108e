package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// ErrWritten reports that a written file is not what was meant to be written.
var ErrWritten = errors.New("the written file is not whole")

// maxReadBack is the largest file, in bytes, that is read back as a whole.
const maxReadBack = 256 << 20

// CheckPhoto reads a written photo's headers back: it must be of that format
// and size and reach its own end. Nothing is decoded. A file beyond
// maxReadBack is not looked into.
func CheckPhoto(ctx context.Context, path string, format Format, w, h int) error {
	if st, err := os.Stat(path); err == nil && st.Size() > maxReadBack {
		return nil
	}
	data, err := readFile(ctx, path)
	if err != nil {
		return err
	}
	i := &Info{Format: format}
	if got, err := sniff(data[:min(len(data), sniffLen)]); err != nil || got != format {
		return fmt.Errorf("%w: it is no %s", ErrWritten, format)
	}
	if err := probePhoto(data, i); err != nil {
		return fmt.Errorf("%w: %w", ErrWritten, err)
	}
	if i.Width != w || i.Height != h {
		return fmt.Errorf("%w: it is %dx%d, not %dx%d", ErrWritten, i.Width, i.Height, w, h)
	}
	if !complete(format, data) {
		return fmt.Errorf("%w: its end is missing", ErrWritten)
	}
	return nil
}

// complete reports whether a file that this program wrote ends as its format
// does. TIFF has no end: its directory, which was read, comes last.
func complete(format Format, b []byte) bool {
	switch format {
	case FormatJPEG:
		return bytes.HasSuffix(b, []byte{0xff, markEOI})
	case FormatPNG:
		return bytes.HasSuffix(b, []byte("IEND\xaeB`\x82"))
	case FormatWebP:
		return len(b) >= 8 && int(binary.LittleEndian.Uint32(b[4:]))+8 == len(b)
	}
	return true
}
