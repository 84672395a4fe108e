package stereo

// maxGap is how far apart, in 1/one pixels, the images of two neighbours may
// lie and still be one surface that is stretched; beyond it the surface tears.
const maxGap = 3 * one

// paint inverts a row: pos holds where each source pixel lands (to the left the
// nearer), from gets for every target pixel the source coordinate that is seen
// there. Sources are painted from left to right: of two on the same target the
// later is the nearer, so no depth has to be compared. Targets that nothing
// reaches lie right of a nearer surface and take the background's nearest
// pixel, which is the next one painted to their right.
func paint(from, pos []int32) {
	n := int32(len(from))
	last := int32(-1) // everything up to here is painted
	spot := func(x int32, p int32) {
		t := (p + one/2) >> fracBits
		if t < 0 || t >= n {
			return
		}
		for i := last + 1; i < t; i++ {
			from[i] = x << fracBits
		}
		from[t] = x << fracBits
		last = max(last, t)
	}
	spot(0, pos[0])
	for x := int32(0); x < n-1; x++ {
		p0, p1 := pos[x], pos[x+1]
		gap := p1 - p0
		if gap <= 0 {
			spot(x+1, p1)
			continue
		}
		if gap > maxGap {
			// One pixel of the nearer side is carried over: the mixed pixel at
			// its edge looks like it, and would stain the hole's fill.
			t := p0>>fracBits + 1
			if t > last && t >= 0 && t < n && t<<fracBits < p1 {
				from[t] = x<<fracBits + min(t<<fracBits-p0, one)
				last = t
			}
			spot(x+1, p1)
			continue
		}
		t0 := max((p0+one-1)>>fracBits, 0)
		t1 := min(p1>>fracBits, n-1)
		for t := t0; t <= t1; t++ {
			from[t] = x<<fracBits + (t<<fracBits-p0)*one/gap
		}
		if t1 > last && t0 <= t1 {
			for i := last + 1; i < t0; i++ {
				from[i] = x << fracBits
			}
			last = t1
		}
	}
	for i := last + 1; i < n; i++ {
		from[i] = (n - 1) << fracBits
	}
}
