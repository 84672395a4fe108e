package media

import (
	"encoding/binary"
	"math/bits"
)

// jpegHuffman are the code tables of T.81, K.3 to K.6: how many codes there are
// of each length, and the symbols in the order of their codes.
var jpegHuffman = [4]struct {
	class   byte // as in a DHT segment: DC or AC, and the table's number
	counts  [16]byte
	symbols string
}{
	{0x00, [16]byte{0, 1, 5, 1, 1, 1, 1, 1, 1}, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b"},
	{0x10, [16]byte{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d}, "" +
		"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08\x23\x42\xb1\xc1\x15\x52" +
		"\xd1\xf0\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\x25\x26\x27\x28\x29\x2a\x34\x35\x36\x37\x38\x39\x3a\x43\x44\x45" +
		"\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x83" +
		"\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6" +
		"\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8" +
		"\xe9\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa"},
	{0x01, [16]byte{0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1}, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b"},
	{0x11, [16]byte{0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77}, "" +
		"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91\xa1\xb1\xc1\x09\x23\x33" +
		"\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1\x17\x18\x19\x1a\x26\x27\x28\x29\x2a\x35\x36\x37\x38\x39\x3a\x43\x44" +
		"\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a" +
		"\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4" +
		"\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe2\xe3\xe4\xe5\xe6\xe7" +
		"\xe8\xe9\xea\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa"},
}

// huffmanCode is a code in the low bits and its length above bit 24.
type huffmanCode uint32

const codeLengthAt = 24

// jpegCodes are the codes of jpegHuffman by symbol: luma DC, luma AC, chroma
// DC, chroma AC.
var jpegCodes = func() (out [4][256]huffmanCode) {
	for t, table := range jpegHuffman {
		code, k := uint32(0), 0
		for length, n := range table.counts {
			for range n {
				out[t][table.symbols[k]] = huffmanCode(uint32(length+1)<<codeLengthAt | code)
				code++
				k++
			}
			code <<= 1
		}
	}
	return out
}()

// bitWriter packs Huffman codes, stuffing a zero after each byte of ones.
type bitWriter struct {
	out []byte
	acc uint64 // the n lowest bits are waiting
	n   uint
}

// put appends n bits, at most 32; v has no others.
func (w *bitWriter) put(v uint32, n uint) {
	w.acc = w.acc<<n | uint64(v)
	w.n += n
	if w.n >= 32 {
		w.n -= 32
		w.four(uint32(w.acc >> w.n))
	}
}

// four appends four bytes.
func (w *bitWriter) four(v uint32) {
	// A byte of ones is the only one that overflows when one is added to it.
	if v&0x80808080&(v+0x01010101) == v&0x80808080 {
		w.out = binary.BigEndian.AppendUint32(w.out, v)
		return
	}
	for shift := 24; shift >= 0; shift -= 8 {
		w.one(byte(v >> shift))
	}
}

func (w *bitWriter) one(b byte) {
	w.out = append(w.out, b)
	if b == 0xff {
		w.out = append(w.out, 0)
	}
}

// flush fills the last byte with ones.
func (w *bitWriter) flush() {
	w.acc, w.n = w.acc<<7|0x7f, w.n+7
	for w.n >= 8 {
		w.n -= 8
		w.one(byte(w.acc >> w.n))
	}
	w.acc, w.n = 0, 0
}

// block writes quantised coefficients in zigzag order. nonzero has their bits;
// pred is the DC value of the component's block before.
func (w *bitWriter) block(q *[64]int16, nonzero uint64, pred int16, dc, ac *[256]huffmanCode) {
	w.symbol(dc, 0, int32(q[0])-int32(pred))
	last := 0
	for rest := nonzero &^ 1; rest != 0; rest &= rest - 1 {
		k := bits.TrailingZeros64(rest)
		run := k - last - 1
		for ; run > 15; run -= 16 {
			c := ac[0xf0]
			w.put(uint32(c)&(1<<codeLengthAt-1), uint(c>>codeLengthAt))
		}
		w.symbol(ac, run<<4, int32(q[k&63]))
		last = k
	}
	if last < 63 {
		c := ac[0]
		w.put(uint32(c)&(1<<codeLengthAt-1), uint(c>>codeLengthAt))
	}
}

// symbol writes a run and the size of a value as one code, then the value.
func (w *bitWriter) symbol(table *[256]huffmanCode, run int, v int32) {
	sign := v >> 31
	size := uint(bits.Len32(uint32((v ^ sign) - sign)))
	c := table[(run|int(size))&255]
	low := uint32(v+sign) & (1<<size - 1) // negative values less one
	w.put((uint32(c)&(1<<codeLengthAt-1))<<size|low, uint(c>>codeLengthAt)+size)
}
