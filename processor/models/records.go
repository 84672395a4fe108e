package models

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// record is what came from an address the first time, for addresses without a
// published hash. From then on they must bring the same bytes.
type record struct {
	SHA256 string    `json:"sha256"`
	Bytes  int64     `json:"bytes"`
	When   time.Time `json:"when"`
}

func (s *Store) recordsPath() string { return filepath.Join(s.root, "first-use.json") }

// records reads what was recorded, by the catalogue's address. A file that
// cannot be read is an error: going on without it would accept anything.
func (s *Store) records() (map[string]record, error) {
	all := map[string]record{}
	if err := readJSON(s.recordsPath(), &all); err != nil {
		return nil, withHint(fmt.Errorf("hashes recorded at earlier downloads: %w", err), "remove that file to begin anew")
	}
	return all, nil
}

// addRecords writes down first uses. The caller holds the store's lock.
func (s *Store) addRecords(add map[string]record) error {
	if len(add) == 0 {
		return nil
	}
	all, err := s.records()
	if err != nil {
		return err
	}
	for addr, r := range add {
		all[addr] = r
	}
	return writeJSON(s.recordsPath(), all)
}

// Forget drops what was recorded of a model at its first download, for a model
// whose publisher replaced the file and is still trusted.
func (s *Store) Forget(ctx context.Context, name string) error {
	e, err := s.entry(name)
	if err != nil {
		return err
	}
	release, err := s.lockStore(ctx)
	if err != nil {
		return err
	}
	defer release()
	all, err := s.records()
	if err != nil {
		return err
	}
	for _, f := range e.Files {
		delete(all, f.URL)
	}
	for _, a := range e.Archives {
		delete(all, a.URL)
	}
	return writeJSON(s.recordsPath(), all)
}
