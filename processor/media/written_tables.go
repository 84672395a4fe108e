package media

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxWrittenTable bounds the tables of places that are read as a whole, in
// bytes: a TIFF of 4 GB in strips of a row has less.
const maxWrittenTable = 64 << 20

// checkTIFF reads the first directory: its values and every strip must lie in
// the file.
func checkTIFF(f *writtenFile) (w, h int, err error) {
	head, err := f.part(0, tiffHeaderLength)
	if err != nil {
		return 0, 0, notA(FormatTIFF)
	}
	var o binary.ByteOrder = binary.LittleEndian
	switch string(head[:4]) {
	case "II*\x00":
	case "MM\x00*":
		o = binary.BigEndian
	default:
		return 0, 0, notA(FormatTIFF)
	}
	at := int64(o.Uint32(head[4:]))
	count, err := f.part(at, 2)
	if err != nil {
		return 0, 0, err
	}
	entries, err := f.part(at+2, 12*int(o.Uint16(count)))
	if err != nil {
		return 0, 0, err
	}
	values := map[uint16][]int64{}
	for ; len(entries) > 0; entries = entries[12:] {
		if !tiffValueInside(f, o, entries[:12]) {
			return 0, 0, io.ErrUnexpectedEOF
		}
		switch tag := o.Uint16(entries); tag {
		case tagImageWidth, tagImageLength, tagStripOffsets, tagStripCounts:
			if values[tag], err = tiffNumbers(f, o, entries[:12]); err != nil {
				return 0, 0, err
			}
		}
	}
	width, height := values[tagImageWidth], values[tagImageLength]
	if len(width) != 1 || len(height) != 1 {
		return 0, 0, errors.New("its directory is incomplete")
	}
	return int(width[0]), int(height[0]), checkStrips(f, values[tagStripOffsets], values[tagStripCounts])
}

// checkStrips looks whether every strip lies in the file.
func checkStrips(f *writtenFile, offsets, counts []int64) error {
	if len(offsets) == 0 || len(offsets) != len(counts) {
		return errors.New("its directory is incomplete")
	}
	for i, n := range counts {
		if n == 0 || !f.holds(offsets[i], n) {
			return fmt.Errorf("strip %d of %d lies outside it", i+1, len(counts))
		}
	}
	return nil
}

// tiffValueInside reports whether the values of an entry lie in the file.
func tiffValueInside(f *writtenFile, o binary.ByteOrder, entry []byte) bool {
	typ := int(o.Uint16(entry[2:]))
	if typ == 0 || typ >= len(tiffTypeSize) {
		return false
	}
	n := int64(o.Uint32(entry[4:])) * int64(tiffTypeSize[typ])
	return n <= 4 || f.holds(int64(o.Uint32(entry[8:])), n)
}

// tiffNumbers returns the values of an entry of shorts or longs.
func tiffNumbers(f *writtenFile, o binary.ByteOrder, entry []byte) ([]int64, error) {
	size := map[uint16]int{typeShort: 2, typeLong: 4}[o.Uint16(entry[2:])]
	n := int64(o.Uint32(entry[4:])) * int64(size)
	if n == 0 || n > maxWrittenTable {
		return nil, errors.New("its directory is damaged")
	}
	b := entry[8:]
	if n > 4 {
		var err error
		if b, err = f.part(int64(o.Uint32(b)), int(n)); err != nil {
			return nil, err
		}
	}
	out := make([]int64, n/int64(size))
	for i := range out {
		if size == 2 {
			out[i] = int64(o.Uint16(b[2*i:]))
		} else {
			out[i] = int64(o.Uint32(b[4*i:]))
		}
	}
	return out, nil
}

// checkEXR reads the attributes and the table of blocks: each must stand where
// the one before ends, with its row, and the last end with the file.
func checkEXR(f *writtenFile) (w, h int, err error) {
	r := bufio.NewReaderSize(f, 4<<10)
	le := binary.LittleEndian
	var b [16]byte
	if _, err := io.ReadFull(r, b[:8]); err != nil || le.Uint32(b[:]) != exrMagic || le.Uint32(b[4:]) != exrScanline {
		return 0, 0, notA(FormatEXR)
	}
	at := int64(8)
	for {
		name, err := r.ReadBytes(0)
		if err != nil {
			return 0, 0, err
		}
		at += int64(len(name))
		if len(name) == 1 {
			break
		}
		kind, err := r.ReadBytes(0)
		if err != nil {
			return 0, 0, err
		}
		if _, err := io.ReadFull(r, b[:4]); err != nil {
			return 0, 0, err
		}
		n := int(le.Uint32(b[:]))
		at += int64(len(kind) + 4 + n)
		if bytes.Equal(name, []byte("dataWindow\x00")) && n == 16 {
			window, err := r.Peek(16)
			if err != nil {
				return 0, 0, err
			}
			w, h = int(le.Uint32(window[8:]))+1, int(le.Uint32(window[12:]))+1
		}
		if _, err := r.Discard(n); err != nil {
			return 0, 0, err
		}
	}
	return w, h, checkEXRBlocks(f, at, h)
}

// checkEXRBlocks follows the blocks of h rows whose table begins at a place.
func checkEXRBlocks(f *writtenFile, at int64, h int) error {
	blocks := int64(ceilDiv(h, exrBlockRows))
	if h < 1 || !f.holds(at, 8*blocks) {
		return io.ErrUnexpectedEOF
	}
	table := bufio.NewReader(io.NewSectionReader(f, at, 8*blocks))
	at += 8 * blocks
	var place [8]byte
	for i := range blocks {
		if _, err := io.ReadFull(table, place[:]); err != nil {
			return err
		}
		start, err := f.part(at, exrChunkStart)
		if err != nil {
			return err
		}
		row, n := binary.LittleEndian.Uint32(start), int64(binary.LittleEndian.Uint32(start[4:]))
		if binary.LittleEndian.Uint64(place[:]) != uint64(at) || int64(row) != i*exrBlockRows || n == 0 {
			return fmt.Errorf("block %d of %d is not in its place", i+1, blocks)
		}
		at += exrChunkStart + n
	}
	if at != f.size {
		return io.ErrUnexpectedEOF
	}
	return nil
}
