package viewmodel

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"time"

	"spatialmaker/processor"
)

// Look is the choice between light and dark.
type Look string

// The looks.
const (
	LookSystem Look = "system"
	LookLight  Look = "light"
	LookDark   Look = "dark"
)

// Prefs is what is kept from one run to the next.
type Prefs struct {
	Version   int                `json:"version"`
	Look      Look               `json:"look"`
	Language  string             `json:"language"` // "" follows the system
	Backend   processor.Backend  `json:"backend"`
	Workers   int                `json:"workers"` // 0: one a core
	Notify    bool               `json:"notify"`
	Sound     bool               `json:"sound"`
	KeepAwake bool               `json:"keep_awake"`
	Options   processor.Options  `json:"options"`
	Presets   []Preset           `json:"presets,omitempty"`
	Advanced  bool               `json:"advanced,omitempty"`
	Mode      Mode               `json:"mode,omitempty"`
	Width     float32            `json:"width,omitempty"`
	Height    float32            `json:"height,omitempty"`
	Speeds    map[string]float64 `json:"speeds,omitempty"` // seconds a picture, by model
	Welcomed  bool               `json:"welcomed,omitempty"`
}

const prefsVersion = 1

// DefaultPrefs is what the program starts with.
func DefaultPrefs() Prefs {
	return Prefs{
		Version: prefsVersion, Look: LookSystem, Backend: processor.AutoBackend,
		Notify: true, Sound: true, KeepAwake: true, Options: processor.DefaultOptions(), Mode: ModeSBS,
	}
}

// Settings keeps the Prefs in a file. Changes are written by a goroutine, the
// newest only; Close writes what is still to be written.
type Settings struct {
	change
	file string

	mu      sync.Mutex
	prefs   Prefs
	dirty   bool
	failed  error
	onSave  func(error)
	wake    chan struct{}
	stopped chan struct{}
	wg      sync.WaitGroup
}

// OpenSettings reads the file; without one the defaults hold. A file that
// cannot be understood is put aside under another name and reported; the
// settings are usable all the same. An empty name keeps nothing.
func OpenSettings(file string) (*Settings, error) {
	s := &Settings{file: file, prefs: DefaultPrefs(), wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	err := s.load()
	s.wg.Go(s.run)
	return s, err
}

func (s *Settings) load() error {
	if s.file == "" {
		return nil
	}
	raw, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	p := DefaultPrefs() // what an older file lacks has its default
	if err := json.Unmarshal(raw, &p); err != nil || p.Version != prefsVersion {
		aside := s.file + ".unreadable"
		if rerr := os.Rename(s.file, aside); rerr != nil {
			aside = s.file
		}
		return fmt.Errorf("the settings in %s cannot be read (version %d): %w", aside, p.Version, err)
	}
	if p.Options.Validate() != nil {
		p.Options = processor.DefaultOptions()
	}
	s.prefs = p
	return nil
}

// OnChange sets who is told that Prefs has changed.
func (s *Settings) OnChange(fn func()) { s.listen(fn) }

// OnSave sets who is told whether the settings could be written, nil when they
// could.
func (s *Settings) OnSave(fn func(error)) {
	s.mu.Lock()
	s.onSave = fn
	s.mu.Unlock()
}

// Prefs returns the settings as they stand.
func (s *Settings) Prefs() Prefs {
	s.read()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.prefs
}

// Change alters the settings and has them written.
func (s *Settings) Change(fn func(*Prefs)) {
	s.mu.Lock()
	before := s.prefs
	fn(&s.prefs)
	if reflect.DeepEqual(before, s.prefs) {
		s.mu.Unlock()
		return
	}
	s.dirty = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	s.tell()
}

// writeAgain is the pause before a write that failed is tried again.
const writeAgain = 5 * time.Second

func (s *Settings) run() {
	var again <-chan time.Time
	for {
		select {
		case <-s.wake:
		case <-again:
		case <-s.stopped:
			return
		}
		s.write()
		again = nil
		s.mu.Lock()
		if s.failed != nil {
			again = time.After(writeAgain)
		}
		s.mu.Unlock()
	}
}

// write saves the settings if they have changed since they were saved last.
func (s *Settings) write() {
	s.mu.Lock()
	if !s.dirty || s.file == "" {
		s.mu.Unlock()
		return
	}
	s.dirty = false
	raw, err := json.MarshalIndent(s.prefs, "", "  ")
	s.mu.Unlock()
	if err == nil {
		err = replaceFile(s.file, raw)
	}
	s.mu.Lock()
	s.failed = err
	s.dirty = s.dirty || err != nil
	told := s.onSave
	s.mu.Unlock()
	if told != nil {
		told(err)
	}
}

// Close writes what has changed and ends the goroutine. It returns the error
// of the last write.
func (s *Settings) Close() error {
	close(s.stopped)
	s.wg.Wait()
	s.write()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("save the settings: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("save the settings: %w", err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("save the settings: %w", err), os.Remove(f.Name()))
	}
	return nil
}
