package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// arithEncoder is the QM encoder of T.81, annex D.1, with every coding of
// blocks that arithScan decodes, so that tests can make arithmetic-coded files.
type arithEncoder struct {
	out         []byte
	a, c        uint32
	ct, stacked int // bits until a byte is due; bytes of ones held back
	zeros       int // zero bytes held back: they may be left out at the end
	buffer      int // the byte held back, -1 for none
	dc          [4][64]arithBin
	ac          [4][256]arithBin
	even        arithBin
	pred        [4]int
	context     [4]int
}

func (e *arithEncoder) start() {
	*e = arithEncoder{out: e.out, a: 0x10000, ct: 11, buffer: -1, even: arithEven << 1}
}

func (e *arithEncoder) bit(bin *arithBin, v int) {
	s := &arithStates[*bin>>1]
	mps := int(*bin & 1)
	qe := uint32(s.qe)
	e.a -= qe
	if v != mps {
		if e.a >= qe {
			e.c += e.a
			e.a = qe
		}
		*bin = arithBin(s.lps<<1 | uint8(mps) ^ s.flip)
	} else {
		if e.a >= 0x8000 {
			return
		}
		if e.a < qe {
			e.c += e.a
			e.a = qe
		}
		*bin = arithBin(s.mps<<1 | uint8(mps))
	}
	for {
		e.a <<= 1
		e.c <<= 1
		if e.ct--; e.ct == 0 {
			e.byteOut()
			e.ct = 8
		}
		if e.a >= 0x8000 {
			return
		}
	}
}

func (e *arithEncoder) emit(b int) {
	e.out = append(e.out, byte(b))
	if b == 0xff {
		e.out = append(e.out, 0)
	}
}

// release writes the held back zeros and the buffered byte.
func (e *arithEncoder) release(add int) {
	if e.buffer < 0 {
		return
	}
	for ; e.zeros > 0; e.zeros-- {
		e.emit(0)
	}
	e.emit(e.buffer + add)
}

func (e *arithEncoder) byteOut() {
	t := int(e.c >> 19)
	switch {
	case t > 0xff: // a carry into what is held back
		e.release(1)
		for ; e.stacked > 0; e.stacked-- {
			e.emit(0)
		}
		e.buffer = t & 0xff
	case t == 0xff:
		e.stacked++
	default:
		e.release(0)
		for ; e.stacked > 0; e.stacked-- {
			e.emit(0xff)
		}
		e.buffer = t
	}
	e.c &= 0x7ffff
}

// finish writes the rest of the code register (D.1.8).
func (e *arithEncoder) finish() {
	t := (e.c + e.a - 1) &^ 0xffff
	if t < e.c {
		t += 0x8000
	}
	e.c = t << e.ct
	e.byteOut()
	e.c <<= 8
	e.byteOut()
	e.release(0)
	for ; e.stacked > 0; e.stacked-- {
		e.emit(0xff)
	}
}

// size codes magnitude minus one from a bin on: the categories, then the bits.
func (e *arithEncoder) size(bins []arithBin, at, first, mag int) (m int) {
	rest := mag - 1
	if rest == 0 {
		e.bit(&bins[at], 0)
		return 0
	}
	e.bit(&bins[at], 1)
	m = 1
	v := rest
	if first < 0 { // AC: the second bin of the same place comes next
		if v >>= 1; v == 0 {
			e.bit(&bins[at], 0)
			return e.low(bins, at, m, rest)
		}
		e.bit(&bins[at], 1)
		m, first = 2, -first
	}
	at = first
	for v >>= 1; v != 0; v >>= 1 {
		e.bit(&bins[at], 1)
		m <<= 1
		at++
	}
	e.bit(&bins[at], 0)
	return e.low(bins, at, m, rest)
}

func (e *arithEncoder) low(bins []arithBin, at, m, rest int) int {
	for i := m >> 1; i > 0; i >>= 1 {
		v := 0
		if rest&i != 0 {
			v = 1
		}
		e.bit(&bins[at+14], v)
	}
	return m
}

// difference codes a DC value of component c (default conditioning L=0, U=1).
func (e *arithEncoder) difference(c, value int) {
	bins := e.dc[min(c, 1)][:]
	diff := value - e.pred[c]
	e.pred[c] = value
	at := e.context[c]
	if diff == 0 {
		e.bit(&bins[at], 0)
		e.context[c] = 0
		return
	}
	e.bit(&bins[at], 1)
	sign := 0
	if diff < 0 {
		sign = 1
	}
	e.bit(&bins[at+1], sign)
	m := e.size(bins, at+2+sign, 20, abs(diff))
	e.context[c] = 4 + 4*sign
	switch {
	case m < 1>>1:
		e.context[c] = 0
	case m > 1:
		e.context[c] = 12 + 4*sign
	}
}

// coefficients codes AC values ss..se shifted down by al (Kx=5).
func (e *arithEncoder) coefficients(c int, q []int16, ss, se, al int) {
	bins := e.ac[min(c, 1)][:]
	down := func(v int16) int { // towards zero
		if v < 0 {
			return -(-int(v) >> al)
		}
		return int(v) >> al
	}
	last := se
	for last >= ss && down(q[last]) == 0 {
		last--
	}
	for k := ss; k <= last; k++ {
		at := 3 * (k - 1)
		e.bit(&bins[at], 0)
		for down(q[k]) == 0 {
			e.bit(&bins[at+1], 0)
			at += 3
			k++
		}
		e.bit(&bins[at+1], 1)
		v, sign := down(q[k]), 0
		if v < 0 {
			sign = 1
		}
		e.bit(&e.even, sign)
		first := -217
		if k <= 5 {
			first = -189
		}
		e.size(bins, at+2, first, abs(v))
	}
	if last < se {
		e.bit(&bins[3*max(last, ss-1)], 1)
	}
}

// refine codes bit al of AC values ss..se, whose higher bits were coded before.
func (e *arithEncoder) refine(c int, q []int16, ss, se, al int) {
	bins := e.ac[min(c, 1)][:]
	mag := func(k int) int { return abs(int(q[k])) >> al }
	last := se
	for last >= ss && mag(last) == 0 {
		last--
	}
	before := last
	for before >= ss && mag(before)>>1 == 0 {
		before--
	}
	for k := ss; k <= last; k++ {
		at := 3 * (k - 1)
		if k > before {
			e.bit(&bins[at], 0)
		}
		for mag(k) == 0 {
			e.bit(&bins[at+1], 0)
			at += 3
			k++
		}
		if mag(k)>>1 != 0 {
			e.bit(&bins[at+2], mag(k)&1)
			continue
		}
		e.bit(&bins[at+1], 1)
		sign := 0
		if q[k] < 0 {
			sign = 1
		}
		e.bit(&e.even, sign)
	}
	if last < se {
		e.bit(&bins[3*max(last, ss-1)], 1)
	}
}

// coefficientsOf quantises and transforms a picture as encodeJPEG does.
func coefficientsOf(t testing.TB, p *pix.Picture) (*jpegWriter, []arithComponent) {
	t.Helper()
	j := newJPEGWriter(p, 85)
	head := &jpegHeader{w: p.W, h: p.H}
	for c := range j.comps {
		comp := jpegComponent{id: byte(c + 1), h: 1, v: 1, tq: byte(min(c, 1))}
		if c == 0 {
			comp.h, comp.v = 1<<j.shiftX, 1<<j.shiftY
		}
		head.comps = append(head.comps, comp)
	}
	comps, err := arithComponents(head)
	if err != nil {
		t.Fatal(err)
	}
	row := j.newRow()
	var out [64]int16
	for y := range ceilDiv(p.H, 8<<j.shiftY) {
		row.band.load(y)
		for i := range comps {
			c := &comps[i]
			for by := range int(c.v) {
				for bx := range c.acrossMCU {
					row.band.fetch(&row.block, i, 8*bx, 8*by)
					forwardDCT(&row.block)
					j.quant[min(i, 1)].quantise(&row.block, &out)
					copy(c.coef[64*((y*int(c.v)+by)*c.acrossMCU+bx):], out[:])
				}
			}
		}
	}
	return j, comps
}

// arithScanSpec is one scan to write: components, band, successive bits.
type arithScanSpec struct {
	comps          []int
	ss, se, ah, al int
}

// arithmeticFile codes a picture; restart is the interval in coding units.
func arithmeticFile(t testing.TB, p *pix.Picture, progressive bool, restart int) []byte {
	t.Helper()
	j, comps := coefficientsOf(t, p)
	var w bytes.Buffer
	if err := writeJPEGMeta(&w, Metadata{}); err != nil {
		t.Fatal(err)
	}
	var tables bytes.Buffer
	if err := j.writeTables(&tables); err != nil {
		t.Fatal(err)
	}
	sof := byte(markSOF9)
	all := make([]int, len(comps))
	for i := range all {
		all[i] = i
	}
	scans := []arithScanSpec{{all, 0, 63, 0, 0}}
	if progressive {
		sof = markSOFA
		scans = []arithScanSpec{{all, 0, 0, 0, 1}}
		for i := range all {
			scans = append(scans, arithScanSpec{[]int{i}, 1, 5, 0, 2}, arithScanSpec{[]int{i}, 6, 63, 0, 2})
		}
		for i := range all {
			scans = append(scans, arithScanSpec{[]int{i}, 1, 63, 2, 1}, arithScanSpec{[]int{i}, 1, 63, 1, 0})
		}
		scans = append(scans, arithScanSpec{all, 0, 0, 1, 0})
	}
	for at := 0; ; {
		marker, body, next, err := nextSegment(tables.Bytes(), at)
		if err != nil {
			t.Fatal(err)
		}
		switch marker {
		case markDQT:
			_ = writeSegment(&w, marker, "", body)
		case markSOF0:
			_ = writeSegment(&w, sof, "", body)
		}
		if marker == markSOS {
			break
		}
		at = next
	}
	_ = writeSegment(&w, markDRI, "", []byte{byte(restart >> 8), byte(restart)})
	out := w.Bytes()
	for _, s := range scans {
		out = appendArithScan(out, comps, s, restart)
	}
	return append(out, 0xff, markEOI)
}

func appendArithScan(out []byte, comps []arithComponent, s arithScanSpec, restart int) []byte {
	head := []byte{0xff, markSOS, 0, byte(6 + 2*len(s.comps)), byte(len(s.comps))}
	for _, i := range s.comps {
		head = append(head, comps[i].id, byte(min(i, 1)*0x11))
	}
	e := &arithEncoder{out: append(append(out, head...), byte(s.ss), byte(s.se), byte(s.ah<<4|s.al))}
	e.start()
	first := &comps[s.comps[0]]
	across, down := first.across, first.down
	if len(s.comps) > 1 {
		across, down = first.acrossMCU/int(first.h), first.downMCU/int(first.v)
	}
	n, marker := 0, byte(0)
	for y := range down {
		for x := range across {
			if restart > 0 && n == restart {
				e.finish()
				e.out = append(e.out, 0xff, markRST0+marker)
				e.start()
				n, marker = 0, (marker+1)&7
			}
			n++
			for _, i := range s.comps {
				e.unit(&comps[i], i, x, y, len(s.comps) == 1, s)
			}
		}
	}
	e.finish()
	return e.out
}

func (e *arithEncoder) unit(c *arithComponent, i, x, y int, alone bool, s arithScanSpec) {
	h, v := int(c.h), int(c.v)
	if alone {
		h, v = 1, 1
	}
	for by := range v {
		for bx := range h {
			q := c.coef[64*((y*v+by)*c.acrossMCU+x*h+bx):][:64]
			if s.ss == 0 {
				if s.ah > 0 {
					e.bit(&e.even, int(q[0])>>s.al&1)
				} else {
					e.difference(i, int(q[0])>>s.al)
				}
			}
			switch {
			case s.se == 0:
			case s.ah > 0:
				e.refine(i, q, max(s.ss, 1), s.se, s.al)
			default:
				e.coefficients(i, q, max(s.ss, 1), s.se, s.al)
			}
		}
	}
}

// arithmeticOf codes a decodable JPEG's picture anew, arithmetically.
func arithmeticOf(t testing.TB, jpeg []byte) []byte {
	t.Helper()
	return arithmeticFile(t, decoded(t, jpeg).Picture, false, 0)
}

// TestArithmetic decodes arithmetic-coded pictures of every kind and compares
// them with the Huffman-coded file of the same coefficients, bit by bit.
func TestArithmetic(t *testing.T) {
	for _, l := range []pix.Layout{
		{Model: pix.YUV, ShiftX: 1, ShiftY: 1}, {Model: pix.YUV}, {Model: pix.YUV, ShiftX: 1}, {Model: pix.YUV, ShiftY: 1}, {Model: pix.Gray},
	} {
		for _, size := range [][2]int{{1, 1}, {16, 16}, {83, 61}, {200, 35}} {
			l.W, l.H, l.Bits = size[0], size[1], 8
			p := scene(l, false)
			noisy(p)
			want := decoded(t, huffmanFile(t, p)).Picture
			for _, progressive := range []bool{false, true} {
				for _, restart := range []int{0, 1, 7} {
					t.Run(fmt.Sprintf("%s%d%d/%v/%v/%d", l.Model, l.ShiftX, l.ShiftY, size, progressive, restart), func(t *testing.T) {
						got := decoded(t, arithmeticFile(t, p, progressive, restart)).Picture
						if most, _ := worst(t, want, got); most != 0 {
							t.Errorf("differs by %g", most)
						}
					})
				}
			}
		}
	}
}

// noisy adds a pattern that needs large coefficients.
func noisy(p *pix.Picture) {
	v := uint32(1)
	for i := range p.N {
		for k := range p.Planes[i].Pix8 {
			v = v*1664525 + 1013904223
			if k/64%3 == 0 {
				p.Planes[i].Pix8[k] = uint8(v >> 24)
			}
		}
	}
}

// TestArithmeticShared compares the shared file, written by another program,
// with the picture it was made from.
func TestArithmeticShared(t *testing.T) {
	got := mustDecode(t, mediatest.Shared(t, "photos", "derived", "jpeg_arithmetic.jpg")).Picture
	want := mustDecode(t, mediatest.Shared(t, "photos", "jpeg_elephant_660x480.jpg")).Picture
	if _, mean := worst(t, want, got); mean > 1 {
		t.Errorf("differs by %.2f on average", mean)
	}
}

// TestArithmeticDamage cuts and changes arithmetic-coded files.
func TestArithmeticDamage(t *testing.T) {
	p := scene(pix.Layout{W: 90, H: 70, Bits: 8, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, false)
	noisy(p)
	b := arithmeticFile(t, p, true, 4)
	for n := 200; n < len(b)-2; n += len(b) / 40 {
		if _, err := decodePhoto(context.Background(), b[:n], Limits{}); err == nil {
			t.Errorf("cut after %d of %d bytes: decoded", n, len(b))
		} else if !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut after %d of %d bytes: %v", n, len(b), err)
		}
	}
}
