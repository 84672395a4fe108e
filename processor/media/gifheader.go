package media

// gifFrames counts the frames of a GIF by walking over its blocks, without
// unpacking any. A damaged file gives the frames seen until there.
func gifFrames(b []byte) int {
	r := &reader{b: b}
	r.take(10) // signature and canvas size
	colourTable := func(flags byte) {
		if flags&0x80 != 0 {
			r.take(3 << (flags&7 + 1))
		}
	}
	flags := byte(r.uint(1))
	r.take(2)
	colourTable(flags)
	frames := 0
	for !r.short {
		switch r.uint(1) {
		case 0x21: // an extension: its label, then sub-blocks
			r.take(1)
		case 0x2c: // a frame
			r.take(8)
			colourTable(byte(r.uint(1)))
			r.take(1)
			if !r.short {
				frames++
			}
		default: // the trailer, or damage
			return frames
		}
		for {
			n := int(r.uint(1))
			if n == 0 {
				break
			}
			r.take(n)
		}
	}
	return frames
}
