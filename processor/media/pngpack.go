package media

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"hash/adler32"
	"io"

	"spatialmaker/processor/pix"
)

const (
	// pngBand is how many bytes of rows are packed at a time.
	pngBand = 256 << 10

	// pngLevel costs photographs and depth maps a tenth in size and saves most
	// of the time.
	pngLevel = flate.BestSpeed
)

// pngPacker writes the pixels of a PNG (ISO/IEC 15948). Bands of rows are packed
// at the same time: each ends on a byte, so that their streams put behind one
// another are one.
type pngPacker struct {
	w, h, bits, comps int
	colour            byte
	// rows makes a function, for one goroutine, that fills dst with row y as
	// interleaved samples, those of 16 bits with the high byte first.
	rows func() func(y int, dst []byte)
}

// pngWorker is what one goroutine packs with.
type pngWorker struct {
	row       func(y int, dst []byte)
	cur, prev []byte
	tried     [5][]byte // a row by each filter, its number in front
	z         *flate.Writer
}

// pngPiece is a packed band.
type pngPiece struct {
	data []byte
	sum  uint32 // Adler-32 of the bytes that were packed
	raw  int64  // how many they are
	err  error
}

func (q *pngPacker) rowBytes() int { return q.w * q.comps * q.bits / 8 }

func (q *pngPacker) newWorker() (*pngWorker, error) {
	n := q.rowBytes()
	k := &pngWorker{row: q.rows(), cur: make([]byte, n), prev: make([]byte, n)}
	for i := range k.tried {
		k.tried[i] = make([]byte, 1+n)
		k.tried[i][0] = byte(i)
	}
	var err error
	k.z, err = flate.NewWriter(io.Discard, pngLevel)
	return k, err
}

// write writes the file, with meta's chunks behind the header. Some bands are
// packed, then written, so that few are kept.
func (q *pngPacker) write(ctx context.Context, w io.Writer, workers int, meta func() error) error {
	if _, err := io.WriteString(w, pngSignature); err != nil {
		return err
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(q.w))
	head = binary.BigEndian.AppendUint32(head, uint32(q.h))
	if err := writeChunk(w, "IHDR", append(head, byte(q.bits), q.colour, 0, 0, 0)); err != nil {
		return err
	}
	if err := meta(); err != nil {
		return err
	}
	if err := q.writeBands(ctx, w, pix.Workers(workers)); err != nil {
		return err
	}
	return writeChunk(w, "IEND", nil)
}

func (q *pngPacker) writeBands(ctx context.Context, w io.Writer, workers int) error {
	rows := max(1, pngBand/(q.rowBytes()+1))
	bands := ceilDiv(q.h, rows)
	workers = min(workers, bands)
	ks := make([]*pngWorker, workers)
	for i := range ks {
		var err error
		if ks[i], err = q.newWorker(); err != nil {
			return err
		}
	}
	sum := uint32(1)
	pieces := make([]pngPiece, min(4*workers, bands))
	for first := 0; first < bands; first += len(pieces) {
		pieces = pieces[:min(len(pieces), bands-first)]
		err := pix.Bands(ctx, workers, len(pieces), 1, func(worker, i, _ int) {
			y := (first + i) * rows
			pieces[i] = ks[worker].pack(q, y, min(y+rows, q.h), pieces[i].data[:0])
		})
		if err != nil {
			return err
		}
		for i, p := range pieces {
			if p.err != nil {
				return p.err
			}
			sum = joinAdler(sum, p.sum, p.raw)
			if first+i == bands-1 {
				p.data = binary.BigEndian.AppendUint32(p.data, sum)
			}
			if err := writeChunk(w, "IDAT", p.data); err != nil {
				return err
			}
		}
	}
	return nil
}

// pack filters and packs rows y0 to y1 behind dst. The first band gets zlib's
// header, the last ends the stream.
func (k *pngWorker) pack(q *pngPacker, y0, y1 int, dst []byte) (p pngPiece) {
	out := bytes.NewBuffer(dst)
	if y0 == 0 {
		out.Write([]byte{0x78, 0x01})
		clear(k.prev)
	} else {
		k.row(y0-1, k.prev)
	}
	k.z.Reset(out)
	sum := adler32.New()
	bpp := q.comps * q.bits / 8
	for y := y0; y < y1; y++ {
		k.row(y, k.cur)
		row := k.filter(bpp)
		sum.Write(row)
		p.raw += int64(len(row))
		if _, p.err = k.z.Write(row); p.err != nil {
			return p
		}
		k.cur, k.prev = k.prev, k.cur
	}
	if y1 == q.h {
		p.err = k.z.Close()
	} else {
		p.err = k.z.Flush()
	}
	p.data, p.sum = out.Bytes(), sum.Sum32()
	return p
}

// filter returns the current row by the filter that leaves the smallest
// differences (ISO/IEC 15948, 9 and 12.8), its number in front.
func (k *pngWorker) filter(bpp int) []byte {
	cur, prev := k.cur, k.prev
	prev = prev[:len(cur)]
	none, sub, up, average, paeth := k.tried[0][1:], k.tried[1][1:], k.tried[2][1:], k.tried[3][1:], k.tried[4][1:]
	var sums [5]int
	for i := range min(bpp, len(cur)) {
		c, b := cur[i], prev[i]
		none[i], sub[i], up[i], average[i], paeth[i] = c, c, c-b, c-b/2, c-b
		sums[0] += size8(c)
		sums[1] += size8(c)
		sums[2] += size8(c - b)
		sums[3] += size8(c - b/2)
		sums[4] += size8(c - b)
	}
	copy(none, cur)
	for i := bpp; i < len(cur); i++ {
		c, a, b := cur[i], cur[i-bpp], prev[i]
		dNone, dSub, dUp := c, c-a, c-b
		dAverage := c - byte((uint(a)+uint(b))/2)
		dPaeth := c - nearestOf(a, b, prev[i-bpp])
		sub[i], up[i], average[i], paeth[i] = dSub, dUp, dAverage, dPaeth
		sums[0] += size8(dNone)
		sums[1] += size8(dSub)
		sums[2] += size8(dUp)
		sums[3] += size8(dAverage)
		sums[4] += size8(dPaeth)
	}
	best := 0
	for i, s := range sums {
		if s < sums[best] {
			best = i
		}
	}
	return k.tried[best]
}

// size8 is how far a difference, taken around the circle of bytes, is from 0.
func size8(d byte) int {
	v := int(int8(d))
	m := v >> 63
	return (v ^ m) - m
}

// nearestOf is Paeth's predictor: of the left, upper and upper left sample the
// one nearest to left + upper - upper left.
func nearestOf(a, b, c byte) byte {
	pa, pb := int(b)-int(c), int(a)-int(c)
	pc := pa + pb
	pa, pb, pc = max(pa, -pa), max(pb, -pb), max(pc, -pc)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

// joinAdler is the Adler-32 sum of two runs of bytes behind one another, of
// which the second has n bytes (RFC 1950, 8.2).
func joinAdler(first, second uint32, n int64) uint32 {
	const base = 65521
	a1, b1 := uint64(first&0xffff), uint64(first>>16)
	a2, b2 := uint64(second&0xffff), uint64(second>>16)
	rest := uint64(n % base)
	// The second run was summed from a = 1; its every byte adds a1-1 to b.
	a := (a1 + a2 + base - 1) % base
	b := (b1 + b2 + rest*(a1+base-1)) % base
	return uint32(b<<16 | a)
}
