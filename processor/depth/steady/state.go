package steady

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

const (
	stateMagic = "spatialmaker steady 2\n"
	widestMap  = 1 << 14
)

// stateHead is what a saved state begins with, after the magic.
type stateHead struct {
	MapW, MapH     int32
	GuideW, GuideH int32
	State          state
}

// State saves what the frames given out so far hand on to the next one: some
// a megabyte for a film at 448x252. A stage that restores it and is pushed the film
// from the next frame on gives out the same as this one will.
func (s *Stage) State() []byte {
	head := stateHead{State: s.state}
	var was, lag []float32
	var luma []uint8
	if s.past != nil {
		l := &s.past.level[0]
		head.GuideW, head.GuideH = int32(l.w), int32(l.h)
		head.MapW, head.MapH = int32(s.blend.mw), int32(s.blend.mh)
		luma, was, lag = l.pix, s.blend.was, s.blend.lagWas
	}
	b := []byte(stateMagic)
	b = append(b, 0, 0, 0, 0) // the checksum's place
	at := len(b)
	for _, part := range []any{&head, luma, was, lag} {
		b, _ = binary.Append(b, binary.LittleEndian, part) // fails for types without a size only
	}
	binary.LittleEndian.PutUint32(b[at-4:], crc32.ChecksumIEEE(b[at:]))
	return b
}

// Restore brings a new stage to a saved state. The options must be those of
// the stage that saved it. The error is ErrState when the bytes are damaged.
func (s *Stage) Restore(b []byte) error {
	if len(s.queue) > 0 || s.past != nil {
		return fmt.Errorf("restore after frames: %w", ErrState)
	}
	head, r, err := readState(b)
	if err != nil {
		return err
	}
	mw, mh, gw, gh := int(head.MapW), int(head.MapH), int(head.GuideW), int(head.GuideH)
	if mw == 0 {
		s.state = head.State
		return nil
	}
	g := newGuide(gw, gh)
	blend := newBlender(s.crew, mw, mh, g.level[0])
	for _, part := range []any{g.level[0].pix, blend.was, blend.lagWas} {
		if err := binary.Read(r, binary.LittleEndian, part); err != nil {
			return fmt.Errorf("%w: %w", ErrState, err)
		}
	}
	g.finish()
	s.state, s.past, s.blend = head.State, g, blend
	return nil
}

// readState checks a saved state and leaves r before its samples.
func readState(b []byte) (head stateHead, r *bytes.Reader, err error) {
	at := len(stateMagic) + 4
	if len(b) < at || string(b[:len(stateMagic)]) != stateMagic ||
		binary.LittleEndian.Uint32(b[at-4:]) != crc32.ChecksumIEEE(b[at:]) {
		return head, nil, ErrState
	}
	r = bytes.NewReader(b[at:])
	if err := binary.Read(r, binary.LittleEndian, &head); err != nil {
		return head, nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	if err := head.State.check(); err != nil {
		return head, nil, err
	}
	mw, mh, gw, gh := int(head.MapW), int(head.MapH), int(head.GuideW), int(head.GuideH)
	if mw == 0 {
		return head, r, nil
	}
	if mw < 1 || mh < 1 || mw > widestMap || mh > widestMap || r.Len() != gw*gh+8*mw*mh {
		return head, nil, fmt.Errorf("maps of %dx%d: %w", mw, mh, ErrState)
	}
	if w, h := guideSize(mw, mh); w != gw || h != gh {
		return head, nil, fmt.Errorf("guides of %dx%d for maps of %dx%d: %w", gw, gh, mw, mh, ErrState)
	}
	return head, r, nil
}
