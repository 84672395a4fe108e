package depth

import (
	"context"
	"encoding/binary"
	"math"

	"spatialmaker/processor/pix"
)

// reducer averages a picture's planes over blocks of whole samples, so that
// what is resized afterwards has no detail left to alias. Its memory is kept.
type reducer struct {
	fx, fy [3]int // samples in a block of each plane
	out    [3]pix.Plane
	scale  [3][2]float64 // luma samples in a block
	acc    [][]uint32    // a row of sums for each worker
	lanes  [][]uint64    // likewise, of columns of 8-bit samples: four in a word

	src    *pix.Plane // of the call under way
	at     int
	bandFn func(worker, y0, y1 int)
}

// shrinkFactor is the block that leaves a ratio near one to the resizing. Sums
// of 255 x 255 samples of 16 bits fit into 32.
func shrinkFactor(span float64, out int) int {
	return max(min(int(math.Round(span/float64(out))), 255), 1)
}

// prepare sets the blocks for pictures laid out as p: kx by ky luma samples.
func (r *reducer) prepare(p *pix.Picture, kx, ky int) {
	widest := 0
	for i := range p.N {
		pl := &p.Planes[i]
		r.fx[i], r.fy[i] = max(kx>>pl.ShiftX, 1), max(ky>>pl.ShiftY, 1)
		r.scale[i] = [2]float64{float64(r.fx[i] << pl.ShiftX), float64(r.fy[i] << pl.ShiftY)}
		o := &r.out[i]
		w, h := (pl.W+r.fx[i]-1)/r.fx[i], (pl.H+r.fy[i]-1)/r.fy[i]
		n := 0
		if kx > 1 || ky > 1 {
			n = max(w, 4) * max(h, 4) * pl.Comps // the kernels read four each way
		}
		b8, b16 := o.Pix8, o.Pix16
		*o = pix.Plane{W: w, H: h, Stride: max(w, 4) * pl.Comps, Comps: pl.Comps}
		if p.Bits > 8 {
			o.Pix16 = sized(b16, n)
		} else {
			o.Pix8 = sized(b8, n)
		}
		widest = max(widest, w*pl.Comps)
	}
	if kx == 1 && ky == 1 {
		r.fx[0], r.fy[0] = 1, 1
		return
	}
	if r.acc == nil {
		r.acc = make([][]uint32, 1)
	}
	for i := range r.acc {
		r.acc[i] = sized(r.acc[i], widest)
	}
}

// active reports whether there is anything to average.
func (r *reducer) active() bool { return r.fx[0] > 1 || r.fy[0] > 1 }

// taps fills the tables that resize part f of the picture from reduced plane i.
func (r *reducer) taps(i int, across, down []tap, f part) {
	o, k := &r.out[i], r.scale[i]
	fillTaps(across, f.x0/k[0], f.x1/k[0], o.W, o.W, 0)
	fillTaps(down, f.y0/k[1], f.y1/k[1], o.H, o.H, 0)
}

// reduce averages the planes of p.
func (r *reducer) reduce(ctx context.Context, crew *pix.Crew, p *pix.Picture) error {
	for len(r.acc) < crew.Workers() {
		r.acc = append(r.acc, make([]uint32, len(r.acc[0])))
	}
	for len(r.lanes) < crew.Workers() {
		r.lanes = append(r.lanes, nil)
	}
	for i := range r.lanes {
		r.lanes[i] = sized(r.lanes[i], (p.W*p.Planes[0].Comps/8+1)*2)
	}
	for i := range p.N {
		r.src, r.at = &p.Planes[i], i
		if err := crew.Bands(ctx, r.out[i].H, 4, r.bandFn); err != nil {
			return err
		}
	}
	r.src = nil
	return nil
}

func (r *reducer) band(worker, y0, y1 int) {
	o := &r.out[r.at]
	for y := y0; y < y1; y++ {
		if r.src.Pix16 != nil {
			reduceRow(o.Pix16[y*o.Stride:], r.src.Pix16, r.src, r.acc[worker], y, r.fx[r.at], r.fy[r.at])
			continue
		}
		reduceRow8(o.Pix8[y*o.Stride:], r.src, r.lanes[worker], y, r.fx[r.at], r.fy[r.at])
	}
}

// reduceRow8 averages blocks of fx x fy samples of 8 bits into row y of dst. It
// adds up columns first, eight samples at a time: two words hold their sums in
// lanes of 16 bits, the even and the odd ones, which up to 257 rows cannot fill.
func reduceRow8(dst []uint8, pl *pix.Plane, lanes []uint64, y, fx, fy int) {
	const even = 0x00ff00ff00ff00ff
	n := pl.W * pl.Comps
	words := (n + 7) / 8
	lanes = lanes[:2*words]
	clear(lanes)
	last := min((y+1)*fy, pl.H)
	for j := y * fy; j < last; j++ {
		row := pl.Pix8[j*pl.Stride : j*pl.Stride+n]
		for k := range n / 8 {
			v := binary.LittleEndian.Uint64(row[8*k:])
			lanes[2*k] += v & even
			lanes[2*k+1] += v >> 8 & even
		}
		if n%8 > 0 {
			var rest [8]uint8
			copy(rest[:], row[n/8*8:])
			v := binary.LittleEndian.Uint64(rest[:])
			lanes[2*words-2] += v & even
			lanes[2*words-1] += v >> 8 & even
		}
	}
	for x := range (pl.W + fx - 1) / fx {
		x1 := min((x+1)*fx, pl.W)
		n := uint32(x1-x*fx) * uint32(last-y*fy)
		if pl.Comps == 1 {
			sum := n / 2
			for i := x * fx; i < x1; i++ {
				sum += uint32(lanes[i/8*2+i&1] >> (i & 6 * 8) & 0xffff)
			}
			dst[x] = uint8(sum / n)
			continue
		}
		r, g, b := n/2, n/2, n/2
		for i := x * fx; i < x1; i++ { // a sample is half a word of either kind
			e, o := lanes[i/2*2]>>(i&1*32), lanes[i/2*2+1]>>(i&1*32)
			r += uint32(e & 0xffff)
			g += uint32(o & 0xffff)
			b += uint32(e >> 16 & 0xffff)
		}
		dst[4*x], dst[4*x+1], dst[4*x+2] = uint8(r/n), uint8(g/n), uint8(b/n)
	}
}

// reduceRow averages blocks of fx x fy samples into row y of dst. The last
// block of a row or column may be smaller.
func reduceRow(dst, src []uint16, pl *pix.Plane, acc []uint32, y, fx, fy int) {
	comps := pl.Comps
	w := (pl.W + fx - 1) / fx
	acc = acc[:w*comps]
	clear(acc)
	last := min((y+1)*fy, pl.H)
	for j := y * fy; j < last; j++ {
		row := src[j*pl.Stride : j*pl.Stride+pl.W*comps]
		if comps == 4 {
			for x := range w {
				var a, b, c uint32
				for s := row[x*fx*4 : min((x+1)*fx, pl.W)*4]; len(s) >= 4; s = s[4:] {
					a += uint32(s[0])
					b += uint32(s[1])
					c += uint32(s[2])
				}
				acc[x*4] += a
				acc[x*4+1] += b
				acc[x*4+2] += c
			}
			continue
		}
		for x := range w {
			var a uint32
			for _, v := range row[x*fx : min((x+1)*fx, pl.W)] {
				a += uint32(v)
			}
			acc[x] += a
		}
	}
	for x := range w {
		n := uint32(min((x+1)*fx, pl.W)-x*fx) * uint32(last-y*fy)
		for c := range comps {
			dst[x*comps+c] = uint16((acc[x*comps+c] + n/2) / n)
		}
	}
}
