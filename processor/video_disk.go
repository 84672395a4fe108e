package processor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"spatialmaker/processor/media"
)

// diskFull marks the system's word for a full disk.
func diskFull(err error) error {
	if err != nil && errors.Is(err, syscall.ENOSPC) && !errors.Is(err, media.ErrDiskFull) {
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

// waitForRoom pauses the film until the disk has room again. It ends with
// media.ErrDiskFull when that takes too long; what is finished stays for the
// next try.
func (f *film) waitForRoom(ctx context.Context, cause error) error {
	dir := filepath.Dir(f.outs[0].path)
	f.item.note(fmt.Sprintf("the disk of %s is full: waiting for room", dir))
	f.item.setState(Paused)
	defer f.item.setState(Working)
	tick := time.NewTicker(roomPoll)
	defer tick.Stop()
	late := time.NewTimer(roomPatience)
	defer late.Stop()
	for {
		if free, err := freeSpace(dir); err != nil || free >= roomNeeded {
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
