package processor

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pix"
	"spatialmaker/processor/stereo"
)

// A film whose depth lies in the cache, because it has been exported once, is
// previewed from there: with the very depth that its next export is rendered
// from, and with the screen where that has it. No network runs for it.

// walkBack is how many pieces before a frame's own are read to find where its
// shot began, which the screen follows from: about a minute of film.
const walkBack = 6

// knownKey is what the depth of a film in the cache depends on.
type knownKey struct {
	film            sourceKey // without a moment
	model           string
	backend         Backend
	use             NetworkUse
	steady          float64
	start, duration time.Duration
	layout          pix.Layout
}

// knownFilm reads the depth of a film out of the cache.
type knownFilm struct {
	key    knownKey
	name   string // in the cache
	model  string // that made it
	pieces *depthPieces
	rows   map[int]*knownRow
	row    int      // the one that m is of
	at     int      // the place of m in it
	m      *pix.Map // of the frame found last, nil for none
	reader *pieceReader
	since  struct{ row, at int } // where the screen was set that m has
}

// knownRow is what the screen follows in a piece, as far as it has been read.
type knownRow struct {
	pts   []int64
	want  []float64 // the convergence of each frame alone
	first []bool    // of its shot
	whole bool
}

// knownDepth is a frame's depth out of the cache, lent until the next is asked
// for, and where the screen stands.
type knownDepth struct {
	m      *pix.Map
	screen float64
	// sure says that the screen is where an export has it; the shot's beginning
	// has been found.
	sure bool
}

func (k *knownFilm) close() {
	if k == nil {
		return
	}
	k.shut()
	k.m.Release()
	k.m = nil
}

func (k *knownFilm) shut() {
	if k.reader != nil {
		k.reader.close()
		k.reader = nil
	}
}

// known returns the depth that the cache has for the film's present frame; ok is
// false where it has none. A hasty request does not look for the shot's
// beginning in other pieces.
func (p *Preview) known(ctx context.Context, key sourceKey, q PreviewRequest) (d knownDepth, ok bool, err error) {
	o := q.Options
	if p.film == nil || o.DepthMap != "" {
		return d, false, nil
	}
	key.at = 0
	k := knownKey{
		film: key, model: p.engine.modelName(o), backend: o.Backend, use: o.FilmUse(), steady: o.Steady,
		start: o.Start, duration: o.Duration, layout: filmLayout(p.film.info, o),
	}
	if p.depths == nil || p.depths.key != k {
		p.depths.close()
		if p.depths, err = p.engine.knownFilm(k, p.film.info, o); err != nil {
			return d, false, nil // the network's own run tells what is wrong
		}
	}
	d, ok, err = p.depths.frame(ctx, p.engine, p.film.pts, o.Convergence.Auto && !q.Hasty)
	if err != nil && ctx.Err() == nil { // damaged or gone: the export will make it anew
		p.depths.close()
		p.depths = nil
		return d, false, nil
	}
	if ok && !o.Convergence.Auto {
		d.screen, d.sure = o.Convergence.Value, true
	}
	return d, ok, err
}

// knownFilm finds a film's name in the cache.
func (e *Engine) knownFilm(k knownKey, info *media.VideoInfo, o Options) (*knownFilm, error) {
	id, err := identify(info.Path)
	if err != nil {
		return nil, err
	}
	model, err := e.filmModel(o)
	if err != nil {
		return nil, err
	}
	name, _ := model[0].(string)
	return &knownFilm{key: k, name: e.filmDepthKey(id, info, model, o), model: name, rows: map[int]*knownRow{}}, nil
}

// frame returns the depth of the frame of this time; back allows earlier pieces
// to be read for the screen.
func (k *knownFilm) frame(ctx context.Context, e *Engine, pts int64, back bool) (d knownDepth, ok bool, err error) {
	if k.pieces == nil { // it may be exported while it is looked at
		if k.pieces = e.Depths().known(k.name, e.pool); k.pieces == nil {
			return d, false, nil
		}
	}
	row, err := k.rowOf(pts)
	if err != nil || row < 0 {
		return d, false, err
	}
	if ok, err = k.find(ctx, row, pts); err != nil || !ok {
		return d, false, err
	}
	d.m = k.m
	d.screen, d.sure, err = k.screen(ctx, back)
	return d, err == nil, err
}

// rowOf is the piece that a frame lies in if it is there at all, -1 for none.
func (k *knownFilm) rowOf(pts int64) (int, error) {
	n := 1
	for k.pieces.has(n - 1) {
		n *= 2
	}
	n = sort.Search(n, func(i int) bool { return !k.pieces.has(i) }) // pieces are made in their order
	var failed error
	row := sort.Search(n, func(i int) bool {
		begin, err := k.begin(i)
		failed = errors.Join(failed, err)
		return begin > pts
	}) - 1
	return row, failed
}

// begin is the time of a piece's first frame.
func (k *knownFilm) begin(row int) (int64, error) {
	if r := k.rows[row]; r != nil && len(r.pts) > 0 {
		return r.pts[0], nil
	}
	in, err := k.pieces.open(row)
	if err != nil {
		return 0, err
	}
	defer in.close()
	pts, m, first, _, err := in.next()
	if err == nil && m == nil {
		err = errBadPiece
	}
	if err != nil {
		return 0, err
	}
	k.rows[row] = &knownRow{pts: []int64{pts}, want: []float64{stereo.AutoConvergence(m)}, first: []bool{first}}
	m.Release()
	return pts, nil
}

// find reads a piece up to the frame of this time.
func (k *knownFilm) find(ctx context.Context, row int, pts int64) (bool, error) {
	if r := k.rows[row]; k.m != nil && k.row == row && r.pts[k.at] == pts {
		return true, nil
	}
	if r := k.rows[row]; k.reader == nil || k.row != row || k.m == nil || r.pts[k.at] > pts {
		k.close()
		var err error
		if k.reader, err = k.pieces.open(row); err != nil {
			return false, err
		}
		k.row, k.at = row, -1
	}
	for {
		more, err := k.step(ctx)
		if err != nil || !more {
			return false, err
		}
		switch at := k.rows[row].pts[k.at]; {
		case at == pts:
			return true, nil
		case at > pts:
			return false, nil
		}
	}
}

// step reads the next frame of the open piece.
func (k *knownFilm) step(ctx context.Context) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	pts, m, first, _, err := k.reader.next()
	if err != nil {
		return false, fmt.Errorf("piece %d: %w", k.row, err)
	}
	r := k.rows[k.row]
	if m == nil {
		r.whole = true
		k.close() // the reader stands behind the end
		return false, nil
	}
	k.m.Release()
	k.m = m
	if k.at++; k.at == len(r.pts) {
		r.pts, r.want, r.first = append(r.pts, pts), append(r.want, stereo.AutoConvergence(m)), append(r.first, first)
	}
	return true, nil
}

// screen is where the screen stands at the frame found. It is followed from the
// beginning of the shot, for which earlier pieces are read when back allows.
func (k *knownFilm) screen(ctx context.Context, back bool) (at float64, sure bool, err error) {
	row, from := k.row, k.at
	for ; ; row, from = row-1, -1 {
		r := k.rows[row]
		if from < 0 {
			from = len(r.pts) - 1
		}
		for from > 0 && !r.first[from] {
			from--
		}
		if sure = r.first[from]; sure || row == 0 || row == k.row-walkBack {
			break
		}
		if before := k.rows[row-1]; before == nil || !before.whole {
			if !back {
				break
			}
			if err := k.readRow(ctx, row-1); err != nil {
				return 0, false, err
			}
		}
	}
	k.since.row, k.since.at = row, from
	return k.follow(row, from), sure, nil
}

// follow is where the screen stands at the frame found when it was set at frame
// from of row.
func (k *knownFilm) follow(row, from int) float64 {
	var s screen
	for ; row <= k.row; row, from = row+1, 0 {
		r := k.rows[row]
		for i := from; i < len(r.pts) && (row < k.row || i <= k.at); i++ {
			s.follow(r.want[i], r.first[i])
		}
	}
	return s.At
}

// readRow reads a whole piece for what the screen follows in it.
func (k *knownFilm) readRow(ctx context.Context, row int) error {
	side := knownFilm{pieces: k.pieces, rows: k.rows, row: row, at: -1}
	defer side.close()
	if k.rows[row] == nil {
		k.rows[row] = &knownRow{}
	}
	var err error
	if side.reader, err = k.pieces.open(row); err != nil {
		return err
	}
	for more := true; more && err == nil; {
		more, err = side.step(ctx)
	}
	if err == nil && len(k.rows[row].pts) == 0 {
		err = errBadPiece
	}
	return err
}
