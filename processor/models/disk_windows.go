package models

import "golang.org/x/sys/windows"

// Errors of a disk without room and of one that may not be written to.
var (
	fullErrors     = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL}
	readOnlyErrors = []error{windows.ERROR_WRITE_PROTECT, windows.ERROR_ACCESS_DENIED}
)

// freeBytes is what this user may still write on the disk of dir.
func freeBytes(dir string) (uint64, error) {
	p, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	err = windows.GetDiskFreeSpaceEx(p, &free, nil, nil)
	return free, err
}
