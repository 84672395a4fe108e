package pix

// FullChroma returns p with its chroma planes at luma size, every chroma sample
// repeated: subsampling the result again gives p back exactly. Pictures that
// are not subsampled are returned as they are. It is what lets two eyes of odd
// width share one picture.
func FullChroma(p *Picture, pool *Pool) *Picture {
	if p.Model != YUV || (p.Planes[1].ShiftX == 0 && p.Planes[1].ShiftY == 0) {
		return p
	}
	q := pool.Picture(Layout{W: p.W, H: p.H, Bits: p.Bits, Model: YUV})
	q.Colour, q.Alpha = p.Colour, p.Alpha
	for i := range p.N {
		s, d := &p.Planes[i], &q.Planes[i]
		for y := range d.H {
			sy := y >> s.ShiftY
			if p.Bits > 8 {
				spread(d.Pix16[y*d.Stride:y*d.Stride+d.W], s.Pix16[sy*s.Stride:sy*s.Stride+s.W], s.ShiftX)
			} else {
				spread(d.Pix8[y*d.Stride:y*d.Stride+d.W], s.Pix8[sy*s.Stride:sy*s.Stride+s.W], s.ShiftX)
			}
		}
	}
	return q
}

func spread[T uint8 | uint16](dst, src []T, shift uint8) {
	if shift == 0 {
		copy(dst, src)
		return
	}
	for x := range dst {
		dst[x] = src[x>>shift]
	}
}
