package media

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
)

// arithComponent is a colour component of an arithmetic-coded JPEG.
type arithComponent struct {
	jpegComponent
	acrossMCU, downMCU int     // blocks, filled up to whole MCUs
	across, down       int     // blocks that carry picture
	coef               []int16 // 64 in zigzag order for each block
	pred, context      int     // last DC value and the class of its difference
	dcTable, acTable   int
}

// arithScan is the state of decoding one scan (T.81, annexes F.2.4 and G.2).
type arithScan struct {
	arithDecoder
	comps          []*arithComponent
	ss, se, ah, al int
	interval       int
	dc             [4][64]arithBin
	ac             [4][256]arithBin
	even           arithBin
	lower, upper   [4]int // conditioning of DC by table
	kx             [4]int // conditioning of AC by table
}

// transcodeArithmetic turns an arithmetic-coded JPEG (SOF9, SOF10) into a
// sequential Huffman one with the same coefficients, which the standard library
// reads. It takes two bytes a sample for the coefficients beside the new
// stream. j is the parsed header of b, its size checked by the caller.
func transcodeArithmetic(ctx context.Context, b []byte, j *jpegHeader) ([]byte, error) {
	comps, err := arithComponents(j)
	if err != nil {
		return nil, err
	}
	s := &arithScan{arithDecoder: arithDecoder{b: b}, even: arithEven << 1}
	s.resetConditioning()
	var quant [][]byte
	at, scans := 2, 0
	for {
		marker, body, next, err := nextSegment(b, at)
		if err != nil {
			return nil, err
		}
		switch marker {
		case markEOI:
			if scans == 0 {
				return nil, fmt.Errorf("%w: a JPEG without a scan", ErrCorrupt)
			}
			return emitHuffman(j, comps, quant)
		case markDQT:
			quant = append(quant, body)
		case markDRI:
			if len(body) == 2 {
				s.interval = int(binary.BigEndian.Uint16(body))
			}
		case markDAC:
			if err := s.conditioning(body); err != nil {
				return nil, err
			}
		case markSOS:
			if scans++; scans > maxScans {
				return nil, fmt.Errorf("%w: a JPEG of more than %d scans", ErrUnsupported, maxScans)
			}
			if next, err = s.scan(ctx, j, comps, body, next); err != nil {
				return nil, err
			}
		}
		at = next
	}
}

// arithComponents lays out the coefficients.
func arithComponents(j *jpegHeader) ([]arithComponent, error) {
	hmax, vmax, blocks := 1, 1, 0
	for _, c := range j.comps {
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return nil, fmt.Errorf("%w: sampling factors %dx%d", ErrCorrupt, c.h, c.v)
		}
		hmax, vmax = max(hmax, int(c.h)), max(vmax, int(c.v))
		blocks += int(c.h) * int(c.v)
	}
	if len(j.comps) > 1 && blocks > 10 {
		return nil, fmt.Errorf("%w: %d blocks in one unit of a JPEG", ErrUnsupported, blocks)
	}
	mcusX, mcusY := ceilDiv(j.w, 8*hmax), ceilDiv(j.h, 8*vmax)
	out := make([]arithComponent, len(j.comps))
	for i, c := range j.comps {
		o := &out[i]
		o.jpegComponent = c
		if len(j.comps) == 1 { // alone, a component is never interleaved
			o.h, o.v = 1, 1
			mcusX, mcusY = ceilDiv(j.w, 8), ceilDiv(j.h, 8)
			hmax, vmax = 1, 1
		}
		o.acrossMCU, o.downMCU = mcusX*int(o.h), mcusY*int(o.v)
		o.across = ceilDiv(ceilDiv(j.w*int(o.h), hmax), 8)
		o.down = ceilDiv(ceilDiv(j.h*int(o.v), vmax), 8)
		o.coef = make([]int16, 64*o.acrossMCU*o.downMCU)
	}
	return out, nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// resetConditioning sets the defaults of T.81, F.1.4.4.1.4 and F.1.4.4.2.
func (s *arithScan) resetConditioning() {
	for i := range 4 {
		s.lower[i], s.upper[i], s.kx[i] = 0, 1, 5
	}
}

// conditioning reads a DAC segment (B.2.4.3).
func (s *arithScan) conditioning(body []byte) error {
	for ; len(body) >= 2; body = body[2:] {
		table, v := int(body[0]&15), int(body[1])
		switch {
		case table > 3 || body[0]>>4 > 1:
			return fmt.Errorf("%w: arithmetic conditioning of table %#x", ErrCorrupt, body[0])
		case body[0]>>4 == 0:
			s.lower[table], s.upper[table] = v&15, v>>4
		default:
			s.kx[table] = v
		}
	}
	return nil
}

// scan decodes one scan whose header is body and whose data begin at an
// offset; it returns where they end.
func (s *arithScan) scan(ctx context.Context, j *jpegHeader, comps []arithComponent, body []byte, at int) (int, error) {
	if err := s.header(comps, body, j.progressive()); err != nil {
		return 0, err
	}
	s.restart(at)
	across, down := s.units()
	left, next := s.interval, byte(0)
	for y := range down {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		for x := range across {
			if s.interval > 0 && left == 0 {
				at, err := s.restartMarker(next)
				if err != nil {
					return 0, err
				}
				s.restart(at)
				left, next = s.interval, (next+1)&7
			}
			if err := s.unit(x, y); err != nil {
				return 0, err
			}
			left--
		}
		if s.ended {
			return 0, fmt.Errorf("%w: in row %d of %d", ErrTruncated, y, down)
		}
	}
	return s.at, nil
}

// header reads a scan header (B.2.3).
func (s *arithScan) header(comps []arithComponent, body []byte, progressive bool) error {
	if len(body) < 1 || len(body) != 4+2*int(body[0]) || body[0] < 1 || int(body[0]) > len(comps) {
		return fmt.Errorf("%w: a scan header of %d bytes", ErrCorrupt, len(body))
	}
	s.comps = s.comps[:0]
	for i := range int(body[0]) {
		id, tables := body[1+2*i], body[2+2*i]
		k := slices.IndexFunc(comps, func(c arithComponent) bool { return c.id == id })
		if k < 0 {
			return fmt.Errorf("%w: a scan of an unknown component", ErrCorrupt)
		}
		comps[k].dcTable, comps[k].acTable = int(tables>>4)&3, int(tables)&3
		s.comps = append(s.comps, &comps[k])
	}
	tail := body[len(body)-3:]
	s.ss, s.se, s.ah, s.al = int(tail[0]), int(tail[1]), int(tail[2]>>4), int(tail[2]&15)
	if !progressive {
		s.ss, s.se, s.ah, s.al = 0, 63, 0, 0
		return nil
	}
	if !s.possible() {
		return fmt.Errorf("%w: a scan of coefficients %d to %d", ErrCorrupt, s.ss, s.se)
	}
	return nil
}

// possible holds a progressive scan against G.1.1.1.1: DC alone, or AC of one
// component.
func (s *arithScan) possible() bool {
	if s.ss == 0 {
		return s.se == 0 && s.al <= 13 && s.ah <= 13
	}
	return s.se <= 63 && s.ss <= s.se && s.al <= 13 && s.ah <= 13 && len(s.comps) == 1
}

// units returns how many MCUs the scan has across and down (A.2).
func (s *arithScan) units() (across, down int) {
	c := s.comps[0]
	if len(s.comps) == 1 {
		return c.across, c.down
	}
	return c.acrossMCU / int(c.h), c.downMCU / int(c.v)
}

// restart begins an interval: all statistics and predictions start anew.
func (s *arithScan) restart(at int) {
	clear(s.dc[:])
	clear(s.ac[:])
	for _, c := range s.comps {
		c.pred, c.context = 0, 0
	}
	s.start(at)
}

// restartMarker finds the next restart marker, which must have a number.
func (s *arithScan) restartMarker(number byte) (int, error) {
	for i := s.at; i+1 < len(s.b); i++ {
		if s.b[i] == 0xff && s.b[i+1] != 0 && s.b[i+1] != 0xff {
			if s.b[i+1] != markRST0+number {
				return 0, fmt.Errorf("%w: marker %#x instead of restart %d", ErrCorrupt, s.b[i+1], number)
			}
			return i + 2, nil
		}
	}
	return 0, fmt.Errorf("%w: no restart marker", ErrTruncated)
}

// unit decodes the blocks of one MCU.
func (s *arithScan) unit(x, y int) error {
	if len(s.comps) == 1 {
		c := s.comps[0]
		return s.block(c, c.coef[64*(y*c.acrossMCU+x):][:64])
	}
	for _, c := range s.comps {
		for v := range int(c.v) {
			for h := range int(c.h) {
				at := 64 * ((y*int(c.v)+v)*c.acrossMCU + x*int(c.h) + h)
				if err := s.block(c, c.coef[at:at+64]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// block decodes what the scan holds of one block.
func (s *arithScan) block(c *arithComponent, q []int16) error {
	if s.ss == 0 {
		if s.ah > 0 {
			q[0] |= int16(s.bit(&s.even) << s.al)
		} else {
			if err := s.difference(c); err != nil {
				return err
			}
			q[0] = int16(c.pred << s.al)
		}
		if s.se == 0 {
			return nil
		}
	}
	if s.ah > 0 {
		return s.refine(c, q)
	}
	return s.coefficients(c, q)
}

// difference decodes a DC difference and adds it to the prediction (F.1.4.4.1).
func (s *arithScan) difference(c *arithComponent) error {
	bins := &s.dc[c.dcTable]
	at := c.context
	if s.bit(&bins[at]) == 0 {
		c.context = 0
		return nil
	}
	sign := s.bit(&bins[at+1])
	at += 2 + sign
	size := s.bit(&bins[at])
	if size != 0 {
		at = 20 // X1 of the table in F.1.4.4.1.2
		for s.bit(&bins[at]) == 1 {
			if size <<= 1; size >= 1<<15 {
				return errArithMagnitude
			}
			at++
		}
	}
	switch {
	case size < 1<<s.lower[c.dcTable]>>1:
		c.context = 0
	case size > 1<<s.upper[c.dcTable]>>1:
		c.context = 12 + 4*sign
	default:
		c.context = 4 + 4*sign
	}
	v := s.magnitude(bins[:], at+14, size)
	if sign == 1 {
		v = -v
	}
	c.pred = int(int16(c.pred + v))
	return nil
}

var errArithMagnitude = fmt.Errorf("%w: an arithmetic-coded coefficient beyond 16 bits", ErrCorrupt)

// magnitude decodes the bits below the leading one of a number of a size.
func (s *arithScan) magnitude(bins []arithBin, at, size int) int {
	v := size
	for size >>= 1; size > 0; size >>= 1 {
		if s.bit(&bins[at]) == 1 {
			v |= size
		}
	}
	return v + 1
}

// coefficients decodes the AC coefficients of a first pass (F.1.4.2, G.1.3.2).
func (s *arithScan) coefficients(c *arithComponent, q []int16) error {
	bins := &s.ac[c.acTable]
	for k := max(s.ss, 1); k <= s.se; k++ {
		at := 3 * (k - 1)
		if s.bit(&bins[at]) == 1 {
			return nil // end of block
		}
		for s.bit(&bins[at+1]) == 0 {
			at += 3
			if k++; k > s.se {
				return errArithRun
			}
		}
		sign := s.bit(&s.even)
		at += 2
		size := s.bit(&bins[at])
		if size != 0 && s.bit(&bins[at]) == 1 {
			size <<= 1
			at = 217
			if k <= s.kx[c.acTable] {
				at = 189
			}
			for s.bit(&bins[at]) == 1 {
				if size <<= 1; size >= 1<<15 {
					return errArithMagnitude
				}
				at++
			}
		}
		v := s.magnitude(bins[:], at+14, size)
		if sign == 1 {
			v = -v
		}
		q[k] = int16(v << s.al)
	}
	return nil
}

var errArithRun = fmt.Errorf("%w: an arithmetic-coded run past the block's end", ErrCorrupt)

// refine decodes one more bit of the AC coefficients (G.1.3.3).
func (s *arithScan) refine(c *arithComponent, q []int16) error {
	bins := &s.ac[c.acTable]
	one := int16(1) << s.al
	last := s.se // the last coefficient that earlier passes made non-zero
	for last > 0 && q[last] == 0 {
		last--
	}
	for k := s.ss; k <= s.se; k++ {
		at := 3 * (k - 1)
		if k > last && s.bit(&bins[at]) == 1 {
			return nil
		}
		for {
			if q[k] != 0 {
				if s.bit(&bins[at+2]) == 1 {
					if q[k] < 0 {
						q[k] -= one
					} else {
						q[k] += one
					}
				}
				break
			}
			if s.bit(&bins[at+1]) == 1 {
				q[k] = one
				if s.bit(&s.even) == 1 {
					q[k] = -one
				}
				break
			}
			at += 3
			if k++; k > s.se {
				return errArithRun
			}
		}
	}
	return nil
}
