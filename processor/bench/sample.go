package bench

import (
	"math"

	"spatialmaker/processor/pix"
)

// sample draws a picture that costs a codec and a renderer what a photo does:
// textures of several octaves, and a depth of discs before a slanted ground.
func sample(l pix.Layout) (*pix.Picture, *pix.Map) {
	p := pix.New(l)
	m := pix.NewMap(l.W, l.H)
	for y := range l.H {
		row := m.Row(y)
		v := float64(y) / float64(l.H)
		for x := range row {
			row[x] = float32(nearness(float64(x)/float64(l.W), v))
		}
	}
	peak := float64(int(1)<<p.Bits - 1)
	for i := range p.N {
		pl := &p.Planes[i]
		for y := range pl.H {
			for x := range pl.W {
				fx, fy := x<<pl.ShiftX, y<<pl.ShiftY
				d := float64(m.Row(min(fy, l.H-1))[min(fx, l.W-1)])
				for c := range pl.Comps {
					t := texture(fx, fy, i*4+c)
					if i > 0 {
						t = 0.5 + (t-0.5)/4
					}
					v := peak * min(1, max(0, 0.15+0.5*t+0.3*d))
					if pl.Comps == 4 && c == 3 {
						v = peak
					}
					at := y*pl.Stride + x*pl.Comps + c
					if pl.Pix16 != nil {
						pl.Pix16[at] = uint16(v)
					} else {
						pl.Pix8[at] = uint8(v)
					}
				}
			}
		}
	}
	p.Colour.FullRange = true
	return p, m
}

// nearness is the depth at a place of the unit square.
func nearness(u, v float64) float64 {
	d := 0.1 + 0.5*v
	for i := range 9 {
		a := float64(i)
		cx, cy := math.Mod(0.13+a*0.38, 1), math.Mod(0.21+a*0.27, 1)
		r := 0.05 + 0.02*math.Mod(a, 3)
		if (u-cx)*(u-cx)+(v-cy)*(v-cy) < r*r {
			d = max(d, 0.4+0.06*a)
		}
	}
	return d
}

// texture is value noise of four octaves, 0..1.
func texture(x, y, seed int) float64 {
	sum, weight := 0.0, 0.5
	for o := range 4 {
		step := 64 >> (2 * o)
		gx, gy := x/step, y/step
		fx, fy := float64(x%step)/float64(step), float64(y%step)/float64(step)
		a := lattice(gx, gy, seed+o)*(1-fx) + lattice(gx+1, gy, seed+o)*fx
		b := lattice(gx, gy+1, seed+o)*(1-fx) + lattice(gx+1, gy+1, seed+o)*fx
		sum += weight * (a*(1-fy) + b*fy)
		weight /= 2
	}
	return sum
}

// lattice hashes a grid point to 0..1.
func lattice(x, y, seed int) float64 {
	h := uint32(x)*0x9e3779b1 ^ uint32(y)*0x85ebca77 ^ uint32(seed)*0xc2b2ae3d
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 13
	return float64(h&0xffff) / 0xffff
}
