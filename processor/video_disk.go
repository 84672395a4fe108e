package processor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"spatialmaker/coreml"
	"spatialmaker/processor/media"
)

// diskFull marks the system's words for a full disk, also Apple's.
func diskFull(err error) error {
	full := errors.Is(err, syscall.ENOSPC) || errors.Is(err, coreml.ErrDiskFull)
	if full && !errors.Is(err, media.ErrDiskFull) {
		return fmt.Errorf("%w: %w", media.ErrDiskFull, err)
	}
	return err
}

const (
	// roomNeeded is free space below which no segment is begun.
	roomNeeded = 64 << 20
	roomPoll   = time.Second
	// roomPatience is how long a film waits for room before it ends.
	roomPatience = time.Hour
)

// shortage remembers the last wait for room, so that a film that needs more
// than there was then is not tried again and again.
type shortage struct {
	waited bool
	frames int64 // that were finished
	free   int64
}

// need is the free space to wait for, when so many frames are finished.
func (s *shortage) need(frames int64) int64 {
	if s.waited && s.frames == frames {
		return s.free + roomNeeded
	}
	return roomNeeded
}

// waitForRoom pauses the film until the disk has room again. It ends with
// media.ErrDiskFull when that takes too long; what is finished stays for the
// next try.
func (f *film) waitForRoom(ctx context.Context, cause error) error {
	dir := filepath.Dir(f.outs[0].path)
	f.item.noteOnce(fmt.Sprintf("the disk of %s is full: waiting for room", dir))
	need := f.short.need(f.fromFrame)
	f.item.setState(Paused)
	f.item.update(func(s *Snapshot) { s.NoRoom = true })
	defer func() {
		f.item.update(func(s *Snapshot) { s.NoRoom = false })
		f.item.setState(Working)
	}()
	tick := time.NewTicker(roomPoll)
	defer tick.Stop()
	late := time.NewTimer(roomPatience)
	defer late.Stop()
	for {
		free, err := freeSpace(dir)
		if err != nil || free >= need {
			f.short = shortage{waited: true, frames: f.fromFrame, free: free}
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return cause
		case <-tick.C:
		}
	}
}
