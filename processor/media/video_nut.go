package media

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
)

// NUT is the container in which decoded frames come from ffmpeg: of those it
// can write to a pipe it is the only one that holds raw video with the times
// of any time base, exactly. Measured beside bare rawvideo it costs nothing.
// Layout: https://ffmpeg.org/~michael/nut.txt (version 3).
const (
	nutID        = "nut/multimedia container\x00"
	nutMain      = 0x4E4D7A561F5F04AD
	nutStream    = 0x4E5311405BF2F9DB
	nutSyncpoint = 0x4E4BE4ADEECA4569
)

// Flags of a frame code.
const (
	nutCodedPTS  = 1 << 3
	nutStreamID  = 1 << 4
	nutSizeMSB   = 1 << 5
	nutChecksum  = 1 << 6
	nutReserved  = 1 << 7
	nutSideData  = 1 << 8
	nutHeaderIdx = 1 << 10
	nutMatchTime = 1 << 11
	nutCoded     = 1 << 12
	nutInvalid   = 1 << 13
)

// nutMaxPacket bounds a header packet, nutElideMax the frames whose first
// bytes may be left out.
const (
	nutMaxPacket = 1 << 16
	nutElideMax  = 4096
)

var errNUT = errors.New("not the stream of frames that was asked for")

type nutCode struct {
	flags, stream, mul, lsb, reserved, header uint64
	pts                                       int64
}

// nutReader reads the frames of the one stream in a NUT file.
type nutReader struct {
	r         *bufio.Reader
	bases     []Ratio
	codes     [256]nutCode
	headers   [][]byte // beginnings of frames that are left out
	base      Ratio    // of the stream
	msbShift  uint64
	last      int64 // pts of the frame before
	streams   uint64
	payload   int    // bytes of the current frame not read yet
	elided    []byte // first bytes of the current frame, to be handed out first
	sawStream bool
}

// newNUTReader reads the headers up to the first frame.
func newNUTReader(r io.Reader) (*nutReader, error) {
	n := &nutReader{r: bufio.NewReaderSize(r, 1<<16)}
	id := make([]byte, len(nutID))
	if _, err := io.ReadFull(n.r, id); err != nil {
		return nil, err
	}
	if string(id) != nutID {
		return nil, fmt.Errorf("%w: no NUT header", errNUT)
	}
	return n, nil
}

// next reads up to the payload of the next frame: its size in bytes, to be
// read with Read to the last byte, and its time in ticks of n.base. io.EOF
// ends the stream.
func (n *nutReader) next() (size int, pts int64, err error) {
	if n.payload > 0 {
		return 0, 0, fmt.Errorf("%w: frame left half read", errNUT)
	}
	for {
		code, err := n.r.ReadByte()
		if err != nil {
			return 0, 0, err // a clean end falls between two frames
		}
		if code != 'N' {
			size, pts, err = n.frame(n.codes[code])
			return size, pts, unexpected(err)
		}
		if err := n.packet(); err != nil {
			return 0, 0, unexpected(err)
		}
	}
}

// unexpected turns an end of file inside a structure into its own error.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Read hands out the payload of the frame that next found.
func (n *nutReader) Read(p []byte) (int, error) {
	if len(n.elided) > 0 {
		k := copy(p, n.elided)
		n.elided = n.elided[k:]
		n.payload -= k
		return k, nil
	}
	if n.payload == 0 {
		return 0, io.EOF
	}
	k, err := n.r.Read(p[:min(len(p), n.payload)])
	n.payload -= k
	return k, unexpected(err)
}

// packet reads a header packet whose first byte is read already.
func (n *nutReader) packet() error {
	var rest [7]byte
	if _, err := io.ReadFull(n.r, rest[:]); err != nil {
		return err
	}
	code := uint64('N')<<56 | uint64(rest[0])<<48 | uint64(rest[1])<<40 | uint64(binary.BigEndian.Uint32(rest[2:]))<<8 | uint64(rest[6])
	size, err := n.varint()
	if err != nil {
		return err
	}
	if size > nutElideMax { // a checksum of the header follows
		if _, err := n.r.Discard(4); err != nil {
			return err
		}
	}
	if size > nutMaxPacket {
		_, err := n.r.Discard(int(min(size, math.MaxInt32))) // an index: not for us
		return err
	}
	if size < 4 {
		return fmt.Errorf("%w: packet of %d bytes", errNUT, size)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(n.r, body); err != nil {
		return err
	}
	p := &nutFields{b: body[:size-4]}
	switch code {
	case nutMain:
		n.mainHeader(p)
	case nutStream:
		n.streamHeader(p)
	case nutSyncpoint:
		n.syncpoint(p)
	default:
		return nil // info, index
	}
	return p.err
}

func (n *nutReader) mainHeader(p *nutFields) {
	const versions = 4
	version := p.varint()
	if version > versions {
		p.fail("version %d", version)
	}
	if version > 3 {
		p.varint() // minor version
	}
	n.streams = p.varint()
	p.varint() // largest distance between syncpoints
	count := p.varint()
	if n.streams != 1 || count < 1 || count > 64 {
		p.fail("%d streams, %d time bases", n.streams, count)
		return
	}
	n.bases = n.bases[:0]
	for range count {
		n.bases = append(n.bases, Ratio{int64(p.varint()), int64(p.varint())})
	}
	n.frameCodes(p)
	n.headers = append(n.headers[:0], nil)
	left := p.varint()
	for ; left > 0 && p.err == nil; left-- {
		n.headers = append(n.headers, p.bytes())
	}
}

// frameCodes reads the table that gives each first byte of a frame its
// meaning. Fields that are left out keep the value of the entry before.
func (n *nutReader) frameCodes(p *nutFields) {
	var c nutCode
	c.mul = 1
	for i := 0; i < 256 && p.err == nil; {
		c.flags = p.varint()
		fields := p.varint()
		if fields > 0 {
			c.pts = p.signed()
		}
		c.mul = p.varintIf(fields > 1, c.mul)
		c.stream = p.varintIf(fields > 2, c.stream)
		size := p.varintIf(fields > 3, 0)
		c.reserved = p.varintIf(fields > 4, 0)
		count := p.varintIf(fields > 5, c.mul-size)
		if fields > 6 {
			p.signed()
		}
		c.header = p.varintIf(fields > 7, c.header)
		for j := uint64(8); j < fields && p.err == nil; j++ {
			p.varint()
		}
		if count == 0 || count > 256 {
			p.fail("frame code repeated %d times", count)
		}
		for j := uint64(0); j < count && i < 256 && p.err == nil; i++ {
			if i == 'N' {
				n.codes[i].flags = nutInvalid
				continue
			}
			n.codes[i] = c
			n.codes[i].lsb = size + j
			j++
		}
	}
}

func (n *nutReader) streamHeader(p *nutFields) {
	p.varint() // id
	p.varint() // class
	p.bytes()  // fourcc
	base := p.varint()
	n.msbShift = p.varint()
	if p.err == nil && (base >= uint64(len(n.bases)) || n.msbShift >= 16) {
		p.fail("time base %d of %d", base, len(n.bases))
		return
	}
	if p.err == nil {
		n.base, n.sawStream = n.bases[base], true
		if !n.base.Valid() {
			p.fail("time base %s", n.base)
		}
	}
}

// syncpoint sets the clock that coded times are relative to.
func (n *nutReader) syncpoint(p *nutFields) {
	t := p.varint()
	if p.err != nil || !n.sawStream {
		p.fail("syncpoint before the headers")
		return
	}
	count := uint64(len(n.bases))
	from := n.bases[t%count]
	// Rounded down, as the specification asks; Rescale rounds to the nearest.
	num := new(big.Int).SetUint64(t / count)
	num.Mul(num, big.NewInt(from.Num)).Mul(num, big.NewInt(n.base.Den))
	den := new(big.Int).Mul(big.NewInt(from.Den), big.NewInt(n.base.Num))
	if den.Sign() <= 0 {
		p.fail("time base %s", from)
		return
	}
	n.last = num.Quo(num, den).Int64()
}

func (n *nutReader) frame(c nutCode) (size int, pts int64, err error) {
	if !n.sawStream {
		return 0, 0, fmt.Errorf("%w: frame before the headers", errNUT)
	}
	p := &nutFields{src: n.r}
	if c.flags&nutCoded != 0 {
		c.flags ^= p.varint()
	}
	if c.flags&(nutInvalid|nutSideData) != 0 {
		return 0, 0, fmt.Errorf("%w: frame flags %#x", errNUT, c.flags)
	}
	c.stream = p.varintIf(c.flags&nutStreamID != 0, c.stream)
	pts = n.last + c.pts
	if c.flags&nutCodedPTS != 0 {
		pts = n.fullPTS(p.varint())
	}
	bytes := c.lsb
	if c.flags&nutSizeMSB != 0 {
		bytes += p.product(c.mul)
	}
	if c.flags&nutMatchTime != 0 {
		p.signed()
	}
	c.header = p.varintIf(c.flags&nutHeaderIdx != 0, c.header)
	c.reserved = p.varintIf(c.flags&nutReserved != 0, c.reserved)
	for ; c.reserved > 0 && p.err == nil; c.reserved-- {
		p.varint()
	}
	if c.flags&nutChecksum != 0 && p.err == nil {
		_, p.err = n.r.Discard(4)
	}
	if p.err != nil {
		return 0, 0, p.err
	}
	if c.stream >= n.streams || bytes > math.MaxInt32 || c.header >= uint64(len(n.headers)) {
		return 0, 0, fmt.Errorf("%w: frame of stream %d, %d bytes", errNUT, c.stream, bytes)
	}
	n.elided = n.elision(c.header, bytes)
	n.last, n.payload = pts, int(bytes)
	return n.payload, pts, nil
}

// elision is what begins a frame of so many bytes and is left out of the file.
func (n *nutReader) elision(header, bytes uint64) []byte {
	if h := n.headers[header]; bytes <= nutElideMax && len(h) <= int(bytes) {
		return h
	}
	return nil
}

// fullPTS completes a coded time: small values are the low bits of a time near
// the last one, larger ones stand for themselves.
func (n *nutReader) fullPTS(coded uint64) int64 {
	span := int64(1) << n.msbShift
	if int64(coded) >= span || coded > math.MaxInt64 {
		return int64(coded) - span
	}
	delta := n.last - (span-1)/2
	return ((int64(coded) - delta) & (span - 1)) + delta
}

func (n *nutReader) varint() (uint64, error) {
	p := &nutFields{src: n.r}
	v := p.varint()
	return v, p.err
}

// nutFields reads the numbers of a packet in memory (b) or of a frame header
// as it comes (src). After a failure every read gives zero.
type nutFields struct {
	b   []byte
	src *bufio.Reader
	err error
}

func (p *nutFields) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: "+format, append([]any{errNUT}, args...)...)
	}
}

func (p *nutFields) byte() byte {
	if p.err != nil {
		return 0
	}
	if p.src != nil {
		var c byte
		c, p.err = p.src.ReadByte()
		return c
	}
	if len(p.b) == 0 {
		p.fail("packet too short")
		return 0
	}
	c := p.b[0]
	p.b = p.b[1:]
	return c
}

// varint reads seven bits a byte, the highest first.
func (p *nutFields) varint() uint64 {
	var v uint64
	for range 10 {
		c := p.byte()
		if p.err != nil {
			return 0
		}
		v = v<<7 | uint64(c&0x7f)
		if c&0x80 == 0 {
			return v
		}
	}
	p.fail("number too long")
	return 0
}

// varintIf reads a number where one is coded and gives standard where it is left
// out.
func (p *nutFields) varintIf(coded bool, standard uint64) uint64 {
	if coded {
		return p.varint()
	}
	return standard
}

// product reads the upper part of a size, which counts in units of mul bytes.
func (p *nutFields) product(mul uint64) uint64 {
	msb := p.varint()
	if msb > math.MaxInt32 || mul > math.MaxInt32 {
		p.fail("frame of %d x %d bytes", mul, msb)
	}
	return mul * msb
}

func (p *nutFields) signed() int64 {
	v := int64(p.varint()) + 1
	if v&1 != 0 {
		return -(v >> 1)
	}
	return v >> 1
}

func (p *nutFields) bytes() []byte {
	n := p.varint()
	if p.err != nil || n > uint64(len(p.b)) {
		p.fail("string of %d bytes", n)
		return nil
	}
	out := p.b[:n]
	p.b = p.b[n:]
	return out
}
