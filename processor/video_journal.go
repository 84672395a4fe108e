package processor

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"spatialmaker/processor/media"
)

// journal is what a film's conversion remembers across a crash, in a hidden
// folder beside the first output: finished segments of every output, and one
// line for each row of them in a file that is only appended to. What has no
// line, or a torn one, was not finished.
type journal struct {
	dir  string
	file *os.File
	rows []journalRow
	end  *journalEnd
}

// journalRow is a row of finished segments, one for each output.
type journalRow struct {
	Times  []int64 `json:"times"`  // PTS of its frames
	Screen screen  `json:"screen"` // after its last frame
}

// journalEnd tells that the source was read to its end.
type journalEnd struct {
	Report media.VideoReport `json:"report"`
}

type journalLine struct {
	Key string      `json:"key,omitempty"` // first line only: what the work depends on
	Row *journalRow `json:"row,omitempty"`
	End *journalEnd `json:"end,omitempty"`
}

const (
	workSuffix  = ".spatialmaker"
	journalName = "journal"
	// leftoverAge is when an interrupted film is taken to be given up.
	leftoverAge = 30 * 24 * time.Hour
)

// workFolder is where the film written to path is worked on.
func workFolder(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+workSuffix)
}

// openJournal goes on with the journal in dir if it was written under the same
// key; any other is removed with its segments. fresh asks for that in any case.
func openJournal(dir, key string, fresh bool) (*journal, error) {
	j := &journal{dir: dir}
	if !fresh {
		if err := j.load(key); err == nil {
			return j, nil
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("begin anew: %w", err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("make work folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, journalName), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("make journal: %w", err)
	}
	j.file = f
	return j, j.append(journalLine{Key: key})
}

var errOtherJournal = errors.New("journal of other work")

// load reads the journal and cuts off what was not written whole.
func (j *journal) load(key string) error {
	f, err := os.OpenFile(filepath.Join(j.dir, journalName), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	good, err := j.read(f, key)
	if err == nil {
		err = f.Truncate(good)
	}
	if err == nil {
		_, err = f.Seek(good, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return err
	}
	j.file = f
	return nil
}

func (j *journal) read(r io.Reader, key string) (good int64, err error) {
	b := bufio.NewReader(r)
	for n := 0; ; n++ {
		line, err := b.ReadBytes('\n')
		if err != nil {
			if errors.Is(err, io.EOF) && n > 0 {
				return good, nil
			}
			return 0, errOtherJournal
		}
		var l journalLine
		if json.Unmarshal(line, &l) != nil {
			if n == 0 {
				return 0, errOtherJournal
			}
			return good, nil
		}
		switch {
		case n == 0 && l.Key != key:
			return 0, errOtherJournal
		case l.Row != nil:
			j.rows = append(j.rows, *l.Row)
		case l.End != nil:
			j.end = l.End
		}
		good += int64(len(line))
	}
}

// append adds a line and brings it to the disk.
func (j *journal) append(l journalLine) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write journal: %w", diskFull(err))
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write journal: %w", diskFull(err))
	}
	return nil
}

// segment is the file of an output's segment in a row.
func (j *journal) segment(row, output int) string {
	return filepath.Join(j.dir, fmt.Sprintf("%06d-%d%s", row, output, media.SegmentExt))
}

// finish records a row whose segments, of the given outputs, are whole, after
// bringing them to disk.
func (j *journal) finish(row journalRow, outputs []int) error {
	for _, i := range outputs {
		if err := syncFile(j.segment(len(j.rows), i)); err != nil {
			return err
		}
	}
	if err := j.append(journalLine{Row: &row}); err != nil {
		return err
	}
	j.rows = append(j.rows, row)
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return diskFull(f.Sync())
}

// ended records that the source is read to its end.
func (j *journal) ended(r media.VideoReport) error {
	j.end = &journalEnd{Report: r}
	return j.append(journalLine{End: j.end})
}

// times lists the times of all finished frames.
func (j *journal) times() (out []int64) {
	for _, r := range j.rows {
		out = append(out, r.Times...)
	}
	return out
}

// close keeps the folder for another run.
func (j *journal) close() {
	if j.file != nil {
		j.file.Close()
	}
}

// remove gives the work up, or clears up after it is done.
func (j *journal) remove() {
	j.close()
	os.RemoveAll(j.dir)
}

// sweep removes work folders in dir that nobody came back for.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), ".") || !strings.HasSuffix(e.Name(), workSuffix) {
			continue
		}
		st, err := os.Stat(filepath.Join(dir, e.Name(), journalName))
		if err == nil && time.Since(st.ModTime()) > leftoverAge {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// identity tells a file apart from another of the same name: its size, its
// time, and a hash of pieces spread over it (whole films are too long to read).
type identity struct {
	Size int64     `json:"size"`
	Time time.Time `json:"time"`
	Hash string    `json:"hash"`
}

const (
	identityPieces = 16
	identityPiece  = 64 << 10
)

func identify(path string) (identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return identity{}, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return identity{}, err
	}
	h := sha256.New()
	buf := make([]byte, identityPiece)
	step := max(identityPiece, (st.Size()-identityPiece)/(identityPieces-1))
	for at := int64(0); at < st.Size(); at += step {
		n, err := f.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return identity{}, err
		}
		h.Write(buf[:n])
	}
	return identity{Size: st.Size(), Time: st.ModTime().UTC(), Hash: hex.EncodeToString(h.Sum(nil)[:16])}, nil
}

// unchanged reports whether the file is still the one that was identified.
func (id identity) unchanged(path string) error {
	st, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w: it is gone", path, media.ErrChangedInput)
	case err != nil:
		return err
	case st.Size() != id.Size || !st.ModTime().Equal(id.Time):
		return fmt.Errorf("%s: %w", path, media.ErrChangedInput)
	}
	return nil
}

// keyOf hashes what work depends on.
func keyOf(parts ...any) string {
	h := sha256.New()
	for _, p := range parts {
		b, err := json.Marshal(p)
		if err != nil {
			// Only plain data is hashed; what cannot be written matches nothing.
			b = bytes.Repeat([]byte{0xff}, 8)
		}
		h.Write(b)
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
