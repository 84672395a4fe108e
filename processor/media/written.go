package media

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// ErrWritten reports that a written file is not what was meant to be written.
var ErrWritten = errors.New("the written file is not whole")

// Formats that are written but not read, or read as something else.
const (
	FormatEXR Format = "exr" // OpenEXR
	FormatMPO Format = "mpo" // two JPEGs
)

// checkBuffer is what is read at a time.
const checkBuffer = 64 << 10

// CheckPhoto reads a file that this program wrote back: it must be of that
// format and size in pixels, and all its parts must be there. Parts are followed from one to the next, PNG's also by their
// checksums, but no sample is decoded; any size takes the memory of one buffer.
// Errors: ErrWritten, those of opening and reading, and ctx's.
func CheckPhoto(ctx context.Context, path string, format Format, w, h int) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	check, ok := writtenChecks[format]
	if !ok {
		return fmt.Errorf("%w: nothing is known of %s", ErrWritten, format)
	}
	file := &writtenFile{ctx: ctx, f: f, size: st.Size()}
	gotW, gotH, err := check(file)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: its end is missing", ErrWritten)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrWritten, err)
	case gotW != w || gotH != h:
		return fmt.Errorf("%w: it is %dx%d, not %dx%d", ErrWritten, gotW, gotH, w, h)
	}
	return nil
}

// writtenChecks follow the parts of a file and return its width and height.
var writtenChecks = map[Format]func(*writtenFile) (w, h int, err error){
	FormatJPEG: func(f *writtenFile) (w, h int, err error) { return checkJPEG(f, 1) },
	FormatMPO:  func(f *writtenFile) (w, h int, err error) { return checkJPEG(f, 2) },
	FormatPNG:  checkPNG,
	FormatTIFF: checkTIFF,
	FormatWebP: checkWebP,
	FormatGIF:  checkGIF,
	FormatEXR:  checkEXR,
}

// writtenFile reads a file and ends at its context.
type writtenFile struct {
	ctx  context.Context
	f    *os.File
	size int64
	at   int64 // of Read
}

// Read reads on from the beginning.
func (f *writtenFile) Read(b []byte) (int, error) {
	n, err := f.ReadAt(b, f.at)
	f.at += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

// ReadAt fills b from a place in the file.
func (f *writtenFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.f.ReadAt(b, at)
}

// part returns n bytes from a place.
func (f *writtenFile) part(at int64, n int) ([]byte, error) {
	if at < 0 || n < 0 || at+int64(n) > f.size {
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, n)
	_, err := f.ReadAt(b, at)
	if errors.Is(err, io.EOF) {
		err = nil // b is full and ends where the file does
	}
	return b, err
}

// holds reports whether n bytes from a place are all in the file.
func (f *writtenFile) holds(at, n int64) bool { return at >= 0 && n >= 0 && at <= f.size-n }

func notA(format Format) error { return fmt.Errorf("it is no %s", format) }

// checkPNG goes from chunk to chunk: the header first, the end last, and every
// checksum right.
func checkPNG(f *writtenFile) (w, h int, err error) {
	r := bufio.NewReaderSize(f, checkBuffer)
	head := make([]byte, len(pngSignature))
	if _, err := io.ReadFull(r, head); err != nil || string(head) != pngSignature {
		return 0, 0, notA(FormatPNG)
	}
	sum := crc32.NewIEEE()
	var chunk [8]byte
	for first, data := true, false; ; first = false {
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			return 0, 0, err
		}
		n, name := int64(binary.BigEndian.Uint32(chunk[:])), string(chunk[4:])
		sum.Reset()
		sum.Write(chunk[4:])
		if first {
			size, err := r.Peek(8)
			if err != nil || name != "IHDR" {
				return 0, 0, notA(FormatPNG)
			}
			w, h = int(binary.BigEndian.Uint32(size)), int(binary.BigEndian.Uint32(size[4:]))
		}
		if _, err := io.CopyN(sum, r, n); err != nil {
			return 0, 0, err
		}
		var want [4]byte
		if _, err := io.ReadFull(r, want[:]); err != nil {
			return 0, 0, err
		}
		if sum.Sum32() != binary.BigEndian.Uint32(want[:]) {
			return 0, 0, fmt.Errorf("the checksum of its %s is wrong", name)
		}
		data = data || name == "IDAT"
		if name == "IEND" {
			if _, err := r.ReadByte(); err == nil || !data {
				return 0, 0, errors.New("its parts are not in order")
			}
			return w, h, nil
		}
	}
}

// checkJPEG goes from marker to marker through a file of some pictures.
func checkJPEG(f *writtenFile, pictures int) (w, h int, err error) {
	r := bufio.NewReaderSize(f, checkBuffer)
	for n := range pictures {
		w1, h1, err := checkJPEGPicture(r)
		switch {
		case err != nil:
			return 0, 0, err
		case n > 0 && (w1 != w || h1 != h):
			return 0, 0, fmt.Errorf("its picture %d is %dx%d", n+1, w1, h1)
		}
		w, h = w1, h1
	}
	if _, err := r.ReadByte(); err == nil {
		return 0, 0, errors.New("something follows its end")
	}
	return w, h, nil
}

// checkJPEGPicture reads one picture up to its end marker.
func checkJPEGPicture(r *bufio.Reader) (w, h int, err error) {
	var m [2]byte
	if _, err := io.ReadFull(r, m[:]); err != nil || m[0] != 0xff || m[1] != markSOI {
		return 0, 0, notA(FormatJPEG)
	}
	for {
		marker, err := nextMarker(r)
		switch {
		case err != nil:
			return 0, 0, err
		case marker == markEOI && w == 0:
			return 0, 0, errors.New("it has no picture")
		case marker == markEOI:
			return w, h, nil
		}
		w1, h1, err := skipSegment(r, marker)
		if err != nil {
			return 0, 0, err
		}
		if w1 > 0 {
			w, h = w1, h1
		}
	}
}

// skipSegment passes the segment of a marker over; that of a frame tells the
// picture's size, for others it is 0.
func skipSegment(r *bufio.Reader, marker byte) (w, h int, err error) {
	length, err := r.Peek(2)
	if err != nil {
		return 0, 0, err
	}
	n := int(binary.BigEndian.Uint16(length))
	if n < 2 {
		return 0, 0, fmt.Errorf("its segment %#x is too short", marker)
	}
	if marker == markSOF0 || marker == markSOF1 || marker == markSOF2 {
		size, err := r.Peek(7)
		if err != nil {
			return 0, 0, err
		}
		h, w = int(binary.BigEndian.Uint16(size[3:])), int(binary.BigEndian.Uint16(size[5:]))
	}
	_, err = r.Discard(n)
	return w, h, err
}

// nextMarker passes coded samples over, in which 0xff is followed by a zero or
// a restart marker.
func nextMarker(r *bufio.Reader) (byte, error) {
	for {
		if _, err := r.ReadSlice(0xff); errors.Is(err, bufio.ErrBufferFull) {
			continue
		} else if err != nil {
			return 0, err
		}
		m, err := r.ReadByte()
		for m == 0xff && err == nil {
			m, err = r.ReadByte()
		}
		if err != nil || m != 0 && (m < 0xd0 || m > 0xd7) {
			return m, err
		}
	}
}

// checkWebP goes from chunk to chunk; the outer one must say the file's length.
func checkWebP(f *writtenFile) (w, h int, err error) {
	head, err := f.part(0, 12)
	if err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WEBP" {
		return 0, 0, notA(FormatWebP)
	}
	le := binary.LittleEndian
	if int64(le.Uint32(head[4:]))+8 != f.size {
		return 0, 0, io.ErrUnexpectedEOF
	}
	data := false
	for at := int64(12); at < f.size; {
		c, err := f.part(at, 8)
		if err != nil {
			return 0, 0, err
		}
		n := int64(le.Uint32(c[4:]))
		if !f.holds(at+8, n) {
			return 0, 0, io.ErrUnexpectedEOF
		}
		name := string(c[:4])
		if name == "VP8 " || name == "VP8L" {
			data = true
			b, err := f.part(at+8, 10)
			if err != nil {
				return 0, 0, err
			}
			if name == "VP8L" {
				v := le.Uint32(b[1:])
				w, h = int(v&0x3fff)+1, int(v>>14&0x3fff)+1
			} else {
				w, h = int(le.Uint16(b[6:])&0x3fff), int(le.Uint16(b[8:])&0x3fff)
			}
		}
		at += 8 + n + n&1
	}
	if !data {
		return 0, 0, errors.New("it has no picture")
	}
	return w, h, nil
}

// checkGIF looks at both ends: between them the frames follow one another in
// small blocks.
func checkGIF(f *writtenFile) (w, h int, err error) {
	head, err := f.part(0, 10)
	if err != nil || string(head[:4]) != "GIF8" {
		return 0, 0, notA(FormatGIF)
	}
	end, err := f.part(f.size-1, 1)
	if err != nil || end[0] != 0x3b {
		return 0, 0, io.ErrUnexpectedEOF
	}
	return int(binary.LittleEndian.Uint16(head[6:])), int(binary.LittleEndian.Uint16(head[8:])), nil
}
