package media

import (
	"bytes"
	"fmt"
	"math/bits"
)

// emitHuffman writes coefficients as a sequential Huffman JPEG. Its codes have
// one length for all symbols, so that every size of coefficient has one; the
// stream only lives until the standard library has read it.
func emitHuffman(j *jpegHeader, comps []arithComponent, quant [][]byte) ([]byte, error) {
	var w bytes.Buffer
	w.Write([]byte{0xff, markSOI})
	put := func(marker byte, body []byte) error { return writeSegment(&w, marker, "", body) }
	if j.jfif {
		_ = put(markAPP0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"))
	}
	if j.adobe >= 0 {
		_ = put(0xee, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(j.adobe)))
	}
	for _, q := range quant {
		if err := put(markDQT, q); err != nil {
			return nil, err
		}
	}
	frame := []byte{8, byte(j.h >> 8), byte(j.h), byte(j.w >> 8), byte(j.w), byte(len(comps))}
	scan := []byte{byte(len(comps))}
	for _, c := range comps {
		frame = append(frame, c.id, c.h<<4|c.v, c.tq)
		scan = append(scan, c.id, 0)
	}
	_ = put(markSOF1, frame)
	_ = put(markDHT, flatTables())
	_ = put(markSOS, append(scan, 0, 63, 0))
	e := huffmanEmitter{out: w.Bytes()}
	for y := range comps[0].downMCU / int(comps[0].v) {
		for x := range comps[0].acrossMCU / int(comps[0].h) {
			for i := range comps {
				if err := e.unit(&comps[i], x, y); err != nil {
					return nil, err
				}
			}
		}
	}
	e.flush()
	return append(e.out, 0xff, markEOI), nil
}

// Lengths of the flat codes. The code of all ones is not allowed.
const (
	flatDCBits = 5 // 16 sizes
	flatACBits = 8 // 16 runs x 15 sizes, end of block and run of 16
)

// flatTables is the body of a DHT segment with DC and AC table 0.
func flatTables() []byte {
	out := make([]byte, 17, 300)
	out[flatDCBits] = 16
	for s := range 16 {
		out = append(out, byte(s))
	}
	ac := make([]byte, 17)
	ac[0] = 0x10
	ac[flatACBits] = 242
	out = append(out, ac...)
	for code := range 242 {
		out = append(out, flatSymbol(code))
	}
	return out
}

// flatSymbol gives the AC symbol (run<<4 | size) of a code: first end of block
// and the run of 16, then sizes 1 to 15 of every run.
func flatSymbol(code int) byte {
	switch {
	case code == 0:
		return 0x00
	case code == 1:
		return 0xf0
	}
	return byte((code-2)/15<<4 | (code-2)%15 + 1)
}

// flatCode is the inverse of flatSymbol for sizes 1 to 15.
func flatCode(run, size int) uint32 { return uint32(2 + run*15 + size - 1) }

// huffmanEmitter packs bits, stuffing a zero after each 0xff.
type huffmanEmitter struct {
	out []byte
	acc uint64
	n   int
}

// put appends the n low bits of v, which has no others.
func (e *huffmanEmitter) put(v uint32, n int) {
	e.acc = e.acc<<n | uint64(v)
	e.n += n
	for e.n >= 8 {
		b := byte(e.acc >> (e.n - 8))
		e.out = append(e.out, b)
		if b == 0xff {
			e.out = append(e.out, 0)
		}
		e.n -= 8
	}
}

// flush fills the last byte with ones.
func (e *huffmanEmitter) flush() {
	if e.n > 0 {
		e.put(1<<(8-e.n)-1, 8-e.n)
	}
}

func (e *huffmanEmitter) unit(c *arithComponent, x, y int) error {
	for v := range int(c.v) {
		for h := range int(c.h) {
			at := 64 * ((y*int(c.v)+v)*c.acrossMCU + x*int(c.h) + h)
			if at == 0 {
				c.pred = 0
			}
			if err := e.block(c, c.coef[at:at+64]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *huffmanEmitter) block(c *arithComponent, q []int16) error {
	diff := int(q[0]) - c.pred
	c.pred = int(q[0])
	size := bits.Len(uint(abs(diff)))
	if size > 15 {
		return fmt.Errorf("%w: a DC difference of %d", ErrCorrupt, diff)
	}
	e.put(uint32(size), flatDCBits)
	e.value(diff, size)
	run := 0
	for _, v := range q[1:] {
		if v == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			e.put(1, flatACBits)
		}
		size := bits.Len(uint(abs(int(v))))
		if size > 15 {
			return errArithMagnitude
		}
		e.put(flatCode(run, size), flatACBits)
		e.value(int(v), size)
		run = 0
	}
	if run > 0 {
		e.put(0, flatACBits)
	}
	return nil
}

// value appends the low bits of a coefficient, negative ones less one (F.1.2.1).
func (e *huffmanEmitter) value(v, size int) {
	if v < 0 {
		v--
	}
	e.put(uint32(v)&(1<<size-1), size)
}
