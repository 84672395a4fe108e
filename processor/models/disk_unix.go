//go:build linux || darwin

package models

import "golang.org/x/sys/unix"

// Errors of a disk without room and of one that may not be written to.
var (
	fullErrors     = []error{unix.ENOSPC, unix.EDQUOT}
	readOnlyErrors = []error{unix.EROFS, unix.EACCES, unix.EPERM}
)

// freeBytes is what this user may still write on the disk of dir.
func freeBytes(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}
