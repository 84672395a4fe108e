package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// A film is handed to ffmpeg's muxer as fragmented MP4 through a pipe: of the
// formats it reads from one, this alone carries decoding and showing times of
// any time base. Layout: ISO/IEC 14496-12.

// mkBox builds a box from its payload's parts.
func mkBox(kind string, parts ...[]byte) []byte {
	n := 8
	for _, p := range parts {
		n += len(p)
	}
	b := make([]byte, 0, n)
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	b = append(b, kind...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// u32s lays out numbers of 32 bits.
func u32s(v ...uint32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

// identity is the matrix that leaves a picture as it is.
var identity = u32s(1<<16, 0, 0, 0, 1<<16, 0, 0, 0, 1<<30)

// fragmentHead is the beginning of a fragmented file with one video track.
func fragmentHead(entry []byte, timescale uint32) []byte {
	const entryW = 8 + 24 // offset of width and height in a visual sample entry
	size := append([]byte{}, entry[entryW:entryW+2]...)
	size = append(size, 0, 0)
	size = append(size, entry[entryW+2:entryW+4]...)
	size = append(size, 0, 0)
	stbl := mkBox("stbl",
		mkBox("stsd", u32s(0, 1), entry),
		mkBox("stts", u32s(0, 0)), mkBox("stsc", u32s(0, 0)), mkBox("stsz", u32s(0, 0, 0)), mkBox("stco", u32s(0, 0)))
	minf := mkBox("minf", mkBox("vmhd", u32s(1, 0, 0)),
		mkBox("dinf", mkBox("dref", u32s(0, 1), mkBox("url ", u32s(1)))), stbl)
	mdia := mkBox("mdia",
		mkBox("mdhd", u32s(0, 0, 0, timescale, 0, 0x55c40000)),
		mkBox("hdlr", u32s(0, 0), []byte("vide"), u32s(0, 0, 0), []byte{0}), minf)
	trak := mkBox("trak", mkBox("tkhd", u32s(7, 0, 0, 1, 0, 0, 0, 0, 0, 0), identity, size), mdia)
	mvhd := mkBox("mvhd", u32s(0, 0, 0, timescale, 0, 1<<16, 1<<24, 0, 0), identity, u32s(0, 0, 0, 0, 0, 0, 2))
	mvex := mkBox("mvex", mkBox("trex", u32s(0, 1, 1, 0, 0, 0)))
	ftyp := mkBox("ftyp", []byte("isom"), u32s(0x200), []byte("isomiso6mp41"))
	return append(ftyp, mkBox("moov", mvhd, trak, mvex)...)
}

// fragment is the head of one frame; its data follow. A fragment for every
// frame, because only a fragment's first frame has a time of its own, and the
// length of a frame must be how long it is shown, not the way to the next one
// in decoding order.
func fragment(dst []byte, number uint32, dts int64, offset, length, size uint32, key bool) []byte {
	flags := uint32(0x01010000) // depends on others, cannot be begun at
	if key {
		flags = 0x02000000
	}
	const moof = 8 + 16 + (8 + 16 + 20 + 8 + 4 + 4 + 4 + 4*4)
	dst = append(dst, u32s(moof)...)
	dst = append(dst, "moof"...)
	dst = append(dst, u32s(16)...)
	dst = append(dst, "mfhd"...)
	dst = append(dst, u32s(0, number, moof-8-16)...)
	dst = append(dst, "traf"...)
	dst = append(dst, u32s(16)...)
	dst = append(dst, "tfhd"...)
	dst = append(dst, u32s(0x020000, 1, 20)...)
	dst = append(dst, "tfdt"...)
	dst = append(dst, u32s(1<<24, uint32(dts>>32), uint32(dts), 36)...)
	dst = append(dst, "trun"...)
	dst = append(dst, u32s(0x01000f01, 1, moof+8, length, size, flags, offset)...)
	dst = append(dst, u32s(size+8)...)
	return append(dst, "mdat"...)
}

// joinEntry prepares a sample entry for the whole film: what describes only
// its segment goes, what players must know of the film comes.
func joinEntry(entry []byte, p Packing, hdr HDR) ([]byte, error) {
	const visual = 8 + 78
	if len(entry) < visual {
		return nil, fmt.Errorf("%w: sample entry of %d bytes", ErrCorrupt, len(entry))
	}
	out := append([]byte{}, entry[:visual]...)
	err := boxes(bytes.NewReader(entry), visual, int64(len(entry)), func(b box) (bool, error) {
		switch b.kind {
		case "btrt", "st3d", "mdcv", "clli":
		default:
			out = append(out, mkBox(b.kind, entry[b.from:b.to])...)
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	if mode := map[string]byte{"tb": 1, "sbs": 2}[p.Layout]; mode != 0 {
		if p.Swap && mode == 2 {
			mode = 4
		}
		if mode < 4 { // ffmpeg's muxer knows no word for the others
			out = append(out, mkBox("st3d", []byte{0, 0, 0, 0, mode})...)
		}
	}
	if hdr.Mastering != nil {
		out = append(out, mkBox("mdcv", hdr.Mastering.Bytes())...)
	}
	if hdr.Light != nil {
		out = append(out, mkBox("clli", hdr.Light.Bytes())...)
	}
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return out, nil
}

// nalPrefix is how many bytes give the length of a NAL unit in the samples of
// an entry, and whether it is HEVC; 0 for other codecs.
func nalPrefix(entry []byte) (prefix int, hevc bool) {
	const visual = 8 + 78
	e := box{from: visual, to: int64(len(entry))}
	r := bytes.NewReader(entry)
	if c, ok := e.child(r, "avcC", 0); ok && c.to-c.from > 4 {
		return int(entry[c.from+4]&3) + 1, false
	}
	if c, ok := e.child(r, "hvcC", 0); ok && c.to-c.from > 21 {
		return int(entry[c.from+21]&3) + 1, true
	}
	return 0, false
}

// fragmentWriter writes the frames of all segments as one fragmented film.
type fragmentWriter struct {
	w      io.Writer
	times  []int64 // of all frames in showing order, in ticks of the track
	end    int64   // of the last frame
	delay  int     // frames decoding runs ahead of showing
	step   int64   // length of the frames that are made up before the first
	head   []byte
	data   []byte
	number int
}

// newFragmentWriter shifts times so that the earliest decoding time is not
// negative; shift is what was added.
func newFragmentWriter(w io.Writer, times []int64, end int64, delay int) (f *fragmentWriter, shift int64) {
	f = &fragmentWriter{w: w, delay: delay, step: 1}
	if len(times) > 1 {
		f.step = max(1, times[1]-times[0])
	}
	shift = max(0, int64(delay)*f.step-times[0])
	f.times = make([]int64, len(times))
	for i, t := range times {
		f.times[i] = t + shift
	}
	f.end = end + shift
	return f, shift
}

// segment writes the frames of s, whose first is frame base of the film.
func (f *fragmentWriter) segment(s *segment, base int, sei []byte, prefix int, hevc bool) error {
	for i := range s.samples {
		sm := &s.samples[i]
		data, err := f.load(s, sm)
		if err != nil {
			return err
		}
		if sm.key && sei != nil {
			if data, err = withSEI(data, sei, hevc, prefix); err != nil {
				return err
			}
		}
		dts := f.decodeTime(base + i)
		shown := base + sm.rank
		until := f.end
		if shown+1 < len(f.times) {
			until = f.times[shown+1]
		}
		at := f.times[shown]
		if at < dts {
			return fmt.Errorf("%w: frame %d is decoded after it is shown", ErrCorrupt, shown)
		}
		f.number++
		f.head = fragment(f.head[:0], uint32(f.number), dts, uint32(at-dts), uint32(max(1, until-at)), uint32(len(data)), sm.key)
		if _, err := f.w.Write(f.head); err != nil {
			return err
		}
		if _, err := f.w.Write(data); err != nil {
			return err
		}
	}
	return nil
}

// decodeTime gives frame i in decoding order the showing time of the frame
// delay places before: never later than it is shown, always increasing.
func (f *fragmentWriter) decodeTime(i int) int64 {
	if i >= f.delay {
		return f.times[i-f.delay]
	}
	return f.times[0] - int64(f.delay-i)*f.step
}

func (f *fragmentWriter) load(s *segment, sm *sample) ([]byte, error) {
	if cap(f.data) < sm.size {
		f.data = make([]byte, sm.size+sm.size/4)
	}
	data := f.data[:sm.size]
	if _, err := s.ReadAt(data, sm.at); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	return data, nil
}
