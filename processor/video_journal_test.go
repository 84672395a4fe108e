package processor

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"spatialmaker/processor/media"
	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// TestFilmStartsOver: a journal of other options or another input is no use.
func TestFilmStartsOver(t *testing.T) {
	dir := t.TempDir()
	j, err := openJournal(filepath.Join(dir, "w"), "key", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(j.segment(0, 0), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	row := journalRow{Times: []int64{1, 2, 5}, Screen: screen{At: 1.0 / 3, Set: true}}
	if err := j.finish(row, []int{0}); err != nil {
		t.Fatal(err)
	}
	j.close()
	again, err := openJournal(j.dir, "key", false)
	if err != nil || len(again.rows) != 1 || !slices.Equal(again.rows[0].Times, row.Times) || again.rows[0].Screen != row.Screen {
		t.Fatalf("%+v, %v", again, err)
	}
	// A line that was not written whole does not count, and is written over.
	if _, err := again.file.WriteString(`{"row":{"times":[7`); err != nil {
		t.Fatal(err)
	}
	again.close()
	torn, err := openJournal(j.dir, "key", false)
	if err != nil || len(torn.rows) != 1 {
		t.Fatalf("%+v, %v", torn, err)
	}
	if err := torn.ended(media.VideoReport{Frames: 3}); err != nil {
		t.Fatal(err)
	}
	torn.close()
	if whole, err := openJournal(j.dir, "key", false); err != nil || whole.end == nil || whole.end.Report.Frames != 3 {
		t.Fatalf("%+v, %v", whole, err)
	} else {
		whole.close()
	}
	other, err := openJournal(j.dir, "other key", false)
	if err != nil || len(other.rows) != 0 {
		t.Fatalf("%+v, %v", other, err)
	}
	if _, err := os.Stat(other.segment(0, 0)); !os.IsNotExist(err) {
		t.Error("segments of other work are still there")
	}
	other.remove()
}

const killEnv = "SPATIALMAKER_TEST_KILL"

// TestFilmSurvivesKills kills the process at random moments, starts the same
// command again each time, and compares the film with an uninterrupted one.
func TestFilmSurvivesKills(t *testing.T) {
	if args := os.Getenv(killEnv); args != "" {
		convertUntilKilled(t, strings.Split(args, "\n"))
		return
	}
	kills := 20
	if mediatest.Race {
		kills = 6
	}
	in := mediatest.Variant(t, "video", "vfr.mp4")
	dir := t.TempDir()
	o := losslessFilm(filepath.Join(dir, "whole", "out.mkv"))
	begin := time.Now()
	if s, err := runFilm(t, filmEngine(t, &sway{}, filepath.Join(dir, "cache1")), o, in); err != nil {
		t.Fatal(s.Err)
	}
	takes := time.Since(begin)
	want := frameHashes(t, o.Output)

	out, cache := filepath.Join(dir, "killed", "out.mkv"), filepath.Join(dir, "cache2")
	rnd := rand.New(rand.NewPCG(1, 2))
	start := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFilmSurvivesKills$")
		cmd.Env = append(os.Environ(), killEnv+"="+strings.Join([]string{in, out, cache}, "\n"))
		return cmd
	}
	for n := range kills {
		os.Remove(out) // finished early: once more, from the cache
		cmd := start()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rnd.Float64()*float64(takes)*1.2), func() { cmd.Process.Kill() })
		err := cmd.Wait()
		if timer.Stop() && err != nil {
			t.Fatalf("run %d ended by itself with %v", n, err)
		}
	}
	os.Remove(out)
	if text, err := start().CombinedOutput(); err != nil {
		t.Fatalf("the last run failed: %v\n%s", err, text)
	}
	if got := frameHashes(t, out); !slices.Equal(got, want) {
		t.Errorf("after %d kills the film has %d frames, and not those of %d", kills, len(got), len(want))
	}
	noTemporaries(t, filepath.Dir(out))
}

func convertUntilKilled(t *testing.T, args []string) {
	if s, err := runFilm(t, filmEngine(t, &sway{}, args[2]), losslessFilm(args[1]), args[0]); err != nil {
		t.Fatal(s.Err)
	}
}

// TestFilmPause holds a film and lets it go on.
func TestFilmPause(t *testing.T) {
	it := NewItem("x")
	it.begin(10)
	it.SetPaused(true)
	held := make(chan error)
	go func() { held <- it.hold(context.Background()) }()
	for it.Snapshot().State != Paused {
		time.Sleep(0)
	}
	it.SetPaused(false)
	if err := <-held; err != nil || it.Snapshot().State != Working {
		t.Errorf("%v, %s", err, it.Snapshot().State)
	}
	it.SetPaused(true)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := it.hold(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a paused film cannot be cancelled: %v", err)
	}
}

// TestShortage: where the same room was too little before, more is waited for.
func TestShortage(t *testing.T) {
	var s shortage
	if got := s.need(0); got != roomNeeded {
		t.Errorf("the first wait is for %d", got)
	}
	s = shortage{waited: true, frames: 240, free: 100 << 20}
	if got := s.need(240); got != 100<<20+roomNeeded {
		t.Errorf("no further on: waits for %d", got)
	}
	if got := s.need(480); got != roomNeeded {
		t.Errorf("further on: waits for %d", got)
	}
}

func TestByNumber(t *testing.T) {
	names := []string{"f10.png", "f2.png", "f1.png", "a.png", "f02b.png"}
	slices.SortFunc(names, natural)
	if want := []string{"a.png", "f1.png", "f2.png", "f02b.png", "f10.png"}; !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
}

// FuzzPiece feeds the reader of cached depth anything.
func FuzzPiece(f *testing.F) {
	d := &depthPieces{dir: f.TempDir(), cache: DepthCache{Dir: f.TempDir(), Limit: 1 << 20}}
	w, err := d.create(0)
	if err != nil {
		f.Fatal(err)
	}
	m := pix.NewMap(5, 3)
	m.Pix[4] = 1
	if err := errors.Join(w.add(7, m, true), w.finish([]byte("state"))); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(d.path(0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &depthPieces{dir: t.TempDir()}
		if err := os.WriteFile(d.path(0), data, 0o666); err != nil {
			t.Fatal(err)
		}
		r, err := d.open(0)
		if err != nil {
			return
		}
		defer r.close()
		for range 100 {
			_, m, _, _, err := r.next()
			if err != nil || m == nil {
				return
			}
		}
	})
}
