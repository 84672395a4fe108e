package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Remove deletes a model of the store, and what is left of an interrupted
// download of it. A model shipped with the program, or found in the earlier
// tool's folder, is ErrNotOurs and stays.
func (s *Store) Remove(ctx context.Context, name string) error {
	e, err := s.entry(name)
	if err == nil {
		name = s.installedVariant(name, e)
	} else if _, rerr := s.readReceipt(name); rerr != nil && !exists(s.receiptPath(name)) {
		return err
	}
	releaseDownload, ok, err := tryLock(s.incoming(name) + ".lock")
	if err != nil {
		return err
	}
	if !ok {
		return withHint(fmt.Errorf("%s: it is being downloaded just now", name), "cancel the download first")
	}
	defer releaseDownload()
	release, err := s.lockStore(ctx)
	if err != nil {
		return err
	}
	defer release()

	partial := exists(s.incoming(name))
	if partial {
		if err := s.discard(s.incoming(name)); err != nil {
			return err
		}
	}
	if !exists(s.receiptPath(name)) {
		return s.notRemoved(name, partial)
	}
	r, rerr := s.readReceipt(name)
	if err := os.Remove(s.receiptPath(name)); err != nil {
		return diskError(err, s.root)
	}
	syncDir(filepath.Dir(s.receiptPath(name)))
	if rerr != nil {
		return nil // a receipt for content that was gone already
	}
	if err := s.dropCompiled(r.Content); err != nil {
		return err
	}
	return s.dropUnused(r.Content)
}

// installedVariant is the one of a family that the store holds, when a family
// is named; else the entry itself.
func (s *Store) installedVariant(name string, e *Entry) string {
	if e.Family != name || exists(s.receiptPath(e.Name)) {
		return e.Name
	}
	for i := range s.cat.Models {
		if o := &s.cat.Models[i]; o.Family == name && exists(s.receiptPath(o.Name)) {
			return o.Name
		}
	}
	return e.Name
}

// notRemoved says why a model that is in no receipt was not removed.
func (s *Store) notRemoved(name string, partial bool) error {
	if partial {
		return nil
	}
	m, err := s.Resolve(name, Auto)
	switch {
	case err == nil && m.Origin == Shipped:
		return fmt.Errorf("%s: %w: it comes with the program", name, ErrNotOurs)
	case err == nil && m.Origin == Earlier:
		return withHint(fmt.Errorf("%s: %w", name, ErrNotOurs), "it belongs to an earlier tool and lies in %s", m.Path)
	case err == nil:
		return fmt.Errorf("%s: %w", name, ErrNotOurs)
	case errors.Is(err, ErrNotInstalled):
		return fmt.Errorf("%s: %w", name, ErrNotInstalled)
	}
	return err
}
