//go:build unix

package mediatest

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock waits for the exclusive lock on the file; the system frees it when the
// process ends, however that comes.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
