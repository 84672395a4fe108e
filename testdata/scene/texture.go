package scene

import "math"

// hash mixes three lattice coordinates into 0..1. The constants are odd and
// otherwise arbitrary.
func hash(x, y, z int) float64 {
	h := uint64(x)*0x9E3779B97F4A7C15 ^ uint64(y)*0xC2B2AE3D27D4EB4F ^ uint64(z)*0x165667B19E3779F9
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	h ^= h >> 32
	return float64(h>>11) / (1 << 53)
}

// noise is smooth value noise, 0..1, with a lattice of one unit.
func noise(p vec) float64 {
	fx, fy, fz := math.Floor(p.x), math.Floor(p.y), math.Floor(p.z)
	x, y, z := int(fx), int(fy), int(fz)
	u, v, w := smooth(0, 1, p.x-fx), smooth(0, 1, p.y-fy), smooth(0, 1, p.z-fz)
	line := func(y, z int) float64 {
		a, b := hash(x, y, z), hash(x+1, y, z)
		return a + (b-a)*u
	}
	face := func(z int) float64 {
		a, b := line(y, z), line(y+1, z)
		return a + (b-a)*v
	}
	a, b := face(z), face(z+1)
	return a + (b-a)*w
}

// clouds sums octaves of noise, 0..1. Octaves finer than the footprint (the
// width of what one sample must stand for) are left out, so that the distance
// does not sparkle.
func clouds(p vec, octaves int, footprint float64) float64 {
	sum, all, weight, width := 0.0, 0.0, 1.0, 1.0
	for range octaves {
		seen := 1 - smooth(0.25, 1, footprint/width)
		sum += weight * (0.5 + seen*(noise(p)-0.5))
		all += weight
		p, weight, width = vec{p.x*2 + 17.3, p.y*2 + 5.1, p.z*2 - 9.7}, weight*0.5, width*0.5
	}
	return sum / all
}

// A paint gives the colour of a surface: p and n are where and how the surface
// lies, footprint the width of what a sample stands for, all in the world.
type paint func(p, n vec, footprint float64) vec

func plain(c vec) paint { return func(vec, vec, float64) vec { return c } }

// mown is the lawn: two greens in squares, blades of grass as noise, and a path
// of sand that winds away.
func mown(p, _ vec, footprint float64) vec {
	const cell = 0.8
	light, dark, sand := rgb(0x7fae45), rgb(0x5f9438), rgb(0xd9bf8f)
	// A square wave in each direction, faded to its mean where it gets too fine.
	wave := func(v float64) float64 {
		s := math.Sin(math.Pi * v / cell)
		edge := clamp01(footprint/cell) + 0.04
		return clamp01(s/edge*0.5+0.5)*2 - 1
	}
	fade := 1 - smooth(0.3, 1, footprint/cell)
	mix := 0.5 + 0.5*fade*wave(p.x+0.25)*wave(p.z)
	c := dark.to(light, mix)
	blades := clouds(vec{p.x * 26, 0, p.z * 14}, 3, footprint*26)
	patches := clouds(vec{p.x * 0.9, 7, p.z * 0.9}, 3, footprint)
	c = c.mul(0.62 + 0.5*blades + 0.26*patches)

	centre := 0.75*math.Sin(p.z*0.42+0.6) + 0.1*p.z - 0.15
	ragged := 0.08 * (clouds(vec{p.x * 5, 3, p.z * 5}, 3, footprint*5) - 0.5)
	grain := clouds(vec{p.x * 34, 1, p.z * 34}, 3, footprint*34)
	path := 1 - smooth(0.36, 0.36+0.05+footprint, math.Abs(p.x-centre)+ragged)
	return c.to(sand.mul(0.72+0.5*grain), path)
}

// wood has rings around an axis along x and a grain along them.
func wood(base vec, scale float64) paint {
	dark := base.mul(0.6)
	return func(p, _ vec, footprint float64) vec {
		q := vec{p.x * scale * 0.35, p.y * scale, p.z * scale}
		ring := math.Hypot(q.y+0.4, q.z+0.3)*3 + 1.4*clouds(q, 3, footprint*scale)
		ring -= math.Floor(ring)
		fine := clouds(vec{q.x * 1.5, q.y * 22, q.z * 22}, 2, footprint*scale*22)
		fade := 1 - smooth(0.1, 0.4, footprint*scale*3)
		return dark.to(base, 0.55+fade*0.45*smooth(0, 0.7, ring)).mul(0.86 + 0.28*fine)
	}
}

// gores stripes a ball like a beach ball, from pole to pole.
func gores(c vec, turn float64, colours ...vec) paint {
	sin, cos := math.Sincos(turn)
	return func(p, _ vec, _ float64) vec {
		q := p.sub(c)
		// Roll about z, then lean towards the viewer so that the pole shows.
		q = vec{cos*q.x - sin*q.y, sin*q.x + cos*q.y, q.z}
		q = vec{q.x, 0.86*q.y - 0.5*q.z, 0.5*q.y + 0.86*q.z}
		if q.y > 0.93*q.length() {
			return rgb(0xf4f1e8)
		}
		a := (math.Atan2(q.z, q.x)/math.Pi + 1) / 2 * float64(len(colours))
		return colours[int(a)%len(colours)]
	}
}

// marble is veined stone.
func marble(p, _ vec, footprint float64) vec {
	v := clouds(p.mul(5), 4, footprint*5)
	vein := math.Abs(math.Sin(p.x*14 + p.y*9 + 11*v))
	return rgb(0x59636f).to(rgb(0xf3efe6), smooth(0, 0.4, vein))
}

// mottled roughens a colour.
func mottled(c vec, scale, depth float64) paint {
	return func(p, _ vec, footprint float64) vec {
		return c.mul(1 - depth + 2*depth*clouds(p.mul(scale), 4, footprint*scale))
	}
}

// bricks lays rows in the plane that the wall faces.
func bricks(p, n vec, footprint float64) vec {
	u, v := p.x, p.y*7
	if math.Abs(n.x) > math.Abs(n.z) {
		u = p.z
	}
	row := math.Floor(v)
	u = u*3 + 0.5*math.Mod(row, 2)
	col := math.Floor(u)
	c := rgb(0xc4654a).mul(0.8 + 0.4*hash(int(col), int(row), 3))
	c = c.mul(0.85 + 0.3*clouds(p.mul(20), 2, footprint*20))
	edge := min(min(u-col, col+1-u)*2.4, v-row, row+1-v)
	return rgb(0xd8cbb8).to(c, smooth(0.04, 0.1+footprint*7, edge))
}
