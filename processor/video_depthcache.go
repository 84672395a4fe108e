package processor

import (
	"bufio"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"spatialmaker/processor/pix"
)

// DepthCache keeps the steadied depth of films, so that another strength or
// layout of the same film needs no network. A film is a folder named after
// what its depth depends on; its depth lies in pieces as long as a segment,
// each with the state that the next one goes on from.
type DepthCache struct {
	Dir   string
	Limit int64 // bytes; the films not used for longest go first
}

// DefaultDepthLimit holds about an hour of film at 448x252.
const DefaultDepthLimit = 8 << 30

// DepthUsage tells how full a depth cache is.
type DepthUsage struct {
	Films int   `json:"films"`
	Bytes int64 `json:"bytes"`
	Limit int64 `json:"limit"`
}

type cachedFilm struct {
	path  string
	bytes int64
	used  time.Time
}

func (c DepthCache) films() (out []cachedFilm, err error) {
	entries, err := os.ReadDir(c.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("depth cache: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		f := cachedFilm{path: filepath.Join(c.Dir, e.Name())}
		if st, err := e.Info(); err == nil {
			f.used = st.ModTime()
		}
		pieces, _ := os.ReadDir(f.path)
		for _, p := range pieces {
			if st, err := p.Info(); err == nil {
				f.bytes += st.Size()
			}
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b cachedFilm) int { return a.used.Compare(b.used) })
	return out, nil
}

// Usage tells how full the cache is.
func (c DepthCache) Usage() (DepthUsage, error) {
	films, err := c.films()
	u := DepthUsage{Films: len(films), Limit: c.Limit}
	for _, f := range films {
		u.Bytes += f.bytes
	}
	return u, err
}

// Clear removes everything.
func (c DepthCache) Clear() error {
	films, err := c.films()
	for _, f := range films {
		err = errors.Join(err, os.RemoveAll(f.path))
	}
	return err
}

// trim removes the oldest films until the rest fits; keep stays in any case.
func (c DepthCache) trim(keep string) {
	films, err := c.films()
	if err != nil {
		return
	}
	var sum int64
	for _, f := range films {
		sum += f.bytes
	}
	for _, f := range films {
		if sum <= c.Limit {
			return
		}
		if f.path != keep && os.RemoveAll(f.path) == nil {
			sum -= f.bytes
		}
	}
}

// depthPieces is one film's folder in the cache.
type depthPieces struct {
	cache DepthCache
	dir   string
	pool  *pix.Pool
}

// film opens the folder for a key and marks it as used.
func (c DepthCache) film(key string, pool *pix.Pool) (*depthPieces, error) {
	d := &depthPieces{cache: c, dir: filepath.Join(c.Dir, key), pool: pool}
	if err := os.MkdirAll(d.dir, 0o777); err != nil {
		return nil, fmt.Errorf("depth cache: %w", err)
	}
	now := time.Now()
	_ = os.Chtimes(d.dir, now, now) // an order that is a little off costs nothing
	return d, nil
}

// known returns the folder for a key where there is one.
func (c DepthCache) known(key string, pool *pix.Pool) *depthPieces {
	d := &depthPieces{cache: c, dir: filepath.Join(c.Dir, key), pool: pool}
	if st, err := os.Stat(d.dir); err != nil || !st.IsDir() {
		return nil
	}
	return d
}

func (d *depthPieces) path(row int) string { return filepath.Join(d.dir, fmt.Sprintf("%06d", row)) }

func (d *depthPieces) has(row int) bool {
	_, err := os.Stat(d.path(row))
	return err == nil
}

// drop removes the film's depth, when a piece turned out to be damaged.
func (d *depthPieces) drop() { os.RemoveAll(d.dir) }

// errBadPiece reports a damaged or foreign piece.
var errBadPiece = errors.New("damaged depth in the cache")

// A piece is, after the magic number, a deflated stream: per frame a marker,
// the PTS, the size, and the samples as differences to their left neighbour,
// all high bytes before all low ones; at the end a marker, the state, and a
// checksum of everything before.
const (
	pieceMagic = "SMDEPTH1"
	pieceFrame = 1
	pieceFirst = 2 // a frame that begins a shot
	pieceEnd   = 3
	maxState   = 64 << 20
	maxSide    = 1 << 14
)

// pieceWriter writes one piece; nothing is seen of it before finish.
type pieceWriter struct {
	d      *depthPieces
	row    int
	file   *os.File
	flate  *flate.Writer
	out    *bufio.Writer
	sum    uint32
	planes []byte
}

func (d *depthPieces) create(row int) (*pieceWriter, error) {
	if err := os.MkdirAll(d.dir, 0o777); err != nil { // it may have been cleared
		return nil, fmt.Errorf("depth cache: %w", diskFull(err))
	}
	f, err := os.CreateTemp(d.dir, ".new-")
	if err != nil {
		return nil, fmt.Errorf("depth cache: %w", diskFull(err))
	}
	w := &pieceWriter{d: d, row: row, file: f}
	// Differences of depth are noise in their low bits: only the shortness of
	// codes gains anything, searching for repeats does not.
	if w.flate, err = flate.NewWriter(f, flate.HuffmanOnly); err != nil {
		w.abort()
		return nil, err
	}
	w.out = bufio.NewWriterSize(w.flate, 1<<16)
	if _, err = io.WriteString(f, pieceMagic); err != nil {
		w.abort()
		return nil, fmt.Errorf("depth cache: %w", diskFull(err))
	}
	return w, nil
}

func (w *pieceWriter) write(b []byte) error {
	w.sum = crc32.Update(w.sum, crc32.IEEETable, b)
	if _, err := w.out.Write(b); err != nil {
		return fmt.Errorf("depth cache: %w", diskFull(err))
	}
	return nil
}

// add appends a quantised map.
func (w *pieceWriter) add(pts int64, m *pix.Map, first bool) error {
	head := []byte{pieceFrame}
	if first {
		head[0] = pieceFirst
	}
	head = binary.LittleEndian.AppendUint64(head, uint64(pts))
	head = binary.LittleEndian.AppendUint32(head, uint32(m.W))
	head = binary.LittleEndian.AppendUint32(head, uint32(m.H))
	if err := w.write(head); err != nil {
		return err
	}
	n := m.W * m.H
	if len(w.planes) < 2*n {
		w.planes = make([]byte, 2*n)
	}
	hi, lo := w.planes[:n], w.planes[n:2*n]
	i := 0
	for y := range m.H {
		left := uint16(0)
		for _, v := range m.Row(y) {
			q := quantum(v)
			d := q - left
			left = q
			hi[i], lo[i] = byte(d>>8), byte(d)
			i++
		}
	}
	return w.write(w.planes[:2*n])
}

// finish gives the piece its name, with the state its successor goes on from.
func (w *pieceWriter) finish(state []byte) error {
	tail := binary.LittleEndian.AppendUint32([]byte{pieceEnd}, uint32(len(state)))
	err := w.write(append(tail, state...))
	if err == nil {
		err = w.write(binary.LittleEndian.AppendUint32(nil, w.sum))
	}
	if err == nil {
		err = w.out.Flush()
	}
	if err == nil {
		err = w.flate.Close()
	}
	if err == nil {
		err = w.file.Sync()
	}
	if err != nil {
		w.abort()
		return fmt.Errorf("depth cache: %w", diskFull(err))
	}
	if err = w.file.Close(); err == nil {
		err = os.Rename(w.file.Name(), w.d.path(w.row))
	}
	if err != nil {
		w.abort()
		return fmt.Errorf("depth cache: %w", diskFull(err))
	}
	w.d.cache.trim(w.d.dir)
	return nil
}

func (w *pieceWriter) abort() {
	w.file.Close()
	os.Remove(w.file.Name())
}

// quantum is the 16-bit value of a nearness. Depth is rendered from what the
// cache holds, whether it comes from there or not, so that a film made with
// the cache is the same as one made without.
func quantum(v float32) uint16 { return uint16(v*65535 + 0.5) }

func quantise(m *pix.Map) {
	for y := range m.H {
		row := m.Row(y)
		for x, v := range row {
			row[x] = float32(quantum(min(1, max(0, v)))) / 65535
		}
	}
}

// pieceReader reads one piece.
type pieceReader struct {
	file   *os.File
	in     *bufio.Reader
	pool   *pix.Pool
	sum    uint32
	planes []byte
}

func (d *depthPieces) open(row int) (*pieceReader, error) {
	f, err := os.Open(d.path(row))
	if err != nil {
		return nil, err
	}
	magic := make([]byte, len(pieceMagic))
	if _, err := io.ReadFull(f, magic); err != nil || string(magic) != pieceMagic {
		f.Close()
		return nil, errBadPiece
	}
	return &pieceReader{file: f, in: bufio.NewReaderSize(flate.NewReader(bufio.NewReader(f)), 1<<16), pool: d.pool}, nil
}

func (r *pieceReader) close() { r.file.Close() }

func (r *pieceReader) read(b []byte) error {
	if _, err := io.ReadFull(r.in, b); err != nil {
		return fmt.Errorf("%w: %w", errBadPiece, err)
	}
	r.sum = crc32.Update(r.sum, crc32.IEEETable, b)
	return nil
}

// next returns the next map, or the piece's state behind the last.
func (r *pieceReader) next() (pts int64, m *pix.Map, first bool, state []byte, err error) {
	var head [17]byte
	if err = r.read(head[:1]); err != nil {
		return
	}
	if head[0] == pieceEnd {
		state, err = r.state()
		return
	}
	if err = r.read(head[1:]); err != nil {
		return
	}
	w, h := binary.LittleEndian.Uint32(head[9:]), binary.LittleEndian.Uint32(head[13:])
	if head[0] > pieceFirst || w < 1 || h < 1 || w > maxSide || h > maxSide {
		return 0, nil, false, nil, errBadPiece
	}
	n := int(w * h)
	if len(r.planes) < 2*n {
		r.planes = make([]byte, 2*n)
	}
	if err = r.read(r.planes[:2*n]); err != nil {
		return
	}
	m = r.pool.Map(int(w), int(h))
	hi, lo := r.planes[:n], r.planes[n:2*n]
	i := 0
	for y := range m.H {
		row, v := m.Row(y), uint16(0)
		for x := range row {
			v += uint16(hi[i])<<8 | uint16(lo[i])
			row[x] = float32(v) / 65535
			i++
		}
	}
	return int64(binary.LittleEndian.Uint64(head[1:])), m, head[0] == pieceFirst, nil, nil
}

func (r *pieceReader) state() ([]byte, error) {
	var size [4]byte
	if err := r.read(size[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n > maxState {
		return nil, errBadPiece
	}
	state := make([]byte, n)
	if err := r.read(state); err != nil {
		return nil, err
	}
	want := r.sum
	if err := r.read(size[:]); err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(size[:]) != want {
		return nil, errBadPiece
	}
	return state, nil
}

// endState reads a piece through to the state at its end.
func (d *depthPieces) endState(row int) ([]byte, error) {
	r, err := d.open(row)
	if err != nil {
		return nil, err
	}
	defer r.close()
	for {
		_, m, _, state, err := r.next()
		if err != nil {
			return nil, err
		}
		if m == nil {
			return state, nil
		}
		m.Release()
	}
}
