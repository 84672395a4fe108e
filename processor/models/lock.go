package models

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// lockPoll is how often a taken lock is tried again. The systems' own waiting
// calls cannot be cancelled.
const lockPoll = 100 * time.Millisecond

// lock takes the file lock at path, waiting while another process or goroutine
// holds it; waiting is called once if that is so. The lock falls by itself when
// its process dies. release may be called once.
func lock(ctx context.Context, path string, waiting func()) (release func(), err error) {
	for first := true; ; first = false {
		release, ok, err := tryLock(path)
		if err != nil || ok {
			return release, err
		}
		if first && waiting != nil {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(lockPoll):
		}
	}
}

// tryLock takes the lock at path unless it is held elsewhere.
func tryLock(path string) (release func(), ok bool, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, false, diskError(err, filepath.Dir(path))
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, false, diskError(err, filepath.Dir(path))
	}
	ok, err = lockHandle(f)
	if err != nil || !ok {
		f.Close()
		if err != nil {
			err = fmt.Errorf("lock %s: %w", path, err)
		}
		return nil, false, err
	}
	// Closing the handle drops the lock on every system.
	return func() { f.Close() }, true, nil
}

// lockStore takes the lock under which installed models, receipts and records
// change. It is held for moments, never during a download.
func (s *Store) lockStore(ctx context.Context) (release func(), err error) {
	return lock(ctx, filepath.Join(s.root, ".lock"), nil)
}
