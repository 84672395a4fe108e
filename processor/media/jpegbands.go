package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/jpeg"
	"io"

	"spatialmaker/processor/pix"
)

// A JPEG may be cut into restart intervals, each of which is coded as if it
// were alone (T.81 E.1.4). The standard encoder is run on bands of rows at the
// same time, and what it writes is put together as the intervals of one scan.

const (
	jpegBandPixels = 1 << 20 // about that many to a band
	jpegBandUnit   = 16      // rows of a coding unit: of 4:2:0, and two of grey
	maxInterval    = 65535   // coding units in a restart interval
)

// jpegBandRows is how many rows of a w x h picture one band has.
func jpegBandRows(w, h, unit int) int {
	across := ceilDiv(w, unit)
	units := max(1, min(jpegBandPixels/(across*unit*unit), maxInterval/across))
	if rows := units * unit; rows < h {
		return rows
	}
	return h
}

// writeBands writes p as a baseline JPEG without its start marker.
func writeBands(w io.Writer, p *pix.Picture, quality, workers int) error {
	unit := jpegBandUnit
	if p.Model == pix.Gray {
		unit = 8
	}
	rows := jpegBandRows(p.W, p.H, unit)
	bands := make([]jpegPart, ceilDiv(p.H, rows))
	// A few at a time, so that little waits in memory.
	workers = pix.Workers(workers)
	for first := 0; first < len(bands); first += 4 * workers {
		group := bands[first:min(first+4*workers, len(bands))]
		err := pix.Bands(context.Background(), workers, len(group), 1, func(_, i, _ int) {
			y := (first + i) * rows
			group[i] = encodeBand(p, image.Rect(0, y, p.W, min(y+rows, p.H)), quality)
		})
		if err != nil {
			return err
		}
		for i, b := range group {
			if err := b.write(w, first+i, len(bands), ceilDiv(p.W, unit)*(rows/unit)); err != nil {
				return err
			}
			group[i] = jpegPart{}
		}
	}
	_, err := w.Write([]byte{0xff, markEOI})
	return err
}

// jpegPart is one band out of a JPEG: the segments in front of the scan, the
// scan's header, and its data.
type jpegPart struct {
	segments, scan, data []byte
	err                  error
}

// encodeBand codes the rows r of p.
func encodeBand(p *pix.Picture, r image.Rectangle, quality int) jpegPart {
	band, err := p.Sub(r)
	if err != nil {
		return jpegPart{err: err}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, jpegImage(band), &jpeg.Options{Quality: quality}); err != nil {
		return jpegPart{err: err}
	}
	b := out.Bytes()
	for at := 2; ; {
		marker, body, next, err := nextSegment(b, at)
		switch {
		case err != nil:
			return jpegPart{err: err}
		case marker == markSOF0:
			binary.BigEndian.PutUint16(body[1:], uint16(p.H)) // not the band's own height
		case marker == markSOS:
			return jpegPart{segments: b[2:at], scan: b[at:next], data: b[next : len(b)-2]}
		}
		at = next
	}
}

// write writes the band as number n of so many, each of an interval of coding
// units but the last.
func (b *jpegPart) write(w io.Writer, n, of, interval int) error {
	if b.err != nil {
		return b.err
	}
	parts := [][]byte{b.segments, {0xff, markDRI, 0, 4, byte(interval >> 8), byte(interval)}, b.scan, b.data}
	switch {
	case n > 0:
		parts = [][]byte{{0xff, markRST0 + byte((n-1)%8)}, b.data}
	case of == 1:
		parts = [][]byte{b.segments, b.scan, b.data}
	}
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}
