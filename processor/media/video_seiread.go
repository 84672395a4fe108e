package media

import "math/bits"

// packingInFile reads the frame packing message before the first frame of an
// MP4 or QuickTime file in HEVC; nil when there is none, or none that is
// understood.
func packingInFile(path string) *StereoSignal {
	s, err := openSegment(path)
	if err != nil {
		return nil
	}
	defer closeQuietly(s)
	prefix, hevc := nalPrefix(s.entry)
	const most = 64 << 20 // a frame larger than this is no frame
	if !hevc || len(s.samples) == 0 || s.samples[0].size > most {
		return nil
	}
	unit := make([]byte, s.samples[0].size)
	if _, err := s.ReadAt(unit, s.samples[0].at); err != nil {
		return nil
	}
	for len(unit) > prefix {
		size := 0
		for _, b := range unit[:prefix] {
			size = size<<8 | int(b)
		}
		unit = unit[prefix:]
		if size < 2 || size > len(unit) {
			return nil
		}
		if kind := unit[0] >> 1 & 0x3f; kind == hevcPrefixSEI {
			if s := packingInSEI(unescape(unit[2:size])); s != nil {
				return s
			}
		}
		unit = unit[size:]
	}
	return nil
}

const hevcPrefixSEI = 39

// unescape takes out the bytes that keep a start code from appearing.
func unescape(nal []byte) (out []byte) {
	zeros := 0
	for _, b := range nal {
		if zeros >= 2 && b == 3 {
			zeros = 0
			continue
		}
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
		out = append(out, b)
	}
	return out
}

// packingInSEI looks for a frame packing message among the messages of a NAL
// unit (ITU-T H.265 7.3.5 and D.2.16).
func packingInSEI(b []byte) *StereoSignal {
	number := func() (n int) {
		for len(b) > 0 && b[0] == 0xff {
			n += 255
			b = b[1:]
		}
		if len(b) > 0 {
			n += int(b[0])
			b = b[1:]
		}
		return n
	}
	for len(b) > 2 {
		kind, size := number(), number()
		if size > len(b) {
			return nil
		}
		if kind == seiFramePacking {
			return packingIn(seiReader{b: b[:size]})
		}
		b = b[size:]
	}
	return nil
}

func packingIn(r seiReader) *StereoSignal {
	r.exp() // arrangement id
	if r.take(1) == 1 {
		return nil // cancelled
	}
	kind := r.take(7)
	r.take(1) // quincunx sampling
	first := r.take(6)
	layout := map[uint32]string{packSideBySide: "sbs", packTopBottom: "tb"}[kind]
	if layout == "" || r.short {
		return nil
	}
	return &StereoSignal{Layout: layout, From: framePackingSEI, Sure: true, Swap: first == 2}
}

// seiReader reads numbers bit by bit; behind the end they are zero.
type seiReader struct {
	b     []byte
	at    int
	short bool
}

func (r *seiReader) take(n int) (v uint32) {
	for range n {
		v <<= 1
		if i := r.at >> 3; i < len(r.b) {
			v |= uint32(r.b[i]>>(7-r.at&7)) & 1
		} else {
			r.short = true
		}
		r.at++
	}
	return v
}

// exp reads an Exp-Golomb number.
func (r *seiReader) exp() uint32 {
	zeros := 0
	for r.take(1) == 0 && !r.short && zeros < bits.UintSize {
		zeros++
	}
	return 1<<zeros - 1 + r.take(zeros)
}
