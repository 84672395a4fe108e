package media

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"spatialmaker/processor/pix"
)

// A small JPEG coder that shares its quantised coefficients, which the standard
// encoder keeps to itself: arithmetic-coded files are made of the same.

// fullChroma is the quality from which RGB pictures keep a chroma sample for
// every pixel: below, blocks show before blurred colours do. Planes always keep
// the subsampling they have.
const fullChroma = 90

// jpegWriter is what all rows of one JPEG share.
type jpegWriter struct {
	p              *pix.Picture
	comps          int
	shiftX, shiftY uint8 // chroma subsampling in the file
	direct         bool  // the picture's planes are coded as they are
	across         int   // coding units in a row
	quant          [2]*quantiser
}

func newJPEGWriter(p *pix.Picture, quality int) *jpegWriter {
	j := &jpegWriter{p: p, comps: 3, direct: p.Bits == 8 && p.Model != pix.RGBA}
	switch {
	case p.Model == pix.Gray:
		j.comps = 1
	case p.Model == pix.YUV:
		// Four rows to a chroma sample are read by few programs: such chroma
		// (4:1:1 after a quarter turn) is written twice as fine.
		j.shiftX, j.shiftY = p.Planes[1].ShiftX, min(p.Planes[1].ShiftY, 1)
	case quality < fullChroma:
		j.shiftX, j.shiftY = 1, 1
	}
	j.across = ceilDiv(p.W, 8<<j.shiftX)
	for i := range j.quant {
		j.quant[i] = newQuantiser(&jpegQuant[i], quality)
	}
	return j
}

// writeTables writes the segments between the metadata and the coded rows.
func (j *jpegWriter) writeTables(w io.Writer) error {
	var quant, codes []byte
	frame := []byte{8, byte(j.p.H >> 8), byte(j.p.H), byte(j.p.W >> 8), byte(j.p.W), byte(j.comps)}
	scan := []byte{byte(j.comps)}
	for c := range j.comps {
		kind, sampling := byte(0), byte(1<<j.shiftX<<4|1<<j.shiftY)
		if c > 0 {
			kind, sampling = 1, 0x11
		}
		if c < 2 {
			quant = append(append(quant, kind), j.quant[kind].steps[:]...)
			for _, t := range jpegHuffman[2*kind : 2*kind+2] {
				codes = append(append(append(codes, t.class), t.counts[:]...), t.symbols...)
			}
		}
		frame = append(frame, byte(c+1), sampling, kind)
		scan = append(scan, byte(c+1), kind<<4|kind)
	}
	for _, s := range []struct {
		marker byte
		body   []byte
	}{
		{markDQT, quant},
		{markSOF0, frame},
		{markDHT, codes},
		{markDRI, binary.BigEndian.AppendUint16(nil, uint16(j.across))},
		{markSOS, append(scan, 0, 63, 0)},
	} {
		if err := writeSegment(w, s.marker, "", s.body); err != nil {
			return err
		}
	}
	return nil
}

// jpegRow codes rows of coding units, with the scratch of one worker.
type jpegRow struct {
	*jpegWriter
	w     bitWriter
	block [64]float32
	coef  [64]int16
	band  jpegBand
}

func (j *jpegWriter) newRow() *jpegRow {
	r := &jpegRow{jpegWriter: j}
	r.band.init(j)
	return r
}

// code returns the coded bits of one row, with the marker that follows it.
func (r *jpegRow) code(y int, last bool) []byte {
	r.w.out = r.w.out[:0]
	r.band.load(y)
	var pred [3]int16
	for x := range r.across {
		for c := range r.comps {
			h, v := 1, 1
			if c == 0 {
				h, v = 1<<r.shiftX, 1<<r.shiftY
			}
			for by := range v {
				for bx := range h {
					r.code8(c, x*h+bx, by, &pred[c])
				}
			}
		}
	}
	r.w.flush()
	if !last {
		r.w.out = append(r.w.out, 0xff, markRST0+byte(y&7))
	}
	// A copy of its size, because the buffer serves the next row.
	return append([]byte(nil), r.w.out...)
}

// code8 codes the block at column bx and row by of blocks in the band.
func (r *jpegRow) code8(c, bx, by int, pred *int16) {
	kind := min(c, 1)
	r.band.fetch(&r.block, c, 8*bx, 8*by)
	forwardDCT(&r.block)
	q := r.quant[kind]
	nonzero := q.quantise(&r.block, &r.coef)
	r.w.block(&r.coef, nonzero, *pred, &jpegCodes[2*kind], &jpegCodes[2*kind+1])
	*pred = r.coef[0]
}

// huffmanFile codes a picture as arithmeticFile does, with Huffman codes.
func huffmanFile(t testing.TB, p *pix.Picture) []byte {
	t.Helper()
	j := newJPEGWriter(p, 85)
	var w bytes.Buffer
	if err := writeJPEGMeta(&w, Metadata{}); err != nil {
		t.Fatal(err)
	}
	if err := j.writeTables(&w); err != nil {
		t.Fatal(err)
	}
	row := j.newRow()
	rows := ceilDiv(p.H, 8<<j.shiftY)
	for y := range rows {
		w.Write(row.code(y, y == rows-1))
	}
	w.Write([]byte{0xff, markEOI})
	return w.Bytes()
}
