package media

import (
	"encoding/binary"
	"fmt"
)

// Packing is how the two eyes lie in a frame, as players are told it.
type Packing struct {
	Layout string // "" for a flat film, "sbs", "tb", "anaglyph"
	Swap   bool   // the right eye comes first
}

// Payload types of SEI messages, and the arrangement types of frame packing
// (ITU-T H.264 annex D, H.265 annex D).
const (
	seiFramePacking = 45
	seiMastering    = 137
	seiLight        = 144

	packSideBySide = 3
	packTopBottom  = 4
)

// seiMessages are the messages that go before every keyframe: how the eyes are
// packed, and HDR10's static metadata. They are written here rather than by
// the encoder, of which hardly any can.
func seiMessages(hevc bool, p Packing, hdr HDR) []byte {
	var rbsp []byte
	add := func(kind byte, payload []byte) {
		rbsp = append(rbsp, kind, byte(len(payload)))
		rbsp = append(rbsp, payload...)
	}
	if b := framePacking(hevc, p); b != nil {
		add(seiFramePacking, b)
	}
	if hdr.Mastering != nil {
		add(seiMastering, hdr.Mastering.Bytes())
	}
	if hdr.Light != nil {
		add(seiLight, hdr.Light.Bytes())
	}
	if rbsp == nil {
		return nil
	}
	rbsp = append(rbsp, 0x80) // trailing bits
	nal := []byte{6}          // SEI
	if hevc {
		nal = []byte{39 << 1, 1} // prefix SEI, layer 0, temporal id 0
	}
	zeros := 0
	for _, b := range rbsp {
		if zeros >= 2 && b <= 3 { // emulation prevention
			nal = append(nal, 3)
			zeros = 0
		}
		nal = append(nal, b)
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return nal
}

// Bytes is the payload of the SEI message and of the mdcv box alike: green,
// blue, red, white point, luminances, 24 bytes in all.
func (m *Mastering) Bytes() []byte {
	var b []byte
	for _, v := range []uint16{m.GX, m.GY, m.BX, m.BY, m.RX, m.RY, m.WX, m.WY} {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	b = binary.BigEndian.AppendUint32(b, m.MaxLum)
	return binary.BigEndian.AppendUint32(b, m.MinLum)
}

// Bytes is the payload of the SEI message and of the clli box alike: 4 bytes.
func (l *Light) Bytes() []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, l.MaxCLL), l.MaxFALL)
}

// framePacking is the payload of the frame packing arrangement message, nil
// for layouts it has no word for.
func framePacking(hevc bool, p Packing) []byte {
	kind := uint64(0)
	switch p.Layout {
	case "sbs":
		kind = packSideBySide
	case "tb":
		kind = packTopBottom
	default:
		return nil
	}
	first := uint64(1) // frame 0 is the left view
	if p.Swap {
		first = 2
	}
	var w seiBits
	w.put(1, 1)     // arrangement id 0, as ue(v)
	w.put(0, 1)     // not cancelled
	w.put(kind, 7)  //
	w.put(0, 1)     // no quincunx sampling
	w.put(first, 6) //
	w.put(0, 1)     // no spatial flipping
	w.put(0, 1)     // frame 0 is not flipped
	w.put(0, 1)     // no field views
	w.put(0, 1)     // current frame is frame 0: for temporal interleaving only
	w.put(0, 1)     // frame 0 is not self contained
	w.put(0, 1)     // nor is frame 1
	w.put(0, 16)    // grid positions
	w.put(0, 8)     // reserved
	if hevc {
		w.put(1, 1) // persists until the next message
		w.put(0, 1) // no upsampled aspect ratio
	} else {
		w.put(2, 3) // repetition period 1, as ue(v): persists
		w.put(0, 1) // no extension
	}
	return w.bytes()
}

// seiBits collects bits, the highest first.
type seiBits struct {
	b    []byte
	used int // bits of the last byte
}

func (w *seiBits) put(v uint64, bits int) {
	for i := bits - 1; i >= 0; i-- {
		if w.used == 0 {
			w.b = append(w.b, 0)
		}
		w.b[len(w.b)-1] |= byte(v>>i&1) << (7 - w.used)
		w.used = (w.used + 1) & 7
	}
}

// bytes aligns with a one and zeros, as payloads that end within a byte must.
func (w *seiBits) bytes() []byte {
	if w.used != 0 {
		w.put(1, 1)
		w.used = 0
	}
	return w.b
}

// withSEI puts the message in front of the first slice of an access unit of
// length-prefixed NAL units.
func withSEI(unit, sei []byte, hevc bool, prefix int) ([]byte, error) {
	at := 0
	for at+prefix < len(unit) {
		size := 0
		for _, b := range unit[at : at+prefix] {
			size = size<<8 | int(b)
		}
		first := unit[at+prefix]
		slice := first&0x1f >= 1 && first&0x1f <= 5
		if hevc {
			slice = first>>1&0x3f < 32
		}
		if slice {
			break
		}
		at += prefix + size
	}
	if at+prefix >= len(unit) {
		return nil, fmt.Errorf("%w: a keyframe without a slice", ErrCorrupt)
	}
	out := make([]byte, 0, len(unit)+len(sei)+prefix)
	out = append(out, unit[:at]...)
	for i := prefix - 1; i >= 0; i-- {
		out = append(out, byte(len(sei)>>(8*i)))
	}
	out = append(out, sei...)
	return append(out, unit[at:]...), nil
}
