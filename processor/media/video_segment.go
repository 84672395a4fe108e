package media

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
)

// sample is one compressed frame in a segment, in decoding order.
type sample struct {
	at   int64 // offset in the file
	size int
	rank int   // its place in showing order
	pts  int64 // in ticks of the track; edit lists not applied
	key  bool
}

// segment is a finished segment file, open for reading.
type segment struct {
	*os.File
	entry     []byte // the sample entry: a whole box
	timescale int64
	samples   []sample
}

// openSegment reads the tables of a QuickTime or MP4 file's video track.
func openSegment(path string) (*segment, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &segment{File: f}
	if err := s.load(); err != nil {
		closeQuietly(f)
		return nil, err
	}
	return s, nil
}

func (s *segment) load() error {
	st, err := s.Stat()
	if err != nil {
		return err
	}
	moov, ok := (box{from: 0, to: st.Size()}).child(s, "moov", 0)
	if !ok {
		return fmt.Errorf("%w: no index", ErrTruncated)
	}
	var trak box
	err = boxes(s, moov.from, moov.to, func(b box) (bool, error) {
		if b.kind == "trak" {
			if hdlr, ok := b.path(s, "mdia", "hdlr"); ok {
				if p, err := hdlr.read(s); err == nil && len(p) >= 12 && string(p[8:12]) == "vide" {
					trak = b
				}
			}
		}
		return trak.kind == "", nil
	})
	if err != nil {
		return err
	}
	if trak.kind == "" {
		return ErrNoVideo
	}
	if mdhd, ok := trak.path(s, "mdia", "mdhd"); ok {
		p, err := mdhd.read(s)
		if err != nil {
			return err
		}
		b := tableOf(p)
		if len(p) > 0 && p[0] == 1 {
			b.skip(16)
		} else {
			b.skip(8)
		}
		s.timescale = int64(b.u32())
	}
	stbl, ok := trak.path(s, "mdia", "minf", "stbl")
	if !ok {
		return fmt.Errorf("%w: no sample tables", ErrCorrupt)
	}
	return s.tables(stbl)
}

// tables reads the sample tables of stbl into samples.
func (s *segment) tables(stbl box) error {
	get := func(kind string) (*table, error) {
		b, ok := stbl.child(s, kind, 0)
		if !ok {
			return &table{}, nil
		}
		p, err := b.read(s)
		if err != nil {
			return nil, err
		}
		return tableOf(p), nil
	}
	var t [7]*table
	for i, kind := range []string{"stsd", "stsz", "stts", "ctts", "stss", "stsc", "stco"} {
		var err error
		if t[i], err = get(kind); err != nil {
			return err
		}
	}
	wide := false
	if len(t[6].b) == 0 {
		var err error
		if t[6], err = get("co64"); err != nil {
			return err
		}
		wide = true
	}
	stsd := t[0]
	stsd.skip(4)
	if n := stsd.peek32(); int64(n) <= int64(len(stsd.b)) && n >= 8 {
		s.entry = stsd.b[:n]
	} else {
		return fmt.Errorf("%w: no sample entry", ErrCorrupt)
	}
	if err := s.sizes(t[1]); err != nil {
		return err
	}
	s.times(t[2], t[3])
	s.keys(t[4])
	return s.places(t[5], t[6], wide)
}

func (s *segment) sizes(t *table) error {
	each, n := t.u32(), int(t.u32())
	if each == 0 && n > len(t.b)/4 || n > math.MaxInt32/64 {
		return fmt.Errorf("%w: %d samples in a table of %d bytes", ErrCorrupt, n, len(t.b))
	}
	s.samples = make([]sample, n)
	for i := range s.samples {
		s.samples[i].size = int(each)
		if each == 0 {
			s.samples[i].size = int(t.u32())
		}
	}
	return nil
}

// times fills in pts and from it each sample's place in showing order.
func (s *segment) times(stts, ctts *table) {
	i, dts := 0, int64(0)
	for n := stts.u32(); n > 0 && len(stts.b) >= 8; n-- {
		count, delta := stts.u32(), int64(stts.u32())
		for ; count > 0 && i < len(s.samples); count-- {
			s.samples[i].pts = dts
			dts += delta
			i++
		}
	}
	i = 0
	for n := ctts.u32(); n > 0 && len(ctts.b) >= 8; n-- {
		count, offset := ctts.u32(), int64(int32(ctts.u32()))
		for ; count > 0 && i < len(s.samples); count-- {
			s.samples[i].pts += offset
			i++
		}
	}
	order := make([]int, len(s.samples))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return compare64(s.samples[a].pts, s.samples[b].pts)
	})
	for rank, i := range order {
		s.samples[i].rank = rank
	}
}

func compare64(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// keys marks the samples decoding can begin at; without a table all are.
func (s *segment) keys(stss *table) {
	if len(stss.b) == 0 {
		for i := range s.samples {
			s.samples[i].key = true
		}
		return
	}
	for n := stss.u32(); n > 0 && len(stss.b) >= 4; n-- {
		if i := int(stss.u32()) - 1; i >= 0 && i < len(s.samples) {
			s.samples[i].key = true
		}
	}
}

// places finds where each sample lies: runs of chunks hold the same number of
// samples, and each chunk has an offset.
func (s *segment) places(stsc, stco *table, wide bool) error {
	chunks := int(stco.u32())
	runs := stsc.u32()
	i, chunk := 0, 1
	first, each := int(stsc.u32()), int(stsc.u32())
	stsc.u32()
	for runs > 0 {
		runs--
		next := chunks + 1
		var nextEach int
		if runs > 0 {
			next, nextEach = int(stsc.u32()), int(stsc.u32())
			stsc.u32()
		}
		if first != chunk || next < first || next > chunks+1 {
			return fmt.Errorf("%w: chunk table", ErrCorrupt)
		}
		for ; chunk < next; chunk++ {
			at := int64(stco.u32())
			if wide {
				at = at<<32 | int64(stco.u32())
			}
			for k := 0; k < each && i < len(s.samples); k++ {
				s.samples[i].at = at
				at += int64(s.samples[i].size)
				i++
			}
		}
		first, each = next, nextEach
	}
	if i != len(s.samples) {
		return fmt.Errorf("%w: %d of %d samples have a place", ErrCorrupt, i, len(s.samples))
	}
	return nil
}

// table reads big-endian numbers from a box's payload; behind the end they are
// zero, and the counts above stop there.
type table struct{ b []byte }

// tableOf skips version and flags.
func tableOf(p []byte) *table {
	t := &table{p}
	t.skip(4)
	return t
}

func (t *table) skip(n int) { t.b = t.b[min(n, len(t.b)):] }

func (t *table) peek32() uint32 {
	if len(t.b) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(t.b)
}

func (t *table) u32() uint32 {
	v := t.peek32()
	t.skip(4)
	return v
}
