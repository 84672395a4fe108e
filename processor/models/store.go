package models

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Config opens a Store. The zero value of every field but Home is what the
// program uses; the rest is for tests and for embedding.
type Config struct {
	Home      string            // the program's folder
	Catalogue *Catalogue        // nil: DefaultCatalogue
	CoreML    *bool             // Core ML can run here; nil: on an Apple silicon Mac
	Transport http.RoundTripper // nil: the network, through the proxy that the environment names
	Getenv    func(string) string
	Exe       string                           // the program's own path
	Free      func(dir string) (uint64, error) // free bytes for this user on the disk of dir
}

// Store is the models on this machine.
type Store struct {
	cfg    Config
	cat    *Catalogue
	coreml bool
	root   string // Home/models
}

// Open opens the store in the given home folder, "" for DefaultHome. Nothing
// is created before something is to be kept, so opening does not fail on a
// full or read-only disk.
func Open(home string) (*Store, error) {
	if home == "" {
		var err error
		if home, err = DefaultHome(); err != nil {
			return nil, err
		}
	}
	return New(Config{Home: home}), nil
}

// New opens a store with the given configuration.
func New(cfg Config) *Store {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Exe == "" {
		cfg.Exe, _ = os.Executable() // without it only the places beside the program are missed
	}
	s := &Store{cfg: cfg, cat: cfg.Catalogue, root: filepath.Join(cfg.Home, "models")}
	if s.cat == nil {
		s.cat = DefaultCatalogue()
	}
	s.coreml = runtime.GOOS == "darwin" && runtime.GOARCH == "arm64"
	if cfg.CoreML != nil {
		s.coreml = *cfg.CoreML
	}
	return s
}

// Catalogue returns the models known by name.
func (s *Store) Catalogue() *Catalogue { return s.cat }

// Path is the folder the models are kept in; it may not exist yet.
func (s *Store) Path() string { return s.root }

// Layout of the store's folder:
//
//	content/<id>/...      a model's files; id is the hash of its list of names and hashes
//	installed/<name>.json the receipt: which content a name stands for
//	incoming/...          downloads and unpacking under way
//	compiled/...          Core ML packages compiled for this system
const (
	contentDir   = "content"
	installedDir = "installed"
	incomingDir  = "incoming"
	compiledDir  = "compiled"
)

// receipt records what was installed under a name.
type receipt struct {
	Name     string     `json:"name"`
	Content  string     `json:"content"`
	Main     string     `json:"main"`
	Files    []kept     `json:"files"`
	Source   string     `json:"source"`              // address or file it came from
	FirstUse bool       `json:"first_use,omitempty"` // no hash was published; recorded here
	When     time.Time  `json:"when"`
	Added    *addedInfo `json:"added,omitempty"` // a model brought by hand
}

// kept is one file of an installed model.
type kept struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// addedInfo describes a model that is in no catalogue.
type addedInfo struct {
	Title      string     `json:"title"`
	Backend    Backend    `json:"backend"`
	Descriptor Descriptor `json:"descriptor"`
}

// contentID is the hash over a model's file names and hashes, in name order.
func contentID(files []kept) string {
	files = slices.SortedFunc(slices.Values(files), func(a, b kept) int { return strings.Compare(a.Name, b.Name) })
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s\x00%s\n", f.Name, f.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (r *receipt) bytes() (n int64) {
	for _, f := range r.Files {
		n += f.Bytes
	}
	return n
}

func (s *Store) contentPath(id string) string { return filepath.Join(s.root, contentDir, id) }
func (s *Store) receiptPath(name string) string {
	return filepath.Join(s.root, installedDir, name+".json")
}

// receipts reads what is installed, by name. A receipt that cannot be read or
// whose content is gone counts as not installed.
func (s *Store) receipts() (map[string]*receipt, error) {
	ents, err := os.ReadDir(filepath.Join(s.root, installedDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	all := map[string]*receipt{}
	for _, e := range ents {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || strings.HasPrefix(name, ".") {
			continue
		}
		if r, err := s.readReceipt(name); err == nil {
			all[name] = r
		}
	}
	return all, nil
}

func (s *Store) readReceipt(name string) (*receipt, error) {
	b, err := os.ReadFile(s.receiptPath(name))
	if err != nil {
		return nil, err
	}
	r := &receipt{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s: %w", s.receiptPath(name), err)
	}
	if r.Name != name || !safeName(r.Main) || len(r.Content) != 2*sha256.Size || !safeName(r.Content) {
		return nil, fmt.Errorf("%s: %w", s.receiptPath(name), ErrIncomplete)
	}
	if _, err := os.Stat(filepath.Join(s.contentPath(r.Content), filepath.FromSlash(r.Main))); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrIncomplete, err)
	}
	return r, nil
}
