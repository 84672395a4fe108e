package models

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// Use is how much disk the models take, in bytes.
type Use struct {
	Models     int64 // installed in the store
	Unfinished int64 // downloads that were interrupted
	Compiled   int64 // Core ML packages made ready for this system
	Free       int64 // left on that disk; -1 when unknown
}

// DiskUse adds up the store's folders.
func (s *Store) DiskUse() Use {
	u := Use{
		Models:     dirSize(filepath.Join(s.root, contentDir)),
		Unfinished: dirSize(filepath.Join(s.root, incomingDir)),
		Compiled:   dirSize(filepath.Join(s.root, compiledDir)),
		Free:       -1,
	}
	free := s.cfg.Free
	if free == nil {
		free = freeBytes
	}
	if n, err := free(s.nearest(s.root)); err == nil {
		u.Free = int64(min(n, 1<<62))
	}
	return u
}

// ClearUnfinished drops the parts of downloads that were interrupted, leaving
// alone those under way in this or another process.
func (s *Store) ClearUnfinished(ctx context.Context) error {
	release, err := s.lockStore(ctx)
	if err != nil {
		return err
	}
	defer release()
	ents, err := os.ReadDir(filepath.Join(s.root, incomingDir))
	if err != nil {
		return nil //nolint:nilerr // no folder, nothing unfinished
	}
	for _, e := range ents {
		name, isLock := strings.CutSuffix(e.Name(), ".lock")
		path := filepath.Join(s.root, incomingDir, e.Name())
		if isLock {
			continue
		}
		releaseDownload, ok, err := tryLock(s.incoming(name) + ".lock")
		if err != nil {
			return err
		}
		if ok {
			err = diskError(os.RemoveAll(path), path)
			releaseDownload()
			if err != nil {
				return err
			}
		}
	}
	return nil
}
