package scene

import "math"

// thing is a shape with its surface.
type thing struct {
	shape
	paint  paint
	gloss  float64 // 0 matt .. 1 polished
	mirror float64 // how much of the surroundings it shows, 0..1
	matt   bool    // takes part in no contact shading and casts a hard shadow only
	centre vec
	radius float64
}

type garden struct {
	things []thing
	time   float64
}

func (g *garden) put(s shape, p paint, gloss float64) *thing {
	c, r := s.ball()
	g.things = append(g.things, thing{shape: s, paint: p, gloss: gloss, centre: c, radius: r})
	return &g.things[len(g.things)-1]
}

// newGarden lays the scene out as it is at a time in seconds: balloons sway,
// the ball rolls to and fro, a person waves.
func newGarden(time float64) *garden {
	g := &garden{time: time}
	g.hills()
	g.trees()
	g.house()
	g.fence()
	g.people()
	g.toys()
	g.pot()
	return g
}

func (g *garden) hills() {
	for _, h := range []struct {
		x, z, r, y float64
		c          uint32
	}{
		{-60, 150, 90, -74, 0x6f8f6a},
		{70, 170, 110, -92, 0x66886f},
		{10, 230, 160, -136, 0x7f97a0},
		{-26, 62, 34, -30.2, 0x7fa251},
		{34, 70, 40, -35.6, 0x769c55},
	} {
		g.put(sphere{vec{h.x, h.y, h.z}, h.r}, mottled(rgb(h.c), 0.35, 0.25), 0)
	}
}

func (g *garden) tree(x, z, size float64, leaves uint32, round bool) {
	at := func(dx, y, dz float64) vec { return vec{x + dx*size, y * size, z + dz*size} }
	bark := wood(rgb(0x7a5a3c), 3)
	g.put(newBone(at(0, -0.1, 0), at(0.04, 1, 0), 0.14*size, 0.09*size), bark, 0)
	green := mottled(rgb(leaves), 9/size, 0.45)
	if !round {
		for i := range 3 {
			y := 0.75 + 0.62*float64(i)
			g.put(newBone(at(0, y, 0), at(0, y+0.85, 0), (0.72-0.19*float64(i))*size, 0.04*size), green, 0)
		}
		return
	}
	for _, b := range [][4]float64{{0, 1.55, 0, 0.62}, {-0.5, 1.3, -0.1, 0.42}, {0.52, 1.36, 0.1, 0.44}, {0.12, 1.95, -0.12, 0.42}, {-0.25, 1.7, -0.38, 0.36}, {0.25, 1.25, -0.42, 0.36}} {
		g.put(sphere{at(b[0], b[1], b[2]), b[3] * size}, green, 0)
	}
}

func (g *garden) trees() {
	g.tree(-4.3, 9.6, 1.5, 0x4f8a3a, true)
	g.tree(-7.6, 15, 1.7, 0x3f7a45, false)
	g.tree(-3.2, 17, 1.6, 0x437f3d, false)
	g.tree(1.6, 21, 2.0, 0x4a8540, true)
	g.tree(7.9, 18, 1.9, 0x3c7444, false)
	g.tree(11.5, 24, 2.2, 0x4d8a44, true)
	g.tree(-12, 26, 2.2, 0x477f3f, true)
	g.tree(5.6, 28, 2.1, 0x3f7a45, false)
}

func (g *garden) house() {
	const x, z, w, d, h = 4.6, 13.0, 1.7, 1.3, 1.7
	g.put(newBox(vec{x, h / 2, z}, vec{w, h / 2, d}, 0), bricks, 0.05)
	white, glass := plain(rgb(0xf2ede0)), plain(rgb(0x31506b))
	for _, wx := range []float64{-1.0, 1.0} {
		g.put(newBox(vec{x + wx, 1.0, z - d}, vec{0.36, 0.38, 0.04}, 0), white, 0.2)
		for _, pane := range [][2]float64{{-0.15, 0.16}, {0.15, 0.16}, {-0.15, -0.16}, {0.15, -0.16}} {
			g.put(newBox(vec{x + wx + pane[0], 1.0 + pane[1], z - d - 0.02}, vec{0.125, 0.135, 0.03}, 0), glass, 0.9).mirror = 0.25
		}
	}
	g.put(newBox(vec{x, 0.55, z - d}, vec{0.33, 0.56, 0.03}, 0), wood(rgb(0x2f6f73), 5), 0.3)
	g.put(sphere{vec{x + 0.22, 0.55, z - d - 0.05}, 0.04}, plain(rgb(0xe8c765)), 1)
	g.put(newBox(vec{x + 0.9, h + 0.75, z + 0.2}, vec{0.2, 0.5, 0.2}, 0), bricks, 0)
	// The roof overhangs the walls; its gables are brick.
	const over, top = 0.22, h + 1.25
	tile := mottled(rgb(0x8c3f37), 11, 0.3)
	fl, fr := vec{x - w - over, h - 0.1, z - d - over}, vec{x + w + over, h - 0.1, z - d - over}
	bl, br := vec{x - w - over, h - 0.1, z + d + over}, vec{x + w + over, h - 0.1, z + d + over}
	tl, tr := vec{x - w - over, top, z}, vec{x + w + over, top, z}
	for _, t := range [][3]vec{{fl, fr, tr}, {fl, tr, tl}, {bl, br, tr}, {bl, tr, tl}} {
		g.put(newLeaf(t[0], t[1], t[2]), tile, 0.05).matt = true
	}
	for _, sx := range []float64{x - w, x + w} {
		g.put(newLeaf(vec{sx, h, z - d}, vec{sx, h, z + d}, vec{sx, top - 0.1, z}), bricks, 0).matt = true
	}
}

func (g *garden) fence() {
	white := mottled(rgb(0xf4f0e6), 6, 0.06)
	for i := range 45 {
		x := -6.4 + 0.3*float64(i)
		if x > -0.55 && x < 0.75 {
			continue // the gate
		}
		z := 7.6 + 0.02*math.Sin(float64(i)*2.1)
		g.put(newBox(vec{x, 0.36, z}, vec{0.06, 0.36, 0.02}, 0), white, 0.1)
		g.put(newBone(vec{x, 0.72, z}, vec{x, 0.76, z}, 0.06, 0.03), white, 0.1)
	}
	for _, y := range []float64{0.24, 0.56} {
		g.put(newBox(vec{-3.55, y, 7.64}, vec{2.95, 0.035, 0.015}, 0), white, 0.1)
		g.put(newBox(vec{3.85, y, 7.64}, vec{3.1, 0.035, 0.015}, 0), white, 0.1)
	}
}

// toys are the beach ball, the marbles and a tower of letter blocks.
func (g *garden) toys() {
	roll := 0.5 * math.Sin(g.time*0.9)
	ball := vec{1.32 + 0.3*roll, 0.36, 3.1}
	g.put(sphere{ball, 0.36}, gores(ball, 0.5+roll, rgb(0xd8402f), rgb(0xf4f1e8), rgb(0x2f6fb5), rgb(0xf4f1e8), rgb(0xf0b429), rgb(0xf4f1e8)), 0.7)
	g.put(sphere{vec{0.52, 0.13, 2.72}, 0.13}, plain(rgb(0xd8dde2)), 1).mirror = 0.85
	g.put(sphere{vec{0.86, 0.1, 2.5}, 0.1}, marble, 0.9).mirror = 0.1
	for _, b := range []struct {
		c     vec
		half  float64
		angle float64
		frame uint32
	}{
		{vec{1.78, 0.24, 4.60}, 0.24, 0.3, 0xd1493f},
		{vec{2.34, 0.24, 4.85}, 0.24, -0.25, 0x2f78a8},
		{vec{2.06, 0.72, 4.71}, 0.24, 0.08, 0xe3a72f},
		{vec{2.08, 1.14, 4.73}, 0.18, 0.5, 0x4f8f4a},
	} {
		s := newBox(b.c, vec{b.half, b.half, b.half}, b.angle)
		g.put(s, lettered(s, rgb(b.frame)), 0.15)
	}
}

// planks nails boards around a crate.
func planks(s *box) paint {
	grain := wood(rgb(0xc79a63), 4)
	return func(p, n vec, footprint float64) vec {
		v := (s.local(p).y/s.half.y + 1) * 1.5
		gap := min(v-math.Floor(v), math.Floor(v)+1-v)
		c := grain(p.add(vec{math.Floor(v) * 0.7, 0, 0}), n, footprint)
		return c.mul(0.35 + 0.65*smooth(0.01, 0.05+footprint*4, gap))
	}
}

// lettered paints a wooden block with a coloured frame and sign on each face.
func lettered(s *box, c vec) paint {
	grain := wood(rgb(0xe2bd86), 4)
	return func(p, n vec, footprint float64) vec {
		q := s.local(p).mul(1 / s.half.x)
		m := n.turned(s.cos, -s.sin)
		u, v := q.x, q.y
		if math.Abs(m.x) > 0.5 {
			u = q.z
		} else if math.Abs(m.y) > 0.5 {
			v = q.z
		}
		rim := max(math.Abs(u), math.Abs(v))
		ring := math.Abs(math.Hypot(u, v) - 0.4)
		blur := footprint / s.half.x
		painted := smooth(0.78, 0.8+blur, rim) * (1 - smooth(0.95, 0.97+blur, rim))
		painted = max(painted, 1-smooth(0.1, 0.12+blur, ring))
		return grain(p, n, footprint).to(c, 0.94*painted)
	}
}

// pot stands in the foreground: thin leaves before everything else.
func (g *garden) pot() {
	at := vec{-1.32, 0, 2.62}
	crate := newBox(at.add(vec{0, 0.24, 0}), vec{0.31, 0.24, 0.31}, 0.35)
	g.put(crate, planks(crate), 0.1)
	g.put(newBox(at.add(vec{0, 0.46, 0}), vec{0.34, 0.035, 0.34}, 0.35), wood(rgb(0xb98a56), 4), 0.1)
	for i := range 46 {
		f := float64(i)
		turn := f * 2.399963 // the golden angle spreads them evenly
		lean := 0.12 + 0.42*hash(i, 1, 9)
		tall := 0.4 + 0.5*hash(i, 2, 9)
		sway := 0.03 * math.Sin(g.time*1.7+f)
		dir := vec{math.Cos(turn), 0, math.Sin(turn)}
		green := plain(rgb(0x4c8a3a).to(rgb(0x9cc25a), hash(i, 3, 9)))
		p, r := at.add(dir.mul(0.2*math.Sqrt(f/46))).add(vec{0, 0.46, 0}), 0.014
		for k := range 5 {
			h := (float64(k) + 1) / 5
			q := at.add(dir.mul(0.2*math.Sqrt(f/46) + lean*h*h)).add(vec{sway * h * h, 0.5 + tall*(h-0.3*lean*h*h), 0})
			g.put(newBone(p, q, r, r*0.78), green, 0.2)
			p, r = q, r*0.78
		}
		if i%9 == 4 {
			g.flower(p, i)
		}
	}
}

func (g *garden) flower(p vec, i int) {
	petal := plain([]vec{rgb(0xe85d75), rgb(0xf2c14e), rgb(0xf4f1ee), rgb(0xb678d6)}[i/9%4])
	for k := range 6 {
		a := float64(k) * math.Pi / 3
		g.put(sphere{p.add(vec{0.05 * math.Cos(a), 0.05 * math.Sin(a), -0.01}), 0.034}, petal, 0.1)
	}
	g.put(sphere{p.add(vec{0, 0, -0.03}), 0.03}, plain(rgb(0xf6d860)), 0.1)
}
