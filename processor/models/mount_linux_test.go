package models

import "golang.org/x/sys/unix"

func mountTmpfs(dir, options string) error {
	if options == "ro" {
		return unix.Mount("none", dir, "tmpfs", unix.MS_RDONLY, "")
	}
	return unix.Mount("none", dir, "tmpfs", 0, options)
}

func unmount(dir string) error { return unix.Unmount(dir, 0) }
