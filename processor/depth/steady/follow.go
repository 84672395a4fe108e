package steady

import "math"

// Blocks without texture match anywhere, so what they find is chance. They
// follow the blocks that know: the camera's motion is fitted to the vectors of
// those with texture, as a shift, a zoom and a roll.
const (
	followBias = 1    // mean difference a block's own vector must gain over the camera's
	leadSpan   = 1024 // of the histograms of vector components
	leadRounds = 3
)

// camera is a motion of the whole picture: at x, y from the middle of a level,
// in its samples, the vector is (X + Zoom*x - Roll*y, Y + Zoom*y + Roll*x).
type camera struct{ x, y, zoom, roll float64 }

func (c camera) at(x, y float64) vector {
	return vector{
		int16(math.Round(c.x + c.zoom*x - c.roll*y)),
		int16(math.Round(c.y + c.zoom*y + c.roll*x)),
	}
}

// follow gives the blocks of a level the camera's motion where that explains
// them about as well as their own.
func (m *matcher) follow(level int) {
	cam, ok := m.lead(level)
	if !ok {
		return
	}
	c, p := &m.cur.level[level], &m.prev.level[level]
	for b, v := range m.blocks[level] {
		lead := cam.at(m.fromMiddle(level, b))
		if v == lead {
			continue
		}
		step := lead // in whole samples
		if level == 0 {
			step = vector{int16(whole(lead.x)), int16(whole(lead.y))}
		}
		x, y := m.corner(level, b)
		i, j := x+int(step.x), y+int(step.y)
		if i < 0 || j < 0 || i > c.w-blockSize || j > c.h-blockSize {
			continue
		}
		most := m.left[level][b] + followBias*blockSize*blockSize
		if s := sad(c, p, x, y, i, j, most); s <= most {
			m.blocks[level][b], m.left[level][b] = lead, s
		}
	}
}

// fromMiddle is where a block's middle lies from that of the level.
func (m *matcher) fromMiddle(level, b int) (x, y float64) {
	l := &m.cur.level[level]
	i, j := m.corner(level, b)
	return float64(i+blockSize/2) - float64(l.w)/2, float64(j+blockSize/2) - float64(l.h)/2
}

// lead fits the camera's motion. Blocks count by their texture; it begins with
// the median of their vectors, and leaves out those that move otherwise. ok is
// false when no block has texture.
func (m *matcher) lead(level int) (cam camera, ok bool) {
	m.across, m.down = [leadSpan]int64{}, [leadSpan]int64{}
	var total int64
	for b, v := range m.blocks[level] {
		w := m.texture(level, b)
		m.weight[b] = w
		total += w
		m.across[leadBin(v.x)] += w
		m.down[leadBin(v.y)] += w
	}
	if total == 0 {
		return cam, false
	}
	cam.x, cam.y = middle(&m.across, total), middle(&m.down, total)
	near := 2.0
	if level == 0 {
		near *= vectorUnit
	}
	for range leadRounds {
		cam = m.refit(level, cam, near)
	}
	return cam, true
}

// refit is one round of least squares over the blocks whose vectors lie near
// the camera's.
func (m *matcher) refit(level int, cam camera, near float64) camera {
	var n, sx, sy, su, sv, sr, suv, svu float64
	for b, v := range m.blocks[level] {
		x, y := m.fromMiddle(level, b)
		u, w := float64(v.x), float64(v.y)
		du, dw := u-(cam.x+cam.zoom*x-cam.roll*y), w-(cam.y+cam.zoom*y+cam.roll*x)
		if du > near || du < -near || dw > near || dw < -near {
			continue
		}
		k := float64(m.weight[b])
		n += k
		sx += k * x
		sy += k * y
		su += k * u
		sv += k * w
		sr += k * (x*x + y*y)
		suv += k * (x*u + y*w)
		svu += k * (x*w - y*u)
	}
	if n == 0 {
		return cam
	}
	// With means taken out the four unknowns part: zoom and roll share one
	// denominator.
	sx, sy, su, sv = sx/n, sy/n, su/n, sv/n
	spread := sr/n - sx*sx - sy*sy
	if spread < blockSize*blockSize {
		return camera{x: su, y: sv}
	}
	cam.zoom = (suv/n - sx*su - sy*sv) / spread
	cam.roll = (svu/n - sx*sv + sy*su) / spread
	cam.x = su - cam.zoom*sx + cam.roll*sy
	cam.y = sv - cam.zoom*sy - cam.roll*sx
	return cam
}

func leadBin(v int16) int { return max(0, min(int(v)+leadSpan/2, leadSpan-1)) }

func middle(n *[leadSpan]int64, total int64) float64 {
	sum := int64(0)
	for i, k := range n {
		if sum += k; 2*sum >= total {
			return float64(i - leadSpan/2)
		}
	}
	return 0
}

// texture is how much a block differs from itself one sample aside, in the
// direction where that is less, beyond what noise does.
func (m *matcher) texture(level, b int) int64 {
	c := &m.cur.level[level]
	if c.w <= blockSize || c.h <= blockSize {
		return 0 // one block has no sample aside
	}
	x, y := m.corner(level, b)
	x, y = min(x, c.w-blockSize-1), min(y, c.h-blockSize-1)
	const noise = 2 * blockSize * blockSize
	return int64(max(min(sad(c, c, x, y, x+1, y, 1<<30), sad(c, c, x, y, x, y+1, 1<<30))-noise, 0))
}
